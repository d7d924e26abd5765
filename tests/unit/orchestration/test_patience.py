"""How long a task of a DAG run may wait for the lake's other writer: until shortly before the next hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.orchestration.operator import PATIENCE, patience


@pytest.mark.parametrize(("ago", "left"), [(0, 3000), (400, 2600), (3001, 0), (9000, 0)])
def test_a_task_has_what_the_ones_before_it_left(ago: int, left: int) -> None:
    started = datetime.now(UTC) - timedelta(seconds=ago)
    assert max(left - 60, 0) <= patience(started) <= left


def test_a_run_without_a_start_has_all_of_it_and_ends_before_the_next_hours() -> None:
    assert timedelta(minutes=40) < PATIENCE < timedelta(minutes=55)
    assert PATIENCE.total_seconds() - 60 <= patience(None) <= PATIENCE.total_seconds()
