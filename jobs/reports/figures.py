"""Which rows of gold.detection_rate stand behind a figure: the newest window, a trend, a ranking. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from jobs.reports.names import Names
from jobs.reports.numbers import count, interval_text, judged, missing, ranked, rate_text, violation_text
from jobs.reports.wording import Text

DESIGNS = ("probability", "targeted")


@dataclass(frozen=True)
class Line:
    """One unit's row of a table or chart. ``rank`` is None where it is not ranked: alone, or its rate not reliable."""

    code: str
    name: Text
    rank: int | None
    row: dict
    rate: Text
    interval: str
    violation: Text
    judged: str

    @property
    def reliable(self) -> bool:
        return is_reliable(self.row)

    def n(self, column: str) -> str:
        return count(self.row[column])


def add_months(day: date, months: int) -> date:
    """The first day of the month that lies ``months`` after the one of ``day``."""
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def newest_window(rate: pd.DataFrame) -> date | None:
    """First month of the newest twelve-month window in the whole table; None where no sample has a date."""
    starts = rate.loc[rate["period_type"] == "rolling12", "period_start"]
    return None if starts.empty else max(starts)


def window_text(start: date) -> Text:
    """A twelve-month window in words, by its first and last month."""
    end = add_months(start, 11)
    return Text(f"{start:%Y}年{start.month}月至{end:%Y}年{end.month}月", f"{start:%B %Y} to {end:%B %Y}")


def pick(
    rate: pd.DataFrame,
    *,
    dimension: str,
    design: str,
    period: str,
    start: date | None = None,
    code: str | None = None,
    role: str = "",
) -> pd.DataFrame:
    """Rows of one dimension, design and kind of period (one window where ``start`` is given), sorted by period and code."""
    rows = rate[
        (rate["dimension_type"] == dimension)
        & (rate["design"] == design)
        & (rate["period_type"] == period)
        & (rate["region_role"] == role)
    ]
    if code is not None:
        rows = rows[rows["dimension_code"] == code]
    if start is not None:
        rows = rows[rows["period_start"] == start]
    return rows.sort_values(["period_start", "dimension_code"])


def lines(rows: pd.DataFrame, dimension: str, names: Names) -> list[Line]:
    """Units ranked by their rate as shown (ties share a rank); after them, by code, the units whose rate is not reliable."""
    records = rows.to_dict("records")
    reliable = sorted((r for r in records if is_reliable(r)), key=lambda r: (-r["rate"], r["dimension_code"]))
    others = sorted((r for r in records if not is_reliable(r)), key=lambda r: r["dimension_code"])
    ranks: list[int | None] = [*ranked([r["rate"] for r in reliable]), *[None] * len(others)]
    return [line(r, names.of(dimension, r["dimension_code"]), rank) for r, rank in zip([*reliable, *others], ranks, strict=True)]


def line(row: dict, name: Text, rank: int | None = None) -> Line:
    """One row of gold.detection_rate with its figures in words."""
    return Line(
        row["dimension_code"], name, rank, row, rate_text(row), interval_text(row), violation_text(row), count(judged(row))
    )


def is_reliable(row: dict) -> bool:
    """A rate that may be ranked and drawn (definitions.md 2: at least 30 judged, interval not wider than 20 points)."""
    unreliable = False if missing(row["unreliable"]) else bool(row["unreliable"])
    return judged(row) > 0 and not missing(row["rate"]) and not unreliable


def total(rows: pd.DataFrame, name: Text) -> Line | None:
    """The only row of a selection as a line; None where there is no sample."""
    return None if rows.empty else line(rows.iloc[0].to_dict(), name)


def series(months: pd.DataFrame, windows: pd.DataFrame) -> list[dict]:
    """Points of a trend: monthly rates at their month, twelve-month rates at the last of theirs; unreliable ones are left out."""
    points = [_point(r, "month", r["period_start"]) for r in months.to_dict("records") if is_reliable(r)]
    return points + [
        _point(r, "window", add_months(r["period_start"], 11)) for r in windows.to_dict("records") if is_reliable(r)
    ]


def _point(row: dict, kind: str, month: date) -> dict:
    low = 0.0 if missing(row["ci_low"]) else row["ci_low"]
    return {
        "kind": kind,
        "month": f"{month:%Y-%m-%d}",
        "rate": row["rate"],
        "low": low,
        "high": row["ci_high"],
        "text": f"{month:%Y-%m}: {rate_text(row).en}, {interval_text(row)}, n = {count(judged(row))}",
    }
