"""Worker processes of a night build the same tables as its own process (definitions.md#night)."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.sizes import WORKER_STEPS
from jobs.gate.audit import Gate
from jobs.lake import ops
from jobs.lake.lock import writer_lock
from jobs.lake.night import Named
from jobs.night import workers as room
from jobs.night.execute import Night, Noted, Outcome
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
    scratch, sent = tmp_path / "scratch", set()
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    in_worker = Workers.execute

    def noting(self: Workers, step: Step, named: Mapping[str, Named]) -> Outcome:
        sent.add(step.table)
        assert any(scratch.glob("quality-workers-*/given")), "what the worker reads lies there"
        assert self._begun(self.all[0])
        return in_worker(self, step, named)

    monkeypatch.setattr(Workers, "execute", noting)
    assert there.night()[1].exit_code == 0
    assert {LEDGER, CITED} <= sent and not any(TABLES.contracts[t].conformed for t in sent)
    assert built.hashes() == there.hashes() and {LEDGER, CITED} < there.hashes().keys()
    asked = (
        'SELECT stage, "table", outcome, rows, engine FROM ops.run_log ORDER BY ALL',
        'SELECT "table", expectation, success, version FROM ops.gate_verdict ORDER BY ALL',
        'SELECT "table", metric, value FROM ops.table_metric ORDER BY ALL',
    )
    for sql in asked:
        assert built.ask(sql) == there.ask(sql) != []
    assert not list(scratch.glob("quality-workers-*"))


@pytest.mark.slow
def test_a_step_whose_worker_is_killed_is_taken_back_and_stale_and_the_runner_builds_the_rest(
    facts: Facts,
):
    before, named = facts.lake.version(LEDGER), facts.previous.named
    rows = facts.lake.arrow(LEDGER)
    with night_of(facts) as night, workers(night, 1) as further:
        step = steps_of(night)[LEDGER]
        os.kill(further.all[0].ready.result(), signal.SIGKILL)
        facts.lake.overwrite(LEDGER, rows.slice(0, 0))  # as if the worker had committed by then
        ended = further.execute(step, named)
        there = facts.lake.arrow(LEDGER)
        again = further.execute(step, named)
    assert ended.failed and ended.named[0].state == "stale" and ended.named[0].version == before
    assert "the system ended its process" in ended.named[0].reason_en
    assert there.equals(rows) and rows.num_rows
    assert not again.failed and again.named[0].table == LEDGER


def test_the_runner_builds_what_a_worker_that_could_not_begin_would_have_and_says_why_once(
    facts: Facts, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(room, "_begin", no_such_begin)
    said: list[str] = []
    with night_of(facts) as night, workers(night, 1, said.append) as further:
        steps, named = steps_of(night), facts.previous.named
        outcomes = [further.execute(steps[t], named) for t in (LEDGER, CITED)]
    assert not any(o.failed for o in outcomes)
    assert len(said) == 1 and "did not begin" in said[0]


def no_such_begin(given: Path) -> None:
    raise OSError("the kernel refuses")


def test_workers_end_at_once_where_the_run_raises(facts: Facts):
    with night_of(facts) as night, pytest.raises(KeyboardInterrupt), workers(night, 1) as further:
        process = psutil.Process(further.all[0].ready.result())
        raise KeyboardInterrupt
    assert not process.is_running()


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
        mine, none = Workers(night), Workers(night)
        mine.all = [cast(Any, object())]
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
    monkeypatch.setattr(room, "most_workers", lambda: 3)
    assert how_many(by_size, many) == 0, "fewer rows were landed than a worker is worth"
    monkeypatch.setattr(room, "WORKER_ROWS", 3)
    assert how_many(by_size, many) == 3
    assert how_many(by_size, many[1:]) == 0
    monkeypatch.setattr(room, "most_workers", lambda: 1)
    assert how_many(by_size, many) == 0
    assert how_many(facts, many) == 0, "none are set"
    set_to = replace(facts, env=replace(facts.env, workers=2))
    assert (how_many(set_to, many), how_many(set_to, many[:1]), how_many(set_to, [])) == (2, 1, 0)
