"""The sampling procedure as a state machine (definitions.md 1): which event may follow which. Pure, one sample at a time;
`replaying` plays the events of a sample through it.

An event that was told goes through every check. An event that only a date implies (`Event.implied`) stands for records that say nothing
of what went before: it is refused where they contradict it, not where they are silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

REASONS = (
    "before_receipt", "before_result", "before_notification", "before_rectification", "after_final", "second_final", "second_reinspection",
    "same_lab", "too_late", "too_early", "after_exit", "not_planned",
)
PLANNED, EXITED, CANCELLED, FINAL = "planned", "exited", "cancelled", "final"
NOTICES = ("result_notified", "notified_by_announcement")
# The right to object or to ask for a re-inspection ends with one and the same window.
WINDOW = ("result_notified", "reinspection_requested")
BRANCHES = ("takedown", "rectification", "enforcement", "publication")


@dataclass(frozen=True)
class Event:
    """``position branch state``: of the reference sampling_event_type. ``day``: in Shanghai. ``at``: None where a date alone is known."""

    id: str
    event: str
    position: int
    branch: str
    state: str
    day: date
    at: datetime | None = None
    learned_at: datetime | None = None
    lab_id: str | None = None
    implied: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of a sample besides its events. ``has_order``: its purchase is on file, so its receipt will be told.
    ``first_lab``: that of the first test. ``sole_lab``: whether, on a day, no other lab is qualified for its goods."""

    planned: bool = True
    has_order: bool = False
    exit_kind: str | None = None
    nonconforming: bool = True
    first_lab: str | None = None
    sole_lab: Callable[[str, date], bool] = lambda lab, day: False


class Bounds(Protocol):
    """Days between which something may be done; None where no rule is in force or the calendar is not known."""

    def last_day(self, from_event: str, to_event: str, day: date) -> date | None: ...

    def first_day(self, from_event: str, to_event: str, day: date) -> date | None: ...


@dataclass
class Course:
    """How far a sample came. ``first``: the first accepted event of each kind; ``noticed_on``: day of the last notice."""

    facts: Facts
    bounds: Bounds
    told: frozenset[str]
    first: dict[str, Event] = field(default_factory=dict)
    refused: list[tuple[Event, str, str]] = field(default_factory=list)
    clock: list[Event] = field(default_factory=list)
    state: str = PLANNED
    position: int = 0
    since: date | None = None
    branches: dict[str, str] = field(default_factory=dict)
    noticed_on: date | None = None

    def has(self, *events: str) -> bool:
        return any(event in self.first for event in events)

    def open_to(self, event: Event, *before: str) -> bool:
        """Whether what must have come ``before`` is unknown rather than missing: a date alone, and nobody tells of it at any time."""
        return event.implied and not self.told.intersection(before)


def refusal(event: Event, course: Course) -> str | None:
    """The reason for which the procedure does not allow ``event`` now, None where it does."""
    if course.state in (EXITED, CANCELLED):
        return _after_exit(event, course)
    check = CHECKS.get(event.event)
    return check(event, course) if check else None


def _after_exit(event: Event, course: Course) -> str | None:
    """A violation found before the test is notified, taken down, prosecuted and published; there is nothing left to test."""
    again = event.event in ("exited", "lost", "cancelled")
    followed = course.facts.exit_kind == "violation" and (event.branch in BRANCHES or event.event in NOTICES)
    return None if again or followed or event.branch == "clock" else "after_exit"


def _received(event: Event, course: Course) -> str | None:
    return "not_planned" if "ordered" in course.told and not course.has("ordered") else None


def _leaves(event: Event, course: Course) -> str | None:
    return "too_late" if course.has("tested", "result_issued") else None


def _cancelled(event: Event, course: Course) -> str | None:
    return "too_late" if course.has("received", "tested", "result_issued") else None


