"""The release calendar: when each period is due, when it was published, and which periods come next. Made
from bundles (`shelf.Bundle`) alone. Pure."""

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
COMING = {"month": 6, "quarter": 2, "year": 1}  # kind of period → how many coming ones are announced


def releases(bundles: list[Bundle], day: date | None = None) -> pa.Table:
    """Return the release calendar, one row per period, with the columns of SCHEMA: ``state`` is published,
    withdrawn, late (due without a bundle) or coming; ``days_late`` counts calendar days from the due day to
    the first publication, of a late period to ``day``; ``revised_on`` is the day of the last revision.

    For each kind of period the rows go from the first one with a bundle (where there is none: the first one
    not yet due) to the last announced one (COMING). Late periods come first and then coming ones, both with
    the earliest due day first; then published and withdrawn ones, with the latest due day first. The table is
    empty where ``bundles`` is.

    ``bundles``: in order of revision within a period, as `shelf.shelf` sorts them; ``day``: the day on which
    the calendar is read; it is the newest bundle's day of publication where ``day`` is not given or earlier.
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
    """Sort key of a row: late periods, then coming ones, both by due day; then the others, the latest due day
    first."""
    group = {"late": 0, "coming": 1}.get(row["state"], 2)
    day = row["due_on"].toordinal()
    return group, day if group < 2 else -day, row["period"]


def _came(revisions: list[Bundle]) -> dict[str, Any]:
    """Return the columns of a period with bundles. The first day is taken from any revision that states it,
    as the folder of the first one may be gone."""
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
    """Return the columns of a period without a bundle: coming, or late with the days since it was due."""
    if due > today:
        return {"state": "coming"}
    return {"state": "late", "days_late": (today - due).days}
