"""Worker processes of a night build the same tables as its own process (definitions.md#night)."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.sizes import WORKER_STEPS
from jobs.environment import REPOSITORY
from jobs.errors import QualityError
from jobs.gate.audit import Gate
from jobs.lake import ops, scratch
from jobs.lake.lock import Held, WriterLock, writer_lock
from jobs.lake.night import Named
from jobs.lake.tables import Lake
from jobs.night import workers as room
from jobs.night.execute import Night, Noted, StepResult
from jobs.night.facts import QUARANTINE, Facts
from jobs.night.plan import Step, plan
from jobs.night.runner import begin
from jobs.night.schedule import THREADS
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
def lock(built: Home) -> Iterator[WriterLock]:
    with writer_lock(built.env.lake, wait_seconds=5) as lock:
        yield lock


@pytest.fixture
def facts(built: Home, lock: WriterLock) -> Facts:
    """What a second run begins with."""
    return begin(built.env, TABLES.order(), day=DAY, full_refresh=True, say=print, catalog=TABLES)


def process_of(further: Workers) -> psutil.Process:
    """The only worker, as it starts."""
    (process,) = multiprocessing.active_children()
    assert len(further.all) == 1 and process.pid is not None
    return psutil.Process(process.pid)


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


@pytest.mark.slow
def test_workers_build_the_same_tables_and_leave_the_same_rows_of_the_night_and_nothing_else(
    built: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    there = Home(tmp_path / "there", tables=TABLES)
    there.env = replace(there.env, workers=1)
    for file in (built.root / "inbox" / "town").iterdir():
        there.put(file.name, file.read_bytes())
    sent: set[str] = set()
    left = there.env.lake / scratch.FOLDER / "quality-spill-of_a_killed_run" / "rows"
    left.parent.mkdir(parents=True)
    left.touch()
    outside = tempfile.gettempdir()
    in_worker = Workers.run_step

    def noting(self: Workers, step: Step, named: Mapping[str, Named]) -> StepResult:
        sent.add(step.table)
        assert any(left.parents[1].glob("quality-workers-*/given")), "what the worker reads lies there"
        assert not left.exists() and tempfile.gettempdir() == str(left.parents[1])
        assert self._begun(self.all[0])
        return in_worker(self, step, named)

    monkeypatch.setattr(Workers, "run_step", noting)
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
    assert not left.parents[1].exists() and tempfile.gettempdir() == outside


@pytest.mark.parametrize(("count", "here"), [pytest.param(1, False, marks=pytest.mark.slow), (0, True)])
def test_what_is_done_beside_the_ledger_runs_in_a_worker_where_there_is_one(
    facts: Facts, lock: WriterLock, tmp_path: Path, count: int, here: bool
):
    noted = tmp_path / "process"
    with night_of(facts) as night, workers(night, count, lock) as further:
        further.begin(partial(_note_process, noted))()
    assert (noted.read_text() == str(os.getpid())) is here


@pytest.mark.slow  # quick: where there is no worker, and where none could begin
def test_what_is_done_beside_the_ledger_is_done_by_the_runner_where_its_worker_ends(
    facts: Facts, lock: WriterLock, tmp_path: Path
):
    noted = tmp_path / "process"
    with night_of(facts) as night, workers(night, 1, lock) as further:
        further.begin(partial(_note_process, noted, ends_others=os.getpid()))()
    assert noted.read_text() == str(os.getpid())


@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.slow), 0])
def test_what_fails_beside_the_ledger_fails_the_run(facts: Facts, lock: WriterLock, count: int):
    with night_of(facts) as night, workers(night, count, lock) as further:
        ended = further.begin(partial(_note_process, Path("/no/such/folder/process")))
        with pytest.raises(FileNotFoundError):
            ended()


def _note_process(noted: Path, ends_others: int | None = None) -> None:
    if ends_others not in (None, os.getpid()):
        os.kill(os.getpid(), signal.SIGKILL)
    noted.write_text(str(os.getpid()))


@pytest.mark.slow  # the next one holds it of a process that begins
def test_a_worker_does_not_hear_ctrl_c(facts: Facts, lock: WriterLock):
    with night_of(facts) as night, workers(night, 1, lock) as further:
        assert further.all[0].pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN


@pytest.mark.slow
def test_the_first_process_that_a_command_starts_does_not_hear_ctrl_c_while_it_begins(tmp_path: Path):
    """With it starts multiprocessing's resource tracker, which ends the blocking of signals."""
    script = tmp_path / "run.py"
    script.write_text(RUN_WHOSE_FIRST_PROCESS_BEGINS)
    run = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert run.stdout.split() == ["True", "False"], run.stderr


