"""From how many periods on a trend of the exposure rate is stated (gold.rate_trend): the line through two
periods is their difference, which the comparison with a year earlier states with its own interval. Pure."""

from __future__ import annotations

import pandas as pd

TREND = "gold.rate_trend"
STATED_FROM = 3  # periods
OF_TREND = ("slope_pp", "slope_low", "slope_high", "p_value", "p_adjusted", "verdict")


def as_stated(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of gold.rate_trend without slope, limits, p and verdict where fewer than STATED_FROM
    periods are compared."""
    few = rows["n_years"] < STATED_FROM
    return rows.assign(**{name: rows[name].where(~few, None) for name in OF_TREND if name in rows.columns})
