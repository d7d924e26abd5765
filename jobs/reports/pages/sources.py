"""Pages of sources. A source is a provider of files; a feed is one kind of file of a source. sources.html
lists all sources; the page of one source shows its provider what to correct in its files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from jobs.deployment import deployment
from jobs.ingest.model import Feed
from jobs.iso_codes import country_name
from jobs.reports import source_facts as facts
from jobs.reports.advice import AGAIN, MISNAMED, for_file, misnamed
from jobs.reports.counting import MOST_LINES
from jobs.reports.downloads import csv_bytes
from jobs.reports.file_ledger import FileLedger, unreadable_frame
from jobs.reports.material import Night
from jobs.reports.names import Names, page_name
from jobs.reports.pages.file_format import format_entries
from jobs.reports.rendering import Page
from jobs.reports.wording import CADENCE, FAMILY, Text, label

SHOWN = 100  # of a long list; the download holds all of it and the page says so


def build(night: Night, file_ledger: FileLedger, names: Names) -> Iterator[Page]:
    """Yield sources.html, then sources/<source>.html for every source that a file ever came from, by name.

    ``file_ledger``: all files of the night (`read_file_ledger`); ``names``: which parties have a page.
    Downloads: one row per source (sources.csv); for each source its files, its unreadable records and its
    quarantined rows.
    """
    entries = [_source(night, name, file_ledger.of(name)) for name in source_names(night)]
    yield Page(
        "sources.html",
        "sources.html",
        Text("数据来源", "Sources"),
        "sources.html",
        {
            "families": _families(entries),
            "bad_sources": bad_sources(night),
            "page_name": page_name,
            "outcomes": facts.DISPOSED,
        },
        {"data/sources.csv": csv_bytes(_overview(entries))},
    )
    for entry in entries:
        yield _page(night, entry, names)


def _families(entries: list[dict[str, Any]]) -> list[tuple[Text, list[dict[str, Any]]]]:
    """Return the sources by kind of provider, each kind with its name; within a kind those with something to
    correct first."""
    found: dict[str, list[dict[str, Any]]] = {code: [] for code in FAMILY}
    for entry in sorted(entries, key=lambda e: (not e["bad"], e["name"])):
        found.setdefault(entry["code"], []).append(entry)
    return [(listed[0]["family"], listed) for listed in found.values() if listed]


def bad_sources(night: Night) -> list[dict[str, Any]]:
    """Return one dict per source YAML that was refused: ``name`` of the source (of the file where the
    source's is not known) and ``problems``, texts `file:line: field: what` without folders of the
    machine."""
    sources = night.sources
    return [
        {"name": b.name or b.path.name, "problems": [sources.without_folders(p) for p in b.problems]}
        for b in sources.bad
    ]


def source_names(night: Night) -> list[str]:
    """Return the names of all sources that a file ever came from, sorted."""
    return sorted(set(night.landed["source"]))


def _source(night: Night, name: str, file_ledger: FileLedger) -> dict[str, Any]:
    """Return what the page shows of the source ``name``. ``file_ledger``: of its files only."""
    stated = night.sources.good.get(name)
    feeds: tuple[Feed, ...] = stated.feeds if stated else ()
    last = file_ledger.landed.sort_values("recorded_at", kind="stable").iloc[-1].to_dict()
    keys = set(file_ledger.landed["load_key"].dropna())
    entry: dict[str, Any] = {
        "name": name,
        "publisher": Text(last["publisher_zh"], last["publisher_en"]),
        "code": last["family"] or "unregistered",
        "family": label(FAMILY, last["family"]),
        "cadence": label(CADENCE, last["cadence"]),
        "synthetic": bool(last["synthetic"]),
        "agreed": stated is not None,
        "problems": [p for b in bad_sources(night) if b["name"] == name for p in b["problems"]],
        "patterns": [(f.name, ", ".join(f.files)) for f in feeds],
        "file_ledger": file_ledger,
        "feeds": facts.feed_entries(night, name, feeds, file_ledger),
        "changes": facts.column_changes(file_ledger.landed),
        "flags": facts.flag_entries(night, feeds, keys, name),
        "received": max(file_ledger.landed["received_on"]),
        "stated": feeds,
        "abroad": _abroad(feeds),
    }
    entry["to_mend"] = facts.to_mend(entry)
    entry["bad"] = bool(entry["problems"]) or any(grade == "bad" for _, _, grade in entry["to_mend"])
    return entry


def _abroad(feeds: tuple[Feed, ...]) -> list[Text]:
    """Return the names of the other jurisdictions whose rows the source files, by code."""
    codes = sorted({feed.jurisdiction or deployment().code for feed in feeds} - {deployment().code})
    return [Text(country_name(code, "zh"), country_name(code, "en")) for code in codes]


def _header_lines(feeds: tuple[Feed, ...]) -> str:
    """The lines of the column names in the source's CSV files, as `1`, `1 / 2`; '' where it has none."""
    lines = {f.options.header_row for f in feeds if f.format in ("csv", "tsv")}
    return " / ".join(map(str, sorted(lines)))


def _again(entry: dict[str, Any], patterns: list[str]) -> list[Text]:
    """How files that need correcting are filed: under the name that they have, but for those whose name was
    not agreed."""
    others = [misnamed(file, patterns) for file in entry["file_ledger"].refused_files]
    alone = any(others) and all(others) and all(anchor == "refused" for anchor, _, _ in entry["to_mend"])
    return [AGAIN] * (not alone) + [MISNAMED] * any(others)


def _page(night: Night, entry: dict[str, Any], names: Names) -> Page:
    name, file_ledger = entry["name"], entry["file_ledger"]
    stem = f"data/source_{page_name(name)[:-5]}"
    quarantined = night.frame("quarantine.rows")
    patterns = [pattern for feed in entry["stated"] for pattern in feed.files]
    rows = int(quarantined.loc[quarantined["source"] == name, "rows"].sum())
    context = {
        "s": entry,
        "waiting": sorted({feed["target"] for feed in entry["feeds"] if feed["target"]}),
        "rules": facts.quarantine_entries(night, name, entry["stated"]),
        "quarantined": rows,
        "most_lines": MOST_LINES,
        "shown": SHOWN,
        "summed": facts.SUMMED,
        "outbox_file": facts.OUTBOX_FILE,
        "csv_heads": _header_lines(entry["stated"]),
        "again": _again(entry, patterns),
        "mend": lambda file: for_file(file, patterns),
        "stem": stem,
        "party": _party(night, name, names),
        "formats": format_entries(night, night.sources.good.get(name)),
    }
    downloads = {
        f"{stem}_ledger.csv": csv_bytes(_ledger(night, file_ledger)),
        f"{stem}_unreadable.csv": csv_bytes(unreadable_frame(file_ledger)),
        f"{stem}_quarantine.csv": csv_bytes(facts.quarantine_frame(night, name, entry["stated"])),
    }
    return Page(
        f"sources/{page_name(name)}",
        "source.html",
        entry["publisher"],
        "sources.html",
        context,
        downloads,
        _found_by(night, name),
    )


def _party(night: Night, name: str, names: Names) -> str | None:
    """Return the path of the page with the figures on the party that files a source, a platform, a province,
    a laboratory or a brand; None where it has no page."""
    source = night.sources.good.get(name)
    dimension, _, code = source.recipient.partition("_") if source else ("", "", "")
    return names.href(dimension, code) if dimension in names.paged else None


def _found_by(night: Night, name: str) -> str:
    """Return the words by which the search finds a source: its name, and the code of the party that files
    it."""
    source = night.sources.good.get(name)
    return " ".join([name, source.recipient.partition("_")[2] if source else ""]).strip()


def _ledger(night: Night, file_ledger: FileLedger) -> pd.DataFrame:
    """Return the source's files for download: ops.reconciliation with what landing noted about each file."""
    ledger = night.frame("ops.reconciliation")
    noted = [
        c
        for c in ("size", "delivered_on", "live", "drift", "missing", "warnings", "scrubbed")
        if c in file_ledger.landed
    ]
    key = ["source", "feed", "file", "sha256"]
    return ledger.merge(file_ledger.landed[[*key, *noted]], on=key, how="right").drop(columns=["load_key"])


def _overview(entries: list[dict[str, Any]]) -> pd.DataFrame:
    rows = []
    for e in entries:
        totals = e["file_ledger"].totals
        rows.append(
            {
                "source": e["name"],
                "publisher_zh": e["publisher"].zh,
                "publisher_en": e["publisher"].en,
                "files": e["file_ledger"].distinct,
                "refused": len(e["file_ledger"].refused_files),
                "for_information": len(e["file_ledger"].for_information),
                **{n: totals[n] for n in (*facts.SUMMED, *facts.SPLIT)},
                "last_received": e["received"],
                "late_feeds": sum(f["late"] for f in e["feeds"]),
                "balanced": not e["file_ledger"].unbalanced,
            }
        )
    return pd.DataFrame(rows)
