"""gold.commerce_table: orders and units sold by month, province and level-1 category, without the counts of
confidential cells (definitions.md#confidential).

CELL: month, region_code, category_code. VALUES: n_enterprises, n_orders, units_sold."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview.commerce_cells import MEASURES, TABLE
from jobs.period import Period

CELL = ["month", "region_code", "category_code"]
VALUES = ["n_enterprises", *MEASURES]  # the columns of counts, null where they are withheld


def build(
    *, commerce_concentration: pd.DataFrame, commerce_confidential: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """Return the table: one row per month, province or nation (region_code) and level-1 category or `all`,
    sorted by CELL, with VALUES and ``suppressed``. ``period`` is not used.

    ``commerce_concentration``, ``commerce_confidential``: gold, whose rows with dimension_type `table` are
    used. VALUES are null and ``suppressed`` is True where commerce_confidential marks the cell as
    confidential or has no row for it. Whether a cell is confidential by itself or withheld to protect another
    is not published. There are no quarters and years: a reader can add up the months that are published, and
    a total beside withheld months would give these back."""
    rows = _table(commerce_concentration, "month")
    flags = _table(commerce_confidential, "period_start")[[*CELL, "confidential"]]
    rows = rows.merge(flags, on=CELL, how="left", validate="one_to_one").sort_values(CELL, ignore_index=True)
    hidden = rows["confidential"].ne(False)
    values = rows[VALUES].astype("Int64").mask(hidden)
    return pd.concat([rows[CELL], values, hidden.rename("suppressed")], axis=1)


def _table(rows: pd.DataFrame, month: str) -> pd.DataFrame:
    return rows[rows["dimension_type"].eq(TABLE)].rename(
        columns={"dimension_code": "region_code", month: "month"}
    )
