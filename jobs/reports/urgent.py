"""Urgent items of the last seven days: sent, acknowledged, within the hour, waiting
(definitions.md#urgent)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from jobs.deployment import deployment
from jobs.lake.night import Snapshot, newest_snapshot
from jobs.reports.wording import Text

ITEMS, LOG, ANSWERS = "gold.urgent_item", "ops.urgent_log", "silver.acknowledgement"
SENT = "urgent.sent"  # the frame of `sent_and_waiting` among a night's
DAYS, HOUR = 7, 60.0
COLUMNS = [
    *"item_id recipient kind roles occurred_on sent_on sent_at landed_at minutes".split(),
    *"manifest_id acknowledged_on status".split(),
]
KINDS = {
    "class_a_failure": Text("A类项目不合格", "Class A item failed"),
    "result_overturned": Text("结论被复检推翻", "Result overturned"),
    "serious_signal": Text("严重风险信号", "Serious risk signal"),
    "restriction_listed": Text("列入失信名单", "Put on a list of dishonesty"),
    "restriction_lifted": Text("移出失信名单", "Taken off a list of dishonesty"),
    "withdrawn": Text("撤回", "Withdrawn"),
}


@dataclass(frozen=True)
class Urgent:
    """Items × recipients of the last seven days: ``sent``, of them ``timed`` (the landing of their files is
    known) and of these ``in_hour``; ``acknowledged``; ``waiting``: due and not sent yet."""

    kind: Text
    sent: int
    acknowledged: int
    timed: int
    in_hour: int
    waiting: int

    @property
    def late(self) -> int:
        return self.timed - self.in_hour


def read_from(snapshot: Snapshot) -> list[tuple[str, int | None]]:
    """Versions of all that ``sent_and_waiting`` reads."""
    hour = newest_snapshot(snapshot.lake)
    return [(ITEMS, hour.version(ITEMS)), (ANSWERS, hour.version(ANSWERS)), (LOG, snapshot.lake.version(LOG))]


def sent_and_waiting(snapshot: Snapshot) -> pd.DataFrame:
    """COLUMNS of every item that was sent, with the newest answer to its manifest, and of those that are due
    and not sent (``sent_on`` missing), as of the newest run, which may be an urgent one after the night."""
    lake, hour = snapshot.lake, newest_snapshot(snapshot.lake)
    log = lake.frame(LOG) if lake.exists(LOG) else pd.DataFrame(columns=COLUMNS[:-2])
    zone = deployment().zone
    log = log.assign(sent_on=[at.astimezone(zone).date() for at in log["sent_at"]])
    answers = pd.DataFrame(columns=["item_id", "acknowledged_on", "status"])
    if hour.version(ANSWERS) is not None:
        columns = ["acknowledgement_id", "item_id", "acknowledged_on", "status"]
        answers = hour.frame(ANSWERS, columns=columns).sort_values(["acknowledged_on", "acknowledgement_id"])
        answers = answers.drop_duplicates("item_id", keep="last")
    answers = answers[["item_id", "acknowledged_on", "status"]].rename(columns={"item_id": "manifest_id"})
    sent = log.merge(answers, on="manifest_id", how="left").reindex(columns=COLUMNS)
    if hour.version(ITEMS) is None:
        return sent
    due = hour.frame(ITEMS, columns=["item_id", "recipient", "kind", "roles", "status", "occurred_on"])
    due = due[due["status"] == "due"].drop(columns="status")
    had = pd.MultiIndex.from_frame(sent[["item_id", "recipient"]].astype(str))
    waiting = due[~pd.MultiIndex.from_frame(due[["item_id", "recipient"]].astype(str)).isin(had)]
    parts = [part.astype(object) for part in (sent, waiting.reindex(columns=COLUMNS)) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else sent


def summary(rows: pd.DataFrame, day: date) -> list[Urgent]:
    """One Urgent a kind that has any, and their sum last; empty where nothing was sent or waits. ``rows``: of
    `sent_and_waiting`; ``day``: the last of the seven."""
    sent_on = pd.to_datetime(rows["sent_on"])
    recent = rows[sent_on.isna() | sent_on.gt(pd.Timestamp(day - timedelta(days=DAYS)))]
    found = [
        _counted(words, recent[recent["kind"] == kind])
        for kind, words in KINDS.items()
        if (recent["kind"] == kind).any()
    ]
    return [*found, _counted(Text("合计", "All"), recent)] if found else []


def _counted(words: Text, rows: pd.DataFrame) -> Urgent:
    sent = rows[rows["sent_on"].notna()]
    minutes = pd.to_numeric(sent["minutes"], errors="coerce").dropna()
    return Urgent(
        words,
        len(sent),
        int(sent["status"].notna().sum()),
        len(minutes),
        int(minutes.le(HOUR).sum()),
        len(rows) - len(sent),
    )
