"""Composite indices: scaling, aggregation, ranks, their uncertainty, and what made them change. An indicator
is one measured number of a unit (a province); scaled, it is a score; scores are aggregated to pillars (groups
of indicators) and these to the index. Goalposts are the values of an indicator that get the worst and the
best score. Method: OECD & JRC, Handbook on Constructing Composite Indicators, 2008."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from jobs.methods.change import Kitagawa, ShapleyChange, index_of, kitagawa, shapley_change
from jobs.methods.checked import along, level_of, numbers, one_of
from jobs.methods.composite_draws import at_goalposts, indices, weights_around

__all__ = [
    "Kitagawa",
    "MonteCarlo",
    "ShapleyChange",
    "aggregate",
    "in_last_places",
    "index_limits",
    "index_of",
    "kitagawa",
    "monte_carlo",
    "rank",
    "removal_sensitivity",
    "scale",
    "shapley_change",
    "tiers",
]

Numbers = TypeVar("Numbers", float, np.ndarray, pd.Series, pd.DataFrame)
HOW = ("arithmetic", "geometric")  # the kinds of weighted mean


@dataclass(frozen=True)
class MonteCarlo:
    """Result of :func:`monte_carlo`: arrays with one element per unit, in input order. ``low``, ``high``:
    limits of the index; ``rank_low`` (the best) and ``rank_high`` (the worst): limits of the rank; ``tier``:
    1 the best. All are floats, NaN for a unit without scores."""

    low: np.ndarray
    high: np.ndarray
    rank_low: np.ndarray
    rank_high: np.ndarray
    tier: np.ndarray


def scale(
    x: Numbers,
    *,
    low: ArrayLike,
    high: ArrayLike,
    direction: ArrayLike = 1,
    to: tuple[float, float] = (1, 100),
) -> Numbers:
    """Scale ``x`` linearly to ``to``: with ``direction`` 1 ``low`` becomes to[0] and ``high`` to[1], with -1
    the reverse. Values beyond ``low`` and ``high`` are not clipped.

    ``x``: a number, array, Series or frame in the unit of ``low`` and ``high``; the result has its shape,
    type and labels; missing stays missing. ``low``, ``high``, ``direction``: numbers, or vectors with one
    value per column of ``x``, or per element of a vector (a Series goes by the labels of a frame or Series).

    Raises ValueError unless low < high, direction is 1 or -1 and to[0] < to[1], or for text and infinite
    values.
    """
    bounds = [
        _per_column(name, value, x)
        for name, value in (("low", low), ("high", high), ("direction", direction))
    ]
    bottom, top, sign = bounds
    if not (bottom < top).all():
        raise ValueError("low must be below high")
    if not np.isin(sign, [1, -1]).all():
        raise ValueError("direction must be 1 or -1")
    if not to[0] < to[1]:
        raise ValueError("to must rise")
    values = numbers("x", x)
    share = np.where(sign > 0, values - bottom, top - values) / (top - bottom)
    scaled = to[0] + share * (to[1] - to[0])
    if isinstance(x, pd.DataFrame):
        return pd.DataFrame(scaled, index=x.index, columns=x.columns)
    if isinstance(x, pd.Series):
        return pd.Series(scaled, index=x.index, name=x.name)
    found: Any = scaled if values.ndim else float(scaled)  # what x was
    return found


def aggregate(
    values: ArrayLike, weights: ArrayLike, *, how: str = "arithmetic"
) -> float | np.ndarray | pd.Series:
    """Compute the weighted mean of each row.

    ``values``: units x indicators (a vector is one unit), ``weights``: one per indicator, not negative; a
    Series or mapping goes by the column labels of a frame or the labels of a Series. Only the proportions of
    weights count. A missing value is left out and the weights of the others are rescaled; a row without a
    known value of positive weight gives NaN. Returns a Series for a frame, an array for an array, a float for
    a vector. ``how``: ``arithmetic``; ``geometric``, for values above 0.

    Raises ValueError for weights that are missing, negative, all 0 or not one per indicator, text or infinite
    values, or a geometric mean of a value <= 0.
    """
    one_of("how", how, HOW)
    table = numbers("values", values)
    if table.ndim not in (1, 2):
        raise ValueError("values must be a vector or a table")
    weight = _weights(weights, values, table.shape[-1])
    result = _mean(table, weight, how)
    if isinstance(values, pd.DataFrame):
        return pd.Series(result, index=values.index)
    return result if result.ndim else float(result)


def rank(score: ArrayLike, *, decimals: int) -> np.ndarray | pd.Series:
    """Rank scores, 1 the highest. Scores are first rounded to ``decimals`` places, halves away from zero, and
    equal ones share the smallest rank (1, 2, 2, 4).

    ``score``: a vector; a Series gives a Series with its index, else an array results, in the same order. A
    missing score has a missing rank (the ranks are floats then, else whole numbers).

    Raises ValueError for text, infinite values, more dimensions, or decimals that are no whole number >= 0.
    """
    if decimals != int(decimals) or decimals < 0:
        raise ValueError(f"decimals is {decimals}; it must be a whole number and not negative")
    values = numbers("score", score)
    if values.ndim != 1:
        raise ValueError("score must be a vector")
    places = ranks_of_draws(values[None], int(decimals))[0]
    places = places if np.isnan(places).any() else places.astype(int)
    return pd.Series(places, index=score.index, name=score.name) if isinstance(score, pd.Series) else places


def removal_sensitivity(
    values: pd.DataFrame,
    weights: ArrayLike,
    *,
    groups: Mapping[str, str] | None = None,
    group_weights: Mapping[str, float] | None = None,
    how: str = "arithmetic",
    across: str = "arithmetic",
    decimals: int = 1,
) -> pd.Series:
    """Measure how much each column matters for the ranks: the mean absolute change of rank over the units
    when that column is left out. Returns a Series, one element per column (index: its name), in ranks.

    ``values``: frame units x columns on one scale; ``weights`` as in :func:`aggregate`. With ``groups``
    (column -> group) columns are aggregated by ``how`` within groups and groups by ``across`` with
    ``group_weights`` (default: equal); without it all columns are one group. Ranks as in :func:`rank`; units
    without an index in either case are left out. OECD handbook, step 7.

    Raises ValueError as :func:`aggregate` and where ``groups`` lacks a column.
    """
    weight = pd.Series(_weights(weights, values, values.shape[1]), index=values.columns)
    group = (
        pd.Series("all", index=values.columns)
        if groups is None
        else pd.Series(groups).reindex(values.columns)
    )
    if group.isna().any():
        raise ValueError(f"groups lacks column {group.index[group.isna()][0]!r}")
    above = (
        pd.Series(1.0, index=group.unique())
        if group_weights is None
        else pd.Series(group_weights).reindex(group.unique())
    )

    def places(columns: pd.Index) -> pd.Series:
        parts = {
            name: aggregate(values[own], weight[own], how=how)
            for name, own in columns.groupby(group[columns]).items()
        }
        return rank(aggregate(pd.DataFrame(parts), above[list(parts)], how=across), decimals=decimals)

    before = places(values.columns)
    return pd.Series(
        {name: (places(values.columns.drop(name)) - before).abs().mean() for name in values.columns}
    )


def monte_carlo(
    draws: np.ndarray,
    weights: ArrayLike,
    groups: ArrayLike,
    group_weights: ArrayLike,
    *,
    seed: int | np.random.Generator,
    level: float = 0.9,
    spread: float = 0.25,
    decimals: int = 1,
    across: str = "geometric",
    scale: tuple[float, float] | None = None,
    goalpost_spread: float = 0.0,
    score: ArrayLike | None = None,
) -> MonteCarlo:
    """Compute limits of an index and of ranks from redrawn scores: an arithmetic mean within groups
    (pillars), ``across`` (arithmetic or geometric) of the groups.

    ``draws``: draws x units x indicators, scores > 0 on one scale, redrawn by the caller where they are
    estimates (equal over draws where not), NaN where not applicable; with ``scale`` (its worst and best end)
    they may lie beyond it and are clipped. ``weights``, ``groups`` (0, 1, …): one per indicator;
    ``group_weights``: one per group. ``level``: probability within the limits. ``low``/``high`` keep weights,
    goalposts and ``across``. ``rank_low``/``rank_high`` redraw them with the scores: both sets of weights
    from Dirichlet distributions around the given ones (an average weight stays within the share ±``spread``
    in nine of ten draws), the mean across groups by a fair coin, and with ``scale`` each goalpost of each
    indicator evenly within ±``goalpost_spread`` of the distance between both; ranks as in :func:`rank`.
    ``seed``: equal seeds give equal limits; a Generator is used on, so that its state changes. ``tier``:
    :func:`tiers` of the same draws, by ``score`` (default: the mean index of the unmoved draws).

    Raises ValueError for other shapes, scores <= 0, weights that are not positive, level outside (0, 1).
    Saisana, Saltelli & Tarantola, JRSS A 168, 2005.
    """
    cube, weight, group, above = _structure(draws, weights, groups, group_weights)
    generator = np.random.default_rng(seed)
    fixed, low, high = _index_limits(cube, weight, group, above, level, across, scale)
    drawn, above_drawn = (weights_around(generator, each, len(cube), spread) for each in (weight, above))
    geometric = generator.random(len(cube)) < 0.5
    if scale is not None:
        # The same moves for all units of a draw.
        moves = generator.uniform(-goalpost_spread, goalpost_spread, (2, len(cube), 1, cube.shape[2]))
        cube = at_goalposts(cube, moves[0], moves[1], scale)
    moved = indices(cube, drawn, group, above_drawn, geometric)
    places = ranks_of_draws(moved, decimals)
    with np.errstate(all="ignore"):
        rank_low = np.quantile(places, (1 - level) / 2, axis=0, method="lower")
        rank_high = np.quantile(places, (1 + level) / 2, axis=0, method="higher")
        middle = fixed.mean(axis=0) if score is None else numbers("score", score)
    return MonteCarlo(low, high, rank_low, rank_high, tiers(moved, middle, level=level, decimals=decimals))


def index_limits(
    draws: np.ndarray,
    weights: ArrayLike,
    groups: ArrayLike,
    group_weights: ArrayLike,
    *,
    level: float = 0.9,
    across: str = "geometric",
    scale: tuple[float, float] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute ``low`` and ``high`` of :func:`monte_carlo` alone, for units that are not ranked: two arrays
    with one element per unit. Arguments and errors as there."""
    cube, weight, group, above = _structure(draws, weights, groups, group_weights)
    _, low, high = _index_limits(cube, weight, group, above, level, across, scale)
    return low, high


