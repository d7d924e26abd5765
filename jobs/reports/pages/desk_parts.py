"""Two parts of a unit's page: its risk signals (pairs of category and hazard or of platform and category, or
brands, with more reports than expected), and how complaints about it were handled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.marts.overview.queue_signals import SUBJECT
from jobs.marts.risk.life import CONFIRMED, OPEN
from jobs.marts.risk.news import USUAL
from jobs.methods.rounding import fixed
from jobs.reports import handling, signal_lists
from jobs.reports.figures import year_text
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import count, missing
from jobs.reports.pages.risk import NEWS, STATES
from jobs.reports.signal_names import by_id, key_name
from jobs.reports.wording import Text

MOST_SIGNALS = 3  # of a unit on its page; the download has all
_STATE = {OPEN: Text("未办结", "open"), CONFIRMED: STATES[CONFIRMED]}
_COLUMN = {"platform": "platform_code", "category": "category_code"}


@dataclass(frozen=True)
class Signal:
    """One risk signal. ``key``: what it is about; ``href``: its row on risk.html, as a path below site/, ''
    where it has none; ``state``: open or confirmed, with whether it is serious or usual; ``since``: the day
    on which it was opened or, if confirmed, closed as confirmed; ``reports``: "reports / expected
    reports"."""

    key: Text
    href: str
    state: Text
    since: date
    reports: str


@dataclass(frozen=True)
class Signals:
    """Risk signals of a unit. ``rows``: the first MOST_SIGNALS; ``all``: number of all; ``open``: number of
    those open."""

    rows: list[Signal]
    all: int
    open: int


@dataclass(frozen=True)
class Handled:
    """How complaints about a unit were handled. ``lines``: one per measure in the year ``window``, which is
    None where there are no lines; ``waiting``: numbers of open cases in each class of age of ``ages``, then
    the sum (`handling.waiting`)."""

    window: Text | None
    lines: list[handling.HandlingLine]
    ages: list[Text]
    waiting: list[tuple[Text, list[str]]]


def signals(known: Gathered, dimension: str, code: str) -> Signals | None:
    """Return the open and confirmed signals about a platform or category; for a province those in the work
    queue of its authorities and of platforms with their seat in it. None where there are none, and for other
    dimensions.

    Open ones come before confirmed ones. Of each, those that are news come before the usual ones, then
    serious ones before others, then the newest first.
    """
    if dimension == "region":
        queued = known.groups("gold.work_queue", "province_code").get(code, [])
        known_ids = by_id(known)
        ids = dict.fromkeys(r["subject_id"] for r in queued if r["subject_type"] == SUBJECT)
        found = [known_ids[i] for i in ids if i in known_ids]
    elif dimension in _COLUMN:
        found = [row for row in by_id(known).values() if row[_COLUMN[dimension]] == code]
    else:
        return None
    found = [r for r in found if r["state"] in _STATE]
    # Two stable sorts: the newest first, then open ones before confirmed ones.
    found = sorted(sorted(found, key=lambda r: r["key_code"]), key=_since, reverse=True)
    found.sort(key=lambda r: (r["state"] != OPEN, r["news"] == USUAL, not r["serious"]))
    if not found:
        return None
    rows = [
        Signal(
            key_name(known, r),
            signal_lists.href(known, r["id"]),
            _state(r),
            _since(r),
            f"{count(r['n_reports'])} / {fixed(r['expected'])}",
        )
        for r in found[:MOST_SIGNALS]
    ]
    return Signals(rows, len(found), sum(r["state"] == OPEN for r in found))


def handled(known: Gathered, dimension: str, code: str) -> Handled | None:
    """Return how complaints about a unit were handled in the newest year of the nation's figures, and its
    open cases by age; None where there is neither."""
    year = _year(known)
    rows = known.rows(handling.HANDLING, dimension, code)
    lines = [] if year is None else handling.unit_measures(rows, dimension, code, year)
    waiting = handling.waiting(known.rows(handling.AGEING, dimension, code), dimension)
    if not lines and not waiting:
        return None
    window = None if year is None or not lines else year_text(year, known.night.data_date)
    return Handled(window, lines, list(handling.AGES.values()), waiting)


def _state(row: dict[str, Any]) -> Text:
    state = _STATE[row["state"]]
    if row["news"] == USUAL:
        usual = NEWS[USUAL]
        return Text(f"{state.zh}，{usual.zh}", f"{state.en}, {usual.en}")
    return Text(f"{state.zh}，严重", f"{state.en}, serious") if row["serious"] else state


def _since(row: dict[str, Any]) -> date:
    day: date = row["opened_on"] if missing(row["closed_on"]) else row["closed_on"]
    return day


def _year(known: Gathered) -> date | None:
    """The newest year of the nation's figures, as on complaints.html."""
    return handling.newest(known.rows(handling.HANDLING, "nation", NATION_CODE))
