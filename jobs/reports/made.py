"""What the site is made from (a night, code, contracts), and whether the written site is still made from
exactly that. This is checked before the code of the pages is imported, which takes longer than the check."""

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
from jobs.reports.shelved import Shelved, shelved
from jobs.whole_folder import is_current, read_manifest

HERE = Path(__file__).parent
SITE = "jobs.reports.site"  # the module whose imports are the site's code


@dataclass(frozen=True)
class SiteReport:
    """Result of writing the site. ``path``: of its first page on disk; ``pages``: number of pages;
    ``written``, ``unchanged``, ``removed``: numbers of files."""

    path: Path
    pages: int
    written: int
    unchanged: int
    removed: int


@dataclass(frozen=True)
class Origin:
    """What the site is made from. ``snapshot``: the newest night; ``data_docs``: whether the gate's Data Docs
    (HTML by Great Expectations) are there; ``bundles``: published bundles beside the site; ``made_from``: a
    hash of all that the site is made from."""

    snapshot: Snapshot
    data_docs: bool
    bundles: tuple[Shelved, ...]
    made_from: Any


def site_origin(env: Environment) -> Origin:
    """Return what the site of the newest night is made from. UsageError where there is no night yet. Also
    writes empty lists of notebooks and of workbooks where these pages do not exist (`ensure_indexes`)."""
    lake = Lake(env.lake)
    snapshot = newest(lake)
    ensure_indexes(env.site)
    data_docs = (env.site / "data_docs" / "index.html").is_file()
    bundles = shelved(lake, env.published)
    found = made_from(site_code(), read_from(snapshot, env.source_roots), data_docs, bundles)
    return Origin(snapshot, data_docs, bundles, found)


def current_site(env: Environment, origin: Origin | None = None) -> SiteReport | None:
    """Return a report on the site on disk if it is made from ``origin`` (by default the newest night with the
    present code and contracts), else None: then it has to be written again."""
    origin = origin or site_origin(env)
    if not is_current(env.site, origin.made_from):
        return None
    files = read_manifest(env.site)["files"]
    return SiteReport(env.site / "index.html", sum(p.endswith(".html") for p in files), 0, len(files), 0)


def site_code() -> str:
    """Return a hash of all that pages are made by: the code of SITE and its imports, templates, scripts,
    guide, proofs, contracts, and versions of libraries."""
    files = (HERE / "templates", HERE / "static", HERE / "proofs", HERE / "guide", *CONTRACTS)
    return code_hash([SITE], files, libraries=("jinja2", "markupsafe", "markdown-it-py", *LIBRARIES))
