"""The site's large drawings: a trend with its band, a tile map of provinces, a funnel plot. None pools
designs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd
from markupsafe import Markup

from jobs.reports.numbers import percent
from jobs.reports.svg import EMPTY, RAMP, Scale, blend, frame, line, path, ticks, tip, words
from jobs.reports.wording import Text

TREND = (420, 230)
FUNNEL = (460, 300)
TILE = 42
_ALIKE = 0.25
_NO_DIFFERENCE = Text(
    "各省差异未超出偶然：都取共同水平", "provinces differ no more than chance: one common rate"
)
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 28


@dataclass(frozen=True)
class Point:
    """One period of a trend, at the month in which it ends; ``window``: of several months, drawn as a line in
    its band."""

    window: bool
    month: date
    value: float
    low: float
    high: float
    said: Text


def _axis_text(value: float) -> str:
    return f"{value * 100:g}%"


def _number(day: date) -> int:
    return day.year * 12 + day.month


def trend(
    points: list[Point],
    design: str,
    summary: Text,
    *,
    nation: list[Point] | None = None,
    axis: Callable[[float], str] = _axis_text,
) -> Markup | None:
    """Months as rings with limits, windows of months as a line in its band; ``nation``: its windows as a grey
    dashed line.

    ``axis`` writes a value of the vertical axis, which starts at zero. None where there is nothing to draw.
    """
    if not points:
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
        ring = Markup('<circle class="ring" cx="{:.1f}" cy="{:.1f}" r="3.4"/>').format(at, y(p.value))
        parts.append(tip(line(at, y(p.low), at, y(p.high), "rule") + ring, p.said))
    for p in windows:
        where = (x(_number(p.month)), y(p.value))
        dot = Markup(
            '<circle class="dot" cx="{0:.1f}" cy="{1:.1f}" r="2.6"/><circle class="near" cx="{0:.1f}" '
            'cy="{1:.1f}" r="8"/>'
        )
        parts.append(tip(dot.format(*where), p.said))
    return frame(f"chart trend {design}", width, height, summary, Markup("").join(parts))


def _months(first: int, last: int, x: Scale, height: float) -> list[Markup]:
    """Labels below: months at even steps, at most six of them."""
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if (last - first) / s < 6)
    shown = [n for n in range(first, last + 1) if (n - 1) % step == 0] or [first]
    return [words(x(n), height - 8, f"{(n - 1) // 12}-{(n - 1) % 12 + 1:02}", kind="axis") for n in shown]


@dataclass(frozen=True)
class Tile:
    """One province's square: where it stands, what it is called on it, its value (None: not known), the page
    it leads to."""

    row: int
    col: int
    name: Text
    value: float | None
    shown: str
    said: Text
    href: str


def tile_map(
    tiles: list[Tile], design: str, summary: Text, *, scale: Callable[[float], str] = percent
) -> Markup:
    """Provinces as equal squares, grey where nothing is known; the value stands on each, so that colour is
    never alone."""
    known = [t.value for t in tiles if t.value is not None]
    highest = max(known, default=0.0) or 0.01
    # Shrunk estimates of units that differ no more than chance are one rate: no shade then says that a
    # province is high.
    alike = len(known) > 1 and len({t.shown for t in tiles if t.value is not None}) == 1
    top, left = min(t.row for t in tiles), min(t.col for t in tiles)
    parts = []
    for t in tiles:
        x, y = (t.col - left) * TILE, (t.row - top) * TILE
        share = 0.0 if t.value is None else _ALIKE if alike else t.value / highest
        fill = EMPTY if t.value is None else blend(RAMP[design], share)
        ink = "none" if t.value is None else "light" if share > 0.55 else "dark"
        square = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="3" fill="{}"/>').format(
            x + 1, y + 1, TILE - 2, TILE - 2, fill
        )
        middle = x + TILE / 2
        said = square + words(middle, y + (25 if t.value is None else 18), t.name, kind=f"tile {ink}")
        if t.value is not None:
            said += words(middle, y + 34, t.shown, kind=f"tile small {ink}")
        # The same links stand in the table beside the map: there for the keyboard, here for the pointer.
        parts.append(tip(Markup('<a tabindex="-1" href="{}">{}</a>').format(t.href, said), t.said))
    width = (max(t.col for t in tiles) - left + 1) * TILE
    height = (max(t.row for t in tiles) - top + 1) * TILE
    legend = _legend(design, highest, width, height, scale)
    if alike:
        legend = words(width / 2, height + 20, _NO_DIFFERENCE, kind="axis")
    return frame(f"chart tilemap {design}", width, height + 40, summary, Markup("").join(parts) + legend)


def _legend(
    design: str, highest: float, width: float, height: float, scale: Callable[[float], str]
) -> Markup:
    wide, count = 190.0, 5
    start = (width - wide) / 2
    cells = Markup("").join(
        Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="9" fill="{}"/>').format(
            start + n * wide / count, height + 10, wide / count, blend(RAMP[design], (n + 0.5) / count)
        )
        for n in range(count)
    )
    ends = words(start, height + 33, scale(0.0), kind="axis") + words(
        start + wide, height + 33, scale(highest), kind="axis"
    )
    return cells + ends


@dataclass(frozen=True)
class Spot:
    """One unit of a funnel plot."""

    name: Text
    n: int
    share: float
    outlier: bool
    said: Text


def funnel(spots: list[Spot], limits: pd.DataFrame, target: float, summary: Text, *, n_text: Text) -> Markup:
    """Units by the number judged and the share that failed, in limits that widen as numbers fall.

    ``limits``: of jobs.methods.funnel, one row per spot. Units outside the outer limits are filled triangles
    with their name.
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
    return frame("chart funnel", width, height, summary, Markup("").join(parts))
