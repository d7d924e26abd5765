"""Who is connected: every record counts once in nation, party, platform and province, and what is hidden
stays hidden."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.marts.overview import network_coverage
from jobs.period import Period

CONTRACTS = load_catalog().contracts
REGION = [
    {"region_code": "330000", "name_zh": "浙江省", "level": "province"},
    {"region_code": "330100", "name_zh": "杭州市", "level": "prefecture", "parent_code": "330000"},
    {"region_code": "440000", "name_zh": "广东省", "level": "province"},
    {"region_code": "440300", "name_zh": "深圳市", "level": "prefecture", "parent_code": "440000"},
]


def frame(table: str, rows: list[dict]) -> pd.DataFrame:
    schema = arrow_schema(CONTRACTS[table])
    return pa.Table.from_pylist(rows, schema=schema).to_pandas(date_as_object=True)


def filed(party: str, kind: str, day: date, **more: object) -> dict:
    return {
        "party": party,
        "data_kind": kind,
        "provider": "somebody",
        "platform_code": "unknown",
        "region_code": "330000",
        "day": day,
        "n_records": 1,
    } | more


def coverage(as_of: date = date(2026, 7, 1), **rows: list[dict]) -> pd.DataFrame:
    known = {"region": REGION, "platform": [{"platform_code": "P1", "name_zh": "甲"}]}
    given = {
        t.split(".")[1]: frame(t, (known | rows).get(t.split(".")[1], []))
        for t in CONTRACTS["gold.network_coverage"].inputs
    }
    return network_coverage.build(**given, period=Period(as_of)).set_index(network_coverage.KEY)


def test_records_add_up_over_kinds_parties_and_provinces():
    rng = np.random.default_rng(3)
    places = ["330000", "330100", "440300"]
    kinds = [("regulator", "supervision"), ("complaint_centre", "supervision"), ("regulator", "control")]
    rows = [
        filed(
            party,
            kind,
            date(2026, 1 + i // 4, 1 + i % 4),
            region_code=places[rng.integers(3)],
            provider=f"s{rng.integers(4)}",
        )
        for party, kind in kinds
        for i in range(20)
    ]
    found = coverage(network_filing=rows)["n_records"]
    assert found["nation", "CN", "all"] == 60
    assert found["nation", "CN"].drop("all").sum() == 60
    assert (
        found["region"].drop("all", level="data_kind").sum() == 60
    )  # basic data and their sums are not stated by place
    assert found["party"].xs("all", level="data_kind").sum() == 60


def test_a_party_is_live_for_92_days_after_its_newest_record():
    case = filed("regulator", "supervision", date(2026, 4, 1))
    by_day = {
        day: coverage(day, network_filing=[case]).loc[("party", "regulator", "all")]
        for day in (date(2026, 7, 1), date(2026, 7, 2))
    }
    assert [(r["live"], r["n_live"], r["age_days"]) for r in by_day.values()] == [
        (True, 1, 91),
        (False, 0, 92),
    ]


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (
            date(2026, 11, 28),
            12,
        ),  # up to October; twelve months up to that day touch thirteen of the calendar
        (date(2026, 11, 30), 12),  # November has ended, and December 2025 is the first
        (date(2026, 12, 1), 12),  # December has only begun, and no one can have filed it
        (date(2026, 12, 31), 11),  # it has ended, and was not filed
    ],
)
def test_the_months_filed_are_of_the_last_twelve_that_have_ended(day: date, months: int):
    days = [*(date(2025, month, 29) for month in (10, 11, 12)), *(date(2026, m, 5) for m in range(1, 12))]
    cases = [filed("regulator", "supervision", each) for each in days]
    sold = [
        {"month": each.replace(day=1), "platform_code": "P1", "region_code": "330000", "amount": Decimal(1)}
        for each in days
    ]
    found = coverage(day, network_filing=cases, commerce_state=sold).loc[("nation", "CN", "all")]
    assert (found["months_filed_12m"], found["amount_12m"]) == (months, months)
    assert found["n_records_12m"] == months  # one record a month


def test_a_record_counts_from_its_own_day_on():
    case = filed("regulator", "supervision", date(2026, 7, 1))
    counted = [
        coverage(day, network_filing=[case]).loc[("nation", "CN", "all"), "n_records"]
        for day in (date(2026, 6, 30), date(2026, 7, 1))
    ]
    assert counted == [0, 1]


def test_a_record_without_a_day_counts_and_is_never_the_oldest():
    """A platform that no record states is no provider either."""
    undated = filed("platform", "control", date(1900, 1, 1), provider="unknown")
    known = filed("platform", "control", date(2026, 6, 1), provider="P1", platform_code="P1")
    found = coverage(network_filing=[undated, known]).loc[("party", "platform", "control")]
    assert (found["n_records"], found["n_providers"], found["first_on"]) == (2, 1, date(2026, 6, 1))


def test_how_much_trade_a_platform_files_or_a_province_has_is_not_shown_but_counts_above_it():
    state = dict.fromkeys(
        (
            "n_orders",
            "quantity",
            "n_returned",
            "n_returned_quality",
            "n_rated",
            "rating_sum",
            "n_low_ratings",
        ),
        0,
    )
    month = {
        "month": date(2026, 6, 1),
        "platform_code": "P1",
        "category_code": "HA",
        "region_code": "330100",
        "n_lines": 7,
        "n_reviews": 2,
        "amount": 5,
    }
    found = coverage(commerce_state=[state | month])
    assert pd.isna(found.loc[("platform", "P1", "basic"), "n_records"]) and pd.isna(
        found.loc[("platform", "P1", "all"), "n_records"]
    )
    assert found.loc[("platform", "P1", "basic"), "live"] and pd.isna(
        found.loc[("region", "330000", "basic"), "n_records"]
    )
    assert found.loc[("nation", "CN", "basic"), "n_records"] == 9
    assert found["amount_12m"].notna().sum() == 1 and found["online_retail_share"].isna().all()


def test_the_sales_of_twelve_months_are_the_exact_sum_of_the_decimals():
    """Three times 0.10 are 0.30; added up as doubles they would be 0.30000000000000004."""
    cell = {
        "platform_code": "P1",
        "region_code": "330000",
        "month": date(2026, 6, 1),
        "n_lines": 1,
        "n_reviews": 0,
    }
    trade = [cell | {"category_code": code, "amount": Decimal("0.10")} for code in "ABC"]
    assert coverage(commerce_state=trade).loc[("nation", "CN", "all"), "amount_12m"] == 0.3
