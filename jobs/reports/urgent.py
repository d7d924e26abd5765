"""Urgent items (events that recipients get within the hour, such as a serious failure) of the last seven
days: how many were sent, acknowledged, sent within the hour, or wait to be sent (definitions.md#urgent)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.whole import unreadable
from jobs.marts.answered_by import STATES, by_their_recipients
from jobs.marts.overview.queue_refused import AGAIN
from jobs.reports.numbers import missing
from jobs.reports.wording import Text

ITEMS, LOG, ANSWERS = "gold.urgent_item", "ops.urgent_log", "silver.acknowledgement"
SENT = "urgent.sent"  # the frame of `sent_and_waiting` among a night's
DAYS, HOUR = 7, 60.0
# Of the result of `sent_and_waiting`: the item, the sending, the answer to it, since when it was due, and
# whether it still is.
COLUMNS = [
    *"item_id recipient kind roles occurred_on sent_on sent_at landed_at minutes".split(),
    *"manifest_id refusals refusal_reason acknowledged_on status note due_since due".split(),
]
ANSWERED = ["acknowledged_on", "status", "note"]
# Columns that identify an item for a recipient.
KEY = ["item_id", "recipient"]
WITHDRAWN = "withdrawn"
# What follows a refusal: the next urgent run sends the items again; they were sent again `AGAIN` times, and
# the nation's authority settles it with the recipient; they are no longer due and not sent again.
RESENT, SETTLED, OVER = "resent", "settled", "over"
KINDS = {
    "class_a_failure": Text("A类项目不合格", "Class A item failed"),
    "result_overturned": Text("结论经复检改判", "Result overturned"),
    "serious_signal": Text("严重风险信号", "Serious risk signal"),
    "restriction_listed": Text("限制生效", "Restriction begins"),
    "restriction_lifted": Text("限制解除", "Restriction lifted"),
    "withdrawn": Text("撤回", "Withdrawn"),
}


def shop_in_words(shop: Any) -> Text | None:
    """Return the shop of an urgent item in words; None where it has none. ``shop``: its shop_id."""
    return None if missing(shop) else Text(f"网店{shop}", f"shop {shop}")


@dataclass(frozen=True)
class Urgent:
    """Counts of urgent items of one kind in the last seven days, each item once per recipient, even if it was
    sent again.

    ``sent``; of these ``acknowledged`` (received or done) and ``refused``, by the newest answer; ``timed``:
    sendings whose evidence has a known time of landing, and of these ``in_hour``: within an hour of it.
    ``waiting``: due and not sent yet; of these ``unsent``: due already at a run of an earlier date, and of
    these ``older``: of a date before the seven days. ``over``: refused and no longer due.
    """

    kind: Text
    sent: int
    acknowledged: int
    refused: int
    timed: int
    in_hour: int
    waiting: int
    unsent: int = 0
    older: int = 0
    over: int = 0

    @property
    def due(self) -> int:
        """Number of items due within the seven days, sent or not."""
        return self.sent + self.waiting - self.older

    @property
    def bad(self) -> bool:
        """Whether any was sent too late, refused and is still due, or not sent though it was due at an
        earlier run."""
        return self.late + self.refused - self.over + self.unsent > 0

    @property
    def late(self) -> int:
        """Number of sendings that took longer than an hour."""
        return self.timed - self.in_hour


def read_from(snapshot: Snapshot) -> list[tuple[str, int | None]]:
    """Return the versions of all tables that `sent_and_waiting` reads, as (table, version). Where two such
    lists are equal, so are the results."""
    newest = newest_snapshot(snapshot.lake)
    read = [(table, newest.version(table)) for table in (ITEMS, ANSWERS)]
    read.append((LOG, snapshot.lake.version(LOG)))
    return read + [(ITEMS, earlier.version(ITEMS)) for earlier in _earlier(newest)]


def _earlier(newest: Snapshot) -> list[Snapshot]:
    """Return up to two runs before the run ``newest`` by which items may have been due already: the last one
    of an earlier date, then the last one of a date before the seven days that end with that of ``newest``
    (both may be the same). A run that named no version of gold.urgent_item is left out."""
    if newest.date is None:
        return []
    found = [newest_snapshot(newest.lake, before=newest.date - timedelta(days=n)) for n in (0, DAYS - 1)]
    return [run for run in found if run.version(ITEMS) is not None]


def sent_and_waiting(snapshot: Snapshot) -> pd.DataFrame:
    """Return one row per sending of an item to a recipient, with the recipient's newest answer to that
    package, and one row per item and recipient that is due and not sent (``sent_on`` missing); columns
    COLUMNS. ``snapshot``: the night.

    What is due is taken from the newest run, which may be an urgent one after the night. ``due``: whether
    the recipient is to have the item by that run; of a notice of withdrawal, whether its item is still not
    due. ``due_since``: for items not sent, the date of an earlier run at which they were due already, else
    missing.
    """
    lake, newest = snapshot.lake, newest_snapshot(snapshot.lake)
    log = (
        lake.frame(LOG)
        if lake.exists(LOG)
        else pd.DataFrame(columns=[c for c in COLUMNS if c not in ANSWERED])
    )
    zone = deployment().zone
    log = log.assign(sent_on=[at.astimezone(zone).date() for at in log["sent_at"]])
    sent = log.merge(_answers(newest), on="manifest_id", how="left").reindex(columns=COLUMNS)
    if newest.version(ITEMS) is None:
        return sent.assign(due=_still_due(sent, sent.iloc[:0]))
    due = newest.frame(ITEMS, columns=[*KEY, "kind", "roles", "status", "occurred_on"])
    due = due[due["status"] == "due"].drop(columns="status")
    sent["due"] = _still_due(sent, due)
    waiting = due[~_keys(due).isin(_keys(sent))].assign(due_since=None, due=True)
    for earlier in _earlier(newest) if len(waiting) else ():
        if unreadable(lake, ITEMS, earlier.named[ITEMS].there) is None:  # else maintenance has freed it
            was = earlier.frame(ITEMS, columns=[*KEY, "status"])
            already = _keys(waiting).isin(_keys(was[was["status"] == "due"]))
            waiting["due_since"] = waiting["due_since"].mask(already, earlier.date)
    parts = [part.astype(object) for part in (sent, waiting.reindex(columns=COLUMNS)) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else sent


def _answers(newest: Snapshot) -> pd.DataFrame:
    """Return the newest answer to each package that its recipient gave: manifest_id and ANSWERED. ``newest``:
    the newest run."""
    version = newest.version(ANSWERS)
    if version is None:
        return pd.DataFrame(columns=["manifest_id", *ANSWERED])
    there = newest.lake.dataset(ANSWERS, version).schema.names  # an older one has no codes
    columns = [c for c in ("acknowledgement_id", "item_id", *STATES, *ANSWERED) if c in there]
    rows = by_their_recipients(newest.frame(ANSWERS, columns=columns))
    rows = rows.sort_values(["acknowledged_on", "acknowledgement_id"]).drop_duplicates("item_id", keep="last")
    return rows[["item_id", *ANSWERED]].rename(columns={"item_id": "manifest_id"})


def _still_due(sent: pd.DataFrame, due: pd.DataFrame) -> pd.Series[bool]:
    """Return for each row of ``sent`` whether its recipient is to have it: an item is in ``due``, or the item
    that a notice withdraws is not. What was refused is sent again only then (`jobs.exchange.urgent`)."""
    base = sent.assign(item_id=sent["item_id"].astype(str).str.removesuffix(f"/{WITHDRAWN}"))
    return sent["kind"].eq(WITHDRAWN) != _keys(base).isin(_keys(due))


def _keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[KEY].astype(str))


def base_of(item: str) -> str:
    """Return the id of the item that a notice of withdrawal is about; the id of any other item unchanged."""
    return item.removesuffix(f"/{WITHDRAWN}")


def last_sent(log: pd.DataFrame) -> pd.DataFrame:
    """Return for each item and recipient the row of ``log`` that was sent last: of the item, or of the notice
    that withdraws it, which gets the item's id. ``log``: rows of ops.urgent_log in the order of sending."""
    base = log["item_id"].astype(str).str.removesuffix(f"/{WITHDRAWN}")
    return log.assign(item_id=base).drop_duplicates(KEY, keep="last")


