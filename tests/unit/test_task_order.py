"""The order of tasks on pages: what has no deadline stands by its age before what is due later."""

from __future__ import annotations

from typing import Any, cast

import pytest

from jobs.reports import cases
from jobs.reports.gathered import Gathered
from jobs.reports.pages.extras import urgency

LEVEL = {"grave": 3}  # of a case; others are ordinary


def row(name: str, status: str, *, left: int | None = None, age: int | None = None) -> dict[str, Any]:
    return {
        "subject_type": "sample", "subject_id": name, "task": "publish", "status": status, "days_left": left,
        "days_open": age,
    }  # fmt: skip


def test_within_a_level_tasks_without_a_deadline_stand_by_age_before_what_is_due_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cases, "risk", lambda known, kind, code: LEVEL.get(code, 1))
    rows = [
        row("later", "running", left=8, age=900),
        row("much later", "running", left=80, age=900),
        row("unknown", "undated"),
        row("young", "undated", age=2),
        row("old", "undated", age=516),
        row("grave", "running", left=60, age=1),
        row("week", "due_soon", left=7, age=20),
        row("today", "due_soon", left=0, age=20),
        row("late", "overdue", left=-1, age=20),
        row("latest", "overdue", left=-90, age=100),
    ]
    found = sorted(rows, key=lambda r: urgency(cast(Gathered, None), r))
    assert [r["subject_id"] for r in found] == [
        "latest", "late", "today", "week", "grave", "old", "young", "unknown", "later", "much later",
    ]  # fmt: skip
