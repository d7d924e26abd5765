"""Held editions: a file that replaces an earlier edition of its name with far less of it does not count until
somebody says that it shall (definitions.md#landing).

The verdict follows from the set of a file's editions, their times of change and who was let through, and from
nothing else: in whichever order they arrive, the same ones are held. So an edition that has landed is held
later where an earlier one turns up that it shrinks, and a held one counts once that is no longer so. A CSV
that is cut off inside its last field reads like a whole one (jobs.ingest.delimited); this rule catches it
where more than half of the file is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow.compute as pc

from jobs.contracts.document import suggestion
from jobs.errors import UsageError
from jobs.ingest.ledger import HELD, REPEATED_REASON, TABLE, Changed, Edition, Ledger
from jobs.ingest.model import Feed, Reason, Source
from jobs.lake.tables import Lake
from jobs.plurals import plural

NO_REASON = Reason("", "")


@dataclass(frozen=True)
class Size:
    """What one edition of a file holds for a feed. ``let_through``: it counts, however small."""

    sha256: str
    changed: Changed
    records: int  # usable ones
    keys: int | None  # different ones among them; None where that is not known
    let_through: bool = False


class Verdict(NamedTuple):
    """Whether an edition is held, and why."""

    edition: Edition
    feed: str
    held: bool
    reason: Reason


def held(editions: Iterable[Size], shrink: Fraction) -> dict[str, tuple[Size, Size]]:
    """The editions of one file that are held, by their sha256: (held edition, the earlier one that counts
    instead). Held are those with less than the share ``shrink`` of its records or keys."""
    found: dict[str, tuple[Size, Size]] = {}
    counting: Size | None = None
    for size in sorted(editions, key=lambda e: (e.changed, e.sha256)):
        if counting is not None and not size.let_through and _shrunk(counting, size, shrink):
            found[size.sha256] = (size, counting)
        else:
            counting = size
    return found


def _shrunk(before: Size, now: Size, shrink: Fraction) -> bool:
    if now.records < shrink * before.records:
        return True
    return before.keys is not None and now.keys is not None and now.keys < shrink * before.keys


def verdicts(
    files: Iterable[tuple[str, str]], ledger: Ledger, sources: Mapping[str, Source]
) -> Iterator[Verdict]:
    """What changes for the editions of these (source, file): those to be held, and those that count again."""
    for source, file in sorted(set(files)):
        known = ledger.files.get((source, file), {})
        feeds = sorted({name for edition in known for name in ledger.taken.get(edition, {}) if name})
        for name in feeds:
            feed = sources[source].feed(name) if source in sources else None
            if feed is not None:
                yield from _of_feed(feed, list(known), ledger)


def _of_feed(feed: Feed, editions: Sequence[Edition], ledger: Ledger) -> Iterator[Verdict]:
    sizes = []
    for edition in editions:
        entry = ledger.taken.get(edition, {}).get(feed.name)
        read = entry and ledger.read.get(entry.load_key)
        if read:
            through = edition in ledger.let_through
            sizes.append(Size(edition.sha256, ledger.changed[edition], read.loaded, read.keys, through))
    found = {} if feed.mode == "snapshot" else held(sizes, feed.shrink)
    for edition in editions:
        entry = ledger.taken.get(edition, {}).get(feed.name)
        if entry is None:
            continue
        if edition.sha256 in found:
            yield Verdict(edition, feed.name, True, _reason(*found[edition.sha256], feed.shrink))
        elif entry.status == HELD:
            yield Verdict(edition, feed.name, False, NO_REASON)


def _reason(now: Size, before: Size, shrink: Fraction) -> Reason:
    zh, en = _counts(now)
    zh_before, en_before = _counts(before)
    share = f"{float(shrink):.6g}"
    return Reason(
        f"不到上一版的{share}倍（本版{zh}，上一版{zh_before}），暂不采用，上一版继续有效；确认无误请放入 "
        "inbox/corrections/ 或运行 quality land --accept",
        f"has less than {share} of the edition before it ({en}; before: {en_before}), which goes on to "
        "count; if it is right, hand it in through inbox/corrections/ or run quality land --accept",
    )


def _counts(size: Size) -> tuple[str, str]:
    zh, en = f"{size.records:,}条记录", plural(size.records, "record")
    if size.keys is not None:
        zh, en = f"{zh}、{size.keys:,}个键", f"{en}, {plural(size.keys, 'key')}"
    return zh, en


def judged(verdict: Verdict, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A row of ops.ingest_file with the verdict's status and reason, None where it has them already."""
    if verdict.held:
        status, reason = HELD, verdict.reason
    elif row["status"] != HELD:
        return None
    elif row["keys"] is None:
        status, reason = "repeated", REPEATED_REASON
    else:
        status, reason = ("landed" if row["records"] else "empty"), NO_REASON
    new = {**row, "status": status, "reason_zh": reason.zh, "reason_en": reason.en}
    return None if new == row else new


