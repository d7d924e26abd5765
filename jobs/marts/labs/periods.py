"""Periods in which the work of laboratories is counted: quarters, years, the last twelve whole months, all.
Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.sampling.outcomes import days

QUARTER, YEAR, ROLLING, ALL_TIME = "quarter", "year", "rolling12", "all"
EVER = np.datetime64("1900-01")
MONTHS = {QUARTER: 3, YEAR: 12, ROLLING: 12}
PERIOD = ["period_type", "period_start"]
D, M = "datetime64[D]", "datetime64[M]"


@dataclass(frozen=True)
class Calendar:
    """``first``: first month with data; ``today``: last day that counts."""

    first: np.datetime64
    today: np.datetime64

    @property
    def rolling(self) -> np.datetime64 | None:
        """First of the twelve whole months before that of ``today``; None where the data begin later."""
        start = self.today.astype(M) - 12
        return start if self.first <= start else None

    def months(self, kind: str, start: np.datetime64) -> float:
        """Months of a period that lie in the data up to ``today``; the month under way counts by its days."""
        begin, end = max(start, self.first), self.today.astype(M)
        if kind != ALL_TIME and start + MONTHS[kind] <= end:
            return max(float((start + MONTHS[kind] - begin).astype(int)), 0.0)
        days_of = ((end + 1).astype(D) - end.astype(D)).astype(int)
        gone = (self.today - end.astype(D)).astype(int) + 1
        return max(float((end - begin).astype(int)) + float(gone / days_of), 0.0)


def calendar(dates: list[pd.Series], as_of: date) -> Calendar:
    """From the first month of any of ``dates`` to ``as_of``."""
    today = np.datetime64(as_of, "D")
    known = [d[~np.isnat(d)] for d in map(days, dates)]
    found = [d.min() for d in known if len(d)]
    return Calendar((min(found) if found else today).astype(M), today)


def in_periods(rows: pd.DataFrame, day: np.ndarray, known: Calendar) -> pd.DataFrame:
    """Each row once for each period that its ``day`` lies in, with `period_type` and `period_start` (the
    period's first day, EVER of all time); a row without a day, or one after today, is in none."""
    inside = ~np.isnat(day) & (day <= known.today)
    rows, month = rows[inside], day[inside].astype(M)
    number = month.astype(np.int64)
    parts = [
        rows.assign(period_type=kind, period_start=(number // MONTHS[kind] * MONTHS[kind]).astype(M))
        for kind in (QUARTER, YEAR)
    ]
    parts.append(rows.assign(period_type=ALL_TIME, period_start=EVER))
    if (start := known.rolling) is not None:
        recent = (month >= start) & (month < start + 12)
        parts.append(rows[recent].assign(period_type=ROLLING, period_start=start))
    return pd.concat([p.assign(period_start=p["period_start"].to_numpy().astype(D)) for p in parts])
