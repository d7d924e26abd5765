"""Offices with what is to be done by them, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing, whole
from jobs.reports.pages.extras import office as named
from jobs.reports.procedure import TASK_STATUS
from jobs.reports.wording import Text


@dataclass(frozen=True)
class Office:
    """One office. ``link``: dimension and code of the unit whose page lists its tasks, empty for a
    laboratory; ``counts``: tasks by status; ``worst``: days by which its latest task is overdue."""

    kind: str
    code: str
    name: Text
    link: tuple[str, str]
    counts: list[int]
    all: int
    late: int
    soon: int
    worst: int


def offices(known: Gathered, queue: list[dict[str, Any]]) -> list[Office]:
    """Offices by what is overdue, authorities below their province; a platform's and a province's tasks stand
    on its page."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for r in queue:
        found.setdefault((r["office_type"], r["office_code"]), []).append(r)
    listed = [_office(known, kind, code, rows) for (kind, code), rows in found.items()]
    return sorted(listed, key=lambda o: (-o.late, -o.worst, -o.soon, o.kind, o.code))


def _office(known: Gathered, kind: str, code: str, rows: list[dict[str, Any]]) -> Office:
    late = [r for r in rows if r["status"] == "overdue"]
    province = next((r["province_code"] for r in rows if not missing(r["province_code"])), "")
    link = {"platform": ("platform", code), "lab": ("", "")}.get(kind, ("region", province))
    return Office(
        kind,
        code,
        named(known, kind, code),
        link,
        [sum(r["status"] == s for r in rows) for s in TASK_STATUS],
        len(rows),
        len(late),
        sum(r["status"] == "due_soon" for r in rows),
        max((-whole(r["days_left"]) for r in late), default=0),
    )
