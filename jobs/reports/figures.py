"""Rows of gold.detection_rate (counts and rates of a unit's batches in one period and design) as pages show
them: lines of a table with ranks, periods in words, points of a trend. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.sampling.counts import LENGTHS
from jobs.marts.sampling.reliability import FEWEST
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
    with_limits,
)
from jobs.reports.rates import Window
from jobs.reports.rates import until as last_day
from jobs.reports.wording import Text, ranged, same

DESIGNS = ("probability", "targeted")


@dataclass(frozen=True)
class Line:
    """One unit's row of gold.detection_rate with its figures.

    ``rank``: None where the unit is not ranked: it is shown alone or is unknown, its samples are targeted or
    too few for a rate, or its rate is not precise enough or not distinguishable from the nation's. ``head``:
    the exposure rate for probability samples, else the finding rate; ``batches``: share of the batches judged
    that failed, unweighted; ``estimate``: the shrunk rate, None where the table has none; ``violation``: rate
    that also counts batches referred before the test; ``exposure_violation``: the same weighted by units
    sold, None where that cannot be computed; ``judged``: number of batches judged, as text.
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
        """Whether the unit has a headline rate: enough samples, which may be weighted."""
        return self.head.value is not None

    @property
    def precise(self) -> bool:
        """Whether the unit's headline rate may be ranked: its limits are at most 10 points to either side."""
        return self.reliable and self.row["reliability"] != LOW_PRECISION

    @property
    def provisional(self) -> bool:
        """Whether figures may still change, because results of its batches can be objected to or objections
        are undecided."""
        return not missing(self.row["provisional"]) and bool(self.row["provisional"])

    @property
    def change(self) -> Text | None:
        """The change from a year earlier in words (`change_text`); None where the row has none."""
        return change_text(self.row)

    def n(self, column: str) -> str:
        """Return a count of the row as text. ``column``: its name, such as n_sampled."""
        return count(self.row[column])


def line(row: dict[str, Any], name: Text, rank: int | None = None) -> Line:
    """Return a row of gold.detection_rate as a `Line`. ``row``: as `Rates` gives it, with `provisional`;
    ``name``: of the unit; ``rank``: None for no rank."""
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


def too_few(head: Line) -> Text:
    """Return why a unit has no exposure rate: too few batches judged, or, where these are enough, too small
    an effective sample size (definitions.md#insufficient)."""
    effective = head.row.get("n_effective")
    if judged(head.row) >= FEWEST and effective is not None and effective < FEWEST:
        return Text(
            f"样本不足：此期间已判定{head.judged}批次，Kish有效样本量{int(effective)}，不足{FEWEST}，不列加权不合格率。",
            f"Too few batches: judged in this period: {head.judged}, with an effective sample size (Kish) of "
            f"{int(effective)}, below {FEWEST}: no exposure rate is given.",
        )
    return Text(
        f"样本不足：此期间只判定{head.judged}批次，不足以给出加权不合格率。",
        f"Too few batches: judged in this period: {head.judged}, which allows no exposure rate.",
    )


def apart(shown: Figure, reference: float | None) -> bool:
    """Return whether a figure's 95% limits exclude ``reference`` (0–1, such as the nation's rate), so that
    the difference is more than chance. False where ``reference`` or the limits are None."""
    if reference is None:
        return False
    above = shown.low is not None and shown.low > reference
    return above or (shown.high is not None and shown.high < reference)


def stands(shown: Figure | None, nation: Line | None) -> int | None:
    """Return 1 where a figure's limits are above the nation's rate, -1 where they are below it, 0 where they
    contain it or are not known; None where the figure or the nation's rate is missing."""
    if shown is None or shown.value is None or nation is None or nation.head.value is None:
        return None
    if not apart(shown, nation.head.value):
        return 0
    return 1 if shown.value > nation.head.value else -1


