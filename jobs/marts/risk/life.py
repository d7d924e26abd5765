"""The life of signals, replayed week by week: opened by an alarm, then confirmed, refuted or expired. Pure.

One signal of a key is open at a time; alarms of a key whose signal is open add to it.

- Confirmed: after the opening a targeted sample of the key failed, the key was recalled, a penalty followed
  from a sample of it, or at least 30 random samples were judged and the lower 95% Wilson limit of their
  rate lies above the rate of the key's peers in the same weeks. A random sample that fails does not confirm
  by itself: some fail everywhere.
- Refuted: at least 30 random samples were judged and their rate is not above that of the peers.
- Expired: 90 days after the opening neither had happened.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.risk.evidence import COUNTS, KEY
from jobs.marts.risk.series import monday
from jobs.methods.intervals import binomial

OPEN, CONFIRMED, REFUTED, EXPIRED = "open", "confirmed", "refuted", "expired"
DAYS, FEWEST = 90, 30
_WEEKS = DAYS // 7 + 1  # of which the last one ends after the 90 days
_CLOSING = (("n_failing_targeted", "failing_sample"), ("n_recalls", "recall"), ("n_penalties", "penalty"))


def lives(alarms: pd.DataFrame, evidence: pd.DataFrame, last: int) -> pd.DataFrame:
    """One row per signal: KEY, opened_on, state, closed_on, closed_by, last_alarm_on, n_alarms, reasons,
    n_reports, expected, p_adjusted, eb05, COUNTS and peer_rate. ``last``: the newest whole week.

    An alarm of a week is known on the Monday after it. Counts, expectation, p and EB05 are those of the
    first week, of the most significant test.
    """
    known = evidence[evidence["week"] <= last]
    after = dict(iter(known.groupby(KEY, sort=False)))
    peers = dict(iter(known.groupby(["key_type", "peers"], sort=False)))
    found: list[dict[str, Any]] = []
    for key, rows in alarms.groupby(KEY):
        mine = after.get(key)
        group = None if mine is None else peers[(key[0], mine["peers"].iloc[0])]
        rows = rows.sort_values(["week", "p_adjusted", "stream", "method"])
        while len(rows):
            opened = int(rows["week"].iloc[0])
            signal, closed = _followed(opened, mine, group, last)
            inside = rows[rows["week"] < closed] if closed is not None else rows
            found.append(dict(zip(KEY, key, strict=True)) | _described(inside, opened) | signal)
            rows = rows[rows["week"] >= closed] if closed is not None else rows.iloc[:0]
    return pd.DataFrame(found)


def _followed(
    opened: int, mine: pd.DataFrame | None, group: pd.DataFrame | None, last: int
) -> tuple[dict[str, Any], int | None]:
    """What became of a signal, and the week from which on an alarm opens another one."""
    own, others = np.zeros((_WEEKS, len(COUNTS)), np.int64), np.zeros((_WEEKS, len(COUNTS)), np.int64)
    for rows, table in ((mine, own), (group, others)):
        if rows is not None:
            near = rows[(rows["week"] > opened) & (rows["week"] <= opened + _WEEKS - 1)]
            np.add.at(table, near["week"].to_numpy(np.int64) - opened - 1, near[COUNTS].to_numpy(np.int64))
    begins = monday(opened + 1)
    sums, theirs = np.cumsum(own, axis=0), np.cumsum(others - own, axis=0)
    for step in range(min(_WEEKS - 1, last - opened)):
        counts = dict(zip(COUNTS, sums[step].tolist(), strict=True))
        peer = _rate(*theirs[step, -2:])
        state, by = _decided(counts, peer)
        if state != OPEN:
            day = monday(opened + step + 2)
            return _ended(state, by, day, counts, peer), opened + step + 2
    seen = min(_WEEKS - 1, max(last - opened, 0))
    counts = dict(zip(COUNTS, sums[seen - 1].tolist() if seen else [0] * len(COUNTS), strict=True))
    peer = _rate(*theirs[seen - 1, -2:]) if seen else np.nan
    if begins + timedelta(days=DAYS) <= monday(last + 1):
        return _ended(EXPIRED, "lapsed", begins + timedelta(days=DAYS), counts, peer), opened + _WEEKS
    return _ended(OPEN, None, None, counts, peer), None


def _decided(counts: dict[str, int], peer: float) -> tuple[str, str | None]:
    for column, reason in _CLOSING:
        if counts[column] > 0:
            return CONFIRMED, reason
    judged, failing = counts["n_random_judged"], counts["n_random_failing"]
    if judged >= FEWEST and not np.isnan(peer):
        if failing / judged <= peer:
            return REFUTED, "random_not_above"
        if float(binomial(failing, judged)[0]) > peer:
            return CONFIRMED, "random_above"
    return OPEN, None


def _rate(judged: int, failing: int) -> float:
    return float(failing) / float(judged) if judged else np.nan


def _ended(state: str, by: str | None, day: Any, counts: dict[str, int], peer: float) -> dict[str, Any]:
    return {"state": state, "closed_by": by, "closed_on": day, **counts, "peer_rate": peer}


def _described(rows: pd.DataFrame, opened: int) -> dict[str, Any]:
    first = rows.iloc[0]
    return {
        "opened_on": monday(opened + 1),
        "last_alarm_on": monday(int(rows["week"].max()) + 1),
        "n_alarms": int(rows["week"].nunique()),
        "reasons": sorted({f"{m}_{s}" for m, s in zip(rows["method"], rows["stream"], strict=True)}),
        "n_reports": int(first["n"]),
        "expected": float(first["expected"]),
        "p_adjusted": float(first["p_adjusted"]),
        "eb05": float(rows["eb05"].max()),
    }
