"""Decompose the change of a rate or an index: Kitagawa's parts within and mix, Shapley's parts of an index,
LMDI by pillar. Its functions are called through composite, whose docstring explains indicators, pillars and
goalposts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from jobs.methods.checked import floats, one_of
from jobs.methods.shapley import ACROSS, FACTORS, STATES, TRANSFORMS, evaluated, shapley_parts

_T = TypeVar("_T")

_NUMBERS = ("value", "low", "high", "direction", "weight")


# Columns of indicators as arrays, all of one order: numbers, and state and transform as positions in STATES
# and TRANSFORMS.
_Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Kitagawa:
    """Parts of the change of a mean rate: ``change`` = ``within`` + ``mix``, in the unit of the rates.
    ``within``: what rates changed inside cells; ``mix``: what the weights of cells changed. ``cells``: one
    row per cell that has weight in a period, columns within, mix."""

    change: float
    within: float
    mix: float
    cells: pd.DataFrame


@dataclass(frozen=True)
class ShapleyChange:
    """The ``change`` of an index in points, and the five parts that add up to it, ``values`` to ``method`` as
    :func:`shapley_change` defines them. ``pillars``: the part ``values`` by pillar (index: the pillar)."""

    change: float
    values: float
    weights: float
    goalposts: float
    availability: float
    method: float
    pillars: pd.Series


def kitagawa(rate0: ArrayLike, weight0: ArrayLike, rate1: ArrayLike, weight1: ArrayLike) -> Kitagawa:
    """Split the change of a weighted mean rate from period 0 to period 1 into the change of rates within
    cells and the change of the mix of cells.

    One rate and one weight per cell and period. Series go by the labels of their cells, which may differ
    between periods; lists and arrays go by position, the same cells in both periods. Weights (such as numbers
    judged) are made shares of their period. within = sum (w0 + w1)/2 (r1 - r0), mix = sum (r0 + r1)/2 (w1 -
    w0). A cell that has weight in one period only takes that period's rate for both, so all of its part is
    mix. E. M. Kitagawa, JASA 50, 1955, 1168-1194.

    Raises ValueError for a negative or missing weight, a missing rate of a cell with weight, repeated labels,
    different lengths, a period without weight.
    """
    first, second = _cells("0", rate0, weight0), _cells("1", rate1, weight1)
    named = isinstance(rate0, pd.Series)
    if named != isinstance(rate1, pd.Series) or (not named and len(first) != len(second)):
        raise ValueError("both periods must have the same cells; name them by Series otherwise")
    table = first.join(second, how="outer", lsuffix="0", rsuffix="1", sort=False)
    w0, w1 = (table[name].fillna(0.0) for name in ("weight0", "weight1"))
    r0, r1 = table.rate0.where(w0 > 0, table.rate1), table.rate1.where(w1 > 0, table.rate0)
    kept = (w0 > 0) | (w1 > 0)
    w0, w1, r0, r1 = (column[kept] for column in (w0 / w0.sum(), w1 / w1.sum(), r0, r1))
    cells = pd.DataFrame({"within": (w0 + w1) / 2 * (r1 - r0), "mix": (r0 + r1) / 2 * (w1 - w0)})
    change = float((w1 * r1).sum() - (w0 * r0).sum())
    return Kitagawa(change, float(cells.within.sum()), float(cells.mix.sum()), cells)


def _cells(period: str, rate: ArrayLike, weight: ArrayLike) -> pd.DataFrame:
    if isinstance(rate, pd.Series) != isinstance(weight, pd.Series):
        raise ValueError(f"rate{period} and weight{period} must both be Series, or neither")
    rates, weights = floats(f"rate{period}", rate), floats(f"weight{period}", weight)
    index = None
    if isinstance(rate, pd.Series) and isinstance(weight, pd.Series):
        index = rate.index
        if not index.is_unique or not weight.index.is_unique or set(index) != set(weight.index):
            raise ValueError(f"rate{period} and weight{period} must have the same labels, each once")
        weights = weights[weight.index.get_indexer(index)]
    if rates.shape != weights.shape or rates.ndim != 1:
        raise ValueError(f"rate{period} and weight{period} must be vectors of one length")
    if np.isnan(weights).any() or (weights < 0).any() or not weights.sum() > 0:
        raise ValueError(f"weight{period} must be known, not negative and not all 0")
    if np.isnan(rates[weights > 0]).any():
        raise ValueError(f"rate{period} is missing in a cell that has weight")
    return pd.DataFrame({"rate": rates, "weight": weights}, index=index)


def index_of(
    indicators: pd.DataFrame,
    pillar_weights: pd.Series,
    *,
    to: tuple[float, float] = (1, 100),
    across: str = "geometric",
) -> tuple[float, pd.Series]:
    """Compute the index of one unit and its pillars: ``(index, pillars)``, pillars a Series by the labels of
    ``pillar_weights``. Values are scaled between goalposts to ``to``, averaged arithmetically within a pillar
    and by ``across`` (geometric or arithmetic) over the pillars.

    ``indicators``: one row per indicator (index: its name), columns ``pillar``, ``value``, goalposts ``low``
    and ``high`` (in the unit of value), ``direction`` (1: high is good, -1: low is good), ``weight`` within
    the pillar, ``state``, and optionally ``transform`` (none, log, sqrt: of value and goalposts). ``state``:
    ``available``; ``not_applicable``, left out, the other weights are rescaled; ``not_filed``, due but
    withheld by the unit, scored at the floor to[0]. Scores are clipped to ``to``, whose floor must be above
    0. ``pillar_weights``: one per pillar, positive. Without any pillar: NaN.

    Raises ValueError for absent columns or pillars, a repeated indicator, an unknown state, transform or
    ``across``, an available indicator without value, low not below high, another direction, weights that are
    not positive, a logarithm or root that does not exist.
    """
    arrays = _arrays("indicators", indicators, pillar_weights, to)
    names = pillar_weights.index
    index, pillars = evaluated(
        _row(arrays, pillar_weights.to_numpy(float), across), names.get_indexer(indicators["pillar"]), to
    )
    return float(index[0]), pd.Series(pillars[0], index=names)


def shapley_change(
    before: pd.DataFrame, after: pd.DataFrame, weights_before: pd.Series, weights_after: pd.Series, *,
    to: tuple[float, float] = (1, 100), across: tuple[str, str] = ("geometric", "geometric"),
) -> ShapleyChange:  # fmt: skip
    """Explain why an index (:func:`index_of`) changed, by the Shapley values of five factors, which add up to
    the change: values, weights, goalposts, availability, method.

    ``before``/``after``: indicators as in :func:`index_of`; ``weights_before``/``weights_after``: pillar
    weights; ``across``: the mean over pillars (before, after), whose change is ``method``. An indicator in
    one frame only is not applicable in the other. ``weights`` are those of indicators and pillars;
    ``goalposts`` low, high, direction and transform; ``availability`` the state, also of indicators and
    pillars in one frame only. A value that is known on one side only is taken for both, so that its coming or
    going is availability, never quality. ``values`` is split by pillar with the logarithmic mean (LMDI; B. W.
    Ang, Energy Policy 32, 2004, 1131-1139), by weighted differences where the mean is arithmetic. L. S.
    Shapley, 1953; A. F. Shorrocks, Journal of Economic Inequality 11, 2013. For many units:
    :func:`jobs.methods.shapley.shapley_parts`.

    Raises ValueError as :func:`index_of`, for an indicator whose pillar differs between frames, or where one
    side has no index.
    """
    sides = _arrays("before", before, weights_before, to), _arrays("after", after, weights_after, to)
    sides, pillar = _matched(before, after, *sides)
    names = weights_before.index.union(weights_after.index, sort=False)
    pillar_weights = [
        weights.reindex(names).fillna(other).to_numpy(float)
        for weights, other in _both_ways(weights_before, weights_after)
    ]
    first, second = (
        _row(side, own, rule) for side, own, rule in zip(sides, pillar_weights, across, strict=True)
    )
    got = shapley_parts(first, second, names.get_indexer(pillar), to)
    if np.isnan(got.change[0]):
        raise ValueError("there is no index before or after: no indicator is available")
    return ShapleyChange(
        float(got.change[0]),
        **{name: float(got.factors[name][0]) for name in FACTORS},
        pillars=pd.Series(got.pillars[0], index=names),
    )


def _row(arrays: _Arrays, pillar_weight: np.ndarray, across: str) -> _Arrays:
    """One unit as the arrays of many."""
    rule = ACROSS.index(one_of("across", across, ACROSS))
    return {name: column[None] for name, column in arrays.items()} | {
        "pillar_weight": pillar_weight[None],
        "across": np.array([rule]),
    }


def _matched(
    before: pd.DataFrame, after: pd.DataFrame, *sides: _Arrays
) -> tuple[tuple[_Arrays, _Arrays], np.ndarray]:
    """Both sides over all indicators, and their pillars: what one side lacks is the other's, and not
    applicable there."""
    every = before.index.union(after.index, sort=False)
    places = [frame.index.get_indexer(every) for frame in (before, after)]
    pillars = [
        np.where(at >= 0, frame["pillar"].to_numpy(object)[at], None)
        for at, frame in zip(places, (before, after), strict=True)
    ]
    both = (places[0] >= 0) & (places[1] >= 0)
    if (pillars[0][both] != pillars[1][both]).any():
        raise ValueError("an indicator has another pillar before and after")
    filled = []
    for (own, at), (other, there) in _both_ways(*zip(sides, places, strict=True)):
        side = {name: np.where(at >= 0, own[name][at], other[name][there]) for name in own}
        side["state"] = np.where(at >= 0, side["state"], STATES.index("not_applicable"))
        value = np.where(there >= 0, other["value"][there], np.nan)
        # A value known on neither side is never used; some number keeps the arithmetic quiet.
        side["value"] = np.where(
            ~np.isnan(side["value"]), side["value"], np.where(np.isnan(value), side["low"], value)
        )
        filled.append(side)
    return (filled[0], filled[1]), np.where(places[0] >= 0, pillars[0], pillars[1])


def _both_ways(one: _T, two: _T) -> tuple[tuple[_T, _T], tuple[_T, _T]]:
    return (one, two), (two, one)


def _arrays(name: str, frame: pd.DataFrame, pillar_weights: pd.Series, to: tuple[float, float]) -> _Arrays:
    """The columns of one side (``name``: before or after) as arrays, states and transforms as numbers. Raises
    ValueError where they are not as `index_of` wants them."""
    missing = [column for column in ("pillar", "state", *_NUMBERS) if column not in frame]
    if missing or not frame.index.is_unique:
        raise ValueError(f"{name} lacks {', '.join(missing)}" if missing else f"{name} repeats an indicator")
    if not 0 < to[0] < to[1]:
        raise ValueError("to must rise from above 0")
    arrays = {column: floats(column, frame[column]) for column in _NUMBERS}
    for column, known in (("state", STATES), ("transform", TRANSFORMS)):
        words = frame[column].fillna("none") if column in frame else ["none"] * len(frame)
        if not set(words) <= set(known):
            raise ValueError(f"{name}: {column} is one of {', '.join(known)}")
        arrays[column] = np.array([known.index(word) for word in words], dtype=int)
    low, value, transform = arrays["low"], arrays["value"], arrays["transform"]
    if (
        not (low < arrays["high"]).all()
        or not np.isin(arrays["direction"], [1, -1]).all()
        or not (arrays["weight"] > 0).all()
    ):
        raise ValueError(f"{name}: low must be below high, direction 1 or -1, weight positive")
    if np.isnan(value[arrays["state"] == STATES.index("available")]).any():
        raise ValueError(f"{name}: an available indicator has no value")
    least = np.fmin(value, low)
    if ((transform == TRANSFORMS.index("log")) & (least <= 0)).any() or (
        (transform == TRANSFORMS.index("sqrt")) & (least < 0)
    ).any():
        raise ValueError(f"{name}: a logarithm needs values above 0, a root values from 0 on")
    if not (pillar_weights > 0).all() or not set(frame["pillar"]) <= set(pillar_weights.index):
        raise ValueError(f"{name}: every pillar needs a positive weight")
    return arrays
