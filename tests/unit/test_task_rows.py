"""Rows of tasks on the pages of a package: days overdue, files that a task is about, deliveries due."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from jobs.exchange.pages.cells import Table
from jobs.exchange.pages.section import Section
from jobs.exchange.pages.task import DUE_SOON, OVERDUE, Task
from jobs.exchange.pages.task_rows import listed
from jobs.exchange.pages.todo import tasks
from jobs.reports.rendering import both
from jobs.reports.wording import Text, same

DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ({"due": DAY - timedelta(days=1200)}, Text("逾期1,200天", "1,200 days overdue")),
        ({"due": DAY - timedelta(days=1), "at_once": True}, Text("逾期1天", "1 day overdue")),
        ({"late": True}, Text("逾期", "overdue")),
        ({"due": DAY}, Text("今日到期", "due today")),
        ({"due": DAY + timedelta(days=7)}, Text("7天内到期", "due within 7 days")),
        (
            {"since": DAY - timedelta(days=2), "at_once": True},
            Text("应立即办理，已2天", "at once; 2 days so far"),
        ),
    ],
)
def test_a_task_says_by_how_many_days_it_is_overdue(task, said) -> None:
    assert listed(Task(same("w"), "s", "k-1", **task), DAY, [])["status"] == said


def test_a_task_about_a_whole_file_names_the_file_and_its_rows_and_leads_there() -> None:
    section = Section("cases", Text("案件", "Cases"), 12, "1.0.0", False, False, (), Table("", [], []))
    row = listed(Task(same("w"), "cases", "cases"), DAY, [section])
    assert row["subject"] == both(Text("见 cases.csv（12行）", "see cases.csv (12 rows)"))
    assert row["listed"] and row["href"] == "#cases"
    one = listed(Task(same("w"), "XJ-1", "cases-3"), DAY, [section])
    assert (one["subject"], one["listed"], one["href"]) == ("XJ-1", False, "#cases-3")


def test_deliveries_that_are_late_or_due_within_a_week_are_tasks_by_their_last_day() -> None:
    due = {"orders": DAY, "reviews": DAY, "shops": DAY + timedelta(days=8), "controls": None}
    due |= {"listings": DAY - timedelta(days=3)}
    rows = [SimpleNamespace(feed=feed, due_on=day) for feed, day in due.items()]
    late, today = tasks("platform", {"next_deliveries": rows}, DAY)
    assert (late.what.zh, late.status(DAY)) == ("报送 listings", OVERDUE)
    assert (today.what.zh, today.what.en) == ("报送 orders、reviews", "file orders, reviews")
    assert today.status(DAY) == DUE_SOON and today.due == DAY and today.rule is not None
