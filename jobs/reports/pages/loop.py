"""What followed findings (gold.closed_loop) and how long steps take (gold.lag_kpi), for the nation, a
platform or a province. A finding is a batch that failed or was referred for a violation; the closed loop is
the steps from it to takedown, rectification, recheck and publication."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from jobs.arrays import dicts
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import DASH, count, missing, percent, whole
from jobs.reports.pages.morning import FAILED, FINDINGS
from jobs.reports.pages.unit_changes import above
from jobs.reports.procedure import LAG, LOOP
from jobs.reports.small import bar_cell
from jobs.reports.wording import Text

STEPS = tuple(LOOP)
ON_PLATFORMS = ("n_acknowledged", "n_taken_down")  # steps of a takedown
AGES = ("n_age_7", "n_age_15", "n_age_30", "n_age_60", "n_age_90", "n_age_older")
NOTICE = "result_to_notice"
OLD = ("n_age_60", "n_age_90", "n_age_older")  # awaited for more than 30 days


@dataclass(frozen=True)
class Step:
    """One step of the closed loop. ``code``: its column in gold.closed_loop; ``n``: how many findings reached
    it; ``share``: these of all findings, of the steps of a takedown (ON_PLATFORMS) of those that a platform
    sells; ``bar``: the share as a drawing."""

    code: str
    name: Text
    n: str
    share: str
    bar: Markup


@dataclass(frozen=True)
class Loop:
    """What followed a unit's findings. ``findings``: their number; ``on_platforms``: those that a platform
    sells; ``overdue``: those with a deadline that has passed; ``steps``: in the order of LOOP; ``years``:
    (year, findings, closed, overdue), the earliest first."""

    findings: int
    on_platforms: int
    overdue: int
    steps: list[Step]
    years: list[tuple[int, int, int, int]]

    @property
    def by_year(self) -> Text:
        """Findings closed and overdue in each year, in one sentence; empty without years."""
        zh = [
            f"{year}年{count(n)}批次，闭环{count(closed)}批次" + (f"，逾期{count(late)}批次" if late else "")
            for year, n, closed, late in self.years
        ]
        en = [
            f"{year}: {count(closed)} of {count(n)} closed" + (f", {count(late)} overdue" if late else "")
            for year, n, closed, late in self.years
        ]
        return Text("；".join(zh) + "。" if zh else "", "; ".join(en) + "." if en else "")


def closed_loop(known: Gathered, dimension: str, code: str) -> Loop | None:
    """Return what followed a unit's findings over all time; None where it has no findings."""
    rows = known.rows("gold.closed_loop", dimension, code)
    rows = rows[rows["dimension2_type"] == ""]
    whole_time = dicts(rows[rows["period_type"] == "all"])
    if not whole_time or not whole(whole_time[0]["n_findings"]):
        return None
    row, base = whole_time[0], whole(whole_time[0]["n_findings"])
    online = whole(row["n_on_platforms"])
    shares = {c: _of(whole(row[c]), online if c in ON_PLATFORMS else base) for c in STEPS}
    steps = [Step(c, LOOP[c], count(row[c]), percent(shares[c]), bar_cell(shares[c])) for c in STEPS]
    years = dicts(rows[rows["period_type"] == "year"].sort_values("period_start"))
    by_year = [
        (r["period_start"].year, whole(r["n_findings"]), whole(r["n_closed"]), whole(r["n_overdue"]))
        for r in years
    ]
    return Loop(base, online, whole(row["n_overdue"]), steps, by_year)


def _of(n: int, base: int) -> float | None:
    return n / base if base else None


