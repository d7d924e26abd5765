"""Work out from ops.ingest_file, to which rows are only appended, which contents of which files count now.
Pure pandas. A content is known by its load key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from jobs.ingest.counting import EDITION_ORDER, FILE, Counting, countings, placed
from jobs.ingest.ledger import HELD

LANDED, EMPTY, REPEATED, REFUSED = "landed", "empty", "repeated", "refused"
COUNTS = ("records", "unreadable", "exploded", "produced", "rejected", "loaded", "unjoined", "unused")
_READ = ("load_key", "delivered_on", "status", "mode", *FILE[:2])  # by _live
EXPIRED = "expired"  # landed once, and past the retention of its target since


class Live(NamedTuple):
    """A content that counts now, with the first and last delivery date of the files that hold it (None:
    unknown): one content may come under several names."""

    load_key: str
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Units:
    """The state of the files of one silver table, ``target``.

    ``landed``: the rows of ops.ingest_file that bronze must hold, one per load key; ``live``: the contents
    that are the newest edition of a file; ``deliveries``: (source, feed, day) of the deliveries of snapshot
    feeds, empty files among them; ``times``: the periods in which the contents of ``landed`` counted.
    """

    target: str
    landed: pd.DataFrame
    live: tuple[Live, ...]
    deliveries: tuple[tuple[str, str, date], ...] = ()
    times: tuple[Counting, ...] = ()

    @property
    def content(self) -> str:
        """Hash (SHA-256, hex) of load keys and mappings in ``landed``: it changes where bronze must
        change."""
        keys = zip(self.landed["load_key"], self.landed["mapping"], strict=True)
        return _hash([f"{load_key} {mapping}" for load_key, mapping in keys])

    @property
    def editions(self) -> str:
        """Hash (SHA-256, hex) of ``live``, ``deliveries`` and ``times``, on which silver depends as well as
        on bronze."""
        return _hash(["/".join(map(str, each)) for each in (*self.live, *self.deliveries, *self.times)])


def _hash(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def current(ingest: pd.DataFrame) -> pd.DataFrame:
    """One row per source, feed, file and content, sorted by these: its newest row of ops.ingest_file. A
    refusal under an edited mapping does not replace an earlier landing.

    ``ingest``: ops.ingest_file as pandas. Two columns are added: ``changed_ns``, the time by which editions
    of a file are ordered (`place_in_order`), and ``live``: the content is the newest edition of the file
    among those that are neither refused nor held. A held edition has counts of 0.
    """
    if ingest.empty:
        return ingest.assign(live=pd.Series(dtype=bool), changed_ns=pd.Series(dtype="int64"))
    # What repeats a refused content is refused, too.
    taken = ingest.loc[~ingest["status"].isin([REFUSED, REPEATED]), "load_key"]
    rows = ingest.assign(_ok=(ingest["status"] != REFUSED) & ingest["load_key"].isin(taken))
    rows = rows.sort_values(["_ok", "recorded_at", "mapping"], kind="stable")
    # A file that was touched or put back keeps the ledger row of its landing, with the time of its newest
    # edition.
    rows = _with_verdict(_ordered(rows))
    rows, content = rows.assign(_booked=rows["status"] != REPEATED), rows.groupby([*FILE, "sha256"])
    # With other contents of joined files it was landed under another load key: the newest one counts.
    rows = rows[rows["load_key"] == content["load_key"].transform("last")].sort_values(
        ["_ok", "_booked"], kind="stable"
    )
    rows = rows.drop_duplicates([*FILE, "sha256"], keep="last")
    editions = (
        rows[rows["_ok"] & (rows["status"] != HELD)]
        .sort_values(EDITION_ORDER, kind="stable")
        .drop_duplicates(FILE, keep="last")
    )
    rows = rows.assign(live=rows.index.isin(editions.index))
    return (
        rows.drop(columns=["_ok", "_booked"])
        .sort_values([*FILE, "sha256"], kind="stable")
        .reset_index(drop=True)
    )


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the newest place of their content in the order of the file's editions (`place_in_order`)."""
    rows = placed(rows)
    newest = rows.sort_values(["changed_ns", "mtime_ns"], kind="stable").groupby([*FILE, "sha256"])
    return rows.assign(**{name: newest[name].transform("last") for name in ("changed_ns", "mtime_ns")})


