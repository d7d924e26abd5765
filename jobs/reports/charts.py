"""The site's three charts: a trend, a ranking with intervals, a tile map of provinces. None pools designs. The
only words are names, so that a trend is drawn once and the others once per language.
"""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from jobs.reports.drawing import COLOUR, EMPTY, INK, MUTED, RAMP, draw, unchecked
from jobs.reports.figures import Line
from jobs.reports.numbers import missing
from jobs.reports.wording import Text

_LANGUAGES = ("zh", "en")


@unchecked()
def trend(points: list[dict], colour: str, summary: str, *, axis: str = ".0%", nation: list[dict] | None = None) -> Markup | None:
    """Months as rings with limits, windows of months as a line in its band; ``nation``: its windows as a grey line.

    ``points``: see figures.series; ``axis``: the D3 format of rates. None where nothing is reliable enough to draw.
    """
    if not points:
        return None
    x = alt.X(
        "month:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format="%Y-%m", grid=False, labelOverlap=True, tickCount=5, labelFlush=False, labelPadding=10),
    )
    y = alt.Y("rate:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(format=axis, tickCount=5))
    rolling = alt.Chart(alt.Data(values=[p for p in points if p["kind"] == "window"]))
    months = alt.Chart(alt.Data(values=[p for p in points if p["kind"] == "month"]))
    layers = [
        rolling.mark_area(color=colour, opacity=0.18, aria=False).encode(x=x, y="low:Q", y2="high:Q"),
        months.mark_rule(color=colour, opacity=0.35, aria=False).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
    ]
    if nation:
        grey = alt.Chart(alt.Data(values=[p for p in nation if p["kind"] == "window"]))
        layers.append(grey.mark_line(color=MUTED, strokeDash=[5, 4], strokeWidth=1.5, aria=False).encode(x=x, y=y))
    layers += [
        rolling.mark_line(color=colour, strokeWidth=2.5, aria=False).encode(x=x, y=y),
        rolling.mark_point(color=colour, filled=True, size=22, opacity=1).encode(x=x, y=y, description="text:N"),
        months.mark_point(color=colour, fill="white", size=36, opacity=1, strokeWidth=1.5).encode(x=x, y=y, description="text:N"),
    ]
    return draw(alt.layer(*layers).properties(width=370, height=210), summary)


@dataclass(frozen=True)
class Mark:
    """One unit of a ranking: its rate with limits, as a number and as shown; ``spoken``: what the mark says when pointed at."""

    code: str
    name: Text
    rate: float
    low: float
    high: float
    shown: Text
    spoken: Text


def ranking(lines: list[Line], design: str, summary: Text, *, nation: Line | None = None) -> Text | None:
    """Reliable units from the highest rate down, each with its limits; ``nation``: its rate, dashed. One SVG per language."""
    marks = [
        Mark(
            line.code, line.name, line.row["rate"], 0.0 if missing(line.row["ci_low"]) else line.row["ci_low"], line.row["ci_high"],
            line.rate, Text(_spoken(line, "zh"), _spoken(line, "en")),
        )
        for line in lines if line.reliable
    ]
    return intervals(marks, COLOUR[design], summary, reference=nation.row["rate"] if nation is not None and nation.reliable else None)


@unchecked()
def intervals(marks: list[Mark], colour: str, summary: Text, *, axis: str = ".0%", reference: float | None = None) -> Text | None:
    """Units in the order given, each as a dot in its interval; ``reference``: a rate to compare with, dashed. One SVG per language."""
    if not marks:
        return None
    return Text(*(_intervals(marks, colour, language, getattr(summary, language), axis, reference) for language in _LANGUAGES))


def _intervals(marks: list[Mark], colour: str, language: str, summary: str, axis: str, reference: float | None) -> Markup:
    values = [
        {
            "code": mark.code,
            "name": getattr(mark.name, language),
            "rate": mark.rate,
            "high": mark.high,
            "low": mark.low,
            "shown": getattr(mark.shown, language),
            "text": getattr(mark.spoken, language),
        }
        for mark in marks
    ]
    width = 200
    base = alt.Chart(alt.Data(values=values)).encode(y=alt.Y("code:N", sort=None, axis=None))
    x = alt.X(
        "rate:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(format=axis, orient="top", tickCount=4, labelFlush=False)
    )
    layers = [
        base.mark_rule(color=colour, strokeWidth=3, opacity=0.35, strokeCap="round", aria=False).encode(
            x=alt.X("low:Q"), x2="high:Q"
        )
    ]
    if reference is not None:
        grey = alt.Chart(alt.Data(values=[{"rate": reference}]))
        layers.append(grey.mark_rule(color=MUTED, strokeDash=[5, 4], aria=False).encode(x=x))
    layers += [
        base.mark_point(color=colour, filled=True, size=70, opacity=1).encode(x=x, description="text:N"),
        base.mark_text(align="right", aria=False, limit=170, fontSize=12.5).encode(x=alt.value(-8), text="name:N"),
        base.mark_text(align="left", aria=False, color=INK).encode(x=alt.value(width + 10), text="shown:N"),
    ]
    return draw(alt.layer(*layers).properties(width=width, height=alt.Step(22)), summary)


@unchecked()
def tile_map(tiles: list[dict], design: str, summary: Text) -> Text:
    """Provinces as equal squares, a grey base under all of them, coloured where the rate is reliable. One SVG per language.

    ``tiles``: row, col, names (Text), line (Line or None), href of the province's page.
    """
    return Text(*(_tile_map(tiles, design, language, getattr(summary, language)) for language in _LANGUAGES))


def _tile_map(tiles: list[dict], design: str, language: str, summary: str) -> Markup:
    highest = max((t["line"].row["rate"] for t in tiles if t["line"] and t["line"].reliable), default=0.0) or 0.01
    values = [_tile(t, language, highest) for t in tiles]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("col:O", axis=None), y=alt.Y("row:O", axis=None), href="href:N", description="text:N"
    )
    known = base.transform_filter("isValid(datum.rate)")
    legend = alt.Legend(orient="bottom", title=None, format=".0%", gradientLength=190, gradientThickness=8, tickCount=4)
    colour = alt.Color(
        "rate:Q",
        scale=alt.Scale(domain=[0, highest], range=RAMP[design], interpolate="lab"),
        legend=legend if any(v["rate"] is not None for v in values) else None,
    )
    ink = alt.condition("datum.dark", alt.value("white"), alt.value(INK))
    square = {"cornerRadius": 3, "stroke": "white", "strokeWidth": 2}
    layers = [
        base.mark_rect(fill=EMPTY, **square),
        known.mark_rect(**square).encode(color=colour),
        base.transform_filter("!isValid(datum.rate)").mark_text(fontSize=11.5, color=MUTED, aria=False).encode(text="name:N"),
        known.mark_text(dy=-6, fontSize=11.5, aria=False).encode(text="name:N", color=ink),
        known.mark_text(dy=9, fontSize=10, aria=False).encode(text="shown:N", color=ink),
    ]
    return draw(alt.layer(*layers).properties(width=alt.Step(38), height=alt.Step(38)), summary)


def _tile(tile: dict, language: str, highest: float) -> dict:
    line = tile["line"]
    known = line is not None and line.reliable
    rate = line.row["rate"] if known else None
    dark = known and rate > 0.55 * highest
    shown = getattr(line.rate, language) if known else ""
    if known and line.row["n_nonconforming"] == 0:
        shown = "0"
    names = tile["names"]
    full = getattr(tile["full"], language)
    return {
        "row": tile["row"],
        "col": tile["col"],
        "name": getattr(names, language),
        "rate": rate,
        "shown": shown.rstrip("%"),
        "dark": dark,
        "href": tile["href"],
        "text": _spoken(line, language) if line else full,
    }


def _spoken(line: Line, language: str) -> str:
    """What a mark says when pointed at or read aloud."""
    return f"{getattr(line.name, language)}: {getattr(line.rate, language)} ({line.interval}), n = {line.judged}"
