"""The last day on which a platform has to take down goods found counterfeit. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.calendars import house_due


def takedown_due(found: pd.Series, calendar: pd.DataFrame) -> pd.Series:
    """Return the last day for a takedown, for each day in ``found`` (on which a counterfeit was found;
    missing ones allowed): datetime64, index as in ``found``.

    It is the number of working days that the deployment states for takedowns, as for goods that failed. NaT
    where it states none, where the day is missing, or where the calendar does not reach that far. Source:
    E-commerce Law art 42 requires only that it is done at once (及时); the number of days is this project's
    rule."""
    return house_due("takedown", found, calendar)
