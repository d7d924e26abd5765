"""Assigns the work of laboratories to periods: calendar quarters, years, the last twelve whole months
(`rolling12`) and all time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.sampling.outcomes import days

QUARTER, YEAR, ROLLING, ALL_TIME = "quarter", "year", "rolling12", "all"
EVER = np.datetime64("1900-01")  # period_start of all time
MONTHS = {QUARTER: 3, YEAR: 12, ROLLING: 12}  # type of period → its months
PERIOD = ["period_type", "period_start"]  # columns that identify a period
D, M = "datetime64[D]", "datetime64[M]"


@dataclass(frozen=True)
class Calendar:
    """The time for which there are data. ``first``: the first month with data (datetime64[M]); ``today``: the
    last day that counts (datetime64[D])."""

    first: np.datetime64
    today: np.datetime64

    @property
    def rolling(self) -> np.datetime64 | None:
        """The first of the twelve whole months before the month of ``today``; None where the data begin after
        it, so that twelve months would not be covered."""
        start = self.today.astype(M) - 12
        return start if self.first <= start else None

    def months(self, kind: str, start: np.datetime64) -> float:
        """Return how many months of a period are between ``first`` and ``today``; the month of ``today``
        counts as the share of its days that have passed (15 of 30: 0.5). ``kind``: type of period; ``start``:
        its first month (datetime64[M]). Capacity per month is multiplied by it."""
        begin, end = max(start, self.first), self.today.astype(M)
        if kind != ALL_TIME and start + MONTHS[kind] <= end:
            return max(float((start + MONTHS[kind] - begin).astype(int)), 0.0)
        days_of = ((end + 1).astype(D) - end.astype(D)).astype(int)
        gone = (self.today - end.astype(D)).astype(int) + 1
        return max(float((end - begin).astype(int)) + float(gone / days_of), 0.0)


def calendar(dates: list[pd.Series], as_of: date) -> Calendar:
    """Return the Calendar that begins with the month of the earliest of ``dates`` and ends on ``as_of``;
    without any day it begins with the month of ``as_of``. ``dates``: series of days, missing ones allowed."""
    today = np.datetime64(as_of, "D")
    known = [d[~np.isnat(d)] for d in map(days, dates)]
    found = [d.min() for d in known if len(d)]
    return Calendar((min(found) if found else today).astype(M), today)


def in_periods(rows: pd.DataFrame, day: np.ndarray, known: Calendar) -> pd.DataFrame:
    """Return ``rows`` repeated once for each period in which its day lies, with period_type and period_start
    (datetime64[D], first day of the period; EVER for all time).

    ``day``: datetime64[D], one per row; rows without a day, or with one after ``known.today``, are left out.
    Rows of `rolling12` exist only where its twelve months are covered (`Calendar.rolling`). The index values
    repeat."""
    inside = np.flatnonzero(~np.isnat(day) & (day <= known.today))
    month = day[inside].astype(M)
    number = month.astype(np.int64)
    parts = [(kind, inside, (number // MONTHS[kind] * MONTHS[kind]).astype(M)) for kind in (QUARTER, YEAR)]
    parts.append((ALL_TIME, inside, np.full(len(inside), EVER)))
    if (start := known.rolling) is not None:
        recent = inside[(month >= start) & (month < start + 12)]
        parts.append((ROLLING, recent, np.full(len(recent), start)))
    kinds, places, starts = zip(*parts, strict=True)
    return rows.iloc[np.concatenate(places)].assign(
        period_type=np.repeat(np.array(kinds, dtype=object), [len(place) for place in places]),
        period_start=np.concatenate(starts).astype(D),
    )
