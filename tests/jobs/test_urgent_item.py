"""gold.urgent_item: whom a failure concerns whose platform no register knows, and from and until when what
happened is news."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from jobs.marts.overview import urgent_item
from jobs.period import Period

AS_OF = date(2026, 6, 30)
LIFE = "sample_id result_issued_on result_notified_on notified_by_announcement_on reinspection_issued_on"
COLUMNS = urgent_item.READS | {"sampling_lifecycle": LIFE.split()}
REGIONS = [("CN", None, "nation"), ("330000", "CN", "province"), ("440000", "CN", "province")]
DIVISIONS = [dict(zip(("region_code", "parent_code", "level"), row, strict=True)) for row in REGIONS]


def items(*, on: date = AS_OF, **sample: Any) -> pd.DataFrame:
    """The items of one sample of which an item of class A failed ``on`` a day, on which its seller is
    notified."""
    row = {"sample_id": "s", "seller_region_code": "330000", "producer_region_code": "440000"} | sample
    failed = {"sample_id": "s", "item_code": "F1", "item_class": "A", "lab_verdict": "nonconforming"}
    life = {"sample_id": "s", "result_issued_on": on, "result_notified_on": on}
    given = {
        "sample": [row],
        "test_result": [failed | {"tested_on": on}],
        "sampling_lifecycle": [life],
        "platform": [{"platform_code": "P1"}],
        "shop_operator": [{"shop_id": "S1", "platform_code": "P1"}],
        "region": DIVISIONS,
    }
    return made(given).set_index("recipient")


def made(given: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    frames = {
        name: pd.DataFrame(given.get(name, []), columns=columns, dtype=object)
        for name, columns in COLUMNS.items()
    }
    return urgent_item.build(**frames, period=Period(as_of=AS_OF))


def test_a_listing_whose_platform_no_register_knows_is_assigned_by_the_nation() -> None:
    """The code itself is gone: silver holds only those that the register knows."""
    found = items(listing_id="L9", shop_id="S9")
    assert sorted(found.index) == ["region_330000", "region_440000", "region_CN"]
    assert found.loc["region_CN", "reason_en"].endswith(
        "the platform is unknown: the nation's authority assigns it"
    )
    assert found.loc["region_CN", "status"] == "due"


def test_the_platform_that_a_sample_does_not_state_is_its_shops() -> None:
    assert "platform_P1" in items(listing_id="L1", shop_id="S1").index


def test_goods_from_a_shelf_concern_no_platform() -> None:
    assert sorted(items(shop_id="corner shop").index) == ["region_330000", "region_440000"]


@pytest.mark.parametrize(("days_ago", "urgent"), [(0, True), (90, True), (91, False), (-1, False)])
def test_a_failure_is_urgent_for_ninety_days_and_not_before_its_day(days_ago: int, urgent: bool) -> None:
    assert len(items(on=AS_OF - timedelta(days=days_ago))) == (2 if urgent else 0)


@pytest.mark.parametrize(
    ("end", "days", "due"),
    [
        ("removed_on", 0, "restriction_lifted"),  # off the list on the day itself
        ("removed_on", 1, "restriction_listed"),
        ("repaired_on", 0, "restriction_lifted"),
        ("expires_on", -1, "restriction_lifted"),
        ("expires_on", 0, "restriction_listed"),  # its last day still counts
    ],
)
def test_the_end_of_an_entry_is_news_from_the_first_day_without_it(end: str, days: int, due: str) -> None:
    entry = {"entry_id": "E", "operator_uscc": "91440115Y37037162X", "list": "serious_violation"}
    entry |= {"listed_on": date(2026, 5, 1), "legal_basis": "x", "region_code": "330000"}
    found = made({"dishonesty_entry": [entry | {end: AS_OF + timedelta(days=days)}], "region": DIVISIONS})
    assert found.loc[found["status"] == "due", "kind"].tolist() == [due]
