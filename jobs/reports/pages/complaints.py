"""The page complaints.html on complaints and reports of offences: today's tasks by office, quality complaints
per 10,000 orders (the nation over time; platforms, provinces and categories compared), and how cases were
handled."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.overview.queue_complaints import RULES
from jobs.marts.overview.queue_tasks import TASKS
from jobs.reports import charts, handling
from jobs.reports.complaints import EXPECTED, TABLE, cells, lines, newest_year, of_unit, series
from jobs.reports.downloads import csv_bytes
from jobs.reports.figures import year_text
from jobs.reports.gathered import Gathered
from jobs.reports.material import Night
from jobs.reports.names import NATION, NATION_CODE, Names, provinces
from jobs.reports.pages.offices import offices
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

GROUPS = (
    ("platform", Text("各平台", "Platforms")),
    ("province", Text("各地区", "Regions")),
    ("category", Text("一级品类", "Main categories")),
    ("subcategory", Text("二级品类", "Finer categories")),
)
MOST_OFFICES = 40  # with tasks on the page; the download of the work queue has all
# Tasks in the head of a column.
STEPS = {
    "decide_complaint": Text("待决定是否受理", "Acceptance to decide"),
    "end_mediation": Text("待办结调解", "Mediation to end"),
    "tell_parties": Text("待告知双方", "Parties to notify"),
    "verify_report": Text("待核查举报", "Reports to verify"),
    "decide_case": Text("待决定是否立案", "Cases to decide"),
    "tell_reporter": Text("待告知举报人", "Reporters to notify"),
}


def build(known: Gathered) -> Page:
    """Return the page complaints.html. ``known``: the tables of one night. Where orders or complaints were
    not filed, the page says so and draws no rate.

    Downloads are CSV: gold.complaint_rate in one file per group of units, and the tables of
    jobs.reports.handling.
    """
    night, names = known.night, known.names
    rate = night.frame(TABLE)
    found = newest_year(rate, night.data_date)
    year, window = found if found else (None, None)
    nation = None if year is None else of_unit(rate, "nation", NATION_CODE, NATION, year)
    summary = Text("万单投诉率走势", "complaint rate over time")
    context = {
        "todo": _todo(known),
        "window": window,
        "nation": nation,
        "complaints_without_orders": int(
            rate.loc[
                (rate["dimension_type"] == "nation") & (rate["period_type"] == "year"), "n_quality_complaints"
            ].sum()
        ),
        "trend": charts.trend(
            series(rate, "nation", NATION_CODE),
            "complaint",
            summary,
            axis=lambda v: f"{v:g}",
            run=Text("季度", "Quarter"),
        ),
        "groups": {}
        if year is None or nation is None or nation.withheld
        else _groups(night, rate, year, names, nation.row["rate_per_10000"]),
        "fewest": EXPECTED,
        "state": next((s for s in night.states if s.table == TABLE), None),
        "handling": _handling(night, names),
    }
    codes = _codes(night, rate)
    downloads = {
        f"data/complaint_rate_{group}.csv": csv_bytes(_rows(rate, group, codes))
        for group in ("nation", *(g for g, _ in GROUPS))
    }
    downloads |= {
        f"data/{table.removeprefix('gold.')}.csv": csv_bytes(night.frame(table)[columns])
        for table, columns in handling.COLUMNS.items()
    }
    return Page(
        "complaints.html",
        "complaints.html",
        Text("投诉举报", "Complaints and reports"),
        "complaints.html",
        context,
        downloads,
    )


def _todo(known: Gathered) -> dict[str, Any] | None:
    """Tasks on complaints and reports (gold.work_queue) in all, by kind and by office, offices with most
    overdue first; None where there are none."""
    queue = [r for r in dicts(known.night.frame("gold.work_queue")) if r["task"] in RULES]
    if not queue:
        return None
    late = [r for r in queue if r["status"] == "overdue"]
    of_kind, late_of_kind = Counter(r["task"] for r in queue), Counter(r["task"] for r in late)
    of_office = Counter((r["office_code"], r["task"]) for r in queue)
    kinds = [task for task in RULES if of_kind[task]]
    listed = offices(known, queue)
    return {
        "n": len(queue),
        "late": len(late),
        "soon": sum(r["status"] == "due_soon" for r in queue),
        "kinds": [(Text(TASKS[k].zh, TASKS[k].en), of_kind[k], late_of_kind[k]) for k in kinds],
        "heads": [STEPS[k] for k in kinds],
        "offices": [(o, [of_office[o.code, k] for k in kinds]) for o in listed[:MOST_OFFICES]],
        "n_offices": len(listed),
    }


def _handling(night: Night, names: Names) -> dict[str, Any]:
    """What complaint_handling.html shows: shares and hazards of the newest year, and open cases."""
    shares, reported = night.frame(handling.HANDLING), night.frame(handling.HAZARDS)
    year = handling.newest(shares)
    province = set(provinces(night.frame("silver.region"))["region_code"])
    categories = night.frame("silver.product_category")
    main = set(categories.loc[categories["parent_code"].isna(), "category_code"])
    units = (
        (Text("各平台调解成功率", "Mediation success by platform"), "platform", None),
        (Text("各地区调解成功率", "Mediation success by region"), "region", province),
        (Text("各品类调解成功率", "Mediation success by category"), "category", main),
    )
    hazard = night.frame("silver.hazard")
    words = {h.hazard_code: Text(h.name_zh, h.name_en or h.name_zh) for h in hazard.itertuples()}
    parents = dict(zip(categories["category_code"], categories["parent_code"], strict=True))
    last = None if reported.empty else max(reported["month"]).replace(month=1, day=1)
    return {
        "window": None if year is None else year_text(year, night.data_date),
        "nation": [] if year is None else handling.nation_lines(shares, year),
        "units": []
        if year is None
        else [
            (title, of, handling.unit_lines(shares, of, "mediation_success", year, names, codes))
            for title, of, codes in units
        ],
        "ages": list(handling.AGES.values()),
        "waiting": handling.waiting(night.frame(handling.AGEING)),
        "hazards": [] if last is None else handling.hazards(reported, parents, names, words, last.year),
        "hazard_year": None if last is None else year_text(last, night.data_date),
        "most": handling.MOST,
    }


def _codes(night: Night, rate: pd.DataFrame) -> dict[str, set[str] | None]:
    """Which codes belong to each group; None: all of its dimension."""
    categories = night.frame("silver.product_category")
    below = set(categories.loc[categories["parent_code"].notna(), "category_code"])
    met = set(rate.loc[rate["dimension_type"] == "category", "dimension_code"])
    return {
        "nation": None,
        "platform": None,
        "province": set(provinces(night.frame("silver.region"))["region_code"]) | {"unknown"},
        "category": met - below,
        "subcategory": below,
    }


def _dimension(group: str) -> str:
    return {"province": "region", "subcategory": "category"}.get(group, group)


def _rows(rate: pd.DataFrame, group: str, codes: dict[str, set[str] | None]) -> pd.DataFrame:
    rows, wanted = rate[rate["dimension_type"] == _dimension(group)], codes[group]
    return rows if wanted is None else rows[rows["dimension_code"].isin(wanted)]


def _groups(
    night: Night, rate: pd.DataFrame, year: date, names: Names, nation: float
) -> dict[str, dict[str, Any]]:
    codes = _codes(night, rate)
    found = {}
    for group, title in GROUPS:
        mine = lines(rate, _dimension(group), year, names, codes=codes[group], nation=nation)
        axis, drawn = cells(mine, nation)
        found[group] = {
            "code": group,
            "dimension": _dimension(group),
            "title": title,
            "lines": mine,
            "axis": axis,
            "cells": drawn,
            "others": sum(not x.compared and x.withheld is None for x in mine),
            "withheld": next((x.withheld for x in mine if x.withheld), None),
        }
    return found
