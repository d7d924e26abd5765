"""A task of a recipient, as pages of its package list it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from jobs.reports.cases import ORDINARY, RISK
from jobs.reports.numbers import missing
from jobs.reports.wording import Text

SOON = timedelta(days=7)
OVERDUE, DUE_SOON, RUNNING, UNDATED = "overdue", "due_soon", "running", "undated"
Rows = Mapping[str, list[Any]]  # kind of file → rows that the package sends, their columns as attributes


@dataclass(frozen=True)
class Task:
    """One task of a recipient. ``what``: what to do; ``subject``: the number of the case, the month of
    missing data, or the file that lists the cases; ``row``: `<kind>-<n>` for row n (from 1) of the file that
    it comes from, or the kind of file; ``risk_level``: SERIOUS, UNLAWFUL or ORDINARY; ``due``: the last day,
    None where none is set; ``since``: the day on which it began; ``late``: it is overdue although it has no
    last day."""

    what: Text
    subject: str
    row: str
    risk_level: int = ORDINARY
    due: date | None = None
    since: date | None = None
    late: bool = False
    at_once: bool = False  # the rule sets no number of days: it has to be done at once
    leads: bool = False  # a file that was refused: it stands before others of its level
    rule: Text | None = None  # on which it rests, and how far that was read; None where rows do not say it
    named: Text | None = None  # the case as pages name it, where its number is an internal key

    def status(self, day: date) -> str:
        """Return the state of the task on ``day``: OVERDUE, DUE_SOON (the last day is within SOON), RUNNING,
        or UNDATED where it has no last day."""
        if self.late or (self.due is not None and self.due < day):
            return OVERDUE
        if self.due is None:
            return UNDATED
        return DUE_SOON if self.due <= day + SOON else RUNNING

    @property
    def risk(self) -> Text:
        """The level of risk in words."""
        return RISK[self.risk_level]

    @property
    def grave(self) -> bool:
        """Whether the level of risk is above ORDINARY."""
        return self.risk_level > ORDINARY


def each_row(rows: Rows, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield (`<kind>-<n>`, row) for each row of a kind of file, n from 1."""
    for n, row in enumerate(rows.get(kind, ()), start=1):
        yield f"{kind}-{n}", row


def day_of(value: Any) -> date | None:
    """Return a day, None where it is missing."""
    return None if missing(value) else value
