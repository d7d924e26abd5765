"""The page risk.html on risk signals: pairs of category and hazard or of platform and category, or brands,
with more reports than expected. It shows what has to be looked into today and by whom, open signals with
their reasons (those that are news first, the usual ones apart), notices from abroad and recalls that match
goods on offer, levels of risk, and what earlier signals came to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.overview.queue_signals import LOOK
from jobs.marts.risk.life import DAYS
from jobs.methods.rounding import fixed
from jobs.plurals import plural
from jobs.reports.authorities import authority
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import DASH, at_least_some, count, minus, missing, per_million, percent
from jobs.reports.pages import targeting
from jobs.reports.pages.bulletin import anchor
from jobs.reports.pages.extras import office
from jobs.reports.procedure import TASK_STATUS, notice_system, task_status
from jobs.reports.rendering import Page
from jobs.reports.signal_lists import FIRST, MOST, PATH, href, listed, order, over_expected, since
from jobs.reports.signal_names import SIGNALS, hazards, key_name
from jobs.reports.wording import CONFIDENTIAL, Text, coded, same

MATCHES, YIELD, LEVELS = (
    "gold.alert_match",
    "gold.signal_yield",
    "gold.risk_assessment",
)
MOST_NOTICES, MOST_FIRST = 40, 10
NONE_EXPECTED = "<0.1"  # where the reports of comparable pairs let none be expected: no number is exactly 0
KINDS = {
    "category_hazard": Text("品类×危害", "Category × hazard"),
    "platform_category": Text("平台×品类", "Platform × category"),
    "brand": Text("品牌", "Brand"),
}
# Who looks into a signal of each kind; {} is the national authority.
OFFICE = {
    "category_hazard": Text("{}", "the national authority"),
    "platform_category": Text(
        "平台所在地监管部门（所在地不明的为{}）",
        "the regulator where the platform is registered (the national authority where that is not known)",
    ),
    "brand": Text(
        "品牌权利人所在地监管部门（所在地不明的为{}）",
        "the regulator where the brand owner is registered (the national authority where that is not known)",
    ),
}
# Who has a part in it besides, of a signal on a platform.
_CONFIRMED = Text("经证实的，由平台配合核查处置", "once confirmed, the platform looks into it too")
NO_TASK = Text("没有待办", "no task")
STATES = {
    "confirmed": Text("已证实", "confirmed"),
    "refuted": Text("已排除", "refuted"),
    "expired": Text("到期未核实", "expired"),
}
LEVEL = {
    "serious": Text("严重", "serious"),
    "high": Text("高", "high"),
    "medium": Text("中", "medium"),
    "low": Text("低", "low"),
}
NEWS = coded("signal_news")
# Why a signal from alerts abroad asks for no samples, by unmapped_reason.
UNSAMPLED = {
    "not_stated": Text(
        "未据此拟定抽样：预警未写明产品", "no samples are asked for: the alerts name no goods"
    ),
    "not_in_reference": Text(
        "未据此拟定抽样：品类参照表中没有预警所用的词",
        "no samples are asked for: no category of the reference has the words of the alerts",
    ),
    "several_categories": Text(
        "未据此拟定抽样：预警所用的词对应多个品类",
        "no samples are asked for: the words of the alerts have several categories",
    ),
}
METHOD = {
    "barcode": Text("条码", "barcode"),
    "brand_model": Text("品牌和型号", "brand and model"),
    "category_text": Text("品类和文字", "category and text"),
}


def build(known: Gathered) -> Page:
    """Return the page risk.html. ``known``: the tables of one night.

    Of open signals that are news, of usual ones and of closed ones it shows at most MOST each, of notices and
    of levels at most MOST_NOTICES each. Downloads are the whole tables SIGNALS, YIELD, LEVELS and MATCHES
    and those of `targeting.downloads`, as CSV.
    """
    night, lists = known.night, listed(known)
    news, usual, closed = (
        [_signal(known, row) for row in rows]
        for rows in (lists.news, lists.usual[:MOST], lists.closed[:MOST])
    )
    context = {
        "signals": news[:MOST],
        "n_open": len(lists.news) + len(lists.usual),
        "n_news": len(news),
        "usual": usual,
        "n_usual": len(lists.usual),
        "n_serious": sum(s["serious"] for s in news),
        "first": [s for s in news if s["order"] == FIRST],
        "most_first": MOST_FIRST,
        "closed": closed,
        "n_closed": len(lists.closed),
        "notices": _notices(known),
        "yields": [_yield(row) for row in dicts(night.frame(YIELD)) if row["period_type"] == "all"],
        "levels": _levels(known),
        "kinds": KINDS,
        "targeting": targeting.section(known, _words(known)),
    }
    downloads = {
        f"data/{table.split('.')[1]}.csv": csv_bytes(night.frame(table)) for table in (SIGNALS, YIELD, LEVELS)
    }
    downloads["data/alert_match.csv"] = csv_bytes(night.frame(MATCHES))
    downloads |= targeting.downloads(known)
    return Page(PATH, "risk.html", Text("风险信号", "Risk signals"), PATH, context, downloads)


def _signal(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    began, ratio = since(row), over_expected(row)
    platform, category = row["platform_code"], row["category_code"]
    named = _words(known)
    return {
        "anchor": anchor(row["id"]),
        "key": key_name(known, row),
        "kind": KINDS[row["key_type"]],
        "office": _office(known, row),
        "platform": None if missing(platform) else (platform, known.names.of("platform", platform)),
        "category": None if missing(category) else (category, known.names.of("category", category)),
        "opened": row["opened_on"],
        "since": began,
        "news": NEWS[row["news"]],
        "earlier": _earlier(known, row),
        "until": began + timedelta(days=DAYS),
        "serious": bool(row["serious"]),
        "order": order(row, known.night.date),
        "due": _due(known, row["id"]),
        "reasons": [named.get(code, same(code)) for code in _list(row["reasons"])],
        "unsampled": None if missing(row["unmapped_reason"]) else UNSAMPLED[row["unmapped_reason"]],
        "reports": count(row["n_reports"]),
        "expected": at_least_some(row["expected"]) if row["expected"] else NONE_EXPECTED,
        "ratio": DASH if ratio == float("inf") else fixed(ratio),
        "targeted": f"{count(row['n_failing_targeted'])} / {count(row['n_targeted_judged'])}",
        "random": f"{count(row['n_random_failing'])} / {count(row['n_random_judged'])}",
        "peers": percent(row["peer_rate"]),
        "state": STATES.get(row["state"]),
        "closed": None if missing(row["closed_on"]) else row["closed_on"],
        "closed_by": None
        if missing(row["closed_by"])
        else named.get(row["closed_by"], same(row["closed_by"])),
    }


def _earlier(known: Gathered, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The signals of the same goods, platform or brand that opened before ``row`` and are closed, the last
    first: day, state and address of the row on the page ('' without one)."""
    mine = [
        r
        for r in listed(known).closed
        if (r["key_type"], r["key_code"]) == (row["key_type"], row["key_code"])
        and r["opened_on"] < row["opened_on"]
    ]
    mine.sort(key=lambda r: r["opened_on"], reverse=True)
    return [
        {"opened": r["opened_on"], "state": STATES[r["state"]], "href": href(known, r["id"])} for r in mine
    ]


