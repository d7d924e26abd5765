"""Worker processes that build the derived tables of a run (those made of other tables) in parallel, one
processor each.

Most of such a step is Python, which uses one processor per process. The runner's process loads bronze, builds
the silver tables that sources deliver, uses Spark and collects the results; a worker gets a step and the
versions named so far, builds, commits and audits the table by `run_step()`, and returns the StepResult.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import SimpleQueue
from threading import BoundedSemaphore
from typing import NoReturn, TypeVar

from jobs import forked
from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.sizes import WORKER_ROWS, WORKER_STEPS, most_workers, worker_memory
from jobs.errors import QualityError, kind_and_place
from jobs.gate.audit import Gate
from jobs.lake.lock import Held, WriterLock
from jobs.lake.night import Named
from jobs.lifetime import die_with_pool, tune_process
from jobs.night.execute import Night, StepResult, blockers, failed, run_step
from jobs.night.facts import Facts
from jobs.night.plan import SKIP, Step, largest, seen_whole
from jobs.night.schedule import THREADS

# Seconds that a worker gets to start; most of them go into loading its code, also on a busy machine.
START_SECONDS = 120
# What most steps compute with: imported once, before workers are forked.
CODE = ("scipy.stats", "jobs.methods.intervals", "jobs.gate.written", "jobs.night.workers")
_HERE: dict[str, Night] = {}  # of a worker process
Result = TypeVar("Result")


def how_many(facts: Facts, steps: Iterable[Step]) -> int:
    """Return the number of worker processes for a run.

    Where QUALITY_WORKERS is set, that number, but not more than there are derived tables to build. Else
    most_workers(), where that is more than one, at least WORKER_STEPS derived tables are built, and the
    files that bronze holds, of all nights, have at least WORKER_ROWS rows. Else 0.
    """
    building = sum(s.action != SKIP and not facts.contract(s.table).conformed for s in steps)
    if facts.env.workers is not None:
        return min(facts.env.workers, building)
    landed = sum(int(u.landed["loaded"].sum()) for u in facts.units.values())
    most = most_workers()
    return most if building >= WORKER_STEPS and landed >= WORKER_ROWS and most > 1 else 0


@dataclass
class _Worker:
    """A pool of one process. ``ready``: done once it has begun."""

    pool: ProcessPoolExecutor
    ready: Future[None]
    ended: bool = False


@dataclass
class Workers:
    """The worker processes of one run. Several threads may call run_step(); each waits for a free worker.

    Where the operating system ends a worker, only the step that it is at fails, and later steps that it would
    have got are built by the runner. ``say``: called with a line where a worker could not start or ended
    without a step; ``all``: the workers; ``stopped``: whether they were ended.
    """

    night: Night
    say: Callable[[str], None] = lambda line: None
    all: list[_Worker] = field(default_factory=list, init=False)
    stopped: bool = field(default=False, init=False)
    _others: set[BaseProcess] = field(
        init=False, default_factory=lambda: set(multiprocessing.active_children())
    )
    _free: SimpleQueue[_Worker] = field(default_factory=SimpleQueue, init=False)
    # Threads that wait for workers build nothing in the runner's process.
    _here: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(THREADS), init=False)

    def takes(self, step: Step, named: Mapping[str, Named]) -> bool:
        """Return whether a worker can build the step's table now: there are workers, the table is made of
        other tables, all of these are up to date, something changed, and DuckDB is the engine for it.
        ``named``: the versions that the run names so far, by table."""
        facts = self.night.facts
        contract = facts.contract(step.table)
        if not self.all or step.action == SKIP or contract.conformed:
            return False
        if blockers(facts, step.table, named) or facts.unchanged(contract, named):
            return False
        if seen_whole(contract):
            return True
        try:
            rows = {i: facts.lake.rows(i, named[i].there) for i in contract.inputs}
        except Exception:  # an input that cannot be read: the runner's run_step() says so
            return False
        return self.night.engines.chosen(largest(contract, rows)) == EMBEDDED

    def run_step(self, step: Step, named: Mapping[str, Named]) -> StepResult:
        """Run the step of one table in the next free worker: build, commit and audit it
        (`jobs.night.execute.run_step`), and return its result. ``named``: the versions that the run names so
        far, by table. Where the worker ended before it got the step, this process builds the table. Never
        raises: where the worker ends at the step or the result cannot be sent, the step fails and its older
        version is named as stale."""
        worker, started = self._free.get(), datetime.now(UTC)
        try:
            self._go_on()
            if (sent := self._sent(worker, partial(_run_step, step, dict(named)))) is not None:
                return sent.result()
            with self.in_runner():
                return run_step(self.night, step, named)
        except BrokenProcessPool:
            worker.ended = True
            why = QualityError("the system ended its process, by hand or for lack of memory")
            return failed(self.night, step.table, why, started)
        except Exception as error:  # the step or its outcome could not be sent
            return failed(self.night, step.table, error, started)
        finally:
            self._free.put(worker)

    def begin(self, work: Callable[[], object]) -> Callable[[], None]:
        """Begin ``work``, which is sent by pickle, in a worker, and return a function that waits for its end
        and raises what it raises. Without a worker, and where the worker ends, that function does the work in
        this process. Called once all steps are done."""
        asked = ((each, self._sent(each, work)) for each in self.all)
        worker, begun = next(((each, sent) for each, sent in asked if sent is not None), (None, None))

        def ended() -> None:
            try:
                if begun is not None:
                    begun.result()
                    return
            except BrokenProcessPool:
                assert worker is not None
                worker.ended = True
            work()

        return ended

    @contextmanager
    def in_runner(self) -> Iterator[None]:
        """Within the block this thread may build in the runner's process; at most THREADS threads do so at
        once, others wait. Raises QualityError where the run was stopped."""
        with self._here:
            self._go_on()
            yield

    def _go_on(self) -> None:
        if self.stopped:
            raise QualityError("the run was stopped")

    def start(self, given: Path, held: Held) -> None:
        """Start one more worker, which ends with this process. ``given``: the file (pickle) with what the
        worker needs to know of the run; ``held``: the lake's lock, which the worker holds as well."""
        pool = ProcessPoolExecutor(1, forked.context(*CODE), _begin, (given, held))
        worker = _Worker(pool, pool.submit(_ready))
        self.all.append(worker)
        self._free.put(worker)

    def end(self) -> None:
        """Kill all workers now. A step that one of them was running fails, and the runner takes its table
        back to the older version."""
        self.stopped = True
        for process in set(multiprocessing.active_children()) - self._others:
            process.kill()

    def _sent(self, worker: _Worker, work: Callable[[], Result]) -> Future[Result] | None:
        """Send ``work`` to a worker. None where the worker did not begin or has ended: nothing of the work
        was done then."""
        if not self._begun(worker):
            return None
        try:
            return worker.pool.submit(work)
        except BrokenProcessPool:
            worker.ended = True
            if not self.stopped:  # else it was ended
                self.say("the system ended a worker process, the night does without it")
            return None

    def _begun(self, worker: _Worker) -> bool:
        """Whether the process is there. One that could not begin is named once."""
        if worker.ended:
            return False
        try:
            worker.ready.result(START_SECONDS)
        except Exception as error:
            worker.ended = True
            why = "it takes too long" if isinstance(error, TimeoutError) else kind_and_place(error)
            if not self.stopped:  # else it was ended
                self.say(f"a worker process did not begin, the night does without it: {why}")
        return not worker.ended


