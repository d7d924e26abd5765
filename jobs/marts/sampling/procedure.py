"""The sampling procedure as a state machine (definitions.md#procedure): which event may follow which. Pure.
It checks events of one kind of many samples at once; `replaying` runs the events of all samples through it.

A unit is a sample, or a planned order without a sample yet; it has a number, its position in the arrays.
Events have numbers too. An event is accepted or refused; only accepted ones change the state of a unit. It is
reported (silver.sampling_event), or implied by a date in another record. A reported event goes through every
check. An implied event comes from records that say nothing of earlier steps: it is refused where such records
contradict it, not where they are missing. A notice is an event of NOTICES: a party is notified of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

# Why an event is refused: it comes before or after what it must follow or precede, is a second one of what
# happens once, is of the laboratory of the first test, out of its time, or of no sample or order on file.
REASONS = (
    "before_receipt",
    "before_result",
    "before_notification",
    "before_rectification",
    "after_final",
    "second_final",
    "second_reinspection",
    "same_lab",
    "too_late",
    "too_early",
    "after_exit",
    "not_planned",
)
# States of the procedure; the others are those of silver.sampling_event_type.
PLANNED, EXITED, CANCELLED, FINAL = "planned", "exited", "cancelled", "final"
# Events by which a party is notified of the result.
NOTICES = ("result_notified", "notified_by_announcement")
# The right to object or to ask for a re-inspection ends with one and the same window.
WINDOW = ("result_notified", "reinspection_requested")
# Lines of the procedure that run side by side after the notice.
BRANCHES = ("takedown", "rectification", "enforcement", "publication")
NOT_APPLICABLE = "not_applicable"  # state of the takedown of a batch that no platform sells
CLOCK = "clock"  # branch of the events that suspend and resume time
# After a recheck failed, a second one is organised, and its failure is an event of the same kind.
RECHECK_FAILED, SECOND_RECHECK = "recheck_failed", "second_recheck_organised"
# Where one holds, the event is refused for its reason, or allowed where that is None; the first that holds
# decides.
Rules = list[tuple[np.ndarray, str | None]]


@dataclass(frozen=True)
class Kind:
    """A kind of event: a row of silver.sampling_event_type. ``event``: its name; ``number``: position of its
    row in the arrays of `Courses`; ``position``: its rank in the procedure; ``branch``, ``state``: which line
    of the procedure the event moves (`procedure`, `objection`, CLOCK or one of BRANCHES), and to which state.
    """

    event: str
    number: int
    position: int
    branch: str
    state: str


@dataclass(frozen=True)
class Facts:
    """What is known of each unit besides its events; all fields but ``sole_lab`` are arrays over units.

    ``planned``: the sample, or the order, is on file. ``has_order``: the order is on file, so its receipt
    will be reported. ``exit_kind``: of silver.sample, None without. ``nonconforming``: the first conclusion
    is non-conforming; True for orders without a sample. ``first_lab``: laboratory of the first test, None
    where not known. ``sole_lab(unit, lab, day)``: whether ``lab`` is the only laboratory that is qualified
    for the unit's goods on that day."""

    planned: np.ndarray
    has_order: np.ndarray
    exit_kind: np.ndarray
    nonconforming: np.ndarray
    first_lab: np.ndarray
    sole_lab: Callable[[int, str, date], bool]


class Bounds(Protocol):
    """Days between which something may be done; `deadlines.Deadlines` is one. ``last_days``, ``first_days``:
    for each of ``days``, on which ``from_event`` happened, the last or first day on which ``to_event`` is
    allowed: datetime64[D], NaT where no rule is valid or the calendar is not known."""

    def last_days(self, from_event: str, to_event: str, days: np.ndarray) -> np.ndarray: ...

    def first_days(self, from_event: str, to_event: str, days: np.ndarray) -> np.ndarray: ...


