"""Hold back an edition of a file that has far fewer records than the edition before it: it does not count
until a person accepts it (definitions.md#landing).

The decision depends only on the editions of the file, their times of change and which ones were accepted, not
on the order in which they arrive. So an edition that has already landed is held later, where an earlier and
larger edition turns up, and a held one counts once it is no longer too small. This rule also catches a CSV
file that is cut off inside its last field, which reads like a whole one (jobs.ingest.delimited), where more
than half of it is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import pyarrow.compute as pc

from jobs.contracts.document import suggestion
from jobs.errors import UsageError
from jobs.ingest.ledger import HELD, REPEATED_REASON, TABLE, Changed, Edition, Ledger
from jobs.ingest.model import Feed, Reason, Source
from jobs.ingest.verdict import EMPTY
from jobs.lake.tables import Lake
from jobs.plurals import plural

NO_REASON = Reason("", "")
NO_BYTES = sha256(b"").hexdigest()  # the content of a file that was cut off before its first byte
CLEARS = "本版没有数据，取代上一版"  # how the warning of an edition begins that takes rows away


@dataclass(frozen=True)
class Size:
    """How much one edition of a file holds for a feed. ``changed``: its place in the order of editions;
    ``let_through``: a person has accepted it, so it is never held."""

    sha256: str
    changed: Changed
    records: int  # usable ones
    keys: int | None  # different ones among them; None where that is not known
    let_through: bool = False


class Verdict(NamedTuple):
    """Whether an edition is held for a feed (``feed``: its name), and why; the reason is NO_REASON where it
    is not. ``cleared``: of one without records, what it takes away (NO_REASON: nothing)."""

    edition: Edition
    feed: str
    held: bool
    reason: Reason
    cleared: Reason = NO_REASON


def held(editions: Iterable[Size], shrink: Fraction) -> dict[str, tuple[Size, Size]]:
    """Decide which editions of one file are held for one feed. Returns SHA-256 of each held edition → (it,
    the earlier edition that counts instead).

    ``editions``: in any order; they are ordered by ``changed``, then SHA-256. An edition is held where its
    records or its different keys are fewer than ``shrink`` (0–1) times those of the last edition before it
    that counts, and with any ``shrink`` where it has no byte and the other has records: a header without rows
    says that there are none, a file that was cut off says nothing.
    """
    found: dict[str, tuple[Size, Size]] = {}
    counting: Size | None = None
    for size in sorted(editions, key=lambda e: (e.changed, e.sha256)):
        if counting is not None and not size.let_through and _shrunk(counting, size, shrink):
            found[size.sha256] = (size, counting)
        else:
            counting = size
    return found


def replaced(editions: Iterable[Size], held_: Collection[str]) -> dict[str, Size]:
    """Return SHA-256 of each edition that counts, has no records and follows an edition with records → that
    earlier edition, whose records no longer count. It is the last edition before it that counts.

    ``editions``: of one file and feed, in any order; they are ordered as in `held`; ``held_``: the SHA-256 of
    those that do not count."""
    found: dict[str, Size] = {}
    before: Size | None = None
    for size in sorted(editions, key=lambda e: (e.changed, e.sha256)):
        if size.sha256 in held_:
            continue
        if before is not None and before.records and not size.records:
            found[size.sha256] = before
        before = size
    return found


def _shrunk(before: Size, now: Size, shrink: Fraction) -> bool:
    if now.sha256 == NO_BYTES and before.records:
        return True
    if now.records < shrink * before.records:
        return True
    return before.keys is not None and now.keys is not None and now.keys < shrink * before.keys


def verdicts(
    files: Iterable[tuple[str, str]], ledger: Ledger, sources: Mapping[str, Source]
) -> Iterator[Verdict]:
    """Yield the decisions about the editions of these files, given as (source, file): those that are held
    now, those that were held and count again, and those without records. Files are sorted; a feed that is not
    in ``sources`` (name → Source) any more is left out."""
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
    without, taken_away = {size.sha256 for size in sizes if not size.records}, replaced(sizes, found)
    for edition in editions:
        entry = ledger.taken.get(edition, {}).get(feed.name)
        if entry is None:
            continue
        if edition.sha256 in found:
            yield Verdict(edition, feed.name, True, _reason(*found[edition.sha256], feed.shrink))
        elif entry.status == HELD or edition.sha256 in without:
            before = taken_away.get(edition.sha256)
            cleared = _takes_away(before) if before else NO_REASON
            yield Verdict(edition, feed.name, False, NO_REASON, cleared)


def _reason(now: Size, before: Size, shrink: Fraction) -> Reason:
    zh, en = _counts(now)
    zh_before, en_before = _counts(before)
    if now.sha256 == NO_BYTES:
        return Reason(
            f"文件为0字节（上一版{zh_before}），暂不采用，上一版继续有效；当期确无数据的，请报送只有表头的文件；"
            "确认无误请放入 inbox/corrections/ 或运行 quality land --accept",
            f"has no byte (before: {en_before}), so that the edition before it goes on to count; where there "
            "are no records, hand in a file with its header; if it is right, hand it in through "
            "inbox/corrections/ or run quality land --accept",
        )
    share = f"{float(shrink):.6g}"
    return Reason(
        f"不到上一版的{share}倍（本版{zh}，上一版{zh_before}），暂不采用，上一版继续有效；确认无误请放入 "
        "inbox/corrections/ 或运行 quality land --accept",
        f"has less than {share} of the edition before it ({en}; before: {en_before}), which goes on to "
        "count; if it is right, hand it in through inbox/corrections/ or run quality land --accept",
    )


def _takes_away(before: Size) -> Reason:
    zh, en = _counts(before)
    return Reason(
        f"{CLEARS}（{zh}），其各行不再采用",
        f"it holds no record and replaces the edition before it ({en}), whose rows count no more",
    )


def _counts(size: Size) -> tuple[str, str]:
    zh, en = f"{size.records:,}条记录", plural(size.records, "record")
    if size.keys is not None:
        zh, en = f"{zh}、{size.keys:,}个键", f"{en}, {plural(size.keys, 'key')}"
    return zh, en


def judged(verdict: Verdict, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A copy of ``row`` with the status, the reason and the warning that the verdict gives it; None where it
    has them already. ``row``: a row of ops.ingest_file about the verdict's edition and feed."""
    status, reason = row["status"], Reason(row["reason_zh"], row["reason_en"])
    if verdict.held:
        status, reason = HELD, verdict.reason
    elif status == HELD and row["keys"] is None:
        status, reason = "repeated", REPEATED_REASON
    elif status == HELD:
        status, reason = ("landed", NO_REASON) if row["records"] else ("empty", EMPTY)
    # What it takes away depends on the edition before it, which may arrive later.
    warnings = [w for w in row["warnings"] or () if not w.startswith(CLEARS)]
    if verdict.cleared.en and status in ("empty", "repeated"):
        warnings.append(str(verdict.cleared))
    new = {**row, "status": status, "reason_zh": reason.zh, "reason_en": reason.en, "warnings": warnings}
    return None if new == row else new


