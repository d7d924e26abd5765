"""What pages ask of the lake."""

from __future__ import annotations

from collections import Counter

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.reports.asked import COLUMNS, COMPARED, columns_of


@pytest.mark.parametrize("asked", [COLUMNS, COMPARED], ids=["night", "earlier"])
def test_no_column_of_a_table_is_asked_for_twice(asked: dict[str, list[str] | None]) -> None:
    # A frame with a column twice gives a frame where a page expects a column.
    twice = {table: [c for c, n in Counter(names or ()).items() if n > 1] for table, names in asked.items()}
    assert not {table: names for table, names in twice.items() if names}


def test_a_table_of_gold_that_is_not_named_is_read_whole_unless_it_is_withheld() -> None:
    catalog = load_catalog()
    read = columns_of(catalog)
    assert "gold.complaint_state" not in COLUMNS
    assert read["gold.complaint_state"] == list(catalog.contracts["gold.complaint_state"].column_names)
    assert "gold.shop_trade" in catalog.contracts and "gold.shop_trade" not in read
    assert "silver.complaint" in catalog.contracts and "silver.complaint" not in read
