"""Probable links: what makes them, and what keeps records apart."""

from __future__ import annotations

import json
from datetime import date

import pytest
from filings import FIRM, HERE, INVALID, NAMED, OTHER, REGISTER, THERE, UNKNOWN, decision, links, said

LONE = {
    "operator_name": "丑未饰品商行",
    "operator_type": "individual_business",
    "region_code": "330203",
    "address_text": "海曙区解放街5号",
    "phone_ref": "t5",
    "representative_ref": "r5",
}


@pytest.mark.parametrize(
    "filed",
    [
        {"operator_name": "杭州甲木電器有限公司"},  # traditional script
        {
            "operator_name": "杭州　甲木电器有限公司",
            "address_text": "杭州市上城区中山路１２號３幢",
        },  # full width, without the province
        {"operator_name": "甲木电器", "phone_ref": "t9"},  # neither region nor form, a new telephone
        {"operator_name": "杭州甲木电器有限公司电商分公司", "representative_ref": None},
        {"operator_name": "杭州甲木电器（旗舰店）", "address_text": "中山路十二号3幢"},
        {"operator_name": "杭州旧木电器有限公司", "phone_ref": None},  # a former name
        {"operator_uscc": INVALID},
    ],
    ids=["script", "width", "bare", "branch", "brand", "former", "wrong code"],
)
def test_a_filing_that_is_written_otherwise_links_to_the_register(filed: dict) -> None:
    found = links({**NAMED, **filed})
    assert said(found) == (FIRM, "splink")
    assert found.loc["S1", "kind"] == "probabilistic" and 0.99 <= found.loc["S1", "probability"] <= 1
    facts = json.loads(found.loc["S1", "evidence"])
    assert facts["registration"].startswith(FIRM) and facts["levels"]["region"] == "同县区 | same county"


def test_firms_of_one_owner_with_different_names_stay_apart_and_the_near_one_is_told() -> None:
    found = links({**NAMED, "operator_name": "杭州子午家具有限公司"})
    assert said(found)[0].startswith("R-")
    assert json.loads(found.loc["S1", "evidence"])["nearest"]["registration"] == FIRM


def test_one_name_is_not_enough() -> None:
    assert said(links({"operator_name": "杭州甲木电器有限公司"}))[0].startswith("R-")


def test_one_telephone_is_not_enough() -> None:
    assert said(links({"operator_type": "company", "phone_ref": "t1"}))[0].startswith("R-")


def test_two_valid_codes_never_meet() -> None:
    found = links({**NAMED, "operator_uscc": UNKNOWN}, NAMED)
    assert said(found) == (UNKNOWN, None)  # however much agrees with FIRM
    assert said(found, "S2") == (FIRM, "splink")  # and it draws no one away from FIRM


def test_two_claims_of_different_codes_never_meet() -> None:
    found = links({**LONE, "operator_uscc": UNKNOWN}, {**LONE, "operator_uscc": "N2110105MA01A1B219"}, LONE)
    assert said(found)[0] != said(found, "S2")[0]


def test_shops_that_claim_one_code_and_agree_are_one_operator_under_that_code() -> None:
    found = links(
        {**LONE, "operator_uscc": UNKNOWN}, {**LONE, "operator_uscc": UNKNOWN, "phone_ref": "t6"}, LONE
    )
    assert set(found["enterprise_id"]) == {UNKNOWN} and set(found["basis"]) == {"splink"}


def test_of_shops_that_claim_one_code_but_disagree_the_oldest_has_it() -> None:
    unlike = {
        **LONE,
        "operator_name": "风云科技有限公司",
        "opened_on": date(2020, 1, 1),
        "operator_uscc": UNKNOWN,
    }
    found = links({**LONE, "operator_uscc": UNKNOWN}, {**unlike, **HERE})
    assert said(found, "S2")[0] == UNKNOWN and said(found)[0].startswith("R-")


def test_a_natural_person_is_not_the_company_with_the_same_telephone_and_name() -> None:
    person = {
        "operator_type": "natural_person",
        "phone_ref": "t1",
        "representative_ref": "r1",
        "region_code": "330102",
    }
    assert said(links(person))[0].startswith("R-")


def test_a_natural_person_without_identity_is_found_by_telephone_and_name() -> None:
    person = {
        "operator_type": "natural_person",
        "phone_ref": "t7",
        "representative_ref": "r7",
        "region_code": "330102",
    }
    found = links(
        {**person, "operator_ref": "p1"}, person, {**person, "phone_ref": "t8", "representative_ref": "r8"}
    )
    assert said(found, "S2") == (said(found)[0], "splink") and said(found)[0].startswith("N-")
    assert said(found, "S3")[0].startswith("R-")


def test_a_record_between_two_firms_belongs_to_neither() -> None:
    twins = [{**REGISTER[0], "former_names": None}, {**REGISTER[0], "uscc": OTHER, "former_names": None}]
    found = links(NAMED, register=twins)
    assert said(found)[0].startswith("R-")
    assert json.loads(found.loc["S1", "evidence"])["nearest"]["probability"] > 0.99


def test_a_persons_no_keeps_apart_what_agrees_in_everything() -> None:
    found = links(NAMED, NAMED, decisions=[decision("S1", FIRM, False)])
    assert said(found)[0].startswith("R-") and said(found, "S2") == (FIRM, "splink")


def test_a_no_holds_for_everybody_in_the_cluster_that_forms_without_the_firm() -> None:
    unlike = {
        **NAMED,
        "address_text": "海曙区解放街5号",
        "phone_ref": "t5",
        "representative_ref": "r5",
    }  # the name alone is the firm's
    found = links(unlike, unlike, decisions=[decision("S1", FIRM, False)])
    assert said(found)[0] == said(found, "S2")[0] and said(found)[0].startswith("R-")


def test_unregistered_operators_are_clusters_of_their_shops() -> None:
    found = links(
        LONE,
        {**LONE, "address_text": "解放街五号", "platform_code": "P02"},
        {**LONE, **HERE, "operator_name": "寅卯玩具店"},
    )
    assert said(found) == said(found, "S2") and said(found)[1] == "splink"
    assert said(found, "S3")[1] is None


def test_the_id_of_a_resolved_operator_is_that_of_its_oldest_shop_and_stays_when_shops_are_added() -> None:
    first = {**LONE, "shop_id": "S5", "opened_on": date(2021, 1, 1)}
    alone = said(links(first), "S5")[0]
    younger = {**LONE, "shop_id": "S0", "opened_on": date(2023, 1, 1)}
    undated = {**LONE, "shop_id": "A", "opened_on": None}
    assert set(links(younger, first, undated)["enterprise_id"]) == {alone}


@pytest.mark.parametrize(
    "filed",
    [{}, pytest.param({"phone_ref": "t", "operator_name": None}, marks=pytest.mark.slow)],
    ids=["nothing", "one telephone"],
)
def test_a_market_that_filed_next_to_nothing_has_no_links(filed: dict) -> None:
    found = links(*[filed] * 2100, register=[])
    assert found["enterprise_id"].is_unique and found["kind"].isna().all()


def test_links_do_not_depend_on_the_order_of_shops() -> None:
    rows = [LONE, {**LONE, "phone_ref": "t6"}, NAMED, {**NAMED, "operator_uscc": UNKNOWN}, {**LONE, **THERE}]
    named = [{**row, "shop_id": f"S{i}"} for i, row in enumerate(rows)]
    assert links(*named).equals(links(*reversed(named)))
