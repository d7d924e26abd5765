"""Computes the last day on which a platform has to take down goods that were found counterfeit. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.calendars import house_due


def takedown_due(found: pd.Series, calendar: pd.DataFrame) -> pd.Series:
    """Return the last day for the takedown of goods that were found counterfeit: a datetime64 series with the
    index of ``found``.

    ``found``: the day on which each was found counterfeit, missing ones allowed; ``calendar``:
    silver.calendar. The time is the number of working days that the deployment states as deadline `takedown`,
    which also holds for goods that failed a test. NaT where the deployment states none, where the day is
    missing, or where the calendar does not reach the last day.

    Source: E-commerce Law art 42 requires only that it is done at once (及时); the number of days is this
    project's rule."""
    return house_due("takedown", found, calendar)
