"""What the public site says of comparisons of rates with a year earlier, and of periods whose months are not
all in the data. ``known``: the bundles (`public_pages.Known`); rows are those of the bundles' table
detection_rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jobs.marts.sampling.counts import LENGTHS
from jobs.methods.rounding import fixed
from jobs.publish.public_pages import Known
from jobs.publish.public_words import Row
from jobs.reports.figures import add_months
from jobs.reports.numbers import points
from jobs.reports.wording import DESIGN, Text, ranged


def change(known: Known, row: Row) -> Text:
    """Return the change of a rate from a year earlier as a clause, with its limits: without them a reader
    cannot see how little is known. Where its number is 0.0 as shown, it is said to be unchanged; where there
    is none, the clause says why."""
    moved, low, high = row["yoy_pp"], row["yoy_low"], row["yoy_high"]
    if moved is None or low is None or high is None:
        return _not_compared(known, row)
    way = ("上升", "rose") if moved > 0 else ("下降", "fell")
    by, limits = fixed(abs(moved)), ranged(points(low), points(high))
    if by == fixed(0):
        return Text(
            f"与上年同期持平（95%区间{limits.zh}）",
            f"it is unchanged from a year earlier (95% interval {limits.en})",
        )
    chance = ("", "") if low > 0 or high < 0 else ("，可能属随机波动", ", which may be chance")
    return Text(
        f"比上年同期{way[0]}{by}个百分点（95%区间{limits.zh}）{chance[0]}",
        f"it {way[1]} by {by} points from a year earlier (95% interval {limits.en}){chance[1]}",
    )


def _not_compared(known: Known, row: Row) -> Text:
    """Why a rate is not compared, as a clause. The night compares it where both years have enough batches and
    the data cover all months of the earlier period (definitions.md#year-on-year)."""
    size, start = LENGTHS[row["period_type"]], add_months(row["period_start"], -12)
    if row["exposure_rate"] is None:
        now = _months(row["period_start"], add_months(row["period_start"], size - 1))
        return Text(
            f"{now.zh}批次不足，与上年同期不可比",
            f"it is not compared with a year earlier, as {now.en} has too few batches",
        )
    earlier = _months(start, add_months(start, size - 1))
    begins, since = _first_months(known, row["design"])
    missing = 0 if begins is None else min(size, max(0, _months_between(start, begins)))
    if missing == size:
        return Text(
            f"上年同期（{earlier.zh}）没有数据，不可比",
            f"it is not compared with a year earlier, as there are no data of {earlier.en}",
        )
    if missing:
        there = size - missing
        return Text(
            f"上年同期（{earlier.zh}）{size}个月中只有{there}个月的数据，不可比",
            f"it is not compared with a year earlier, as the data have only {there} of the {size} months "
            f"from {earlier.en}",
        )
    if begins is not None or (since is not None and since <= start):
        return Text(
            f"上年同期（{earlier.zh}）批次不足，不可比",
            f"it is not compared with a year earlier, as {earlier.en} has too few batches",
        )
    return Text(
        f"上年同期（{earlier.zh}）的数据不满{size}个月或批次不足，不可比",
        f"it is not compared with a year earlier, as months are missing in the data of {earlier.en} or their "
        "batches are too few",
    )


def _first_months(known: Known, design: str) -> tuple[date | None, date | None]:
    """Return the month in which the nation's samples of ``design`` begin, as a published period states it
    that begins before them (``months_covered``) and ended before its bundle was made, and the first month of
    the earliest period with all of its months; each None where no bundle states it."""
    if design not in known.begins:
        known.begins[design] = _beginnings(known, design)
    return known.begins[design]


def _beginnings(known: Known, design: str) -> tuple[date | None, date | None]:
    since, begins = list[date](), list[date]()
    for bundle in known.there:
        for row in known.rows(bundle, "detection_rates"):
            size, months = LENGTHS.get(row["period_type"]), row["months_covered"]
            if not _of_nation(row, design) or size is None or not months:
                continue
            end = add_months(row["period_start"], size)
            if months >= size:
                since.append(row["period_start"])
            elif bundle.data_date is not None and bundle.data_date >= end:
                begins.append(add_months(end, -months))
    return max(begins, default=None), min(since, default=None)


def months_missing(rows: Sequence[Row]) -> Text | None:
    """Return a sentence for each design whose samples do not cover all months of a period, with the number
    that they do; None where all do. ``rows``: of the table of rates, of one period, of which those of the
    nation are looked at."""
    said = []
    for design, name in DESIGN.items():
        row = next((r for r in rows if _of_nation(r, design)), None)
        size = LENGTHS.get(row["period_type"], 0) if row else 0
        if row and row["months_covered"] and row["months_covered"] < size:
            said.append((name, row["months_covered"], size))
    if not said:
        return None
    return Text(
        "".join(f"{name.zh}：{size}个月中有{n}个月的数据。" for name, n, size in said),
        " ".join(f"{name.en}: {n} of {size} months are in the data." for name, n, size in said),
    )


def _of_nation(row: Row, design: str) -> bool:
    plain = row["dimension_type"] == "nation" and row["dimension2_type"] == ""
    return plain and row["design"] == design


def _months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _months(start: date, last: date) -> Text:
    """Months in words: November 2024 to October 2025; one alone by its name."""
    zh, en = f"{start.year}年{start.month}月", f"{start:%B %Y}"
    if start == last:
        return Text(zh, en)
    return Text(f"{zh}至{last.year}年{last.month}月", f"{en} to {last:%B %Y}")
