"""The processes that write the site together with this one. They can be started before this process imports
the code of the pages, which takes seconds in each of them; so this module imports none of it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from jobs import side_by_side
from jobs.environment import Environment
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.whole_folder import MANIFEST

RATES, FEWEST_ROWS = "gold.detection_rate", 20_000  # a night with fewer rates is written by one process
NIGHTS = "ops.night"
CODE = "jobs.reports.site"  # imports all pages


@contextmanager
def begun(env: Environment) -> Iterator[ProcessPoolExecutor | None]:
    """Within the block there is a pool of worker processes for the site of the newest night, one for each
    core except this process's; yields None where the night is small (FEWEST_ROWS) or there is one core. Where
    the night is newer than the site, they import the code from the begin of the block on."""
    snapshot = newest_snapshot(Lake(env.lake), WHOLE)
    with side_by_side.processes(wanted=_is_large(snapshot)) as pool:
        if pool is not None and _is_older(env, snapshot):
            pool.submit(load)
        yield pool


def load() -> None:
    """Import the code of the pages; the first work of a new process."""
    importlib.import_module(CODE)


def _is_large(snapshot: Snapshot) -> bool:
    version = snapshot.version(RATES)
    return version is not None and snapshot.lake.rows(RATES, version) >= FEWEST_ROWS


def _is_older(env: Environment, snapshot: Snapshot) -> bool:
    """Whether the site was written before the newest night was named, or is not there: it is then written
    anew in any case, which takes less time to say than whether it is current."""
    site, log = env.site / MANIFEST, snapshot.lake.path(NIGHTS) / "_delta_log"
    named = max((file.stat().st_mtime_ns for file in log.glob("*.json")), default=0)
    return not site.is_file() or site.stat().st_mtime_ns < named
