"""Certain links: a person's decision, the register's code, a verified code, an identity, in this order."""

from __future__ import annotations

import json
from datetime import date

import pytest
from filings import FIRM, INVALID, NAMED, OTHER, UNKNOWN, decision, links, said

PERSON = {
    "operator_type": "natural_person",
    "operator_ref": "p1",
    "phone_ref": "t7",
    "representative_ref": "r7",
    "region_code": "330102",
}


def test_a_code_of_the_register_links_whatever_else_was_filed() -> None:
    found = links({"operator_uscc": FIRM, "operator_name": "别的商行", "phone_ref": "t9"})
    assert said(found) == (FIRM, "uscc")
    assert (found.loc["S1", "kind"], found.loc["S1", "probability"]) == ("deterministic", 1.0)
    assert (
        json.loads(found.loc["S1", "evidence"])["name"] == "other"
    )  # an official can see that the names differ


def test_a_code_that_the_register_lacks_counts_where_the_platform_verified_the_licence() -> None:
    assert said(links({"operator_uscc": UNKNOWN, "licence_verified": True})) == (UNKNOWN, "identity_filing")


@pytest.mark.parametrize("verified", [False, None])
def test_a_code_for_which_nobody_vouches_is_a_claim(verified: bool | None) -> None:
    found = links({"operator_uscc": UNKNOWN, "licence_verified": verified})
    assert said(found) == (UNKNOWN, None)
    assert found.loc["S1", ["kind", "probability"]].isna().all()


def test_a_code_with_a_wrong_check_digit_counts_for_nothing_and_is_reported() -> None:
    found = links({"operator_uscc": INVALID, "licence_verified": True})
    assert found.loc["S1", "enterprise_id"].startswith("R-") and found.loc["S1", "basis"] is None
    assert json.loads(found.loc["S1", "evidence"])["invalid_code"] == "check_digit"


def test_an_identity_number_in_the_place_of_a_code_is_not_repeated() -> None:
    number = "110101199003070000"
    assert number not in links({"operator_uscc": number}).loc["S1", "evidence"]


def test_natural_persons_are_known_by_the_pseudonym_of_their_identity() -> None:
    found = links(PERSON, {**PERSON, "phone_ref": "t8"}, {**PERSON, "operator_ref": "p2"})
    assert said(found)[0].startswith("N-") and said(found)[1] == "operator_ref"
    assert said(found, "S2") == said(found) != said(found, "S3")
    assert "p1" not in said(found)[0] + found.loc["S1", "evidence"]


def test_the_identity_of_a_proprietor_does_not_make_a_business_a_natural_person() -> None:
    found = links({**PERSON, "operator_type": "individual_business", "operator_name": "丑未饰品商行"})
    assert found.loc["S1", "enterprise_id"].startswith("R-")


def test_a_persons_yes_wins_over_the_code_that_was_filed() -> None:
    found = links({"operator_uscc": FIRM}, decisions=[decision("S1", OTHER, True)])
    assert said(found) == (OTHER, "human_confirmation")
    assert json.loads(found.loc["S1", "evidence"])["decision_id"] == "D1"


def test_a_persons_no_wins_over_the_code_that_was_filed() -> None:
    found = links({"operator_uscc": FIRM}, decisions=[decision("S1", FIRM, False)])
    assert said(found)[0].startswith("R-")


def test_of_two_decisions_the_newer_holds_and_of_one_day_the_one_with_the_larger_number() -> None:
    yes, no = (
        decision("S1", FIRM, True, date(2026, 1, 1), "D1"),
        decision("S1", FIRM, False, date(2026, 2, 1), "D2"),
    )
    assert said(links({}, decisions=[yes, no]))[0].startswith("R-")
    assert said(links({}, decisions=[{**no, "decided_on": date(2025, 1, 1)}, yes])) == (
        FIRM,
        "human_confirmation",
    )
    assert said(links({}, decisions=[{**yes, "decided_on": no["decided_on"]}, no]))[0].startswith("R-")
    moved = decision("S1", OTHER, True, date(2026, 3, 1), "D3")
    assert said(links({}, decisions=[yes, moved])) == (OTHER, "human_confirmation")


def test_a_decision_may_name_a_code_that_the_register_lacks() -> None:
    assert said(links({}, decisions=[decision("S1", UNKNOWN, True)])) == (UNKNOWN, "human_confirmation")


def test_what_a_person_confirmed_helps_to_find_other_shops() -> None:
    brand = {
        "operator_name": "风云优品贸易商行",
        "phone_ref": "t5",
        "representative_ref": "r5",
        "region_code": "330102",
    }
    found = links(brand, brand, decisions=[decision("S1", FIRM, True)])
    assert said(found, "S2") == (FIRM, "splink")
    assert json.loads(found.loc["S2", "evidence"])["shop"] == "S1"


def test_an_empty_market_has_no_links() -> None:
    found = links(register=[])
    assert found.empty and list(found.columns) == [
        "platform_code",
        "enterprise_id",
        "kind",
        "basis",
        "probability",
        "evidence",
    ]


def test_a_shop_that_filed_nothing_stands_alone() -> None:
    found = links({}, {})
    assert said(found)[0] != said(found, "S2")[0] and found["kind"].isna().all()


def test_the_certain_links_need_no_other_shop() -> None:
    assert said(links({**NAMED, "operator_uscc": FIRM}, register=[{"uscc": FIRM, "name": "甲"}])) == (
        FIRM,
        "uscc",
    )
