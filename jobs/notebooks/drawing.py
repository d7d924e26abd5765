"""Charts of notebooks as plain SVG without a style sheet, so that they look the same in Jupyter and on the
page of the executed notebook, where they scroll in their box on a phone. Each function takes a DataFrame and
the names of the columns to draw, and returns an IPython HTML object, which a notebook shows where it is the
value of a cell. Names of more than LONGEST characters are cut."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from IPython.display import HTML
from markupsafe import Markup

from jobs.methods.rounding import fixed, half_up
from jobs.reports.numbers import at_least_some, minus
from jobs.reports.svg import Scale

BLUE, ORANGE, GREY, GRID = (
    "#0072B2",
    "#B5500B",
    "#5f6b76",
    "#e3e6e9",
)  # Okabe and Ito: distinguishable with any common colour blindness
FONT = "Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
NAMES, WIDTH, STEP, HEIGHT = 290, 430, 24, 230
LONGEST = 40  # characters of a name: its Chinese with its English beside


def intervals(
    rows: pd.DataFrame,
    *,
    name: str,
    value: str,
    low: str,
    high: str,
    title: str,
    share: bool = True,
    reference: float | None = None,
) -> HTML:
    """Draw a horizontal chart with a dot and its interval for each row of ``rows``, from top to bottom in
    the order of rows.

    ``rows``: at least one row per thing to compare, such as a platform. ``name`` (text beside the dot),
    ``value`` (number), ``low`` and ``high`` (limits of the interval): names of its columns. A missing lower
    limit is drawn at 0, or at the value where that is below 0; a missing upper limit is drawn at the value.
    ``title``: text below the chart. ``share``: whether the numbers are shares (0–1): the axis then begins at
    0 and shows per cent. ``reference``: a value to compare with, drawn as a dashed vertical line. Raises
    ValueError where no row has a value.
    """
    lows, highs = rows[low].fillna(rows[value].clip(upper=0)), rows[high].fillna(rows[value])
    bottom = 0.0 if share else float(min(lows.min(), rows[value].min()))
    steps = _steps(bottom, float(max(highs.max(), rows[value].max())))
    x = Scale(steps[0], steps[-1], NAMES, NAMES + WIDTH)
    height = STEP * len(rows) + 40
    parts = _vertical(steps, x, height - 34, share)
    if reference is not None:
        parts.append(_line(x(reference), 0, x(reference), height - 34, GREY, dash="5 4"))
    for n, (label, v, a, b) in enumerate(zip(rows[name], rows[value], lows, highs, strict=True)):
        y = STEP * n + STEP / 2
        dot = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4.5" fill="{}"/>').format(x(v), y, BLUE)
        parts += [
            _text(NAMES - 8, y + 4, _cut(label), "end"),
            _line(x(a), y, x(b), y, BLUE, width=5, opacity=0.35),
            dot,
        ]
    return _frame(parts, height, title)


def band(
    rows: pd.DataFrame,
    *,
    when: str,
    value: str,
    low: str,
    high: str,
    title: str,
    share: bool = True,
    axis: str = "date",
) -> HTML:
    """Draw a line over time, or over a number, with the band of its interval.

    ``rows``: one row per point, at least two (of one alone no line shows), in the order of the column
    ``when``: dates, or numbers where ``axis`` is not `date`. ``value`` (the line), ``low`` and ``high``
    (limits of the band): names of columns of numbers. A missing lower limit is drawn at the bottom of the
    axis; values and upper limits must not be missing. ``title``: text below the chart. ``share``: whether the
    numbers are shares (0–1): the axis then begins at 0 and shows per cent. Raises ValueError where there are
    no rows."""
    places = [pd.Timestamp(w).toordinal() if axis == "date" else float(w) for w in rows[when]]
    bottom = 0.0 if share else float(rows[low].min())
    steps = _steps(bottom, float(rows[high].max()))
    x, y = Scale(min(places), max(places), 50, NAMES + WIDTH), Scale(steps[0], steps[-1], HEIGHT - 40, 8)
    parts = [
        _line(50, y(s), NAMES + WIDTH, y(s), GRID) + _text(44, y(s) + 4, _shown(s, share), "end", GREY)
        for s in steps
    ]
    upper = [(x(p), y(v)) for p, v in zip(places, rows[high], strict=True)]
    lower = [(x(p), y(v)) for p, v in zip(places, rows[low].fillna(bottom), strict=True)]
    middle = [(x(p), y(v)) for p, v in zip(places, rows[value], strict=True)]
    parts.append(Markup('<path d="{}Z" fill="{}" opacity="0.18"/>').format(_path(upper + lower[::-1]), BLUE))
    parts.append(
        Markup('<path d="{}" fill="none" stroke="{}" stroke-width="2.5"/>').format(_path(middle), BLUE)
    )
    every = max(1, math.ceil(len(places) / 6))
    for place, label in list(zip(places, rows[when], strict=True))[::every]:
        parts.append(
            _text(
                x(place),
                HEIGHT - 22,
                f"{pd.Timestamp(label):%Y-%m}" if axis == "date" else _shown(label, False),
                "middle",
                GREY,
            )
        )
    return _frame(parts, HEIGHT, title)


def bars(rows: pd.DataFrame, *, name: str, value: str, title: str) -> HTML:
    """Draw a horizontal bar for each row of ``rows``, from top to bottom in the order of rows.

    ``rows``: at least one. ``name`` (text beside the bar) and ``value`` (number, none missing): names of its
    columns. Bars begin at zero: positive values go to the right in blue, negative ones to the left in orange.
    ``title``: text below the chart."""
    steps = _steps(min(0.0, float(rows[value].min())), max(0.0, float(rows[value].max())))
    x = Scale(steps[0], steps[-1], NAMES, NAMES + WIDTH)
    height = STEP * len(rows) + 40
    parts = _vertical(steps, x, height - 34, False)
    for n, (label, v) in enumerate(zip(rows[name], rows[value], strict=True)):
        y, left = STEP * n + 4, min(x(0), x(v))
        box = Markup('<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" fill="{}"/>')
        parts += [
            _text(NAMES - 8, y + 12, _cut(label), "end"),
            box.format(left, y, abs(x(v) - x(0)), STEP - 8, BLUE if v >= 0 else ORANGE),
        ]
    return _frame([*parts, _line(x(0), 0, x(0), height - 34, GREY)], height, title)


def weekly(rows: pd.DataFrame, *, when: str, value: str, line: str, marked: str, title: str) -> HTML:
    """Draw a bar for each week and a dashed line of the expected values, to show in which weeks a count is
    unusual.

    ``rows``: one row per week, in order of time, at least one. Names of its columns: ``when`` (a date in the
    week, written below the bar), ``value`` (the count: height of the bar), ``line`` (the expected count;
    where it is missing the line has no point), ``marked`` (bool: such weeks are orange, with a triangle
    above). ``title``: text below the chart.
    """
    values, expected = rows[value].astype(float), rows[line].astype(float)
    steps = _steps(0.0, 1.15 * max(float(values.max()), float(expected.fillna(0).max()), 1.0))
    y = Scale(steps[0], steps[-1], HEIGHT - 40, 8)
    wide = (NAMES + WIDTH - 50) / len(rows)
    parts = [
        _line(50, y(s), NAMES + WIDTH, y(s), GRID) + _text(44, y(s) + 4, _shown(s, False), "end", GREY)
        for s in steps
    ]
    box = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>')
    every = max(1, math.ceil(len(rows) / 8))
    for n, (day, v, alarm) in enumerate(zip(rows[when], values, rows[marked], strict=True)):
        x = 50 + wide * n
        parts.append(box.format(x + 1, y(v), wide - 2, y(0) - y(v), ORANGE if alarm else BLUE))
        if alarm:
            parts.append(_text(x + wide / 2, y(v) - 4, "▼", "middle", ORANGE))
        if n % every == 0:
            parts.append(_text(x + wide / 2, HEIGHT - 22, f"{pd.Timestamp(day):%m-%d}", "middle", GREY))
    points = [(50 + wide * (n + 0.5), y(v)) for n, v in enumerate(expected) if not math.isnan(v)]
    dashed = Markup('<path d="{}" fill="none" stroke="#222222" stroke-width="2" stroke-dasharray="5 4"/>')
    return _frame([*parts, dashed.format(_path(points))], HEIGHT, title)


def funnel(
    rows: pd.DataFrame, *, name: str, size: str, value: str, marked: str, title: str, up: str, target: float
) -> HTML:
    """Draw a funnel plot: a dot for each row of ``rows`` by its size (across) and value (up), between control
    limits that narrow as sizes rise; dashed those of 95%, drawn through those of 99.8%.

    ``rows``: at least one, with the columns low95, high95, low998 and high998, limits of its value
    (`jobs.methods.funnel`). Names of its columns: ``name`` (text that a pointer shows), ``size``, ``value``
    (numbers), ``marked`` (bool: such dots are orange triangles with their name). ``title``: what the size is
    called, below the chart; ``up``: what the value is called; ``target``: the value of all together.
    """
    ordered = rows.sort_values(size)
    across = _steps(0.0, float(ordered[size].max()))
    highest = max(float(ordered[value].max()), float(ordered["high998"].median()), target)
    steps = _steps(0.0, highest)
    x, y = Scale(across[0], across[-1], 50, NAMES + WIDTH), Scale(steps[0], steps[-1], HEIGHT - 40, 22)
    parts = [
        _line(50, y(s), NAMES + WIDTH, y(s), GRID) + _text(44, y(s) + 4, _shown(s, False), "end", GREY)
        for s in steps
    ]
    parts += [_text(x(s), HEIGHT - 22, _shown(s, False), "middle", GREY) for s in across]
    parts += [_line(50, y(target), NAMES + WIDTH, y(target), GREY), _text(50, 12, up, "start")]
    for edge, dash in (("low95", "5 4"), ("high95", "5 4"), ("low998", "none"), ("high998", "none")):
        points = [(x(a), y(min(b, steps[-1]))) for a, b in zip(ordered[size], ordered[edge], strict=True)]
        edges = Markup('<path d="{}" fill="none" stroke="{}" stroke-dasharray="{}"/>')
        parts.append(edges.format(_path(points), GREY, dash))
    columns = (ordered[c] for c in (name, size, value, marked))
    for label, a, b, beyond in zip(*columns, strict=True):
        spot = (
            _text(x(a), y(b) + 5, "▲", "middle", ORANGE) + _text(x(a) + 9, y(b) + 4, _cut(label), "start")
            if beyond
            else Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4.5" fill="{}"/>').format(x(a), y(b), BLUE)
        )
        said = Markup("<title>{}</title>").format(f"{label}: {at_least_some(a)}, {fixed(b, 2)}")
        parts.append(Markup("<g>{}{}</g>").format(said, spot))
    return _frame(parts, HEIGHT, title)


def _steps(low: float, high: float) -> list[float]:
    """Return about five round numbers at even steps, from at most ``low`` to at least ``high``."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 5))
    step = next(power * m for m in (1, 2, 5, 10) if power * m * 5 >= span * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * n for n in range(first, max(last, first + 1) + 1)]