def _due(known: Gathered, signal: str) -> Text:
    """Return by when an open signal has to be looked into: the last day and status of its task in
    gold.work_queue, the status alone without a last day, NO_TASK where the queue has none (its office
    acknowledged it as done). ``signal``: its identifier (`signal_ids`)."""
    task = _task(known, signal)
    if task is None:
        return NO_TASK
    if missing(task["due"]):
        return TASK_STATUS[task_status(task)]
    left = int(task["days_left"])
    days = plural(abs(left), "day")
    if left < 0:
        return Text(f"{task['due']}，已逾期{-left}天", f"{task['due']}, overdue by {days}")
    return Text(f"{task['due']}，还有{left}天", f"{task['due']}, {days} left")


def _task(known: Gathered, signal: str) -> dict[str, Any] | None:
    """Return the task to look into a signal, a row of gold.work_queue; None where the queue has none."""
    kept: dict[str, dict[str, Any]] | None = known.__dict__.get("_signal_tasks")
    if kept is None:
        queue = known.night.frame("gold.work_queue")
        kept = {r["subject_id"]: r for r in dicts(queue[queue["task"] == LOOK])}
        known.__dict__["_signal_tasks"] = kept
    return kept.get(signal)


def _words(known: Gathered) -> dict[str, Text]:
    """Return code → name of silver.risk_reason: reasons for opening signals and grounds for closing them."""
    frame = known.night.frame("silver.risk_reason")
    return {
        c: Text(z, e)
        for c, z, e in zip(frame["reason_code"], frame["name_zh"], frame["name_en"], strict=True)
    }


def _office(known: Gathered, row: dict[str, Any]) -> Text:
    """Return who looks into a signal: the office that has its task in gold.work_queue, by name; where it has
    none, that of its kind (OFFICE), with the name of the national authority of the nation that the deployment
    serves. ``row``: of gold.risk_signal, with its ``id``."""
    task, words = _task(known, row["id"]), OFFICE[row["key_type"]]
    found = Text(words.zh.format(authority(known, NATION_CODE).zh), words.en)
    if task is not None:
        found = office(known, task["office_type"], task["office_code"])
    if row["key_type"] != "platform_category":
        return found
    return Text(f"{found.zh}；{_CONFIRMED.zh}", f"{found.en}; {_CONFIRMED.en}")


