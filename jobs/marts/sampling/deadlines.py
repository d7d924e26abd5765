"""Statutory deadlines of the sampling procedure: which rule is valid on the day of the event that starts it,
which day is its last, and whether it was met. Rules are rows of silver.statutory_timer; a deadline of one
sample is called a timer. A suspension of time (a test, for example) extends a timer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.calendars import working_calendar
from jobs.marts.sampling.procedure import NOTICES, WINDOW, Courses
from jobs.methods.working_days import CalendarUnknown, add, between, due

Pauses = tuple[tuple[date, date | None], ...]  # first and last day, None while it lasts
STATES = ("met", "late", "running", "overdue", "not_applicable")
# Why the state of a timer is not known: its working days are not, or time is suspended.
CALENDAR_UNKNOWN, SUSPENDED = "calendar_unknown", "suspended"
# Name of the timer in sampling_lifecycle → (from, to, bound) of silver.statutory_timer.
TIMERS = {
    "notice": ("result_issued", "result_notified", "latest"),
    "objection": (*WINDOW, "latest"),
    "rectification": ("rectification_ordered", "rectified", "latest"),
    "recheck": ("rectification_ordered", "recheck_organised", "latest"),
    "second_recheck_from": ("recheck_failure_announced", "second_recheck_organised", "earliest"),
    "second_recheck": ("recheck_failure_announced", "second_recheck_organised", "latest"),
}


@dataclass(frozen=True)
class Timer:
    """The state of one deadline of one sample.

    ``state``: one of STATES, None where it is not known; then ``unknown`` says why (CALENDAR_UNKNOWN,
    SUSPENDED). It is `not_applicable` where the event that starts it did not happen, or no rule was valid on
    that day, and for the right to object once its time has passed unused. ``due``: the last day; for a rule
    with the bound `earliest`, the first day allowed. ``rule``, ``status``, ``citation``: rule_id, status and
    citation of the row of silver.statutory_timer that applies."""

    state: str | None = "not_applicable"
    rule: str | None = None
    due: date | None = None
    status: str | None = None
    citation: str | None = None
    unknown: str | None = None


class Deadlines:
    """Computes statutory deadlines. ``statutory_timer``, ``calendar``: the silver tables.

    Where a deadline needs working days that are not known, it has no day; none is guessed. Results are kept,
    so that a deadline that is asked for again is not computed again."""

    def __init__(self, statutory_timer: pd.DataFrame, calendar: pd.DataFrame) -> None:
        rules = statutory_timer.astype(object).where(statutory_timer.notna(), None)
        rules = rules.sort_values(["valid_from", "rule_id"], ascending=[False, True])
        self._rules = list(rules.itertuples(index=False))
        self._calendar = working_calendar(calendar)
        self._found: dict[tuple[Any, ...], object] = {}
        self._ends: dict[tuple[Any, ...], date | None] = {}

    def rule(self, from_event: str, to_event: str, bound: str, day: date) -> Any:
        """Return the row of silver.statutory_timer, as a named tuple, for a pair of events and a bound
        (`latest` or `earliest`) that is valid on ``day``. None without one; of several, the one with the
        latest valid_from, then the smallest rule_id.

        ``from_event``: the event from which the time is counted; it happened on ``day``, a day in the
        nation's time zone. ``to_event``: the event that must come within the time, or not before its end."""
        key = (from_event, to_event, bound, day)
        if key not in self._found:
            self._found[key] = next((
                r for r in self._rules
                if (r.from_event, r.to_event, r.bound) == key[:3] and r.valid_from <= day
                and (r.valid_to is None or day <= r.valid_to)
            ), None)  # fmt: skip
        return self._found[key]

    def last_day(self, from_event: str, to_event: str, day: date) -> date | None:
        """Return the last day on which ``to_event`` is in time if ``from_event`` happened on ``day`` and time
        was never suspended. None where no rule is valid or the calendar is not known."""
        rule = self.rule(from_event, to_event, "latest", day)
        return self._end(rule, day, ()) if rule else None

    def first_day(self, from_event: str, to_event: str, day: date) -> date | None:
        """Return the first day on which ``to_event`` is allowed if ``from_event`` happened on ``day``. None
        where no rule is valid or the calendar is not known."""
        rule = self.rule(from_event, to_event, "earliest", day)
        return self._end(rule, day, ()) if rule else None

    def last_days(self, from_event: str, to_event: str, days: np.ndarray) -> np.ndarray:
        """Return, for each of ``days`` on which ``from_event`` happened (datetime64[D]), the last day on
        which ``to_event`` is in time, as `last_day` does: an array of datetime64[D], NaT where the day is
        missing or there is no last day."""
        return _of_each(lambda day: self.last_day(from_event, to_event, day), days)

    def first_days(self, from_event: str, to_event: str, days: np.ndarray) -> np.ndarray:
        """Return, for each of ``days`` on which ``from_event`` happened (datetime64[D]), the first day on
        which ``to_event`` is allowed, as `first_day` does: an array of datetime64[D], NaT where the day is
        missing or there is no first day."""
        return _of_each(lambda day: self.first_day(from_event, to_event, day), days)

    def timers(self, name: str, courses: Courses, pauses: Mapping[int, Pauses], as_of: date) -> pd.DataFrame:
        """Return the state of one timer of every unit on the day ``as_of``: one row per unit of ``courses``,
        in their order, with the fields of Timer as columns. Rows go by position: labels of the index repeat.

        ``name``: a key of TIMERS. ``pauses``: number of the unit → its suspensions of time (`suspensions`),
        for units that have any. They do not extend the timer `objection`, the time in which a party may
        object."""
        from_event, to_event, _ = TIMERS[name]
        begin = courses.noticed_on if from_event == WINDOW[0] else courses.day(from_event)
        done = courses.day(*(NOTICES if to_event in NOTICES else (to_event,)))
        own = {} if name == "objection" else pauses
        paused = pd.Series(-1, range(len(begin)))
        paused[list(own)] = range(len(own))
        questions = pd.DataFrame({"begin": begin, "done": done, "paused": paused})
        number = questions.groupby(list(questions), dropna=False, sort=False).ngroup().to_numpy()
        _, at = np.unique(number, return_index=True)
        asked = zip(begin[at].astype(object), done[at].astype(object), at.tolist(), strict=True)
        found = [astuple(self.timer(name, day, end, own.get(unit, ()), as_of)) for day, end, unit in asked]
        return pd.DataFrame(found, columns=Timer.__match_args__, dtype=object).iloc[number]

    def timer(self, name: str, begin: date | None, done: date | None, pauses: Pauses, as_of: date) -> Timer:
        """Return the Timer of one sample on the day ``as_of``.

        ``name``: a key of TIMERS. ``begin``: day of the event that starts it; ``done``: day of the event that
        ends it; None where it has not happened. ``pauses``: suspensions of time, each as a pair of the days
        of suspension and resumption (None while it lasts); they extend the deadline. While time is suspended
        and the ending event has not happened, the state is not known (SUSPENDED)."""
        from_event, to_event, bound = TIMERS[name]
        rule = self.rule(from_event, to_event, bound, begin) if begin else None
        if begin is None or rule is None:
            return Timer()
        about = (rule.rule_id, rule.status, rule.citation)
        pauses = tuple((max(a, begin), b) for a, b in pauses if b is None or b > begin)
        pauses = tuple(p for p in pauses if done is None or p[0] < done)
        if any(b is None for _, b in pauses) and done is None:
            return Timer(None, about[0], None, about[1], about[2], SUSPENDED)
        end = self._end(rule, begin, pauses)
        if end is None:
            return Timer(None, about[0], None, about[1], about[2], CALENDAR_UNKNOWN)
        return Timer(_state(name, bound, end, done, as_of), about[0], end, about[1], about[2])

    def _end(self, rule: Any, day: date, pauses: Pauses) -> date | None:
        key = (rule.rule_id, rule.valid_from, day, pauses)
        if key not in self._ends:
            try:
                self._ends[key] = self._counted(rule, day, pauses)
            except CalendarUnknown:
                self._ends[key] = None
        return self._ends[key]

    def _counted(self, rule: Any, day: date, pauses: Pauses) -> date:
        """A rest day at its end puts a deadline off; the first day of an earliest bound stays where it falls.
        Days of a pause that began before the deadline ran out are added to it."""
        roll = rule.bound == "latest"
        amount = int(rule.amount)
        end = due(day, amount, rule.unit, roll=roll, calendar=self._calendar)
        for start, stop in pauses:
            if stop is None or start >= end:
                continue
            if rule.unit == "working_day":
                end = add(end, between(start, stop, calendar=self._calendar), calendar=self._calendar)
            else:
                end += stop - start
                end = add(end, 0, calendar=self._calendar) if roll else end
        return end


def suspensions(clock: list[tuple[str, date]]) -> Pauses:
    """Return the suspensions of time of one sample, in order, as pairs (day of suspension, day of
    resumption); the second is None while time is suspended.

    ``clock``: the events `timer_suspended` and `timer_resumed` with their days, in order. A second suspension
    during one, and a resumption outside of one, change nothing."""
    found: list[tuple[date, date | None]] = []
    for event, day in clock:
        if event == "timer_suspended" and not (found and found[-1][1] is None):
            found.append((day, None))
        elif event == "timer_resumed" and found and found[-1][1] is None:
            found[-1] = (found[-1][0], day)
    return tuple(found)


def _of_each(find: Callable[[date], date | None], days: np.ndarray) -> np.ndarray:
    distinct, at = np.unique(days, return_inverse=True)
    found = [None if day is None else find(day) for day in distinct.astype(object)]
    return np.array(found, dtype="datetime64[D]")[at]


def _state(name: str, bound: str, end: date, done: date | None, as_of: date) -> str:
    if bound == "earliest":
        return "met" if as_of >= end else "running"
    if done is not None:
        return "met" if done <= end else "late"
    if as_of <= end:
        return "running"
    return "not_applicable" if name == "objection" else "overdue"  # a right that was not used is no delay
