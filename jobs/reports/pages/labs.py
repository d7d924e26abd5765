"""The page labs.html on laboratories: the tasks of today and who has to do them; how many failures each
laboratory finds compared with the number expected from what its peers find, drawn as a funnel plot;
turnaround, load, agreement between laboratories, and experts who review objections."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.methods.rounding import fixed
from jobs.plurals import plural
from jobs.reports.charts import Spot, funnel
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.laboratories import (
    AGREEMENT,
    FIELDS,
    PERFORMANCE,
    PERIODS,
    agreement,
    findings,
    names_of,
    newest,
    turnaround,
)
from jobs.reports.laboratory_tasks import COMMISSIONER, task, todays
from jobs.reports.numbers import DASH, at_least_some, count, missing
from jobs.reports.rendering import Page
from jobs.reports.wording import Text, label, same

PATH = "labs.html"
EXPERTS = "gold.expert_load"


def build(known: Gathered) -> Page:
    """Return the page labs.html. ``known``: the tables of one night.

    It shows the newest period of gold.lab_performance. Downloads are the whole tables PERFORMANCE, AGREEMENT
    and EXPERTS as CSV.
    """
    night = known.night
    names = names_of(known)
    period, rows = newest(night.frame(PERFORMANCE))
    whole = dicts(rows[rows["design"] == "all"])
    close = night.frame(AGREEMENT)
    close = close[(close["period_type"] == "all") & (close["other_lab_id"] == "all")]
    experts = night.frame(EXPERTS)
    context = {
        "n_labs": len(night.frame("silver.lab")),
        "today": [*todays(known), *_uncovered(known, experts)],
        "period": PERIODS[period],
        "drawing": _funnel(whole, names),
        "labs": [(None, turnaround(row, names)) for row in whole],
        "found": [findings(row, names) for row in dicts(rows)],
        "agreement": [agreement(row, names) for row in dicts(close.sort_values(["kind", "lab_id"]))],
        "experts": [_experts(known, row) for row in dicts(experts)],
    }
    downloads = {
        f"data/{name.split('.')[1]}.csv": csv_bytes(night.frame(name))
        for name in (PERFORMANCE, AGREEMENT, EXPERTS)
    }
    return Page(PATH, "labs.html", Text("检验检测", "Laboratories"), PATH, context, downloads)


def _uncovered(known: Gathered, experts: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one task, as `task` makes it, for each category that has objections but no expert, by category
    code. ``experts``: gold.expert_load."""
    rows = experts[experts["uncovered"].fillna(False).astype(bool) & (experts["category_code"] != "all")]
    found = []
    for row in dicts(rows.sort_values("category_code")):
        name = known.names.of("category", row["category_code"])
        found.append(
            task(
                COMMISSIONER,
                Text(f"聘请熟悉{name.zh}的专家", f"appoint an expert on {name.en}"),
                Text(
                    f"有{int(row['n_objections'])}件异议而没有专家",
                    f"{plural(int(row['n_objections']), 'objection')} and no expert",
                ),
            )
        )
    return found


def _funnel(rows: list[dict[str, Any]], names: dict[str, Text]) -> Any:
    """Draw failures found divided by failures expected, one spot per laboratory. None where no row has a
    score, as then no laboratory can be judged. ``rows``: of gold.lab_performance over all designs; ``names``:
    laboratory id → name."""
    seen = [row for row in rows if not missing(row["score"])]
    if not seen:
        return None
    spots = [
        Spot(
            names.get(row["lab_id"], same(row["lab_id"])),
            round(row["expected"]),
            row["ratio"],
            row["state"] in ("high", "low"),
            _point_text(row, names),
        )
        for row in seen
    ]
    far = [s.name for s in spots if s.outlier]
    summary = Text(
        f"漏斗图：{len(spots)}家检验机构的不合格批次与期望之比，"
        f"超出界限：{'、'.join(n.zh for n in far) or '无'}",
        f"Funnel plot: failures found by {plural(len(spots), 'laboratory', 'laboratories')} against those "
        "expected; outside the "
        f"limits: {', '.join(n.en for n in far) or 'none'}",
    )
    wide = pd.DataFrame(seen)[["low95", "high95", "low998", "high998"]]
    return funnel(
        spots,
        wide,
        1.0,
        summary,
        n_text=Text("期望的不合格批次", "failures expected"),
        unit_text=Text("检验机构", "Laboratory"),
        share_text=Text("实际 ÷ 期望不合格", "Failing ÷ expected to fail"),
    )


def _point_text(row: dict[str, Any], names: dict[str, Text]) -> Text:
    name = names.get(row["lab_id"], same(row["lab_id"]))
    failing, expected = row["n_compared_failing"], at_least_some(row["expected"])
    return Text(
        f"{name.zh}：不合格{failing}批次，期望{expected}批次",
        f"{name.en}: failing / expected {failing} / {expected}",
    )


def _experts(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    special = {"all": FIELDS["all"], "unknown": FIELDS["unknown"]}
    return row | {
        "field_name": label(FIELDS, row["field"]),
        "category": special.get(row["category_code"]) or known.names.of("category", row["category_code"]),
        "objections": count(row["n_objections"]),
        "waiting": count(row["n_open"]),
        "each": DASH if missing(row["load"]) else fixed(row["load"]),
    }
