"""The static site of the newest night: read, make pages, write what changed (outputs.md). No JVM, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.environment import Environment
from jobs.lake.tables import Lake
from jobs.reports.books import read_books
from jobs.reports.material import Night
from jobs.reports.names import names
from jobs.reports.pages import about, columns, complaints, gate, home, ledger, plans, platforms, regions, sources
from jobs.reports.reading import fingerprint, newest, read_night
from jobs.reports.rendering import HERE, Page, render
from jobs.reports.wording import Text
from jobs.reports.writing import SiteWriter, is_current, read_manifest

NAVIGATION = (
    ("index.html", Text("总览", "Overview")),
    ("platforms.html", Text("平台", "Platforms")),
    ("regions.html", Text("地区", "Provinces")),
    ("plans.html", Text("抽查通报", "Bulletins")),
    ("complaints.html", Text("万单投诉率", "Complaint rate")),
    ("sources.html", Text("数据来源", "Sources")),
    ("ledger.html", Text("数据台账", "Ledger")),
    ("gate.html", Text("质量闸", "Quality gate")),
    ("freshness.html", Text("时效", "Freshness")),
    ("dictionary.html", Text("数据字典", "Dictionary")),
    ("about.html", Text("说明", "About")),
)

MOST_NAMED = 8  # synthetic sources that the banner names; beyond, it counts them and their own page marks each


@dataclass(frozen=True)
class SiteReport:
    """``path``: the first page; ``pages``: HTML pages of the site; files written, left alone and removed in this call."""

    path: Path
    pages: int
    written: int
    unchanged: int
    removed: int


def write_site(env: Environment, *, progress: Callable[[str], None] | None = None) -> SiteReport:
    """Write the site of the newest night below ``env.site``; UsageError where no night is in force.

    ``progress`` is called with each page's path. A site already made from the same night, contracts and code is left as it is.
    """
    snapshot = newest(Lake(env.lake))
    data_docs = (env.site / "data_docs" / "index.html").is_file()
    made_from = fingerprint(snapshot, HERE, env.source_roots, data_docs=data_docs)
    if is_current(env.site, made_from):
        files = read_manifest(env.site)["files"]
        return SiteReport(env.site / "index.html", sum(p.endswith(".html") for p in files), 0, len(files), 0)
    writer = SiteWriter(env.site)
    count = 0
    night = read_night(snapshot, env.source_roots, data_docs=data_docs)
    shared = shared_context(night)
    for page in pages(night):
        if progress is not None:
            progress(page.path)
        writer.put(page.path, render(page, shared))
        for path, content in page.downloads.items():
            writer.put(path, content)
        count += 1
    removed = writer.finish(made_from)
    return SiteReport(env.site / "index.html", count, writer.written, writer.unchanged, len(removed))


def pages(night: Night) -> Iterator[Page]:
    """All pages of the site, one at a time."""
    known, books = names(night), read_books(night)
    yield home.build(night, known, books)
    yield from platforms.build(night, known)
    yield from regions.build(night, known)
    yield plans.build(night, known)
    yield complaints.build(night, known)
    yield from sources.build(night, books)
    yield ledger.build(night, books)
    yield from gate.build(night)
    yield columns.build(night)
    yield about.build(night)


def shared_context(night: Night) -> dict[str, Any]:
    """What every page shows: the date, the navigation, the banners."""
    return {"night": night, "navigation": NAVIGATION, "most_named": MOST_NAMED}
