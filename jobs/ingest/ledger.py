"""The ledger: what landing knows of the files of earlier landings, and the rows that it adds.

It is kept in the table ops.ingest_file, to which rows are only appended: one for each edition of a file and
feed, and one more whenever something changes (landed again, received again, held, expired). The load key is
the hash by which bronze identifies the rows of one landed file. A mapping is the SHA-256 of all in a feed's
YAML that decides how its files land.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from jobs.file_limits import Limits
from jobs.ingest.model import Feed, Reason, Source
from jobs.lake import ops
from jobs.lake.tables import Lake

TABLE = "ops.ingest_file"
HELD = "held"  # the status of an edition that does not count until a person accepts it
STEP = timedelta(microseconds=1)  # between the rows of one landing; between two landings there is more
TICK_NS = 20_000_000  # twice the longest step of the clock by which Linux notes times of change
Changed = tuple[int, int]  # ns: the time by which editions are ordered, and the one that the file states
REPEATED_REASON = Reason("内容与此前收到的文件相同", "the same content was received before")
_COLUMNS = (
    "source feed file path size mtime_ns sha256 mapping load_key status reason_en loaded keys let_through "
    "received_on recorded_at"
).split()


class Edition(NamedTuple):
    """One content of one file of a source. ``file``: its path below the source's folder; ``sha256``: hex. A
    file that changes has a new edition."""

    source: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A row of ops.ingest_file, with the columns that landing needs. ``feed``: '' where no feed takes the
    file; ``path``: absolute, without personal data; ``size``: bytes; ``mtime_ns``: time of change,
    nanoseconds since 1970; ``sha256``: hex, '' for what is no regular file and was not opened; ``mapping``:
    of the feed, '' where no feed takes the file or an unexpected error refused it; ``loaded``: number of
    landed rows; ``keys``: how many different keys they have, None where none were counted; ``let_through``:
    the edition is never held."""

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
    loaded: int
    keys: int | None
    let_through: bool | None
    received_on: date
    recorded_at: datetime

    @property
    def repeats(self) -> bool:
        """Whether the entry only says that its content was received before. The rows of that content then
        belong to another entry with the same load key."""
        return self.status == "repeated" or (self.status == HELD and self.keys is None)

    @property
    def edition(self) -> Edition:
        """The edition that the entry is about."""
        return Edition(self.source, self.file, self.sha256)


def place_in_order(mtime_ns: int, clock: datetime) -> Changed:
    """The key, in nanoseconds, that orders the editions of one file: its time of change, but no later than
    the start (`begin_ns`) of the landing that first met it; then the time of change as the file states it.
    ``clock``: when that landing began.

    So an edition with a time of change in the future comes after everything that was there before that
    landing, and before what is changed and delivered later. Where one landing meets two such editions, the
    one with the later time of change comes last.
    """
    begin = begin_ns(clock)
    return min(mtime_ns, begin), mtime_ns


def begin_ns(clock: datetime) -> int:
    """The start of a landing in nanoseconds since 1970, to be compared with times of change: TICK_NS earlier
    than ``clock``. Systems note times of change by a clock that ticks some hundred times a second, so a file
    that is changed right after a landing started may state a time just before it."""
    since = clock - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000 - TICK_NS


