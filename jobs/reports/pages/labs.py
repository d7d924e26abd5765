"""Laboratories: what to do today and by whom, what they find against their peers on a funnel, turnaround,
load, agreement, experts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from jobs.reports.charts import Spot, funnel
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import DASH, count, missing, percent
from jobs.reports.rendering import Page
from jobs.reports.wording import Text, same

PATH = "labs.html"
PERFORMANCE, AGREEMENT, EXPERTS = "gold.lab_performance", "gold.lab_agreement", "gold.expert_load"
SOON = 90  # days before an accreditation ends
FAR = 0.02  # a bias whose limits lie beyond this is worth a look
STATES = {
    "high": Text("偏高", "high"),
    "low": Text("偏低", "low"),
    "within": Text("在控制限内", "within the limits"),
    "too_few": Text("数量过少", "too few"),
}
DESIGNS = {
    "probability": Text("概率抽样", "probability samples"),
    "targeted": Text("靶向抽样", "targeted samples"),
    "all": Text("全部（各在同类方案内比较）", "all (each within its type of plan)"),
}
PERIODS = {
    "rolling12": Text("最近十二个完整月份", "the last twelve whole months"),
    "all": Text("全部数据", "all data"),
}
COMMISSIONER = Text("下达抽查任务的监管部门", "the authority that commissions the tests")
ACCREDITATION = Text("资质认定部门", "the accreditation body")


def build(known: Gathered) -> Page:
    """labs.html with the tables behind it."""
    night = known.night
    table, names = night.frame(PERFORMANCE), _names(known)
    period = next((p for p in PERIODS if (table["period_type"] == p).any()), "all")
    rows = table[table["period_type"] == period].sort_values(["lab_id", "design"])
    whole = rows[rows["design"] == "all"].to_dict("records")
    close = night.frame(AGREEMENT)
    close = close[(close["period_type"] == "all") & (close["other_lab_id"] == "all")]
    experts = night.frame(EXPERTS)
    context = {
        "n_labs": len(night.frame("silver.lab")),
        "today": [
            *_overdue(known, names),
            *_outliers(rows, names),
            *_over_capacity(table, names),
            *_biased(close, names),
            *_ending(known, names),
            *_uncovered(known, experts),
        ],
        "period": PERIODS[period],
        "drawing": _funnel(whole, names),
        "labs": [_lab(row, names) for row in whole],
        "found": [_found(row, names) for row in rows.to_dict("records")],
        "agreement": [_close(row, names) for row in close.sort_values(["kind", "lab_id"]).to_dict("records")],
        "experts": [_experts(known, row) for row in experts.to_dict("records")],
    }
    downloads = {
        f"data/{name.split('.')[1]}.csv": csv_bytes(night.frame(name))
        for name in (PERFORMANCE, AGREEMENT, EXPERTS)
    }
    return Page(PATH, "labs.html", Text("检验检测", "Laboratories"), PATH, context, downloads)


def _names(known: Gathered) -> dict[str, Text]:
    frame = known.night.frame("silver.lab")
    named = zip(frame["lab_id"], frame["name_zh"], frame["name_en"], strict=True)
    return {code: Text(zh, zh if missing(en) else en) for code, zh, en in named if not missing(zh)}


def _task(who: Text, what: Text, why: Text) -> dict[str, Text]:
    return {"who": who, "what": what, "why": why}


def _overdue(known: Gathered, names: dict[str, Text]) -> list[dict[str, Text]]:
    """Each laboratory with tests that should have been reported by now, the longest overdue first."""
    queue = known.night.frame("gold.work_queue")
    late = queue[(queue["office_type"] == "lab") & (queue["status"] == "overdue")]
    found = []
    for code, mine in sorted(late.groupby("office_code"), key=lambda g: (g[1]["days_left"].min(), g[0])):
        n, worst = len(mine), -int(mine["days_left"].min())
        what = Text(f"出具{n}件逾期的检验结论", f"report {n} overdue tests")
        found.append(
            _task(
                names.get(code, same(str(code))),
                what,
                Text(f"最久已逾期{worst}天", f"the longest is {worst} days overdue"),
            )
        )
    return found


def _outliers(rows: pd.DataFrame, names: dict[str, Text]) -> list[dict[str, Text]]:
    """Laboratories outside their funnel in any design, once each."""
    found = []
    for code, mine in rows[rows["state"].isin(["high", "low"])].groupby("lab_id"):
        row = mine.sort_values("p").iloc[0]
        name, side, design = names.get(code, same(str(code))), STATES[row["state"]], DESIGNS[row["design"]]
        seen, due = int(row["n_compared_failing"]), row["expected"]
        found.append(
            _task(
                COMMISSIONER,
                Text(
                    f"核查{name.zh}的检验，并听取其陈述申辩（收到意见后5个工作日内并列展示）",
                    f"look into the tests of {name.en} and hear it: its comment stands beside this within 5 "
                    "working days",
                ),
                Text(
                    f"不合格发现{side.zh}：同类商品应为{due:.1f}批，实为{seen}批（{design.zh}；99.8%限"
                    f"{row['low998']:.2f}–{row['high998']:.2f}倍）。这是线索，不是结论",
                    f"finds {'more' if row['state'] == 'high' else 'less'} than its peers: {seen} failures "
                    f"where {due:.1f} are expected on the same goods ({design.en}; 99.8 % limits "
                    f"{row['low998']:.2f}–{row['high998']:.2f} times). A reason to look, no finding",
                ),
            )
        )
    return found


def _over_capacity(table: pd.DataFrame, names: dict[str, Text]) -> list[dict[str, Text]]:
    """Laboratories that were given more than they declared in the newest quarter."""
    quarters = table[(table["period_type"] == "quarter") & (table["design"] == "all")]
    newest = quarters[quarters["period_start"] == quarters["period_start"].max()]
    found = []
    for row in newest[newest["load_share"] > 1].sort_values("load_share", ascending=False).to_dict("records"):
        name = names.get(row["lab_id"], same(row["lab_id"]))
        given, can = int(row["n_commissions"]), row["capacity_per_month"] * row["months_covered"]
        found.append(
            _task(
                COMMISSIONER,
                Text(f"暂不再委托{name.zh}，改委托他家", f"commission others in place of {name.en}"),
                Text(
                    f"本季度收到{given}件，申报能力为{can:.0f}件",
                    f"it received {given} this quarter and declared {can:.0f}",
                ),
            )
        )
    return found


def _biased(close: pd.DataFrame, names: dict[str, Text]) -> list[dict[str, Text]]:
    """Laboratories whose values on split samples lie beyond the others', limits and all."""
    split = close[close["kind"] == "split"]
    far = split[(split["bias_low"] > FAR) | (split["bias_high"] < -FAR)].sort_values("lab_id")
    return [
        _task(
            names.get(row["lab_id"], same(row["lab_id"])),
            Text("查明测量值偏差的原因", "find out why its values differ"),
            Text(
                f"分样比对的数值比其余机构{_signed(row['bias'])}（95%限{_signed(row['bias_low'])}至"
                f"{_signed(row['bias_high'])}，{row['n_value_samples']}个样品）",
                f"values on split samples are {_signed(row['bias'])} off the others (95 % limits "
                f"{_signed(row['bias_low'])} to {_signed(row['bias_high'])}, "
                f"{row['n_value_samples']} samples)",
            ),
        )
        for row in far.to_dict("records")
    ]