def _list(value: Any) -> list[str]:
    return [] if value is None or (isinstance(value, float) and pd.isna(value)) else [str(v) for v in value]


def _notices(known: Gathered) -> list[dict[str, Any]]:
    """Return one line per notice from abroad or recall that may be about goods on offer, the latest first, at
    most MOST_NOTICES: with how many listings and platforms it matches, and by which method with most
    confidence."""
    matches = known.night.frame(MATCHES)
    offered = matches[matches["on_offer"].fillna(False).astype(bool)]
    by = ["notice_type", "system", "notice_id", "published_on"]
    found = offered.groupby(by).agg(
        listings=("listing_id", "nunique"),
        platforms=("platform_code", "nunique"),
        confidence=("confidence", "max"),
    )
    found = found.reset_index().sort_values(["published_on", *by[:3]], ascending=[False, True, True, True])
    surest = offered.sort_values(["confidence", "method"], ascending=[False, True]).drop_duplicates(by[:3])
    method = surest.set_index(by[:3])["method"].to_dict()
    said = _stated_in_notices(known)
    rows = []
    for row in dicts(found.head(MOST_NOTICES)):
        key = (row["notice_type"], row["system"], row["notice_id"])
        product, hazard = said.get(key, ("", ""))
        rows.append(
            row
            | {
                "system": notice_system(row["system"]),
                "kind": Text("境外预警", "alert abroad")
                if row["notice_type"] == "alert"
                else Text("召回", "recall"),
                "product": product,
                "hazard": hazard,
                "method": METHOD[method[key]],
                "confidence": fixed(row["confidence"], 2),
            }
        )
    return rows


def _stated_in_notices(known: Gathered) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return (notice type, system, id of the notice) → (product, hazard) as the notice states them; '' where
    it does not."""
    said = {}
    for kind, table, names in (
        ("alert", "silver.overseas_alert", ("system", "alert_id", "hazard_category")),
        ("recall", "silver.recall", ("authority", "recall_id", "hazard_text")),
    ):
        frame = known.night.frame(table)
        for system, number, product, hazard in zip(
            frame[names[0]], frame[names[1]], frame["product_text"], frame[names[2]], strict=True
        ):
            said[kind, system, number] = (
                "" if missing(product) else str(product),
                "" if missing(hazard) else str(hazard),
            )
    return said


def _yield(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": KINDS[row["key_type"]],
        **{
            name: count(row[name])
            for name in ("n_signals", "n_open", "n_confirmed", "n_refuted", "n_expired")
        },
        "lead": DASH if missing(row["lead_days"]) else minus(fixed(row["lead_days"], 0)),
        **{name: _share(row, name) for name in ("targeted", "random")},
        "lift": DASH if missing(row["lift"]) else fixed(row["lift"]),
        "limits": DASH
        if missing(row["lift_low"])
        else f"{fixed(row['lift_low'])}–{'∞' if missing(row['lift_high']) else fixed(row['lift_high'])}",
    }


def _share(row: dict[str, Any], name: str) -> str:
    failing, judged = count(row[f"n_{name}_failing"]), count(row[f"n_{name}"])
    return f"{percent(row[f'{name}_rate'])} ({failing} / {judged})"


def _levels(known: Gathered) -> list[dict[str, Any]]:
    """Return one line per assessed pair of category and hazard, the most serious level first, then the most
    probable, at most MOST_NOTICES."""
    frame, order = known.night.frame(LEVELS), list(LEVEL)
    rows = [row for row in dicts(frame) if row["status"] == "assessed"]
    rows.sort(
        key=lambda r: (order.index(r["level"]), -r["probability"], r["category_code"], r["hazard_code"])
    )
    named = hazards(known)
    return [
        {
            "category": known.names.of("category", row["category_code"]),
            "code": row["category_code"],
            "hazard": named.get(row["hazard_code"], same(row["hazard_code"])),
            "level": LEVEL[row["level"]],
            "low": LEVEL[row["level_low"]],
            "high": LEVEL[row["level_high"]],
            "probability": per_million(row["probability"]),
            "failing": f"{count(row['n_failing'])} / {count(row['n_judged'])}",
            "units": CONFIDENTIAL if missing(row["units_in_use"]) else same(count(row["units_in_use"])),
            "raised": bool(row["raised"]),
        }
        for row in rows[:MOST_NOTICES]
    ]