class Ledger:
    """All that landing knows of earlier files. ``clock``: the start of this landing, later than all entries.
    "Newest" means the entry that was recorded last."""

    def __init__(self, entries: Iterable[Entry], limits: Limits | None = None):
        """``entries``: rows of ops.ingest_file, in any order; ``limits``: those of this landing, which begins
        now (None: the default ones). A refusal under other limits does not count: the file is read again."""
        self._limited = _limited(limits or Limits())
        self.clock = datetime.now(UTC)
        self.newest: dict[str, Entry] = {}  # load key → its newest entry other than `repeated`
        self.editions: dict[Edition, Entry] = {}  # → its newest entry
        self.current: dict[Edition, dict[str, Entry]] = {}  # → by feed ('': none) the newest entry
        self.received: dict[Edition, date] = {}  # → when it was first received
        self.first: dict[
            tuple[str, str], date
        ] = {}  # source, file → when any edition of it was first received
        self.changed: dict[Edition, Changed] = {}  # → its newest place in the order of editions
        self._met: dict[tuple[Edition, int], Changed] = {}  # edition, time of change → place when first met
        self.files: dict[tuple[str, str], dict[Edition, None]] = {}  # source, file → its editions
        self.taken: dict[Edition, dict[str, Entry]] = {}  # → by feed its newest entry that is no refusal
        self.read: dict[str, Entry] = {}  # load key → its newest entry with what was read
        self.let_through: set[Edition] = set()  # never held, however few rows they have
        self._sha256: dict[tuple[str, int, int], str] = {}  # path, size, time of change → hash
        self._seen: set[tuple[str, int, int, str]] = set()
        self.last = datetime(1970, 1, 1, tzinfo=UTC)
        for entry in sorted(entries, key=lambda e: e.recorded_at):
            self._take(entry)
            self.last = max(self.last, entry.recorded_at)
        self.clock = max(self.clock, self.last + 2 * STEP)

    def _take(self, entry: Entry) -> None:
        if entry.mapping.endswith(self._limited):
            entry = replace(entry, mapping=entry.mapping.removesuffix(self._limited))
        edition = entry.edition
        self._seen.add((entry.path, entry.size, entry.mtime_ns, entry.feed))
        if not entry.sha256:  # no regular file, and never opened: it is no edition
            return
        if not entry.repeats:
            self.newest[entry.load_key] = entry
        if entry.status != "refused":
            self.taken.setdefault(edition, {})[entry.feed] = entry
            if not entry.repeats:
                self.read[entry.load_key] = entry
        if entry.let_through:
            self.let_through.add(edition)
        self.files.setdefault(edition[:2], {})[edition] = None
        self.editions[edition] = self.current.setdefault(edition, {})[entry.feed] = entry
        self.received.setdefault(edition, entry.received_on)
        self.first.setdefault(edition[:2], entry.received_on)
        place = place_in_order(entry.mtime_ns, entry.recorded_at)
        place = self._met.setdefault((edition, entry.mtime_ns), place)
        self.changed[edition] = max(self.changed.get(edition, place), place)
        self._sha256[entry.path, entry.size, entry.mtime_ns] = entry.sha256

    def learn(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows (of `row`) that this landing will append to ops.ingest_file when it ends, as if they were
        recorded."""
        for each in rows:
            known = {name: each[name] for name in _COLUMNS if name != "recorded_at"}
            self._take(Entry(**known, recorded_at=self.clock))

    def place(self, edition: Edition, mtime_ns: int) -> Changed:
        """The place of an edition in the order of editions (`place_in_order`), where it is found now with the
        time of change ``mtime_ns``. An edition that was found with this time before keeps its place."""
        return self._met.get((edition, mtime_ns)) or place_in_order(mtime_ns, self.clock)

    def sha256(self, path: str, size: int, mtime_ns: int) -> str | None:
        """The SHA-256 (hex) of the content of a file that was read before with this path, size and time of
        change, each as in Entry; None where none was. So such a file need not be read again."""
        return self._sha256.get((path, size, mtime_ns))

    def seen(self, path: str, size: int, mtime_ns: int, feed: str) -> bool:
        """Whether there is an entry for this path, size, time of change and feed ('': for no feed)."""
        return (path, size, mtime_ns, feed) in self._seen

    def refused(self, edition: Edition) -> bool:
        """Whether the edition was read, and every feed that read it refused or holds it, so that an earlier
        edition of the file may count instead."""
        verdicts = [
            (entry.status, self.newest.get(entry.load_key, entry))
            for entry in self.current.get(edition, {}).values()
        ]
        # Without a mapping the error was ours, or no source claimed the file.
        verdicts = [(own, newest) for own, newest in verdicts if newest.mapping]
        return bool(verdicts) and all(own == HELD or newest.status == "refused" for own, newest in verdicts)


def read_ledger(lake: Lake, limits: Limits | None = None) -> Ledger:
    """The ledger of a lake, as a landing with ``limits`` (None: the default ones) sees it; an empty one where
    ops.ingest_file does not exist yet."""
    if not lake.exists(TABLE):
        return Ledger((), limits)
    there = {*lake.opened(TABLE).schema().to_arrow().names}  # an older lake lacks some columns
    rows = lake.arrow(TABLE, columns=[name for name in _COLUMNS if name in there]).to_pylist()
    return Ledger((Entry(**(dict.fromkeys(_COLUMNS) | row)) for row in rows), limits)


def limited_mapping(feed: Feed, limits: Limits) -> str:
    """The value of `ops.ingest_file.mapping` for a file that was refused because of ``limits``: it is not the
    feed's mapping, so that other limits have the file read again."""
    return f"{feed.mapping}{_limited(limits)}"


def _limited(limits: Limits) -> str:
    return f"@{limits.name}"


def load_key(
    source: str, feed: str, sha256: str, joined: Sequence[Sequence[Edition]] = (), named: str = ""
) -> str:
    """The key by which bronze identifies a loaded file (hex): SHA-256 of source, feed, content and the
    contents of the joined files.

    ``joined``: for each join, its editions in the order of delivery; ``named``: the file's name, where values
    are made from it, else ''.
    """
    contents = [" ".join(edition.sha256 for edition in editions) for editions in joined]
    name = [f"name {named}"] if named else []
    return hashlib.sha256("\n".join((source, feed, sha256, *contents, *name)).encode()).hexdigest()


def row(
    edition: Edition,
    path: str,
    size: int,
    mtime_ns: int,
    source: Source | None,
    feed: Feed | None,
    **outcome: Any,
) -> dict[str, Any]:
    """A row of ops.ingest_file as a dictionary, without `recorded_at`.

    ``path``: as in Entry; ``source``: None where no source YAML describes the folder; ``feed``: None where no
    feed takes the file. ``outcome``: further columns by name, such as `status`, `received_on` and counts;
    they replace those that are derived from the other arguments, such as the load key of a file without
    joins. Counts that are not given are 0; `exploded`, `produced`, `delivered_on` and `landed_path` are then
    no keys of the dictionary (null in the table).
    """
    name = feed.name if feed else ""
    counts = dict.fromkeys(("records", "unreadable", "rejected", "loaded", "unjoined", "unused"), 0)
    return {
        "source": edition.source,
        "family": source.family if source else "",
        "feed": name,
        "target": feed.target if feed else "",
        "mode": feed.mode if feed else "",
        "publisher_zh": source.publisher_zh if source else edition.source,
        "publisher_en": source.publisher_en if source else edition.source,
        "cadence": (feed and feed.cadence) or (source.cadence if source else "irregular"),
        "synthetic": source.synthetic if source else False,
        "file": edition.file,
        "path": path,
        "size": size,
        "mtime_ns": mtime_ns,
        "sha256": edition.sha256,
        "mapping": feed.mapping if feed else "",
        "load_key": load_key(edition.source, name, edition.sha256),
        "reason_zh": "",
        "reason_en": "",
        **counts,
        "keys": None,
        "let_through": False,
        "scrubbed": "{}",
        "unreadable_list": "[]",
        "drift": [],
        "missing": [],
        "warnings": [],
        **outcome,
    }


def table(rows: list[dict[str, Any]], start: datetime) -> pa.Table:
    """An Arrow table of rows for one commit to ops.ingest_file, in their order. ``rows``: as `row` returns
    them; each gets a `recorded_at`, STEP apart, the first ``start``. ``start``: `Ledger.clock`, which is
    later than all entries even where the machine's clock was set back."""
    return ops.rows(TABLE, [{**r, "recorded_at": start + i * STEP} for i, r in enumerate(rows)])
