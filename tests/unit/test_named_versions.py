"""What the night says of a version that passed the gate: its state and the words of the run's log."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from jobs.night import execute
from jobs.night.building import Built
from jobs.night.execute import Night, audit_and_name


@pytest.mark.parametrize(
    ("months", "same", "state", "message"),
    [
        (None, False, "fresh", ""),  # built whole
        (None, True, "skipped", "the same rows"),
        ((date(2026, 1, 1),), False, "fresh", "1 month"),
        ((), False, "skipped", "the same rows"),  # what changed touches no month: the version stays
    ],
)
def test_a_version_is_fresh_only_where_rows_were_written_and_the_log_says_how_many_months(
    monkeypatch: pytest.MonkeyPatch,
    months: tuple[date, ...] | None,
    same: bool,
    state: str,
    message: str,
) -> None:
    passed = SimpleNamespace(verdict="passed", failures=[], rows=[])
    monkeypatch.setattr(execute, "_audit", lambda *given: (passed, []))
    facts = SimpleNamespace(
        day=date(2026, 2, 1),
        lake=SimpleNamespace(rows=lambda table, version: 3),
        fingerprint=lambda contract, named: "f",
        inputs_text=lambda contract, named: "{}",
    )
    night = Night(facts, None, None, "run", lambda table: [])
    built = Built(7, months, "embedded", same=same)
    made = audit_and_name(night, SimpleNamespace(id="gold.thing"), built, {}, datetime.now(UTC))
    assert [(n.version, n.state) for n in made.named] == [(7, state)]
    assert [(row["message"], row["rows"]) for row in made.log] == [(message, 3)]
