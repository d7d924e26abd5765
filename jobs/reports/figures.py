"""Which rows of gold.detection_rate stand behind a figure: the newest window, a trend, a ranking. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.sampling.counts import LENGTHS
from jobs.reports.charts import Point
from jobs.reports.names import Names
from jobs.reports.numbers import (
    LOW_PRECISION,
    Figure,
    count,
    estimate,
    exposure_violation,
    found,
    headline,
    judged,
    missing,
    points,
    ranked,
    violation,
)
from jobs.reports.rates import Window
from jobs.reports.wording import Text

DESIGNS = ("probability", "targeted")


@dataclass(frozen=True)
class Line:
    """One unit's row of a table or chart. ``rank``: None where it is not ranked: alone, of targeted samples,
    not reliable, or not distinguishable from the nation.

    ``head``: exposure rate of probability samples, else the finding rate; ``batches``: share of the batches
    judged, unweighted; ``estimate``: shrunk, None where the table has none; ``violation``,
    ``exposure_violation``: batches referred before the test counted too, the second one weighted, None where
    it cannot be.
    """

    code: str
    name: Text
    rank: int | None
    row: dict[str, Any]
    head: Figure
    batches: Figure
    estimate: Figure | None
    violation: Figure
    exposure_violation: Figure | None
    judged: str

    @property
    def reliable(self) -> bool:
        """Whether its headline is shown and drawn."""
        return self.head.value is not None

    @property
    def precise(self) -> bool:
        """Whether its headline may be ranked: limits at most 10 points either side."""
        return self.reliable and self.row["reliability"] != LOW_PRECISION

    @property
    def provisional(self) -> bool:
        return not missing(self.row["provisional"]) and bool(self.row["provisional"])

    @property
    def change(self) -> Text | None:
        return change_text(self.row)

    def n(self, column: str) -> str:
        return count(self.row[column])


def line(row: dict[str, Any], name: Text, rank: int | None = None) -> Line:
    """One row of gold.detection_rate with its figures in words."""
    return Line(
        row["dimension_code"],
        name,
        rank,
        row,
        headline(row),
        found(row),
        estimate(row),
        violation(row),
        exposure_violation(row),
        count(judged(row)),
    )


def apart(shown: Figure, reference: float | None) -> bool:
    """Whether a figure's 95% limits leave out a reference: what lies within them may be chance. False where
    there is nothing to compare with."""
    if reference is None:
        return False
    above = shown.low is not None and shown.low > reference
    return above or (shown.high is not None and shown.high < reference)


def lines(
    records: list[dict[str, Any]],
    dimension: str,
    names: Names,
    *,
    nation: float | None,
    code: str = "dimension_code",
) -> list[Line]:
    """Units by their headline from the highest; after them, by batches judged, those whose headline is not
    shown. Rank 1 is the lowest rate among the units that are precise enough (reliability A to C); it is given
    where the limits leave out the rate of the ``nation`` (definitions.md#insufficient).

    ``code``: the column that names the unit (``dimension2_code`` for the second dimension). Finding rates are
    sorted, never ranked, nor is what has no unit (code ``unknown``).
    """
    made = [line({**r, "dimension_code": r[code]}, names.of(dimension, r[code])) for r in records]
    reliable = sorted(
        (x for x in made if x.head.value is not None), key=lambda x: (-(x.head.value or 0.0), x.code)
    )
    others = sorted((x for x in made if not x.reliable), key=lambda x: (-judged(x.row), x.code))
    compared = comparable(reliable)
    places = ranked([x.head.value or 0.0 for x in compared])
    place_of = {x.code: place for x, place in zip(compared, places, strict=True) if apart(x.head, nation)}
    return [line(x.row, x.name, place_of.get(x.code)) for x in reliable] + others


def comparable(listed: list[Line]) -> list[Line]:
    """The units among which a rank counts: known ones with a precise rate of probability samples."""
    return [x for x in listed if x.precise and x.row["design"] == "probability" and x.code != UNKNOWN]


def add_months(day: date, months: int) -> date:
    """The first day of the month that lies ``months`` after the one of ``day``."""
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def window_text(window: Window | None, row: dict[str, Any] | None = None) -> Text | None:
    """A window in words: twelve months by their first and last, a year by its number; None where there is
    none. ``row``: of gold.detection_rate in that window, which says how many of its months lie in the
    data."""
    if window is None:
        return None
    start = window.start
    if window.period_type == "year" and row is not None:
        return covered_text(Text(f"{start.year}年", f"{start.year}"), row)
    if window.period_type == "year":
        short = (
            Text("", "")
            if window.whole
            else Text("（数据不足12个月）", " (fewer than twelve months of data)")
        )
        return Text(f"{start.year}年{short.zh}", f"{start.year}{short.en}")
    return twelve_months_text(start)


def twelve_months_text(start: date) -> Text:
    """The twelve months that begin on ``start``, in words."""
    end = add_months(start, 11)
    return Text(f"{start:%Y}年{start.month}月至{end:%Y}年{end.month}月", f"{start:%B %Y} to {end:%B %Y}")


def quarter_text(start: date) -> Text:
    """A quarter in words, by its first day."""
    number = (start.month + 2) // 3
    return Text(f"{start.year}年第{number}季度", f"Q{number} {start.year}")


def covered_text(name: Text, row: dict[str, Any]) -> Text:
    """The period of a row of gold.detection_rate, ``name``, with how many of its months lie in the data of
    the row's design where that is not all of them (months_covered)."""
    size = LENGTHS.get(row["period_type"])
    if size is None or missing(row["months_covered"]) or int(row["months_covered"]) >= size:
        return name
    months = int(row["months_covered"])
    return Text(
        f"{name.zh}（{size}个月中有{months}个月的数据）", f"{name.en} ({months} of {size} months in the data)"
    )


def change_text(row: dict[str, Any]) -> Text | None:
    """The change against the year before in words, with its parts; None where there is none
    (definitions.md#year-on-year)."""
    if missing(row["yoy_pp"]):
        return None
    zh, en = f"{points(row['yoy_pp'])}个百分点", f"{points(row['yoy_pp'])} points"
    if not missing(row["yoy_low"]) and not missing(row["yoy_high"]):
        limits = f"{points(row['yoy_low'])} – {points(row['yoy_high'])}"
        sure = row["yoy_low"] > 0 or row["yoy_high"] < 0
        zh += f"（95%区间 {limits}，{'超出随机波动' if sure else '可能属随机波动'}）"
        en += f" (95% interval {limits}: {'more than chance' if sure else 'may be chance'})"
    if not missing(row["within_pp"]) and not missing(row["mix_pp"]):
        zh += f"；其中各品类自身变化 {points(row['within_pp'])}，抽样品类构成变化 {points(row['mix_pp'])}"
        en += (
            f"; {points(row['within_pp'])} from rates within categories, {points(row['mix_pp'])} from "
            f"their mix"
        )
    return Text(zh, en)


def series(records: list[dict[str, Any]]) -> list[Point]:
    """Points of a trend: months at themselves, twelve months at the last of theirs; what is not reliable is
    left out."""
    made = []
    for row in sorted(records, key=lambda r: r["period_start"]):
        shown = headline(row)
        if row["period_type"] not in ("month", "rolling12") or shown.value is None or shown.high is None:
            continue
        window = row["period_type"] == "rolling12"
        month = add_months(row["period_start"], 11) if window else row["period_start"]
        what = Text("近12个月至", "12 months to ") if window else Text("", "")
        said = f"{month:%Y-%m}: {{}}, {shown.interval}, n = {count(judged(row))}"
        made.append(
            Point(
                window,
                month,
                shown.value,
                shown.low or 0.0,
                shown.high,
                Text(what.zh + said.format(shown.text.zh), what.en + said.format(shown.text.en)),
            )
        )
    return made
