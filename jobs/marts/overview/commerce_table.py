"""gold.commerce_table: orders and units sold by month, province and category, confidential cells withheld
(definitions.md 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION
from jobs.methods import suppression
from jobs.period import Period

# As gold.commerce_concentration writes them.
TABLE, EVERY_CATEGORY = "table", "all"
MEASURES = ("n_orders", "units_sold")
CELL = ("month", "region_code", "category_code")
FEWEST_ENTERPRISES = 5
LARGEST, LARGEST_SHARE = ("largest_orders", "largest_units"), 0.85
WIDTH = 0.15  # a confidential value stays uncertain by at least this share of itself, either way
VALUES = ["n_enterprises", *MEASURES]


def build(*, commerce_concentration: pd.DataFrame, period: Period) -> pd.DataFrame:
    """One row per `table` cell of ``commerce_concentration`` (gold), sorted by key; VALUES are null and
    ``suppressed`` is true where it is withheld.

    A cell is confidential by itself with fewer than five enterprises, or one above 85 % of its orders or
    units; further cells are withheld until no reader can bound it within 15 % either way (or within 1). Which
    of both it was is not told. Months are the one period: a table of quarters beside it would undo it by
    subtraction, and the sums of published months are there for whoever adds them.
    """
    rows = commerce_concentration[commerce_concentration["dimension_type"] == TABLE].rename(
        columns={"dimension_code": "region_code"}
    )
    rows = rows.sort_values([*CELL], ignore_index=True)
    hidden = np.zeros(len(rows), dtype=bool)
    for places in rows.groupby("month", sort=False).indices.values():
        hidden[places] = _withheld(rows.iloc[places])
    values = rows[VALUES].astype("Int64").mask(pd.Series(hidden, index=rows.index))
    return pd.concat([rows[[*CELL]], values, pd.Series(hidden, index=rows.index, name="suppressed")], axis=1)


def confidential(rows: pd.DataFrame) -> np.ndarray:
    """Whether each cell is so by itself: of those that hold something."""
    dominated = [
        rows[largest] > LARGEST_SHARE * rows[measure]
        for measure, largest in zip(MEASURES, LARGEST, strict=True)
    ]
    some = rows[[*MEASURES]].sum(axis=1) > 0
    return (some & ((rows["n_enterprises"] < FEWEST_ENTERPRISES) | np.logical_or.reduce(dominated))).to_numpy(
        bool
    )


def _withheld(month: pd.DataFrame) -> np.ndarray:
    """For the cells of one month, in their order."""
    regions, categories = _last(month["region_code"], NATION), _last(month["category_code"], EVERY_CATEGORY)
    at = (month["region_code"].map(regions).to_numpy(), month["category_code"].map(categories).to_numpy())
    tables = []
    for measure in MEASURES:
        table = np.zeros((len(regions), len(categories)))
        table[at] = month[measure]
        tables.append(table)
    primary = np.zeros(tables[0].shape, dtype=bool)
    primary[at] = confidential(month)
    return suppression.complementary(tables, primary, width=WIDTH)[at]


def _last(codes: pd.Series, total: str) -> dict[str, int]:
    """Places of codes in order, the one of the sum last."""
    return {code: place for place, code in enumerate([*sorted(set(codes) - {total}), total])}
