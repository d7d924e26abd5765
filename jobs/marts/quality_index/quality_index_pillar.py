"""gold.quality_index_pillar: the pillars (groups of indicators, such as conformity) of each index: score,
weight, and by how many points each lowers the index.

KEY identifies a unit in a period: period_type, period_start, dimension_type, dimension_code."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.panel import KEY, SCALE, panel
from jobs.methods.shapley import by_pillar
from jobs.period import Period


def build(
    *,
    quality_index_indicator: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the pillars: one row per unit, period and pillar, sorted by KEY and pillar, with score, weight,
    contribution and coverage. Arguments are the gold and silver tables of these names; ``period`` is not
    used.

    ``score``: 1-100; ``weight``: share of the pillar in the unit's index, 0-1; ``coverage``: share of the
    pillar's stated weight that is covered, 0-1. ``contribution``: points (0 or less) that the pillar takes
    off 100, split as `shapley.by_pillar` does; null where the index is not published or the pillar has no
    score; those of a unit add up to its index less 100. A pillar of which nothing is applicable, or all is
    set aside, has no score and weight 0."""
    units = panel(
        indicator=quality_index_indicator,
        goalpost=goalpost,
        index_weight=index_weight,
        index_method=index_method,
        product_category=product_category,
    )
    scores, size = units.pillar_scores, len(units.pillars)
    best = np.where(np.isnan(scores), np.nan, SCALE[1])
    lost = by_pillar(
        (np.full(len(scores), SCALE[1]), best),
        (units.index, scores),
        units.arrays["pillar_weight"],
        units.arrays["across"],
    )
    member = np.equal.outer(units.pillar, np.arange(size))
    stated = units.stated @ member
    covered = units.covered @ member
    shown = units.published[:, None] & ~np.isnan(scores)
    table = units.key[KEY].loc[units.key.index.repeat(size)].reset_index(drop=True)
    table["pillar"] = np.tile(np.array(units.pillars, dtype=object), len(scores))
    table["score"], table["weight"] = scores.ravel(), units.pillar_shares.ravel()
    table["contribution"] = np.where(shown, lost, np.nan).ravel()
    table["coverage"] = np.divide(covered, stated, out=np.zeros_like(covered), where=stated > 0).ravel()
    return table.sort_values([*KEY, "pillar"], ignore_index=True)