def note_held(
    files: Iterable[tuple[str, str]],
    ledger: Ledger,
    sources: Mapping[str, Source],
    rows: list[dict[str, Any]],
    earlier: Callable[[Edition, str], dict[str, Any]],
) -> None:
    """Write the verdicts on these (source, file): into ``rows`` of this landing where the edition has one,
    else as a further row made of its newest ``earlier`` one."""
    changed = []
    for verdict in verdicts(files, ledger, sources):
        mine = [i for i, row in enumerate(rows) if _about(verdict, row)]
        for i in mine:
            if (new := judged(verdict, rows[i])) is not None:
                rows[i] = new
                changed.append(new)
        if not mine:
            new = judged(verdict, earlier(verdict.edition, verdict.feed))
            if new is not None:
                new["let_through"] = verdict.edition in ledger.let_through
                rows.append(new)
                changed.append(new)
    ledger.learn(changed)


def _about(verdict: Verdict, row: Mapping[str, Any]) -> bool:
    """Whether a row is of the verdict's edition and feed, and no refusal."""
    edition, feed = (row["source"], row["file"], row["sha256"]), row["feed"]
    return edition == verdict.edition and feed == verdict.feed and row["status"] != "refused"


def earlier_rows(lake: Lake) -> Callable[[Edition, str], dict[str, Any]]:
    """Finds the newest row of an edition and feed in ops.ingest_file that is no refusal."""

    @lru_cache(maxsize=64)
    def of_file(source: str, file: str) -> list[dict[str, Any]]:
        where = (pc.field("source") == source) & (pc.field("file") == file)
        rows: list[dict[str, Any]] = lake.arrow(TABLE, where=where).to_pylist()
        return sorted(rows, key=lambda row: row["recorded_at"])

    def find(edition: Edition, feed: str) -> dict[str, Any]:
        rows = [
            row
            for row in of_file(edition.source, edition.file)
            if row["sha256"] == edition.sha256 and row["feed"] == feed and row["status"] != "refused"
        ]
        return {"keys": None} | {name: value for name, value in rows[-1].items() if name != "recorded_at"}

    return find


def accepted(names: Sequence[str], ledger: Ledger) -> list[Edition]:
    """The newest held edition of each `SOURCE/FILE`. UsageError: there is none."""
    waiting: dict[str, Edition] = {}
    for edition in sorted(ledger.taken, key=lambda e: (ledger.changed[e], e.sha256)):
        if any(entry.status == HELD for entry in ledger.taken[edition].values()):
            waiting[f"{edition.source}/{edition.file}"] = edition
    for name in names:
        if name not in waiting:
            listed = f" (held: {', '.join(sorted(waiting)[:10])})" if waiting else " (nothing is held)"
            raise UsageError(
                f"{name}: no held edition of this name{suggestion(name, sorted(waiting)) or listed}"
            )
    return [waiting[name] for name in names]
