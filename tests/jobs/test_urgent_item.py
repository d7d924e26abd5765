"""gold.urgent_item: whom a failure concerns whose platform no register knows, and from and until when what
happened is news."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from jobs.marts import law_names
from jobs.marts.overview import urgent_item, urgent_kinds
from jobs.period import Period

AS_OF = date(2026, 6, 30)
LIFE = "sample_id result_issued_on result_notified_on notified_by_announcement_on reinspection_issued_on "
LIFE += "taken_down_on"
MEASURE = "basis item measure stops_sales months name_zh name_en citation status valid_from valid_to"
COLUMNS = urgent_item.READS | {"sampling_lifecycle": LIFE.split(), "restriction_measure": MEASURE.split()}
REGIONS = [("CN", None, "nation"), ("330000", "CN", "province"), ("440000", "CN", "province")]
DIVISIONS = [dict(zip(("region_code", "parent_code", "level"), row, strict=True)) for row in REGIONS]


def items(*, on: date = AS_OF, standing: list[dict[str, Any]] | None = None, **sample: Any) -> pd.DataFrame:
    """The items of one sample of which an item of class A failed ``on`` a day, on which its seller is
    notified. ``standing``: rows of gold.standing_conclusion."""
    row = {"sample_id": "s", "seller_region_code": "330000", "producer_region_code": "440000"} | sample
    failed = {"sample_id": "s", "item_code": "F1", "item_class": "A", "lab_verdict": "nonconforming"}
    life = {"sample_id": "s", "result_issued_on": on, "result_notified_on": on}
    given = {
        "sample": [row],
        "test_result": [failed | {"tested_on": on}],
        "sampling_lifecycle": [life],
        "standing_conclusion": standing or [],
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


CODE, OTHER, THIRD = "91440115Y37037162X", "91130930Y123458126", "91110000802100433B"
OLD = date(2025, 1, 1)


def listed(shop: dict[str, Any], **link: Any) -> dict[str, date]:
    """When the beginning of an entry of 2025 is news to the platform of a shop, by item."""
    row = {"basis": "dishonesty_entry", "basis_id": "E", "shop_id": "S1", "notice_id": "LC-SX-E-S1"}
    row |= {"platform_code": "P1", "operator_id": CODE, "item": "serious_violation", "legal_basis": "x"}
    row |= {"state": "in_effect", "link_basis": "uscc", "chain": [], "starts_on": OLD}
    found = made(
        {
            "joint_restriction": [row | link],
            "shop": [{"shop_id": "S1"} | shop],
            "platform": [{"platform_code": "P1"}],
            "region": DIVISIONS,
        }
    )
    begun = found[found["kind"] == "restriction_listed"]
    return dict(zip(begun["item_id"], begun["occurred_on"], strict=True))


@pytest.mark.parametrize(
    ("shop", "link", "day"),
    [
        ({"opened_on": AS_OF}, {}, AS_OF),
        ({"opened_on": date(2024, 1, 1)}, {}, None),
        ({"opened_on": AS_OF + timedelta(1)}, {"starts_on": AS_OF}, AS_OF),
        ({"opened_on": OLD, "former_operators": [f"{OTHER}/yes/2026-06-20"]}, {}, date(2026, 6, 20)),
        (
            {"former_operators": [f"{OTHER}/yes/2026-06-20", f"{THIRD}/no/2026-06-25"]},
            {},
            date(2026, 6, 25),
        ),
        # The same code, now verified: the register knew it before.
        ({"opened_on": OLD, "former_operators": [f"{CODE}/no/2026-06-20"]}, {}, None),
        (
            {"opened_on": OLD, "former_operators": [f"{CODE}/no/2026-06-20"]},
            {"link_basis": "identity_filing"},
            date(2026, 6, 20),
        ),
        # A link that has ended began before its end.
        (
            {"former_operators": [f"{CODE}/yes/2026-06-25", f"{OTHER}/yes/2026-06-20"]},
            {"unlinked_on": date(2026, 6, 25), "ended_on": date(2026, 6, 25), "state": "withdrawn"},
            date(2026, 6, 20),
        ),
        ({"former_operators": [f"N-c13f8338afac1d6528ae83f8/{CODE}/2026-06-25"]}, {}, None),
        ({"opened_on": AS_OF}, {"linked_on": date(2026, 6, 1)}, date(2026, 6, 1)),
    ],
)
def test_an_older_entry_is_news_for_a_shop_from_the_day_on_which_it_became_the_operators(
    shop: dict[str, Any], link: dict[str, Any], day: date | None
) -> None:
    """Where no decision dates the link, the filings of the shop do, or its opening."""
    assert listed(shop, **link) == ({} if day is None else {"R/LC-SX-E-S1/listed": day})


@pytest.mark.parametrize("linked", [True, False])
def test_a_penalty_stays_news_of_its_region_until_it_ends_also_without_a_link(linked: bool) -> None:
    """An official denies its last shop, and later it is revoked: the region hears of the revocation alone."""
    penalty = {"penalty_id": "F", "case_id": "C", "kind": "fine", "operator_uscc": CODE}
    penalty |= {"region_code": "330000", "legal_basis": "x", "final_on": date(2026, 6, 1)}
    notice = {"basis": "penalty", "basis_id": "F", "shop_id": "S1", "notice_id": "LC-CF-F-S1", "chain": []}
    notice |= {"platform_code": "P1", "operator_id": CODE, "item": "fine", "legal_basis": "x"}
    notice |= {"starts_on": date(2026, 6, 1), "ended_on": date(2026, 6, 10), "state": "withdrawn"}
    notice |= {"unlinked_on": date(2026, 6, 10), "link_basis": "uscc"}

    def due(**more: Any) -> list[tuple[str, date]]:
        given = {"penalty": [penalty | more], "joint_restriction": [notice] if linked else []}
        found = made(given | {"region": DIVISIONS})
        mine = found[(found["recipient"] == "region_330000") & (found["status"] == "due")]
        return list(zip(mine["item_id"], mine["occurred_on"], strict=True))

    assert due() == [("R/LC-CF-F/listed", date(2026, 6, 1))]
    assert due(revoked_on=date(2026, 6, 20)) == [("R/LC-CF-F/lifted", date(2026, 6, 20))]
    assert due(legal_basis=None) == [] == due(operator_uscc=None) == due(final_on=None)


def test_the_number_of_an_article_is_looked_up_not_searched_for(monkeypatch: pytest.MonkeyPatch):
    assert law_names.in_both("商标法第五十七条") == ("《商标法》第五十七条", "Trademark Law, Article 57")
    written, number = list[int](), law_names.number
    monkeypatch.setattr(law_names, "number", lambda value: written.append(value) or number(value))
    assert law_names.in_both("产品质量法第四十九条")[1] == "Product Quality Law, Article 49"
    assert written == [49]


def test_columns_without_a_value_are_not_asked_value_by_value(monkeypatch: pytest.MonkeyPatch):
    def part(item: str, lab: str | None) -> pd.DataFrame:
        return pd.DataFrame([{"item_id": item, "lab_id": lab}], columns=urgent_kinds.COLUMNS, dtype=object)

    monkeypatch.setattr(pd, "concat", None)
    found = urgent_kinds.stacked([part("A/1", None), part("A/2", "L1"), part("A/3", None)])
    assert [*found.columns] == urgent_kinds.COLUMNS
    assert found["item_id"].tolist() == ["A/1", "A/2", "A/3"]
    assert found["lab_id"].isna().tolist() == [True, False, True]
    assert found["sample_id"].isna().all()
