"""Worker processes of a night: tables that are made of others are built side by side on all cores.

Most of such a step is Python, which runs on one core a process. The runner keeps landed data, silver, Spark
and the record of the run; a worker is given a step and what the night names, and gives back its Outcome. It
builds, commits and audits by `execute()`, as the runner's own process does.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.sizes import WORKER_ROWS, WORKER_STEPS, most_workers, worker_memory
from jobs.errors import QualityError, kind_and_place
from jobs.gate.audit import Gate
from jobs.lake.night import Named
from jobs.lifetime import die_with_pool
from jobs.night.execute import Night, Outcome, blockers, execute, failed
from jobs.night.facts import Facts
from jobs.night.plan import SKIP, Step, seen_whole

_HERE: dict[str, Night] = {}  # of a worker process


def how_many(facts: Facts, steps: Iterable[Step]) -> int:
    """How many workers a night is worth, at most one a table that they may build: QUALITY_WORKERS, else as
    many as the machine carries where many tables are built out of many rows."""
    building = sum(s.action != SKIP and not facts.contract(s.table).conformed for s in steps)
    if facts.env.workers is not None:
        return min(facts.env.workers, building)
    landed = sum(int(u.landed["loaded"].sum()) for u in facts.units.values())
    most = most_workers()
    return most if building >= WORKER_STEPS and landed >= WORKER_ROWS and most > 1 else 0


@dataclass
class _Worker:
    """A pool of one process. ``ready``: its process id, once it has begun."""

    pool: ProcessPoolExecutor
    ready: Future[int]
    ended: bool = False


@dataclass
class Workers:
    """The workers of one night. Where the system ends one, its step alone fails, and what would have been
    given to it later is built by the runner. Threads may call execute(); a step waits for a free worker."""

    night: Night
    say: Callable[[str], None] = lambda line: None
    all: list[_Worker] = field(default_factory=list, init=False)
    _free: SimpleQueue[_Worker] = field(default_factory=SimpleQueue, init=False)

    def takes(self, step: Step, named: Mapping[str, Named]) -> bool:
        """Whether a worker builds the table: it is made of others, all of them new, and not by Spark."""
        facts = self.night.facts
        contract = facts.contract(step.table)
        if not self.all or step.action == SKIP or contract.conformed:
            return False
        if blockers(facts, step.table, named) or facts.unchanged(contract, named):
            return False
        if seen_whole(contract):
            return True
        try:
            rows = sum(facts.lake.rows(i, named[i].there) for i in contract.inputs)
        except Exception:  # an input that cannot be read: the runner's execute() says so
            return False
        return self.night.engines.chosen(rows) == EMBEDDED

    def execute(self, step: Step, named: Mapping[str, Named]) -> Outcome:
        """As jobs.night.execute.execute, in a worker. Never raises."""
        worker, started = self._free.get(), datetime.now(UTC)
        try:
            if not self._begun(worker):
                return execute(self.night, step, named)
            return worker.pool.submit(_execute, step, dict(named)).result()
        except BrokenProcessPool:
            worker.ended = True
            why = QualityError("the system ended its process, by hand or for lack of memory")
            return failed(self.night, step.table, why, started)
        except Exception as error:  # the step or its outcome could not be sent
            return failed(self.night, step.table, error, started)
        finally:
            self._free.put(worker)

    def start(self, given: Path) -> None:
        """Start one more worker from this thread, with which it ends. ``given``: what `_begin` reads."""
        pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, (given,))
        worker = _Worker(pool, pool.submit(_ready))
        self.all.append(worker)
        self._free.put(worker)

    def _begun(self, worker: _Worker) -> bool:
        """Whether the process is there. One that could not begin is named once."""
        if not worker.ended and (error := worker.ready.exception()) is not None:
            worker.ended = True
            self.say(f"a worker process did not begin, the night does without it: {kind_and_place(error)}")
        return not worker.ended


@contextmanager
def workers(night: Night, count: int, say: Callable[[str], None] = lambda line: None) -> Iterator[Workers]:
    """``count`` workers, started by this thread. They have ended when the block has, so that none writes once
    the lock is free: at once where it raises, else after their steps."""
    found = Workers(night, say)
    if not count:
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="quality-workers-", ignore_cleanup_errors=True) as scratch:
        given = Path(scratch) / "given"  # by a file: what a process is started with has to fit into a pipe
        given.write_bytes(pickle.dumps((night.facts, night.run_id, night.noted, worker_memory(count))))
        try:
            for _ in range(count):
                found.start(given)
            yield found
        except BaseException:
            for worker in found.all:
                if worker.ready.done() and worker.ready.exception() is None:
                    with suppress(ProcessLookupError):
                        os.kill(worker.ready.result(), signal.SIGKILL)
            raise
        finally:
            for worker in found.all:
                worker.pool.shutdown(cancel_futures=True)


def _begin(given: Path) -> None:
    die_with_pool()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the runner decides what ends
    # The runner removes this folder, with what a killed worker spilled.
    tempfile.tempdir = str(given.parent)
    facts, run_id, noted, memory = pickle.loads(given.read_bytes())
    engines = Engines(facts.lake, facts.env.engine, facts.env.embedded_rows, start=_never, memory=memory)
    gate = Gate(facts.env.lake / ".gate", run_id=run_id, day=facts.day)
    _HERE["night"] = Night(facts, engines, gate, run_id, noted)


def _ready() -> int:
    """Import what most steps compute with, before the first one waits for it; returns the process id."""
    for name in ("scipy.stats", "jobs.methods.intervals", "jobs.gate.written"):
        importlib.import_module(name)
    return os.getpid()


def _execute(step: Step, named: Mapping[str, Named]) -> Outcome:
    return execute(_HERE["night"], step, named)


def _never() -> NoReturn:
    raise AssertionError("a worker starts no JVM")
