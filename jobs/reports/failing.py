"""What fails most, how parties that failed did later, and trends over years, as pages show them
(gold.failing_item, gold.failer_follow_up, gold.rate_trend).

A cut says by what failures are counted: tested item, hazard or standard. Pure.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.arrays import dicts
from jobs.marts.sampling.outcomes import all_judged
from jobs.plurals import plural
from jobs.reports.figures import DESIGNS, add_months, twelve_months_text, window_text
from jobs.reports.gathered import Gathered
from jobs.reports.names import KINDS, tested_item
from jobs.reports.numbers import (
    DASH,
    LOW_PRECISION,
    Figure,
    count,
    figure,
    missing,
    percent,
    points,
    rounded,
    span,
    whole,
    with_p,
)
from jobs.reports.rates import Window, until
from jobs.reports.trends import STATED_FROM, TREND
from jobs.reports.wording import TOO_FEW, Text, label, numbered, ranged, same
from jobs.reports.year_before import not_compared

ITEMS, FOLLOWED = "gold.failing_item", "gold.failer_follow_up"
MOST = 15  # codes of a table; the download has all
FEW = 5  # of a category on the page of all of them
CUT = {
    "item": Text("检验项目", "Tested items"),
    "hazard": Text("危害", "Hazards"),
    "standard": Text("依据标准", "Standards"),
}
PARTY = {"operator": Text("销售者", "Sellers"), "producer": Text("生产者", "Producers")}
VERDICT = {
    "rising": Text("上升", "rising"),
    "falling": Text("下降", "falling"),
    "none_shown": Text("未见显著升降", "no trend shown"),
}
# Columns of gold.failing_item with a rate and its 95% limits: weighted by units sold, and of batches.
EXPOSURE = ("exposure_rate", "exposure_low", "exposure_high")
FOUND = ("rate", "ci_low", "ci_high")


def failing(known: Gathered, dimension: str, code: str, *, most: int = MOST) -> dict[str, Any] | None:
    """Return what fails most in a unit in `Rates.year`, as {"window": the year in words, "cuts": list}; None
    where nothing failed.

    Each entry of the list is one cut (item, hazard or standard) and design: ``cut``, ``title``, ``design``,
    ``lines`` (at most ``most``) and ``all`` (the number of lines before that limit). A line has code, name,
    rank, text (the rate), interval, judged, failed and overturned (batches), class_a (most serious). Lines of
    probability samples are in order of the failing share of units sold, the highest first, those with too few
    batches last; lines of targeted samples in order of batches failed, without rank.
    """
    year = known.rates.year
    rows = [
        r
        for r in known.groups(ITEMS, "dimension_code").get(code, [])
        if r["dimension_type"] == dimension
        and year is not None
        and (r["period_type"], r["period_start"]) == (year.period_type, year.start)
        and r["n_failed"]
        and r["design"] in DESIGNS
    ]
    cuts = [
        {"cut": cut, "title": title, "design": design, "lines": lines[:most], "all": len(lines)}
        for cut, title in CUT.items()
        for design in DESIGNS
        if (lines := _lines(known, [r for r in rows if r["cut"] == cut and r["design"] == design]))
    ]
    if not cuts:
        return None
    first = min(rows, key=lambda r: DESIGNS.index(r["design"]))  # its months stand beside the year
    return {"window": window_text(year, first), "cuts": cuts}


def _lines(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = [(r, _figure(r)) for r in rows]

    def order(one: tuple[dict[str, Any], Figure]) -> tuple[Any, ...]:
        row, shown = one
        by_rate = shown.value is not None and row["design"] == "probability"
        return (not by_rate, -(shown.value or 0.0) if by_rate else 0.0, -row["n_failed"], row["code"])

    return [
        {
            "code": r["code"],
            "name": _name(known, r),
            "rank": DASH if missing(r["rank"]) else count(r["rank"]),
            "text": shown.text,
            "interval": shown.interval,
            "low_precision": r["reliability"] == LOW_PRECISION,
            "judged": count(r["n_judged"]),
            "failed": count(r["n_failed"]),
            "overturned": count(r["n_overturned"]),
            "class_a": bool(r["class_a"]),
        }
        for r, shown in sorted(made, key=order)
    ]


def _figure(row: dict[str, Any]) -> Figure:
    as_rate = all_judged(row["n_judged"], row["n_failed"])
    return figure(row | as_rate, *(EXPOSURE if row["design"] == "probability" else FOUND))


def _name(known: Gathered, row: dict[str, Any]) -> Text:
    """Return the name of an item (as laboratories file it, in English where known), a hazard, or a standard
    (its number)."""
    if row["cut"] == "hazard":
        of = known.about("silver.hazard", "hazard_code").get(row["code"])
        return same(row["code"]) if of is None else Text(of["name_zh"], of["name_en"] or of["name_zh"])
    if row["cut"] == "standard" and row["code"] == "unknown":
        return Text("未注明", "not cited")
    if missing(row["name"]):
        return same(row["code"])
    return tested_item(row["name"]) if row["cut"] == "item" else numbered(row["name"])


def followed(known: Gathered, dimension: str, code: str) -> list[dict[str, Any]]:
    """Return how the parties of a unit whose goods failed did later: one dict per year and kind of party with
    a party that failed, the newest year first, over both designs. ``failers``: parties that failed;
    ``followed``: those whose twelve months after the first failure have ended; ``again``: of these
    sampled again; ``failed``: of these failed again; ``next`` and ``others``: of the parties judged in the
    next year the share whose first batch bought in it failed, of failers and of parties that had not failed,
    with their ``difference`` in percentage points and its ``limits``; ``next_year``: how much of that year
    has passed (`next_year`). Shares are dicts with text, limits (95%) and counts."""
    rows = [
        r
        for r in known.groups(FOLLOWED, "dimension_code").get(code, [])
        if r["dimension_type"] == dimension and r["design"] == "all" and whole(r["n_failers"])
    ]
    rows.sort(key=lambda r: (-r["period_start"].year, r["party"]))
    day = known.night.data_date or known.night.date
    return [
        {
            "year": r["period_start"].year,
            "party": label(PARTY, r["party"]),
            "failers": count(r["n_failers"]),
            "followed": count(r["n_followed"]),
            "again": _share_cells(r, "sampled_again", "n_sampled_again", "n_followed"),
            "failed": _share_cells(r, "failed_again", "n_failed_again", "n_sampled_again"),
            "next": _share_cells(r, "failers_next", "n_failers_next_failed", "n_failers_next"),
            "others": _share_cells(r, "others_next", "n_others_next_failed", "n_others_next"),
            "difference": points(r["difference_pp"]),
            "limits": same(DASH)
            if missing(r["difference_low"])
            else ranged(points(r["difference_low"]), points(r["difference_high"])),
            "next_year": next_year(int(r["months_followed"]), r["period_start"].year, day),
        }
        for r in rows
    ]


def next_year(months: int, year: int, day: date) -> Text | None:
    """Return how much of the year after ``year`` has passed, None where all of it has. ``months``: of that
    year that have ended in the data; ``day``: up to which there are data."""
    if months >= 12:
        return None
    if day.year <= year:
        return Text("次年尚未开始", "the next year has not begun")
    return Text(f"次年已过{months}个月", f"next year, ended: {plural(months, 'month')}")


def _share_cells(row: dict[str, Any], name: str, part: str, of: str) -> dict[str, Any]:
    """Return a share with its limits and counts; where the parties are too few, words in place of
    the share."""
    known = not missing(row[f"{name}_rate"])
    shown = percent(row[f"{name}_rate"])
    limits = span(row[f"{name}_low"], row[f"{name}_high"]) if known else DASH
    none = same(DASH) if not whole(row[of]) else TOO_FEW
    return {
        "text": same(shown) if known else none,
        "limits": limits,
        "counts": f"{count(row[part])} / {count(row[of])}",
    }


def trend(known: Gathered, dimension: str, code: str) -> Text | None:
    """Return a unit's trend over up to three years in one sentence: the rate of each year and, where the
    trend is tested over STATED_FROM of them, the slope in percentage points a year with its 95% limits and
    adjusted p. None where gold.rate_trend has no row for the unit."""
    of = dicts(known.rows(TREND, dimension, code))
    if not of:
        return None
    row = of[0]
    zh, en = _months(row, known.rates.through)
    values = [part if part == "na" else f"{rounded(float(part))}%" for part in row["rates"].split()]
    shown_zh, shown_en = (
        " → ".join(none if part == "na" else part for part in values) for none in ("样本不足", "too few")
    )
    head_zh, head_en = f"{zh}：{shown_zh}。", f"{en}: {shown_en}. "
    if row["status"] == "too_few_years":
        why = _one_period(known, dimension, code, row["last_start"])
        return Text(head_zh + why.zh, head_en + why.en)
    if row["status"] == "insufficient":
        return Text(
            head_zh + "至少一年样本不足，不检验趋势。",
            head_en + "At least one year has too few batches: the trend is not tested.",
        )
    if row["n_years"] < STATED_FROM:
        return Text(
            f"{head_zh}数据满三个12个月期间的，方可列示趋势；两个期间之差见“较上年同期”。",
            f"{head_en}A trend needs three periods; for the change between two see the comparison with a "
            "year earlier.",
        )
    verdict = label(VERDICT, row["verdict"])
    limits = ranged(points(row["slope_low"]), points(row["slope_high"]))
    p = with_p(row["p_adjusted"])
    slope = points(row["slope_pp"])
    return Text(
        f"{head_zh}每年{slope}个百分点（95%区间{limits.zh}；校正后 {p}）：{verdict.zh}。",
        f"{head_en}{slope} points a year (95% interval {limits.en}; adjusted {p}): {verdict.en}.",
    )


def _one_period(known: Gathered, dimension: str, code: str, start: date) -> Text:
    """Why a trend of one period alone, which begins on ``start``, is not tested: in words those of the
    comparison with a year earlier (`not_compared`)."""
    test = Text("只有一个期间，不检验趋势。", "There is one period only: the trend is not tested.")
    role, window = KINDS[dimension].role if dimension in KINDS else "", Window("rolling12", start)
    row = known.rates.newest(dimension, code, "probability", role=role, window=window)
    if row is None:
        return test
    why = not_compared(known.rates, row)
    return Text(f"{why.zh}；{test.zh}", f"{why.en[0].upper()}{why.en[1:]}. {test.en}")


def _months(row: dict[str, Any], through: date | None) -> Text:
    """Return the periods of a trend in words: consecutive twelve months up to the last one. ``through``: the
    last day of the data."""
    starts = [add_months(row["last_start"], -12 * back) for back in reversed(range(row["n_years"]))]
    names = [twelve_months_text(start, until("rolling12", start, through)) for start in starts]
    ends = ", ".join(name.en.split(" to ", 1)[1] for name in names)
    return Text("、".join(name.zh for name in names), f"Twelve months to {ends}")
