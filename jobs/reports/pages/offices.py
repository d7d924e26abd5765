"""Offices with what is to be done by them, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jobs.reports.gathered import Gathered
from jobs.reports.names import page_name
from jobs.reports.numbers import missing, whole
from jobs.reports.pages.extras import office as named
from jobs.reports.procedure import OFFICE, TASK_STATUS
from jobs.reports.wording import Text, label

_NATIONAL = Text("国家级", "national")


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

    @property
    def group(self) -> tuple[str, str]:
        """What it is listed with: the authorities of its province, platforms or laboratories."""
        return self.link if self.kind == "authority" else (self.kind, "")

    @property
    def cases(self) -> str:
        """Its own tasks on the page of its group, from site/: the table of tasks filtered by its name."""
        return f"{group_page(*self.group)}?tasks.1={quote(self.name.zh)}#tasks"


def group_page(kind: str, code: str) -> str:
    """The page below site/ that lists the offices of one group and their tasks."""
    return f"work/{page_name('_'.join(filter(None, (kind, code))))}"


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


@dataclass(frozen=True)
class Group:
    """Offices that belong together, with the sums of their tasks: those of one province, the nation's,
    platforms, laboratories. ``path``: of the page that lists the offices; ``link``: dimension and code of the
    page that lists the tasks."""

    path: str
    name: Text
    link: tuple[str, str]
    offices: list[Office]
    counts: list[int]
    all: int
    late: int
    soon: int
    worst: int


def groups(known: Gathered, listed: list[Office]) -> list[Group]:
    """All offices: authorities by province, the nation's, platforms and laboratories apart; groups with most
    overdue first."""
    found: dict[tuple[str, str], list[Office]] = {}
    for office in listed:
        found.setdefault(office.group, []).append(office)
    made = [
        Group(
            group_page(*key),
            _title(known, *key),
            key if key[0] == "region" and known.names.href(*key) else ("", ""),
            mine,
            [sum(n) for n in zip(*(o.counts for o in mine), strict=True)],
            sum(o.all for o in mine),
            sum(o.late for o in mine),
            sum(o.soon for o in mine),
            max(o.worst for o in mine),
        )
        for key, mine in found.items()
    ]
    return sorted(made, key=lambda g: (-g.late, -g.soon, -g.all, g.name.zh))


def _title(known: Gathered, kind: str, code: str) -> Text:
    if kind != "region":
        return label(OFFICE, kind)
    return known.names.of("region", code) if known.names.href("region", code) else _NATIONAL
