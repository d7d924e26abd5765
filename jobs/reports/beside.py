"""Worker processes for writing the site: they make workbooks and some of the pages. A part of the site is
what one function of `page_makers` makes; it is named by its number in that list."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jobs import side_by_side
from jobs.lake.night import Snapshot
from jobs.reports.asked import RATES
from jobs.reports.gathered import Gathered
from jobs.reports.page_makers import Made, PageMaker, make, page_makers
from jobs.whole_folder import MadeFolder

FEWEST_ROWS = 20_000  # of RATES: a night with fewer is written by one process


def processes(snapshot: Snapshot) -> AbstractContextManager[ProcessPoolExecutor | None]:
    """Return a context manager with a pool of worker processes, one for each core except this process's; with
    None where the night is small (FEWEST_ROWS) or there is one core."""
    version = snapshot.version(RATES)
    large = version is not None and snapshot.lake.rows(RATES, version) >= FEWEST_ROWS
    return side_by_side.processes(wanted=large)


def shared_out(
    known: Gathered,
    shared: dict[str, Any],
    pool: ProcessPoolExecutor,
    folder: MadeFolder,
    progress: Callable[[str], None],
) -> list[Made]:
    """Make every part of the site, some in this process and some in ``pool``, and return what was made, in
    the order of `page_makers`. ``folder``: the site's folder; ``shared``: what all templates get, as
    `site.shared_context` returns it; ``progress``: is called with the path of each page."""
    parts = Parts(known, shared, folder.root)

    def taken(made: Made) -> Made:
        folder.take(made.files, written=made.written)
        for path, *_ in made.listed:
            progress(path)
        return made

    return side_by_side.side_by_side(
        pool,
        parts,
        len(parts.makers),
        here=lambda number: make(parts.makers[number](), shared, folder, progress),
        taken=taken,
    )


@dataclass(frozen=True)
class Parts:
    """The parts of the site by number, as a worker process makes them: an instance is sent to the process and
    called with a number. ``site``: the site's folder."""

    known: Gathered
    shared: dict[str, Any]
    site: Path

    @cached_property
    def makers(self) -> list[PageMaker]:
        """The functions that make the parts, in the order of `page_makers`."""
        return page_makers(self.known)

    def __call__(self, number: int) -> Made:
        return make(self.makers[number](), self.shared, MadeFolder(self.site))

    def __getstate__(self) -> dict[str, Any]:
        """Without the makers, which each process makes by itself."""
        return {"known": self.known, "shared": self.shared, "site": self.site}
