"""gold.weak_point: the indicators by which a platform, region, category or cluster loses points of the
quality index compared with its peers, what it could gain, and who can act. An indicator is one measured part
of the index, such as takedowns on time.

KEY identifies a unit in a period: period_type, period_start, dimension_type, dimension_code. COLUMNS: the
table's columns, which schemas/gold/weak_point.odcs.yaml explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.panel import KEY, NATION, Panel, panel
from jobs.marts.quality_index.what_if import index_with, score_with
from jobs.methods.shapley import STATES
from jobs.period import Period

FEWEST_PEERS = 8  # with fewer there is no upper quartile
COLUMNS = [
    *KEY,
    *(
        "indicator pillar place weak value value_low value_high not_filed peer_median best_quarter "
        "n_peers cost cost_low cost_high gain actor action_zh action_en"
    ).split(),
]


def build(
    *,
    quality_index_indicator: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
    indicator_actor: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return where units lose points: one row per published unit, period and indicator in which the unit is
    behind the median of its peers, sorted by KEY and indicator, with COLUMNS. Arguments are the gold and
    silver tables of these names; ``period`` is not used.

    Peers are the published units of the same dimension (categories: of one level) and period that have the
    indicator, at least FEWEST_PEERS (8). ``value``: the estimate that the index scores, with its limits, in
    the unit of its goalposts; peer_median and best_quarter: median and upper quartile of the peers'
    estimates. Units whose indicator is set aside (`scoring.set_aside`) are among the peers, but have no row
    in it.

    ``cost``: points of the index between the unit and a median peer in this indicator alone; its limits
    follow from those of the value. ``weak``: the whole interval is behind the median, so that chance is not
    called weakness; ``place``: 1, 2, … orders the weak indicators of a unit by cost, highest first. ``gain``:
    points that the unit would gain with the upper quartile. actor, action_zh, action_en: who can act, and
    how."""
    units = panel(
        indicator=quality_index_indicator,
        goalpost=goalpost,
        index_weight=index_weight,
        index_method=index_method,
        product_category=product_category,
    )
    rows = _rows(units, quality_index_indicator)
    rows = _against_peers(units, rows)
    at = rows["unit"].to_numpy(int), rows["column"].to_numpy(int)
    own = units.scores[at]
    index = index_with(units, *at, own)  # as the others below, so that no rounding lies between them
    low, high = (
        rows[name].where(rows[name].notna(), rows["value"]).to_numpy(float)
        for name in ("value_low", "value_high")
    )
    sides = np.stack([score_with(units, *at, low), score_with(units, *at, high)])
    sides = np.where(rows["not_filed"].to_numpy(), own, sides)
    median = score_with(units, *at, rows["peer_median"].to_numpy())
    level_with_peers = index_with(units, *at, median)
    best = np.maximum(score_with(units, *at, rows["best_quarter"].to_numpy()), own)
    upper = np.maximum(index_with(units, *at, np.maximum(sides.max(axis=0), own)), index)
    lower = np.minimum(index_with(units, *at, np.minimum(sides.min(axis=0), own)), index)
    rows = rows.assign(
        value_low=low,
        value_high=high,
        cost=level_with_peers - index,
        cost_low=level_with_peers - upper,
        cost_high=level_with_peers - lower,
        gain=index_with(units, *at, best) - index,
    )
    rows = rows[rows["cost"] > 1e-9]
    weak = rows["cost_low"] > 0
    place = rows["cost"].where(weak).groupby(rows["unit"]).rank(ascending=False, method="first")
    table = _with_actors(rows.assign(weak=weak, place=place.astype("Int64")), indicator_actor)
    return table.sort_values([*KEY, "indicator"], ignore_index=True)[COLUMNS]


def _rows(units: Panel, indicator: pd.DataFrame) -> pd.DataFrame:
    """Rows of applicable indicators of published units but the nation, and of those set aside, with ``unit``,
    ``column``, ``peers``, ``not_filed`` and ``set_aside``."""
    unit = pd.MultiIndex.from_frame(units.key[KEY]).get_indexer(pd.MultiIndex.from_frame(indicator[KEY]))
    column = pd.Index(units.indicators).get_indexer(indicator["indicator"])
    state, aside = units.arrays["state"][unit, column], units.set_aside[unit, column]
    chosen = (
        units.published[unit]
        & (indicator["dimension_type"] != NATION).to_numpy()
        & ((state != STATES.index("not_applicable")) | aside)
    )
    rows = indicator.assign(
        value=indicator["estimate"],
        unit=unit,
        column=column,
        not_filed=state == STATES.index("not_filed"),
        set_aside=aside,
        peers=units.key["peers"].to_numpy()[unit],
    )
    return rows[chosen].reset_index(drop=True)


def _against_peers(units: Panel, rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with peer_median, best_quarter (of the values of those that have one) and n_peers; without
    those that have too few peers, or that are set aside."""
    known = rows[rows["value"].notna()]
    better = units.arrays["direction"][known["unit"], known["column"]] > 0
    group = ["period_type", "period_start", "peers", "indicator"]
    # Quantiles run the same way for all: towards the good end.
    signed = known.assign(signed=known["value"] * np.where(better, 1.0, -1.0)).groupby(group)["signed"]
    found = pd.DataFrame(
        {"middle": signed.median(), "top": signed.quantile(0.75), "n_peers": signed.size()}
    ).reset_index()
    rows = rows[~rows["set_aside"]].merge(found[found["n_peers"] >= FEWEST_PEERS], on=group)
    sign = np.where(units.arrays["direction"][rows["unit"], rows["column"]] > 0, 1.0, -1.0)
    return rows.assign(
        peer_median=rows["middle"] * sign + 0.0, best_quarter=rows["top"] * sign + 0.0
    )  # 0.0: no negative zero


def _with_actors(rows: pd.DataFrame, indicator_actor: pd.DataFrame) -> pd.DataFrame:
    texts = indicator_actor[["indicator", "action_zh", "action_en"]]
    actors = indicator_actor.melt(
        id_vars="indicator",
        value_vars=["platform", "region", "category", "cluster"],
        var_name="dimension_type",
        value_name="actor",
    )
    return rows.merge(actors, on=["indicator", "dimension_type"], how="left").merge(
        texts, on="indicator", how="left"
    )
