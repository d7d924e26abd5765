"""In which order the steps of a run are built (jobs.night.runner)."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace

import pytest

from jobs.night import runner
from jobs.night.execute import StepResult
from jobs.night.facts import QUARANTINE
from jobs.night.naming import Record
from jobs.night.plan import BUILD, Step
from jobs.night.workers import Workers

INPUTS = {
    "silver.slow": [],
    "silver.quick": [],
    "gold.of_quick": ["silver.quick"],
    "gold.of_slow": ["silver.slow"],
}


def test_a_table_waits_for_its_inputs_alone_and_the_quarantine_for_all_of_silver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[str] = []
    quick_is_built = Event()

    def run_step(night: object, step: Step, named: object) -> StepResult:
        if step.table == "silver.slow":
            assert quick_is_built.wait(30), "gold.of_quick waits for a table that it does not read"
        built.append(step.table)
        if step.table == "gold.of_quick":
            quick_is_built.set()
        return StepResult(step.table, ())

    def quarantine(night: object, judged: object, named: object) -> StepResult:
        built.append(QUARANTINE)
        return StepResult(QUARANTINE, ())

    monkeypatch.setattr(runner, "run_step", run_step)
    monkeypatch.setattr(runner, "build_quarantine", quarantine)
    facts = SimpleNamespace(
        inputs=INPUTS.__getitem__,
        contract=lambda table: SimpleNamespace(columns=[]),
        catalog=SimpleNamespace(contracts={QUARANTINE: None}),
    )
    steps = [Step(table, BUILD, False, "embedded", "", 0) for table in INPUTS]
    events = SimpleNamespace(outcome=lambda outcome: None)
    night = SimpleNamespace(facts=facts)
    shown: list[tuple[str, int, int]] = []
    runner._build(
        night, steps, Workers(night), Record({}), events, lambda line: None, lambda *tick: shown.append(tick)
    )
    every = len(INPUTS) + 1
    assert [(done, of) for _, done, of in shown] == [(n, every) for n in range(1, every + 1)]
    assert [table for table, _, _ in shown].count(QUARANTINE) == 1
    assert set(built) == {*INPUTS, QUARANTINE}
    assert built.index(QUARANTINE) > max(built.index("silver.slow"), built.index("silver.quick"))
    assert built.index("gold.of_slow") > built.index("silver.slow")
