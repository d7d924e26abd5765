"""On which platforms the batches were found of which a province has leads (gold.enforcement_lead)."""

from __future__ import annotations

from typing import Any

from jobs.reports.gathered import Gathered
from jobs.reports.names import UNKNOWN
from jobs.reports.numbers import missing
from jobs.reports.tracing import LEADS

OVER = ("closed", "unassigned")  # states of leads that no region has to follow


def by_platform(known: Gathered, province: str) -> list[dict[str, Any]]:
    """Return one dict per platform with leads in a province, those with most batches first: ``code`` ('' for
    no platform) and ``name``, numbers of ``batches`` found, of their ``leads`` in any state, and of these
    ``open`` (not OVER) and ``overdue``. ``province``: its code."""
    found: dict[str, list[dict[str, Any]]] = {}
    for r in known.groups(LEADS, "province_code").get(province, []):
        code = r["platform_code"]
        found.setdefault("" if missing(code) else str(code), []).append(r)
    rows = [
        {
            "code": code,
            "name": known.names.of("platform", code) if code else UNKNOWN,
            "batches": len({(r["subject_type"], r["subject_id"]) for r in mine}),
            "leads": len(mine),
            "open": len(open_ := [r for r in mine if r["state"] not in OVER]),
            "overdue": sum(not missing(r["days_left"]) and r["days_left"] < 0 for r in open_),
        }
        for code, mine in found.items()
    ]
    return sorted(rows, key=lambda r: (-r["batches"], -r["open"], r["code"]))
