"""What a delivery is, and the list of planted faults that goes with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True)
class File:
    """A file of the inbox: its source, its name, the day it is delivered on (also its mtime), its bytes."""

    source: str
    name: str
    delivered: date
    content: bytes


@dataclass(frozen=True)
class Planted:
    """One fault. ``record`` counts data records from 1, 0 = the whole file; ``outcome``: what must become of it.

    Outcomes: unreadable, rejected, quarantined, flagged, repeated, superseded (records); drift, empty, refused (files).
    """

    fault: str
    source: str
    file: str
    record: int
    outcome: str


@dataclass
class Inbox:
    """Files and faults, collected source by source."""

    files: list[File] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)

    def add(self, source: str, name: str, delivered: date, content: bytes) -> None:
        self.files.append(File(source, name, delivered, content))

    def plant(self, fault: str, record: int, outcome: str) -> None:
        """Note a fault of the file that was added last."""
        file = self.files[-1]
        self.planted.append(Planted(fault, file.source, file.name, record, outcome))

    def truth(self) -> list[dict[str, Any]]:
        return [asdict(p) for p in self.planted]


def day_name(day: date) -> str:
    return f"{day:%Y%m%d}"


def delivery_day(day: date) -> date:
    """What happened in a quarter is delivered 20 days after its end."""
    month = 3 * ((day.month - 1) // 3) + 3
    year, month = (day.year, month + 1) if month < 12 else (day.year + 1, 1)
    return date(year, month, 1) - timedelta(days=1) + timedelta(days=20)
