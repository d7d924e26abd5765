"""Word-sized drawings: deliveries as bars, a metric over runs as a line. Plain SVG: a page holds dozens, which vl-convert would
draw a second for every ten."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 320, 72
SPARK = (120, 24)
_PAD = 3.0


def bars(values: Sequence[float], titles: Sequence[str], summary: str, *, low: float | None = None, high: float | None = None) -> Markup:
    """One bar a delivery from left to right, with dashed lines at the agreed least and most; ``titles``: what each bar says."""
    top = max([*values, low or 0, high if high is not None and high <= 3 * max(values) else 0, 1])
    step = (WIDTH - 2 * _PAD) / len(values)
    wide = min(step * 0.7, 28)

    def y(value: float) -> float:
        return HEIGHT - _PAD - (HEIGHT - 2 * _PAD) * value / top

    parts = []
    for number, (value, title) in enumerate(zip(values, titles, strict=True)):
        x = _PAD + step * number + (step - wide) / 2
        parts.append(
            Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>').format(
                x, y(value), wide, max(HEIGHT - _PAD - y(value), 1), title
            )
        )
    for limit in (low, high):
        if limit is not None and limit <= top:
            line = Markup('<line class="limit" x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
            parts.append(line.format(WIDTH, y(limit), y(limit)))
    return _svg("bars", WIDTH, HEIGHT, summary, Markup("").join(parts))


def spark(values: Sequence[float], summary: str) -> Markup:
    """A metric over runs, oldest first, as a line that ends in a dot; an even one lies in the middle."""
    width, height = SPARK
    low, high = min(values), max(values)
    spread = high - low

    def point(number: int, value: float) -> tuple[float, float]:
        x = _PAD + (width - 2 * _PAD) * number / max(len(values) - 1, 1)
        share = (value - low) / spread if spread else 0.5
        return x, height - _PAD - (height - 2 * _PAD) * share

    points = [point(n, v) for n, v in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    inner = Markup('<polyline points="{}"/><circle cx="{:.1f}" cy="{:.1f}" r="2.2"/>').format(path, *points[-1])
    return _svg("spark", width, height, summary, inner)


def _svg(kind: str, width: int, height: int, summary: str, inner: Markup) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, height, width, height, summary, inner
    )
