"""The site's large charts: a trend with its band and a funnel plot, each with a table of its figures. No
chart mixes sampling designs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd
from markupsafe import Markup

from jobs.reports.behind import Shown, rows_behind
from jobs.reports.numbers import count, percent
from jobs.reports.svg import Scale, frame, line, path, ticks, tip, words
from jobs.reports.wording import Text, capital

TREND = (420, 230)
FUNNEL = (460, 300)
FEWEST_PERIODS = 2  # of a trend
# Heads of a funnel plot's rows. Any unit has a share; only one with enough batches has a rate.
_UNIT, _SHARE = Text("单位", "Unit"), Text("不合格占比", "Share that failed")
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 28


@dataclass(frozen=True)
class Point:
    """One period of a trend, drawn at ``month``, the month in which it ends (any day of it). ``window``:
    whether the period has several months: such periods are joined by a line with a band, single months are
    rings. ``value``, ``low``, ``high``: the figure and its limits; ``said``: the same in words."""

    window: bool
    month: date
    value: float
    low: float
    high: float
    said: Text


def _axis_text(value: float) -> str:
    return f"{value * 100:g}%"


_LAST_TWELVE = Text("近12个月", "Last 12 months")
_HEADS = (
    Text("下限", "lower limit"),
    Text("上限", "upper limit"),
)


def _number(day: date) -> int:
    return day.year * 12 + day.month


def trend(
    points: list[Point],
    design: str,
    summary: Text,
    *,
    nation: list[Point] | None = None,
    axis: Callable[[float], str] = _axis_text,
    run: Text = _LAST_TWELVE,
) -> Markup | None:
    """Return the drawing of a trend, followed by a folded table of its figures: single months as rings with
    limits, periods of several months as a line with a band. None where the points end in fewer than two
    months.

    ``points``: of one unit; ``design``: class of the drawing for the style sheet; ``summary``: text for
    screen readers; ``nation``: the nation's points, whose periods of several months become a dashed grey
    line; ``axis``: writes a value of the vertical axis, which starts at zero (by default a share as per
    cent); ``run``: what a period of several months is called.
    """
    if len({p.month for p in points}) < FEWEST_PERIODS:
        return None
    width, height = TREND
    windows, months = [p for p in points if p.window], [p for p in points if not p.window]
    grey = [p for p in nation or [] if p.window]
    held = max([p.high for p in windows] + [p.value for p in months + grey])
    # Limits of one month may be very wide: beyond twice what matters they are cut at the edge.
    steps = ticks(min(max(p.high for p in points), 2 * held) or 1e-9)
    first, last = min(_number(p.month) for p in points), max(_number(p.month) for p in points)
    x = Scale(first - 0.5, last + 0.5, _LEFT, width - _RIGHT)
    y = Scale(0, steps[-1], height - _BOTTOM, _TOP)
    parts = [
        line(_LEFT, y(s), width - _RIGHT, y(s), "grid")
        + words(_LEFT - 6, y(s) + 4, axis(s), anchor="end", kind="axis")
        for s in steps
    ]
    parts += _months(first, last, x, height)
    upper = [(x(_number(p.month)), y(p.high)) for p in windows]
    lower = [(x(_number(p.month)), y(p.low)) for p in reversed(windows)]
    parts.append(path(upper + lower, "band", closed=True))
    parts.append(
        path([(x(_number(p.month)), y(p.value)) for p in grey if first <= _number(p.month) <= last], "nation")
    )
    parts.append(path([(x(_number(p.month)), y(p.value)) for p in windows], "run"))
    for p in months:
        at = x(_number(p.month))
        ring = Markup(f'<circle class="ring" cx="{at:.1f}" cy="{y(p.value):.1f}" r="3.4"/>')
        parts.append(tip(line(at, y(p.low), at, y(p.high), "rule") + _beyond(at, y, p.high) + ring, p.said))
    for p in windows:
        where = f'cx="{x(_number(p.month)):.1f}" cy="{y(p.value):.1f}"'
        dot = Markup(f'<circle class="dot" {where} r="2.6"/><circle class="near" {where} r="8"/>')
        parts.append(tip(dot, p.said))
    drawing = frame(f"chart trend {design}", width, height, summary, Markup("").join(parts))
    return drawing + _rows_of_trend(windows, months, grey, run, share=axis is _axis_text)


def _beyond(at: float, y: Scale, high: float) -> Markup:
    """An arrow at the upper edge where a limit lies beyond it."""
    if high <= y.high * (1 + 1e-9):
        return Markup("")
    return Markup('<path class="cut" d="M{:.1f} {:.1f}l4 6h-8z"/>').format(at, y(high) - 5)


def _rows_of_trend(
    windows: list[Point], months: list[Point], nation: list[Point], run: Text, *, share: bool
) -> Markup:
    """One row a month in which anything ends, the newest first."""

    def shown(value: float | None) -> Shown:
        return ("–" if value is None else percent(value) if share else f"{value:.1f}"), value

    def with_limits(p: Point | None) -> list[Shown]:
        return [shown(None)] * 3 if p is None else [shown(p.value), shown(p.low), shown(p.high)]

    found = [{p.month: p for p in points} for points in (windows, months, nation)]
    rows: list[list[Shown]] = []
    for month in sorted({m for each in found[:2] for m in each}, reverse=True):
        line_of, one, whole = (each.get(month) for each in found)
        cells = with_limits(line_of) + with_limits(one)
        rows.append(
            [(f"{month:%Y-%m}", None), *cells, *([shown(whole.value if whole else None)] if nation else [])]
        )
    one_month = Text("单月", "One month")
    heads = [Text("截至月份", "Month it ends in")]
    heads += [
        name if what is None else Text(f"{name.zh}：{what.zh}", f"{name.en}: {what.en}")
        for name in (run, one_month)
        for what in (None, *_HEADS)
    ]
    if nation:
        heads.append(Text("全国", "Nation"))
    return rows_behind(heads, rows, kind="trend", unit="share" if share else "number")


def _months(first: int, last: int, x: Scale, height: float) -> list[Markup]:
    """Labels below: months at even steps, at most six of them."""
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if (last - first) / s < 6)
    shown = [n for n in range(first, last + 1) if (n - 1) % step == 0] or [first]
    return [words(x(n), height - 8, f"{(n - 1) // 12}-{(n - 1) % 12 + 1:02}", kind="axis") for n in shown]


@dataclass(frozen=True)
class Spot:
    """One unit of a funnel plot. ``n``: its size, such as batches judged; ``share``: its value, such as the
    share of these that failed (0–1) or failures found divided by those expected; ``outlier``: whether it is
    outside the outer limits; ``said``: the same in words, shown when the spot is pointed at."""

    name: Text
    n: int
    share: float
    outlier: bool
    said: Text


def funnel(
    spots: list[Spot],
    limits: pd.DataFrame,
    target: float,
    summary: Text,
    *,
    n_text: Text,
    unit_text: Text = _UNIT,
    share_text: Text = _SHARE,
) -> Markup:
    """Return the drawing of a funnel plot, followed by a folded table of its figures: units by size (across)
    and value (up), with limits that narrow as sizes rise. Units outside the outer limits are triangles with
    their name.

    ``spots``: at least one; ``limits``: one row per spot in the same order, columns low95, high95, low998,
    high998 (jobs.methods.funnel); ``target``: the value of all together; ``n_text``, ``unit_text``,
    ``share_text``: what the size, a unit and the value are called; ``summary``: text for screen readers.
    """
    width, height = FUNNEL
    highest = max([s.share for s in spots] + [min(h, 2.2 * target) for h in limits["high95"]])
    steps, across = ticks(highest), ticks(max(s.n for s in spots), 6)
    x, y = Scale(0, across[-1], _LEFT, width - _RIGHT), Scale(0, steps[-1], height - _BOTTOM - 14, _TOP)
    parts = [
        line(_LEFT, y(s), width - _RIGHT, y(s), "grid")
        + words(_LEFT - 6, y(s) + 4, _axis_text(s), anchor="end", kind="axis")
        for s in steps
    ]
    parts += [words(x(n), height - 26, f"{n:,.0f}", kind="axis") for n in across]
    parts.append(words((_LEFT + width) / 2, height - 7, n_text, kind="axis"))
    parts.append(line(_LEFT, y(target), width - _RIGHT, y(target), "centre"))
    ordered = limits.assign(n=[s.n for s in spots]).drop_duplicates("n").sort_values("n")
    for column, kind in (("low95", "inner"), ("high95", "inner"), ("low998", "outer"), ("high998", "outer")):
        parts.append(path([(x(n), y(v)) for n, v in zip(ordered["n"], ordered[column], strict=True)], kind))
    for s in sorted(spots, key=lambda s: s.outlier):
        at = (x(s.n), y(s.share))
        if s.outlier:
            triangle = Markup('<path class="outlier" d="M{:.1f} {:.1f}l6 11h-12z"/>').format(at[0], at[1] - 7)
            side = "end" if at[0] > width * 0.7 else "start"
            parts.append(
                tip(
                    triangle
                    + words(
                        at[0] + (-9 if side == "end" else 9), at[1] + 4, s.name, anchor=side, kind="named"
                    ),
                    s.said,
                )
            )
        else:
            parts.append(
                tip(Markup('<circle class="spot" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(*at), s.said)
            )
    rows: list[list[Shown]] = [
        [(s.name, None), (count(s.n), s.n), (percent(s.share), s.share)]
        for s in sorted(spots, key=lambda s: -s.share)
    ]
    heads = [unit_text, capital(n_text), share_text]
    drawing = frame("chart funnel", width, height, summary, Markup("").join(parts))
    return drawing + rows_behind(heads, rows, kind="funnel", unit="share")