def _tested(event: Event, course: Course) -> str | None:
    if course.state == FINAL:
        return "after_final"
    if "ordered" in course.told and not course.has("ordered"):
        return "before_receipt"
    expected = "received" in course.told or (course.facts.has_order and not event.implied)
    return "before_receipt" if expected and not course.has("received") else None


def _concluded(event: Event, course: Course) -> str | None:
    missing = not course.has("result_issued") and not course.open_to(event, "result_issued")
    return "before_result" if missing else None


def _notified(event: Event, course: Course) -> str | None:
    """What runs from the notice of the result."""
    missing = course.noticed_on is None and not course.open_to(event, *NOTICES)
    return "before_notification" if missing else None


def _objected(event: Event, course: Course) -> str | None:
    if event.event == "reinspection_requested" and course.has("reinspection_requested", "reinspection_issued"):
        return "second_reinspection"
    if course.state == FINAL:
        return "after_final"
    if reason := _notified(event, course):
        return reason
    last = course.bounds.last_day(*WINDOW, course.noticed_on) if course.noticed_on else None
    return "too_late" if last and event.day > last else None


def _decided(event: Event, course: Course) -> str | None:
    return "after_final" if course.state == FINAL else _notified(event, course)


def _reinspected(event: Event, course: Course) -> str | None:
    if course.has("reinspection_issued"):
        return "second_reinspection"
    lab, first = event.lab_id, course.facts.first_lab
    if lab and lab == first and not course.facts.sole_lab(lab, event.day):
        return "same_lab"
    return _decided(event, course)


def _finalised(event: Event, course: Course) -> str | None:
    return "second_final" if course.has("finalised") else _concluded(event, course) or _notified(event, course)


def _rechecked(event: Event, course: Course) -> str | None:
    """A firm that lets its time for rectification run out and never reports is rechecked without its word (SAMR order 18, art. 47)."""
    if course.has("rectified"):
        return None
    if "rectified" in course.told:
        return "before_rectification"
    ordered = course.first.get("rectification_ordered")
    last = course.bounds.last_day("rectification_ordered", "rectified", ordered.day) if ordered else None
    return None if last and event.day > last else "before_rectification"


def _recheck_result(event: Event, course: Course) -> str | None:
    return None if course.has("recheck_organised") else "before_rectification"


def _failed(event: Event, course: Course) -> str | None:
    return None if course.has("recheck_failed") else "before_result"


def _second_recheck(event: Event, course: Course) -> str | None:
    announced = course.first.get("recheck_failure_announced")
    if not announced:
        return "before_result"
    first = course.bounds.first_day("recheck_failure_announced", "second_recheck_organised", announced.day)
    return "too_early" if first and event.day < first else None


def _published(event: Event, course: Course) -> str | None:
    """A failure is published when it is final; a result without one when it is issued."""
    if not course.facts.nonconforming:
        return _concluded(event, course)
    if reason := _notified(event, course):
        return reason
    if course.state == FINAL or course.noticed_on is None or course.has("reinspection_issued"):
        return None
    last = course.bounds.last_day(*WINDOW, course.noticed_on)
    return "too_early" if last and event.day <= last else None


CHECKS: Mapping[str, Callable[[Event, Course], str | None]] = {
    "received": _received, "cancelled": _cancelled, "lost": _leaves, "exited": _leaves, "tested": _tested, "result_issued": _tested,
    **dict.fromkeys(NOTICES, _concluded), "objected": _objected, "reinspection_requested": _objected,
    **dict.fromkeys(("objection_rejected", "objection_upheld", "objection_overturned"), _decided),
    "reinspection_issued": _reinspected, "finalised": _finalised,
    **dict.fromkeys(("takedown_ordered", "rectification_ordered", "enforcement_opened"), _notified),
    "recheck_organised": _rechecked, **dict.fromkeys(("recheck_passed", "recheck_failed"), _recheck_result),
    "recheck_failure_announced": _failed, "second_recheck_organised": _second_recheck, "published": _published,
}  # fmt: skip
