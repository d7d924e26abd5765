"""What customs, commerce, planning, the complaint centre, the standards body and the nation's authority get:
their part, and nothing that may not leave the house."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import CATALOG, DAY, Desk, finding, task

from jobs.exchange.contents import KINDS
from jobs.exchange.contracts import exchange_problems, write_exchange

CODE, PERSON = "91330782Y37037162X", "N-c13f8338afac1d6528ae83f8"
MONTH = date(2026, 5, 1)


def restricted(shop: str, operator: str = CODE, **more: Any) -> dict[str, Any]:
    return {
        "basis": "dishonesty_entry",
        "basis_id": "D1",
        "shop_id": shop,
        "notice_id": f"LC-D1-{shop}",
        "platform_code": "P1",
        "operator_id": operator,
        "measure": "stop_service",
        "state": "in_effect",
        "starts_on": date(2026, 6, 20),
    } | more


def trade(kind: str, code: str, orders: int, confidential: bool) -> dict[str, Any]:
    return {
        "period_type": "month",
        "period_start": MONTH,
        "dimension_type": kind,
        "dimension_code": code,
        "category_code": "all",
        "n_orders": orders,
        "confidential": confidential,
    }


def share(kind: str, code: str, largest: int) -> dict[str, Any]:
    return {
        "month": MONTH,
        "dimension_type": kind,
        "dimension_code": code,
        "category_code": "all",
        "n_orders": 100,
        "largest_orders": largest,
    }


def complaint(name: str, **more: Any) -> dict[str, Any]:
    return {
        "complaint_id": name,
        "received_on": date(2026, 6, 1),
        "kind": "complaint",
        "platform_code": "P1",
        "shop_id": "S1",
        "listing_id": "L1",
        "text": "插头冒烟",
        "complainant_ref": "hc_secret",
    } | more


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_customs_get_notified_findings_importers_and_matches_of_imported_goods(desk: Desk) -> None:
    notified = {"result_notified_on": date(2026, 6, 1)}
    life = [
        finding("a", "P1", **notified),
        finding("b", "P2", **notified),
        finding("e", "P1"),
        finding("c", "P9", **notified),
    ]
    lot = {"inspected_on": date(2026, 5, 2), "direction": "import", "importer_name": "远洋贸易有限公司"}
    match = {"notice_type": "alert", "system": "X", "on_offer": True, "platform_code": "P9", "shop_id": "S-c"}
    desk.night(
        gold__sampling_lifecycle=life,  # e is not notified; b is sold at home, by no importer
        silver__platform=[
            {"platform_code": "P1"},
            {"platform_code": "P2"},
            {"platform_code": "P9", "kind": "cross_border"},
        ],
        silver__shop_operator=[
            {"shop_id": f"S-{s}", "enterprise_id": CODE, "kind": "deterministic"} for s in "ae"
        ],
        silver__customs_inspection=[
            lot | {"inspection_id": "1", "importer_uscc": CODE, "result": "failed"},
            lot | {"inspection_id": "2", "importer_uscc": CODE, "result": "passed"},
            lot | {"inspection_id": "3", "importer_uscc": "91130930Y123458126", "result": "passed"},
        ],
        gold__alert_match=[
            match | {"notice_id": "N1", "listing_id": "L-c"},
            match | {"notice_id": "N2", "listing_id": "L-b", "platform_code": "P2", "shop_id": "S-b"},
        ],
    ).send(recipient="customs")
    found = {
        r["sample_id"]: (r["importer_uscc"], r["imported_by"])
        for r in desk.rows("customs", "cross_border_findings")
    }
    assert found == {"a": (CODE, "importer"), "c": (None, "cross_border")}
    (importer,) = desk.rows("customs", "importers")  # of the other one nothing was found
    assert [importer[c] for c in ("n_inspections", "n_failed", "n_shops", "n_findings")] == [2, 1, 2, 1]
    assert [r["notice_id"] for r in desk.rows("customs", "import_alerts")] == ["N1"]


def test_commerce_gets_trade_that_is_free_classes_of_concentration_and_enterprises(desk: Desk) -> None:
    cell = {"month": MONTH, "region_code": "330000", "n_orders": 77, "units_sold": 80, "n_enterprises": 9}
    desk.night(
        gold__commerce_table=[
            cell | {"category_code": "HA", "suppressed": False},
            cell | {"category_code": "TY", "n_orders": None, "suppressed": True},
        ],
        gold__commerce_confidential=[
            trade("platform", "P1", 4_321, False),
            trade("platform", "P2", 8_765, True),
            trade("category", "HA", 500, False),
            trade("table", "330000", 77, False),
        ],
        gold__commerce_concentration=[
            share("platform", "P1", 50),
            share("category", "HA", 49),
            share("platform", "P2", 50),
        ],
        gold__joint_restriction=[restricted("S1"), restricted("S2"), restricted("S3", PERSON)],
    ).send(recipient="commerce")
    assert [r["category_code"] for r in desk.rows("commerce", "commerce_table")] == ["HA"]
    assert {r["dimension_code"] for r in desk.rows("commerce", "unit_trade")} == {"P1", "HA"}
    classes = {r["dimension_code"]: r["leading_share"] for r in desk.rows("commerce", "trade_concentration")}
    assert classes == {"P1": "half_or_more", "HA": "below_half"}
    (enterprise,) = desk.rows("commerce", "restricted_enterprises")
    assert (enterprise["operator_id"], enterprise["n_shops"]) == (CODE, 2)
    held = "".join(p.read_text() for p in desk.folder("commerce").iterdir())
    assert "8765" not in held and PERSON not in held


def test_planning_gets_entries_restrictions_and_repairs_of_enterprises_alone(desk: Desk) -> None:
    entry = {"operator_uscc": CODE, "list": "serious_violation", "listed_on": date(2026, 6, 20)}
    desk.night(
        silver__dishonesty_entry=[
            entry | {"entry_id": "D1", "operator_name": "张三", "operator_type": "individual_business"},
            entry | {"entry_id": "D2", "repaired_on": date(2026, 6, 25)},
            entry | {"entry_id": "D3", "expires_on": date(2026, 6, 29)},  # its last day is over
            entry | {"entry_id": "D4", "operator_uscc": None, "person_ref": "hc_secret"},
            entry | {"entry_id": "D5", "removed_on": date(2027, 1, 1)},  # stands until then
            entry  # off the list already, with a repair to come
            | {"entry_id": "D6", "removed_on": date(2026, 6, 26), "repaired_on": date(2027, 1, 1)},
        ],
        gold__joint_restriction=[
            restricted("S1"),
            restricted("S2", state="withdrawn", ended_on=date(2026, 6, 22)),
            restricted("S3", PERSON),
            restricted(
                "S4",
                basis_id="D2",
                state="repaired",
                repaired_on=date(2026, 6, 25),
                ended_on=date(2026, 6, 25),
            ),
        ],
    ).send(recipient="planning")
    assert [r["entry_id"] for r in desk.rows("planning", "dishonesty_entries")] == ["D1", "D5"]
    assert [r["entry_id"] for r in desk.rows("planning", "credit_repairs")] == ["D2", "D6"]
    states = {
        r["basis_id"]: (r["state"], r["last_ended_on"], r["n_shops"])
        for r in desk.rows("planning", "credit_restrictions")
    }
    assert states == {"D1": ("in_effect", None, 2), "D2": ("ended", "2026-06-25", 1)}
    held = "".join(p.read_text() for p in desk.folder("planning").iterdir())
    assert not [word for word in ("张三", "hc_secret", PERSON) if word in held]


def test_the_centre_gets_cases_hazards_and_outcomes_and_a_platform_its_complaints_without_words(
    desk: Desk,
) -> None:
    notified = {
        "sample_id": "a",
        "listing_id": "L1",
        "final_outcome": "nonconforming",
        "public_from": date(2026, 6, 9),
    }
    case = {"subject_type": "complaint", "platform_code": "P1", "status": "running", "due": date(2026, 7, 3)}
    desk.night(
        silver__complaint=[
            complaint("K1"),
            complaint("K2", kind="report"),
            complaint("K3", received_on=date(2026, 6, 10)),
        ],
        gold__complaint_matter=[
            {"complaint_id": "K1", "part": 1, "matter": "case:K1", "link": "alone"},
            {
                "complaint_id": "K3",
                "part": 1,
                "matter": "case:K1",
                "link": "probabilistic",
                "linked_to": "K1",
                "probability": 0.97,
            },
        ],
        gold__complaint_hazard=[
            {"complaint_id": "K1", "hazard_code": "fire", "confidence": "sure", "evidence": ["冒烟"]}
        ],
        gold__work_queue=[
            task("330100", "K1", **case | {"task": "end_mediation", "citation": "order 20 art 21"}),
            task("330100", "K2", **case | {"task": "verify_report"}),
        ],
        gold__bulletin=[
            notified | {"disclosure": "due"},
            notified | {"sample_id": "z", "disclosure": "pending", "public_from": None},
        ],
        gold__sampling_lifecycle=[finding("a", "P1", taken_down_on=date(2026, 6, 12))],
        gold__joint_restriction=[restricted("S1")],
    ).send()
    assert [
        (r["complaint_id"], r["linked_to"]) for r in desk.rows("complaint_centre", "matters_to_merge")
    ] == [("K3", "K1")]
    assert [r["subject_id"] for r in desk.rows("complaint_centre", "complaint_handovers")] == ["K1", "K2"]
    assert [
        (r["complaint_id"], r["evidence"]) for r in desk.rows("complaint_centre", "complaint_hazards")
    ] == [("K1", "冒烟")]
    came = {
        (r["complaint_id"], r["outcome_kind"]) for r in desk.rows("complaint_centre", "complaint_outcomes")
    }
    # K3 came after the result was public, so that it is no outcome of it; the takedown and restriction are.
    assert came == {(k, kind) for k in ("K1", "K2", "K3") for kind in ("takedown", "restriction")} | {
        ("K1", "sample"),
        ("K2", "sample"),
    }
    (mine,) = desk.rows(
        "platform_P1", "complaints_handed_over"
    )  # the report is not: who is reported must not know
    assert (mine["subject_id"], mine["hazards"], mine["citation"]) == ("K1", "fire", "order 20 art 21")
    held = "".join(p.read_text() for p in desk.outbox.rglob("*") if p.is_file())
    assert "hc_secret" not in held and "插头" not in held and '"z"' not in held


def test_a_letter_about_two_platforms_is_handed_to_each_with_the_hazards_of_its_own_part(desk: Desk) -> None:
    case = {
        "subject_type": "complaint",
        "platform_code": "P1",
        "category_code": "HA01",
        "due": date(2026, 7, 3),
    }
    letter = {"complaint_id": "K1", "n_parts": 2, "link": "alone"}
    desk.night(
        silver__complaint=[complaint("K1"), complaint("K2", kind="report")],
        gold__complaint_matter=[
            letter | {"part": 1, "platform_code": "P1", "category_code": "HA01", "hazards": ["fire"]},
            letter | {"part": 2, "platform_code": "P2", "category_code": "FN04", "hazards": ["chemical"]},
            letter | {"complaint_id": "K2", "part": 2, "platform_code": "P2", "hazards": []},
        ],
        gold__complaint_hazard=[
            {"complaint_id": "K1", "hazard_code": code, "confidence": "sure", "evidence": []}
            for code in ("fire", "chemical")
        ],
        gold__work_queue=[
            task("330100", "K1", **case | {"task": "end_mediation"}),
            task("330100", "K2", **case | {"task": "verify_report"}),
        ],
    ).send()
    handed = {
        code: [
            (row["subject_id"], row["category_code"], row["hazards"], row["listing_id"])
            for row in desk.rows(f"platform_{code}", "complaints_handed_over")
        ]
        for code in ("P1", "P2")
    }
    assert handed == {
        "P1": [("K1", "HA01", "fire", "L1")],
        "P2": [("K1", "FN04", "chemical", None)],  # neither the other's hazard nor its listing
    }


def test_the_standards_body_gets_invalid_citations_failures_gaps_and_participation(desk: Desk) -> None:
    rate = {"dimension_type": "category", "dimension_code": "HA", "n_listings": 40, "n_citing": 10}
    failure = {
        "period_type": "year",
        "period_start": date(2026, 1, 1),
        "standard": "GB 1",
        "edition": "",
        "design": "targeted",
    }
    desk.night(
        gold__cited_standard=[
            {"number": "GB1", "status": "valid"},
            {"number": "GB2", "status": "withdrawn", "current_no": ["GB 3", "GB 4"]},
        ],
        gold__standard_failure=[
            failure | {"item_code": "C1", "n_failed": 2},
            failure | {"item_code": "C2", "n_failed": 0},
        ],
        gold__citation_rate=[
            rate | {"month": MONTH},
            rate | {"month": date(2026, 4, 1)},
            rate | {"month": MONTH, "dimension_type": "platform"},
        ],
        gold__standards_participation=[
            {
                "period_start": date(2026, 1, 1),
                "dimension_type": "nation",
                "dimension_code": "CN",
                "kind": "all",
            }
        ],
    ).send(recipient="standards_body")
    assert [(r["number"], r["current_no"]) for r in desk.rows("standards_body", "invalid_citations")] == [
        ("GB2", "GB 3；GB 4")
    ]
    assert [r["item_code"] for r in desk.rows("standards_body", "failing_requirements")] == ["C1"]
    assert [(r["month"], r["dimension_type"]) for r in desk.rows("standards_body", "citation_gaps")] == [
        ("2026-05-01", "category")
    ]
    assert len(desk.rows("standards_body", "participation")) == 1


def test_the_nation_gets_each_provinces_work_in_sums_open_signals_and_the_newest_index(desk: Desk) -> None:
    index = {"period_type": "month", "dimension_type": "region", "dimension_code": "330000", "score": 71.26}
    signal = {
        "key_type": "brand",
        "key_code": "B",
        "opened_on": date(2026, 6, 1),
        "state": "open",
        "reasons": ["a", "b"],
    }
    report = {"period_type": "month", "period_start": MONTH, "dimension_code": "330000", "value": 0.7126}
    desk.night(
        gold__work_queue=[
            task("330100", "t1", due=date(2026, 6, 3)),
            task("330200", "t2", due=date(2026, 6, 1), days_left=-9),
            task("330100", "t3", status="running", days_left=4),
        ],
        gold__quality_index=[index | {"period_start": MONTH}, index | {"period_start": date(2026, 4, 1)}],
        gold__risk_signal=[signal, signal | {"key_code": "C", "state": "refuted"}],
        gold__region_report=[report | {"item": "quality_index"}, report | {"item": "exposure_rate"}],
    ).send(recipient="region_CN")
    (late,) = desk.rows("region_CN", "overdue_by_province")
    assert [late[c] for c in ("province_code", "n_overdue", "n_open", "oldest_due", "most_days")] == [
        "330000",
        2,
        3,
        "2026-06-01",
        9,
    ]
    assert [(r["period_start"], r["score"]) for r in desk.rows("region_CN", "quality_index")] == [
        ("2026-05-01", 71.3)
    ]
    # No orders are known to be free: of the index of such a unit no package has more than a decimal.
    assert {r["item"]: r["value"] for r in desk.rows("region_CN", "provincial_reports")} == {
        "quality_index": 0.7,
        "exposure_rate": 0.7126,
    }
    assert [(r["key_code"], r["reasons"]) for r in desk.rows("region_CN", "open_signals")] == [("B", "a；b")]
    assert not (desk.folder("region_CN") / "withdrawn_tables.csv").exists()  # everything is fresh


@pytest.mark.parametrize(
    ("begins", "frame", "day", "sent"),
    [
        (date(2026, 7, 1), date(2026, 5, 1), DAY, True),
        (date(2026, 7, 1), date(2026, 6, 1), date(2026, 7, 1), False),  # the quarter has begun
        (date(2026, 7, 1), date(2026, 4, 1), DAY, False),  # May is over, and the frame is April's
        (date(2026, 7, 1), None, DAY, False),
        (date(2026, 7, 1), date(2026, 5, 1), date(2026, 6, 15), False),  # more than a fortnight before
    ],
)
def test_a_plan_is_sent_only_before_its_quarter_and_of_the_newest_whole_month(
    desk, begins, frame, day, sent
) -> None:
    plan = {
        "plan_id": "PROP-CN-2026Q3",
        "dimension_type": "nation",
        "period_start": begins,
        "frame_month": frame,
    }
    desk.night(gold__sampling_proposal=[plan])
    assert ("buyers" in desk.send(day=day, recipient="buyers")) is sent


def test_every_kind_has_a_contract_whose_key_is_a_part_of_its_columns_and_names_its_meaning() -> None:
    assert exchange_problems(CATALOG) == []
    for kind in KINDS.values():
        assert kind.key and set(kind.key) <= set(kind.columns) and " | " in kind.about, kind.name


@pytest.mark.slow
def test_a_column_that_goes_from_a_file_needs_a_new_major_version(tmp_path: Path) -> None:
    write_exchange(CATALOG, tmp_path)
    path = tmp_path / "takedown_notices.odcs.yaml"
    more = "  - name: was_there\n    logicalType: string\n    description: 曾有 | was there\n"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    (problem,) = [p for p in exchange_problems(CATALOG, tmp_path) if "was_there" in p]
    assert "column removed" in problem
