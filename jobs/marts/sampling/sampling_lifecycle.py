"""gold.sampling_lifecycle: how far each sample has come, when each step happened and was learned of, lags, deadlines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from jobs.marts.sampling.deadlines import TIMERS, Deadlines, lapsed_on, suspensions
from jobs.marts.sampling.happenings import courses
from jobs.marts.sampling.outcomes import Stage, Verdict
from jobs.marts.sampling.procedure import BRANCHES, CANCELLED, EXITED, FINAL, NOTICES, Course
from jobs.period import Period

EVENTS = (
    "ordered", "cancelled", "received", "lost", "exited", "tested", "result_issued", "result_notified", "notified_by_announcement",
    "objected", "objection_rejected", "objection_upheld", "objection_overturned", "reinspection_requested", "reinspection_issued",
    "finalised", "takedown_ordered", "taken_down", "stop_sale", "rectification_ordered", "rectified", "recheck_organised",
    "recheck_passed", "recheck_failed", "recheck_failure_announced", "second_recheck_organised", "enforcement_opened",
    "enforcement_closed", "published",
)  # fmt: skip
# Lag → the events from which and to which it runs; of several, the earliest.
LAGS = {
    "buy_to_receive": (("ordered",), ("received",)),
    "receive_to_result": (("received",), ("result_issued",)),
    "result_to_notice": (("result_issued",), NOTICES),
    "notice_to_takedown": (NOTICES, ("taken_down",)),
    "order_to_recheck": (("rectification_ordered",), ("recheck_organised",)),
}
OWN = [
    "sample_id", "plan_id", "sampling_order_id", "platform_code", "seller_region_code", "category_code", "lab_id", "exit_kind", "exit_reason",
    "seal_intact",
]  # fmt: skip
EVIDENCE = ("has_order_page", "has_unboxing_record", "has_seal_photo")


def build(
    *, sampling_event: pd.DataFrame, sampling_event_type: pd.DataFrame, sampling_order: pd.DataFrame, sample: pd.DataFrame,
    test_result: pd.DataFrame, conclusion: pd.DataFrame, objection: pd.DataFrame, reinspection: pd.DataFrame, disposal: pd.DataFrame,
    platform_control: pd.DataFrame, lab: pd.DataFrame, product_category: pd.DataFrame, statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame, period: Period,
) -> pd.DataFrame:  # fmt: skip
    """One row per sample, sorted by it. Arguments are the silver tables so named; days are Shanghai's, lags are in days."""
    tables = {
        "sampling_event": sampling_event, "sampling_event_type": sampling_event_type, "sampling_order": sampling_order, "sample": sample,
        "test_result": test_result, "conclusion": conclusion, "objection": objection, "reinspection": reinspection,
        "disposal": disposal, "platform_control": platform_control, "lab": lab, "product_category": product_category,
    }  # fmt: skip
    deadlines = Deadlines(statutory_timer, calendar)
    found = courses(tables, period.as_of, deadlines)
    outcome = final_outcomes(conclusion)
    columns = ["sample_id", *_columns()]
    rows = [
        {"sample_id": unit, **described(found[unit], outcome.get(unit), deadlines, period.as_of)} for unit in sample["sample_id"]
    ]
    told = pd.DataFrame(rows, columns=columns).astype(object)
    own = sample[OWN].assign(evidence_complete=evidence(sample))
    whole = own.merge(told, on="sample_id", validate="one_to_one").sort_values("sample_id", ignore_index=True)
    return whole[[*OWN, "evidence_complete", *_columns()]]


def final_outcomes(conclusion: pd.DataFrame) -> dict[str, str]:
    """Outcome of each sample: the re-inspection's, else the first's."""
    last_stage = conclusion.assign(again=conclusion["stage"] == Stage.REINSPECTION).sort_values("again")
    return dict(zip(last_stage["sample_id"], last_stage["outcome"], strict=True))


def evidence(sample: pd.DataFrame) -> pd.Series:
    """Whether order page, unboxing record and photo of the seal are all there; null where one is not told of and none is missing."""
    parts = sample[list(EVIDENCE)].astype("boolean")
    missing, untold = parts.eq(False).fillna(False).any(axis=1), parts.isna().any(axis=1)
    return (~missing).astype("boolean").mask(untold & ~missing)


