"""The part of risk.html on targeted purchases: which listings are to be bought next and why, and how well
earlier scores predicted failures. It is for offices only: scores are not published."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.methods.rounding import fixed
from jobs.plurals import plural
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import DASH, count, missing, percent, span
from jobs.reports.tenths import Tenth, tenths
from jobs.reports.wording import Text, same

SCORES, REPORT = "gold.targeting_score", "gold.targeting_report"
MOST, MOST_SHARES = 40, 12
DOWNLOADS = {
    "data/targeting_score.csv": SCORES,
    "data/targeting_report.csv": REPORT,
}


def section(known: Gathered, words: dict[str, Text]) -> dict[str, Any]:
    """Return what the template shows of targeted purchases: ``bought``, the listings with the highest scores
    (at most MOST), of ``n_bought``; ``state`` of the model and ``why``, ``learnt`` (batches that failed / all
    that it learnt from) and ``auc`` with limits as text, a dash where missing; ``tenths``, predicted and
    observed failing shares by tenth of the scores, the lowest first, and their ``chart``, None where no batch
    was tested; and ``shares``, the platforms and provinces (at most MOST_SHARES each) that most of the
    highest tenth belongs to. state, why and learnt are None where gold.targeting_report has no rows.

    ``words``: code of a reason → its words; a reason without words is shown by its code.
    """
    report = known.night.frame(REPORT)
    whole = dicts(report[report["part"] == "summary"])
    row = whole[0] if whole else None
    bought, n_bought = _next(known, words)
    return {
        "state": None if row is None else row["state"],
        "why": None if row is None else Text(row["reason_zh"], row["reason_en"]),
        "learnt": None if row is None else f"{count(row['n_learnt_failing'])} / {count(row['n_learnt'])}",
        "auc": DASH
        if row is None or missing(row["auc"])
        else f"{fixed(row['auc'], 2)} ({fixed(row['auc_low'], 2)}–{fixed(row['auc_high'], 2)})",
        "bought": bought,
        "n_bought": n_bought,
        "tenths": [_tenth(r) for r in _part(report, "decile")],
        "chart": _chart(report, row),
        "shares": [
            s
            for kind, part in (("platform", "platform"), ("region", "province"))
            for s in _shares(known, report, kind, part)
        ],
    }


def downloads(known: Gathered) -> dict[str, bytes]:
    """Return the whole tables SCORES and REPORT as CSV, path below site/ → content."""
    return {path: csv_bytes(known.night.frame(table)) for path, table in DOWNLOADS.items()}


def _next(known: Gathered, words: dict[str, Text]) -> tuple[list[dict[str, Any]], int]:
    """Return one line per listing, by place from the highest score, at most MOST, and the number of all
    listings with a score. The page is for offices only, as it shows which listings are to be bought."""
    rows = known.night.frame(SCORES)
    shown = dicts(rows.sort_values(["place", "listing_id"]).head(MOST))
    return [
        {
            "listing": r["listing_id"],
            "platform": (r["platform_code"], known.names.of("platform", r["platform_code"])),
            "category": None
            if missing(r["category_code"])
            else (r["category_code"], known.names.of("category", r["category_code"])),
            "score": percent(r["score"]),
            "place": f"{count(r['place'])} / {count(r['n_considered'])}",
            "reasons": [words.get(str(code), same(str(code))) for code in r["reasons"]],
        }
        for r in shown
    ], len(rows)


def _part(report: pd.DataFrame, part: str) -> list[dict[str, Any]]:
    return dicts(report[report["part"] == part].sort_values("code"))


def _tenth(row: dict[str, Any]) -> dict[str, Any]:
    high = "∞" if missing(row["lift_high"]) else fixed(row["lift_high"])
    return {
        "code": int(row["code"]),
        "predicted": percent(row["predicted"]),
        "observed": percent(row["rate"]),
        "limits": span(row["rate_low"], row["rate_high"]),
        "failing": f"{count(row['n_failing'])} / {count(row['n'])}",
        "lift": DASH if missing(row["lift"]) else fixed(row["lift"]),
        "lift_limits": DASH if missing(row["lift_low"]) else f"{fixed(row['lift_low'])}–{high}",
    }


def _chart(report: pd.DataFrame, whole: dict[str, Any] | None) -> Any:
    rows = [r for r in _part(report, "decile") if not missing(r["rate"])]
    if whole is None or not rows or missing(whole["rate"]):
        return None
    drawn = []
    for r in rows:
        observed, predicted = percent(r["rate"]), percent(r["predicted"])
        limits = span(r["rate_low"], r["rate_high"])
        said = Text(
            f"第{int(r['code'])}十分位：不合格{observed}（{limits}），预测{predicted}，{r['n']}批次",
            f"tenth {int(r['code'])}: {observed} failed ({limits}), {predicted} predicted, "
            f"{plural(r['n'], 'batch', 'batches')}",
        )
        drawn.append(Tenth(r["code"], r["predicted"], r["rate"], r["rate_low"], r["rate_high"], said))
    first, last = percent(rows[0]["rate"]), percent(rows[-1]["rate"])
    summary = Text(
        f"按得分十分位的不合格率：最低一成{first}，最高一成{last}，全部{percent(whole['rate'])}",
        f"failing share by tenth of the scores: lowest {first}, highest {last}, all {percent(whole['rate'])}",
    )
    return tenths(drawn, float(whole["rate"]), summary)


def _shares(known: Gathered, report: pd.DataFrame, kind: str, part: str) -> list[dict[str, Any]]:
    """Return one line per unit, the one with the largest share of the highest tenth first, at most
    MOST_SHARES. ``kind``: platform or region, for its name; ``part``: which rows of ``report`` (platform or
    province)."""
    rows = [r for r in _part(report, part) if not missing(r["share_highest"])]
    rows.sort(key=lambda r: (-r["share_highest"], r["code"]))
    considered = sum(r["n_considered"] for r in rows) or 1
    return [
        {
            "kind": Text("平台", "platform") if kind == "platform" else Text("地区", "region"),
            "dimension": kind,
            "code": r["code"],
            "name": known.names.of(kind, r["code"]),
            "highest": percent(r["share_highest"]),
            "considered": percent(r["n_considered"] / considered),
            "random": percent(r["share_random"]),
            "limits": span(r["share_random_low"], r["share_random_high"]),
        }
        for r in rows[:MOST_SHARES]
    ]
