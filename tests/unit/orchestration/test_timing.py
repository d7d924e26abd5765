"""Which day a task of a DAG run is for."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.environment import REPOSITORY
from jobs.orchestration.operator import QualityOperator
from jobs.orchestration.timing import day_of

BEGAN = datetime(2026, 6, 30, 15, 58, tzinfo=UTC)  # two minutes before midnight in Shanghai


def day(
    began: datetime = BEGAN, *, earlier: Any = (), backfill: bool = False, date: str | None = None
) -> str:
    task = QualityOperator(task_id="urgent", command=["run"], dated=True)
    run = SimpleNamespace(start_date=began, logical_date=datetime(2026, 1, 1, 18, 30, tzinfo=UTC))
    return task.day({"dag_run": run, "params": {"date": date}}, list(earlier), backfill=backfill)


def test_tasks_that_start_after_midnight_are_for_the_day_on_which_their_run_began() -> None:
    assert day() == "2026-06-30"


def test_the_parameter_goes_before_earlier_tasks_and_these_before_the_beginning() -> None:
    before = [{"exit_code": 0, "date": "2026-06-28"}]
    assert day(earlier=before) == "2026-06-28"
    assert day(earlier=before, date="2026-06-01") == "2026-06-01"
    assert day(earlier=before, date="2026-06-01", backfill=True) == "2026-01-02"


@pytest.mark.parametrize(
    ("zone", "wanted"), [("deployment.yaml", "2026-07-01"), ("deployments/nl.yaml", "2026-06-30")]
)
def test_the_day_is_that_of_the_nation(monkeypatch, zone: str, wanted: str) -> None:
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(REPOSITORY / "schemas" / zone))
    assert day_of(datetime(2026, 6, 30, 17, tzinfo=UTC)) == wanted
