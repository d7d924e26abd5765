"""gold.quality_index_robustness: how far ranks depend on choices of method: the share of the ranks' variance
by source of uncertainty, Cronbach's alpha, principal components, and ranks under other rules.

COLUMNS: period_type, period_start, dimension_type, level, statistic, item, item2, value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.quality_index.limits import drawn, seeded, structure
from jobs.marts.quality_index.panel import KEY, NATION, SCALE, Panel, panel
from jobs.methods import composite, composite_draws
from jobs.methods.robustness import (
    benefit_of_the_doubt,
    copeland,
    cronbach_alpha,
    principal_components,
    sobol,
)
from jobs.methods.shapley import ACROSS
from jobs.period import Period

GROUP = ["period_type", "period_start", "dimension_type", "level"]
COLUMNS = [*GROUP, "statistic", "item", "item2", "value"]
SOURCES = ("values", "weights", "goalposts", "aggregation", "exclusion")  # of uncertainty
BASE = 256  # rows of the Sobol design by source; its shares are then right to some three hundredths
FEWEST = 4  # ranked units without which there are no figures: among fewer a rank can hardly move
FEWEST_RELATED = 10  # units; correlations of fewer, and what is made from them, are chance
KAISER = 1.0  # components with an eigenvalue below say less than one indicator
SLACK = 0.5  # a pillar's contribution may be half as large again as its weight, or half as small


def build(
    *,
    quality_index_indicator: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return figures about the ranked units of each dimension (categories: of one level), for each year and
    the newest quarter: one row per figure with COLUMNS, sorted by them. Arguments are the gold and silver
    tables of these names; ``period`` is not used. Groups of fewer than FEWEST (4) ranked units have no rows.

    Statistics: n_ranked; sobol_first and sobol_total, the shares (0-1) of the variance of all ranks by source
    (``item``, of SOURCES: values, weights, goalposts, rule of aggregation, an indicator left out; M. Saisana,
    A. Saltelli & S. Tarantola, JRSS A 168, 2005), and rank_shift, the mean absolute shift of ranks over them
    all; cronbach_alpha of the indicators of a pillar, and of pillars (no item); component_share and loading
    of the principal components of the pillars; of each unit (item) rank_geometric, rank_arithmetic,
    rank_noncompensatory, rank_best_case and best_case, its score (at most 1) by the weights that favour it
    most. Alpha and components need ten units.

    What the published index sets aside (`scoring.set_aside`) stays so in every draw, also where an indicator
    is left out, and under every other rule. gold.quality_index_diagnostics has weights in effect,
    correlations and what leaving an item out does."""
    units = panel(
        indicator=quality_index_indicator,
        goalpost=goalpost,
        index_weight=index_weight,
        index_method=index_method,
        product_category=product_category,
    )
    key = units.key[units.ranked & (units.key["dimension_type"] != NATION).to_numpy()]
    key = key.assign(level=[str(peers).partition("/")[2] for peers in key["peers"]])
    quarters = key.loc[key["period_type"] == "quarter", "period_start"]
    newest = quarters.max() if len(quarters) else None
    chosen = key[
        (key["period_type"] == "year") | ((key["period_type"] == "quarter") & (key["period_start"] == newest))
    ]
    own = units.estimates.groupby("unit").indices
    rows = [
        (*name, statistic, item, item2, float(value))
        for name, group in chosen.groupby(GROUP)
        if len(group) >= FEWEST
        for statistic, item, item2, value in _figures(units, group.index.to_numpy(), own, name)
        if not np.isnan(value)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(COLUMNS[:-1], ignore_index=True)


def _figures(
    units: Panel, at: np.ndarray, own: Mapping[int, np.ndarray], name: tuple[Any, ...]
) -> Iterator[tuple[str, str, str, float]]:
    """Yield (statistic, item, item2, value) of one group of units; value is NaN where it cannot be computed.

    ``at``: the group's rows in ``units``; ``own``: places in ``units.estimates`` by unit; ``name``: the
    group's values of GROUP.
    """
    yield "n_ranked", "", "", len(at)
    yield from _by_source(units, at, own, name)
    if len(at) >= FEWEST_RELATED:
        yield from _consistency(units, at)
    yield from _other_rules(units, at)


def _by_source(
    units: Panel, at: np.ndarray, own: Mapping[int, np.ndarray], name: tuple[Any, ...]
) -> Iterator[tuple[str, str, str, float]]:
    """rank_shift, and sobol_first and sobol_total of each of SOURCES; arguments as of `_figures`."""
    method = units.method.iloc[at[0]]
    inside, weight, pillar, pillar_weight = structure(units, at[0])
    has = ~np.isnan(units.scores[at][:, inside]).all(axis=0)
    inside, weight, pillar = inside[has], weight[has], pillar[has]
    names = units.key.loc[at, KEY].astype(str).agg("|".join, axis=1).tolist()
    cube = drawn(units, at, names, own)[:, :, inside]
    cube[0] = units.positions[at][:, inside]  # the published values are one of the draws
    stream, decimals = seeded(method["seed"], "robustness", *name), int(method["decimals"])
    many, spread = len(cube), method["goalpost_spread"]
    weights, pillars = (
        composite_draws.weights_around(stream, each, many, method["weight_spread"])
        for each in (weight, pillar_weight)
    )
    moves = stream.uniform(-spread, spread, (2, many, 1, len(inside)))
    published = composite.ranks_of_draws(units.index[at][None], decimals)

    def ranks(rows: np.ndarray) -> np.ndarray:
        found = []
        for part in np.array_split(rows, max(len(rows) * cube[0].size // 1_000_000, 1)):
            value, other, post = (np.minimum(part[:, k] * many, many - 1).astype(int) for k in range(3))
            scores = composite_draws.at_goalposts(cube[value], moves[0, post], moves[1, post], SCALE)
            # One of the indicators is left out, or none.
            out = np.minimum(part[:, 4] * (len(inside) + 1), len(inside)).astype(int)
            scores = np.where(out[:, None, None] == np.arange(len(inside)), np.nan, scores)
            index = composite_draws.indices(scores, weights[other], pillar, pillars[other], part[:, 3] < 0.5)
            # A unit of which nothing is left comes last.
            found.append(np.nan_to_num(composite.ranks_of_draws(index, decimals), nan=len(at)))
        return np.concatenate(found)

    shifts: list[float] = []

    def model(rows: np.ndarray) -> np.ndarray:
        found = ranks(rows)
        shifts.append(float(np.abs(found - published).mean()))
        return found

    got = sobol(model, SOURCES, base=BASE, seed=int(stream.integers(2**31)))
    yield "rank_shift", "", "", shifts[0]
    for statistic, shares in zip(("sobol_first", "sobol_total"), got.pooled(), strict=True):
        for source, share in zip(SOURCES, shares, strict=True):
            yield statistic, source, "", float(np.clip(share, 0, 1))


def _consistency(units: Panel, at: np.ndarray) -> Iterator[tuple[str, str, str, float]]:
    """cronbach_alpha of the pillars and of the indicators in each pillar; component_share of the pillars'
    principal components, and loading of those with an eigenvalue of at least KAISER."""
    pillars = pd.DataFrame(units.pillar_scores[at], columns=list(units.pillars))
    varied = pillars.loc[:, pillars.notna().all() & (pillars.max() > pillars.min() + 1e-9)]
    yield "cronbach_alpha", "", "", cronbach_alpha(varied)
    for position, pillar in enumerate(units.pillars):
        scores = pd.DataFrame(units.scores[at][:, units.pillar == position])
        yield "cronbach_alpha", pillar, "", cronbach_alpha(scores.loc[:, scores.notna().all()])
    if varied.shape[1] < 2:
        return
    found = principal_components(varied)
    for number, share in enumerate(found.share):
        yield "component_share", str(number + 1), "", share
        if share * varied.shape[1] >= KAISER:
            for column, loading in zip(varied.columns, found.loadings[:, number], strict=True):
                yield "loading", column, str(number + 1), loading


def _other_rules(units: Panel, at: np.ndarray) -> Iterator[tuple[str, str, str, float]]:
    """The rank of each unit (item: its dimension_code) under other rules of aggregation, and best_case, its
    score of at most 1 by the weights that favour it most."""
    decimals = int(units.method["decimals"].iloc[at[0]])
    # The weights of the pillars are the same for all units of the group.
    pillars, pillar_weight = units.pillar_scores[at], units.arrays["pillar_weight"][at[0]]
    used = pillar_weight > 0
    best = benefit_of_the_doubt(pillars[:, used], shares=pillar_weight[used], slack=SLACK)
    scores = {
        f"rank_{rule}": np.asarray(composite.aggregate(pillars, pillar_weight, how=rule)) for rule in ACROSS
    } | {
        "rank_noncompensatory": copeland(units.scores[at], units.stated[at[0]]),
        "rank_best_case": best * SCALE[1],
    }
    codes = units.key.loc[at, "dimension_code"].tolist()
    for statistic, values in scores.items():
        for code, place in zip(codes, composite.rank(values, decimals=decimals), strict=True):
            yield statistic, code, "", float(place)
    for code, value in zip(codes, best, strict=True):
        yield "best_case", code, "", value
