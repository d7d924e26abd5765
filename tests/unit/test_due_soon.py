"""What is due within 7 days has 0 to 7 days left, in the queue, on pages and in packages alike."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.exchange.pages.task import SOON as OF_PACKAGES
from jobs.exchange.pages.task import Task
from jobs.marts.overview.work_queue import DUE_SOON
from jobs.reports.pages.morning import SOON as OF_PAGES
from jobs.reports.wording import same

DAY = date(2026, 6, 30)
TEMPLATES = Path(__file__).parents[2] / "jobs" / "reports" / "templates"


@pytest.mark.parametrize(("left", "soon"), [(-1, False), (0, True), (7, True), (8, False)])
def test_zero_to_seven_days_left_are_due_within_a_week(left: int, soon: bool) -> None:
    due = DAY + timedelta(days=left)
    assert (Task(same("x"), "x", "x-1", due=due).status(DAY) == "due_soon") == soon
    assert DUE_SOON == OF_PAGES == OF_PACKAGES.days == 7


def test_no_page_says_that_today_is_one_of_the_seven_days() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "含今天" not in text and "today included" not in text, path.name
