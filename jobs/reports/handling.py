"""How complaints and reports of offences were handled, how old the open ones are, and which hazards texts
report, as pages show it (gold.complaint_handling, gold.complaint_ageing, gold.hazard_reported). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.reports.names import NATION_CODE, Names
from jobs.reports.numbers import DASH, count, missing, percent, span
from jobs.reports.wording import Text, same

HANDLING, AGEING, HAZARDS = "gold.complaint_handling", "gold.complaint_ageing", "gold.hazard_reported"
COLUMNS = {
    HANDLING: (
        "period_type period_start dimension_type dimension_code measure n_cases n_met share low high state"
    ).split(),
    AGEING: "dimension_type dimension_code kind age n_open".split(),
    HAZARDS: "month source platform_code category_code hazard_code n_texts n_sure n_unsure".split(),
}
# Measures of gold.complaint_handling: each is a share of cases, such as those decided on time.
MEASURES = {
    "mediation_success": Text(
        "调解成功率（达成协议÷已结束的调解）", "Mediation success (agreements ÷ mediations ended)"
    ),
    "complaint_decision": Text("按时作出是否受理的决定", "Acceptance decided on time"),
    "complaint_mediation": Text("按时办结调解", "Mediation ended on time"),
    "mediation_result_told": Text("按时告知调解结果", "Parties notified of the result on time"),
    "report_verification": Text("按时核查举报", "Report verified on time"),
    "named_reporter_reply": Text("按时告知实名举报人", "Named reporter answered on time"),
    "repeat_complainants": Text("重复投诉人提出的事项", "Matters of repeat complainants"),
}
STATES = {
    "insufficient": Text("不足30件", "fewer than 30 cases"),
    "suppressed": Text("人数过少，不展示", "withheld: few persons"),
}
# Classes of age of open cases, in days.
AGES = {
    "0-7": same("0–7"),
    "8-15": same("8–15"),
    "16-30": same("16–30"),
    "31-60": same("31–60"),
    "61+": Text("61天以上", "61 or more"),
}
MOST = 40  # rows of product and hazard on the page; the download has all


@dataclass(frozen=True)
class HandlingLine:
    """One measure of one unit. ``code``, ``name``: of the unit, or ``name`` of the measure; ``value``: the
    share of cases that met the measure, or why none is shown; ``interval``: its 95% limits; ``met``: number
    of cases that met it, such as those on time; ``cases``: number of all cases."""

    code: str
    name: Text
    value: Text
    interval: str
    met: str
    cases: str


def newest(handling: pd.DataFrame) -> date | None:
    """Return the first day of the newest year with figures of the nation; None without any. ``handling``:
    gold.complaint_handling."""
    years = handling.loc[
        (handling["period_type"] == "year") & (handling["dimension_type"] == "nation"), "period_start"
    ]
    return None if years.empty else max(years)


def nation_lines(handling: pd.DataFrame, year: date) -> list[HandlingLine]:
    """Return the nation's lines in a year, one per measure that has a row, in the order of MEASURES; [] where
    the year has none. ``handling``: gold.complaint_handling; ``year``: its first day."""
    return _measures(handling, "nation", NATION_CODE, year, MEASURES)


def unit_measures(handling: pd.DataFrame, dimension: str, code: str, year: date) -> list[HandlingLine]:
    """Return a unit's lines in a year, one per measure that has a row, except repeat complainants, in the
    order of MEASURES. ``handling``: gold.complaint_handling; ``year``: its first day."""
    wanted = {m: name for m, name in MEASURES.items() if m != "repeat_complainants"}
    return _measures(handling, dimension, code, year, wanted)


def unit_lines(
    handling: pd.DataFrame, dimension: str, measure: str, year: date, names: Names, codes: set[str] | None
) -> list[HandlingLine]:
    """Return one line per unit of a dimension for one measure in a year, by code. ``handling``:
    gold.complaint_handling; ``measure``: a key of MEASURES; ``year``: its first day; ``codes``: of the units
    wanted, None for all."""
    rows = [r for r in _year(handling, dimension, year) if r["measure"] == measure]
    rows = [r for r in rows if codes is None or r["dimension_code"] in codes]
    return [_line(r, names.of(dimension, r["dimension_code"])) for r in sorted(rows, key=_code)]


def waiting(ageing: pd.DataFrame, dimension: str = "nation") -> list[tuple[Text, list[str]]]:
    """Return the numbers of open complaints and of open reports, as (name, texts): the number in each class
    of AGES (days), then the sum. Empty without rows. ``ageing``: rows of gold.complaint_ageing, of the nation
    or of one unit of ``dimension``."""
    unit = ageing[ageing["dimension_type"] == dimension]
    found = []
    for kind, name in (("complaint", Text("投诉", "Complaints")), ("report", Text("举报", "Reports"))):
        of = unit[unit["kind"] == kind].set_index("age")["n_open"].reindex(AGES, fill_value=0)
        found.append((name, [count(n) for n in (*of, of.sum())]))
    return found if len(unit) else []


def hazards(
    reported: pd.DataFrame, parents: dict[str, str | None], names: Names, words: dict[str, Text], year: int
) -> list[dict[str, Any]]:
    """Return one dict per main category and hazard that texts of a year report, those with most sure texts
    first: main (code), category and hazard (names), and numbers of texts: complaint_sure, complaint_unsure,
    review_sure, review_unsure (sure: reported in plain words).

    ``reported``: gold.hazard_reported, one row per month, source, platform, category and hazard; ``parents``:
    category → the one above it, None for a main one; ``words``: hazard_code → name.
    """
    rows = reported[pd.to_datetime(reported["month"]).dt.year == year]
    if rows.empty:
        return []
    above = rows["category_code"].map(lambda code: parents.get(code) or code)
    sums = rows.assign(main=above).groupby(["main", "hazard_code", "source"])[["n_sure", "n_unsure"]].sum()
    wide = sums.unstack("source", fill_value=0)
    found: list[tuple[tuple[int, int, str, str], dict[str, Any]]] = []
    for (main, hazard), row in wide.iterrows():
        counts = {
            f"{source}_{part}": int(row.get((f"n_{part}", source), 0))
            for source in ("complaint", "review")
            for part in ("sure", "unsure")
        }
        plain = counts["complaint_sure"] + counts["review_sure"]
        subject = {
            "main": main,
            "category": names.of("category", main),
            "hazard": words.get(hazard, same(hazard)),
        }
        found.append(((-plain, -sum(counts.values()), main, hazard), subject | counts))
    return [line for _, line in sorted(found, key=lambda f: f[0])]


def _measures(
    handling: pd.DataFrame, dimension: str, code: str, year: date, names: dict[str, Text]
) -> list[HandlingLine]:
    rows = {r["measure"]: r for r in _year(handling, dimension, year) if r["dimension_code"] == code}
    return [_line(rows[measure], name) for measure, name in names.items() if measure in rows]


def _year(handling: pd.DataFrame, dimension: str, year: date) -> list[dict[str, Any]]:
    rows = handling[
        (handling["dimension_type"] == dimension)
        & (handling["period_type"] == "year")
        & (handling["period_start"] == year)
    ]
    return dicts(rows)


def _code(row: dict[str, Any]) -> str:
    return str(row["dimension_code"])


def _line(row: dict[str, Any], name: Text) -> HandlingLine:
    shown = row["state"] == "shown"
    value = same(percent(row["share"])) if shown else STATES[row["state"]]
    interval = span(row["low"], row["high"]) if shown else DASH
    met = DASH if missing(row["n_met"]) else count(row["n_met"])
    return HandlingLine(row["dimension_code"], name, value, interval, met, count(row["n_cases"]))
