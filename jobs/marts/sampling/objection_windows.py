"""Finds until which day the result of a sample may still change: while the time to object runs, or an
objection is not decided. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.marts.calendars import working_calendar
from jobs.marts.sampling.outcomes import Stage, Verdict
from jobs.methods import working_days
from jobs.methods.working_days import Known

# Events of silver.sampling_event by which a party is notified of the result.
NOTIFIED = ("result_notified", "notified_by_announcement")
UNDECIDED = date(9999, 12, 31)  # an objection that is not decided has no last day yet
_LONGEST_ROLL = timedelta(days=15)  # no run of rest days is longer


def open_until(
    *,
    sample: pd.DataFrame,
    conclusion: pd.DataFrame,
    sampling_event: pd.DataFrame,
    objection: pd.DataFrame,
    statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame,
) -> np.ndarray:
    """Return the last day on which the result of each sample may be overturned: an array of datetime64[D], in
    the order of ``sample``. The day may lie in the past.

    UNDECIDED for samples without a re-inspection whose first conclusion is non-conforming or not judged,
    while an objection is not decided. Otherwise, where the first conclusion is non-conforming and there is no
    re-inspection, the window runs from the day of the last notification (in the nation's time zone), or of
    the issue where none is filed, to the last day of the timer that ends with ``reinspection_requested`` (15
    days: Product Quality Law, article 15), moved to a working day where that year's arrangement is known.
    Where no timer was valid on the first day, the window ends on that day; where neither notice nor issue has
    a date, NaT. NaT for all other samples.

    ``conclusion``: gold.standing_conclusion. The other tables are silver: sampling_event (sample_id, event,
    happened_at), objection (sample_id, filed_on, decided_on), statutory_timer and calendar. Raises
    CalendarUnknown where a timer of working days leads beyond the known years."""
    known = conclusion["sample_id"].isin(sample["sample_id"])
    again = conclusion.loc[conclusion["stage"] == Stage.REINSPECTION, "sample_id"]
    first = conclusion[
        known & (conclusion["stage"] == Stage.FIRST) & ~conclusion["sample_id"].isin(again)
    ].set_index("sample_id")
    issued = pd.to_datetime(first.loc[first["outcome"] == Verdict.NONCONFORMING, "issued_on"])
    since = _notified(sampling_event).reindex(issued.index).fillna(issued).dropna()
    distinct, place = np.unique(since.to_numpy("datetime64[D]"), return_inverse=True)
    ends = _last_days(distinct, statutory_timer, working_calendar(calendar)).astype(np.int64)
    last = pd.Series(ends[place], since.index, dtype="float64")
    contestable = first.index[first["outcome"] != Verdict.CONFORMING]
    undecided = (
        objection["decided_on"].isna()
        & objection["filed_on"].notna()
        & objection["sample_id"].isin(contestable)
    )
    waiting = pd.Series(
        float(np.datetime64(UNDECIDED).astype(np.int64)), objection.loc[undecided, "sample_id"].unique()
    )
    days = pd.concat([last[~last.index.isin(waiting.index)], waiting]).reindex(sample["sample_id"]).to_numpy()
    found = np.full(len(sample), np.datetime64("NaT", "D"))
    found[~np.isnan(days)] = days[~np.isnan(days)].astype(np.int64).astype("datetime64[D]")
    return found


def _notified(sampling_event: pd.DataFrame) -> pd.Series:
    """Day of the last notification of each sample, as in the procedure: seller and producer are each
    notified."""
    notices = sampling_event[sampling_event["event"].isin(NOTIFIED) & sampling_event["sample_id"].notna()]
    moment = pd.to_datetime(notices["happened_at"], utc=True).dt.tz_convert(deployment().zone)
    return moment.dt.tz_localize(None).dt.normalize().groupby(notices["sample_id"]).max()


def _last_days(days: np.ndarray, statutory_timer: pd.DataFrame, calendar: Known) -> np.ndarray:
    """The last day of the window that begins on each of ``days`` (datetime64[D], distinct), by the timer that
    is valid on it; of several the one with the latest valid_from."""
    timers = statutory_timer[statutory_timer["to_event"] == "reinspection_requested"]
    timers = timers.sort_values(["valid_from", "rule_id"], ascending=[False, True])
    last, open_ = days.copy(), np.ones(len(days), dtype=bool)
    for timer in timers.itertuples():
        mine = open_ & ~(days < _bound(timer.valid_from)) & ~(days > _bound(timer.valid_to))
        open_ &= ~mine
        amount, unit = int(timer.amount), str(timer.unit)
        if unit == "working_day":
            last[mine] = _rolled(days[mine], amount, calendar)
            continue
        ends = [working_days.due(day, amount, unit, roll=False) for day in days[mine].astype(object)]
        last[mine] = _moved(np.array(ends, dtype="datetime64[D]"), calendar)
    return last


def _bound(day: Any) -> np.datetime64:
    return np.datetime64("NaT", "D") if pd.isna(day) else np.datetime64(day, "D")


def _moved(ends: np.ndarray, calendar: Known) -> np.ndarray:
    """Last days on a rest day moved to the next working day; beyond the years that are known they stay."""
    first, last = working_days.known(calendar)
    found = ends.copy()
    sure = (ends >= np.datetime64(first)) & (ends <= np.datetime64(last - _LONGEST_ROLL))
    found[sure] = _rolled(ends[sure], 0, calendar)
    for i in np.flatnonzero((ends > np.datetime64(last - _LONGEST_ROLL)) & (ends <= np.datetime64(last))):
        try:
            found[i] = _rolled(ends[i : i + 1], 0, calendar)[0]
        except working_days.CalendarUnknown:
            continue
    return found


def _rolled(days: np.ndarray, amount: int, calendar: Known) -> np.ndarray:
    """The ``amount``-th working day after each day; for 0 the day itself, or the next working day where it is
    none."""
    return working_days.add(pd.Series(days.astype(object), dtype=object), amount, calendar=calendar).to_numpy(
        "datetime64[D]"
    )
