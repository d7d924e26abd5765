"""The working days of the deployment's nation, and the last days of the deadlines that the deployment's
settings state. Used by all rooms of jobs/marts that count working days. Pure, but for the settings of the
deployment (schemas/deployment.yaml), which are read once."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pandas as pd

from jobs.deployment import WorkingDayDeadline, deployment
from jobs.methods.working_days import CalendarUnknown, Known, add, prepared


def working_calendar(calendar: pd.DataFrame) -> Known:
    """Return the nation's working days in the form that the functions of `jobs.methods.working_days` take as
    ``calendar``.

    ``calendar``: silver.calendar, one row per day that differs from Monday to Friday (day, is_working_day);
    it may be empty. Its rows override those of the package chinesecalendar, which is used only where the
    deployment names it. A year that neither source covers is unknown: functions that need a day of it raise
    `CalendarUnknown`."""
    package = deployment().calendar == "chinesecalendar"
    return prepared(calendar if len(calendar) else None, package=package)


def house_due(name: WorkingDayDeadline, since: pd.Series, calendar: pd.DataFrame) -> pd.Series:
    """Return the last day of a deadline, for each day on which it begins: the n-th working day after that
    day, where n is stated by the deployment. The first day is not counted.

    ``name``: a deadline that the deployment states in working days, such as `signal` (`filing` is none of
    them). ``since``: `datetime.date` values, missing ones allowed. ``calendar``: silver.calendar.

    The result is a datetime64 series with the index of ``since``. It is NaT where the day is missing, where
    the deployment states no such deadline, and where the day or the last day lies outside the years whose
    working days are known."""
    allowed = deployment().deadline(name)
    own = working_calendar(calendar)
    due: dict[date, date] = {}
    for day in set(since.dropna()) if allowed is not None else ():
        with suppress(CalendarUnknown):
            due[day] = add(day, allowed, calendar=own)
    return pd.to_datetime(since.map(due))
