"""Lines of the pages of laboratories and of standards that say what their figures count."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from jobs.reports.gathered import Gathered
from jobs.reports.pages.laboratory import _leading, _notes
from jobs.reports.standards import _counted_items
from jobs.reports.wording import Text, same


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
