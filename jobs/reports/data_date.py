"""Reads from the lake up to which day a night has data."""

from __future__ import annotations

from datetime import date

from jobs.lake.night import Snapshot
from jobs.reports.material import newest_event

FRESHNESS = "ops.freshness"


def data_date(snapshot: Snapshot, by: date) -> date | None:
    """Return the day of the newest event of any feed that is not after the day ``by``, as `newest_event`;
    None where the night has no ops.freshness."""
    version = snapshot.version(FRESHNESS)
    if version is None and not snapshot.lake.exists(FRESHNESS):
        return None
    return newest_event(snapshot.lake.frame(FRESHNESS, version, columns=["newest_event_date"]), by)
