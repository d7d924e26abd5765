"""The nation's working days, for all rooms that count them. Pure."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.deployment import DeadlineName, deployment
from jobs.methods.working_days import Known, add, known, prepared


def working_calendar(calendar: pd.DataFrame) -> Known:
    """Return the nation's working days, for `jobs.methods.working_days`: the rows of silver.calendar, which
    override those of the package chinesecalendar where the deployment names it.

    A year in neither of them is unknown: functions that need it raise `CalendarUnknown`."""
    package = deployment().calendar == "chinesecalendar"
    return prepared(calendar if len(calendar) else None, package=package)


def house_due(name: DeadlineName, since: pd.Series, calendar: pd.DataFrame) -> pd.Series:
    """Return the last day of the deadline ``name``, which the deployment states in working days, counted from
    each day of ``since``.

    ``since``: dates, missing ones allowed; ``calendar``: silver.calendar. The result is a datetime64 series
    with the index of ``since``; NaT where the day is missing, where the deployment states no such deadline,
    and where the calendar may not reach the last day."""
    allowed = deployment().deadline(name)
    own = working_calendar(calendar)
    first, last = known(own)
    # A margin within which the working days fall for certain: twice their number and three weeks.
    margin = pd.Timedelta(days=21 + 2 * (allowed or 0))
    due: dict[date, date] = {}
    for day in set(since.dropna()):
        if allowed is not None and first <= day <= (pd.Timestamp(last) - margin).date():
            due[day] = add(day, allowed, calendar=own)
    return pd.to_datetime(since.map(due))