def _ending(known: Gathered, names: dict[str, Text]) -> list[dict[str, Text]]:
    """Accreditations that have ended or end soon."""
    found = []
    day = known.night.date
    for row in known.night.frame("silver.lab").sort_values("lab_id").to_dict("records"):
        until = row["accredited_to"]
        if missing(until) or until > day + timedelta(days=SOON):
            continue
        name = names.get(row["lab_id"], same(row["lab_id"]))
        over = until < day
        found.append(
            _task(
                ACCREDITATION if not over else COMMISSIONER,
                Text(f"复查{name.zh}的资质", f"renew {name.en}'s accreditation or let it end")
                if not over
                else Text(f"停止委托{name.zh}", f"commission {name.en} with nothing more"),
                Text(f"资质有效期至{until}", f"accredited until {until}"),
            )
        )
    return found


def _uncovered(known: Gathered, experts: pd.DataFrame) -> list[dict[str, Text]]:
    rows = experts[experts["uncovered"].fillna(False).astype(bool) & (experts["category_code"] != "all")]
    found = []
    for row in rows.sort_values("category_code").to_dict("records"):
        name = known.names.of("category", row["category_code"])
        found.append(
            _task(
                COMMISSIONER,
                Text(f"聘请熟悉{name.zh}的专家", f"appoint an expert on {name.en}"),
                Text(
                    f"有{int(row['n_objections'])}件异议而无专家",
                    f"{int(row['n_objections'])} objections and no expert",
                ),
            )
        )
    return found


