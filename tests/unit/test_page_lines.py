"""Lines of pages that say what their figures count, each by one name."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from jobs.environment import SCHEMAS
from jobs.reports.gathered import Gathered
from jobs.reports.lead_times import Verified
from jobs.reports.numbers import linked
from jobs.reports.pages.extras import audit
from jobs.reports.pages.laboratory import _leading, _notes
from jobs.reports.pages.moved import _on_time
from jobs.reports.pages.sampling import _timers
from jobs.reports.procedure import TIMER
from jobs.reports.sent_lists import further_duties
from jobs.reports.standards import _counted_items
from jobs.reports.wording import DUTIES_TOGETHER, Text, same


def leading(until: date | None, value: Text | None) -> tuple[Text | None, Text, Text | None]:
    known = SimpleNamespace(
        about=lambda table, column: {"L1": {"accredited_to": until}},
        night=SimpleNamespace(date=date(2026, 11, 30)),
    )
    return _leading(cast(Gathered, known), "L1", (value, Text("按时率", "on time"), None))


def test_a_laboratory_whose_accreditation_ended_opens_with_that_and_not_with_its_punctuality() -> None:
    value, about, _ = leading(date(2025, 11, 5), same("100.0%"))
    assert value == Text("资质已于2025-11-05到期", "Accreditation ended on 2025-11-05")
    assert about == Text("按时率：100.0%", "on time: 100.0%")
    assert leading(date(2025, 11, 5), None)[1].en == "on time"
    for until in (None, date(2026, 11, 30), date(2027, 1, 1)):
        assert leading(until, same("100.0%"))[0] == same("100.0%")


def test_commissions_outside_the_scope_are_named_with_all_commissions_and_not_with_the_tests() -> None:
    row = {"n_tests": 95, "n_open": 0, "n_outside": 104, "n_commissions": 110}
    received, outside = _notes(row)
    assert received.en == "95 tests (first tests, re-inspections) received, 0 open"
    assert outside.en.startswith("104 of 110 commissions (first tests, re-inspections, rechecks)")
    assert "委托（初检、复检、复查）110件，其中" in outside.zh
    assert len(_notes(row | {"n_outside": 0})) == 1


@pytest.mark.parametrize(
    ("item_code", "zh"), [("C01", "不符合 / 符合"), ("", "不合格 / 所检项目未发现不合格")]
)
def test_an_item_conforms_or_not_and_a_whole_sample_is_failed_or_found_without_fault(
    item_code: str, zh: str
) -> None:
    row = {
        "sample_id": "s1", "item_code": item_code, "item_name": "小零件", "agreement": "contradicted",
        "reason": "limit", "value_text": "1", "unit": None, "limit_text": "2", "limit_unit": None,
        "category_code": "TY01", "lab_id": "L1", "verdict": "nonconforming", "lab_verdict": "conforming",
    }  # fmt: skip
    known = SimpleNamespace(
        night=SimpleNamespace(frame=lambda _: pd.DataFrame([row])),
        names=SimpleNamespace(of=lambda *_: same("x")),
    )
    found = audit(cast(Gathered, known))
    assert found is not None
    assert " / ".join(words.zh for words in found["against"][0]["said"]) == zh


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "> 0.99"), (0.99995, "> 0.99"), (0.971, "0.97"), (None, "")]
)
def test_a_link_that_is_to_be_verified_is_never_certain(value: float | None, shown: str) -> None:
    assert linked(value) == shown


def test_the_index_is_said_to_count_complaints_by_the_name_of_its_indicator() -> None:
    with (SCHEMAS / "reference" / "goalpost.csv").open(encoding="utf-8", newline="") as file:
        names = {row["name_zh"] for row in csv.DictReader(file) if row["indicator"] == "complaints_on_time"}
    assert names and all(f"质量指数的指标“{name}”" in DUTIES_TOGETHER.zh for name in names)


def test_a_share_of_leads_that_moved_is_named_once() -> None:
    was, now = (
        Verified(Text(f"2026（{day}）", f"2026 ({day})"), same("2026"), 98, met, same(share), "76–90%")
        for day, met, share in (("1", 83, "84.7%"), ("2", 82, "83.3%"))
    )
    assert was.note.zh == "属地线索核查按时率：84.7%（95%区间76–90%，到期98条；2026，1）"
    assert was.note.en.endswith("n = 98; 2026, 1)")  # no bracket within a bracket
    (change,) = _on_time(was, now)  # up to which day there are data stands as it does in the note
    assert change.words.zh == (
        "属地线索核查按时率由84.7%（95%区间76–90%，到期98条；2026，1）"
        "变为83.3%（95%区间76–90%，到期98条；2026，2）"
    )
    assert change.words.en.count("leads verified on time") == 1
    later = replace(was, window=same("2026 (2)"))  # the day up to which there are data moves every night
    assert list(_on_time(was, later)) == [] and list(_on_time(None, None)) == []


def test_listings_whose_citation_is_to_be_corrected_are_counted_as_goods() -> None:
    ((words, place),) = further_duties(n_citations=140)
    assert place == "#standards"
    assert words.zh.startswith("督促网店更正140件商品标注的执行标准（")
    assert "the standards that goods cite: 140 listings (" in words.en


def item(code: str, name: str | None) -> dict[str, Any]:
    return {"item_code": code, "item_name": name, "n_failed": 3, "n_judged": 26}


def test_failed_items_of_one_name_have_their_codes_beside_them_and_others_do_not() -> None:
    rows = [item("G05", "辐射骚扰裕量"), item("D05", "辐射骚扰裕量"), item("G04", "额定容量偏差")]
    assert [text.zh for text in _counted_items(rows)] == [
        "辐射骚扰裕量 G05 (3/26)",
        "辐射骚扰裕量 D05 (3/26)",
        "额定容量偏差 (3/26)",
    ]
    assert [text.en for text in _counted_items([item("G05", None)])] == ["G05 (3/26)"]


def test_a_deadline_that_no_rule_sets_for_any_batch_is_no_line_of_the_statutory_ones() -> None:
    ruled, unruled, *_ = TIMER
    states = {f"{timer}_timer": ["not_applicable"] for timer in TIMER} | {f"{ruled}_timer": ["met"]}
    cited = {f"{timer}_citation": [f"{timer} art 1"] for timer in TIMER} | {f"{unruled}_citation": [None]}
    read = {f"{timer}_rule_status": ["mirror"] for timer in TIMER} | {f"{unruled}_rule_status": [None]}
    found = [line["name"] for line in _timers(pd.DataFrame(states | cited | read))]
    assert found == [words for timer, words in TIMER.items() if timer != unruled]
