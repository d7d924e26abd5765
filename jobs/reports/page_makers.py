"""The functions that make the pages of the site. Each makes some pages, independently of the others, so that
several processes can share them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from jobs.reports.gathered import Gathered
from jobs.reports.pages import (
    about,
    brands,
    columns,
    complaints,
    counterfeit,
    credit,
    gate,
    glossary,
    guide,
    home,
    items,
    laboratory,
    labs,
    ledger,
    lookup,
    plans,
    precision,
    quality,
    risk,
    sampling,
    sources,
    standards,
    tracing,
    trade,
    units,
    work,
)
from jobs.reports.rendering import Page, render
from jobs.reports.wording import Text
from jobs.whole_folder import MadeFolder

PageMaker = Callable[[], Iterable[Page]]


@dataclass(frozen=True)
class Made:
    """Pages that were put into the site. ``listed``: (path, title, further words that find it) of each page,
    in order; ``downloads``: paths of the files with their figures; ``files``: path → SHA-256 of pages and
    downloads; ``written``: how many of these files were new or changed."""

    listed: list[tuple[str, Text, str]]
    downloads: list[str]
    files: dict[str, str]
    written: int


def page_makers(known: Gathered) -> list[PageMaker]:
    """Return the functions that make all pages except the quality report, which counts the others. For the
    same night their order is always the same, so that processes can name one by its number."""
    night, file_ledger = known.night, known.file_ledger
    return [
        partial(_single, home, known),
        partial(_single, quality, known),
        *units.page_makers(known),
        partial(_single, sampling, known),
        partial(plans.build, known),
        partial(work.build, known),
        *(partial(_single, page, known) for page in (risk, standards, counterfeit)),
        *brands.page_makers(known),
        partial(_single, labs, known),
        partial(laboratory.build, known),
        partial(_single, credit, known),
        partial(tracing.build, known),
        *(partial(_single, page, known) for page in (complaints, trade, items, lookup)),
        partial(sources.build, night, file_ledger, known.names),
        partial(_single, ledger, night, file_ledger),
        partial(gate.build, night),
        partial(columns.build, night),
        partial(_single, glossary),
        partial(_single, about, night),
        partial(guide.build),
        partial(_single, precision, night),
    ]


def _single(page: Any, *about: Any) -> Iterator[Page]:
    """The one page of a module."""
    yield page.build(*about)


def make(
    pages: Iterable[Page],
    shared: dict[str, Any],
    folder: MadeFolder,
    progress: Callable[[str], None] = lambda path: None,
) -> Made:
    """Render the pages into ``folder``, with the files of their figures, and return what was put there.
    ``shared``: what all templates get, as `site.shared_context` returns it; ``progress``: is called with the
    path of each page before it is rendered."""
    listed, downloads = list[tuple[str, Text, str]](), list[str]()
    put, written = dict[str, str](), folder.written
    for page in pages:
        progress(page.path)
        put[page.path] = folder.put(page.path, render(page, shared))
        for path, content in page.downloads.items():
            put[path] = folder.put(path, content)
        listed.append((page.path, page.title, page.search))
        downloads += page.downloads
    return Made(listed, downloads, put, folder.written - written)