def _funnel(rows: list[dict[str, Any]], names: dict[str, Text]) -> Any:
    """Observed against expected failures; None where no laboratory can be judged."""
    seen = [row for row in rows if not missing(row["score"])]
    if not seen:
        return None
    spots = [
        Spot(
            names.get(row["lab_id"], same(row["lab_id"])),
            round(row["expected"]),
            row["ratio"],
            row["state"] in ("high", "low"),
            _said(row, names),
        )
        for row in seen
    ]
    far = [s.name for s in spots if s.outlier]
    summary = Text(
        f"漏斗图：{len(spots)}家检验机构的不合格发现与期望之比，"
        f"超出界限：{'、'.join(n.zh for n in far) or '无'}",
        f"Funnel plot: failures found by {len(spots)} laboratories against those expected; outside the "
        f"limits: {', '.join(n.en for n in far) or 'none'}",
    )
    wide = pd.DataFrame(seen)[["low95", "high95", "low998", "high998"]]
    return funnel(spots, wide, 1.0, summary, n_text=Text("期望的不合格批次", "failures expected"))


def _said(row: dict[str, Any], names: dict[str, Text]) -> Text:
    name = names.get(row["lab_id"], same(row["lab_id"]))
    figures = f"{row['n_compared_failing']} / {row['expected']:.1f}"
    return Text(f"{name.zh}：实有 / 期望 {figures}", f"{name.en}: found / expected {figures}")


def _days(row: dict[str, Any], stem: str) -> str:
    value = row["median_days"] if stem == "median" else row["p90_days"]
    if missing(value):
        return DASH
    high = row[f"{stem}_high"]
    return f"{value:.0f} ({row[f'{stem}_low']:.0f}–{'∞' if missing(high) else format(high, '.0f')})"


def _share(row: dict[str, Any], stem: str, part: str, whole: str) -> str:
    if missing(row[f"{stem}_share"]):
        return DASH
    limits = f"{percent(row[f'{stem}_low'])}–{percent(row[f'{stem}_high'])}"
    return f"{percent(row[f'{stem}_share'])} ({limits}; {count(row[part])} / {count(row[whole])})"


def _lab(row: dict[str, Any], names: dict[str, Text]) -> dict[str, Any]:
    return {
        "name": names.get(row["lab_id"], same(row["lab_id"])),
        "tests": count(row["n_tests"]),
        "open": count(row["n_open"]),
        "median": _days(row, "median"),
        "p90": _days(row, "p90"),
        "on_time": _share(row, "on_time", "n_on_time", "n_due"),
        "load": percent(row["load_share"]),
        "outside": count(row["n_outside"]),
        "overturned": _share(row, "overturned", "n_overturned", "n_reinspected"),
    }


def _found(row: dict[str, Any], names: dict[str, Text]) -> dict[str, Any]:
    limits = ("ratio", "ratio_low", "ratio_high")
    known = not any(missing(row[c]) for c in limits)
    return {
        "name": names.get(row["lab_id"], same(row["lab_id"])),
        "design": DESIGNS[row["design"]],
        "found": _share(row, "found", "n_failing", "n_judged"),
        "expected": DASH
        if missing(row["expected"])
        else f"{row['n_compared_failing']} / {row['expected']:.1f}",
        "ratio": f"{row['ratio']:.2f} ({row['ratio_low']:.2f}–{row['ratio_high']:.2f})" if known else DASH,
        "limits": DASH if missing(row["low998"]) else f"{row['low998']:.2f}–{row['high998']:.2f}",
        "state": STATES[row["state"]],
        "far": row["state"] in ("high", "low"),
    }


def _signed(value: float) -> str:
    return f"{value * 100:+.1f}%"


def _close(row: dict[str, Any], names: dict[str, Text]) -> dict[str, Any]:
    def limits(stem: str, form: Any) -> str:
        if missing(row[stem]):
            return DASH
        low, high = row[f"{stem}_low"], row[f"{stem}_high"]
        return form(row[stem]) + ("" if missing(low) else f" ({form(low)}–{form(high)})")

    return {
        "name": names.get(row["lab_id"], same(row["lab_id"])),
        "kind": Text("分样比对", "split samples")
        if row["kind"] == "split"
        else Text("备样复检", "backup samples"),
        "pairs": count(row["n_pairs"]),
        "agreement": limits("agreement", percent),
        "kappa": limits("kappa", lambda v: f"{v:.2f}"),
        "bias": limits("bias", _signed),
        "samples": count(row["n_value_samples"]),
    }


def _experts(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    every, unknown = Text("全部", "all"), Text("未填", "not stated")
    special = {"all": every, "unknown": unknown}
    return row | {
        "field_name": special.get(row["field"], same(str(row["field"]))),
        "category": special.get(row["category_code"]) or known.names.of("category", row["category_code"]),
        "objections": count(row["n_objections"]),
        "waiting": count(row["n_open"]),
        "each": DASH if missing(row["load"]) else f"{row['load']:.1f}",
    }
