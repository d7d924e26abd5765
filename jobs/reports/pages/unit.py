"""What the nation, a platform and a province have alike: per design the figures by period and a trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from markupsafe import Markup

from jobs.reports import charts
from jobs.reports.figures import DESIGNS, Line, line, newest_window, pick, series, window_text
from jobs.reports.names import NATION
from jobs.reports.wording import RATE_NAME, Text, same

NATION_CODE = "CN"
ALL_PERIODS = Text("全部时期", "all periods")


@dataclass(frozen=True)
class Block:
    """One design's figures of one unit. ``headline``: the newest twelve months, None where they hold no sample.

    ``periods``: (name, line) of the newest twelve months, of each year, of all periods; ``trend``: None where nothing is reliable;
    ``partial``: its first windows begin before the data do.
    """

    design: str
    window: Text | None
    headline: Line | None
    periods: list[tuple[Text, Line]]
    trend: Markup | None
    partial: bool

    @property
    def empty(self) -> bool:
        return not self.periods


def blocks(rate: pd.DataFrame, dimension: str, code: str, name: Text, *, role: str = "") -> list[Block]:
    """One block per design, probability first; designs are never put together."""
    start = newest_window(rate)
    return [_block(rate, dimension, code, name, role, design, start) for design in DESIGNS]


def _block(rate: pd.DataFrame, dimension: str, code: str, name: Text, role: str, design: str, start: date | None) -> Block:
    def rows(period: str, first: date | None = None) -> list[dict]:
        found = pick(rate, dimension=dimension, design=design, period=period, start=first, code=code, role=role)
        return found.to_dict("records")

    window = None if start is None else window_text(start)
    newest = [] if start is None else [line(r, name) for r in rows("rolling12", start)]
    periods = [(window, newest_line) for newest_line in newest if window is not None]
    periods += [(same(str(r["period_start"].year)), line(r, name)) for r in reversed(rows("year"))]
    periods += [(ALL_PERIODS, line(r, name)) for r in rows("all")]
    trend = _trend(rate, dimension, code, name, role, design)
    return Block(design, window, newest[0] if newest else None, periods, trend, begins_within(rate))


def begins_within(rate: pd.DataFrame) -> bool:
    """Whether the oldest twelve-month window starts before the first month that has data."""
    windows = rate.loc[rate["period_type"] == "rolling12", "period_start"]
    months = rate.loc[rate["period_type"] == "month", "period_start"]
    return not windows.empty and not months.empty and min(windows) < min(months)


def _trend(rate: pd.DataFrame, dimension: str, code: str, name: Text, role: str, design: str) -> Markup | None:
    def points(dim: str, unit: str, of_role: str) -> list[dict]:
        chosen = {"dimension": dim, "design": design, "code": unit, "role": of_role}
        return series(pick(rate, period="month", **chosen), pick(rate, period="rolling12", **chosen))

    nation = points("nation", NATION_CODE, "") if dimension != "nation" else None
    words = RATE_NAME[design]
    summary = f"{name.zh}{words.zh}走势 / {words.en} over time, {name.en}"
    return charts.trend(points(dimension, code, role), design, summary, nation=nation)


def nation_line(rate: pd.DataFrame, design: str, start: date | None) -> Line | None:
    """The nation's newest twelve months of one design, against which units are drawn."""
    if start is None:
        return None
    rows = pick(rate, dimension="nation", design=design, period="rolling12", start=start, code=NATION_CODE)
    return None if rows.empty else line(rows.iloc[0].to_dict(), NATION)
