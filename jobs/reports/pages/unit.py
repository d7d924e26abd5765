"""What the nation, a platform and a province have alike: per design the figures by period and a trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from markupsafe import Markup

from jobs.reports import charts
from jobs.reports.drawing import COLOUR
from jobs.reports.figures import DESIGNS, Line, line, newest_window, pick, series, window_text
from jobs.reports.names import NATION
from jobs.reports.wording import RATE_NAME, Text, same

NATION_CODE = "CN"
ALL_PERIODS = Text("全部时期", "all periods")


@dataclass(frozen=True)
class Block:
    """One design's figures of one unit. ``headline``: the newest twelve months, None where they hold no sample.

    ``periods``: (name, line) of the newest twelve months, each year, all periods; ``trend``: None where nothing is reliable;
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


def blocks(
    rate: pd.DataFrame, dimension: str, code: str, name: Text, *, role: str = "", nation: dict[str, list[dict]] | None = None
) -> list[Block]:
    """One block per design, probability first; designs are never put together. ``nation``: see `nation_points`, drawn beside a unit."""
    start = newest_window(rate)
    mine = rate[(rate["dimension_type"] == dimension) & (rate["dimension_code"] == code) & (rate["region_role"] == role)]
    partial = begins_within(rate)
    return [_block(mine, name, design, start, (nation or {}).get(design), partial) for design in DESIGNS]


def nation_points(rate: pd.DataFrame) -> dict[str, list[dict]]:
    """The nation's trend by design, for `blocks` of its parts."""
    nation = rate[rate["dimension_type"] == "nation"]
    return {design: _points(nation[nation["design"] == design]) for design in DESIGNS}


def _block(mine: pd.DataFrame, name: Text, design: str, start: date | None, nation: list[dict] | None, partial: bool) -> Block:
    rows = mine[mine["design"] == design].sort_values("period_start")

    def of(period: str) -> list[dict]:
        return rows[rows["period_type"] == period].to_dict("records")

    window = None if start is None else window_text(start)
    newest = [line(r, name) for r in of("rolling12") if r["period_start"] == start]
    periods = [(window, newest_line) for newest_line in newest if window is not None]
    periods += [(same(str(r["period_start"].year)), line(r, name)) for r in reversed(of("year"))]
    periods += [(ALL_PERIODS, line(r, name)) for r in of("all")]
    words = RATE_NAME[design]
    summary = f"{name.zh}{words.zh}走势 / {words.en} over time, {name.en}"
    trend = charts.trend(_points(rows), COLOUR[design], summary, nation=nation)
    return Block(design, window, newest[0] if newest else None, periods, trend, partial)


def _points(rows: pd.DataFrame) -> list[dict]:
    ordered = rows.sort_values("period_start")
    return series(ordered[ordered["period_type"] == "month"], ordered[ordered["period_type"] == "rolling12"])


def begins_within(rate: pd.DataFrame) -> bool:
    """Whether the oldest twelve-month window starts before the first month that has data."""
    windows = rate.loc[rate["period_type"] == "rolling12", "period_start"]
    months = rate.loc[rate["period_type"] == "month", "period_start"]
    return not windows.empty and not months.empty and min(windows) < min(months)


def nation_line(rate: pd.DataFrame, design: str, start: date | None) -> Line | None:
    """The nation's newest twelve months of one design, against which units are drawn."""
    if start is None:
        return None
    rows = pick(rate, dimension="nation", design=design, period="rolling12", start=start, code=NATION_CODE)
    return None if rows.empty else line(rows.iloc[0].to_dict(), NATION)
