"""gold.complaint_service: statutory duties in handling complaints and reports (such as deciding whether to
accept a complaint): how many deadlines fell due and how many duties were done in time, as counts that may be
added up.

A case is a row of silver.complaint; a letter about several matters is divided into parts by
gold.complaint_matter.

KEY identifies a row: month, platform_code, category_code, region_code, duty. COUNTS: n_due, n_met, n_late,
n_open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.marts.calendars import working_calendar
from jobs.marts.dimensions import UNKNOWN
from jobs.marts.sampling.deadlines import Deadlines
from jobs.methods.working_days import CalendarUnknown, Known, add
from jobs.period import Period

KEY = ["month", "platform_code", "category_code", "region_code", "duty"]
# Deadlines that have passed; of these: done in time, done after the deadline, not done.
COUNTS = ["n_due", "n_met", "n_late", "n_open"]


@dataclass(frozen=True)
class Duty:
    """A duty with a deadline. ``start``, ``end``: columns of silver.complaint with the day from which its
    time runs and the day on which it was done; ``events``: from_event and to_event of its rule in
    silver.statutory_timer; ``kind``: kind of case that it applies to (`complaint`, `report`); ``if_true``: a
    column of silver.complaint that must be true for it to apply, None for no condition; ``extends``: whether
    an extension of the case (column `extended`) makes its time longer."""

    start: str
    end: str
    events: tuple[str, str]
    kind: str
    if_true: str | None = None
    extends: bool = False


# Name of the duty (column duty) → its dates and rule.
DUTIES = {
    "complaint_decision": Duty(
        "received_on", "decided_on", ("complaint_received", "complaint_decided"), "complaint"
    ),
    "complaint_mediation": Duty(
        "decided_on", "mediation_ended_on", ("complaint_accepted", "mediation_ended"), "complaint", "accepted"
    ),
    "mediation_result_told": Duty(
        "mediation_ended_on", "parties_told_on", ("mediation_ended", "parties_told"), "complaint"
    ),
    "named_reporter_reply": Duty(
        "case_decided_on", "reporter_told_on", ("case_decided", "reporter_told"), "report", "named"
    ),
    "report_verification": Duty(
        "received_on", "verified_on", ("report_received", "report_verified"), "report", extends=True
    ),
}

# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "complaint_matter": ["complaint_id", "part", "platform_code", "category_code"],
    "complaint": [*dict.fromkeys([
        "complaint_id", "kind", "extended", "platform_code", "category_code", "region_code",
        *(c for duty in DUTIES.values() for c in (duty.start, duty.end, duty.if_true) if c),
    ])],
}  # fmt: skip


def build(
    *,
    complaint: pd.DataFrame,
    complaint_matter: pd.DataFrame,
    statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the deadlines that have passed: one row per month, platform, category, region and duty with at
    least one, sorted by KEY, with COUNTS. Arguments are the silver tables of these names and
    gold.complaint_matter.

    A deadline counts in the month of its last day (column ``month``: first day of that month) once that day
    is before ``period.as_of``. A duty has no deadline where no rule of silver.statutory_timer is valid on its
    first day, or where working days that it needs are not known. Platform, category and region are those of
    the case, `unknown` where it states none. A letter about several matters has the duties of its case once
    for each matter, with that matter's platform and category."""
    complaint = with_parts(complaint, complaint_matter)
    rules = Deadlines(statutory_timer, calendar)
    known = working_calendar(calendar)
    rows = pd.concat(
        [fallen(complaint, name, duty, rules, known, period.as_of) for name, duty in DUTIES.items()],
        ignore_index=True,
    )
    sums = rows.groupby(KEY, as_index=False)[COUNTS].sum()
    return sums.astype(dict.fromkeys(COUNTS, "int64")).sort_values(KEY, ignore_index=True)


def with_parts(complaint: pd.DataFrame, complaint_matter: pd.DataFrame) -> pd.DataFrame:
    """Return the cases with letters divided: one row per case, but for a letter about several matters one row
    per part, with the platform_code and category_code of that part. Other columns are those of the case; the
    index is new.

    ``complaint``: silver.complaint; ``complaint_matter``: gold, one row per case and part. Returns
    ``complaint`` itself where no letter has several parts."""
    own = ["platform_code", "category_code"]
    several = complaint_matter.loc[complaint_matter["part"] > 1, "complaint_id"]
    if several.empty:
        return complaint
    parts = complaint_matter.loc[complaint_matter["complaint_id"].isin(several), ["complaint_id", *own]]
    divided = complaint["complaint_id"].isin(several)
    rows = complaint[divided].drop(columns=own).merge(parts, on="complaint_id")
    return pd.concat([complaint[~divided].astype(object), rows.astype(object)], ignore_index=True)


def fallen(
    complaint: pd.DataFrame,
    name: str,
    duty: Duty,
    rules: Deadlines,
    calendar: Known,
    as_of: date,
) -> pd.DataFrame:
    """Return the deadlines of one duty that have passed: one row per row of ``complaint`` to which ``duty``
    applies and whose last day is before ``as_of``, with KEY (``month``: first day of the deadline's month)
    and COUNTS as 0 or 1.

    ``complaint``: as returned by `with_parts`; ``name``: the duty's name in DUTIES; ``rules``: statutory
    deadlines; ``calendar``: working days. A case without a kind counts as a complaint, as in
    gold.complaint_state; what was done after ``as_of`` counts as not done."""
    bound = complaint["kind"].fillna("complaint").eq(duty.kind) & complaint[duty.start].notna()
    if duty.if_true:
        bound &= complaint[duty.if_true].eq(True)
    rows = complaint[bound]
    longer = rows["extended"].eq(True) if duty.extends else pd.Series(False, rows.index)
    ends = {
        pair: last_day(rules, duty, *pair, calendar)
        for pair in set(zip(rows[duty.start], longer, strict=True))
    }
    due = pd.Series(
        [ends[pair] for pair in zip(rows[duty.start], longer, strict=True)], rows.index, dtype=object
    )
    due, done, now = pd.to_datetime(due), pd.to_datetime(rows[duty.end]), pd.Timestamp(as_of)
    done = done.where(done <= now)
    due = due[due < now]
    rows, done = rows.loc[due.index], done.loc[due.index]
    cells = {c: rows[c].astype(object).where(rows[c].notna(), UNKNOWN) for c in KEY[1:4]}
    flags = {"n_due": due.notna(), "n_met": done <= due, "n_late": done > due, "n_open": done.isna()}
    months = due.to_numpy("datetime64[M]").astype("datetime64[D]").astype(object)
    return pd.DataFrame(
        {"month": months, **cells, "duty": name, **{n: f.astype(np.int64) for n, f in flags.items()}}
    )


def last_day(rules: Deadlines, duty: Duty, day: date, extended: bool, calendar: Known) -> date | None:
    """Return the last day on which ``duty`` is in time if its time began on ``day``; None where no rule is
    valid on that day or working days that are needed are not known.

    ``rules``: statutory deadlines; ``extended``: whether the time was extended, by the working days that the
    deployment states as `report_extension` (by none where it states none); ``calendar``: working days."""
    end = rules.last_day(*duty.events, day)
    more = deployment().deadline("report_extension") if extended else None
    if end is None or more is None:
        return end
    try:
        return add(end, more, calendar=calendar)
    except CalendarUnknown:
        return None
