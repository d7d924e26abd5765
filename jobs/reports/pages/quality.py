"""The page quality.html: the quality index of the nation (1–100) and how it is computed. Each indicator's
value is turned into 1–100 points between two goalposts; the score of a pillar is the weighted arithmetic mean
of its indicators, the index the weighted geometric mean of its pillars. The page gives goalposts and weights
with the reason for each, and the change over time."""

from __future__ import annotations

from typing import Any

from jobs.arrays import dicts
from jobs.methods.ranges import english
from jobs.reports import robustness
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.index_parts import UNITS, tenth, value_text
from jobs.reports.indexes import part_of, ranking
from jobs.reports.names import KINDS, NATION, NATION_CODE
from jobs.reports.numbers import percent
from jobs.reports.rendering import Page
from jobs.reports.wording import Text, label

TABLES = (
    "quality_index",
    "quality_index_pillar",
    "quality_index_change",
    "quality_index_diagnostics",
    "quality_index_robustness",
    "weak_point",
    "improvement_effect",
)
PATH = "quality.html"


def build(known: Gathered) -> Page:
    """Return the page quality.html. ``known``: the tables of one night. Where no index of the nation is
    published yet, the page says so.

    It shows the period `Gathered.index_period`. Downloads are the TABLES of gold and, as
    quality_index_nation_indicators.csv, the nation's rows of gold.quality_index_indicator, all as CSV.
    """
    context = {
        "part": part_of(known, "nation", NATION_CODE, NATION),
        "rankings": [(kind, ranking(known, dimension)) for dimension, kind in KINDS.items()],
        "goals": [
            {
                **g,
                "unit": label(UNITS, g["unit"]),
                "name": Text(g["name_zh"], g["name_en"]),
                "ends": english(value_text(g["low"], g["unit"]), value_text(g["high"], g["unit"])),
                "why": Text(g["reason_zh"], g["reason_en"]),
            }
            for g in dicts(known.night.frame("silver.goalpost"))
        ],
        "weights": _weights(known),
        "alarms": _alarms(known),
        "diagnostics": _diagnostics(known),
        "robustness": robustness.robustness_parts(known),
        "download": "data/quality_index_nation_indicators.csv",
    }
    downloads = {f"data/{t}.csv": csv_bytes(known.night.frame(f"gold.{t}")) for t in TABLES}
    downloads["data/quality_index_nation_indicators.csv"] = csv_bytes(
        known.rows("gold.quality_index_indicator", "nation", NATION_CODE)
    )
    return Page(PATH, "quality.html", Text("质量指数", "Quality index"), PATH, context, downloads)


def _weights(known: Gathered) -> list[dict[str, Any]]:
    """Return one line per pillar and indicator: each pillar, the one with the largest weight first, followed
    by its indicators in order of weight. ``weight`` is a percentage."""
    rows = dicts(known.night.frame("silver.index_weight"))
    rows.sort(key=lambda w: (-float(w["weight"]), str(w["item"])))
    pillars = [w for w in rows if w["kind"] == "pillar"]
    return [
        {
            "name": Text(w["name_zh"], w["name_en"]) if w is pillar else known.indicator(w["item"]),
            "pillar": w is pillar,
            "weight": percent(w["weight"]),
            "why": Text(w["reason_zh"], w["reason_en"]),
        }
        for pillar in pillars
        for w in (pillar, *(r for r in rows if r["kind"] != "pillar" and r["pillar"] == pillar["item"]))
    ]


def _alarms(known: Gathered) -> list[Text]:
    """Return one sentence for each indicator whose goalposts are to be revised, because too many units lie
    beyond them in the period shown (rows `clipping_alarm` of gold.quality_index_diagnostics)."""
    period = known.index_period
    rows = known.night.frame("gold.quality_index_diagnostics")
    if period is None or rows.empty:
        return []
    rows = rows[
        (rows["period_type"] == period[0])
        & (rows["period_start"] == period[1])
        & (rows["statistic"] == "clipping_alarm")
    ]
    found = []
    for r in dicts(rows):
        name, share = known.indicator(r["item"]), percent(r["value"])
        if r["dimension_type"] == "nation":
            found.append(
                Text(
                    f"{name.zh}：全国已达评分上下限的一端，应修订评分上下限。",
                    f"{name.en}: the nation stands at an end of the goalposts; they are to be revised.",
                )
            )
        else:
            units = KINDS[r["dimension_type"]].many
            found.append(
                Text(
                    f"{name.zh}：{share}的{units.zh.removeprefix('各')}超出评分上下限，应修订评分上下限。",
                    f"{name.en}: {share} of {units.en.lower()} lie beyond the goalposts, which are to be "
                    "revised.",
                )
            )
    return found


def _diagnostics(known: Gathered) -> list[dict[str, Any]]:
    """Return one line per pillar about the indexes of platforms in the period shown: its stated weight, the
    weight that it has in effect, its importance (all percentages), and by how many places ranks move without
    it."""
    period = known.index_period
    rows = known.night.frame("gold.quality_index_diagnostics")
    if period is None or rows.empty:
        return []
    rows = rows[
        (rows["period_type"] == period[0])
        & (rows["period_start"] == period[1])
        & (rows["dimension_type"] == "platform")
    ]
    found = {(r["statistic"], r["item"]): r["value"] for r in dicts(rows) if not r["item2"]}
    return [
        {
            "name": known.pillar(p),
            "stated": percent(found.get(("stated_weight", p))),
            "effective": percent(found.get(("effective_weight", p))),
            "importance": percent(found.get(("importance", p))),
            "moved": tenth(found.get(("removal_sensitivity", p))),
        }
        for p in known.pillars
    ]
