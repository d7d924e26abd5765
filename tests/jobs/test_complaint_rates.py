"""gold.complaint_rate: what is added up before rates are computed."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.marts.complaints.complaint_rate import CELL, by_period, cells
from jobs.marts.dimensions import NATION, hierarchies

REGION = pd.DataFrame(
    [("110000", None, "province"), ("110100", "110000", "prefecture")],
    columns=["region_code", "parent_code", "level"],
)
CATEGORY = pd.DataFrame([("A", None), ("A1", "A")], columns=["category_code", "parent_code"])
DAY = date(2026, 1, 1)


def test_orders_and_complaints_of_a_unit_are_added_up_and_rows_that_lack_a_code_are_left_out():
    orders = pd.DataFrame(
        [(DAY, "P", "A1", "110100", 5), (DAY, "P", "A", "110000", 7), (DAY, "P", "A", None, 9)],
        columns=[*CELL, "n_orders"],
    )
    complaints = pd.DataFrame(
        [(DAY, "P", "A1", "110100", 2), (date(2026, 2, 1), "P", "A", "110000", 3)],
        columns=[*CELL, "n_quality_matters"],
    )
    trees = hierarchies(region=REGION, product_category=CATEGORY)
    rows = by_period(cells(orders, complaints), trees)
    year = rows[rows["period_type"] == "year"].set_index("dimension_code")
    counted = year[["n_orders", "n_quality_complaints", "n_without_orders"]]
    assert {code: tuple(row) for code, *row in counted.itertuples()} == {
        **dict.fromkeys(("A", NATION, "P", "110000"), (12, 5, 3)),
        **dict.fromkeys(("A1", "110100"), (5, 2, 0)),
    }
