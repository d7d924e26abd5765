"""gold.sampling_lifecycle: the state of each sample in the procedure, when each step happened and became
known, lags between steps, and deadlines. Its functions compute columns for all units (samples, then orders
without a sample; see jobs.marts.sampling.procedure); only the samples are kept. ``courses``: how far each
unit came, as `happenings.histories` returns it; ``deadlines``: computes last days by the statutory rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.sampling import happenings
from jobs.marts.sampling.deadlines import TIMERS, Deadlines, Pauses, suspensions
from jobs.marts.sampling.happenings import dates, happened, histories, plain
from jobs.marts.sampling.outcomes import IN_PERSON, Stage, Verdict
from jobs.marts.sampling.procedure import (
    BRANCHES,
    CANCELLED,
    EXITED,
    FINAL,
    NOT_APPLICABLE,
    NOTICES,
    WINDOW,
    Courses,
)
from jobs.marts.sampling.standing import GRANTED, REINSPECTED, standing_conclusions
from jobs.period import Period

EVENTS = (
    "ordered",
    "cancelled",
    "received",
    "lost",
    "exited",
    "tested",
    "result_issued",
    "result_notified",
    "notified_by_announcement",
    "objected",
    "objection_rejected",
    "objection_upheld",
    "objection_overturned",
    "reinspection_requested",
    "reinspection_issued",
    "finalised",
    "takedown_ordered",
    "taken_down",
    "stop_sale",
    "rectification_ordered",
    "rectified",
    "recheck_organised",
    "recheck_passed",
    "recheck_failed",
    "recheck_failure_announced",
    "second_recheck_organised",
    "enforcement_opened",
    "enforcement_closed",
    "published",
)
# Lag → the events from which and to which it runs; of several, the earliest.
LAGS = {
    "buy_to_receive": (("ordered",), ("received",)),
    "receive_to_result": (("received",), ("result_issued",)),
    "result_to_notice": (("result_issued",), NOTICES),
    "notice_to_takedown": (NOTICES, ("taken_down",)),
    "order_to_recheck": (("rectification_ordered",), ("recheck_organised",)),
}
OWN = [
    "sample_id", "plan_id", "sampling_order_id", "platform_code", "seller_region_code", "category_code",
    "lab_id", "exit_kind", "exit_reason", "seal_intact",
]  # fmt: skip
# End of a column's name → field of Timer.
TIMER_FIELDS = {
    "rule": "rule", "due": "due", "timer": "state", "unknown": "unknown", "rule_status": "status",
    "citation": "citation",
}  # fmt: skip
COLUMNS = [
    *OWN, "evidence_complete", "first_outcome", "outcome", "state", "state_since",
    *(f"{branch}_state" for branch in BRANCHES), "final_on", "final_basis", "closed", "suspended",
    "n_overdue", "n_refused", "known_by_date", "second_recheck_failed_on",
    *(f"{event}_{word}" for event in EVENTS for word in ("on", "at", "learned_at")),
    *(f"{name}_days" for name in LAGS), *(f"{name}_{word}" for name in TIMERS for word in TIMER_FIELDS),
]  # fmt: skip
NEVER = np.datetime64("NaT", "D")
# Branches by what opens and what ends them.
OPENED = {
    "takedown_ordered": "taken_down", "rectification_ordered": "recheck_passed",
    "enforcement_opened": "enforcement_closed",
}  # fmt: skip
EVIDENCE = ("has_order_page", "has_unboxing_record", "has_seal_photo")
READS = happenings.READS | {
    "sample": [*dict.fromkeys([*happenings.READS["sample"], *OWN, *EVIDENCE, "listing_id"])],
    "reinspection": [*happenings.READS["reinspection"], "outcome", "accepted"],
    "objection": [*happenings.READS["objection"], "kind"],
}


def build(
    *, sampling_event: pd.DataFrame, sampling_event_type: pd.DataFrame, sampling_order: pd.DataFrame,
    sample: pd.DataFrame, test_result: pd.DataFrame, conclusion: pd.DataFrame, objection: pd.DataFrame,
    reinspection: pd.DataFrame, disposal: pd.DataFrame, platform_control: pd.DataFrame, lab: pd.DataFrame,
    product_category: pd.DataFrame, statutory_timer: pd.DataFrame, calendar: pd.DataFrame, period: Period,
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of gold.sampling_lifecycle: one row per sample, sorted by sample_id. Columns: COLUMNS,
    each explained in schemas/gold/sampling_lifecycle.odcs.yaml. Arguments are silver tables; events after
    ``period.as_of`` are left out. Days are those of the nation's time zone; lags are in days."""
    tables = {
        "sampling_event": sampling_event, "sampling_event_type": sampling_event_type,
        "sampling_order": sampling_order, "sample": sample, "test_result": test_result,
        "conclusion": conclusion, "objection": objection, "reinspection": reinspection, "disposal": disposal,
        "platform_control": platform_control, "lab": lab, "product_category": product_category,
    }  # fmt: skip
    deadlines, as_of = Deadlines(statutory_timer, calendar), period.as_of
    rows = happened(tables, as_of)
    units, courses, refused = histories(tables, rows, deadlines)
    pauses = {unit: suspensions(clock) for unit, clock in courses.clock.items()}
    accepted = {
        event: pd.Series(dates(courses.day(event)), units, dtype=object)
        for event in (REINSPECTED, *GRANTED.values())
    }
    turned_down = rows.loc[refused["row"], ["unit", "event", "day"]].query("event == @REINSPECTED")
    turned_down = turned_down.rename(columns={"unit": "sample_id"})
    stands = standing_conclusions(conclusion, reinspection, objection, accepted, turned_down)
    outcome = np.array(plain(pd.Series(units).map(final_outcomes(stands))), dtype=object)
    first = stands[stands["stage"] == Stage.FIRST].set_index("sample_id")["outcome"]
    offline = np.zeros(courses.size, dtype=bool)
    offline[: len(sample)] = sold_in_person(sample)
    columns = {
        "first_outcome": np.array(plain(pd.Series(units).map(first)), dtype=object),
        **standing(courses, outcome, offline, deadlines, as_of), **steps(courses, rows),
        **timers(courses, deadlines, pauses, as_of),
        "suspended": [any(end is None for _, end in pauses.get(unit, ())) for unit in range(courses.size)],
        "n_refused": np.bincount(courses.units[refused["row"]], minlength=courses.size),
        "second_recheck_failed_on": dates(courses.failed_again_on),
    }  # fmt: skip
    own = {name: values[: len(sample)] for name, values in columns.items()}
    whole = sample[OWN].assign(evidence_complete=evidence(sample), **own)[COLUMNS]
    return whole.sort_values("sample_id", ignore_index=True)