def _vertical(steps: Sequence[float], x: Scale, height: float, share: bool) -> list[Markup]:
    return [
        _line(x(s), 0, x(s), height, GRID) + _text(x(s), height + 15, _shown(s, share), "middle", GREY)
        for s in steps
    ]


def _shown(value: float, share: bool) -> str:
    if share:
        return minus(f"{100 * value:g}%")
    text = f"{half_up(value, places=6):,f}".rstrip("0").rstrip(".")
    return minus("0" if text == "-0" else text)


def _cut(label: object) -> str:
    text = str(label)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    colour: str,
    *,
    width: float = 1,
    opacity: float = 1,
    dash: str = "",
) -> Markup:
    line = (
        '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="{}" '
        'opacity="{}" stroke-dasharray="{}"/>'
    )
    return Markup(line).format(x1, y1, x2, y2, colour, width, opacity, dash or "none")


def _text(x: float, y: float, said: str, anchor: str, colour: str = "#222222") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}">{}</text>').format(
        x, y, anchor, colour, said
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(points))


def _frame(parts: Sequence[Markup], height: float, title: str) -> HTML:
    width = NAMES + WIDTH + 20
    head = Markup(
        '<div class="pan" tabindex="0" role="region" aria-label="{}"><svg viewBox="0 0 {} {}" role="img" '
        'aria-label="{}" style="max-width:{}px" font-family="{}" font-size="12">'
    )
    inner = [*parts, _text(NAMES + WIDTH / 2, height - 2, title, "middle")]
    drawn = head.format(title, width, height, title, width, FONT) + Markup("").join(inner)
    return HTML(drawn + Markup("</svg></div>"))
