"""The page counterfeit.html: today's tasks of brand owners and platforms, how long steps take, operators
found with counterfeits several times (repeat offenders), goods that were listed again after a takedown
(relisted), and listings that come back after each takedown."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.public_names import of_person, of_persons
from jobs.reports.counterfeits import (
    OFFENDERS,
    RELISTED,
    REPEATED,
    STEP,
    TASK,
    TASKS,
    TIMES,
    offenders,
    office,
    relisted,
    repeated,
    steps,
    tasks,
    time_line,
)
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import ALL, Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

PATH = "counterfeit.html"
MOST = 60
TIMED = "verification_to_takedown"
# Columns that hold codes of operators.
ENTERPRISE, FIRST, LINKED = "enterprise_id", "first_enterprise_id", "linked_operators"


def build(known: Gathered) -> Page:
    """Return the page counterfeit.html. ``known``: the tables of one night. It shows at most MOST rows of
    each list. Downloads are the whole tables TASKS, TIMES, OFFENDERS, RELISTED and REPEATED as CSV. Page and
    downloads show no identifier of a natural person (`_public`)."""
    night = known.night
    frames = {name: night.frame(name) for name in (TASKS, TIMES, OFFENDERS, RELISTED, REPEATED)}
    rows = {name: dicts(frame) for name, frame in frames.items()}
    work = tasks(known, rows[TASKS])
    again, often = relisted(known, rows[RELISTED]), offenders(known, rows[OFFENDERS])
    back = repeated(known, rows[REPEATED])
    window = rows[OFFENDERS][0] if rows[OFFENDERS] else None
    context = {
        "n_tasks": len(work),
        "n_overdue": sum(t["overdue"] for t in work),
        "kinds": _kinds(rows[TASKS]),
        "offices": _offices(known, rows[TASKS]),
        "tasks": work[:MOST],
        "steps": steps(known, "nation", NATION_CODE),
        "platforms": _platforms(known, rows[TIMES]),
        "timed": STEP[TIMED],
        "window": None if window is None else (window["window_start"], window["window_end"]),
        "offenders": often[:MOST],
        "n_offenders": len(often),
        "n_certain": sum(o["certain"] for o in often),
        "relisted": again[:MOST],
        "n_relisted": len(again),
        "n_live": sum(r["live"] for r in again),
        "repeated": back[:MOST],
        "n_repeated": len(back),
        "n_back": sum(r["live"] for r in back),
    }
    downloads = {
        f"data/{name.split('.')[1]}.csv": csv_bytes(_public(frame)) for name, frame in frames.items()
    }
    return Page(PATH, "counterfeit.html", Text("打假协作", "Anti-counterfeit"), PATH, context, downloads)


def enterprises(known: Gathered) -> list[str]:
    """Return the codes of operators that the page shows: of the repeat offenders that it lists, in its order,
    and of those linked to them; each once. Natural persons are left out."""
    listed = offenders(known, dicts(known.night.frame(OFFENDERS)))[:MOST]
    shown = [code for line in listed for code in (line["code"], *(c for _, c in line["linked"]))]
    return [code for code in dict.fromkeys(shown) if code]


def _public(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the identifiers of natural persons: '' in the key ENTERPRISE, missing in
    FIRST, and left out of the lists in LINKED. Columns that the table lacks are ignored."""
    made = {}
    if ENTERPRISE in frame:
        made[ENTERPRISE] = frame[ENTERPRISE].mask(of_persons(frame[ENTERPRISE]), "")
    if FIRST in frame:
        made[FIRST] = frame[FIRST].mask(of_persons(frame[FIRST]), None)
    if LINKED in frame:
        made[LINKED] = frame[LINKED].map(lambda codes: [code for code in codes if not of_person(code)])
    return frame.assign(**made)


def _kinds(rows: list[dict[str, Any]]) -> list[tuple[Text, int, int]]:
    """Return one entry per kind that has tasks: name, number of tasks, number overdue."""
    counts = Counter(r["task"] for r in rows)
    late = Counter(r["task"] for r in rows if r["overdue"])
    return [(words, counts[task], late[task]) for task, words in TASK.items() if counts[task]]


def _offices(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one line per office, MOST at most, those with most overdue first: number of its tasks of each
    kind and of those overdue, and how many days the oldest is open."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["office_type"], row["office_code"]), []).append(row)
    lines: list[dict[str, Any]] = [
        {
            "office": office(known, mine[0]),
            "unit": code if kind == "platform" else None,
            "counts": [sum(r["task"] == task for r in mine) for task in TASK],
            "overdue": sum(bool(r["overdue"]) for r in mine),
            "oldest": max(int(r["days_open"]) for r in mine),
        }
        for (kind, code), mine in sorted(found.items())
    ]
    lines.sort(key=lambda o: (-o["overdue"], -sum(o["counts"]), -o["oldest"]))
    return lines[:MOST]


def _platforms(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one line per platform on the time from verification to takedown, those with most cases first."""
    mine = [
        r
        for r in rows
        if r["period_type"] == ALL and r["dimension_type"] == "platform" and r["step"] == TIMED
    ]
    mine.sort(key=lambda r: (-r["n_started"], r["dimension_code"]))
    return [time_line(r, known.names.of("platform", r["dimension_code"])) for r in mine]