def final_outcomes(conclusion: pd.DataFrame) -> pd.Series:
    """Return the final outcome of each sample, indexed by sample_id: the outcome of its re-inspection,
    without one that of its first test. ``conclusion``: sample_id, stage and outcome, one row per sample and
    stage, as `standing_conclusions` returns them."""
    last_stage = conclusion.assign(again=conclusion["stage"] == Stage.REINSPECTION).sort_values("again")
    return last_stage.drop_duplicates("sample_id", keep="last").set_index("sample_id")["outcome"]


def evidence(sample: pd.DataFrame) -> pd.Series:
    """Return whether order page, unboxing record and photo of the seal all exist (columns EVIDENCE): a
    boolean series with the index of ``sample``. False where one is missing; null where none is missing, but
    one is not known."""
    parts = sample[list(EVIDENCE)].astype("boolean")
    missing, unknown = parts.eq(False).fillna(False).any(axis=1), parts.isna().any(axis=1)
    return (~missing).astype("boolean").mask(unknown & ~missing)


def sold_in_person(sample: pd.DataFrame) -> np.ndarray:
    """Return for each row of ``sample`` whether no platform sells the batch: it was bought in a shop or drawn
    at its producer, and the record names neither a platform nor a listing. A bool array."""
    return (
        sample["channel"].isin(IN_PERSON) & sample["platform_code"].isna() & sample["listing_id"].isna()
    ).to_numpy(bool)


