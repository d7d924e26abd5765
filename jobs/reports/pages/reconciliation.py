"""The table that leads from each count of batches to the next, such as from purchases planned to those
ordered, with the differences between them (gold.sampling_reconciliation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from jobs.arrays import dicts
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import count, percent, whole
from jobs.reports.small import bar_cell
from jobs.reports.wording import Text

TABLE = "gold.sampling_reconciliation"
PARTS = {
    "found": Text("从计划到公布", "From the plan to publication"),
    "closed": Text("从发现问题到闭环", "From findings to what is closed"),
}
# Populations and differences by their names; a name stands for one count on every page.
ITEMS = {
    "planned": Text("计划买样", "Planned purchases"),
    "to_order": Text("尚未下单", "not ordered yet"),
    "cancelled": Text("已取消", "cancelled"),
    "ordered": Text("已下单", "Ordered"),
    "under_way": Text("在途，尚未收样", "on the way"),
    "lost": Text("途中丢失", "lost on the way"),
    "received": Text("已收样", "Received"),
    "unrecorded": Text("已收样，尚未建立样品档案", "received, no sample on file yet"),
    "recorded_otherwise": Text(
        "包裹丢失或订单取消，样品仍建档（计为检验前终止）",
        "order lost or cancelled, sample still on file (counted as ended before the test)",
    ),
    "further": Text("同一订单的其他样品", "further samples of one purchase"),
    "without_order": Text(
        "无网购订单的样品（线下、生产环节抽样）", "samples without an order: bought in a shop or at the maker"
    ),
    "on_file": Text("建档样品", "Samples on file"),
    "no_outcome": Text("尚无结果", "without an outcome yet"),
    "with_outcome": Text("已有结果的样品", "Samples with an outcome"),
    "exited_void": Text(
        "作废（丢失、样品与订单不符、证据无效、封条破损、销售者取消）",
        "void: lost, wrong item, invalid evidence, broken seal, cancelled",
    ),
    "exited_violation": Text(
        "检验前移送查处（三无、涉嫌假冒、无许可、无认证）", "referred before the test as violations"
    ),
    "tested": Text("完成检验", "Tested"),
    "not_judged": Text("未作判定", "not judged"),
    "judged": Text("已判定批次", "Batches judged"),
    "conforming": Text("所检项目未发现不合格", "no tested item failed"),
    "failing": Text("最终不合格", "Finally non-conforming"),
    "violation_and_tested": Text(
        "检验前移送查处而另有结论", "referred as violations, with another conclusion too"
    ),
    "findings": Text("发现问题的批次", "Findings"),
    "unpublished": Text(
        "未公布（含结果未定、检验前移送查处的）",
        "not published (results not final and referrals before the test among them)",
    ),
    "published": Text("已公布的问题批次", "Findings published"),
    "findings_open": Text("处置未完成", "follow-up not ended"),
    "findings_closed": Text("已闭环的问题批次", "Findings closed"),
    "closed_nothing_found": Text("未发现不合格而办结", "ended, nothing found"),
    "closed_void": Text("作废而办结", "ended, void"),
    "closed_unstated": Text("检验前终止而未写明原因的办结", "ended, exit for an unstated reason"),
    "closed": Text("已闭环的全部批次", "All batches closed"),
}
SIGNS = {"less": "−", "more": "+", "population": ""}


@dataclass(frozen=True)
class Line:
    """One row of the table. ``population``: whether it is a count of batches, with its ``share`` of the
    largest count of its part, or a difference between two counts, with a sign and no share."""

    name: Text
    population: bool
    n: str
    share: str
    bar: Markup


def reconciled(known: Gathered) -> list[tuple[Text, Text, list[Line]]]:
    """Return each part of the table as (name, name of its largest population, rows in the order of the
    steps). Differences of zero are left out. Empty where there are no batches."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in dicts(known.night.frame(TABLE).sort_values(["part", "step"])):
        rows.setdefault(row["part"], []).append(row)
    if not any(whole(r["n"]) for part in rows.values() for r in part):
        return []
    found = []
    for part, name in PARTS.items():
        if part in rows:
            largest = max((r for r in rows[part] if r["kind"] == "population"), key=lambda r: whole(r["n"]))
            found.append((name, ITEMS[largest["item"]], _lines(rows[part], whole(largest["n"]))))
    return found


def _lines(rows: list[dict[str, Any]], largest: int) -> list[Line]:
    found = []
    for row in rows:
        population, n = row["kind"] == "population", whole(row["n"])
        if not population and not n:
            continue
        share = n / (largest or 1) if population else None
        found.append(
            Line(
                ITEMS[row["item"]],
                population,
                SIGNS[row["kind"]] + count(n),
                "" if share is None else percent(share),
                bar_cell(share) if share is not None else Markup(""),
            )
        )
    return found
