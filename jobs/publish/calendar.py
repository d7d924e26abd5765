"""The release calendar: what was due when, when it came, and what comes next. From bundles alone; pure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from jobs.publish.periods import MONTHS, between, newest_due
from jobs.publish.shelf import Bundle

SCHEMA = pa.schema(
    [
        ("period", pa.string()),
        ("period_type", pa.string()),
        ("due_on", pa.date32()),
        ("first_published_on", pa.date32()),
        ("days_late", pa.int64()),
        ("revision", pa.int64()),
        ("revised_on", pa.date32()),
        ("state", pa.string()),  # published | withdrawn | late | coming
    ]
)
COMING = {"month": 6, "quarter": 2, "year": 1}  # periods ahead that are announced


def releases(bundles: list[Bundle], day: date | None = None) -> pa.Table:
    """One row a period, from the first that was published to those that come: what is late first, then what
    comes, the nearest due first, then what was published, the newest first.

    ``day``: of which ``late`` speaks: due by then, and not there; that of the newest bundle where it is not
    given or lies before it. Empty where nothing is published.
    """
    rows: list[dict[str, Any]] = []
    today = max((bundle.published_on for bundle in bundles), default=date.min)
    today = max(today, day or today)
    for kind in MONTHS if bundles else ():
        mine = [bundle for bundle in bundles if bundle.period.kind == kind]
        due = newest_due(kind, today)
        last = due
        for _ in range(COMING[kind]):
            last = last.next
        first = min((bundle.period for bundle in mine), default=due.next)
        for period in between(first, max(last, first)):
            revisions = [bundle for bundle in mine if bundle.period == period]
            rows.append(
                {"period": period.name, "period_type": kind, "due_on": period.due}
                | (_came(revisions) if revisions else _absent(period.due, today))
            )
    rows.sort(key=_place)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _place(row: dict[str, Any]) -> tuple[int, int, str]:
    """Where a period stands: overdue and coming ones from the nearest day on, published ones back from it."""
    group = {"late": 0, "coming": 1}.get(row["state"], 2)
    day = row["due_on"].toordinal()
    return group, day if group < 2 else -day, row["period"]


def _came(revisions: list[Bundle]) -> dict[str, Any]:
    """The first day is what any revision states of it: the folder of the first one may be gone."""
    last = revisions[-1]
    first = min((day for bundle in revisions if (day := bundle.first_published_on)), default=None)
    return {
        "first_published_on": first,
        "days_late": None if first is None else max(0, (first - last.period.due).days),
        "revision": last.revision,
        "revised_on": last.published_on if last.revision else None,
        "state": last.manifest["state"],
    }


def _absent(due: date, today: date) -> dict[str, Any]:
    if due > today:
        return {"state": "coming"}
    return {"state": "late", "days_late": (today - due).days}
