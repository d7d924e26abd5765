"""Lands units one after another, or in worker processes where there is enough to do; a worker that dies costs
its unit only."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from jobs.errors import HOPELESS, kind_and_place
from jobs.ingest.model import Reason
from jobs.ingest.unit import Unit, land_unit
from jobs.ingest.verdict import Outcome

ALONE_BELOW = 48 << 20  # bytes; starting two interpreters takes longer than landing so little
MAX_WORKERS = 4
Progress = Callable[[int, int, str], None]  # done, all, what


def land_all(
    units: Sequence[Unit], progress: Progress | None = None, *, alone_below: int = ALONE_BELOW
) -> list[Outcome]:
    """The outcome of each unit, in the order of ``units``. A unit that fails unexpectedly is refused with the
    error's kind and place (its outcome says `unexpected`); only what the next file would meet, too (a full or
    read-only disk, no more open files), ends the whole landing."""
    told = progress or (lambda done, total, what: None)
    workers = min(MAX_WORKERS, os.cpu_count() or 1, len(units))
    if workers < 2 or sum(unit.path.stat().st_size for unit in units) < alone_below:
        outcomes = []
        for i, unit in enumerate(units):
            outcomes.append(_safely(unit))
            told(i + 1, len(units), unit.file)
        return outcomes
    return _in_processes(units, workers, told)


def _in_processes(units: Sequence[Unit], workers: int, told: Progress) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    largest_first = sorted(range(len(units)), key=lambda i: -units[i].path.stat().st_size)
    with _pool(workers) as pool:
        futures: dict[Future[Outcome], int] = {pool.submit(_safely, units[i]): i for i in largest_first}
        for future in as_completed(futures):
            i = futures[future]
            try:
                outcomes[i] = future.result()
                told(len(outcomes), len(units), units[i].file)
            except BrokenProcessPool:
                continue
    for i in sorted(
        set(range(len(units))) - set(outcomes)
    ):  # a worker died and took the pool along: find out whose fault it was
        with _pool(1) as pool:
            try:
                outcomes[i] = pool.submit(_safely, units[i]).result()
            except BrokenProcessPool:
                outcomes[i] = unexpected("a worker process died while reading it")
        told(len(outcomes), len(units), units[i].file)
    return [outcomes[i] for i in range(len(units))]


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_die_with_parent,
        initargs=(os.getpid(),),
    )


def _die_with_parent(parent: int) -> None:
    """A worker whose parent was killed would wait for work for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _safely(unit: Unit) -> Outcome:
    try:
        return land_unit(unit)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of a native reader is no Exception
        if isinstance(error, OSError) and error.errno in HOPELESS:
            raise
        return unexpected(kind_and_place(error))


def unexpected(what: str) -> Outcome:
    """A refusal that is no verdict about the file: it is tried again every time."""
    return Outcome(
        "refused",
        Reason(f"读取时发生意外错误：{what}", f"unexpected error while reading: {what}"),
        unexpected=True,
    )
