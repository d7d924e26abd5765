"""The static site of the newest night: reads its tables, makes the pages and writes the files that changed
(definitions.md#site). No JVM, no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from jobs.environment import Environment
from jobs.lake.night import Snapshot
from jobs.reports.beside import shared_out
from jobs.reports.browser_files import put_browser_files
from jobs.reports.contacting import UNNAMED, whom_to_ask
from jobs.reports.gathered import Gathered, gather
from jobs.reports.made import SiteReport, current_site, site_origin
from jobs.reports.page_makers import NAVIGATION, make, parts
from jobs.reports.pages import quality_report, searching
from jobs.reports.reading import read_night
from jobs.reports.rendering import OPS_TABLES
from jobs.reports.search_files import Filed
from jobs.reports.shelved import Shelved, with_batches
from jobs.whole_folder import MadeFolder

# Synthetic sources that the banner names; beyond, it counts them and their own page marks each.
MOST_NAMED = 8


def write_site(
    env: Environment,
    *,
    progress: Callable[[str], None] = lambda path: None,
    pool: ProcessPoolExecutor | None = None,
) -> SiteReport:
    """Write the site of the newest night below ``env.site`` and return what changed. A site that is already
    made from that night and the present code is left as it is. UsageError where there is no night.

    ``progress``: is called with the path of each page; ``pool``: processes that make some of the pages, with
    the same result; None for this process alone.
    """
    origin = site_origin(env)
    there = current_site(env, origin)
    if there is not None:
        return there
    writer = MadeFolder(env.site)
    reading = partial(
        read,
        origin.snapshot,
        tuple(env.source_roots),
        data_docs=origin.data_docs,
        bundles=with_batches(env.published, origin.bundles),
    )
    known, shared = reading()
    put_browser_files(writer)
    if pool is None:
        made = [part(shared, writer, progress) for part in parts(known)]
    else:
        made = shared_out(known, shared, reading, pool, writer, progress)
    last = quality_report.build(
        known,
        pages=sum(len(part.listed) for part in made),
        files=[path for part in made for path in part.downloads],
    )
    made.append(make([last], shared, writer, progress))
    listed = [page for part in made for page in part.listed]
    filed = [Filed({}, part.index) for part in made]
    for path, content in searching.files(known, listed, *filed).items():
        writer.put(path, content)
    removed = writer.finish(origin.made_from)
    return SiteReport(env.site / "index.html", len(listed), writer.written, writer.unchanged, len(removed))


def read(
    snapshot: Snapshot, roots: Sequence[Path], *, data_docs: bool, bundles: tuple[Shelved, ...] = ()
) -> tuple[Gathered, dict[str, Any]]:
    """Return what pages are made from and what all templates get (`shared_context`). The arguments are those
    of `read_night`."""
    known = gather(read_night(snapshot, roots, data_docs=data_docs, bundles=bundles))
    return known, shared_context(known)


def shared_context(known: Gathered) -> dict[str, Any]:
    """Return the values that all templates get: the night, the navigation, how many things a page names at
    most (most_named), the function that returns the address of a unit's page (href), the names of all tables
    with a contract or schema, how many synthetic sources the banner names, what stands around pages as
    `rendering.render` keeps it (layouts), and whom to ask about the data."""
    return {
        "night": known.night,
        "navigation": NAVIGATION,
        "most_named": MOST_NAMED,
        "href": known.names.href,
        "layouts": {},
        "whom_to_ask": whom_to_ask(synthetic=bool(known.night.synthetic_sources)) or UNNAMED,
        "known_tables": set(known.night.dictionary["table"]) | set(OPS_TABLES),
    }
