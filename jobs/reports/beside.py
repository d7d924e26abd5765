"""Processes beside the one that writes the site: they make workbooks and a part of the pages."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from jobs.lake.night import Snapshot
from jobs.lifetime import die_with_pool
from jobs.reports.asked import RATES
from jobs.reports.gathered import Gathered
from jobs.reports.page_makers import Made, PageMaker, make, page_makers
from jobs.whole_folder import MadeFolder

# A process takes some three seconds to load the code: a night with fewer rows of RATES is written by one.
FEWEST_ROWS = 20_000
NIGHTS = count()  # of this process; a file's number may be that of an earlier one
MOST_PROCESSES = 3  # each holds the night that it shows, some 400 MB


@contextmanager
def processes(snapshot: Snapshot) -> Iterator[ProcessPoolExecutor | None]:
    """Processes for the cores that this one leaves free; None where the night is small or there is but one
    core."""
    version, free = snapshot.version(RATES), min(MOST_PROCESSES, len(os.sched_getaffinity(0)) - 1)
    if version is None or not free or snapshot.lake.rows(RATES, version) < FEWEST_ROWS:
        yield None
        return
    # spawn: a fork would copy threads of DuckDB and Arrow.
    with ProcessPoolExecutor(free, mp_context=get_context("spawn"), initializer=die_with_pool) as pool:
        yield pool


def shared_out(
    known: Gathered,
    shared: dict[str, Any],
    pool: ProcessPoolExecutor,
    folder: MadeFolder,
    progress: Callable[[str], None],
) -> list[Made]:
    """Make every part of the site, here from the first one on and in ``pool`` from the last one on; their
    order is that of `page_makers`. What goes wrong in a process is raised here."""
    own = page_makers(known)
    # A file without a name, which a kill does not leave: a person's data lie in the lake alone.
    with tempfile.TemporaryFile() as file:
        pickle.dump((known, shared), file, pickle.HIGHEST_PROTOCOL)
        file.flush()
        place, night = Path(f"/proc/{os.getpid()}/fd/{file.fileno()}"), next(NIGHTS)
        asked = [
            pool.submit(_made, place, night, folder.root, number) for number in reversed(range(len(own)))
        ][::-1]
        made: list[Made | None] = []
        try:
            for part, future in zip(own, asked, strict=True):
                mine = future.cancel()  # where no process has begun it
                made.append(make(part(), shared, folder, progress) if mine else None)
            return [
                here or _taken(future.result(), folder, progress)
                for here, future in zip(made, asked, strict=True)
            ]
        finally:  # processes read what goes with this block
            wait([future for future in asked if not future.cancel()])


def _taken(made: Made, folder: MadeFolder, progress: Callable[[str], None]) -> Made:
    folder.take(made.files, written=made.written)
    for path, *_ in made.listed:
        progress(path)
    return made


def _made(place: Path, night: int, site: Path, number: int) -> Made:
    """One part, in a process of the pool."""
    shared, own = _night(place, night)
    return make(own[number](), shared, MadeFolder(site))


@lru_cache(maxsize=1)
def _night(place: Path, number: int) -> tuple[dict[str, Any], list[PageMaker]]:
    """``number``: another night may lie at the same place later."""
    with place.open("rb") as file:
        known, shared = pickle.load(file)
    return shared, page_makers(known)
