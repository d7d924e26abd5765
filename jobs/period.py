"""What a build is asked for: the day it is seen from and the months it covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Period:
    """``as_of``: the night's date (Shanghai). ``months``: first days of the months to build, None for
    everything."""

    as_of: date
    months: tuple[date, ...] | None = None
