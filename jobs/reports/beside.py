"""How several processes write one site (`jobs.reports.processes` starts them). A part of the site is
what one function of `page_makers.parts` makes; it is named by its number in that list."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jobs import side_by_side
from jobs.reports.gathered import Gathered
from jobs.reports.page_makers import Made, parts
from jobs.whole_folder import MadeFolder

# A function that returns what pages are made from and what all templates get (`site.read`).
Reading = Callable[[], tuple[Gathered, dict[str, Any]]]


def shared_out(
    known: Gathered,
    shared: dict[str, Any],
    reading: Reading,
    pool: ProcessPoolExecutor,
    folder: MadeFolder,
    progress: Callable[[str], None],
) -> list[Made]:
    """Make every part of the site, some in this process and some in ``pool``, and return what was made, in
    the order of `page_makers.parts`.

    ``folder``: the site's folder; ``known``, ``shared``: what pages are made from and what all templates get;
    ``reading``: a function that returns the same two in another process, sent by pickle; ``progress``: is
    called with the path of each page.
    """
    made_by = parts(known)

    def taken(made: Made) -> Made:
        folder.take(made.files, written=made.written)
        for path, *_ in made.listed:
            progress(path)
        return made

    return side_by_side.side_by_side(
        pool,
        Parts(reading, folder.root),
        len(made_by),
        here=lambda number: made_by[number](shared, folder, progress),
        taken=taken,
    )


@dataclass(frozen=True)
class Parts:
    """The parts of the site by number, as a worker process makes them: an instance is sent to the process and
    called with a number. The process reads the night by itself: to send what was read, millions of objects,
    takes three times as long. ``reading``: as in `shared_out`; ``site``: the site's folder."""

    reading: Reading
    site: Path

    @cached_property
    def _read(self) -> tuple[list[Callable[..., Made]], dict[str, Any]]:
        known, shared = self.reading()
        side_by_side.leave_alone()
        return parts(known), shared

    def __call__(self, number: int) -> Made:
        made_by, shared = self._read
        return made_by[number](shared, MadeFolder(self.site), lambda path: None)
