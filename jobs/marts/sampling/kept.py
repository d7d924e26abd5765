"""Says for which units gold.detection_rate has rows of which period types: only rows that some reader uses
(definitions.md#kept). Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.sampling.counts import PERIODS, PeriodType

# Units without a second dimension whose months and windows of twelve months are read; of regions only
# provinces. Clusters are among them by month because gold.quality_index_indicator has an index of each
# cluster by month.
MONTHLY = ("nation", "platform", "region", "category", "cluster", "channel")
# Over all time: the nation and plans (bulletins), and the seller's provinces, beside which
# gold.region_estimate sets its own estimate.
ALL_TIME = ("nation", "plan")
PROVINCE, SELLER = "province", "seller"


def kept(units: pd.DataFrame, level: np.ndarray) -> np.ndarray:
    """Return which period types each unit has rows of: a boolean array, one row per row of ``units`` and one
    column per PeriodType in PERIODS. ``units``: columns UNIT_KEY; ``level``: level of each unit, as `levels`
    returns it.

    Every unit and pair has quarters and years. Months and windows of twelve months exist only for single
    units of MONTHLY, of regions only provinces; pairs, brands, plans and prefectures have none, as nothing
    reads them and they would be three quarters of the table. `all` exists for the nation, plans and the
    seller's provinces."""
    kind, single = units["dimension_type"], (units["dimension2_type"] == "").to_numpy()
    coarse = (kind != "region").to_numpy() | (level == PROVINCE)
    monthly = kind.isin(MONTHLY).to_numpy() & single & coarse
    seat = (kind == "region").to_numpy() & (units["region_role"] == SELLER).to_numpy() & (level == PROVINCE)
    every = np.ones(len(units), dtype=bool)
    rows = {
        PeriodType.ALL: single & (kind.isin(ALL_TIME).to_numpy() | seat),
        PeriodType.MONTH: monthly,
        PeriodType.QUARTER: every,
        PeriodType.ROLLING12: monthly,
        PeriodType.YEAR: every,
    }
    return np.stack([rows[kind] for kind in PERIODS], axis=1)
