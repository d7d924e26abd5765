"""What an index would be if one indicator had another score; limits of an indicator's value. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.panel import SCALE, Panel
from jobs.methods import intervals
from jobs.methods.shapley import ACROSS, scored


def index_with(panel: Panel, unit: np.ndarray, column: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Index of each of the units numbered ``unit`` with ``score`` in place of that of the indicator
    ``column``, applicable there."""
    pillar = panel.pillar[column]
    share = panel.pillar_shares[unit, pillar]
    within = np.divide(panel.applied[unit, column], share, out=np.zeros(len(unit)), where=share > 0)
    before = panel.pillar_scores[unit, pillar]
    after = before + within * (score - panel.scores[unit, column])
    index = panel.index[unit]
    arithmetic = panel.arrays["across"][unit] == ACROSS.index("arithmetic")
    return np.where(arithmetic, index + share * (after - before), index * (after / before) ** share)


def score_with(panel: Panel, unit: np.ndarray, column: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Score of ``value`` by the goalposts of the units and indicators."""
    own = {name: panel.arrays[name][unit, column] for name in ("low", "high", "direction", "transform")}
    return scored(own | {"value": value}, SCALE)


def value_limits(rows: pd.DataFrame, goalpost: pd.DataFrame, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the values of rows of gold.quality_index_indicator, in their unit.

    Sampled rates have their own (90 %). Others are counts: shares have Wilson limits, rates per number of
    something exact Poisson limits (F. Garwood, Biometrika 28, 1936) of ``level``: with few orders or few
    deadlines a bad figure may be chance.
    Without counts the value itself.
    """
    per = rows["indicator"].map(
        goalpost.set_index("indicator")["unit"]
        .str.extract(r"per (\d+)", expand=False)
        .astype(float)
        .groupby(level=0)
        .last()
    )
    above, below = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
    value, per = rows["value"].to_numpy(float), per.to_numpy(float)
    own = rows["value_low"].notna().to_numpy() & rows["value_high"].notna().to_numpy()
    counted = ~own & np.isfinite(above) & (below > 0)
    share, rate = counted & np.isnan(per) & (above <= below), counted & ~np.isnan(per)
    low, high = (
        np.where(own, rows["value_low"].to_numpy(float), value),
        np.where(own, rows["value_high"].to_numpy(float), value),
    )
    if share.any():
        low[share], high[share] = intervals.binomial(above[share], below[share], level=level)
    if rate.any():
        ends = intervals.poisson(above[rate], below[rate], level=level)
        low[rate], high[rate] = (end * per[rate] for end in ends)
    return low, high