def lags(known: Gathered, dimension: str, code: str) -> list[dict[str, Any]]:
    """Return one dict per step of which the unit has a row, over all time, in the order of LAG: lag, name,
    started, ``median`` days with 95% ``limits``, ``p90``, ``due`` (with a deadline), ``on_time`` (share of
    these), ``open`` (not finished), ``old`` (of these begun more than 30 days ago), ``bad`` (whether somebody
    should look at these), ``bar`` (of on_time), and for the step from conclusion to notice ``failed`` (of the
    open ones those that do not conform; else None): conclusions of every outcome enter that step. due, open,
    old and failed are numbers, other figures texts, a dash where missing."""
    rows = known.rows("gold.lag_kpi", dimension, code)
    found = {r["lag"]: r for r in dicts(rows[rows["period_type"] == "all"])}
    steps = [_lag(lag, found[lag]) for lag in LAG if lag in found]
    for step in steps:
        if step["lag"] == NOTICE:
            step["failed"] = not_notified(known).get((dimension, code), 0)
            step["bad"] = bool(step["failed"])
    return steps


def not_notified(known: Gathered) -> dict[tuple[str, str], int]:
    """Return (dimension, code) of the nation, a platform or a seller's region → how many batches that do not
    conform have a result that was not notified; a batch counts in each region above its own too. Units
    without any are no keys. Computed once for all pages."""
    kept: dict[tuple[str, str], int] | None = known.__dict__.get("_not_notified")
    if kept is not None:
        return kept
    life = known.night.frame(FINDINGS)
    waits = life["outcome"].eq(FAILED) & life["result_issued_on"].notna()
    waits &= life["result_notified_on"].isna() & life["notified_by_announcement_on"].isna()
    regions, found = known.about("silver.region", "region_code"), Counter[tuple[str, str]]()
    for platform, region in life.loc[waits, ["platform_code", "seller_region_code"]].itertuples(index=False):
        found["nation", NATION_CODE] += 1
        if not missing(platform):
            found["platform", platform] += 1
        for code in [] if missing(region) else above(region, regions):
            found["region", code] += 1
    known.__dict__["_not_notified"] = dict(found)
    return dict(found)


def _lag(lag: str, row: dict[str, Any]) -> dict[str, Any]:
    on_time = None if missing(row["on_time_share"]) else float(row["on_time_share"])
    return {
        "lag": lag,
        "name": LAG[lag],
        "started": count(row["n_started"]),
        "median": days(row["median_days"]),
        "limits": DASH
        if missing(row["median_low"])
        else f"{days(row['median_low'])}–{'∞' if missing(row['median_high']) else days(row['median_high'])}",
        "p90": days(row["p90_days"]),
        "due": whole(row["n_due"]),
        "on_time": DASH if on_time is None else percent(on_time),
        "bar": bar_cell(on_time),
        "open": whole(row["n_open"]),
        "old": sum(whole(row[c]) for c in OLD),
        "bad": any(whole(row[c]) for c in OLD),
        "failed": None,
    }


def days(value: Any) -> str:
    """Return a number of days as text without a unit, "12" or "12.5"; a dash where missing, as too few of the
    steps have ended."""
    return DASH if missing(value) else f"{value:g}"


def by_unit(known: Gathered, dimension: str) -> list[dict[str, Any]]:
    """Return one dict per unit of a dimension with findings, over all time: code, name, ``row`` of
    gold.closed_loop, ``closed`` (share of findings closed, as text) and ``bar`` (its drawing). Those with
    most overdue findings come first, then those with most findings."""
    frame = known.night.frame("gold.closed_loop")
    rows = frame[
        (frame["dimension_type"] == dimension)
        & (frame["dimension2_type"] == "")
        & (frame["period_type"] == "all")
    ]
    rows = rows[pd.to_numeric(rows["n_findings"]) > 0]
    listed = [
        {
            "code": r["dimension_code"],
            "name": known.names.of(dimension, r["dimension_code"]),
            "row": r,
            "closed": percent(whole(r["n_closed"]) / whole(r["n_findings"])),
            "bar": bar_cell(whole(r["n_closed"]) / whole(r["n_findings"])),
        }
        for r in dicts(rows)
    ]
    return sorted(
        listed, key=lambda e: (-whole(e["row"]["n_overdue"]), -whole(e["row"]["n_findings"]), e["code"])
    )
