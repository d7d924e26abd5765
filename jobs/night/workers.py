"""Worker processes of a night: tables that are made of others are built side by side on all cores.

Most of such a step is Python, which runs on one core a process. The runner keeps landed data, silver, Spark
and the record of the run; a worker is given a step and what the night names, and gives back its Outcome. It
builds, commits and audits by `execute()`, as the runner's own process does.
"""

from __future__ import annotations

import importlib
import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from queue import SimpleQueue
from typing import NoReturn

from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.sizes import WORKER_ROWS, WORKER_STEPS, processors, worker_memory
from jobs.errors import QualityError
from jobs.gate.audit import Gate
from jobs.lake.night import Named
from jobs.lifetime import die_with_pool
from jobs.night.execute import Night, Noting, Outcome, blockers, execute, failed
from jobs.night.facts import Facts
from jobs.night.plan import SKIP, Step, seen_whole

_HERE: dict[str, Night] = {}  # of a worker process


def how_many(facts: Facts, steps: Iterable[Step]) -> int:
    """How many workers a night is worth: QUALITY_WORKERS, else one a processor where it builds many tables
    out of many rows. A worker takes some five seconds of a processor to start."""
    if facts.env.workers is not None:
        return facts.env.workers
    building = sum(s.action != SKIP and not facts.contract(s.table).conformed for s in steps)
    landed = sum(int(u.landed["loaded"].sum()) for u in facts.units.values())
    enough = building >= WORKER_STEPS and landed >= WORKER_ROWS and processors() > 1
    return processors() if enough else 0


@dataclass
class Workers:
    """The workers of one night, each a pool of one process: where the system ends a process, its step alone
    fails. Threads may call execute(); a step waits for a free worker."""

    night: Night
    count: int
    _free: SimpleQueue[ProcessPoolExecutor] = field(default_factory=SimpleQueue, init=False)

    def takes(self, step: Step, named: Mapping[str, Named]) -> bool:
        """Whether a worker builds the table: it is made of others, all of them new, and not by Spark."""
        facts = self.night.facts
        contract = facts.contract(step.table)
        if not self.count or step.action == SKIP or contract.conformed:
            return False
        if blockers(facts, step.table, named) or facts.unchanged(contract, named):
            return False
        rows = sum(facts.lake.rows(i, named[i].there) for i in contract.inputs)
        return seen_whole(contract) or self.night.engines.chosen(rows) == EMBEDDED

    def execute(self, step: Step, named: Mapping[str, Named]) -> Outcome:
        """As jobs.night.execute.execute, in a worker. Never raises."""
        pool, started = self._free.get(), datetime.now(UTC)
        try:
            return pool.submit(_execute, step, dict(named)).result()
        except BrokenProcessPool:
            pool = self._pool()
            why = QualityError("the system ended its process, by hand or for lack of memory")
            return failed(self.night, step.table, why, started)
        finally:
            self._free.put(pool)

    def _pool(self) -> ProcessPoolExecutor:
        night = self.night
        given = (night.facts, night.run_id, night.noted, self.count)
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, given)


@contextmanager
def workers(night: Night, count: int) -> Iterator[Workers]:
    """``count`` workers, started at once by this thread. They have ended when the block has, so that none
    writes once the lock is free."""
    found = Workers(night, count)
    pools = [found._pool() for _ in range(count)]
    try:
        for pool in pools:
            pool.submit(_ready)
            found._free.put(pool)
        yield found
    finally:
        while count and not found._free.empty():
            found._free.get().shutdown(cancel_futures=True)


def _begin(facts: Facts, run_id: str, noted: Noting, count: int) -> None:
    die_with_pool()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the runner decides what ends
    # A worker ends without the usual clean-up at exit, and would leave the folder that DuckDB spills to.
    engines = Engines(
        facts.lake, facts.env.engine, facts.env.embedded_rows, start=_never, memory=worker_memory(count)
    )
    Finalize(None, engines.close, exitpriority=1)
    gate = Gate(facts.env.lake / ".gate", run_id=run_id, day=facts.day)
    _HERE["night"] = Night(facts, engines, gate, run_id, noted)


def _ready() -> None:
    """Import what most steps compute with, before the first one waits for it."""
    for name in ("scipy.stats", "statsmodels.api", "jobs.gate.written"):
        importlib.import_module(name)


def _execute(step: Step, named: Mapping[str, Named]) -> Outcome:
    return execute(_HERE["night"], step, named)


def _never() -> NoReturn:
    raise AssertionError("a worker starts no JVM")
