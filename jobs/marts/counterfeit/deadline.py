"""Until when a platform has to take down what was found counterfeit. Pure."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.deployment import deployment
from jobs.marts.calendars import working_calendar
from jobs.methods.working_days import add, known


def takedown_due(found: pd.Series, calendar: pd.DataFrame) -> pd.Series:
    """The last day for each day on which a counterfeit was found (missing days allowed): the working days
    that the deployment gives for takedowns, as for goods that failed. NaT where it gives none, or where the
    calendar does not reach that far. Source: E-commerce Law art 42 says only that it must be done at once
    (及时); the number of days is this project's rule."""
    allowed = deployment().deadline("takedown")
    own = working_calendar(calendar)
    first, last = known(own)
    # A margin within which the working days fall for certain: twice their number and three weeks.
    margin = pd.Timedelta(days=21 + 2 * (allowed or 0))
    due: dict[date, date] = {}
    for day in set(found.dropna()):
        if allowed is not None and first <= day <= (pd.Timestamp(last) - margin).date():
            due[day] = add(day, allowed, calendar=own)
    return pd.to_datetime(found.map(due))
