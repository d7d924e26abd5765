"""Draws how well scores predict failures: goods are sorted by score and cut into tenths, and each tenth's
predicted failing share is drawn beside the observed one."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from jobs.reports.svg import Scale, frame, line, path, ticks, tip, words
from jobs.reports.wording import Text

SIZE = (460, 270)
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 44


@dataclass(frozen=True)
class Tenth:
    """One tenth of the scores. ``code``: 1 for the lowest scores to 10; ``predicted``, ``observed``, ``low``,
    ``high``: shares (0–1); ``said``: the same in words."""

    code: str
    predicted: float
    observed: float
    low: float
    high: float
    said: Text


def tenths(rows: list[Tenth], whole: float, summary: Text) -> Markup:
    """Return the drawing of the tenths, in the given order from left to right: observed shares as dots with
    their limits, predicted ones as a line, and the share of all (``whole``, 0–1) as a level line. ``rows``:
    at least one, the lowest scores first; ``summary``: text for screen readers."""
    width, height = SIZE
    steps = ticks(max([r.high for r in rows] + [r.predicted for r in rows]))
    x = Scale(-0.5, len(rows) - 0.5, _LEFT, width - _RIGHT)
    y = Scale(0, steps[-1], height - _BOTTOM, _TOP)
    parts = [
        line(_LEFT, y(s), width - _RIGHT, y(s), "grid")
        + words(_LEFT - 6, y(s) + 4, f"{s * 100:g}%", anchor="end", kind="axis")
        for s in steps
    ]
    parts.append(line(_LEFT, y(whole), width - _RIGHT, y(whole), "centre"))
    parts.append(path([(x(i), y(r.predicted)) for i, r in enumerate(rows)], "outer"))
    for i, r in enumerate(rows):
        parts.append(words(x(i), height - 28, str(int(r.code)), kind="axis"))
        spot = Markup('<circle class="spot" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(x(i), y(r.observed))
        parts.append(tip(line(x(i), y(r.low), x(i), y(r.high), "inner") + spot, r.said))
    axis = Text("得分十分位组（第10组最高）", "tenth of the scores, 10 the highest")
    parts.append(words((_LEFT + width) / 2, height - 8, axis, kind="axis"))
    return frame("chart funnel", width, height, summary, Markup("").join(parts))
