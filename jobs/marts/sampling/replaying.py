"""Events of one sample replayed in their order through the procedure: the allowed ones move it, the others are refused. Pure."""

from __future__ import annotations

from jobs.marts.sampling.procedure import BRANCHES, CANCELLED, EXITED, FINAL, NOTICES, Bounds, Course, Event, Facts, refusal


def in_order(events: list[Event]) -> list[Event]:
    """By time; on a day of which one event has no time, and where times are equal, by the order of the procedure."""
    vague = {e.day for e in events if e.at is None}

    def place(e: Event) -> tuple:
        return (e.day, 0.0 if e.day in vague or e.at is None else e.at.timestamp(), e.position, e.id)

    return sorted(events, key=place)


def replay(events: list[Event], facts: Facts, bounds: Bounds) -> Course:
    """``events`` of one sample, explicit and implied, replayed from `planned`.

    A date implies an event only where no event of that kind that was told is allowed. Of several allowed ones of a kind (two
    parties notified, a takedown told twice) the first stands; the window to object runs from the last notice.
    """
    explicit = {e.event for e in events if not e.implied}
    course = _run([e for e in events if not (e.implied and e.event in explicit)], facts, bounds)
    missing = {e.event for e in events if e.implied and e.event in explicit and e.event not in course.first}
    if missing:
        again = [e for e in events if not e.implied or e.event not in explicit or e.event in missing]
        course = _run(again, facts, bounds)
    said = {(e.event, reason) for e, reason, _ in course.refused if not e.implied}
    course.refused = [r for r in course.refused if not (r[0].implied and (r[0].event, r[1]) in said)]
    return course


def _run(events: list[Event], facts: Facts, bounds: Bounds) -> Course:
    course = Course(facts, bounds, frozenset(e.event for e in events))
    for event in in_order(events):
        reason = refusal(event, course) if facts.planned else "not_planned"
        if reason:
            course.refused.append((event, reason, course.state))
        else:
            _accept(event, course)
    return course


def _accept(event: Event, course: Course) -> None:
    if event.branch == "clock":
        course.clock.append(event)
        return
    repeated = event.event in course.first
    course.first.setdefault(event.event, event)
    if event.event in NOTICES:
        course.noticed_on = event.day
    if event.branch in BRANCHES:
        course.branches[event.branch] = event.state
    elif course.state in (EXITED, CANCELLED):
        return  # what follows does not bring the sample back
    elif not repeated and (event.position > course.position or (event.branch == "objection" and course.state != FINAL)):
        course.state, course.position, course.since = event.state, event.position, event.day
