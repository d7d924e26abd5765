"""Rows of gold.complaint_rate as pages show them: quality complaints per 10,000 orders, with 95% limits, in
the newest year.

The table has one row per period (period_type, period_start) and unit (dimension_type, dimension_code), with
n_orders, n_quality_complaints, rate_per_10000, low and high. Where orders are confidential, a row has no
orders, rate or limits, and its column ``confidential`` is true. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from markupsafe import Markup

from jobs.arrays import dicts
from jobs.marts.dimensions import UNKNOWN
from jobs.marts.overview import unit_items
from jobs.methods.ranges import english
from jobs.methods.rounding import half_up
from jobs.plurals import plural
from jobs.reports.charts import Point
from jobs.reports.figures import add_months, year_text
from jobs.reports.names import Names
from jobs.reports.numbers import DASH, count, missing, with_limits
from jobs.reports.small import cell_axis, interval_cell
from jobs.reports.wording import CONFIDENTIAL, NO_ORDERS, WITHHELD, Text, same

TABLE = "gold.complaint_rate"
# A unit is compared where the nation's rate would have given it this many complaints: then even none of them
# says something.
EXPECTED = unit_items.EXPECTED
PER_ORDERS = 10_000
WIDEST = 2.5  # an axis ends at this many times the highest rate: an interval that reaches beyond is cut there
COLUMNS = (
    "period_type period_start dimension_type dimension_code n_orders n_quality_complaints n_without_orders "
    "rate_per_10000 low high confidential"
).split()


@dataclass(frozen=True)
class ComplaintLine:
    """One unit's row of gold.complaint_rate with its texts. ``compared``: whether the unit has enough orders
    to be compared with others (EXPECTED).

    ``rank``: among the units that are compared, 1 for the lowest rate; rates that are equal to one decimal
    share a rank. It is None without enough orders, where the interval contains the nation's rate, and for
    orders of unknown units.
    """

    code: str
    name: Text
    rank: int | None
    row: dict[str, Any]
    rate: Text
    interval: str
    compared: bool = False

    @property
    def orders(self) -> str:
        """The number of orders as text; a dash where it is withheld."""
        return count(self.row["n_orders"])

    @property
    def complaints(self) -> str:
        """The number of quality complaints as text."""
        return count(self.row["n_quality_complaints"])

    @property
    def withheld(self) -> Text | None:
        """The reason shown in place of the orders and of figures from which orders could be computed; None
        where they are shown (jobs.reports.confidential)."""
        return WITHHELD if _withheld(self.row) else None


def tenth(value: float) -> Decimal:
    """Return a rate per 10,000 orders with one decimal, rounded half up."""
    return half_up(value)


def rate_text(row: dict[str, Any]) -> Text:
    """Return the rate of a row in words: the number per 10,000 orders, "below x" (the upper limit) where
    there was no complaint, that it is confidential, or that no orders were filed."""
    if _withheld(row):
        return CONFIDENTIAL
    if missing(row["rate_per_10000"]):
        return NO_ORDERS
    if row["rate_per_10000"] == 0:
        limit = max(tenth(row["high"]), Decimal("0.1"))
        return Text(f"低于{limit:,}", f"below {limit:,}")
    return same(f"{tenth(row['rate_per_10000']):,}")


def _withheld(row: dict[str, Any]) -> bool:
    return missing(row["rate_per_10000"]) and bool(row.get("confidential", False))


def interval_text(row: dict[str, Any]) -> str:
    """Return the exact 95% limits of a row as text. A dash without orders, and without complaints: then
    `rate_text` gives the upper limit."""
    if missing(row["rate_per_10000"]) or row["rate_per_10000"] == 0:
        return DASH
    return english(f"{tenth(row['low']):,}", f"{tenth(row['high']):,}")


def newest_year(rate: pd.DataFrame, through: date | None = None) -> tuple[date, Text] | None:
    """Return (first day, name) of the newest year in which the nation has orders; None where there is none.
    The name ends with the newest month with orders unless that is December, else with ``through``, the last
    day of the data, where the year has not ended with it. ``rate``: gold.complaint_rate; a period whose
    orders are confidential counts as one with orders."""
    some = rate["n_orders"].gt(0).fillna(False) | rate["confidential"].eq(True)
    nation = rate[(rate["dimension_type"] == "nation") & some]
    years, months = (nation.loc[nation["period_type"] == kind, "period_start"] for kind in ("year", "month"))
    if years.empty or months.empty:
        return None
    year, last = max(years), max(months)
    if last.month == 12:
        return year, year_text(year, through)
    return year, Text(
        f"{year.year}年{'1—' if last.month > 1 else ''}{last.month}月", f"{year.year} up to {last:%B}"
    )


def lines(
    rate: pd.DataFrame,
    dimension: str,
    year: date,
    names: Names,
    *,
    codes: set[str] | None = None,
    nation: float,
) -> list[ComplaintLine]:
    """Return the lines of the units of one dimension in a year: those with enough orders by rate, the highest
    first, then the others by code.

    ``rate``: gold.complaint_rate; ``year``: its first day; ``codes``: the units wanted, None for all;
    ``nation``: the nation's rate per 10,000 orders. A unit has enough orders where that rate would give it
    EXPECTED complaints, and is ranked only where its interval does not contain that rate. Rank 1 is the
    lowest rate of those with enough orders; rates that are equal as shown share a rank."""
    rows = rate[
        (rate["dimension_type"] == dimension)
        & (rate["period_type"] == "year")
        & (rate["period_start"] == year)
    ]
    records = [r for r in dicts(rows) if codes is None or r["dimension_code"] in codes]
    known = sorted(
        (r for r in records if _enough(r, nation)), key=lambda r: (-r["rate_per_10000"], r["dimension_code"])
    )
    others = sorted((r for r in records if not _enough(r, nation)), key=lambda r: r["dimension_code"])
    shown = [tenth(r["rate_per_10000"]) for r in known if r["dimension_code"] != UNKNOWN]
    made = []
    for row in [*known, *others]:
        compared, rank = _enough(row, nation), None
        if compared and row["dimension_code"] != UNKNOWN and not row["low"] <= nation <= row["high"]:
            rank = 1 + sum(other < tenth(row["rate_per_10000"]) for other in shown)
        made.append(line(row, names.of(dimension, row["dimension_code"]), rank, compared=compared))
    return made


def _enough(row: dict[str, Any], nation: float) -> bool:
    return not missing(row["rate_per_10000"]) and row["n_orders"] * nation / PER_ORDERS >= EXPECTED


def line(
    row: dict[str, Any], name: Text, rank: int | None = None, *, compared: bool = False
) -> ComplaintLine:
    """Return a row of gold.complaint_rate as a `ComplaintLine`, which says what ``rank`` and ``compared``
    are. ``name``: of the unit."""
    return ComplaintLine(row["dimension_code"], name, rank, row, rate_text(row), interval_text(row), compared)


def of_unit(rate: pd.DataFrame, dimension: str, code: str, name: Text, year: date) -> ComplaintLine | None:
    """Return the line of one unit for a year, without rank or comparison; None where the unit had neither
    orders nor complaints. ``rate``: gold.complaint_rate; ``year``: its first day."""
    rows = rate[
        (rate["dimension_type"] == dimension)
        & (rate["dimension_code"] == code)
        & (rate["period_type"] == "year")
        & (rate["period_start"] == year)
    ]
    return None if rows.empty else line(rows.iloc[0].to_dict(), name)


def by_code(
    rate: pd.DataFrame,
    dimension: str,
    names: Names,
    nation: ComplaintLine | None,
    groups: Iterable[set[str] | None] = (None,),
) -> tuple[Text | None, dict[str, tuple[ComplaintLine, int]]]:
    """Return (the newest year in words, code → (the unit's line in that year, how many units of its group
    have enough orders to be compared)); (None, {}) where no orders were filed.

    ``rate``: gold.complaint_rate; ``nation``: the nation's line of that year, without whose rate no unit is
    compared; ``groups``: sets of codes, each compared within itself; None as a group means all units.
    """
    found = newest_year(rate)
    if found is None:
        return None, {}
    whole = None if nation is None else nation.row["rate_per_10000"]
    made: dict[str, tuple[ComplaintLine, int]] = {}
    for codes in groups:
        mine = lines(
            rate, dimension, found[0], names, codes=codes, nation=0.0 if missing(whole) else float(whole or 0)
        )
        n = sum(each.compared and each.code != UNKNOWN for each in mine)
        made |= {each.code: (each, n) for each in mine}
    return found[1], made


def cells(found: list[ComplaintLine], nation: float) -> tuple[Markup, dict[str, Markup]]:
    """Return (axis, code → drawing): the drawing of the axis for the head of a column of intervals, and the
    interval of each unit that is compared. ``nation``: the nation's rate per 10,000 orders, drawn as a line
    in each."""
    compared = [x.row for x in found if x.compared]
    highest = max([r["rate_per_10000"] for r in compared] + [nation]) or 0.1
    scale, axis = cell_axis(
        min(max((r["high"] for r in compared), default=highest), WIDEST * highest), text=lambda v: f"{v:g}"
    )
    drawn = {}
    for x in found:
        if x.compared:
            value = x.row["rate_per_10000"] or None
            drawn[x.code] = interval_cell(scale, value, x.row["low"], x.row["high"], reference=nation)
    return axis, drawn


def series(rate: pd.DataFrame, dimension: str, code: str) -> list[Point]:
    """Return the points of a unit's trend (charts.trend) by time: months, and quarters, which are drawn at
    their last month. Periods without a rate are left out, and quarters that end after the unit's newest month
    with a rate. ``rate``: gold.complaint_rate."""
    mine = rate[
        (rate["dimension_type"] == dimension)
        & (rate["dimension_code"] == code)
        & rate["rate_per_10000"].notna()
    ]
    months = mine.loc[mine["period_type"] == "month", "period_start"]
    points = []
    for row in dicts(mine.sort_values("period_start")):
        if row["period_type"] not in ("month", "quarter"):
            continue
        window = row["period_type"] == "quarter"
        month = add_months(row["period_start"], 2) if window else row["period_start"]
        if window and not months.empty and month > max(months):
            continue
        counted = row["n_quality_complaints"] - row["n_without_orders"]
        what = Text("截至{}的季度", "quarter to {}") if window else same("{}")
        when = Text(*(words.format(f"{month:%Y-%m}") for words in what))
        value, n, orders = with_limits(rate_text(row), interval_text(row)), count(counted), row["n_orders"]
        said = Text(
            f"{when.zh}：{value.zh}，质量投诉{n}件，订单{count(orders)}笔",
            f"{when.en}: {value.en}, {n} of {plural(orders, 'order')}",
        )
        points.append(Point(window, month, row["rate_per_10000"], row["low"], row["high"], said))
    return points
