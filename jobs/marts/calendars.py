"""The nation's working days, for all rooms that count them. Pure."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.deployment import DeadlineName, deployment
from jobs.methods.working_days import Known, add, known, prepared


def working_calendar(calendar: pd.DataFrame) -> Known:
    """Rows of silver.calendar, on top of the package that the deployment names. A year that neither knows is
    unknown (`CalendarUnknown`), never guessed."""
    package = deployment().calendar == "chinesecalendar"
    return prepared(calendar if len(calendar) else None, package=package)


def house_due(name: DeadlineName, since: pd.Series, calendar: pd.DataFrame) -> pd.Series:
    """The last day of a deadline that the deployment states in working days, for each day (missing ones
    allowed). NaT where it states none, or where the calendar does not reach that far."""
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
