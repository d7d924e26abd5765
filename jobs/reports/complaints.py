"""Rows of gold.complaint_rate as a reader sees them: per 10,000 orders, with limits, in the newest year.
Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
from markupsafe import Markup

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.overview import unit_items
from jobs.reports.charts import Point
from jobs.reports.figures import add_months
from jobs.reports.names import Names
from jobs.reports.numbers import DASH, count, missing
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
    """One unit's row of gold.complaint_rate, with its texts. ``compared``: whether the unit has enough orders
    to be compared with others. ``rank``: among those that have, 1 for the highest rate; rates that are equal
    to one decimal share a rank. It is None without enough orders, where the interval contains the nation's
    rate, and for the unit that stands for orders of an unknown one."""

    code: str
    name: Text
    rank: int | None
    row: dict[str, Any]
    rate: Text
    interval: str
    compared: bool = False

    @property
    def orders(self) -> str:
        return count(self.row["n_orders"])

    @property
    def complaints(self) -> str:
        return count(self.row["n_quality_complaints"])

    @property
    def withheld(self) -> Text | None:
        """The reason that is shown instead of its orders, and of the figures from which the orders could be
        computed; None where they are shown (jobs.reports.confidential)."""
        return WITHHELD if _withheld(self.row) else None


def tenth(value: float) -> Decimal:
    """A rate per 10,000 with one decimal, half up."""
    return Decimal(repr(float(value))).quantize(Decimal("0.1"), ROUND_HALF_UP)


def rate_text(row: dict[str, Any]) -> Text:
    """The rate in words: a number, "below x" where no complaint came, that it is confidential, or that no
    orders were handed in."""
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
    """The exact 95% limits; a dash without orders or complaints (the upper one is then in the rate's own
    words)."""
    if missing(row["rate_per_10000"]) or row["rate_per_10000"] == 0:
        return DASH
    return f"{tenth(row['low']):,}–{tenth(row['high']):,}"


def newest_year(rate: pd.DataFrame) -> tuple[date, Text] | None:
    """The newest year for which the nation has orders, and its name, which ends with the newest month with
    orders unless that is December; None where there are no orders."""
    some = rate["n_orders"].gt(0).fillna(False) | rate["confidential"].eq(True)
    nation = rate[(rate["dimension_type"] == "nation") & some]
    years, months = (nation.loc[nation["period_type"] == kind, "period_start"] for kind in ("year", "month"))
    if years.empty or months.empty:
        return None
    year, last = max(years), max(months)
    if last.month == 12:
        return year, Text(f"{year.year}年", f"{year.year}")
    return year, Text(f"{year.year}年截至{last.month}月", f"{year.year} up to {last:%B}")


def lines(
    rate: pd.DataFrame,
    dimension: str,
    year: date,
    names: Names,
    *,
    codes: set[str] | None = None,
    nation: float,
) -> list[ComplaintLine]:
    """The lines of the units of one dimension in a year: first those with enough orders, by rate from the
    highest, then the others by code.

    ``codes``: the units to show (None: all); ``nation``: the nation's rate, which says how many orders are
    enough (see EXPECTED). A unit is ranked only where its interval does not contain it.
    """
    rows = rate[
        (rate["dimension_type"] == dimension)
        & (rate["period_type"] == "year")
        & (rate["period_start"] == year)
    ]
    records = [r for r in rows.to_dict("records") if codes is None or r["dimension_code"] in codes]
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
    return ComplaintLine(row["dimension_code"], name, rank, row, rate_text(row), interval_text(row), compared)


def of_unit(rate: pd.DataFrame, dimension: str, code: str, name: Text, year: date) -> ComplaintLine | None:
    """The line of one unit for a year, without rank or comparison; None where ``rate`` (gold.complaint_rate)
    has no row for it, as it had neither orders nor complaints."""
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
    """The newest year in words and, by code, each unit's line in it with the number of units that it is
    compared with; nothing where no orders were handed in.

    ``nation``: the nation's line of that year, without whose rate no unit is compared; ``groups``: the codes
    that are compared with each other (None: all)."""
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
    """The axis for the head of a column of drawn intervals, and the drawn interval of each unit that is
    compared, by code."""
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
    """Points of charts.trend: months at themselves, quarters at the last of theirs; periods without orders
    and a quarter that has not ended are left out."""
    mine = rate[
        (rate["dimension_type"] == dimension)
        & (rate["dimension_code"] == code)
        & rate["rate_per_10000"].notna()
    ]
    months = mine.loc[mine["period_type"] == "month", "period_start"]
    points = []
    for row in mine.sort_values("period_start").to_dict("records"):
        if row["period_type"] not in ("month", "quarter"):
            continue
        window = row["period_type"] == "quarter"
        month = add_months(row["period_start"], 2) if window else row["period_start"]
        if window and not months.empty and month > max(months):
            continue
        counted = row["n_quality_complaints"] - row["n_without_orders"]
        figures = f"({interval_text(row)}), {count(counted)} / {count(row['n_orders'])}"
        what = Text("季度截至", "quarter to ") if window else Text("", "")
        said = [f"{w}{month:%Y-%m}: {r} {figures}" for w, r in zip(what, rate_text(row), strict=True)]
        points.append(Point(window, month, row["rate_per_10000"], row["low"], row["high"], Text(*said)))
    return points