def standing(
    courses: Courses, outcome: np.ndarray, offline: np.ndarray, deadlines: Deadlines, as_of: date
) -> dict[str, Any]:
    """Return columns by name, each with one value per unit of ``courses``: outcome, state and state_since
    (day), the state of each branch, final_on (day), final_basis (`final`) and closed (`is_closed`).

    ``outcome``: final outcome of each unit, None without one; ``offline``: whether no platform sells it
    (bool): unless a takedown was reported all the same, that branch has the state NOT_APPLICABLE. The state
    is `closed` or `final` where that holds on the day ``as_of``, else the state that the events led to."""
    final_on, basis = final(courses, deadlines, as_of)
    there = ~np.isnat(final_on)
    takedown = courses.branches["takedown"]
    branches = courses.branches | {
        "takedown": np.where(offline & pd.isna(takedown), NOT_APPLICABLE, takedown)
    }
    online = branches["takedown"] != NOT_APPLICABLE
    closed = is_closed(courses, outcome, online, there)
    state = np.select([closed, there], ["closed", FINAL], courses.state)
    since = np.select(
        [closed, there], [closed_on(courses, outcome, online, final_on), final_on], courses.since
    )
    return {
        "outcome": outcome, "state": state,
        "state_since": dates(since),
        **{f"{branch}_state": branches[branch] for branch in BRANCHES}, "final_on": dates(final_on),
        "final_basis": basis, "closed": closed,
    }  # fmt: skip


def steps(courses: Courses, rows: pd.DataFrame) -> dict[str, Any]:
    """Return columns by name, each with one value per unit of ``courses``: for each kind of event in EVENTS
    the day (`…_on`), time (`…_at`) and time of learning (`…_learned_at`) of the first accepted event;
    known_by_date, a list of the kinds of which only the day is known; and LAGS in days (`…_days`), 0 where
    the end precedes the start, NaN where one of the two is missing. ``rows``: as `happened` returns them."""
    columns: dict[str, Any] = {}
    by_date: list[list[str]] = [[] for _ in range(courses.size)]
    for event in EVENTS:
        at = courses.number(event)
        columns[f"{event}_on"] = dates(courses.day(event))
        for word in ("at", "learned_at"):
            columns[f"{event}_{word}"] = rows[word].array.take(at, allow_fill=True)
        for unit in np.flatnonzero((at >= 0) & columns[f"{event}_at"].isna()):
            by_date[unit].append(event)
    for name, (starts, ends) in LAGS.items():
        begins, stops = courses.day(*starts), courses.day(*ends)
        known = ~np.isnat(begins) & ~np.isnat(stops)
        columns[f"{name}_days"] = np.where(known, np.maximum((stops - begins).astype(float), 0), np.nan)
    return columns | {"known_by_date": pd.Series(by_date, dtype=object).array}


def timers(
    courses: Courses, deadlines: Deadlines, pauses: Mapping[int, Pauses], as_of: date
) -> dict[str, Any]:
    """Return columns by name, each with one value per unit of ``courses``: for each timer of TIMERS the
    fields of TIMER_FIELDS, named `<timer>_<word>`, and n_overdue, how many timers of the unit are overdue.
    ``pauses``: number of the unit → its suspensions of time. ``as_of``: the day on which the timers are
    looked at."""
    columns: dict[str, Any] = {"n_overdue": np.zeros(courses.size, dtype=int)}
    for name in TIMERS:
        found = deadlines.timers(name, courses, pauses, as_of)
        columns |= {f"{name}_{word}": found[field].to_numpy() for word, field in TIMER_FIELDS.items()}
        columns["n_overdue"] += columns[f"{name}_timer"] == "overdue"
    return columns


