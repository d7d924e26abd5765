"""How long a task of a DAG run may wait for the lake's other writer: ten minutes together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.orchestration.operator import PATIENCE, patience


@pytest.mark.parametrize(("ago", "left"), [(0, 600), (400, 200), (601, 0), (9000, 0)])
def test_a_task_has_what_the_ones_before_it_left(ago: int, left: int) -> None:
    started = datetime.now(UTC) - timedelta(seconds=ago)
    assert max(left - 60, 0) <= patience(started) <= left


def test_a_run_without_a_start_has_all_of_it() -> None:
    assert timedelta(minutes=10) == PATIENCE and 540 <= patience(None) <= 600