def _with_verdict(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that agree with the verdict on their content, which is that of its newest row that is no refusal:
    of a held one only what says so, with no counts; else what a held row would be if it were not."""
    mine = rows["status"] == HELD
    if not mine.any():
        return rows
    verdict = rows["status"].where(rows["_ok"]).groupby([rows[c] for c in (*FILE, "sha256")])
    held = verdict.transform("last") == HELD
    back = mine & ~held
    read = rows["records"].gt(0).map({True: LANDED, False: EMPTY}).where(rows["keys"].notna(), REPEATED)
    columns = {"status": rows["status"].mask(back, read)}
    columns |= {name: rows[name].mask(back, "") for name in ("reason_zh", "reason_en")}
    columns |= {name: rows[name].mask(mine & held & rows[name].notna(), 0) for name in COUNTS}
    return rows.assign(**columns)[mine | ~held | (rows["status"] == REFUSED)]


def units(ingest: pd.DataFrame) -> dict[str, Units]:
    """The state of each silver table that a file was ever landed for: the table's name without `silver.` →
    Units. ``ingest``: ops.ingest_file as pandas, all rows in any order.

    A content that came again (`repeated`) has its rows from its first landing. A held content is in bronze
    too, so that it can count at once when it is accepted.
    """
    rows = current(ingest)
    # A held content is loaded like others, so that it can count at once when it is let through.
    read = ingest["status"].isin([LANDED, EXPIRED])
    if (ingest["status"] == HELD).any():
        read |= (ingest["status"] == HELD) & ingest["landed_path"].notna()
    landings = ingest[read].replace({"status": {HELD: LANDED}})
    landings = landings.sort_values(["recorded_at", "mapping"], kind="stable")
    landings = landings.drop_duplicates("load_key", keep="last").sort_values("load_key", kind="stable")
    targets = sorted(set(landings["target"]) - {""})  # without those that are only joined
    landings = landings[landings["load_key"].isin(rows["load_key"]) & (landings["status"] == LANDED)]
    landed = dict(iter(landings.groupby("target")))
    of = dict(zip(landings["load_key"], landings["target"], strict=True))
    times: dict[str, list[Counting]] = {}
    for time in countings(ingest):
        if time.load_key in of:
            times.setdefault(of[time.load_key], []).append(time)
    # Of the forty columns of the ledger those that _live reads: a row of all takes ten times as long.
    counting = rows.loc[rows["live"] & (rows["status"] != REFUSED), ["target", *_READ]]
    live = {target: list(part.itertuples(index=False)) for target, part in counting.groupby("target")}
    result = {}
    for target in targets:
        mine = landed.get(target, landings[:0]).reset_index(drop=True)
        result[target] = Units(target, mine, *_live(live.get(target, []), mine), tuple(times.get(target, [])))
    return result


def _live(
    live: Iterable[Any], landed: pd.DataFrame
) -> tuple[tuple[Live, ...], tuple[tuple[str, str, date], ...]]:
    """The current contents, and the deliveries of mode snapshot. A file that repeats a content has the day
    that its name gives, else that of the content. ``live``: rows with the fields `_READ`."""
    own = dict(zip(landed["load_key"], landed["delivered_on"], strict=True))
    days: dict[str, set[date]] = {}
    snapshots: set[tuple[str, str, date]] = set()
    for row in live:
        day = row.delivered_on if not pd.isna(row.delivered_on) else own.get(row.load_key)
        known: set[date] = set() if day is None or pd.isna(day) else {day}
        if row.status != EMPTY:
            days.setdefault(row.load_key, set()).update(known)
        if row.mode == "snapshot":
            snapshots |= {(row.source, row.feed, each) for each in known}
    return (
        tuple(
            Live(key, min(found, default=None), max(found, default=None))
            for key, found in sorted(days.items())
        ),
        tuple(sorted(snapshots)),
    )