def times_refused(rows: pd.DataFrame, log: pd.DataFrame, refused: Collection[str]) -> pd.Series[int]:
    """Return for each row of ``rows`` (as `last_sent` returns them) how often its item was refused in its
    present form (the item, or the notice of withdrawal). ``log``: all sendings; ``refused``: manifest_ids of
    refused packages."""
    bad = log[log["manifest_id"].isin(refused)]
    bad = bad.assign(item_id=bad["item_id"].astype(str).str.removesuffix(f"/{WITHDRAWN}"))
    counts = bad.groupby([*KEY, "kind"]).size().to_dict()
    found = [counts.get((r.item_id, r.recipient, r.kind), 0) for r in rows.itertuples()]
    return pd.Series(found, index=rows.index, dtype="int64")


def refusals(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per refused package and next step (RESENT, SETTLED, OVER) of items in it that were not
    sent again since, the most often refused first: recipient, manifest_id, ``items`` (number of such items),
    ``times`` (how often refused), ``reason`` (None where none is stated) and ``next`` (the step). ``rows``:
    as `sent_and_waiting` returns them."""
    log = rows[rows["sent_on"].notna()].sort_values("sent_at", kind="stable")
    last = last_sent(log)
    bad = last[last["status"] == "refused"]
    times = times_refused(bad, log, set(log.loc[log["status"] == "refused", "manifest_id"]))
    step = np.select([times > AGAIN, bad["due"].astype(bool)], [SETTLED, RESENT], OVER)
    found = [
        {
            "recipient": recipient,
            "manifest_id": manifest,
            "items": len(mine),
            "times": int(mine["times"].max()),
            "reason": None if mine["note"].isna().all() else str(mine["note"].dropna().iloc[0]),
            "next": str(step),
        }
        for (recipient, manifest, step), mine in bad.assign(times=times, step=step).groupby(
            ["recipient", "manifest_id", "step"]
        )
    ]
    return sorted(found, key=lambda r: (-r["times"], r["recipient"], r["manifest_id"], r["next"]))


def summary(rows: pd.DataFrame, day: date) -> list[Urgent]:
    """Return one `Urgent` for each kind that has any items, in the order of KINDS, and their sum last; empty
    without items. ``rows``: as `sent_and_waiting` returns them; ``day``: the last of the seven days; what was
    sent before them is left out, what was sent after them is not."""
    sent_on = pd.to_datetime(rows["sent_on"])
    recent = rows[sent_on.isna() | sent_on.gt(pd.Timestamp(day - timedelta(days=DAYS)))]
    found = [
        _counted(words, recent[recent["kind"] == kind], day)
        for kind, words in KINDS.items()
        if (recent["kind"] == kind).any()
    ]
    return [*found, _counted(Text("合计", "All"), recent, day)] if found else []


def _counted(words: Text, rows: pd.DataFrame, day: date) -> Urgent:
    since = pd.to_datetime(rows.loc[rows["sent_on"].isna(), "due_since"])
    every = rows[rows["sent_on"].notna()].sort_values("sent_at", kind="stable")
    sent = every.drop_duplicates(KEY, keep="last")
    minutes = pd.to_numeric(every["minutes"], errors="coerce").dropna()
    return Urgent(
        words,
        len(sent),
        int(sent["status"].isin(["received", "done"]).sum()),
        int(sent["status"].eq("refused").sum()),
        len(minutes),
        int(minutes.le(HOUR).sum()),
        len(rows) - len(every),
        int(since.notna().sum()),
        int(since.le(pd.Timestamp(day - timedelta(days=DAYS))).sum()),
        int((sent["status"].eq("refused") & ~sent["due"].astype(bool)).sum()),
    )
