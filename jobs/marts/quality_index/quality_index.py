"""gold.quality_index: one figure from 1 to 100 per unit and period, with the limits of the figure and of its
rank (definitions.md#index-limits).

KEY identifies a row: period_type, period_start, dimension_type, dimension_code."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.marts.quality_index.limits import RANKS, limits
from jobs.marts.quality_index.panel import KEY, NATION, panel
from jobs.period import Period

NUMBERS = ["score", "low", "high"]  # columns in points, 1-100


def build(
    *,
    quality_index_indicator: pd.DataFrame,
    quality_index_base: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the index: one row per unit and period that has an indicator, sorted by KEY. Arguments are the
    gold and silver tables of these names; ``period`` is not used.

    score (1-100): arithmetic mean of the indicators' scores within a pillar, geometric mean of the pillars
    (index_method says which), weights renormalised over what is applicable; NaN unless ``published``: with a
    conformity rate from a probability sample and enough of the weight covered (``coverage``, 0-1), else
    ``reason`` says why. low, high: 90% limits (the level of index_method).

    tier, rank, rank_low, rank_high: among the published units of one dimension (categories: of one level) and
    period with enough batches; null for the nation, and rank also where its interval is wide
    (`limits.limits`). ``band``: as returned by `bands`. n_judged: batches judged. OECD & JRC, Handbook on
    Constructing Composite Indicators, 2008."""
    units = panel(
        indicator=quality_index_indicator,
        goalpost=goalpost,
        index_weight=index_weight,
        index_method=index_method,
        product_category=product_category,
    )
    published = units.published
    table = (
        units.key[KEY]
        .assign(score=np.where(published, units.index, np.nan))
        .join(limits(units).astype(float))
    )
    table["band"] = bands(table, quality_index_base["base_score"])
    table[RANKS] = table[RANKS].mask(table["dimension_type"] == NATION).astype("Int64")
    table["n_judged"] = pd.Series(np.nan_to_num(units.judged)).round().astype("int64")
    return table.assign(
        coverage=units.coverage,
        published=published,
        reason=pd.Series(units.reason, dtype=object),
        method_version=units.method_version,
    )[
        [
            *KEY,
            "score",
            "band",
            "low",
            "high",
            *RANKS,
            "coverage",
            "n_judged",
            "published",
            "reason",
            "method_version",
        ]
    ]


def bands(table: pd.DataFrame, base: pd.Series) -> pd.Series:
    """Return whether the limits of each unit are `above` or `below` the nation's score of the base year, or
    `across` it: a series with the index of ``table``; None where the unit or the base year has no score.
    ``table``: score, low, high; ``base``: the score, or no value (gold.quality_index_base)."""
    if base.empty:
        return pd.Series(None, index=table.index, dtype=object)
    score = float(base.iloc[0])
    where = [table["score"].isna(), table["low"] > score, table["high"] < score]
    return pd.Series(
        np.select(where, [NOTHING, "above", "below"], default="across"), index=table.index, dtype=object
    )