class Courses:
    """How far each unit came in the procedure. All attributes are arrays over units, but `first`, `reported`
    and `late`, which are kinds × units, `branches` and `clock`.

    ``first``: number of the first accepted event of the kind, -1 without one. ``reported``: whether the
    unit's history has an event of the kind, accepted or not. ``late``: whether one was refused as too late.
    ``state``, ``position``, ``since``: state of the procedure, its rank, and the day since when.
    ``branches``: branch → state of each unit in it. ``noticed_on``: day of the last notice, NaT without one.
    ``failed_again_on``: day on which the second recheck failed, NaT where it did not. ``clock``: unit → its
    events that suspend or resume time, with their days."""

    def __init__(
        self, size: int, kinds: Mapping[str, Kind], facts: Facts, bounds: Bounds, units: np.ndarray,
        days: np.ndarray,
    ) -> None:  # fmt: skip
        """``size``: number of units. ``kinds``: Kind by the name of the event. ``units``, ``days``: for each
        event, by its number, its unit and its day."""
        self.size, self.kinds, self.facts, self.bounds = size, kinds, facts, bounds
        self.units, self.days = units, days
        self.first = np.full((len(kinds), size), -1)
        self.reported, self.late = (np.zeros((len(kinds), size), dtype=bool) for _ in range(2))
        self.state = np.full(size, PLANNED, dtype=object)
        self.position = np.zeros(size, dtype=int)
        self.since, self.noticed_on, self.failed_again_on = (
            np.full(size, np.datetime64("NaT", "D")) for _ in range(3)
        )
        self.branches = {branch: np.full(size, None, dtype=object) for branch in BRANCHES}
        self.clock: dict[int, list[tuple[str, date]]] = {}

    def has(self, *events: str, of: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return whether each of the units ``of`` (numbers; by default all) has an accepted event of one of
        the kinds ``events``: a bool array. Names that are no kind are ignored."""
        found = np.zeros(len(self.state[of]), dtype=bool)
        for number in self._numbers(events):
            found |= self.first[number][of] >= 0
        return found

    def day(self, *events: str, of: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return, for each of the units ``of`` (numbers; by default all), the earliest of the days of the
        first accepted events of the kinds ``events`` (one event per kind): datetime64[D], NaT where none was
        accepted."""
        found = np.full(len(self.state[of]), np.datetime64("NaT", "D"))
        for number in self._numbers(events):
            at = self.first[number][of]
            there = at >= 0
            found[there] = np.fmin(found[there], self.days[at[there]])
        return found

    def was_reported(self, *events: str, of: np.ndarray) -> np.ndarray:
        """Return for each of the units ``of`` (numbers) whether its history has an event of one of the kinds
        ``events``, accepted or not: a bool array."""
        return self._any(self.reported, events, of)

    def came_late(self, *events: str, of: np.ndarray) -> np.ndarray:
        """Return for each of the units ``of`` (numbers) whether an event of one of the kinds ``events`` was
        refused as too late: a bool array."""
        return self._any(self.late, events, of)

    def number(self, event: str) -> np.ndarray:
        """Return for each unit the number of its first accepted event of the kind ``event``, -1 without one
        or where the name is no kind."""
        return self.first[self.kinds[event].number] if event in self.kinds else np.full(self.size, -1)

    def _any(self, flags: np.ndarray, events: tuple[str, ...], of: np.ndarray) -> np.ndarray:
        found = np.zeros(len(of), dtype=bool)
        for number in self._numbers(events):
            found |= flags[number][of]
        return found

    def _numbers(self, events: tuple[str, ...]) -> list[int]:
        return [self.kinds[event].number for event in events if event in self.kinds]


@dataclass(frozen=True)
class Batch:
    """Events of one kind, each of a different unit, that are checked together. All arrays have one entry per
    event: ``units``: number of its unit; ``day``; ``implied``: whether it is implied by a date; ``lab_id``:
    its laboratory, None without one. ``courses``: how far all units came before these events."""

    kind: Kind
    courses: Courses
    units: np.ndarray
    day: np.ndarray
    implied: np.ndarray
    lab_id: np.ndarray

    def has(self, *events: str) -> np.ndarray:
        """Return for each event of the batch whether its unit has an accepted event of one of the kinds
        ``events``: a bool array."""
        return self.courses.has(*events, of=self.units)

    def reported(self, *events: str) -> np.ndarray:
        """Return for each event of the batch whether the history of its unit has an event of one of the kinds
        ``events``, accepted or not: a bool array."""
        return self.courses.was_reported(*events, of=self.units)

    def late(self, *events: str) -> np.ndarray:
        """Return for each event of the batch whether an event of one of the kinds ``events`` was refused as
        too late for its unit: a bool array."""
        return self.courses.came_late(*events, of=self.units)

    def open_to(self, *before: str) -> np.ndarray:
        """Return for each event whether it may be accepted although none of the kinds ``before``, one of
        which must precede it, was accepted: a bool array. True where the event is implied by a date and the
        unit's history has none of these kinds at any time: they are then unknown rather than missing."""
        return self.implied & ~self.reported(*before)

    @property
    def final(self) -> np.ndarray:
        """For each event, whether the result of its unit is final."""
        return self.courses.state[self.units] == FINAL

    @property
    def noticed_on(self) -> np.ndarray:
        """For each event, the day of the last notice of its unit; NaT without one."""
        return self.courses.noticed_on[self.units]

    @property
    def window_end(self) -> np.ndarray:
        """For each event, the last day on which the parties of its unit may object or ask for a
        re-inspection; NaT where it is not known."""
        return self.courses.bounds.last_days(*WINDOW, self.noticed_on)


def refusals(batch: Batch) -> np.ndarray:
    """Return for each event of ``batch`` the reason, one of REASONS, for which the procedure refuses it; None
    where it accepts it. An object array. Nothing is changed: `replaying` applies the accepted events."""
    facts, state = batch.courses.facts, batch.courses.state[batch.units]
    gone = (state == EXITED) | (state == CANCELLED)
    rules: Rules = [(~facts.planned[batch.units], "not_planned")]
    rules += [(gone & _after_exit(batch), "after_exit"), (gone, None)]
    if batch.kind.event in CHECKS:
        rules += CHECKS[batch.kind.event](batch)
    found, undecided = np.full(len(batch.units), None, dtype=object), np.ones(len(batch.units), dtype=bool)
    for holds, reason in rules:
        found[undecided & holds] = reason
        undecided &= ~holds
    return found


def _after_exit(batch: Batch) -> np.ndarray:
    """A violation found before the test is notified, taken down, prosecuted and published; there is nothing
    left to test."""
    if batch.kind.event in ("exited", "lost", "cancelled") or batch.kind.branch == CLOCK:
        return np.zeros(len(batch.units), dtype=bool)
    followed = batch.kind.branch in BRANCHES or batch.kind.event in NOTICES
    return ~(followed & (batch.courses.facts.exit_kind[batch.units] == "violation"))


def _not_received(batch: Batch) -> np.ndarray:
    """Ordered by its history, and not ordered yet."""
    return batch.reported("ordered") & ~batch.has("ordered")


def _received(batch: Batch) -> Rules:
    return [(_not_received(batch), "not_planned")]


def _leaves(batch: Batch) -> Rules:
    return [(batch.has("tested", "result_issued"), "too_late")]


def _cancelled(batch: Batch) -> Rules:
    return [(batch.has("received", "tested", "result_issued"), "too_late")]


def _tested(batch: Batch) -> Rules:
    expected = batch.reported("received") | (batch.courses.facts.has_order[batch.units] & ~batch.implied)
    missing = _not_received(batch) | (expected & ~batch.has("received"))
    return [(batch.final, "after_final"), (missing, "before_receipt")]


def _concluded(batch: Batch) -> Rules:
    return [(~batch.has("result_issued") & ~batch.open_to("result_issued"), "before_result")]


def _notified(batch: Batch) -> Rules:
    """What runs from the notice of the result."""
    return [(np.isnat(batch.noticed_on) & ~batch.open_to(*NOTICES), "before_notification")]


def _objected(batch: Batch) -> Rules:
    asked = batch.kind.event == "reinspection_requested"
    twice = batch.has("reinspection_requested", "reinspection_issued") & asked
    late = (batch.day > batch.window_end, "too_late")
    return [(twice, "second_reinspection"), (batch.final, "after_final"), *_notified(batch), late]


def _decided(batch: Batch) -> Rules:
    return [(batch.final, "after_final"), *_notified(batch)]


def _reinspected(batch: Batch) -> Rules:
    labs, facts = batch.lab_id, batch.courses.facts
    same = labs.astype(bool) & (labs == facts.first_lab[batch.units])
    for i in np.flatnonzero(same):
        same[i] = not facts.sole_lab(batch.units[i], labs[i], batch.day[i].item())
    again = (batch.has("reinspection_issued"), "second_reinspection")
    return [again, (same, "same_lab"), *_decided(batch), (_asked_late(batch), "too_late")]


def _asked_late(batch: Batch) -> np.ndarray:
    """Whether the re-inspection was asked for after the window: its request was refused so, or the objection
    without any request was, and no other one stands."""
    asked = batch.has("reinspection_requested")
    return ~asked & (batch.late("reinspection_requested") | (batch.late("objected") & ~batch.has("objected")))


def _finalised(batch: Batch) -> Rules:
    return [(batch.has("finalised"), "second_final"), *_concluded(batch), *_notified(batch)]


def _rechecked(batch: Batch) -> Rules:
    """A firm that lets its time for rectification run out and never reports is rechecked without its word
    (SAMR order 18, art. 47)."""
    ordered = batch.courses.day("rectification_ordered", of=batch.units)
    last = batch.courses.bounds.last_days("rectification_ordered", "rectified", ordered)
    early = batch.reported("rectified") | ~(batch.day > last)
    return [(batch.has("rectified"), None), (early, "before_rectification")]


def _recheck_result(batch: Batch) -> Rules:
    return [(~batch.has("recheck_organised"), "before_rectification")]


def _failed(batch: Batch) -> Rules:
    return [(~batch.has("recheck_failed"), "before_result")]


def _second_recheck(batch: Batch) -> Rules:
    announced = batch.courses.day("recheck_failure_announced", of=batch.units)
    bounds = batch.courses.bounds
    first = bounds.first_days("recheck_failure_announced", "second_recheck_organised", announced)
    return [(np.isnat(announced), "before_result"), (batch.day < first, "too_early")]


def _published(batch: Batch) -> Rules:
    """A failure is published when it is final; a result without one when it is issued."""
    failing = batch.courses.facts.nonconforming[batch.units]
    concluded = [(~failing & holds, reason) for holds, reason in _concluded(batch)]
    free = ~failing | batch.final | np.isnat(batch.noticed_on) | batch.has("reinspection_issued")
    notified = [(failing & holds, reason) for holds, reason in _notified(batch)]
    return [*concluded, *notified, (free, None), (batch.day <= batch.window_end, "too_early")]


CHECKS: Mapping[str, Callable[[Batch], Rules]] = {
    "received": _received, "cancelled": _cancelled, "lost": _leaves, "exited": _leaves, "tested": _tested,
    "result_issued": _tested, **dict.fromkeys(NOTICES, _concluded), "objected": _objected,
    "reinspection_requested": _objected,
    **dict.fromkeys(("objection_rejected", "objection_upheld", "objection_overturned"), _decided),
    "reinspection_issued": _reinspected, "finalised": _finalised,
    **dict.fromkeys(("takedown_ordered", "rectification_ordered", "enforcement_opened"), _notified),
    "recheck_organised": _rechecked, **dict.fromkeys(("recheck_passed", "recheck_failed"), _recheck_result),
    "recheck_failure_announced": _failed, "second_recheck_organised": _second_recheck,
    "published": _published,
}  # fmt: skip