RUN_WHOSE_FIRST_PROCESS_BEGINS = """
import signal
from concurrent.futures import ProcessPoolExecutor
from jobs import forked

def blocked():
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, forked.context())
    asked = pool.submit(blocked)
    print(asked.result(), blocked())
    pool.shutdown()
"""


@pytest.mark.slow
def test_a_step_whose_worker_is_killed_is_taken_back_and_stale_and_the_runner_builds_the_rest(
    facts: Facts, lock: WriterLock
):
    before, named = facts.lake.version(LEDGER), facts.previous.named
    rows = facts.lake.arrow(LEDGER)
    with night_of(facts) as night, workers(night, 1, lock) as further:
        step = steps_of(night)[LEDGER]
        further.all[0].ready.result()
        process_of(further).suspend()
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(further.run_step, step, named)
            while not further.all[0].pool._pending_work_items:  # until the worker has the step
                time.sleep(0.01)
            facts.lake.overwrite(LEDGER, rows.slice(0, 0))  # as if the worker had committed by then
            process_of(further).kill()
            ended = asked.result()
        there = facts.lake.arrow(LEDGER)
        again = further.run_step(step, named)
    assert ended.failed and ended.named[0].state == "stale" and ended.named[0].version == before
    assert "the system ended its process" in ended.named[0].reason_en
    assert there.equals(rows) and rows.num_rows
    assert not again.failed and again.named[0].table == LEDGER


@pytest.mark.parametrize("work", ["step", "beside"])
def test_the_runner_does_the_work_of_a_worker_that_the_system_ended_while_it_was_idle(
    facts: Facts, lock: WriterLock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str
):
    monkeypatch.setattr(room, "_begin", quick_begin)
    said: list[str] = []
    with night_of(facts) as night, workers(night, 1, lock, said.append) as further:
        further.all[0].ready.result()
        process_of(further).kill()
        with pytest.raises(BrokenProcessPool):
            further.all[0].pool.submit(time.sleep, 60).result()
        if work == "step":
            outcome = further.run_step(steps_of(night)[LEDGER], facts.previous.named)
            assert not outcome.failed and outcome.named[0].state != "stale"
        else:
            further.begin(partial(_note_process, tmp_path / "process"))()
            assert (tmp_path / "process").read_text() == str(os.getpid())
    assert len(said) == 1 and "the system ended a worker process" in said[0]


def quick_begin(given: Path, held: Held) -> None:
    pass