def against(shown: Figure | None, nation: Line | None) -> Text | None:
    """Return in words how a figure `stands` to the nation's rate: above, below, or not distinguishable, also
    where its limits are not known; None where either is missing."""
    side = stands(shown, nation)
    if side is None or nation is None:
        return None
    rate = nation.head.text
    if side == 0:
        return Text(f"与全国（{rate.zh}）无显著差异", f"not distinguishable from the nation's ({rate.en})")
    if side > 0:
        return Text(f"高于全国（{rate.zh}）", f"above the nation's ({rate.en})")
    return Text(f"低于全国（{rate.zh}）", f"below the nation's ({rate.en})")


def lines(
    records: list[dict[str, Any]],
    dimension: str,
    names: Names,
    *,
    nation: float | None,
    code: str = "dimension_code",
) -> list[Line]:
    """Return rows of gold.detection_rate as lines: those whose headline rate is shown by that rate, the
    highest first; then the others by batches judged, the most first.

    ``records``: one row per unit, of one design and period; ``code``: the column with the unit's code
    (``dimension2_code`` for units of the second dimension); ``nation``: the nation's rate. Rank 1 is the
    lowest rate among the lines that are `comparable`; a rank is given only where the limits exclude
    ``nation`` (definitions.md#insufficient). Finding rates are never ranked.
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
    """Return the lines that may be ranked: those of known units (not `unknown`) with a precise rate of
    probability samples."""
    return [x for x in listed if x.precise and x.row["design"] == "probability" and x.code != UNKNOWN]


def add_months(day: date, months: int) -> date:
    """Return the first day of the month that lies ``months`` after that of ``day`` (before it, if
    negative)."""
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def window_text(window: Window | None, row: dict[str, Any] | None = None) -> Text | None:
    """Return a window in words: twelve months by their first and last month, a year by its number; None where
    ``window`` is None. ``row``: a row of gold.detection_rate of that window; a year then says how many of its
    months are in the data. Without it, a year that is not whole is marked as having fewer than twelve. One
    that has not ended says up to which day there are data."""
    if window is None:
        return None
    if window.period_type != "year":
        return twelve_months_text(window.start, window.until)
    name = Text(f"{window.start.year}年", f"{window.start.year}")
    if row is not None:
        return covered_text(name, {**row, "until": window.until})
    if window.whole:
        return up_to(name, window.until)
    return Text(f"{name.zh}（数据不足12个月）", f"{name.en} (fewer than twelve months of data)")


def twelve_months_text(start: date, until: date | None = None) -> Text:
    """Return the twelve months that begin on ``start`` in words: 2025年7月至2026年6月 / July 2025 to June
    2026. ``until``: the last day of the data where they have not ended (`rates.until`)."""
    end = add_months(start, 11)
    name = Text(f"{start:%Y}年{start.month}月至{end:%Y}年{end.month}月", f"{start:%B %Y} to {end:%B %Y}")
    return up_to(name, until)


def year_text(start: date, through: date | None) -> Text:
    """Return the calendar year that begins on ``start`` in words, with ``through``, the last day of the data,
    where it has not ended with it."""
    return up_to(Text(f"{start.year}年", f"{start.year}"), last_day("year", start, through))


def until_text(until: date | None) -> Text | None:
    """Return up to which day of a period that has not ended there are data, in words: 截至12月1日 / up to 1
    December; None where ``until`` is None."""
    if missing(until) or until is None:
        return None
    return Text(f"截至{until.month}月{until.day}日", f"up to {until.day} {until:%B}")


def up_to(name: Text, until: date | None) -> Text:
    """Return ``name``, a period in words, with `until_text` in brackets behind it where there is one."""
    return _joined(name, until_text(until))


def _joined(name: Text, *remarks: Text | None) -> Text:
    """``name`` with those remarks in brackets that there are."""
    said = [remark for remark in remarks if remark is not None]
    if not said:
        return name
    zh, en = "，".join(remark.zh for remark in said), ", ".join(remark.en for remark in said)
    return Text(f"{name.zh}（{zh}）", f"{name.en} ({en})")


def quarter_text(start: date) -> Text:
    """Return the quarter that contains ``start`` in words, as Q3 2026."""
    number = (start.month + 2) // 3
    return Text(f"{start.year}年第{'一二三四'[number - 1]}季度", f"Q{number} {start.year}")


def covered_text(name: Text, row: dict[str, Any]) -> Text:
    """Return ``name``, the name of the row's period, followed by how many of its months are in the data
    (months_covered) where some are missing, and up to which day there are data where that is within a month.
    ``row``: of gold.detection_rate, as `Rates` gives it."""
    size, until = LENGTHS.get(row["period_type"]), row.get("until")
    if size is None or missing(row["months_covered"]) or int(row["months_covered"]) >= size:
        return up_to(name, until)
    months = int(row["months_covered"])
    short = Text(f"{size}个月中有{months}个月的数据", f"{months} of {size} months in the data")
    return _joined(name, short, until_text(_within_month(until)))


def _within_month(until: date | None) -> date | None:
    """``until`` where it is not the last day of its month, else None."""
    return until if until is not None and until.month == (until + timedelta(days=1)).month else None


def unlike_months(row: dict[str, Any]) -> Text | None:
    """Return that the newest month of a row of gold.detection_rate has data up to a day within it, while the
    same month a year earlier, with which it is compared, is whole; None where its months are whole too. In
    brackets in both languages. ``row``: as `Rates` gives it, with ``until``."""
    until = _within_month(row.get("until"))
    if until is None:
        return None
    return Text(
        f"（本期{until.month}月只有截至{until.day}日的数据，上年{until.month}月为整月）",
        f" (this {until:%B} has data up to {until.day} {until:%B} only, that of the year before is whole)",
    )


def change_text(row: dict[str, Any]) -> Text | None:
    """Return the change of a row of gold.detection_rate from a year earlier in words: percentage points, 95%
    limits, the two parts of the change (rates within categories, mix of categories), and where the newest
    month is not whole that it is compared with a whole one. None where the row has none
    (definitions.md#year-on-year)."""
    if missing(row["yoy_pp"]):
        return None
    moved, within, mix = (points(row[c]) for c in ("yoy_pp", "within_pp", "mix_pp"))
    zh, en = f"{moved}个百分点", f"{moved} points"
    if not missing(row["yoy_low"]) and not missing(row["yoy_high"]):
        limits = ranged(points(row["yoy_low"]), points(row["yoy_high"]))
        sure = row["yoy_low"] > 0 or row["yoy_high"] < 0
        zh += f"（95%区间{limits.zh}，{'超出随机波动' if sure else '可能属随机波动'}）"
        en += f" (95% interval {limits.en}: {'more than chance' if sure else 'may be chance'})"
    if not missing(row["within_pp"]) and not missing(row["mix_pp"]):
        zh += f"；其中各品类自身变化{within}个百分点，抽样品类构成变化{mix}个百分点"
        en += f"; {within} points from rates within categories, {mix} points from their mix"
    unlike = unlike_months(row) or Text("", "")
    return Text(f"{zh}{unlike.zh}", f"{en}{unlike.en}")


def series(records: list[dict[str, Any]]) -> list[Point]:
    """Return the points of a trend (charts.trend), by time: single months, and periods of twelve months,
    which are drawn at their last month. Rates that are not shown are left out. ``records``: rows of
    gold.detection_rate of one unit and design."""
    made = []
    for row in sorted(records, key=lambda r: r["period_start"]):
        shown = headline(row)
        if row["period_type"] not in ("month", "rolling12") or shown.value is None or shown.high is None:
            continue
        window = row["period_type"] == "rolling12"
        month = add_months(row["period_start"], 11) if window else row["period_start"]
        what = Text("截至{}的近12个月", "12 months to {}") if window else same("{}")
        when = Text(*(words.format(f"{month:%Y-%m}") for words in what))
        value, n = with_limits(shown.text, shown.interval), count(judged(row))
        said = Text(f"{when.zh}：{value.zh}，n = {n}", f"{when.en}: {value.en}, n = {n}")
        made.append(Point(window, month, shown.value, shown.low or 0.0, shown.high, said))
    return made
