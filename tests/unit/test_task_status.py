"""The status that pages show of a task: no deadline is on file, or one runs whose last day is not known."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.reports.counterfeits import tasks
from jobs.reports.pages.offices import offices
from jobs.reports.procedure import TASK_STATUS, task_status
from jobs.reports.wording import same


@pytest.mark.parametrize(
    ("undated", "shown"),
    [
        ("no_rule", "undated"),
        ("no_legal_days", "no_legal_days"),
        ("calendar_unknown", "pending"),
        ("suspended", "pending"),
        ("extended", "pending"),
    ],
)
def test_a_deadline_whose_day_is_not_known_yet_is_not_said_to_lack(undated: str, shown: str) -> None:
    assert task_status({"status": "undated", "undated": undated}) == shown
    assert task_status({"status": "overdue", "undated": None}) == "overdue"


def test_an_office_counts_deadlines_that_are_pending_apart() -> None:
    row: dict[str, Any] = {"office_type": "lab", "office_code": "L1", "province_code": None, "due": None}
    row |= {"status": "undated", "days_left": None}
    known = SimpleNamespace(
        names=SimpleNamespace(of=lambda *_: same("L1")), night=SimpleNamespace(date=date(2026, 6, 30))
    )
    (office,) = offices(known, [row | {"undated": why} for why in ("no_rule", "no_rule", "extended")])
    assert dict(zip(TASK_STATUS, office.counts, strict=True)) == {
        "overdue": 0,
        "due_soon": 0,
        "running": 0,
        "undated": 2,
        "no_legal_days": 0,
        "pending": 1,
    }


@pytest.mark.parametrize(
    ("task", "due", "shown"),
    [
        ("take_down", date(2026, 12, 8), "2026-12-08"),
        ("take_down", None, "due date pending"),
        ("verify_report", None, "–"),
    ],
)
def test_a_takedown_of_a_counterfeit_beyond_the_known_calendar_is_pending(
    task: str, due: date | None, shown: str
) -> None:
    known: Any = SimpleNamespace(names=SimpleNamespace(of=lambda *_: same("B1")))
    row = {
        "task": task, "office_type": "platform", "office_code": "P01", "subject_id": "J1", "listing_id": "L1",
        "brand_id": "B1", "since": date(2026, 12, 1), "due": due, "days_open": 1, "overdue": False,
        "repeat_offender": False,
    }  # fmt: skip
    assert tasks(known, [row])[0]["due"].en == shown
