"""Parts of pages that are shown where their table has rows: sentences on a unit, tasks, effects of measures,
shopping guidance, the plan proposed for next quarter, and the audit of laboratories' judgements."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.calendars import house_due
from jobs.reports import cases, fresh, proposed
from jobs.reports.authorities import authority
from jobs.reports.case_facts import facts, stated_platform
from jobs.reports.citations import basis, cited
from jobs.reports.gathered import Gathered
from jobs.reports.names import filed_value, tested_item
from jobs.reports.numbers import DASH, count, missing, percent, points, span, whole
from jobs.reports.pages.bulletin import anchor
from jobs.reports.procedure import (
    AGREEMENT,
    AUDIT_REASON,
    ITEM_OUTCOME,
    MEASURE,
    OFFICE,
    OUTCOME,
    RULE_STATUS,
    TASK_STATUS,
    task_status,
)
from jobs.reports.small import bar_cell
from jobs.reports.wording import Text, label, ranged, same

# Tasks of gold.work_queue.
TAKE_DOWN, ANSWER, PUBLISH, TEST = "take_down", "answer_assistance", "publish", "report_test"
LIMITED = (TAKE_DOWN, "take_down_counterfeit")  # takedowns for which this project states a limit
# Deadlines that no law sets: task → who sets its day.
_STATED = {
    ANSWER: Text("协查函载明的日期", "the day that the request for assistance names"),
    TEST: Text("委托约定的日期", "the day agreed in the commission"),
}
TASKS = 25  # of an office or place that its page lists
PRESSING = 100  # tasks overdue or due within a week, at most, that a page lists beyond TASKS
CONTRADICTED = 60
_UNKNOWN = 9999  # days: of a task whose day is not known, after all others
VERDICTS = ("verdict", "lab_verdict")  # of the system and of the laboratory


def brief(known: Gathered, dimension: str, code: str) -> list[Text]:
    """Return sentences on a unit's figures in `Gathered.window`, from gold.<dimension>_report, in the order
    of its column ``position``; an empty list where there are none. ``dimension``: platform, region, category
    or cluster; KeyError for another, which has no such table."""
    table = f"gold.{dimension}_report"
    rows = known.groups(table, "dimension_code").get(code, [])
    shown = known.window
    newest = [
        r for r in rows if shown and (r["period_type"], r["period_start"]) == (shown.period_type, shown.start)
    ]
    return [Text(r["text_zh"], r["text_en"]) for r in sorted(newest, key=lambda r: r["position"])]


def effects(known: Gathered, dimension: str, code: str) -> list[dict[str, Any]]:
    """Return one dict per kind of measure (such as takedown) on its effect over all time, in the order of
    MEASURE: name, n (measures), rechecked, ``passed`` (share of first rechecks that passed) with ``bar`` and
    ``limits``, ``effect`` (change of the exposure rate in percentage points in treated cells less that in
    untreated ones) with ``effect_limits``, and ``cells`` (treated / untreated ones). Figures are texts, a
    dash where missing. Kinds without a measure are left out."""
    rows = known.rows("gold.improvement_effect", dimension, code)
    found = {r["measure"]: r for r in dicts(rows[rows["period_type"] == "all"])}
    return [
        {
            "name": words,
            "n": count(found[m]["n_measures"]),
            "rechecked": count(found[m]["n_rechecked"]),
            "passed": percent(found[m]["pass_rate"]),
            "bar": bar_cell(None if missing(found[m]["pass_rate"]) else float(found[m]["pass_rate"])),
            "limits": span(found[m]["pass_low"], found[m]["pass_high"]),
            "effect": points(found[m]["effect_pp"]),
            "effect_limits": same(DASH)
            if missing(found[m]["effect_low"])
            else ranged(points(found[m]["effect_low"]), points(found[m]["effect_high"])),
            "cells": f"{count(found[m]['n_treated_cells'])} / {count(found[m]['n_untreated_cells'])}",
        }
        for m, words in MEASURE.items()
        if m in found and whole(found[m]["n_measures"])
    ]


def tasks(
    known: Gathered, rows: list[dict[str, Any]], *, most: int = TASKS, by_office: bool = False
) -> dict[str, Any] | None:
    """Return the first tasks by `urgency` (``rows``, as `task` makes them), the number of all (``all``) and
    by status (``counts``: (words, number, status) in the order of TASK_STATUS), and ``most``, how many at
    most; None without any. ``rows``: of gold.work_queue, in any order.

    All tasks that are overdue or due within a week are among them, up to PRESSING, also where these are more
    than ``most``: what is due this week must not be cut off by what is overdue. Links of verdicts, of the
    first page and of the search lead to some of the others, which follow them, the first PRESSING of each
    kind (`_led_to`); with ``by_office`` also the first of each office."""
    if not rows:
        return None
    counts = Counter(map(task_status, rows))
    shown, most = _first(known, rows, most, by_office)
    return {
        "rows": listed_tasks(known, shown),
        "all": len(rows),
        "counts": [(words, counts[s], s) for s, words in TASK_STATUS.items()],
        "most": most,
    }


def listed_tasks(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of gold.work_queue as a table of a page lists them (`task`), with the ids of rows that
    links lead to."""
    return _with_anchors([task(known, r) for r in rows])


