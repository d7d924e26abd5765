"""Share work between this process and further processes that are started for it."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from jobs import forked
from jobs.lifetime import die_with_pool, tune_process

Result = TypeVar("Result")
# The most further processes; each holds what its work is made from, some 400 MB.
MOST_PROCESSES = 3
_FILES = count()  # of this process: another file may lie at the same place later


@contextmanager
def processes(*, wanted: bool) -> Iterator[ProcessPoolExecutor | None]:
    """Start a pool of processes for the block and yield it: one process per processor besides this process's,
    at most MOST_PROCESSES. Yields None where none are ``wanted`` (a process takes some three seconds to load
    the code) or there is only one processor."""
    free = min(MOST_PROCESSES, len(os.sched_getaffinity(0)) - 1)
    if not wanted or not free:
        yield None
        return
    with ProcessPoolExecutor(free, forked.context(), _begin, (forked.environment(),)) as pool:
        yield pool


def side_by_side(
    pool: ProcessPoolExecutor,
    work: Callable[[int], Result],
    size: int,
    *,
    here: Callable[[int], Result],
    taken: Callable[[Result], Result],
) -> list[Result]:
    """Compute the pieces of work 0 to ``size`` - 1 in parallel; returns their results in this order. The
    processes of ``pool`` begin with the last number, this process with the first.

    ``work(number)``: computes a piece in a process of the pool; it is sent to each process once, by pickle;
    ``here(number)``: computes a piece in this process, never None; ``taken``: applied to each result of
    another process. An error of a piece is raised here, BrokenProcessPool where a process of ``pool`` ended
    by itself.
    """
    # A file without a name, which a kill does not leave: a person's data lie in the lake alone.
    with tempfile.TemporaryFile() as file, _left_alone():
        pickle.dump(work, file, pickle.HIGHEST_PROTOCOL)
        file.flush()
        place, file_number = Path(f"/proc/{os.getpid()}/fd/{file.fileno()}"), next(_FILES)
        asked = [pool.submit(_worked, place, file_number, number) for number in reversed(range(size))][::-1]
        made: list[Result | None] = []
        try:
            for number, future in enumerate(asked):
                mine = future.cancel()  # where no process has begun it
                made.append(here(number) if mine else None)
            return [
                taken(future.result()) if own is None else own
                for own, future in zip(made, asked, strict=True)
            ]
        finally:  # processes read what goes with this block
            wait([future for future in asked if not future.cancel()])


def _begin(variables: dict[str, str]) -> None:
    die_with_pool()
    forked.begun(variables)
    tune_process()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # what it makes is made again


def leave_alone() -> None:
    """Keep the garbage collector away from the objects that exist now, until the next work begins in this
    process. Work is made from millions of them, and looking through them for garbage again and again takes a
    sixth of its time."""
    gc.freeze()


@contextmanager
def _left_alone() -> Iterator[None]:
    leave_alone()
    try:
        yield
    finally:
        gc.unfreeze()


def _worked(place: Path, file_number: int, number: int) -> Any:
    """One piece of work, in a process of the pool."""
    return _work(place, file_number)(number)


@lru_cache(maxsize=1)
def _work(place: Path, file_number: int) -> Callable[[int], Any]:
    gc.unfreeze()  # the work before, which is no longer kept
    gc.disable()
    try:
        with place.open("rb") as file:
            work: Callable[[int], Any] = pickle.load(file)
    finally:
        gc.enable()
    leave_alone()
    return work
