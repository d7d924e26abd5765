"""gold.commerce_confidential: for which units, periods and cells of the table of provinces by categories the
orders must not be shown, nor any figure from which they can be computed (definitions.md#confidential).

KEY identifies a row: period_type, period_start, dimension_type, dimension_code, category_code."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import hierarchies
from jobs.marts.overview.commerce_cells import TABLE, withheld
from jobs.period import Period

KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "category_code"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}  # period_type → its months


def build(
    *,
    commerce_concentration: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return what is confidential: one row per month, quarter and year and unit with trade, and per month and
    cell of the table of provinces by categories, sorted by KEY, with n_orders and confidential (bool). The
    first argument is gold, the others silver; ``period`` is not used.

    A figure is confidential by itself if it is of fewer than five enterprises, or one of them has more than
    85% of the orders or units sold. Further cells are withheld so that no sum, over months, units or the
    table, gives a confidential one within 15% (`commerce_cells.withheld`). A unit is withheld for whole
    years, so quarters and years follow from their months."""
    trees = hierarchies(region=region, product_category=product_category)
    rows = commerce_concentration.assign(
        confidential=withheld(commerce_concentration, trees, industrial_cluster)
    )
    table = by_period(rows)
    starts = table["first"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return table.assign(period_start=starts)[[*KEY, "n_orders", "confidential"]].sort_values(
        KEY, ignore_index=True
    )


def by_period(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` added up: one row per month, quarter and year of each unit, and per month of each cell
    of the table, with period_type, first (its first month, as months since 1970-01), dimension_type,
    dimension_code, category_code, n_orders, and confidential (True where it is in any month).

    ``rows``: gold.commerce_concentration with the column confidential."""
    month = rows["month"].to_numpy("datetime64[M]").astype(np.int64)
    units = rows["dimension_type"].ne(TABLE)
    parts = [
        rows.assign(period_type=kind, first=month // size * size)[units | (kind == "month")]
        for kind, size in MONTHS.items()
    ]
    by = ["period_type", "first", "dimension_type", "dimension_code", "category_code"]
    return (
        pd.concat(parts, ignore_index=True)
        .groupby(by, as_index=False)
        .agg(n_orders=("n_orders", "sum"), confidential=("confidential", "any"))
    )
