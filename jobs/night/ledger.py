"""The ledger of a run: ops.reconciliation, which accounts for each record and row of each file, and
ops.freshness, how old the newest data of each feed are (definitions.md#ledger). Pure.

A *load key* identifies one content of a file as landed for one feed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from jobs.ingest.model import LATE_AFTER

# The dispositions of a bronze row; each row has exactly one.
DISPOSITIONS = ("accepted", "quarantined", "superseded", "repeated")
# The columns that ops.reconciliation copies from ops.ingest_file.
COPIED = (
    "source",
    "feed",
    "target",
    "file",
    "sha256",
    "load_key",
    "status",
    "reason_zh",
    "reason_en",
    "records",
    "unreadable",
    "exploded",
    "produced",
    "rejected",
    "loaded",
    "unjoined",
    "unused",
    "received_on",
)


def _number(value: Any) -> int:
    return 0 if value is None or pd.isna(value) else int(value)


def balanced(row: Mapping[str, Any]) -> bool:
    """Return whether the counts of a row of ops.reconciliation add up.

    ``row``: column → value; a missing count is 0. Both must hold: records = unreadable + rejected + loaded
    (of a feed with `explode`: records = unreadable + exploded, and produced = rejected + loaded); loaded =
    accepted + quarantined + superseded + repeated. Of a refused file loaded and the four dispositions must be
    0.
    """
    n = {
        key: _number(row.get(key))
        for key in ("records", "unreadable", "exploded", "produced", "rejected", "loaded", *DISPOSITIONS)
    }
    if row["status"] == "refused":  # nothing of it was taken in, so nothing may be counted
        read = n["loaded"] == 0
    elif row.get("produced") is None or pd.isna(row.get("produced")):
        read = n["records"] == n["unreadable"] + n["rejected"] + n["loaded"]
    else:
        read = (
            n["records"] == n["unreadable"] + n["exploded"] and n["produced"] == n["rejected"] + n["loaded"]
        )
    return read and n["loaded"] == sum(n[d] for d in DISPOSITIONS)


def reconciliation(
    files: pd.DataFrame,
    judged: Mapping[tuple[str, str], int],
    *,
    judged_targets: Collection[str],
    previous: pd.DataFrame,
    unlinked: Mapping[str, int],
    newest: Mapping[str, date] | None = None,
    counted: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """Make the rows of ops.reconciliation, one per row of ``files``, in their order.

    ``files``: `jobs.ingest.units.current`, one row per source, feed, file and content; ``judged``: (load key,
    disposition) → number of bronze rows, of the silver tables in ``judged_targets`` (names without
    `silver.`); rows of other tables keep their counts of ``previous``, the rows of ops.reconciliation of the
    last run. ``unlinked``: load key → rows whose parent row has not arrived; ``newest``: load key → newest
    event date of its accepted rows; both are complete for the tables in ``counted`` (None: all), rows of
    other tables keep these figures of ``previous``.
    """
    # A file that repeats a content shares its load key, and no row is counted for it.
    before = (
        {}
        if previous.empty
        else {r.load_key: r for r in previous[previous["status"] == "landed"].itertuples()}
    )
    rows = []
    for file in files.itertuples():
        row = {name: _plain(getattr(file, name)) for name in COPIED}
        counts_rows = file.status == "landed" and _number(file.loaded) > 0
        old = before.get(file.load_key)
        for disposition in DISPOSITIONS:
            if counts_rows and file.target in judged_targets:
                row[disposition] = judged.get((file.load_key, disposition), 0)
            else:
                row[disposition] = (
                    _number(getattr(old, disposition)) if counts_rows and old is not None else 0
                )
        if counted is None or file.target in counted or old is None:
            row["unlinked"] = unlinked.get(file.load_key, 0) if counts_rows else 0
            row["newest_event"] = (newest or {}).get(file.load_key) if counts_rows else None
        else:
            row["unlinked"], row["newest_event"] = (
                (_number(old.unlinked), _plain(old.newest_event)) if counts_rows else (0, None)
            )
        row["balanced"] = balanced(row)
        rows.append(row)
    return rows


def _plain(value: Any) -> Any:
    """pandas' missing values as None, whole numbers as int."""
    if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value)):
        return None
    return int(value) if isinstance(value, float) else value


def freshness(files: pd.DataFrame, newest: Mapping[str, date], day: date) -> list[dict[str, Any]]:
    """Make the rows of ops.freshness, one per source and feed that has a landed file, sorted by both.

    ``files``: `jobs.ingest.units.current`, one row per source, feed, file and content; ``newest``: load key →
    newest event date among its accepted rows; ``day``: the run's date. `age_days` counts from the newest
    event date or delivery up to ``day``, whichever is later (a register in which nothing changed is as old as
    its last delivery), and from the newest receipt where there is neither; a date yet to come says nothing of
    when a feed last came. `late`: the age is above LATE_AFTER of the feed's cadence; never for another
    cadence. `due_on`: the last day on which it is not late without a newer event or delivery; None for
    another cadence.
    """
    rows = []
    for (source, feed), mine in sorted(_by_feed(files).items()):
        dates = [newest[file.load_key] for file in mine if newest.get(file.load_key) is not None]
        deliveries = [d for d in (file.delivered_on for file in mine) if d is not None and not pd.isna(d)]
        event, delivery, received = (
            max(dates, default=None),
            max(deliveries, default=None),
            max(file.received_on for file in mine),
        )
        last = mine[-1]
        since = max((d for d in (*dates, *deliveries) if d <= day), default=received)
        age = (day - since).days
        limit = LATE_AFTER.get(last.cadence)
        rows.append(
            {
                "source": source,
                "feed": feed,
                "target": last.target,
                "cadence": last.cadence,
                "newest_event_date": event,
                "newest_delivery": delivery,
                "newest_received": received,
                "files": len(mine),
                "age_days": age,
                "due_on": None if limit is None else since + timedelta(days=limit),
                "late": limit is not None and age > limit,
                "date": day,
            }
        )
    return rows


def _by_feed(files: pd.DataFrame) -> dict[tuple[str, str], list[Any]]:
    """The landed files of each source and feed, as named tuples in the order in which they were recorded."""
    if files.empty:
        return {}
    landed = files[(files["status"] == "landed") & (files["feed"] != "")]  # '': only joined
    columns = ["source", "feed", "load_key", "delivered_on", "received_on", "target", "cadence"]
    found: dict[tuple[str, str], list[Any]] = {}
    for file in landed.sort_values("recorded_at", kind="stable")[columns].itertuples(index=False):
        found.setdefault((file.source, file.feed), []).append(file)
    return found
