"""Periods that bundles are published for: a month, a quarter or a year, and the days on which they
are due."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from jobs.environment import SCHEMAS
from jobs.errors import UsageError

CALENDAR = SCHEMAS / "reference" / "release_calendar.csv"
MONTHS = {"month": 1, "quarter": 3, "year": 12}  # kind of period → its number of months
_LONGER = {"month": "quarter", "quarter": "year"}  # kind of period → the next longer one
_FORMS = (
    ("month", re.compile(r"(\d{4})-(0[1-9]|1[0-2])")),
    ("quarter", re.compile(r"(\d{4})Q([1-4])")),
    ("year", re.compile(r"(\d{4})()")),
)


@dataclass(frozen=True, order=True)
class Span:
    """One period: ``start`` is its first day; ``kind`` is month, quarter or year. Periods are sorted by
    start."""

    start: date
    kind: str  # month | quarter | year

    @property
    def name(self) -> str:
        """2026-06, 2026Q2 or 2026, as in a folder's name."""
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        return f"{self.start:%Y}" + (f"Q{self.start.month // 3 + 1}" if self.kind == "quarter" else "")

    @property
    def end(self) -> date:
        """The period's last day."""
        return _months_on(self.start, MONTHS[self.kind]) - timedelta(days=1)

    @property
    def due(self) -> date:
        """The first day on which the period can be published: its last day plus the days that
        release_calendar.csv sets for its kind."""
        return self.end + timedelta(days=release_days()[self.kind])

    @property
    def next(self) -> Span:
        """The period of the same kind that begins the day after this one ends."""
        return Span(_months_on(self.start, MONTHS[self.kind]), self.kind)


def span(text: str) -> Span:
    """Return the period with that name (2026-06, 2026Q2 or 2026). Raises UsageError where the text names
    none."""
    for kind, form in _FORMS:
        found = form.fullmatch(text)
        if found and int(found[1]) >= 1:
            month = (int(found[2] or 1) - 1) * (3 if kind == "quarter" else 1) + 1
            return Span(date(int(found[1]), month, 1), kind)
    raise UsageError(
        f"{text!r} is no period: a month is 2026-06, a quarter 2026Q2, a year 2026 "
        "| 期间写作 2026-06、2026Q2 或 2026"
    )


def newest_due(kind: str, day: date) -> Span:
    """Return the newest period of this kind (month, quarter or year) that is due on or before ``day``."""
    at = _holding(kind, day)
    while at.due > day:
        at = _holding(kind, at.start - timedelta(days=1))
    return at


def first_wanted(kind: str, day: date) -> Span:
    """Return the earliest period of this kind that `quality publish --due` publishes on ``day``, so that the
    due periods of all kinds leave out no day since the newest due year began: of years the newest due one, of
    quarters the first after that year, of months the first after the newest due quarter; the newest due
    one where that first one is not due yet."""
    due = newest_due(kind, day)
    if kind not in _LONGER:
        return due
    after = newest_due(_LONGER[kind], day).end + timedelta(days=1)
    return min(due, _holding(kind, after))


def between(first: Span, last: Span) -> list[Span]:
    """Return all periods from ``first`` to ``last``, both included, in order of time; none where ``first`` is
    later. Both are of the same kind."""
    found, at = [], first
    while at <= last:
        found.append(at)
        at = at.next
    return found


@cache
def release_days(path: Path = CALENDAR) -> dict[str, int]:
    """Return kind of period (month, quarter, year) → how many days after its last day it is due, as read from
    ``path`` (release_calendar.csv)."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["period_type"]: int(row["due_days"]) for row in csv.DictReader(file)}


def _holding(kind: str, day: date) -> Span:
    size = MONTHS[kind]
    return Span(date(day.year, (day.month - 1) // size * size + 1, 1), kind)


def _months_on(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
