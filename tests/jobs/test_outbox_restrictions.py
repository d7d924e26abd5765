"""Joint restriction in the outbox: every platform with a shop of the operator and no other, and gone after
the repair."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import Desk

LATER = date(2026, 7, 1)
CODE = "91440115Y37037162X"


def row(shop: str, platform: str, **more: Any) -> dict[str, Any]:
    return {
        "basis": "dishonesty_entry",
        "basis_id": "D1",
        "shop_id": shop,
        "notice_id": f"LC-D1-{shop}",
        "platform_code": platform,
        "operator_id": CODE,
        "operator_name": "永鑫有限公司",
        "item": "serious_violation",
        "measure": "stop_service",
        "stops_sales": True,
        "state": "in_effect",
        "starts_on": date(2026, 6, 1),
    } | more


def review(shop: str, office: str | None, **more: Any) -> dict[str, Any]:
    return {
        "basis": "dishonesty_entry",
        "basis_id": "D1",
        "shop_id": shop,
        "reason": "probabilistic_link",
        "state": "open",
        "operator_id": CODE,
        "probability": 0.9,
        "office_region_code": office,
    } | more


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def named(desk: Desk, recipient: str, kind: str, day: date) -> list[str]:
    return [r["notice_id"] for r in desk.rows(recipient, kind, day)]


def test_every_platform_with_a_shop_of_the_operator_gets_its_shops_and_no_other_platform_does(desk):
    other = row("S3", "P9")  # a platform that the reference does not know has no folder
    desk.night(gold__joint_restriction=[row("S1", "P1"), row("S2", "P1"), other]).send(day=LATER)
    assert named(desk, "platform_P1", "restricted_operators", LATER) == ["LC-D1-S1", "LC-D1-S2"]
    held = [p for p in desk.outbox.rglob("*.jsonl") if CODE in p.read_text()]
    # The authorities of commerce and of planning learn of the enterprise, and no platform but its own does.
    assert {p.parents[1].name for p in held} == {"platform_P1", "commerce", "planning"}


def test_two_platforms_with_a_shop_of_one_operator_get_their_own_shop_alone(desk):
    desk.night(gold__joint_restriction=[row("S1", "P1"), row("S2", "P2")]).send(day=LATER)
    sent = {p: named(desk, f"platform_{p}", "restricted_operators", LATER) for p in ("P1", "P2")}
    assert sent == {"P1": ["LC-D1-S1"], "P2": ["LC-D1-S2"]}


def test_after_the_repair_it_is_gone_on_every_platform_and_the_lifting_is_sent(desk):
    both = [row("S1", "P1"), row("S2", "P2")]
    desk.night(gold__joint_restriction=both).send()
    repaired = {"state": "repaired", "repaired_on": LATER, "ended_on": LATER}
    desk.night(gold__joint_restriction=[r | repaired for r in both])
    assert {"platform_P1", "platform_P2"} <= set(desk.send(day=LATER))
    for platform, shop in (("platform_P1", "S1"), ("platform_P2", "S2")):
        assert desk.rows(platform, "restricted_operators", LATER) == []
        assert "restricted_operators.csv" in {f["name"] for f in desk.manifest(platform, LATER)["files"]}
        (lifted,) = desk.rows(platform, "lifted_restrictions", LATER)
        assert (lifted["shop_id"], lifted["state"], lifted["ended_on"]) == (shop, "repaired", "2026-07-01")
        assert len(desk.rows(platform, "restricted_operators")) == 1  # what was sent first is kept


def test_a_lifted_row_says_whether_another_restriction_of_the_shop_is_in_effect(desk) -> None:
    lifted = {"state": "repaired", "repaired_on": date(2026, 6, 20), "ended_on": date(2026, 6, 20)}
    more = {"basis_id": "D2", "notice_id": "LC-D2-S1"}
    desk.night(
        gold__joint_restriction=[
            row("S1", "P1"),
            row("S1", "P1", **more, **lifted),
            row("S2", "P1", **lifted),
        ]
    ).send(recipient="platform_P1")
    said = {r["notice_id"]: r["still_restricted"] for r in desk.rows("platform_P1", "lifted_restrictions")}
    assert said == {"LC-D2-S1": True, "LC-D1-S2": False}


def test_a_row_that_is_gone_altogether_empties_the_file_of_who_had_it(desk):
    desk.night(gold__joint_restriction=[row("S1", "P1")]).send(recipient="platform_P1")
    desk.night(gold__joint_restriction=[])
    assert "platform_P1" in desk.send(day=LATER, recipient="platform_P1")
    assert desk.rows("platform_P1", "restricted_operators", LATER) == []


def test_a_natural_person_goes_by_the_shop_alone(desk):
    person = "N-c13f8338afac1d6528ae83f8"
    rows = [row("S1", "P1", operator_id=person, operator_name=None, chain=[f"silver.enterprise:{person}"])]
    held = [review("S2", "330000", operator_id=person)]
    desk.night(gold__joint_restriction=rows, gold__restriction_review=held).send()
    (sent,) = desk.rows("platform_P1", "restricted_operators")
    assert sent["operator_id"] is None and sent["shop_id"] == "S1"
    assert desk.rows("region_330000", "restriction_reviews")[0]["operator_id"] is None
    assert not [p for p in desk.outbox.rglob("*") if p.is_file() and person in p.read_text(errors="ignore")]


def test_a_probable_link_goes_to_the_office_that_decides_and_to_no_platform(desk):
    reviews = [review("S1", "330100"), review("S2", None), review("S3", "440000", state="denied")]
    regions = [
        {"region_code": "330000", "level": "province"},
        {"region_code": "440000", "level": "province"},
        {"region_code": "330100", "level": "prefecture", "parent_code": "330000"},
    ]
    desk.night(gold__restriction_review=reviews, silver__region=regions).send()
    assert [r["shop_id"] for r in desk.rows("region_330000", "restriction_reviews")] == ["S1"]
    assert [r["shop_id"] for r in desk.rows("region_CN", "restriction_reviews")] == ["S2"]
    assert desk.rows("region_440000", "restriction_reviews") == []
    assert not list(desk.outbox.glob("platform_*/*/restrict*"))


def test_the_manifest_says_what_each_column_of_a_restriction_means(desk):
    desk.night(gold__joint_restriction=[row("S1", "P1")]).send(recipient="platform_P1")
    said = desk.manifest("platform_P1")["columns"]["restricted_operators"]
    assert all(c["zh"] and c["en"] for c in said)
    assert {c["name"] for c in said} >= {"legal_basis", "authority", "starts_on", "ends_on", "measure"}


def test_a_platform_sees_what_it_did_about_each_restriction(desk):
    answered = {"basis": "dishonesty_entry", "basis_id": "D1", "shop_id": "S1", "ban_open": False}
    answered |= {"acknowledged_on": date(2026, 6, 3), "n_listings": 6}
    desk.night(
        gold__joint_restriction=[row("S1", "P1"), row("S2", "P1")], gold__restriction_response=[answered]
    ).send(recipient="platform_P1")
    second, first = desk.rows("platform_P1", "restricted_operators")  # what it has to answer stands first
    assert (first["acknowledged_on"], first["acted_on"], first["n_listings"]) == ("2026-06-03", None, 6)
    assert (second["acknowledged_on"], second["ban_open"], second["n_listings"]) == (None, None, None)


def test_restrictions_whose_sales_are_not_stopped_stand_first_as_on_the_site(desk):
    day = date(2026, 6, 30)
    held = [row(f"S{n}", "P1", stops_sales=n != 1) for n in (1, 2, 3, 4, 5)]
    done = {"ban_open": True, "acknowledged_on": day, "n_listings": 0, "n_order_lines": 0}
    done |= {"basis": "dishonesty_entry", "basis_id": "D1", "last_ordered_on": None}
    sold = {"ban_open": False, "n_order_lines": 9}
    answers = [
        done | {"shop_id": "S2"},
        done | {"shop_id": "S3", "n_listings": 2},
        done | sold | {"shop_id": "S4", "last_ordered_on": date(2026, 6, 20)},
        done | sold | {"shop_id": "S5", "last_ordered_on": date(2026, 1, 20), "acknowledged_on": None},
    ]
    desk.night(gold__joint_restriction=held, gold__restriction_response=answers)
    desk.send(recipient="platform_P1")
    found = desk.rows("platform_P1", "restricted_operators")
    assert [r["shop_id"] for r in found] == ["S4", "S5", "S3", "S1", "S2"]
    assert [r["stop_open"] for r in found] == [True, True, True, False, False]


def test_one_restriction_has_one_name_of_its_measure_that_of_its_ground(desk) -> None:
    names = ["basis", "item", "measure", "stops_sales", "months", "name_zh", "name_en", "citation", "status"]
    given = [
        ("dishonesty_entry", "serious_violation", "stop_service", True, 36, "暂停或者终止服务", "ended"),
        ("penalty", "suspension", "stop_service", True, 6, "停业期间暂停服务", "suspended"),
    ]
    known = [
        dict(zip(names, (*each, None, "house_rule"), strict=True)) | {"valid_from": date(2015, 1, 1)}
        for each in given
    ]
    suspended = {"basis": "penalty", "item": "suspension", "basis_id": "CF1", "notice_id": "LC-CF-1-S1"}
    lifted = suspended | {"shop_id": "S2", "notice_id": "LC-CF-1-S2", "state": "ended"}
    lifted |= {"ends_on": date(2026, 6, 19), "ended_on": date(2026, 6, 20)}
    other = {"measure": "no_new_shops", "notice_id": "LC-D1-S3"}  # what the ground no longer leads to
    rows = [row("S1", "P1", **suspended), row("S2", "P1", **lifted), row("S3", "P1", **other)]
    desk.night(gold__joint_restriction=rows, silver__restriction_measure=known)
    desk.send(recipient="platform_P1")
    held = {r["shop_id"]: r for r in desk.rows("platform_P1", "restricted_operators")}
    assert (held["S1"]["measure_zh"], held["S1"]["measure_en"]) == ("停业期间暂停服务", "suspended")
    assert (held["S3"]["measure_zh"], held["S3"]["measure"]) == (None, "no_new_shops")
    (ended,) = desk.rows("platform_P1", "lifted_restrictions")
    assert (ended["measure_zh"], ended["state_zh"], ended["state"]) == ("停业期间暂停服务", "期满", "ended")
    page = (desk.folder("platform_P1") / "index.html").read_text()
    assert (
        ">suspension<" not in page
        and page.count("停业期间暂停服务") >= 2
        and "期满或移出" not in page.split('id="definitions"')[0]
    )
