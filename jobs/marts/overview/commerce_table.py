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
    """Return the table: one row per month, province (region_code; the nation's code: all) and level-1
    category (`all`: all), sorted by CELL, with VALUES and ``suppressed``. ``period`` is not used.

    ``commerce_concentration``, ``commerce_confidential``: gold, whose rows with dimension_type `table` are
    used. VALUES are null and ``suppressed`` is True where the latter marks the cell as confidential or has no
    row for it. Whether a cell is confidential by itself or withheld to protect another is not published.
    There are months only: readers can add up published months."""
    rows = _table(commerce_concentration, "month")
    flags = _table(commerce_confidential, "period_start")[[*CELL, "confidential"]]
    rows = rows.merge(flags, on=CELL, how="left").sort_values(CELL, ignore_index=True)
    hidden = rows["confidential"].ne(False)
    values = rows[VALUES].astype("Int64").mask(hidden)
    return pd.concat([rows[CELL], values, hidden.rename("suppressed")], axis=1)


def _table(rows: pd.DataFrame, month: str) -> pd.DataFrame:
    return rows[rows["dimension_type"].eq(TABLE)].rename(
        columns={"dimension_code": "region_code", month: "month"}
    )
