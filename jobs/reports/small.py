"""Small SVG drawings for table cells: an interval on the axis of its column, a share as a bar, a signed bar,
one bar per delivery, and a metric over time. Sizes are in pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from jobs.reports.svg import Scale, ticks

WIDTH, HEIGHT = 320, 72
SPARK = (120, 24)
CELL = (190, 20)
BAR = (120, 14)
_PAD = 3.0


def cell_axis(
    high: float, *, text: Callable[[float], str] = lambda v: f"{v * 100:g}%"
) -> tuple[Scale, Markup]:
    """Return (scale, drawing) for a column of `interval_cell`: the scale that all its cells share, from zero
    to at least ``high``, and the drawing of its ticks for the column's head. ``text``: writes a tick; by
    default a share (0–1) as per cent."""
    steps = ticks(high, 4)
    scale = Scale(0, steps[-1], 8, CELL[0] - 16)
    labels = Markup("").join(
        Markup('<text x="{:.1f}" y="13" text-anchor="middle">{}</text>').format(scale(s), text(s))
        for s in steps
    )
    return scale, Markup(
        '<svg class="cell axis" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">{2}</svg>'
    ).format(*CELL, labels)


def interval_cell(
    scale: Scale,
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    hollow: bool = False,
    reference: float | None = None,
) -> Markup:
    """Return the drawing of a dot at ``value`` with a line from ``low`` to ``high``, and a thin line at
    ``reference`` (such as the nation's rate), all on ``scale``. A line that goes beyond the scale ends in an
    arrow. ``hollow``: draws a hollow diamond, for an estimate that also uses other units' data.

    Where ``value`` is None and ``high`` is given, only an upper limit is known: a line from zero that ends in
    a bar. Screen readers skip the drawing, as its figures are in a cell next to it.
    """
    middle = CELL[1] / 2
    parts = []
    if reference is not None:
        parts.append(
            Markup('<line class="ref" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>').format(
                scale(reference), CELL[1]
            )
        )
    if high is not None:
        start, end = scale(low or 0.0), scale(high)
        parts.append(
            Markup('<line class="{0}" x1="{1:.1f}" x2="{2:.1f}" y1="{3}" y2="{3}"/>').format(
                "span thin" if hollow else "span", start, end, middle
            )
        )
        if high > scale.high * (1 + 1e-9):
            arrow = Markup('<path class="cut" d="M{:.1f} {}v8l7 -4z"/>')
            parts.append(arrow.format(end, middle - 4))
        elif value is None:
            parts.append(
                Markup('<line class="span end" x1="{0:.1f}" x2="{0:.1f}" y1="4" y2="16"/>').format(end)
            )
    if value is not None:
        shape = (
            Markup('<path class="hollow" d="M{:.1f} {:.1f}l4.5 4.5l-4.5 4.5l-4.5 -4.5z"/>').format(
                scale(value), middle - 4.5
            )
            if hollow
            else Markup('<circle class="dot" cx="{:.1f}" cy="{}" r="4.5"/>').format(scale(value), middle)
        )
        parts.append(shape)
    return _cell("cell", *CELL, Markup("").join(parts))


def bar_cell(share: float | None, *, kind: str = "") -> Markup:
    """Return the drawing of a share (0–1; beyond that the outline is empty or full) as a filled part of an
    outline; no drawing for None. ``kind``: a further class for the style sheet."""
    if share is None:
        return Markup("")
    width, height = BAR
    inner = Markup(
        '<rect class="whole" x="0.5" y="0.5" width="{}" height="{}"/>'
        '<rect class="part" x="0.5" y="0.5" width="{:.1f}" height="{}"/>'
    ).format(width - 1, height - 1, (width - 1) * min(max(share, 0.0), 1.0), height - 1)
    return _cell(f"cell share {kind}".strip(), width, height, inner)


def signed_cell(points: float, most: float) -> Markup:
    """Return the drawing of ``points`` as a bar to the right of the middle if positive, to the left if
    negative. ``most``: the largest absolute value in the column, which fills half of the width."""
    width, height = BAR
    middle = width / 2
    long = (middle - 2) * min(abs(points) / (most or 1.0), 1.0)
    inner = Markup(
        '<line class="ref" x1="{0}" x2="{0}" y1="0" y2="{1}"/><rect class="{2}" x="{3:.1f}" y="2" '
        'width="{4:.1f}" height="{5}"/>'
    ).format(
        middle,
        height,
        "more" if points >= 0 else "less",
        middle if points >= 0 else middle - long,
        long,
        height - 4,
    )
    return _cell("cell signed", width, height, inner)


def _cell(kind: str, width: float, height: float, inner: Markup) -> Markup:
    """Return a drawing that screen readers skip, as its figures are in the same row."""
    return Markup(
        '<svg class="{0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}" aria-hidden="true">{3}</svg>'
    ).format(kind, width, height, inner)


def bars(
    values: Sequence[float],
    titles: Sequence[str],
    summary: str,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Markup:
    """Return the drawing of one bar per delivery, in the given order from left to right, with lines at the
    agreed minimum ``low`` and maximum ``high``; a maximum of more than three times the largest value has no
    line. ``values``: at least one number; ``titles``: the tooltip of each bar; ``summary``: text for screen
    readers."""
    top = max([*values, low or 0, high if high is not None and high <= 3 * max(values) else 0, 1])
    step = (WIDTH - 2 * _PAD) / len(values)
    wide = min(step * 0.7, 28)

    def y(value: float) -> float:
        return HEIGHT - _PAD - (HEIGHT - 2 * _PAD) * value / top

    parts = []
    for number, (value, title) in enumerate(zip(values, titles, strict=True)):
        x = _PAD + step * number + (step - wide) / 2
        parts.append(
            Markup(
                '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" '
                'height="{:.1f}"><title>{}</title></rect>'
            ).format(x, y(value), wide, max(HEIGHT - _PAD - y(value), 1), title)
        )
    for limit in (low, high):
        if limit is not None and limit <= top:
            line = Markup('<line class="limit" x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
            parts.append(line.format(WIDTH, y(limit), y(limit)))
    return _svg("bars", WIDTH, HEIGHT, summary, Markup("").join(parts))


def spark(values: Sequence[float], summary: str) -> Markup:
    """Return the drawing of a metric over time as a line that ends in a dot; equal values are a line in the
    middle. ``values``: at least one, the oldest first; ``summary``: text for screen readers."""
    width, height = SPARK
    low, high = min(values), max(values)
    spread = high - low

    def point(number: int, value: float) -> tuple[float, float]:
        x = _PAD + (width - 2 * _PAD) * number / max(len(values) - 1, 1)
        share = (value - low) / spread if spread else 0.5
        return x, height - _PAD - (height - 2 * _PAD) * share

    points = [point(n, v) for n, v in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    inner = Markup('<polyline points="{}"/><circle cx="{:.1f}" cy="{:.1f}" r="2.2"/>').format(
        path, *points[-1]
    )
    return _svg("spark", width, height, summary, inner)


def _svg(kind: str, width: int, height: int, summary: str, inner: Markup) -> Markup:
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(kind, width, height, width, height, summary, inner)
