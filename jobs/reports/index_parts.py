"""The parts of a unit's quality index as pages show them: pillars, indicators, weak points, possible gains,
and trend.

The index (1–100) of a unit is made of pillars, a pillar of indicators. An indicator is weak where the unit is
worse than its peers by more than chance. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from jobs.arrays import dicts
from jobs.methods.ranges import english
from jobs.methods.rounding import half_up
from jobs.reports import charts
from jobs.reports.charts import Point
from jobs.reports.confidential import PER_ORDER
from jobs.reports.figures import add_months, quarter_text
from jobs.reports.gathered import INDEX, UNIT, Gathered
from jobs.reports.numbers import DASH, count, minus, missing, percent, with_limits
from jobs.reports.procedure import ACTOR, NOT_PUBLISHED, STATUS
from jobs.reports.small import bar_cell
from jobs.reports.wording import CONFIDENTIAL, UNPUBLISHED, Text, label, same

# (period_type, first day)
Period = tuple[str, date]
SMALLEST = 0.05  # points: a page leaves out smaller gains, and smaller changes that are none of quality
MOST_GAINS = 5
# Dimension → what the peers of a unit are, with which gold.weak_point compares it: all of its kind, of
# categories those of one level.
PEERS = {
    "platform": Text("平台", "platforms"),
    "region": Text("省级行政区", "provinces"),
    "category": Text("同级品类", "categories of its level"),
    "cluster": Text("产业集群", "industrial clusters"),
}
WEIGHTED = "exposure_rate"
LEAST_SHRUNK = 5e-4  # a value further than this from the share of its counts is an estimate
BORROWED = Text("估计值，借助同类单位", "an estimate that uses its peers")
CLAMPED = Text("指标值已达最差端，按最低分计", "its score is at the worst end of the goalposts")


def tenth(value: Any) -> str:
    """Return a score or points with one decimal as text, rounded half up; a dash where missing."""
    if missing(value):
        return DASH
    return minus(str(half_up(value)))


def signed(value: Any) -> str:
    """Return points with one decimal and a sign (+1.2, −0.3; 0.0 has none); a dash where missing."""
    shown = tenth(value)
    if missing(value) or shown.strip("−") == "0.0":
        return shown.strip("−")
    return f"+{shown}" if float(value) > 0 else shown


def limits(low: Any, high: Any) -> str:
    """Return two limits of a score as text with one decimal, "61.2–70.4"; a dash where one is missing."""
    return DASH if missing(low) or missing(high) else english(tenth(low), tenth(high))


def period_text(period: Period) -> Text:
    """Return a period in words, such as "Q3 2026", "2026" or "March 2026". ``period``: (quarter, year or
    month; first day)."""
    kind, start = period
    if kind == "quarter":
        return quarter_text(start)
    return (
        Text(f"{start.year}年", f"{start.year}")
        if kind == "year"
        else Text(f"{start.year}年{start.month}月", f"{start:%B %Y}")
    )


# Units of measure of indicators.
UNITS = {
    "share": Text("占比", "share"),
    "share of sampled": Text("占已有结果批次", "share of batches with an outcome"),
    "per 10000 orders": Text("每万单", "per 10,000 orders"),
    "per 10000 listings": Text("每万件商品", "per 10,000 listings"),
    "per 1000 operators": Text("每千户经营者", "per 1,000 operators"),
}


def value_text(value: Any, unit: Any) -> str:
    """Return an indicator's value as text, without its unit of measure: "12.3%" where ``unit`` (of
    silver.goalpost, a key of UNITS) begins with share and the value is 0–1, else with one decimal and
    thousands separated; a dash where missing."""
    if missing(value):
        return DASH
    return percent(value) if str(unit).startswith("share") else minus(f"{half_up(value):,}")


def estimate_text(value: Any, unit: Any) -> str:
    """Return an estimate as `value_text` does, but without a decimal that it does not have: estimates that
    were rounded to two digits for confidentiality read 12 and 12%, not 12.0 and 12.0%."""
    shown = value_text(value, unit)
    if missing(value):
        return shown
    number = float(value) * (100 if str(unit).startswith("share") else 1)
    rough = float(f"{number:.2g}")
    return shown.replace(".0", "") if abs(rough - number) < 1e-9 and abs(number) >= 10 else shown


def scored_text(values: tuple[Any, Any, Any], unit: Any, per_order: bool) -> str:
    """Return the estimate that is scored with its limits, "84 (46–140)"; a dash where one is missing. Of an
    indicator ``per_order`` all have two digits, as gold.weak_point gives them (jobs.reports.confidential):
    one interval reads the same wherever it stands."""
    if any(missing(value) for value in values):
        return DASH
    text = estimate_text if per_order else value_text
    own = [float(f"{float(value):.2g}") if per_order else value for value in values]
    estimate, low, high = (text(value, unit) for value in own)
    return f"{estimate} ({english(low, high)})"


def records(known: Gathered, table: str, dimension: str, code: str, period: Period) -> list[dict[str, Any]]:
    """Return a unit's rows of a table in one period as dicts; an empty list where it has none. ``table``: its
    id; ``dimension``, ``code``: the unit; ``period``: (period_type, first day). The list is that of
    `Gathered.groups`, which is kept for all pages: do not change it."""
    return known.groups(table, *UNIT, period=period).get((dimension, code), [])


def unranked(row: dict[str, Any]) -> bool:
    """Return whether a unit's index is published without tier and rank, because too few batches were judged
    (index_method's least_judged); false for the nation, which is never ranked. ``row``: of
    gold.quality_index."""
    return bool(row["published"]) and missing(row["tier"]) and row["dimension_type"] != "nation"


def tier_text(row: dict[str, Any] | None, ranked: int) -> str:
    """Return the tier of a row of gold.quality_index as text; a dash without row or tier, and where no other
    unit has a tier to be compared with. A tier is a group of units whose indexes cannot be distinguished, 1
    the best. ``ranked``: how many units of the row's group have a tier (`Gathered.index_ranked`)."""
    return DASH if row is None or missing(row["tier"]) or ranked == 1 else str(int(row["tier"]))


def rank_text(row: dict[str, Any] | None, ranked: int) -> str:
    """Return the rank of a row of gold.quality_index with its interval, `3 (1–7)`; a dash without row or
    rank, and where no other unit has one to be ranked with. ``ranked``: as of `tier_text`."""
    if row is None or missing(row["rank"]) or ranked == 1:
        return DASH
    ends = "" if missing(row["rank_low"]) else f" ({int(row['rank_low'])}–{int(row['rank_high'])})"
    return f"{int(row['rank'])}{ends}"


def trend(known: Gathered, dimension: str, code: str, name: Text) -> Markup | None:
    """Return the drawing of a unit's published indexes over time: months as rings, quarters as a line with
    its band (90% limits). None where they end in fewer than two months. ``name``: of the unit."""
    rows = known.rows(INDEX, dimension, code)
    points = []
    for r in dicts(rows[rows["published"].fillna(False).astype(bool)].sort_values("period_start")):
        if r["period_type"] in ("month", "quarter") and not missing(r["low"]):
            window = r["period_type"] == "quarter"
            when, ends = (
                period_text((r["period_type"], r["period_start"])),
                add_months(r["period_start"], 2) if window else r["period_start"],
            )
            value = with_limits(same(tenth(r["score"])), limits(r["low"], r["high"]))
            said = Text(f"{when.zh}：{value.zh}", f"{when.en}: {value.en}")
            points.append(Point(window, ends, r["score"], r["low"], r["high"], said))
    summary = Text(f"{name.zh}质量指数走势", f"Quality index over time, {name.en}")
    return charts.trend(points, "index", summary, axis=lambda v: f"{v:g}", run=Text("季度", "Quarter"))


def pillars(known: Gathered, dimension: str, code: str, period: Period) -> list[dict[str, Any]]:
    """Return one dict per pillar of a unit's index in a period, in the order of their stated weights, the
    largest first: name; score; bar; ``weight``, its share in this unit's index (0% where nothing of it is
    applicable); ``points`` (0 or less) that it takes off 100, a dash where the index is not published; and
    ``coverage``, the share of its stated weight that is covered. Score and points (each a `Text`) say so
    where they are confidential (``hidden``). Pillars without a row are left out."""
    rows = {r["pillar"]: r for r in records(known, "gold.quality_index_pillar", dimension, code, period)}
    found = []
    for pillar in known.pillars:
        r = rows.get(pillar)
        if r is not None:
            score = None if missing(r["score"]) else float(r["score"])
            hidden = r.get("confidential") is True
            points = DASH if score is None or missing(r["contribution"]) else signed(r["contribution"])
            found.append(
                {
                    "name": known.pillar(pillar),
                    "hidden": hidden,
                    "score": CONFIDENTIAL if hidden else same(tenth(score)),
                    "bar": bar_cell(None if score is None else score / 100),
                    "weight": percent(r["weight"]),
                    "points": CONFIDENTIAL if hidden else same(points),
                    "coverage": percent(r["coverage"]),
                }
            )
    return found


def indicators(known: Gathered, dimension: str, code: str, period: Period) -> list[dict[str, Any]]:
    """Return one dict per indicator of a unit's index in a period, by pillar, then by weight, the largest
    first: code, name, pillar, unit, value, limits, n (numerator / denominator), goals (the two goalposts),
    score (1–100), bar, status, used, weight, floor (whether it gets the lowest score because it was not
    filed), and shrunk (words where the value is an estimate that also uses other units' counts, else None).
    Value and score say so where they are confidential."""
    goals = known.about("silver.goalpost", "indicator")
    order = list(known.pillars)
    rows = sorted(
        records(known, "gold.quality_index_indicator", dimension, code, period),
        key=lambda r: (
            order.index(r["pillar"]) if r["pillar"] in order else 9,
            -float(r["weight"] or 0),
            r["indicator"],
        ),
    )
    found = []
    for r in rows:
        unit = goals.get(r["indicator"], {}).get("unit")
        scored = (r["estimate"], r["value_low"], r["value_high"])
        score = None if missing(r["score"]) else float(r["score"])
        hidden = r.get("scores_confidential") is True and r["status"] != "not_applicable"
        found.append(
            {
                "code": r["indicator"],
                "name": known.indicator(r["indicator"]),
                "pillar": known.pillar(r["pillar"]),
                "unit": label(UNITS, unit),
                "value": CONFIDENTIAL
                if r.get("confidential") is True
                else same(value_text(r["value"], unit)),
                "shrunk": BORROWED if shrunk(r, unit) else None,
                "limits": scored_text(scored, unit, r["indicator"] in PER_ORDER),
                "n": ""
                if missing(r["denominator"])
                else f"{count(r['numerator'])} / {count(r['denominator'])}",
                "goals": english(value_text(r["goal_low"], unit), value_text(r["goal_high"], unit)),
                "score": CONFIDENTIAL if hidden else same(tenth(score)),
                "bar": bar_cell(None if score is None else score / 100),
                "status": label(STATUS, r["status"]),
                "used": r["status"] == "used",
                "weight": percent(r["weight"]),
                "floor": r["status"] == "not_filed",
            }
        )
    return found


def shrunk(row: Mapping[str, Any], unit: Any) -> bool:
    """Return whether the value of an indicator that is a share is not the share of its counts. False for the
    exposure rate, which is weighted and whose name says that it is an estimate, and where value or counts are
    missing. ``row``: of gold.quality_index_indicator; ``unit``: of the indicator's row in silver.goalpost."""
    if (
        row["indicator"] == WEIGHTED
        or missing(row["value"])
        or missing(row["denominator"])
        or not str(unit).startswith("share")
    ):
        return False
    n = float(row["denominator"])
    return n > 0 and abs(float(row["value"]) - float(row["numerator"]) / n) > LEAST_SHRUNK


def weak(known: Gathered, dimension: str, code: str, period: Period) -> list[dict[str, Any]]:
    """Return one dict per weak indicator of a unit in a period (rows of gold.weak_point with ``weak``), the
    one that loses most points first: name, ``not_filed`` (due and not filed), value (the estimate that is
    scored, or that it was not filed) and its limits, ``rounded`` (whether these have two digits alone,
    jobs.reports.confidential), ``observed`` (the indicator's value with its counts, '' where it may not be
    shown), the peers' ``median`` and ``best`` quartile, number of ``peers`` and what they are (``kind``),
    ``cost`` (points lost) with ``cost_limits`` and bar, ``clamped`` (why the cost has no interval, None where
    it has one), ``gain`` (points to be gained), and who can act (``actor``) and how (``action``)."""
    goals = known.about("silver.goalpost", "indicator")
    rows = [r for r in records(known, "gold.weak_point", dimension, code, period) if bool(r["weak"])]
    rows.sort(key=lambda r: (99 if missing(r["place"]) else r["place"], r["indicator"]))
    most = max((float(r["cost"]) for r in rows), default=1.0)
    table = records(known, "gold.quality_index_indicator", dimension, code, period)
    seen = {r["indicator"]: r for r in table}
    found = []
    for r in rows:
        goal = goals.get(r["indicator"], {})
        unit = goal.get("unit")
        peers = estimate_text if r["indicator"] in PER_ORDER else value_text
        rounded = seen.get(r["indicator"], {}).get("scores_confidential") is True
        rounded = rounded or r["indicator"] in PER_ORDER
        own = estimate_text if rounded else peers
        found.append(
            {
                "name": known.indicator(r["indicator"]),
                "not_filed": bool(r["not_filed"]),
                "rounded": rounded,
                "value": STATUS["not_filed"] if bool(r["not_filed"]) else same(own(r["value"], unit)),
                "observed": _observed(seen.get(r["indicator"]), unit),
                "limits": english(own(r["value_low"], unit), own(r["value_high"], unit))
                if not missing(r["value_low"])
                else DASH,
                "median": peers(r["peer_median"], unit),
                "best": peers(r["best_quarter"], unit),
                "peers": count(r["n_peers"]),
                "kind": label(PEERS, dimension),
                "cost": tenth(r["cost"]),
                "cost_limits": limits(r["cost_low"], r["cost_high"]),
                "clamped": CLAMPED if _beyond(r, goal) else None,
                "bar": bar_cell(float(r["cost"]) / (most or 1.0), kind="bad"),
                "gain": signed(r["gain"]),
                "actor": label(ACTOR, r["actor"]),
                "action": Text(r["action_zh"] or "", r["action_en"] or ""),
            }
        )
    return found


def _observed(row: dict[str, Any] | None, unit: Any) -> str:
    """The value of an indicator with its counts, also where it reads like the estimate; '' where it may not
    be shown. ``row``: of gold.quality_index_indicator."""
    if row is None or row.get("confidential") is True or missing(row["value"]):
        return ""
    if row["indicator"] == WEIGHTED or shrunk(row, unit):
        return ""
    shown = value_text(row["value"], unit)
    counts = missing(row["numerator"]) or missing(row["denominator"])
    return shown if counts else f"{shown} ({count(row['numerator'])} / {count(row['denominator'])})"


def _beyond(row: dict[str, Any], goal: dict[str, Any]) -> bool:
    """Whether both limits of a weak point's value are beyond one goalpost: its score is the same at either,
    and its cost has no interval."""
    ends = [row["value_low"], row["value_high"], goal.get("low"), goal.get("high")]
    if any(missing(end) for end in ends):
        return False
    low, high, least, most = map(float, ends)
    return high <= least or low >= most


def gains(known: Gathered, dimension: str, code: str, period: Period) -> list[tuple[Text, str, Text]]:
    """Return the indicators by which a unit's index could gain most, weak or not, the largest gain first, at
    most MOST_GAINS: (indicator, points that it would gain at the upper quartile of its peers, who can act).
    Gains below SMALLEST are left out."""
    rows = [
        r
        for r in records(known, "gold.weak_point", dimension, code, period)
        if not missing(r["gain"]) and float(r["gain"]) >= SMALLEST
    ]
    rows.sort(key=lambda r: (-float(r["gain"]), r["indicator"]))
    return [
        (known.indicator(r["indicator"]), signed(r["gain"]), label(ACTOR, r["actor"]))
        for r in rows[:MOST_GAINS]
    ]


def history(known: Gathered, dimension: str, code: str) -> list[dict[str, Any]]:
    """Return one dict per quarter and year of a unit's index, the newest first: period, score, limits, tier,
    rank, coverage, n (batches judged) and, where it was not published, the reason."""
    rows = known.rows(INDEX, dimension, code)
    rows = rows[rows["period_type"].isin(["quarter", "year"])].sort_values(
        ["period_start", "period_type"], ascending=[False, False]
    )
    ranked = [known.index_ranked(dimension, code, (r["period_type"], r["period_start"])) for r in dicts(rows)]
    return [
        {
            "period": period_text((r["period_type"], r["period_start"])),
            "score": same(tenth(r["score"])) if bool(r["published"]) else UNPUBLISHED,
            "limits": limits(r["low"], r["high"]),
            "tier": tier_text(r, n),
            "rank": rank_text(r, n),
            "coverage": percent(r["coverage"]),
            "n": count(r["n_judged"]),
            "reason": None if bool(r["published"]) else label(NOT_PUBLISHED, r["reason"]),
        }
        for r, n in zip(dicts(rows), ranked, strict=True)
    ]
