"""What the site is made from, and whether it already is: asked before the code of the pages is imported,
which takes longer than the answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.code_identity import CONTRACTS, code_hash, made_from
from jobs.environment import Environment
from jobs.lake.night import Snapshot
from jobs.lake.tables import Lake
from jobs.reports.browser_files import LIBRARIES
from jobs.reports.framed import ensure_indexes
from jobs.reports.reading import newest, read_from
from jobs.whole_folder import is_current, read_manifest

HERE = Path(__file__).parent
SITE = "jobs.reports.site"  # the module whose imports are the site's code


@dataclass(frozen=True)
class SiteReport:
    """Where the site is and what writing it changed."""

    path: Path
    pages: int
    written: int
    unchanged: int
    removed: int


@dataclass(frozen=True)
class Origin:
    """The night that the site shows, whether Data Docs lie beside it, and the hash of all that it is made
    from."""

    snapshot: Snapshot
    data_docs: bool
    made_from: Any


def site_origin(env: Environment) -> Origin:
    """Of the newest night; UsageError where there is none."""
    snapshot = newest(Lake(env.lake))
    ensure_indexes(env.site)
    data_docs = (env.site / "data_docs" / "index.html").is_file()
    found = made_from(site_code(), read_from(snapshot, env.source_roots), data_docs)
    return Origin(snapshot, data_docs, found)


def current_site(env: Environment, origin: Origin | None = None) -> SiteReport | None:
    """The site as it is, where it is made from the newest night, contracts and code; else None."""
    origin = origin or site_origin(env)
    if not is_current(env.site, origin.made_from):
        return None
    files = read_manifest(env.site)["files"]
    return SiteReport(env.site / "index.html", sum(p.endswith(".html") for p in files), 0, len(files), 0)


def site_code() -> str:
    """Hash of the code, templates and contracts that pages are made by."""
    files = (HERE / "templates", HERE / "static", HERE / "proofs", HERE / "guide", *CONTRACTS)
    return code_hash([SITE], files, libraries=("jinja2", "markupsafe", "markdown-it-py", *LIBRARIES))