def note_held(
    files: Iterable[tuple[str, str]],
    ledger: Ledger,
    sources: Mapping[str, Source],
    rows: list[dict[str, Any]],
    earlier: Callable[[Edition, str], dict[str, Any]],
) -> None:
    """Apply the verdicts on these files (`verdicts`), given as (source, file), to the rows of ops.ingest_file
    that this landing will add.

    ``rows`` are changed in place: the rows about a verdict's edition and feed, refusals apart. Where there is
    none, a changed copy of the row that ``earlier`` (`earlier_rows`) returns for (edition, name of the feed)
    is added, unless the verdict changes nothing. ``ledger`` learns the changed rows. ``sources``: by name.
    """
    changed = []
    about: dict[tuple[Edition, str], list[int]] = {}
    for i, row in enumerate(rows):
        if row["status"] != "refused":
            about.setdefault(_about(row), []).append(i)
    for verdict in verdicts(files, ledger, sources):
        mine = about.get((verdict.edition, verdict.feed), [])
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


def _about(row: Mapping[str, Any]) -> tuple[Edition, str]:
    """The edition and the feed that a row of ops.ingest_file is about."""
    return Edition(row["source"], row["file"], row["sha256"]), row["feed"]


def earlier_rows(lake: Lake) -> Callable[[Edition, str], dict[str, Any]]:
    """Return a function (edition, name of a feed) → the newest row of ops.ingest_file about them that is not
    a refusal, without `recorded_at`. It raises IndexError where there is none."""

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
    """The newest held edition of each name, `SOURCE/FILE`, in the order of ``names``. Raises UsageError where
    a name has none."""
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
