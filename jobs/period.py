"""The day and the months of a build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Period:
    """What a build of a table covers. ``as_of``: the day as of which it is built, in the nation's time zone;
    ``months``: first days of the months to build, None for all."""

    as_of: date
    months: tuple[date, ...] | None = None
