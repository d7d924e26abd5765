"""The same files over three nights, out of order, end in the same tables as all at once (columns with _
aside)."""

from __future__ import annotations

import pytest
from homes import Home
from real_feeds import FILLED

pytestmark = pytest.mark.slow  # test_months holds it for made files


def rows(home: Home, table: str) -> dict[str, dict]:
    found = [
        {k: v for k, v in row.items() if not k.startswith("_")} for row in home.ask(f"SELECT * FROM {table}")
    ]
    keyed = {repr(sorted(row.items())): row for row in found}
    assert len(keyed) == len(found), "a row occurs twice"
    return keyed


@pytest.mark.parametrize("table", FILLED)
def test_nights_of_some_files_end_where_one_night_of_all_does(home, nights, table):
    one, other = rows(home, table), rows(nights, table)
    assert one and [row for key, row in one.items() if key not in other] == []
    assert [row for key, row in other.items() if key not in one] == []


def test_lines_that_came_before_their_orders_wait_in_quarantine_for_one_night_only(nights):
    """By name the lines come a night before the orders that date them."""
    assert nights.ask("SELECT count(*) AS n FROM silver.quarantine WHERE target = 'transaction'") == [
        {"n": 0}
    ]
    counted = nights.ask(
        "SELECT loaded, accepted, unjoined FROM ops.reconciliation WHERE file = "
        "'olist_order_items_dataset.csv'"
    )
    assert counted == [{"loaded": 3_397, "accepted": 3_397, "unjoined": 0}]
