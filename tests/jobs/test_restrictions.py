"""What restricts whom: pure builds on tiny frames (the golden cases hold the rules; these, what no table of
cases shows)."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.contracts.suites import expectations
from jobs.marts.credit import joint_restriction, restriction_review, restrictions
from jobs.night.derived import typed_rows
from jobs.period import Period

CATALOG = load_catalog()
ACE, OTHER = "91440115Y37037162X", "91130930Y123458126"
DAY = date(2026, 6, 1)
MEASURE = {
    "basis": "dishonesty_entry", "item": "serious_violation", "measure": "stop_service", "stops_sales": True,
    "months": 36, "valid_from": date(2015, 1, 1),
}  # fmt: skip
ENTRY = {
    "entry_id": "D1", "listed_on": date(2026, 2, 1), "operator_uscc": ACE, "list": "serious_violation",
    "legal_basis": "第九条", "expires_on": date(2029, 2, 1),
}  # fmt: skip


def frame(table: str, rows: list[dict]) -> pd.DataFrame:
    """Rows as a night gives them to build(): every column of the contract, dates as objects."""
    schema = arrow_schema(CATALOG.contracts[table])
    empty = schema.empty_table().to_pandas(date_as_object=True)
    return pd.DataFrame(rows).reindex(columns=empty.columns) if rows else empty


def given(**rows: list[dict]) -> dict[str, pd.DataFrame]:
    """Inputs of gold.joint_restriction: A, restricted, with a shop on each of two platforms."""
    standing = {
        "dishonesty_entry": [ENTRY],
        "restriction_measure": [MEASURE],
        "shop_operator": [
            {"shop_id": shop, "enterprise_id": ACE, "kind": "deterministic", "basis": "uscc"}
            for shop in ("S1", "S2")
        ],
        "shop": [
            {"shop_id": shop, "platform_code": platform, "operator_uscc": ACE, "licence_verified": True}
            for shop, platform in (("S1", "P01"), ("S2", "P02"))
        ],
        "enterprise": [{"enterprise_id": ACE, "resolution": "registered"}],
    }  # fmt: skip
    names = (
        "dishonesty_entry penalty enforcement_case restriction_measure shop_operator shop enterprise "
        "link_decision"
    ).split()
    return {name: frame(f"silver.{name}", (standing | rows).get(name, [])) for name in names}


def built(day: date = DAY, **rows: list[dict]) -> pd.DataFrame:
    table = joint_restriction.build(**given(**rows), period=Period(day))
    return typed_rows(CATALOG.contracts["gold.joint_restriction"], table).to_pandas(date_as_object=True)


def reviewed(**rows: list[dict]) -> pd.DataFrame:
    table = restriction_review.build(
        **{k: v for k, v in given(**rows).items() if k != "enterprise"}, period=Period(DAY)
    )
    return typed_rows(CATALOG.contracts["gold.restriction_review"], table).to_pandas(date_as_object=True)


def test_without_any_input_there_is_no_restriction_and_nothing_to_decide() -> None:
    nothing: dict[str, list[dict]] = {name: [] for name in given()}
    assert built(**nothing).empty
    assert reviewed(**nothing).empty


def test_a_failed_sample_is_no_input_of_a_restriction() -> None:
    for table in ("gold.joint_restriction", "gold.restriction_review"):
        read = CATALOG.contracts[table].inputs
        assert not [name for name in read if "sample" in name or "conclusion" in name or "score" in name]


@pytest.mark.parametrize(
    ("revoked", "n"), [(date(2026, 3, 1), 0), (date(2026, 3, 2), 0), (date(2026, 3, 3), 2)]
)
def test_a_penalty_that_was_revoked_by_the_day_on_which_it_became_final_never_restricted(
    revoked: date, n: int
) -> None:
    fine = {"penalty_id": "F1", "operator_uscc": ACE, "kind": "fine", "legal_basis": "第四十九条"}
    rows = built(dishonesty_entry=[], penalty=[fine | {"final_on": date(2026, 3, 2), "revoked_on": revoked}])
    assert len(rows) == n and set(rows["state"]) <= {"withdrawn"}


def test_a_penalty_and_the_entry_that_follows_from_it_under_one_number_are_two_notices() -> None:
    """An authority may file both under the number of its decision."""
    number = "沪市监处〔2026〕12号"
    fine = {"penalty_id": number, "operator_uscc": ACE, "kind": "fine", "legal_basis": "第四十九条"}
    rows = built(
        dishonesty_entry=[ENTRY | {"entry_id": number}], penalty=[fine | {"final_on": date(2026, 3, 2)}]
    )
    assert len(rows) == 4 and rows["notice_id"].is_unique


def test_two_notices_with_one_identifier_fail_the_gate() -> None:
    asked = expectations(CATALOG.contracts["gold.joint_restriction"])
    unique = "expect_column_values_to_be_unique"
    (found,) = [e for e in asked if e.type == unique and e.kwargs["column"] == "notice_id"]
    assert found.severity == "critical"


PERSONS = {
    "shop_id": "S1", "platform_code": "P01", "operator_type": "natural_person", "operator_ref": "ref1",
}  # fmt: skip
LISTED_PERSON = ENTRY | {"operator_uscc": None, "person_ref": "ref1"}
PERSON_ID = "N-857cab9ef306c2c12bae484a"  # of ref1


def confirmed_other(day: date) -> dict:
    return {"decision_id": "RD2", "shop_id": "S1", "uscc": OTHER, "same": True, "decided_on": day}


def person_rows(shop: dict, *decisions: dict) -> pd.DataFrame:
    """Restrictions by the listing of the person ref1 alone; an official links the shop to OTHER today."""
    link = {"shop_id": "S1", "enterprise_id": OTHER, "kind": "deterministic", "basis": "human_confirmation"}
    return built(
        dishonesty_entry=[LISTED_PERSON], shop=[shop], shop_operator=[link], link_decision=list(decisions)
    )


@pytest.mark.parametrize(("code", "n"), [(None, 1), ("123456789012345", 1), ("无/个人", 1), (ACE, 0)])
def test_a_person_who_trades_by_a_valid_code_was_linked_by_the_code_and_not_by_the_identity(
    code: str | None, n: int
) -> None:
    """An official confirmed another operator later: the trail is of the link that was certain before."""
    rows = person_rows(PERSONS | {"operator_uscc": code}, confirmed_other(date(2026, 4, 1)))
    assert len(rows) == n and set(rows["link_basis"]) <= {"operator_ref"}


@pytest.mark.parametrize(("confirmed", "n"), [(date(2026, 4, 1), 1), (date(2026, 2, 15), 0)])
def test_a_person_whose_code_was_denied_was_linked_by_the_identity_from_that_day(
    confirmed: date, n: int
) -> None:
    denied = {"decision_id": "RD1", "shop_id": "S1", "uscc": ACE, "same": False}
    denied |= {"decided_on": date(2026, 3, 1)}
    rows = person_rows(PERSONS | {"operator_uscc": ACE}, denied, confirmed_other(confirmed))
    assert rows["linked_on"].tolist() == [date(2026, 3, 1)] * n


@pytest.mark.parametrize(
    ("denied", "linked"),
    [
        ([date(2026, 3, 1)], [date(2026, 3, 1)]),
        ([date(2026, 3, 1), date(2026, 3, 20)], [date(2026, 3, 20)]),
        (
            [date(2026, 4, 5)],
            [],
        ),  # on the day on which the platform filed it otherwise: never by the identity
        ([], []),
    ],
)
def test_a_person_whose_code_was_denied_and_whose_shop_was_filed_otherwise_later_leaves_the_trail(
    denied: list[date], linked: list[date]
) -> None:
    former = [f"{ACE}/yes/2026-04-05", f"{PERSON_ID}/{ACE}/2026-04-05"]
    shop = PERSONS | {"operator_uscc": OTHER, "operator_type": "company", "operator_ref": None}
    no = [
        {"decision_id": f"RD{n}", "shop_id": "S1", "uscc": ACE, "same": False, "decided_on": day}
        for n, day in enumerate(denied)
    ]
    rows = built(
        dishonesty_entry=[LISTED_PERSON], shop=[shop | {"former_operators": former}], shop_operator=[],
        link_decision=no,
    )  # fmt: skip
    assert rows["linked_on"].tolist() == linked
    assert set(rows["ended_on"]) <= {date(2026, 4, 5)} and set(rows["state"]) <= {"withdrawn"}


def test_a_person_who_was_filed_without_a_code_and_with_a_denied_one_was_linked_from_the_first_of_them() -> (
    None
):
    former = [f"{PERSON_ID}/no/2026-03-05", f"{PERSON_ID}/{ACE}/2026-04-05"]
    shop = PERSONS | {"operator_uscc": OTHER, "operator_type": "company", "operator_ref": None}
    no = {"decision_id": "RD1", "shop_id": "S1", "uscc": ACE, "same": False, "decided_on": date(2026, 3, 20)}
    (row,) = built(
        dishonesty_entry=[LISTED_PERSON], shop=[shop | {"former_operators": former}], shop_operator=[],
        link_decision=[no],
    ).to_dict("records")  # fmt: skip
    assert (row["linked_on"], row["ended_on"]) == (None, date(2026, 4, 5))


def test_a_code_that_looks_like_the_id_of_a_person_is_no_link_to_the_person() -> None:
    shop = PERSONS | {"operator_uscc": PERSON_ID, "operator_type": "company", "operator_ref": None}
    assert person_rows(shop, confirmed_other(date(2026, 4, 1))).empty


def test_text_with_strokes_in_the_place_of_a_code_stops_no_table() -> None:
    former = ["无/个人/no/2026-04-05", f"{PERSON_ID}/no/2026-04-05"]
    shop = PERSONS | {"operator_uscc": OTHER, "operator_type": "company", "former_operators": former}
    (row,) = built(dishonesty_entry=[LISTED_PERSON], shop=[shop], shop_operator=[]).to_dict("records")
    assert (row["link_basis"], row["ended_on"]) == ("operator_ref", date(2026, 4, 5))


@pytest.mark.parametrize(
    ("repaired", "state", "ended"),
    [
        (date(2026, 3, 1), "repaired", date(2026, 3, 1)),
        (date(2026, 4, 5), "repaired", date(2026, 4, 5)),
        (date(2026, 5, 1), "withdrawn", date(2026, 4, 5)),
        (None, "withdrawn", date(2026, 4, 5)),
    ],
)
def test_a_restriction_ends_by_itself_or_with_the_link_whichever_is_first(
    repaired: date | None, state: str, ended: date
) -> None:
    shop = {"shop_id": "S1", "platform_code": "P01", "former_operators": [f"{ACE}/yes/2026-04-05"]}
    (row,) = built(
        dishonesty_entry=[ENTRY | {"repaired_on": repaired}], shop=[shop], shop_operator=[]
    ).to_dict("records")
    assert (row["state"], row["ended_on"]) == (state, ended)


@pytest.mark.parametrize(("repaired", "n"), [(None, 1), (date(2026, 5, 1), 0)])
def test_a_probable_link_to_an_operator_whose_restriction_has_ended_opens_no_review(
    repaired: date | None, n: int
) -> None:
    link = {"shop_id": "S3", "enterprise_id": ACE, "kind": "probabilistic", "probability": 0.9}
    shop = {"shop_id": "S3", "platform_code": "P03", "region_code": "440115"}
    entry = ENTRY | {"repaired_on": repaired}
    assert len(reviewed(dishonesty_entry=[entry], shop_operator=[link], shop=[shop])) == n


def test_a_link_that_was_confirmed_after_a_denial_ends_with_the_next_denial() -> None:
    said = [(date(2026, 3, 1), False), (date(2026, 4, 1), True), (date(2026, 5, 1), False)]
    decisions = [
        {"decision_id": f"RD{n}", "shop_id": "S1", "uscc": ACE, "same": same, "decided_on": day}
        for n, (day, same) in enumerate(said)
    ]
    shop = {"shop_id": "S1", "platform_code": "P01"}
    (row,) = built(shop=[shop], shop_operator=[], link_decision=decisions).to_dict("records")
    assert (row["linked_on"], row["ended_on"]) == (date(2026, 4, 1), date(2026, 5, 1))


@pytest.mark.parametrize(("day", "n"), [("2026-02-01", 0), ("2026-02-02", 1)])
def test_a_shop_that_was_filed_otherwise_by_the_day_of_the_listing_was_never_restricted(
    day: str, n: int
) -> None:
    shop = {"shop_id": "S1", "platform_code": "P01", "former_operators": [f"{ACE}/yes/{day}"]}
    assert len(built(shop=[shop], shop_operator=[])) == n


def test_a_link_that_was_confirmed_and_denied_on_one_day_leaves_the_trail() -> None:
    said = {"shop_id": "S1", "uscc": ACE, "decided_on": date(2026, 3, 1)}
    decisions = [said | {"decision_id": f"RD{n}", "same": same} for n, same in enumerate((True, False))]
    shop = {"shop_id": "S1", "platform_code": "P01"}
    (row,) = built(shop=[shop], shop_operator=[], link_decision=decisions).to_dict("records")
    assert row["linked_on"] == row["ended_on"] == date(2026, 3, 1)


def test_a_probable_link_restricts_nothing_and_opens_a_review_with_its_probability() -> None:
    link = {
        "shop_id": "S3", "platform_code": "P03", "enterprise_id": ACE, "kind": "probabilistic",
        "basis": "splink", "probability": 0.99999, "evidence": '{"name": 3}',
    }  # fmt: skip
    shop = {"shop_id": "S3", "platform_code": "P03", "region_code": "440115"}
    assert built(shop_operator=[link], shop=[shop]).empty
    (task,) = reviewed(shop_operator=[link], shop=[shop]).to_dict("records")
    assert (task["state"], task["probability"], task["evidence"]) == ("open", 0.99999, '{"name": 3}')
    assert task["office_region_code"] == "440115"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"repaired_on": date(2026, 6, 1)}, "repaired"),
        ({"removed_on": date(2026, 6, 1)}, "ended"),
        ({"expires_on": date(2026, 5, 31)}, "ended"),
        ({"expires_on": date(2026, 6, 1)}, "in_effect"),  # the last day still counts
        ({"repaired_on": date(2026, 6, 2)}, "in_effect"),
    ],
)
def test_a_restriction_is_lifted_on_every_platform_on_the_day_of_its_end(change: dict, state: str) -> None:
    rows = built(dishonesty_entry=[ENTRY | change])
    assert rows["shop_id"].tolist() == ["S1", "S2"]  # the trail stays
    assert rows["state"].tolist() == [state] * 2


def test_a_repair_that_came_after_the_term_had_run_out_is_not_what_ended_it() -> None:
    late = ENTRY | {"expires_on": date(2026, 3, 1), "repaired_on": date(2026, 5, 1)}
    rows = built(dishonesty_entry=[late])
    assert set(rows["state"]) == {"ended"} and set(rows["ended_on"]) == {date(2026, 3, 2)}


@pytest.mark.parametrize("end", ["repaired_on", "removed_on", "expires_on"])
def test_an_end_that_is_dated_before_the_listing_ends_it_on_its_day_and_stops_no_table(end: str) -> None:
    rows = built(dishonesty_entry=[ENTRY | {"expires_on": None, end: date(2026, 1, 5)}])
    assert set(rows["starts_on"]) == set(rows["ended_on"]) == {date(2026, 2, 1)}
    contract = CATALOG.contracts["gold.joint_restriction"]
    rules = [(c.name, r) for c in contract.columns for r in c.rules if r.kind == "not_before"]
    assert rules
    for name, rule in rules:
        broken = (pd.to_datetime(rows[name]) < pd.to_datetime(rows[rule.arguments["column"]])).any()
        assert not (broken and rule.severity == "critical"), rule.id


def test_a_new_listing_reaches_every_shop_on_its_first_day_and_not_before() -> None:
    assert built(date(2026, 1, 31)).empty
    assert built(date(2026, 2, 1))["platform_code"].tolist() == ["P01", "P02"]


def test_the_same_rows_in_another_order_give_the_same_table() -> None:
    entries = [ENTRY, ENTRY | {"entry_id": "D2", "operator_uscc": OTHER}]
    one = given(dishonesty_entry=entries)
    other = {name: rows.iloc[::-1].reset_index(drop=True) for name, rows in one.items()}
    tables = [joint_restriction.build(**rows, period=Period(DAY)) for rows in (one, other)]
    pd.testing.assert_frame_equal(*tables)


def test_a_measure_holds_from_its_first_day_and_an_unknown_ground_gets_the_mildest() -> None:
    old = MEASURE | {"measure": "remind", "stops_sales": False, "valid_to": date(2026, 1, 31)}
    new = MEASURE | {"valid_from": date(2026, 2, 1)}
    mild = MEASURE | {"item": "unknown", "measure": "verify_and_mark", "stops_sales": False}
    entries = [
        ENTRY,
        ENTRY | {"entry_id": "D2", "listed_on": date(2026, 1, 31)},
        ENTRY | {"entry_id": "D3", "list": None},
    ]
    rows = built(dishonesty_entry=entries, restriction_measure=[old, new, mild])
    of = dict(zip(rows["basis_id"], rows["measure"], strict=True))
    assert of == {"D1": "stop_service", "D2": "remind", "D3": "verify_and_mark"}


def test_of_two_measures_that_are_valid_the_newer_counts() -> None:
    """The older row was left without a last day when the newer one was added."""
    old = MEASURE | {"measure": "remind", "stops_sales": False}
    new = MEASURE | {"valid_from": date(2026, 2, 1)}
    entries = [ENTRY, ENTRY | {"entry_id": "D2", "listed_on": date(2026, 1, 31)}]
    for measures in ([old, new], [new, old]):
        rows = built(dishonesty_entry=entries, restriction_measure=measures)
        of = dict(zip(rows["basis_id"], rows["measure"], strict=True))
        assert of == {"D1": "stop_service", "D2": "remind"}


@pytest.mark.parametrize("name", ["restriction_coverage", "credit_score", "credit_model_report"])
def test_an_empty_lake_has_tables_of_credit_that_fit_their_contracts(name: str) -> None:
    contract = CATALOG.contracts[f"gold.{name}"]
    inputs = {table.split(".")[1]: frame(table, []) for table in contract.inputs}
    build = import_module(f"jobs.marts.credit.{name}").build
    assert typed_rows(contract, build(**inputs, period=Period(DAY))).num_rows == 0


def test_a_term_in_months_ends_on_the_same_day_of_the_month_or_its_last():
    begins = ["2026-01-31", "2024-02-29", "2026-01-31", None, "2026-03-15", "2025-12-31"]
    found = restrictions._months_after(
        pd.Series(pd.to_datetime(begins), index=range(6, 0, -1)),
        pd.Series([1, 12, None, 3, 36, 0], index=range(6, 0, -1)),
    )
    ends = ["2026-02-28", "2025-02-28", None, None, "2029-03-15", "2025-12-31"]
    assert found.equals(pd.Series(pd.to_datetime(ends), index=range(6, 0, -1)))


def test_codes_are_checked_only_of_shops_that_filed_one(monkeypatch: pytest.MonkeyPatch):
    real, sizes = restrictions.checked, []
    monkeypatch.setattr(restrictions, "checked", lambda codes: sizes.append(len(codes)) or real(codes))
    shops, codes = pd.Series(["S1", "S2", "S3"]), pd.Series([ACE, None, "N-1"], dtype=object)
    known = pd.DataFrame({"enterprise_id": [ACE], "resolution": ["registered"]})
    found = restrictions._sure(shops, codes, pd.Series([None, True, None], dtype=object), known)
    assert found["link_basis"].to_dict() == {0: "uscc", 2: "operator_ref"}
    assert sizes == [2]
