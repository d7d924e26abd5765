"""Each sampling plan as its bulletin: what was drawn, what left before the test, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from jobs.reports.downloads import csv_bytes
from jobs.reports.figures import Line, line, pick
from jobs.reports.material import Night
from jobs.reports.names import UNKNOWN, Names
from jobs.reports.numbers import judged, missing
from jobs.reports.rendering import Page
from jobs.reports.wording import NO_JUDGED, NONE_FOUND, PLAN_TYPE, Text, label, same

OPEN = 2  # quarters whose plans stand open; older ones are folded


@dataclass(frozen=True)
class Bulletin:
    """One plan. ``finding``: the sentence on it, never that goods conform; ``balanced``: None where the ledger has no row."""

    code: str
    name: Text
    type: Text
    issuer: Text | None
    span: str
    line: Line
    finding: Text
    balanced: bool | None


def build(night: Night, names: Names) -> Page:
    """plans.html: every plan that has samples, the newest first, over all its periods (design all is a plan's own design)."""
    rate, ledger = night.frame("gold.detection_rate"), night.frame("gold.sampling_ledger")
    known = {r.plan_id: r for r in night.frame("silver.sampling_plan").itertuples()}
    of_plan = ledger[(ledger["dimension_type"] == "plan") & (ledger["period_type"] == "all")]
    balance = dict(zip(of_plan["dimension_code"], of_plan["balanced"], strict=True))
    found = []
    for row in pick(rate, dimension="plan", design="all", period="all").to_dict("records"):
        code = row["dimension_code"]
        found.append((known.get(code), _bulletin(row, known.get(code), names, balance.get(code))))
    found.sort(key=lambda pair: (_start(pair[0]), pair[1].code), reverse=True)
    rows = rate[rate["dimension_type"] == "plan"]
    return Page(
        "plans.html",
        "plans.html",
        Text("抽查通报", "Bulletins"),
        "plans.html",
        {"by_start": [(start, [b for _, b in group]) for start, group in groupby(found, key=lambda pair: _quarter(pair[0]))], "open": OPEN},
        {"data/detection_rate_plan.csv": csv_bytes(rows), "data/sampling_ledger.csv": csv_bytes(ledger)},
    )


def _bulletin(row: dict, plan: object, names: Names, balanced: object) -> Bulletin:
    code = row["dimension_code"]
    kind = UNKNOWN if plan is None or missing(plan.type) else label(PLAN_TYPE, plan.type)
    issuer = None if plan is None or missing(plan.issuer_region_code) else names.of("region", plan.issuer_region_code)
    dates = [] if plan is None else ["…" if missing(day) else f"{day}" for day in (plan.starts_on, plan.ends_on)]
    span = "" if not dates or dates == ["…", "…"] else " – ".join(dates)
    return Bulletin(
        code,
        names.of("plan", code),
        kind,
        issuer,
        span,
        line(row, same(code)),
        finding(row),
        None if missing(balanced) else bool(balanced),
    )


def finding(row: dict) -> Text:
    """What may be said of a plan's result: the count found, or that none was found in the items tested."""
    tested = judged(row)
    if tested == 0:
        return NO_JUDGED
    if row["n_nonconforming"] == 0:
        return NONE_FOUND
    return Text(
        f"{tested:,} 批次中不合格 {row['n_nonconforming']:,} 批次",
        f"{row['n_nonconforming']:,} of {tested:,} batches non-conforming",
    )


def _quarter(plan: object) -> tuple[int, int] | None:
    """(year, quarter) in which a plan starts; None where that is not known."""
    return None if plan is None or missing(plan.starts_on) else (plan.starts_on.year, (plan.starts_on.month + 2) // 3)


def _start(plan: object) -> str:
    return "" if plan is None or missing(plan.starts_on) else str(plan.starts_on)
