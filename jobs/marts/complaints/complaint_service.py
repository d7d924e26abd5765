"""gold.complaint_service: statutory duties in handling complaints and reports: how many fell due and how many
were done on time, as counts that may be added up."""

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
COUNTS = ["n_due", "n_met", "n_late", "n_open"]


@dataclass(frozen=True)
class Duty:
    """A duty with a deadline. ``start``, ``end``: columns of silver.complaint with the days on which its time
    begins and on which it is done; ``events``: the pair of events in silver.statutory_timer; ``kind``: kind
    of case that it applies to; ``if_true``: a column that must be true; ``extends``: whether the time may
    have been extended."""

    start: str
    end: str
    events: tuple[str, str]
    kind: str
    if_true: str | None = None
    extends: bool = False


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
    """One row per month, platform, category, region and duty of which a deadline fell, sorted by key.

    Arguments are the silver tables of these names and gold.complaint_matter. A deadline counts in the month
    of its last day once that has passed on ``period.as_of``: met, late, or open, which is late and still to
    be done. Without a valid rule, or where the working days of a year are not known, there is no deadline.
    Platform, category and region are what the case says itself, `unknown` without. Duties are counted by
    matter: of a letter of several each has the duties of the case, with its own platform and category.
    """
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
    """Return the cases, one row each; of a letter about several matters one row per matter, with the platform
    and category of that matter."""
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
    """Return one row per case to which ``duty`` applies and whose deadline has passed on ``as_of``: KEY
    (``month`` that of the deadline) and COUNTS as 0 or 1. ``name``: name of the duty. A row without a kind is
    a complaint, as in complaint_state."""
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
    """Return the last day of ``duty`` whose time began on ``day``; None where no rule is valid or the
    calendar is not known. ``extended``: whether the time was extended, by the working days that the
    deployment allows."""
    end = rules.last_day(*duty.events, day)
    more = deployment().deadline("report_extension") if extended else None
    if end is None or more is None:
        return end
    try:
        return add(end, more, calendar=calendar)
    except CalendarUnknown:
        return None
