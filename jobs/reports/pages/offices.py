"""Offices (authorities, platforms, laboratories) with the numbers of their tasks in gold.work_queue, those
with most overdue tasks first, and groups of offices that share a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from jobs.reports.gathered import Gathered
from jobs.reports.names import page_name
from jobs.reports.numbers import missing, whole
from jobs.reports.pages.extras import office as named
from jobs.reports.procedure import OFFICE, TASK_STATUS, task_status
from jobs.reports.wording import Text, label

_NATIONAL = Text("国家级", "National authority")


@dataclass(frozen=True)
class Office:
    """One office. ``kind``: authority, platform or lab; ``code``: of the region, platform or laboratory;
    ``link``: (dimension, code) of the unit whose page lists its tasks, ('', '') for a laboratory; ``counts``:
    numbers of tasks by status, in the order of TASK_STATUS; ``all``, ``late``, ``today``, ``soon``: numbers
    of all tasks, of those overdue, of those due on the night's date and of those due within 7 days, that day
    included; ``worst``: days by which the longest overdue task is overdue."""

    kind: str
    code: str
    name: Text
    link: tuple[str, str]
    counts: list[int]
    all: int
    late: int
    today: int
    soon: int
    worst: int

    @property
    def group(self) -> tuple[str, str]:
        """(kind, code) of the group that it is listed in: for an authority ("region", its province), else
        (kind, "") for all platforms or laboratories."""
        return self.link if self.kind == "authority" else (self.kind, "")

    @property
    def cases(self) -> str:
        """Address, from site/, of the office's tasks: the page of its group with the table filtered by the
        office's name."""
        return f"{group_page(*self.group)}?tasks.1={quote(self.name.zh)}#tasks"


def group_page(kind: str, code: str) -> str:
    """Return the path below site/ of the page with the offices of one group and their tasks. ``kind``,
    ``code``: as `Office.group` has them."""
    return f"work/{page_name('_'.join(filter(None, (kind, code))))}"


def group_download(kind: str, code: str) -> str:
    """Return the path below site/ of the CSV with the tasks of one group. The arguments are those of
    `group_page`."""
    return f"data/work_{PurePosixPath(group_page(kind, code)).stem}.csv"


def offices(known: Gathered, queue: list[dict[str, Any]]) -> list[Office]:
    """Return one `Office` for each office with tasks: those with most overdue tasks first, then by the days
    of the longest overdue one, then by tasks due within 7 days. ``queue``: rows of gold.work_queue."""
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
        [sum(task_status(r) == s for r in rows) for s in TASK_STATUS],
        len(rows),
        len(late),
        sum(r["due"] == known.night.date for r in rows),
        sum(r["status"] == "due_soon" for r in rows),
        max((-whole(r["days_left"]) for r in late), default=0),
    )


@dataclass(frozen=True)
class Group:
    """Offices that share a page, with the sums of their tasks: those of one province, of the nation, all
    platforms, or all laboratories. ``path``: of the page; ``download``: of its tasks as CSV; ``link``:
    (dimension, code) of the unit whose page lists their tasks, ('', '') for none; ``worst``: the largest of
    the offices'; other numbers as in `Office`."""

    path: str
    download: str
    name: Text
    link: tuple[str, str]
    offices: list[Office]
    counts: list[int]
    all: int
    late: int
    today: int
    soon: int
    worst: int


def groups(known: Gathered, listed: list[Office]) -> list[Group]:
    """Return the offices by group: groups with most overdue tasks first, then with most tasks due within 7
    days. ``listed``: as `offices` returns them."""
    found: dict[tuple[str, str], list[Office]] = {}
    for office in listed:
        found.setdefault(office.group, []).append(office)
    made = [
        Group(
            group_page(*key),
            group_download(*key),
            _title(known, *key),
            key if key[0] == "region" and known.names.href(*key) else ("", ""),
            mine,
            [sum(n) for n in zip(*(o.counts for o in mine), strict=True)],
            sum(o.all for o in mine),
            sum(o.late for o in mine),
            sum(o.today for o in mine),
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
