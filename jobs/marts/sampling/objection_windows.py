"""Which samples may still change: the time to object to their result has not lapsed, or an objection is not decided. Pure."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.marts.sampling.outcomes import Stage, Verdict
from jobs.methods import working_days

NOTIFIED = ("result_notified", "notified_by_announcement")
_LONGEST_ROLL = timedelta(days=15)  # no run of rest days is longer


def open_windows(
    *, sample: pd.DataFrame, conclusion: pd.DataFrame, sampling_event: pd.DataFrame, objection: pd.DataFrame,
    statutory_timer: pd.DataFrame, calendar: pd.DataFrame, as_of: date,
) -> np.ndarray:
    """Whether the result of each sample may still be overturned, seen from ``as_of``: boolean, in the order of ``sample``.

    Only a first conclusion of non-conforming that no re-inspection has followed. Its window runs from the day of the last notification
    (Shanghai), or of issue where none is known, to the last day of the timer that ends with ``reinspection_requested`` (15 days: Product Quality Law,
    article 15), rolled to a working day, that day included. An objection without a decision keeps it open.
    """
    known = conclusion["sample_id"].isin(sample["sample_id"])
    again = conclusion.loc[conclusion["stage"] == Stage.REINSPECTION, "sample_id"]
    failed = (conclusion["stage"] == Stage.FIRST) & (conclusion["outcome"] == Verdict.NONCONFORMING)
    first = conclusion[known & failed & ~conclusion["sample_id"].isin(again)]
    from_day = pd.to_datetime(first.set_index("sample_id")["issued_on"])
    notified = _notified(sampling_event, as_of)
    from_day = notified.reindex(from_day.index).fillna(from_day)
    days = from_day.dropna().dt.date
    running = {day for day in days.unique() if day <= as_of <= _last_day(day, statutory_timer, calendar, as_of)}
    still = set(days.index[days.isin(running)])
    undecided = objection[objection["decided_on"].isna() & objection["sample_id"].isin(first["sample_id"])]
    filed = pd.to_datetime(undecided["filed_on"]).dt.date
    still |= set(undecided.loc[(filed <= as_of).to_numpy(bool), "sample_id"])
    return sample["sample_id"].isin(still).to_numpy()


def _notified(sampling_event: pd.DataFrame, as_of: date) -> pd.Series:
    """Day of the last notification of each sample until ``as_of``, as in the procedure: seller and producer are told each for itself."""
    told = sampling_event[sampling_event["event"].isin(NOTIFIED) & sampling_event["sample_id"].notna()]
    day = pd.to_datetime(told["happened_at"], utc=True).dt.tz_convert(working_days.SHANGHAI).dt.tz_localize(None).dt.normalize()
    return day[day <= pd.Timestamp(as_of)].groupby(told["sample_id"]).max()


def _last_day(day: date, statutory_timer: pd.DataFrame, calendar: pd.DataFrame, as_of: date) -> date:
    """The window's last day; the day itself where no timer held then."""
    timers = statutory_timer[statutory_timer["to_event"] == "reinspection_requested"]
    since, until = pd.to_datetime(timers["valid_from"]), pd.to_datetime(timers["valid_to"])
    at = pd.Timestamp(day)
    rule = timers[(since.isna() | (since <= at)) & (until.isna() | (until >= at))]
    if rule.empty:
        return day
    amount, unit = int(rule["amount"].iloc[0]), str(rule["unit"].iloc[0])
    if unit != "working_day":
        plain = working_days.due(day, amount, unit, roll=False)
        if plain + _LONGEST_ROLL < as_of or plain >= as_of:  # decided without a calendar
            return plain
    return working_days.due(day, amount, unit, calendar=calendar)
