"""The tile of batches with a deadline overdue says how many of the overdue tasks are about them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pandas as pd

from jobs.reports.gathered import Gathered
from jobs.reports.pages.home import _of_batches


def known_of(tasks: list[tuple[str, str, str]]) -> Gathered:
    """A night of the tasks (subject_type, subject_id, status), in which a deadline of A is overdue."""
    tables = {
        "gold.work_queue": pd.DataFrame(tasks, columns=["subject_type", "subject_id", "status"]),
        "gold.sampling_lifecycle": pd.DataFrame({"sample_id": ["A", "B"], "n_overdue": [2, 0]}),
    }
    return cast(Gathered, SimpleNamespace(night=SimpleNamespace(frame=tables.__getitem__)))


def test_the_overdue_tasks_about_batches_that_are_late_are_a_part_of_all_overdue_tasks() -> None:
    tasks = [("sample", "A", "overdue"), ("sample", "A", "overdue"), ("sample", "A", "running")]
    others = [("sample", "B", "overdue"), ("lead", "A", "overdue")]
    said = _of_batches(known_of([*tasks, *others]))
    assert "(2 of the overdue tasks above" in said.en and "（涉及上列逾期待办2项）" in said.zh


def test_without_such_tasks_the_tile_says_nothing_of_them() -> None:
    for tasks in ([], [("lead", "A", "overdue")]):
        assert _of_batches(known_of(tasks)).en == "batches with a deadline overdue"