@contextmanager
def workers(
    night: Night, count: int, lock: WriterLock, say: Callable[[str], None] = lambda line: None
) -> Iterator[Workers]:
    """Start ``count`` workers for the block; yields them. They have ended when the block has. ``lock``: the
    lake's writer lock, which they hold as well; ``say``: called with a line where a worker could not start.
    """
    found = Workers(night, say)
    if not count:
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="quality-workers-", ignore_cleanup_errors=True) as scratch:
        given = Path(scratch) / "given"  # by a file: what a process is started with has to fit into a pipe
        given.write_bytes(
            pickle.dumps((forked.environment(), night.facts, night.run_id, night.noted, worker_memory(count)))
        )
        try:
            forked.context(*CODE)  # its server loads the code while this process does
            import_code()
            for _ in range(count):
                found.start(given, lock.held())
            yield found
        finally:
            found.end()  # none of them is at a step, unless the block has raised
            for worker in found.all:
                worker.pool.shutdown(cancel_futures=True)


def _begin(given: Path, held: Held) -> None:  # the lock is held by its being sent
    die_with_pool()
    tune_process()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until here it is blocked
    # The runner removes this folder, with what a killed worker spilled.
    tempfile.tempdir = str(given.parent)
    variables, facts, run_id, noted, memory = pickle.loads(given.read_bytes())
    forked.begun(variables)
    engines = Engines(facts.lake, facts.env.engine, facts.env.embedded_rows, start=_never, memory=memory)
    gate = Gate(facts.env.lake / ".gate", run_id=run_id, day=facts.day)
    _HERE["night"] = Night(facts, engines, gate, run_id, noted)


def import_code() -> None:
    """Import the modules CODE, which most steps compute with, so that processes forked from this one need
    not."""
    gc.disable()  # nothing of what is imported is garbage
    try:
        for name in CODE:
            importlib.import_module(name)
    finally:
        gc.enable()


def _ready() -> None:
    import_code()
    gc.freeze()


def _run_step(step: Step, named: Mapping[str, Named]) -> StepResult:
    return run_step(_HERE["night"], step, named)


def _never() -> NoReturn:
    raise AssertionError("a worker starts no JVM")
