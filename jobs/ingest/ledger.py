"""What landing remembers: the append-only ops.ingest_file, read as state and written as rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from jobs.ingest.model import Feed, Source
from jobs.lake import ops
from jobs.lake.tables import Lake

TABLE = "ops.ingest_file"
_COLUMNS = ["source", "feed", "file", "path", "size", "mtime_ns", "sha256", "mapping", "load_key", "status", "reason_en",
            "received_on", "recorded_at"]


class Edition(NamedTuple):
    """One content under one logical name."""

    source: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A row of ops.ingest_file, as far as landing needs it."""

    source: str
    feed: str
    file: str
    path: str
    size: int
    mtime_ns: int
    sha256: str
    mapping: str
    load_key: str
    status: str
    reason_en: str
    received_on: date
    recorded_at: datetime

    @property
    def edition(self) -> Edition:
        return Edition(self.source, self.file, self.sha256)


class Ledger:
    """The state that follows from all entries, the newest last."""

    def __init__(self, entries: Iterable[Entry]):
        self.newest: dict[str, Entry] = {}                  # load key → its newest entry other than `repeated`
        self.editions: dict[Edition, Entry] = {}            # → its newest entry
        self.received: dict[Edition, date] = {}             # → when it was first received
        self._contents: dict[tuple[str, int, int], str] = {}
        self._seen: set[tuple[str, int, int, str]] = set()
        self.last = datetime(1970, 1, 1, tzinfo=UTC)
        for entry in sorted(entries, key=lambda e: e.recorded_at):
            if entry.status != "repeated":
                self.newest[entry.load_key] = entry
            self.editions[entry.edition] = entry
            self.received.setdefault(entry.edition, entry.received_on)
            self._contents[entry.path, entry.size, entry.mtime_ns] = entry.sha256
            self._seen.add((entry.path, entry.size, entry.mtime_ns, entry.feed))
            self.last = max(self.last, entry.recorded_at)

    def content(self, path: str, size: int, mtime_ns: int) -> str | None:
        """The SHA-256 of a file that has been read before and is unchanged since, by path, size and time of change."""
        return self._contents.get((path, size, mtime_ns))

    def seen(self, path: str, size: int, mtime_ns: int, feed: str) -> bool:
        """Whether this very file is written down for that feed ('': for no feed)."""
        return (path, size, mtime_ns, feed) in self._seen


def read_ledger(lake: Lake) -> Ledger:
    """The ledger of a lake; an empty one where nothing was ever landed."""
    if not lake.exists(TABLE):
        return Ledger(())
    return Ledger(Entry(**row) for row in lake.arrow(TABLE, columns=_COLUMNS).to_pylist())


def load_key(source: str, feed: str, sha256: str) -> str:
    """SHA-256 of source, feed and content: what bronze knows a loaded file by."""
    return hashlib.sha256(f"{source}\n{feed}\n{sha256}".encode()).hexdigest()


def row(
    edition: Edition, path: str, size: int, mtime_ns: int, source: Source | None, feed: Feed | None, **outcome: Any
) -> dict[str, Any]:
    """A row of ops.ingest_file; counts are 0 where ``outcome`` gives none. Without a feed it is a file that no feed takes."""
    name = feed.name if feed else ""
    counts = dict.fromkeys(("records", "unreadable", "rejected", "loaded", "unjoined", "unused"), 0)
    return {
        "source": edition.source, "family": source.family if source else "", "feed": name, "target": feed.target if feed else "",
        "publisher_zh": source.publisher_zh if source else edition.source,
        "publisher_en": source.publisher_en if source else edition.source,
        "cadence": source.cadence if source else "irregular", "synthetic": source.synthetic if source else False,
        "file": edition.file, "path": path, "size": size, "mtime_ns": mtime_ns, "sha256": edition.sha256,
        "mapping": feed.mapping if feed else "", "load_key": load_key(edition.source, name, edition.sha256),
        "reason_zh": "", "reason_en": "", **counts, "unreadable_list": "[]", "drift": [], "missing": [], "warnings": [],
        **outcome,
    }


def table(rows: list[dict[str, Any]], after: datetime) -> pa.Table:
    """Rows for one commit, in order of ``recorded_at``, which never goes back even where the clock does."""
    start = max(datetime.now(UTC), after + timedelta(microseconds=1))
    return ops.rows(TABLE, [{**r, "recorded_at": start + timedelta(microseconds=i)} for i, r in enumerate(rows)])
