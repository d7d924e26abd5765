"""Whose answer an acknowledgement is: one rule for packages, leads and notices of restriction. A code names a
recipient, a number of another register names none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from sampling_frames import CONTRACTS, contract_of, frames
from tracing_frames import REGION, batch, failing, leads, trace

from jobs.contracts.schema import arrow_schema
from jobs.engine.dispositions import view
from jobs.engine.embedded import Embedded
from jobs.engine.texts import table_text
from jobs.lake.tables import Lake
from jobs.marts.answered_by import begin_with, by_their_recipients, gives, gives_by_code_sql
from jobs.marts.tracing.places import Places

DAY = date(2026, 5, 1)
PLACES = Places(frames({"region": REGION}, ("region",))["region"])
RESPONSE = CONTRACTS["gold.restriction_response"]
ONE, OTHER = "91440300MA5DA1234X", "91330100MA2B56789K"


@pytest.mark.parametrize(
    ("recipient", "name", "given"),
    [
        ("lab_L01", "CNAS-L0552", True),  # the number of its accreditation
        ("lab_L01", "L01", True),
        ("lab_L01", "L02", False),
        ("lab_L01", "lab_L02", False),
        ("platform_P07", "p07", True),
        ("platform_P07", "SF2", True),  # how it names itself
        ("platform_P07", "p08", False),
        ("platform_P07", "region_330000", False),
        ("platform_P07", "330000", True),  # no code of a platform looks like it
        ("region_330000", "440000", False),
        ("region_330000", "浙江省市场监督管理局", True),
        (f"enterprise_{ONE}", ONE.lower(), True),
        (f"enterprise_{ONE}", OTHER, False),
        ("platform_P07", OTHER, True),  # a platform's credit code is not the code of its outbox
        ("platform_P07", None, True),
        ("platform_P07", "  ", True),
    ],
)
def test_a_name_denies_an_answer_only_where_it_is_the_code_of_another_outbox(
    recipient: str, name: str | None, given: bool
) -> None:
    assert gives(None, name, recipient, PLACES) is given
    answer = {"item_id": f"MF-{recipient}-20260628-0a1b", "recipient": name, "recipient_code": None}
    assert len(by_their_recipients(pd.DataFrame([answer]))) == given


@pytest.mark.parametrize(
    ("code", "given"), [("p07", True), ("platform_p07", True), ("SF2", False), ("P08", False)]
)
def test_a_recipient_code_is_compared_without_case_and_outweighs_the_name(code: str, given: bool) -> None:
    assert gives(code, "P07" if not given else "P08", "platform_P07", PLACES) is given


def test_a_bare_code_of_another_kind_denies_where_it_is_that_of_a_known_outbox() -> None:
    assert gives(None, "P07", "region_330000", PLACES)
    assert not gives(None, "P07", "region_330000", PLACES, {"platform_P07", "region_330000"})


# recipient_code, recipient, whether it is the recipient's word. {own} is the code of its outbox without the
# kind, {other} that of another outbox of the kind.
SAID: list[tuple[str | None, str | None, bool]] = [
    ("{kind}_{own}", None, True),
    ("{KIND}_{own}", None, True),  # in any letter case
    ("{own}", "an office", True),
    (" {low} ", None, True),
    (None, "{kind}_{own}", True),  # a code in the place of the name
    (None, "{low}", True),
    ("", "{low}", True),  # an empty code is none
    ("{kind}_{low}", "{other}", True),  # the code outweighs the name
    ("{kind}_{other}", "{own}", False),
    ("{other}", None, False),
    (None, "{other}", False),
    (None, "{kind}_{other}", False),
    ("lab_{own}", None, False),  # another kind of outbox
]
DIVISIONS: list[tuple[str | None, str | None, bool]] = [
    ("330106", None, True),  # a district works on what its province was handed
    ("region_330100", None, True),
    (None, "REGION_330108", True),
    ("330190", None, True),  # a code that was replaced
    ("440106", "330000", False),  # a district of another province
    (None, "region_440106", False),
    ("999900", None, False),  # its parts lie in two provinces
    ("000000", None, False),
]
PLATFORM = ("platform", "P07", "P08")
PROVINCE = ("region", "330000", "440000")


def spelled(case: tuple[str | None, str | None, bool], kind: str, own: str, other: str) -> dict[str, Any]:
    words = {"kind": kind, "KIND": kind.upper(), "own": own, "low": own.lower(), "other": other}
    code, name = (None if text is None else text.format(**words) for text in case[:2])
    return {"recipient_code": code, "recipient": name}


def of_package(answers: list[dict[str, Any]], outbox: str) -> list[bool]:
    """Whether each answers a package of the outbox."""
    rows = [{**answer, "item_id": f"MF-{outbox}-20260628-0a1b"} for answer in answers]
    return pd.RangeIndex(len(rows)).isin(by_their_recipients(pd.DataFrame(rows)).index).tolist()


def of_row(answers: list[dict[str, Any]], outbox: str) -> list[bool]:
    """Whether each answers a row of a package of the outbox."""
    return [gives(answer["recipient_code"], answer["recipient"], outbox, PLACES) for answer in answers]


def of_lead(answers: list[dict[str, Any]], province: str) -> list[bool]:
    """Whether each closes the lead about a seller in the province."""
    names = [f"x{n}" for n in range(len(answers))]
    samples = [batch(name, seller_region_code=province) for name in names]
    said = [
        {"acknowledgement_id": n, "item_id": f"XS-J-{n}", "acknowledged_on": DAY, "status": "done", **answer}
        for n, answer in zip(names, answers, strict=True)
    ]
    traced = trace(sample=samples, standing_conclusion=[failing(name) for name in names])
    made = leads(traced, sample=samples, acknowledgement=said).set_index("lead_id")
    return made.loc[[f"XS-J-{name}" for name in names], "state"].eq("closed").tolist()


def of_notice(answers: list[dict[str, Any]], platform: str, folder: Any) -> list[bool]:
    """Whether each acknowledges the notice of a restriction to the platform."""
    names = [f"x{n}" for n in range(len(answers))]
    held = {"basis": "penalty", "operator_id": "O", "item": "i", "legal_basis": "b", "state": "in_effect"}
    held |= {"stops_sales": True, "platform_code": platform, "starts_on": date(2026, 4, 1)}
    notices = [held | {"basis_id": n, "shop_id": n, "notice_id": n} for n in names]
    said = [
        {"acknowledgement_id": n, "item_id": n, "acknowledged_on": DAY, "status": "done", **answer}
        for n, answer in zip(names, answers, strict=True)
    ]
    rows = {"gold.joint_restriction": notices, "silver.acknowledgement": said}
    engine = Embedded(Lake(folder))
    with engine.workspace(as_of=date(2026, 6, 30), small=True) as space:
        for table in RESPONSE.inputs:
            columns = [f.with_nullable(True) for f in arrow_schema(contract_of(table.split(".")[1]))]
            space.read(view(table), pa.Table.from_pylist(rows.get(table, []), pa.schema(columns)))
        found = space.rows(table_text(RESPONSE)).to_pandas().set_index("notice_id")
    engine.close()
    return found.loc[names, "acknowledged_on"].notna().tolist()


def test_packages_leads_and_notices_take_the_same_word_for_their_recipients(tmp_path) -> None:
    wanted = [case[2] for case in SAID]
    platform, province = ([spelled(case, *kind) for case in SAID] for kind in (PLATFORM, PROVINCE))
    assert of_package(platform, "platform_P07") == wanted
    assert of_package(province, "region_330000") == wanted
    assert of_lead(province, "330000") == wanted
    assert of_notice(platform, "P07", tmp_path) == wanted


def test_a_division_answers_for_its_province_and_for_no_other() -> None:
    wanted, answers = [case[2] for case in DIVISIONS], [spelled(case, *PROVINCE) for case in DIVISIONS]
    assert of_row(answers, "region_330000") == wanted
    assert of_lead(answers, "330106") == wanted


def test_a_division_answers_no_whole_package_of_its_province() -> None:
    """It was handed some of the rows; its refusal would have the whole package sent again."""
    answers = [spelled(case, *PROVINCE) for case in DIVISIONS]
    assert not any(of_package(answers, "region_330000"))


@pytest.mark.parametrize("name", [None, "an office"])
def test_who_states_no_code_answers_a_package_whose_number_it_has_and_no_lead_or_notice(
    tmp_path, name
) -> None:
    answer = [{"recipient_code": None, "recipient": name}]
    assert of_package(answer, "platform_P07") == of_package(answer, "region_330000") == [True]
    assert of_lead(answer, "330000") == of_notice(answer, "P07", tmp_path) == [False]


def test_the_text_of_the_notices_holds_the_condition_that_the_rule_makes() -> None:
    assert gives_by_code_sql("a", "platform", "r.platform_code") in table_text(RESPONSE)


def test_the_only_outbox_of_a_kind_is_no_answer_of_an_empty_code() -> None:
    assert gives("CUSTOMS", None, "customs", PLACES) and gives(
        "complaint_centre", None, "complaint_centre", PLACES
    )
    assert not gives("P07", None, "customs", PLACES) and not gives("centre", None, "complaint_centre", PLACES)


def test_of_answers_only_those_to_whole_packages_are_read_for_their_recipient():
    items = ["MF-platform_P07-20260628-0a1b", "XS-J-1", None, "MF-odd", "MF-platform_P07-20260628-0a1c"]
    said = ["platform_P08", "platform_P08", "platform_P08", "platform_P08", "P07"]
    answers = pd.DataFrame(
        {"item_id": items, "recipient_code": said, "recipient": None}, index=[5, 4, 3, 2, 1]
    )
    assert by_their_recipients(answers).index.tolist() == [4, 3, 2, 1]
    assert by_their_recipients(answers.iloc[:0]).empty
    assert begin_with(answers["item_id"], "MF-").tolist() == [True, False, False, True, True]