def _structure(
    draws: np.ndarray, weights: ArrayLike, groups: ArrayLike, group_weights: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The checked arguments of these names as arrays; weights have the sum that they were given with."""
    cube, group = numbers("draws", draws), np.asarray(groups)
    weight, above = (
        _weights(weights, None, cube.shape[-1]),
        _weights(group_weights, None, int(group.max()) + 1),
    )
    if cube.ndim != 3 or group.shape != weight.shape or not set(range(len(above))) <= set(group.tolist()):
        raise ValueError("draws must be draws x units x indicators, groups one of 0, 1, … per indicator")
    if (weight <= 0).any() or (above <= 0).any():
        raise ValueError("weights must be positive")
    return cube, weight, group, above


def _index_limits(
    cube: np.ndarray,
    weight: np.ndarray,
    group: np.ndarray,
    above: np.ndarray,
    level: float,
    across: str,
    scale: tuple[float, float] | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The indices of all draws (draws x units) and their limits, with the given weights."""
    level_of(level)
    one_of("across", across, HOW)
    inside = cube if scale is None else np.clip(cube, *scale)
    geometric = np.full(len(cube), across == "geometric")
    fixed = indices(inside, weight[None], group, above[None], geometric)
    with np.errstate(all="ignore"):
        low, high = np.quantile(fixed, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return fixed, low, high


def tiers(draws: np.ndarray, score: ArrayLike, *, level: float = 0.9, decimals: int = 1) -> np.ndarray:
    """Sort units into tiers, 1 the best, whose members' scores do not differ by more than chance. Returns one
    number per unit, in order; NaN without a score.

    ``draws``: draws x units, indices redrawn together, so that what units share (weights, goalposts, kind of
    mean of a draw) cancels in a difference; ``score``: the published ones, one per unit. Two units differ
    where at most the share (1 - level) / 2 of the draws has their difference on the other side or at 0. From
    the highest score down a unit joins the current tier where it differs from no member, else it opens the
    next; units whose scores are equal after rounding to ``decimals`` go together, without being compared.
    Pairs as in M. Mogstad, J. P. Romano, A. M. Shaikh & D. Wilhelm, Review of Economic Studies 91, 2024,
    476-518, each at its own level. Raises ValueError for other shapes, draws that are missing for a unit with
    a score, or level outside (0, 1)."""
    level_of(level)
    values, cube = numbers("score", score), numbers("draws", draws)
    if cube.ndim != 2 or values.shape != cube.shape[1:]:
        raise ValueError("draws must be draws x units, score one per unit")
    if np.isnan(cube[:, ~np.isnan(values)]).any():
        raise ValueError("draws must not be missing for a unit with a score")
    tail = (1 - level) / 2
    rounded = in_last_places(values, decimals)
    found = np.full(len(values), np.nan)
    members: list[int] = []
    tier = 0
    for mark in np.unique(rounded[~np.isnan(rounded)])[::-1]:
        new = np.flatnonzero(rounded == mark)
        gap = cube[:, members][:, :, None] - cube[:, new][:, None, :]
        apart = np.minimum((gap <= 0).mean(axis=0), (gap >= 0).mean(axis=0)) <= tail
        if not members or apart.any():
            tier, members = tier + 1, []
        members += new.tolist()
        found[new] = tier
    return found


def _mean(table: np.ndarray, weight: np.ndarray, how: str) -> np.ndarray:
    """Weighted mean over the last axis, over what is known."""
    known = ~np.isnan(table)
    if how == "geometric":
        if (table[known] <= 0).any():
            raise ValueError("a geometric mean needs values above 0")
        table = np.log(np.where(known, table, 1.0))
    used = np.where(known, weight, 0.0)
    total = used.sum(axis=-1)
    mean = np.divide(
        (used * np.where(known, table, 0.0)).sum(axis=-1),
        total,
        out=np.full(total.shape, np.nan),
        where=total > 0,
    )
    return np.exp(mean) if how == "geometric" else mean


def ranks_of_draws(scores: np.ndarray, decimals: int) -> np.ndarray:
    """Rank the scores within each row as :func:`rank` does (1 the highest, after rounding to ``decimals``).
    ``scores`` and result: draws x units; NaN where the score is."""
    return pd.DataFrame(in_last_places(scores, decimals).T).rank(ascending=False, method="min").to_numpy().T


def in_last_places(scores: np.ndarray, decimals: int) -> np.ndarray:
    """Round ``scores`` to ``decimals`` places, halves away from zero, by their shortest decimal form;
    returned as whole numbers of the last place: 2.675 becomes 268. Same shape; NaN stays."""
    shifted = np.round(scores * 10.0**decimals, 9)
    return np.where(np.abs(shifted) < 2**52, np.sign(shifted) * np.floor(np.abs(shifted) + 0.5), shifted)


def _weights(weights: ArrayLike, values: object, size: int) -> np.ndarray:
    if isinstance(weights, Mapping):
        weights = pd.Series(weights)
    weight = numbers("weights", along("weights", weights, values))
    if weight.shape != (size,):
        raise ValueError(f"weights must be a vector of {size}")
    if np.isnan(weight).any() or (weight < 0).any() or not weight.sum() > 0:
        raise ValueError("weights must be known, not negative and not all 0")
    return weight


def _per_column(name: str, value: ArrayLike, x: object) -> np.ndarray:
    array = numbers(name, along(name, value, x))
    if np.isnan(array).any():
        raise ValueError(f"{name} has missing values")
    return array
