"""Why a rate is not compared with the same months a year earlier (definitions.md#year-on-year), in the words
that all pages use; and how far the newest month of a rate has data. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.marts.sampling.counts import LENGTHS
from jobs.plurals import plural
from jobs.reports.figures import add_months, twelve_months_text
from jobs.reports.numbers import INSUFFICIENT, headline, missing, with_limits
from jobs.reports.rates import Rates, Window
from jobs.reports.wording import DESIGN, Text

FEW_NOW = Text("本期样本不足，不作比较", "this period has too few batches to be compared")
FEW_THEN = Text("上年同期样本不足，不作比较", "the year before has too few batches to compare")
NO_BATCHES = Text("上年同期没有样品，不作比较", "there are no samples of the year before to compare")


def not_compared(rates: Rates, row: dict[str, Any], *, with_rate: bool = False) -> Text:
    """Return why a row of gold.detection_rate has no change from a year earlier: its own period has too few
    batches, the data do not hold all of the same months a year before, or these have no batches or too few.
    Where the unit has too few batches, that is said first.

    ``row``: as ``rates`` gives it; ``with_rate``: whether to state the rate of the months that the data hold,
    which pages with a table by period show where these are of one calendar year."""
    if row["reliability"] == INSUFFICIENT:
        return FEW_NOW
    held, of = months_before(rates, row)
    before = _before(rates, row)
    few = before is not None and before["reliability"] == INSUFFICIENT
    if held == of:
        return NO_BATCHES if before is None else FEW_THEN
    design = DESIGN[row["design"]]
    if held == 0:
        return Text(
            f"上年同期没有{design.zh}的数据，不作比较",
            f"the data hold no {design.en.lower()} of the year before to compare",
        )
    zh = f"上年同期只有{held}个月的{design.zh}数据，不作比较"
    en = f"the data hold {design.en.lower()} of only {plural(held, 'month')} of the year before: not compared"
    if few:
        zh = f"上年同期样本不足，且只有{held}个月的{design.zh}数据，不作比较"
        en = (
            f"the year before has too few batches, and only {plural(held, 'month')} in the data: not compared"
        )
    elif with_rate and before is not None and (then := headline(before)).value is not None:
        rate = with_limits(then.text, then.interval)
        zh = f"{zh}；该期（{held}个月）为{rate.zh}"
        en = f"{en}; the rate of these {plural(held, 'month')} is {rate.en}"
    return Text(zh, en)


def months_before(rates: Rates, row: dict[str, Any]) -> tuple[int, int]:
    """Return how many of the months a year before those of a row are in the data of its design, and how many
    they are: of a period that has not ended only the months that it has. ``row``: as ``rates`` gives it."""
    size = LENGTHS[row["period_type"]]
    of = size if missing(row["months_covered"]) else min(size, int(row["months_covered"]))
    first, start = rates.first_month(row["design"]), add_months(row["period_start"], -12)
    if first is None:
        return 0, of
    lacking = (first.year - start.year) * 12 + first.month - start.month
    return max(0, min(of, of - lacking)), of


def _before(rates: Rates, row: dict[str, Any]) -> dict[str, Any] | None:
    """The unit's row a year earlier: of twelve months that are not all in the data, that of the calendar year
    of the same months, if any."""
    start = add_months(row["period_start"], -12)
    kinds = [row["period_type"]]
    if row["period_type"] == "rolling12" and start.month == 1:
        kinds.append("year")
    found = (
        rates.newest(
            row["dimension_type"],
            row["dimension_code"],
            row["design"],
            role=row["region_role"],
            window=Window(kind, start),
        )
        for kind in kinds
    )
    return next((r for r in found if r is not None), None)


def newest_month(rates: Rates, row: dict[str, Any]) -> Text | None:
    """Return that the newest of the twelve months of a row has data up to the last day of the data only,
    with the rate of the twelve months that ended before it where there is one; None where the month has
    ended, or the row is of another period. ``row``: of gold.detection_rate, as ``rates`` gives it."""
    through: date | None = row["until"]
    last = add_months(row["period_start"], 11)
    if row["period_type"] != "rolling12" or through is None or through < last:
        return None
    zh = f"最近一个月（{last.month}月）只有截至{through.month}月{through.day}日的数据"
    en = f"The newest month, {last:%B}, has data up to {through.day} {through:%B} only"
    earlier = rates.newest(
        row["dimension_type"],
        row["dimension_code"],
        row["design"],
        role=row["region_role"],
        window=Window("rolling12", add_months(row["period_start"], -1)),
    )
    if earlier is not None and (then := headline(earlier)).value is not None:
        rate, whole = with_limits(then.text, then.interval), twelve_months_text(earlier["period_start"])
        left = add_months(last, -12)
        zh = (
            f"{zh}；{whole.zh}（12个整月）为{rate.zh}，"
            f"计入{left.year}年{left.month}月，不计{last.year}年{last.month}月"
        )
        en = (
            f"{en}; the twelve whole months {whole.en} have {rate.en}: "
            f"with {left:%B %Y} and without {last:%B %Y}"
        )
    return Text(f"{zh}。", f"{en}.")
