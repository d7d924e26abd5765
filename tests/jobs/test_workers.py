"""Worker processes of a night build the same tables as its own process (definitions.md#night)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.sizes import WORKER_STEPS
from jobs.gate.audit import Gate
from jobs.lake import ops
from jobs.lake.lock import writer_lock
from jobs.night import workers as room
from jobs.night.execute import Night, Noted
from jobs.night.facts import QUARANTINE, Facts
from jobs.night.plan import Step, plan
from jobs.night.runner import begin
from jobs.night.workers import Workers, how_many, workers

LEDGER, CITED = "gold.sampling_ledger", "gold.cited_number"  # statistics and a text
TABLES = few_tables(LEDGER, CITED, QUARANTINE)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a night without workers. Two files were landed, one of whose rows is quarantined."""
    found = Home(tmp_path_factory.mktemp("workers") / "home", tables=TABLES)
    found.env = replace(found.env, workers=0)
    found.put("samples_1.csv", HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n3,乙,2026-02-01,别的,,\n")
    found.put("conclusions_1.csv", "样品编号,结论,日期\n1,不合格,2026-02-10\n")
    assert found.night()[1].exit_code == 0
    return found


@pytest.fixture
def facts(built: Home) -> Iterator[Facts]:
    """What a second run begins with."""
    with writer_lock(built.env.lake, wait_seconds=5):
        yield begin(built.env, TABLES.order(), day=DAY, full_refresh=True, say=print, catalog=TABLES)


@contextmanager
def night_of(facts: Facts, setting: str = EMBEDDED, limit: int | None = None) -> Iterator[Night]:
    def never() -> None:
        raise AssertionError("these tables are small")

    with closing(Engines(facts.lake, setting, limit, never)) as engines:
        gate = Gate(facts.env.lake / ".gate", run_id="again", day=DAY)
        yield Night(facts, engines, gate, "again", Noted(ops.rows("ops.table_metric", [])))


def steps_of(night: Night) -> dict[str, Step]:
    facts = night.facts
    found = plan(facts, TABLES.order(), rows_of=facts.lake.rows, chosen=night.engines.chosen)
    return {s.table: s for s in found}


def test_workers_build_the_same_tables_and_leave_the_same_rows_of_the_night_and_nothing_else(
    built: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    there = Home(tmp_path / "there", tables=TABLES)
    there.env = replace(there.env, workers=1)
    for file in (built.root / "inbox" / "town").iterdir():
        there.put(file.name, file.read_bytes())
    spilled = tmp_path / "spilled"
    spilled.mkdir()
    monkeypatch.setenv("TMPDIR", str(spilled))  # of the worker; this process has chosen another by now
    assert there.night()[1].exit_code == 0
    assert built.hashes() == there.hashes() and {LEDGER, CITED} < there.hashes().keys()
    asked = (
        'SELECT stage, "table", outcome, rows, engine FROM ops.run_log ORDER BY ALL',
        'SELECT "table", expectation, success, version FROM ops.gate_verdict ORDER BY ALL',
        'SELECT "table", metric, value FROM ops.table_metric ORDER BY ALL',
    )
    for sql in asked:
        assert built.ask(sql) == there.ask(sql) != []
    assert list(spilled.iterdir()) == []


def test_a_step_whose_worker_the_system_ends_is_stale_with_the_reason_and_the_next_finds_a_new_worker(
    facts: Facts,
):
    before, named = facts.lake.version(LEDGER), facts.previous.named
    with night_of(facts) as night, workers(night, 1) as further:
        step = steps_of(night)[LEDGER]
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
        ended, again = further.execute(step, named), further.execute(step, named)
    assert ended.failed and ended.named[0].state == "stale" and ended.named[0].version == before
    assert "the system ended its process" in ended.named[0].reason_en
    assert not again.failed and again.named[0].table == LEDGER


@pytest.mark.parametrize(
    ("setting", "limit", "taken"),
    [("embedded", None, {LEDGER, CITED}), ("auto", -1, {LEDGER}), ("spark", None, {LEDGER})],
)
def test_workers_take_tables_made_of_others_that_spark_does_not_build(
    facts: Facts, setting: str, limit: int | None, taken: set[str]
):
    named = dict(facts.previous.named)
    with night_of(facts, setting, limit) as night:
        steps = steps_of(night)
        mine, none = Workers(night, 1), Workers(night, 0)
        assert {t for t in (LEDGER, CITED) if mine.takes(steps[t], named)} == taken
        assert not any(mine.takes(s, named) for t, s in steps.items() if facts.contract(t).conformed)
        assert not any(none.takes(s, named) for s in steps.values())
        late = {t: replace(n, state="stale") for t, n in named.items()}
        assert not mine.takes(steps[LEDGER], late), "what is blocked builds nothing"


def test_workers_are_started_for_many_tables_of_many_rows_and_as_many_as_are_set(
    facts: Facts, monkeypatch: pytest.MonkeyPatch
):
    with night_of(facts) as night:
        many = [steps_of(night)[LEDGER]] * WORKER_STEPS
    by_size = replace(facts, env=replace(facts.env, workers=None))
    monkeypatch.setattr(room, "processors", lambda: 3)
    assert how_many(by_size, many) == 0, "fewer rows were landed than a worker is worth"
    monkeypatch.setattr(room, "WORKER_ROWS", 3)
    assert how_many(by_size, many) == 3
    assert how_many(by_size, many[1:]) == 0
    monkeypatch.setattr(room, "processors", lambda: 1)
    assert how_many(by_size, many) == 0
    assert how_many(facts, many) == 0, "none are set"
    assert how_many(replace(facts, env=replace(facts.env, workers=2)), []) == 2
