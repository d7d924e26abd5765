"""Until when a platform has to take down what was found counterfeit. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.calendars import house_due


def takedown_due(found: pd.Series, calendar: pd.DataFrame) -> pd.Series:
    """The last day for each day on which a counterfeit was found (missing days allowed): the working days
    that the deployment gives for takedowns, as for goods that failed. NaT where it gives none, or where the
    calendar does not reach that far. Source: E-commerce Law art 42 says only that it must be done at once
    (及时); the number of days is this project's rule."""
    return house_due("takedown", found, calendar)