def final(courses: Courses, deadlines: Deadlines, as_of: date) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays over the units of ``courses``: the day on which the result became final
    (datetime64[D], NaT where it is not), and how: `declared` (by the authority), `decided` (by a
    re-inspection, or by a decision on an objection after the window to object), or `lapsed` (the window ended
    and no objection is pending); None where it is not final.

    Unless the authority declared it or a re-inspection was issued, a result is not final while an objection
    or a re-inspection is pending, nor before the window has ended on the day ``as_of``. A sample without a
    result or notice, or one that left the procedure, has no final day."""
    decision = _latest(courses, "objection_rejected", "objection_upheld", "objection_overturned")
    lapse = deadlines.last_days(*WINDOW, courses.noticed_on) + np.timedelta64(1, "D")
    pending = courses.has("reinspection_requested") | (courses.has("objected") & np.isnat(decision))
    none = _gone(courses) | ~courses.has("result_issued") | np.isnat(courses.noticed_on)
    ways = (
        (courses.has("finalised"), courses.day("finalised"), "declared"), (none, NEVER, None),
        (courses.has("reinspection_issued"), courses.day("reinspection_issued"), "decided"),
        (pending | np.isnat(lapse) | (lapse > np.datetime64(as_of)), NEVER, None),
        (decision > lapse, decision, "decided"), (~np.isnat(lapse), lapse, "lapsed"),
    )  # fmt: skip
    day, basis = np.full(courses.size, NEVER), np.full(courses.size, None, dtype=object)
    for holds, found, word in reversed(ways):
        day, basis = np.where(holds, found, day), np.where(holds, word, basis)
    return day, basis


def _latest(courses: Courses, *events: str) -> np.ndarray:
    return np.fmax.reduce([courses.day(event) for event in events])


def _gone(courses: Courses) -> np.ndarray:
    return (courses.state == EXITED) | (courses.state == CANCELLED)


def is_closed(courses: Courses, outcome: np.ndarray, online: np.ndarray, final: np.ndarray) -> np.ndarray:
    """Return for each unit of ``courses`` whether it is closed: the result is final (``final``, bool) or the
    sample left the procedure, and every obligatory branch has ended. ``outcome``: final outcome of each unit.
    Obligatory are each branch that was opened; for a failure takedown (where the takedown applies:
    ``online``, bool), passed recheck and publication; for a violation found before the test the end of
    enforcement."""
    ended = _gone(courses) | final
    for asked, event in _obligatory(courses, outcome, online):
        ended &= ~asked | courses.has(event)
    return ended


def closed_on(courses: Courses, outcome: np.ndarray, online: np.ndarray, final_on: np.ndarray) -> np.ndarray:
    """Return for each unit of ``courses`` the day of the last event that `is_closed` requires: datetime64[D].
    It has a meaning only where the unit is closed. ``outcome``, ``online``: as there; ``final_on``: day on
    which the result became final, NaT where it is not."""
    last = np.fmax(courses.since, final_on)
    for asked, event in _obligatory(courses, outcome, online):
        last = np.where(asked, np.fmax(last, courses.day(event)), last)
    return last


def _obligatory(courses: Courses, outcome: np.ndarray, online: np.ndarray) -> list[tuple[np.ndarray, str]]:
    """Which units need which event: the end of each branch that was opened, for a failure takedown (if
    ``online``), recheck and publication, for a violation found before the test the end of enforcement."""
    failed = ~_gone(courses) & (outcome == Verdict.NONCONFORMING)
    violation = (courses.state == EXITED) & (courses.facts.exit_kind == "violation")
    return [
        *((courses.has(start), end) for start, end in OPENED.items()),
        (failed & online, "taken_down"),
        *((failed, event) for event in ("recheck_passed", "published")),
        (violation, "enforcement_closed"),
    ]
