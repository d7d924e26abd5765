"""Into which group a row falls by the columns of `partition_by`."""

from __future__ import annotations

import duckdb
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.night.parts import grouping

CATALOG = load_catalog()


def group(table: str, **row: str | None) -> str | None:
    """The group, in gold.complaint_matter, of one row of ``table``; the listing L1 is on file for S1."""
    how = grouping(CATALOG.contracts["gold.complaint_matter"], CATALOG, table)
    assert how is not None
    expression, joined = how.of()
    con = duckdb.connect()
    con.execute("CREATE TABLE silver_listing AS SELECT 'L1' AS listing_id, 'S1' AS shop_id")
    con.execute(f"CREATE TABLE x ({', '.join(f'{name} VARCHAR' for name in row)})")
    con.execute(f"INSERT INTO x VALUES ({', '.join('?' * len(row))})", [*row.values()])
    text = f"SELECT {expression} FROM x AS x{joined}".replace("`", '"').replace("STRING", "VARCHAR")
    found: str | None = con.execute(text).fetchall()[0][0]
    return found


@pytest.mark.parametrize("table", ["silver.complaint", "gold.complaint_matter"])
@pytest.mark.parametrize(
    ("shop", "listing", "expected"),
    [
        ("S2", "L1", "S2"),  # the stated shop before that of the listing
        (None, "L1", "S1"),
        (None, "L9", "L9"),  # a listing that is not on file
        ("S2", None, "S2"),
        (None, None, None),
    ],
)
def test_a_complaint_falls_into_the_group_of_the_shop_that_it_states(
    table: str, shop: str | None, listing: str | None, expected: str | None
) -> None:
    assert group(table, shop_id=shop, listing_id=listing) == expected


def test_a_sample_stays_with_the_order_of_its_sample() -> None:
    how = grouping(CATALOG.contracts["gold.sampling_lifecycle"], CATALOG, "silver.sampling_event")
    assert how is not None and not how.own_first and how.holder is not None
    assert how.of()[0].startswith("COALESCE(h._group")