def test_the_runner_builds_what_a_worker_that_could_not_begin_would_have_and_says_why_once(
    facts: Facts, lock: WriterLock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(room, "_begin", no_such_begin)
    said: list[str] = []
    with night_of(facts) as night, workers(night, 1, lock, said.append) as further:
        steps, named = steps_of(night), facts.previous.named
        outcomes = [further.run_step(steps[t], named) for t in (LEDGER, CITED)]
    assert not any(o.failed for o in outcomes)
    assert len(said) == 1 and "did not begin" in said[0]


def no_such_begin(given: Path, held: Held) -> None:
    raise OSError("the kernel refuses")


def slow_begin(given: Path, held: Held) -> None:
    time.sleep(120)


def test_a_step_does_not_wait_without_end_for_a_worker_that_starts(
    facts: Facts, lock: WriterLock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(room, "START_SECONDS", 0.1)
    monkeypatch.setattr(room, "_begin", slow_begin)
    said: list[str] = []
    with night_of(facts) as night, workers(night, 1, lock, said.append) as further:
        outcome = further.run_step(steps_of(night)[LEDGER], facts.previous.named)
    assert not outcome.failed
    assert len(said) == 1 and "takes too long" in said[0]


@pytest.mark.parametrize("begun", [pytest.param(True, marks=pytest.mark.slow), False])
def test_workers_end_at_once_where_the_run_raises_even_one_that_only_starts(
    facts: Facts, lock: WriterLock, monkeypatch: pytest.MonkeyPatch, begun: bool
):
    if not begun:
        monkeypatch.setattr(room, "_begin", slow_begin)
    with night_of(facts) as night, pytest.raises(KeyboardInterrupt), workers(night, 1, lock) as further:
        process = process_of(further)
        if begun:
            further.all[0].ready.result()
        raise KeyboardInterrupt
    assert not process.is_running()


@pytest.mark.slow  # quick: while workers start
def test_a_run_that_is_stopped_waits_neither_for_a_step_of_a_worker_nor_for_one_that_waits_for_it(
    facts: Facts, lock: WriterLock
):
    named = facts.previous.named
    with night_of(facts) as night, workers(night, 1, lock) as further:
        step = steps_of(night)[LEDGER]
        further.all[0].ready.result()
        process_of(further).suspend()
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(further.run_step, step, named) for _ in range(2)]
            further.end()
        assert [a.result().failed for a in asked] == [True, True]


def test_a_run_that_is_stopped_while_its_workers_start_builds_nothing_in_their_place(
    facts: Facts, lock: WriterLock, monkeypatch: pytest.MonkeyPatch
):
    built_here: list[str] = []
    monkeypatch.setattr(room, "run_step", lambda night, step, named: built_here.append(step.table))
    monkeypatch.setattr(room, "_begin", slow_begin)
    said: list[str] = []
    with night_of(facts) as night, workers(night, 1, lock, said.append) as further:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(further.run_step, steps_of(night)[LEDGER], facts.previous.named)
            while not further._free.empty():  # until the step waits for the worker
                time.sleep(0.01)
            further.end()
        assert asked.result().failed
    assert built_here == said == []


def test_what_the_runner_builds_in_place_of_a_worker_takes_one_of_its_turns(
    facts: Facts, lock: WriterLock, monkeypatch: pytest.MonkeyPatch
):
    left: list[int] = []
    with night_of(facts) as night, workers(night, 1, lock) as further:

        def build(*_: object) -> str:
            while further._here.acquire(blocking=False):
                left.append(1)
            return "built"

        monkeypatch.setattr(room, "run_step", build)
        further.all[0].ended = True
        assert further.run_step(steps_of(night)[LEDGER], facts.previous.named) == "built"
    assert len(left) == THREADS - 1


def test_a_thread_whose_turn_comes_after_the_run_was_stopped_builds_nothing():
    further, waiting = Workers(cast(Any, None)), ThreadPoolExecutor(1)
    with ExitStack() as turns:
        for _ in range(THREADS):
            turns.enter_context(further.in_runner())
        late = waiting.submit(lambda: further.in_runner().__enter__())
        further.end()
    with pytest.raises(QualityError, match="the run was stopped"):
        late.result()
    waiting.shutdown()


@pytest.mark.parametrize(
    ("setting", "limit", "taken"),
    [
        ("embedded", 0, {LEDGER, CITED}),
        ("auto", 5, {LEDGER, CITED}),
        ("auto", 4, {LEDGER}),
        ("spark", 9, {LEDGER}),
    ],
)
def test_workers_take_tables_made_of_others_that_spark_does_not_build(
    facts: Facts, monkeypatch: pytest.MonkeyPatch, setting: str, limit: int, taken: set[str]
):
    monkeypatch.setattr(Lake, "rows", lambda *_, **__: 5)  # of each input; CITED has two
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
