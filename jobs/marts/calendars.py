"""The nation's working days, for all rooms that count them. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.deployment import deployment
from jobs.methods.working_days import Known, prepared


def working_calendar(calendar: pd.DataFrame) -> Known:
    """Rows of silver.calendar, on top of the package that the deployment names. A year that neither knows is
    unknown (`CalendarUnknown`), never guessed."""
    package = deployment().calendar == "chinesecalendar"
    return prepared(calendar if len(calendar) else None, package=package)