def _first(
    known: Gathered, rows: list[dict[str, Any]], most: int, by_office: bool
) -> tuple[list[dict[str, Any]], int]:
    """The tasks that `tasks` lists, and how many it lists at most."""
    pressing = sum(r["status"] in ("overdue", "due_soon") for r in rows)
    most = max(most, min(pressing, PRESSING))
    rows = sorted(rows, key=lambda r: urgency(known, r))
    led: dict[str, list[int]] = {}
    offices = {(r["office_type"], r["office_code"]) for r in rows[:most]}
    further = set[int]()
    for at, r in enumerate(rows[most:], start=most):
        for kind in _led_to(known, r):
            led.setdefault(kind, []).append(at)
        office_of = r["office_type"], r["office_code"]
        if by_office and office_of not in offices:
            offices.add(office_of)
            further.add(at)
    further.update(at for found in led.values() for at in found[:PRESSING])
    shown = [*rows[:most], *(rows[at] for at in sorted(further))]
    return shown, max(most, len(shown))


def _led_to(known: Gathered, r: dict[str, Any]) -> list[str]:
    """By what links lead to a task in a list: its marks (`fresh`), what is due today and this week, results
    to be published. ``r``: a row of gold.work_queue."""
    found = [mark.en for mark in fresh.marks(known, r)]
    found += ["today"] if r["due"] == known.night.date else []
    return [*found, *({r["status"], r["task"]} & {"due_soon", PUBLISH})]


def task_pages(
    known: Gathered, rows: list[dict[str, Any]], *, most: int, pages: int
) -> list[list[dict[str, Any]]]:
    """Return ``rows`` (of gold.work_queue) in the parts that pages list, at most ``pages``: first those that
    `tasks` lists with ``most`` and ``by_office``, to which links lead, then the others by `urgency`, ``most``
    to a page. Rows beyond the last page are left out."""
    shown = _first(known, rows, most, by_office=True)[0]
    met = {id(r) for r in shown}
    others = sorted((r for r in rows if id(r) not in met), key=lambda r: urgency(known, r))
    parts = [others[at : at + most] for at in range(0, len(others), most)]
    return [shown, *parts[: pages - 1]]


def own_rows(known: Gathered, rows: list[dict[str, Any]], *, most: int) -> dict[tuple[str, str], str]:
    """Return (kind, id) of each case that no page names but the table of `tasks` → the id of its first row in
    that table. The arguments are those of `tasks`."""
    return ids_of_rows(known, _first(known, rows, most, by_office=False)[0])


