"""gold.quality_index_base: the nation's quality index of the base year, with which all units are compared
(`band` of gold.quality_index). In a table apart, so that the index of one period is made of the indicators of
that period alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.panel import NATION, panel, whole
from jobs.period import Period

COLUMNS = ["dimension_code", "base_start", "base_score"]
# Finer than any score shown (one decimal). Late records move the nation's score of a past year by millionths;
# unrounded, each night would build the index of all periods again for a band that stays as it is.
DECIMALS = 4
# By its rows alone: whether a year is whole follows from the nation's months, not from those of other units.
ROWS = {"quality_index_indicator": "dimension_type = 'nation'"}
READS = {
    "quality_index_indicator": (
        "period_type period_start dimension_type dimension_code indicator pillar value numerator denominator "
        "goal_low goal_high status estimate estimate_law estimate_mean estimate_precision goalpost_version "
        "weight_version"
    ).split()
}


def build(
    *,
    quality_index_indicator: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the index of the nation in the base year: one row with COLUMNS; none while no year of the nation
    is published. Arguments are the gold and silver tables of these names; ``period`` is not used.

    ``base_start``: the first day of the base year (`base`), which is whole if all its months lie between the
    nation's first and last; ``base_score``: its index, 1-100, rounded to DECIMALS."""
    mine = quality_index_indicator["dimension_type"] == NATION
    units = panel(
        indicator=quality_index_indicator[mine].reset_index(drop=True),
        goalpost=goalpost,
        index_weight=index_weight,
        index_method=index_method,
        product_category=product_category,
    )
    found = base(units.key.assign(score=np.where(units.published, units.index, np.nan)))
    renamed = found.rename(columns={"period_start": "base_start", "score": "base_score"})
    return renamed.assign(base_score=renamed["base_score"].round(DECIMALS))[COLUMNS]


def base(table: pd.DataFrame) -> pd.DataFrame:
    """Return the row of the base year of ``table``, or no row where the nation has no index of a year. The
    base year is the first whole year with one, as part of a year has other seasons; while there is no whole
    year, the first year with one. ``table``: period_type, period_start, dimension_type, score (NaN where the
    index is not published)."""
    years = table.assign(part=~whole(table))[
        (table["dimension_type"] == NATION) & (table["period_type"] == "year") & table["score"].notna()
    ]
    return years.sort_values(["part", "period_start"], ignore_index=True).head(1)
