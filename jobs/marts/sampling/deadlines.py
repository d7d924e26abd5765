"""Statutory deadlines of the procedure: the rule in force on the day of the event, its last day, and how it stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from jobs.marts.sampling.procedure import NOTICES, WINDOW, Course
from jobs.methods.working_days import CalendarUnknown, add, between, due

STATES = ("met", "late", "running", "overdue", "not_applicable")
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
    """``due``: last day (first one of an earliest bound). ``state``: of STATES, None where ``unknown`` says why it is not known."""

    state: str | None = "not_applicable"
    rule: str | None = None
    due: date | None = None
    status: str | None = None
    citation: str | None = None
    unknown: str | None = None


class Deadlines:
    """``statutory_timer``, ``calendar``: the silver tables. A day whose working days are not known gives no deadline: none is guessed."""

    def __init__(self, statutory_timer: pd.DataFrame, calendar: pd.DataFrame) -> None:
        rules = statutory_timer.astype(object).where(statutory_timer.notna(), None).sort_values("rule_id")
        self._rules = list(rules.itertuples(index=False))
        self._calendar = calendar if len(calendar) else None
        self._found: dict[tuple, object] = {}
        self._ends: dict[tuple, date | None] = {}

    def rule(self, from_event: str, to_event: str, bound: str, day: date):
        """The row of silver.statutory_timer in force on ``day``, the event's day in Shanghai; None without one."""
        key = (from_event, to_event, bound, day)
        if key not in self._found:
            self._found[key] = next((
                r for r in self._rules
                if (r.from_event, r.to_event, r.bound) == key[:3] and r.valid_from <= day and (r.valid_to is None or day <= r.valid_to)
            ), None)  # fmt: skip
        return self._found[key]

    def last_day(self, from_event: str, to_event: str, day: date) -> date | None:
        rule = self.rule(from_event, to_event, "latest", day)
        return self._end(rule, day, ()) if rule else None

    def first_day(self, from_event: str, to_event: str, day: date) -> date | None:
        rule = self.rule(from_event, to_event, "earliest", day)
        return self._end(rule, day, ()) if rule else None

    def timer(self, name: str, course: Course, as_of: date) -> Timer:
        """How the timer ``name`` of TIMERS stands on ``as_of``."""
        from_event, to_event, bound = TIMERS[name]
        begin = course.noticed_on if from_event == WINDOW[0] else _day(course, from_event)
        rule = self.rule(from_event, to_event, bound, begin) if begin else None
        if rule is None:
            return Timer()
        about = (rule.rule_id, rule.status, rule.citation)
        done = _day(course, *(NOTICES if to_event in NOTICES else (to_event,)))
        # The time in which a party may object does not stand still while an authority tests.
        pauses = () if name == "objection" else suspensions(course, as_of)
        pauses = tuple((max(a, begin), b) for a, b in pauses if b is None or b > begin)
        pauses = tuple(p for p in pauses if done is None or p[0] < done)
        if any(b is None for _, b in pauses) and done is None:
            return Timer(None, about[0], None, about[1], about[2], SUSPENDED)
        end = self._end(rule, begin, pauses)
        if end is None:
            return Timer(None, about[0], None, about[1], about[2], CALENDAR_UNKNOWN)
        return Timer(_state(name, bound, end, done, as_of), about[0], end, about[1], about[2])

    def _end(self, rule, day: date, pauses: tuple[tuple[date, date | None], ...]) -> date | None:
        key = (rule.rule_id, rule.valid_from, day, pauses)
        if key not in self._ends:
            try:
                self._ends[key] = self._counted(rule, day, pauses)
            except CalendarUnknown:
                self._ends[key] = None
        return self._ends[key]

    def _counted(self, rule, day: date, pauses: tuple[tuple[date, date | None], ...]) -> date:
        """A rest day at its end puts a deadline off; the first day of an earliest bound stays where it falls. Days of a pause
        that began before the deadline ran out are added to it."""
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


def suspensions(course: Course, as_of: date) -> tuple[tuple[date, date | None], ...]:
    """Pairs of the day on which time was suspended and the one on which it was resumed, None while it is; later ones than ``as_of``
    are not known yet."""
    found: list[tuple[date, date | None]] = []
    for event in course.clock:
        if event.day > as_of:
            continue
        if event.event == "timer_suspended" and not (found and found[-1][1] is None):
            found.append((event.day, None))
        elif event.event == "timer_resumed" and found and found[-1][1] is None:
            found[-1] = (found[-1][0], event.day)
    return tuple(found)


def lapsed_on(course: Course, deadlines: Deadlines) -> date | None:
    """The day after the last one on which an objection or a request for re-inspection could come."""
    last = deadlines.last_day(*WINDOW, course.noticed_on) if course.noticed_on else None
    return last + timedelta(days=1) if last else None


def _day(course: Course, *events: str) -> date | None:
    return min((course.first[e].day for e in events if e in course.first), default=None)


def _state(name: str, bound: str, end: date, done: date | None, as_of: date) -> str:
    if bound == "earliest":
        return "met" if as_of >= end else "running"
    if done is not None:
        return "met" if done <= end else "late"
    if as_of <= end:
        return "running"
    return "not_applicable" if name == "objection" else "overdue"  # a right that nobody used is nobody's delay
