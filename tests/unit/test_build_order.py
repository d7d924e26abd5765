"""In which order the steps of a run are built (jobs.night.runner)."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace

import pytest

from jobs.night import runner
from jobs.night.execute import Outcome
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

    def execute(night: object, step: Step, named: object) -> Outcome:
        if step.table == "silver.slow":
            assert quick_is_built.wait(30), "gold.of_quick waits for a table that it does not read"
        built.append(step.table)
        if step.table == "gold.of_quick":
            quick_is_built.set()
        return Outcome(step.table, ())

    def quarantine(night: object, judged: object, named: object) -> Outcome:
        built.append(QUARANTINE)
        return Outcome(QUARANTINE, ())

    monkeypatch.setattr(runner, "execute", execute)
    monkeypatch.setattr(runner, "execute_quarantine", quarantine)
    facts = SimpleNamespace(
        inputs=INPUTS.__getitem__,
        contract=lambda table: SimpleNamespace(columns=[]),
        catalog=SimpleNamespace(contracts={QUARANTINE: None}),
    )
    steps = [Step(table, BUILD, False, "embedded", "", 0) for table in INPUTS]
    events = SimpleNamespace(outcome=lambda outcome: None)
    night = SimpleNamespace(facts=facts)
    runner._build(
        night, steps, Workers(night), Record({}), events, lambda line: None, lambda now, done, of: None
    )
    assert set(built) == {*INPUTS, QUARANTINE}
    assert built.index(QUARANTINE) > max(built.index("silver.slow"), built.index("silver.quick"))
    assert built.index("gold.of_slow") > built.index("silver.slow")