def described(course: Course, outcome: str | None, deadlines: Deadlines, as_of: date) -> dict[str, Any]:
    """The columns of one sample that follow from its course."""
    final_on, basis = final(course, deadlines, as_of)
    closed = is_closed(course, outcome, final_on)
    state = "closed" if closed else FINAL if final_on else course.state
    timers = {name: deadlines.timer(name, course, as_of) for name in TIMERS}
    row: dict[str, Any] = {
        "outcome": outcome, "state": state, "state_since": final_on if state == FINAL else course.since,
        **{f"{branch}_state": course.branches.get(branch) for branch in BRANCHES},
        "final_on": final_on, "final_basis": basis, "closed": closed, "suspended": any(end is None for _, end in suspensions(course, as_of)),
        "n_overdue": sum(t.state == "overdue" for t in timers.values()), "n_refused": len(course.refused),
        "known_by_date": [e for e in EVENTS if e in course.first and course.first[e].at is None],
    }  # fmt: skip
    for event in EVENTS:
        known = course.first.get(event)
        row[f"{event}_on"] = known.day if known else None
        row[f"{event}_at"] = known.at if known else None
        row[f"{event}_learned_at"] = known.learned_at if known else None
    for name, (starts, ends) in LAGS.items():
        row[f"{name}_days"] = lag(course, starts, ends)
    for name, t in timers.items():
        row |= {f"{name}_rule": t.rule, f"{name}_due": t.due, f"{name}_timer": t.state, f"{name}_unknown": t.unknown}
        row |= {f"{name}_rule_status": t.status, f"{name}_citation": t.citation}
    return row


def _columns() -> list[str]:
    """Names of what `described` gives, in its order."""
    return [
        "outcome", "state", "state_since", *(f"{branch}_state" for branch in BRANCHES), "final_on", "final_basis", "closed", "suspended",
        "n_overdue", "n_refused", "known_by_date",
        *(f"{event}_{word}" for event in EVENTS for word in ("on", "at", "learned_at")), *(f"{name}_days" for name in LAGS),
        *(f"{name}_{word}" for name in TIMERS for word in ("rule", "due", "timer", "unknown", "rule_status", "citation")),
    ]  # fmt: skip


def lag(course: Course, starts: tuple[str, ...], ends: tuple[str, ...]) -> int | None:
    """Days from the earliest of ``starts`` to the earliest of ``ends``; 0 where it was done before, None where one is missing."""
    begins, stops = ([course.first[e].day for e in events if e in course.first] for events in (starts, ends))
    return max((min(stops) - min(begins)).days, 0) if begins and stops else None


def final(course: Course, deadlines: Deadlines, as_of: date) -> tuple[date | None, str | None]:
    """The day on which the result became final, and how: declared by the authority, decided (by re-inspection, or on an objection
    after the window), or the window lapsed. None while an objection or a re-inspection is pending, or where it has no result."""
    first = course.first
    if "finalised" in first:
        return first["finalised"].day, "declared"
    if course.state in (EXITED, CANCELLED) or "result_issued" not in first or course.noticed_on is None:
        return None, None
    if "reinspection_issued" in first:
        return first["reinspection_issued"].day, "decided"
    decisions = [first[e].day for e in ("objection_rejected", "objection_upheld", "objection_overturned") if e in first]
    lapse = lapsed_on(course, deadlines)
    pending = "reinspection_requested" in first or ("objected" in first and not decisions)
    if pending or lapse is None or lapse > as_of:
        return None, None
    return (max(decisions), "decided") if decisions and max(decisions) > lapse else (lapse, "lapsed")


def is_closed(course: Course, outcome: str | None, final_on: date | None) -> bool:
    """Whether every obligatory branch has ended: whatever was opened, and for a final failure takedown, recheck and publication;
    for a violation found before the test enforcement and what was opened."""
    ended = all(
        end in course.first or start not in course.first
        for start, end in (
            ("takedown_ordered", "taken_down"), ("rectification_ordered", "recheck_passed"), ("enforcement_opened", "enforcement_closed"),
        )
    )  # fmt: skip
    if course.state == CANCELLED or course.state == EXITED:
        violation = course.state == EXITED and course.facts.exit_kind == "violation"
        return ended and (not violation or "enforcement_closed" in course.first)
    if final_on is None or not ended:
        return False
    if outcome != Verdict.NONCONFORMING:
        return True
    return all(event in course.first for event in ("taken_down", "recheck_passed", "published"))