def ids_of_rows(known: Gathered, rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Return (kind, id) of each case that no page names but the table of `listed_tasks` → the id of its first
    row in that table. ``rows``: of gold.work_queue, as given to it."""
    keys = {(r["subject_type"], r["subject_id"]) for r in rows}
    return {key: anchor(key[1]) for key in sorted(keys) if not cases.record(known, *key)}


def _with_anchors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the first of several tasks about one case that no page names the id of its row (``anchor``)."""
    met = set[str]()
    for row in rows:
        row["anchor"] = "" if row["href"] or row["subject"] in met else anchor(row["subject"])
        met.add(row["subject"])
    return rows


def urgency(known: Gathered, r: dict[str, Any]) -> tuple[Any, ...]:
    """Return the key by which tasks are sorted, the most urgent first: those overdue or due within a week
    before others; in both groups the most serious case first (`cases.risk`), then the task with least time
    left, but before what is due later those without a deadline, the longest open first
    (definitions.md#case-level). ``r``: a row of gold.work_queue."""
    pressing, undated = r["status"] in ("overdue", "due_soon"), r["status"] == "undated"
    grave = cases.risk(known, r["subject_type"], r["subject_id"])
    days = r["days_open" if undated else "days_left"]
    left = _UNKNOWN if missing(days) else -int(days) if undated else int(days)
    return not pressing, -grave, not (pressing or undated), left, r["subject_id"], r["task"]


def task(known: Gathered, r: dict[str, Any]) -> dict[str, Any]:
    """Return a row of gold.work_queue as a dict for templates: which office has to do what by when,
    about what, and the rule behind it. ``grave``: whether its case is more than ordinary; ``left``: days
    left, negative if overdue; ``named``: its case in words where the number is an internal key
    (`cases.named`); ``href``: the place that names the case (`cases.record`); where there is none, the row
    itself has what is on record, ``facts``."""
    grave = cases.risk(known, r["subject_type"], r["subject_id"])
    href = cases.record(known, r["subject_type"], r["subject_id"])
    return {
        "risk": cases.RISK[grave],
        "grave": grave > 1,
        "href": href,
        "facts": None if href else facts(known, r),
        "office": office(known, r["office_type"], r["office_code"]),
        "status": TASK_STATUS[task_status(r)],
        "marks": fresh.marks(known, r),
        "overdue": r["status"] == "overdue",
        "at_once": r["task"] == TAKE_DOWN and r["status"] == "undated",
        "limit": own_limit(known, r),
        "what": Text(r["text_zh"], r["text_en"]),
        "subject": r["subject_id"],
        "named": cases.named(known, r["subject_type"], r["subject_id"]),
        "due": DASH if missing(r["due"]) else str(r["due"]),
        "left": r["days_left"],
        "platform": r["platform_code"],
        "platform_name": stated_platform(known, r),
        "goods": None if missing(r["category_code"]) else known.names.of("category", r["category_code"]),
        "place": known.place(r["region_code"]),
        "province": _province(known, r["province_code"]),
        **_based(r),
    }


def _province(known: Gathered, code: Any) -> Text | None:
    """The province by which a task is found that does not name it; None for the nation's and an unknown
    one."""
    return known.names.of("region", code) if not missing(code) and known.names.href("region", code) else None


def _based(r: dict[str, Any]) -> dict[str, Text | None]:
    """Return ``citation``, on what a task or its deadline is based, and ``rule_status``, a remark on how far
    that was read."""
    citation, status = r["citation"], r["rule_status"]
    if r["task"] in _STATED and not missing(r["due"]):
        return {"citation": _STATED[r["task"]], "rule_status": RULE_STATUS.get(status)}
    return {"citation": basis(citation, status), "rule_status": RULE_STATUS.get(status)}


def own_limit(known: Gathered, r: dict[str, Any]) -> str:
    """Return the last day (YYYY-MM-DD) of this project's limit for a takedown (LIMITED) without a deadline by
    law, which the platform's package states; '' for other tasks and where it is not known. ``r``: of
    gold.work_queue."""
    if r["task"] not in LIMITED or r["status"] != "undated" or missing(r["since"]):
        return ""
    kept: dict[Any, str] = known.__dict__.setdefault("_own_limits", {})
    if r["since"] not in kept:
        due = house_due("takedown", pd.Series([r["since"]]), known.night.frame("silver.calendar")).iloc[0]
        kept[r["since"]] = "" if missing(due) else str(due.date())
    return kept[r["since"]]


def office(known: Gathered, kind: str, code: str) -> Text:
    """Return the name of the office that has a task. ``kind``: authority, platform or lab; ``code``: the
    region's, platform's or laboratory's. Another kind gives its name and the code."""
    if kind == "authority":
        return authority(known, code)
    if kind in ("platform", "lab"):
        return known.names.of(kind, code)
    return Text(f"{label(OFFICE, kind).zh} {code}", f"{label(OFFICE, kind).en} {code}")


def guidance(known: Gathered, category: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the shopping guidance on a category as (part, points), for the parts overall, fails_most,
    look_at and price_band that it has. A point is a dict: text, design, citation, class_a (most serious);
    those of targeted samples come last. ``category``: its code."""
    rows = known.groups("gold.shopping_guidance", "category_code").get(category, [])
    found = []
    for part in ("overall", "fails_most", "look_at", "price_band"):
        mine = sorted(
            (r for r in rows if r["part"] == part),
            key=lambda r: (r["design"] == "targeted", r["design"], r["position"]),
        )
        if mine:
            found.append(
                (
                    part,
                    [
                        {
                            "text": Text(r["text_zh"], r["text_en"]),
                            "design": r["design"],
                            "citation": cited(r["citation"]),
                            "class_a": not missing(r["class_a"]) and bool(r["class_a"]),
                        }
                        for r in mine
                    ],
                )
            )
    return found


def proposal(known: Gathered) -> dict[str, Any] | None:
    """Return the plan proposed for next quarter (gold.sampling_proposal): ``plan`` (id), ``period`` in words,
    ``parts`` (nation, platform, category → one dict of texts per unit with its purchases and expected
    precision), numbers of ``checked`` (rows of gold.duplicate_check: a product and the body that checked it)
    and ``blocked`` (those of them not to be checked again yet), of ``listings`` of the blocked ones, and of
    ``repeats``, checks that were repeated. None without a proposal."""
    rows = dicts(known.night.frame("gold.sampling_proposal"))
    if not rows:
        return None
    named = proposed.drawn(known)
    parts = {
        kind: [_proposed(known, r, named) for r in rows if r["dimension_type"] == kind]
        for kind in ("nation", "platform", "category")
    }
    start = rows[0]["period_start"]
    checks = known.night.frame("gold.duplicate_check")
    blocked = (
        checks[checks["blocked_until"].map(lambda d: not missing(d) and d >= start)]
        if len(checks)
        else checks
    )
    return {
        "plan": rows[0]["plan_id"],
        "period": proposed.quarter(start),
        "parts": parts,
        "checked": len(checks),
        "blocked": len(blocked),
        "listings": sum(whole(n) for n in blocked["n_listings"]) if len(blocked) else 0,
        "repeats": sum(whole(n) for n in checks["n_repeats"]) if len(checks) else 0,
    }


def _proposed(
    known: Gathered, r: dict[str, Any], named: dict[tuple[str, str], tuple[str, str]]
) -> dict[str, Any]:
    """A row of the proposal; ``drawn``: its purchases in the list that is drawn, by design
    (`proposed.drawn`), None without a list."""
    key = (r["dimension_type"], r["dimension_code"])
    return {
        "drawn": named.get(key, ("0", "0")) if named else None,
        "dimension": r["dimension_type"],
        "code": r["dimension_code"],
        "name": known.names.of(r["dimension_type"], r["dimension_code"]),
        "population": count(r["population"]),
        "share": percent(r["units_share"]),
        "probability": count(r["n_probability"]),
        "targeted": count(r["n_targeted"]),
        "expected": span(r["expected_low"], r["expected_high"]),
        "miss_05": percent(r["miss_05"]),
        "miss_10": percent(r["miss_10"]),
        "miss_20": percent(r["miss_20"]),
        "detectable": percent(r["detectable_rate"]),
    }


def _filed(*parts: Any) -> Text:
    return filed_value(*(str(part) for part in parts if not missing(part)))


def audit(known: Gathered) -> dict[str, Any] | None:
    """Return how far the system's judgements of tested items agree with the laboratories': ``items``, number
    of items; ``counts``, (words, number as text, bar) of each kind of agreement of items; ``against``, at
    most CONTRADICTED contradictions, of items and of whole samples, by reason, as rows of
    gold.judgement_audit with their values in words; ``all``, number of these. None where the table has no
    rows."""
    rows = known.night.frame("gold.judgement_audit")
    if rows.empty:
        return None
    single = rows[rows["item_code"] != ""]
    counts = Counter(single["agreement"])
    against = dicts(
        rows[rows["agreement"] == "contradicted"].sort_values(["reason", "sample_id", "item_code"])
    )
    return {
        "items": len(single),
        "counts": [
            (words, count(counts[a]), bar_cell(counts[a] / max(len(single), 1)))
            for a, words in AGREEMENT.items()
        ],
        "against": [
            {
                **r,
                "item": same(r["item_code"]) if missing(r["item_name"]) else tested_item(r["item_name"]),
                "value": _filed(r["value_text"], r["unit"]),
                "limit": _filed(r["limit_text"], r["limit_unit"]),
                "said": [label(ITEM_OUTCOME if r["item_code"] else OUTCOME, r[v]) for v in VERDICTS],
                "why": label(AUDIT_REASON, r["reason"]),
                "category": known.names.of("category", r["category_code"]),
                "lab": known.names.of("lab", r["lab_id"]),
            }
            for r in against[:CONTRADICTED]
        ],
        "all": len(against),
    }
