"""Months of a gold table that are built again: those of rows that name a change in a column that is read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.lake.tables import MONTH, Lake
from jobs.night.derived import columns_of_inputs
from jobs.night.touched import touched_months

CATALOG = load_catalog()
SHOPS = CATALOG.contracts["gold.shop_trade"]
SELLERS = CATALOG.contracts["gold.commerce_concentration"]
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
# l1 of shop s1 was ordered in January, l2 of s2 in February; the line of March names its shop itself. So say
# the counts by shop.
GIVEN: dict[str, list[dict[str, Any]]] = {
    "silver.transaction": [
        {"order_line_id": "a", "ordered_on": date(2026, 1, 5), "listing_id": "l1", MONTH: JANUARY},
        {"order_line_id": "b", "ordered_on": date(2026, 2, 5), "listing_id": "l2", MONTH: FEBRUARY},
        {"order_line_id": "c", "ordered_on": date(2026, 3, 5), "shop_id": "s3", MONTH: MARCH},
    ],
    "silver.review": [],
    "gold.shop_trade": [
        {"month": month, "platform_code": "P1", "shop_id": shop, MONTH: month}
        for month, shop in ((JANUARY, "s1"), (FEBRUARY, "s2"), (MARCH, "s3"))
    ],
    "silver.listing": [
        {"listing_id": "l1", "shop_id": "s1", "title": "kettle"},
        {"listing_id": "l2", "shop_id": "s2", "title": "lamp"},
    ],
    "silver.shop": [{"shop_id": "s1"}, {"shop_id": "s2"}, {"shop_id": "s3"}],
    "silver.shop_operator": [{"shop_id": f"s{n}", "enterprise_id": f"e{n}"} for n in (1, 2, 3)],
    "silver.region": [{"region_code": "330000"}],
    "silver.product_category": [{"category_code": "HA"}],
    "silver.industrial_cluster": [{"cluster_code": "c"}],
}


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake(tmp_path)
    for table in GIVEN:
        write(lake, table)
    return lake


def write(lake: Lake, table: str, **changed: dict[str, Any]) -> int:
    """A version of an input; ``changed``: columns of rows, by the row's key."""
    contract = CATALOG.contracts[table]
    schema = arrow_schema(contract)
    more = [pa.field("_ended_on", pa.date32())] if contract.conformed else []
    more += [pa.field(name, pa.string()) for name in ("_jurisdiction", "_currency")] if more else []
    more += [pa.field(MONTH, pa.date32())] if contract.by_month else []
    rows = [row | changed.get(row[contract.key[0]], {}) for row in GIVEN[table]]
    nullable = pa.schema([field.with_nullable(True) for field in (*schema, *more)])
    return lake.overwrite(table, pa.Table.from_pylist(rows, schema=nullable))


def touched(lake: Lake, contract: Contract, table: str, **changed: dict[str, Any]) -> tuple[date, ...] | None:
    """The months of a table to build after one of its inputs was written again."""
    before = dict.fromkeys(contract.inputs, 0)
    now = before | {table: write(lake, table, **changed)}
    return touched_months(lake, CATALOG, contract, before, now, columns_of_inputs(CATALOG, contract))


def test_a_new_title_of_a_listing_touches_no_month(lake):
    assert touched(lake, SHOPS, "silver.listing", l1={"title": "electric kettle"}) == ()


def test_another_category_of_a_listing_touches_the_months_of_its_orders(lake):
    assert touched(lake, SHOPS, "silver.listing", l2={"category_code": "HA"}) == (FEBRUARY,)


def test_another_region_of_a_shop_touches_the_months_of_orders_that_name_it_or_one_of_its_listings(lake):
    assert touched(lake, SHOPS, "silver.shop", s1={"region_code": "330000"}) == (JANUARY,)
    assert touched(lake, SHOPS, "silver.shop", s3={"region_code": "330000"}) == (MARCH,)


def test_another_jurisdiction_of_a_shop_touches_the_months_of_its_orders(lake):
    assert touched(lake, SHOPS, "silver.shop", s3={"_jurisdiction": "GB"}) == (MARCH,)


def test_another_operator_of_a_shop_touches_the_months_of_the_shop(lake):
    assert touched(lake, SELLERS, "silver.shop_operator", s2={"enterprise_id": "e9"}) == (FEBRUARY,)


def test_another_probability_of_a_link_touches_no_month(lake):
    assert touched(lake, SELLERS, "silver.shop_operator", s2={"probability": 0.5}) == ()


def test_a_changed_reference_touches_every_month(lake):
    assert touched(lake, SELLERS, "silver.region", **{"330000": {"level": "province"}}) is None


def test_a_touched_month_touches_all_months_of_its_year_where_a_table_is_kept_by_years(lake):
    contract = CATALOG.contracts["gold.commerce_confidential"]
    schema = arrow_schema(CATALOG.contracts[SELLERS.id])
    schema = pa.schema([field.with_nullable(True) for field in (*schema, pa.field(MONTH, pa.date32()))])

    def orders(*months: date, n: int) -> pa.Table:
        rows = [{"month": month, MONTH: month, "n_orders": n} for month in months]
        return pa.Table.from_pylist(rows, schema=schema)

    before = dict.fromkeys(contract.inputs, 0)
    before[SELLERS.id] = lake.overwrite(SELLERS.id, orders(date(2025, 12, 1), JANUARY, MARCH, n=1))
    now = before | {SELLERS.id: lake.overwrite(SELLERS.id, orders(MARCH, n=2), months=[MARCH])}
    found = touched_months(lake, CATALOG, contract, before, now, columns_of_inputs(CATALOG, contract))
    assert found == tuple(date(2026, month, 1) for month in range(1, 13))
