"""Parts of the site's drawings: scales, ticks, words in both languages, and the frame with its text for
screen readers.

Drawings are plain SVG made here: a page has up to a hundred of them and the site some 400 pages, and Vega
would draw five a second. A drawing has its words in both languages, of which the page shows one. Parts of
which a drawing has hundreds are f-strings with `escape`, for which `Markup.format` takes five times as long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

from jobs.methods.ranges import in_chinese
from jobs.reports.wording import Text, spoken

EMPTY = "#e9ebed"


@dataclass(frozen=True)
class Scale:
    """Maps values between ``low`` and ``high`` to positions between ``start`` and ``end``; values outside are
    placed at the nearest end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.start + (self.end - self.start) * min(max(share, 0.0), 1.0)


def ticks(high: float, most: int = 5) -> list[float]:
    """Return round steps from zero to at least ``high``: 1, 2 or 5 times a power of ten apart, at most
    ``most`` of them above zero. Where ``high`` is not a positive number, the steps are for 1."""
    if high <= 0 or not math.isfinite(high):
        high = 1.0
    power = 10.0 ** math.floor(math.log10(high / most))
    step = next(power * m for m in (1, 2, 5, 10, 20) if power * m * most >= high * (1 - 1e-9))
    return [step * n for n in range(math.ceil(high / step - 1e-9) + 1)]


def words(x: float, y: float, text: Text | str, *, anchor: str = "middle", kind: str = "") -> Markup:
    """Return a text at the point (x, y), as SVG in both languages where they differ. ``anchor``: which end of
    the text is at x (start, middle, end); ``kind``: a class that the style sheet knows."""
    both = (
        (("", text),)
        if isinstance(text, str)
        else (("", text.zh),)
        if text.zh == text.en
        else (("zh", in_chinese(text.zh)), ("en", text.en))
    )
    parts = []
    for language, said in both:
        names = " ".join(n for n in (language, kind) if n)
        attribute = f' class="{escape(names)}"' if names else ""
        parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{escape(anchor)}"{attribute}>{escape(said)}</text>'
        )
    return Markup("".join(parts))


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a straight line from (x1, y1) to (x2, y2). ``kind``: a class that the style sheet knows."""
    return Markup(f'<line class="{escape(kind)}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')


def path(points: list[tuple[float, float]], kind: str, *, closed: bool = False) -> Markup:
    """Return the points (x, y) joined by straight lines in their order; empty for fewer than two. ``closed``:
    whether the last is joined to the first; ``kind``: a class that the style sheet knows."""
    if len(points) < 2:
        return Markup("")
    steps = " ".join(f"{'M' if not n else 'L'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(points))
    return Markup('<path class="{}" d="{}{}"/>').format(kind, steps, "Z" if closed else "")


def tip(inner: Markup, said: Text | str) -> Markup:
    """Return the drawing ``inner`` with a text that is shown when it is pointed at. The same text has to be
    in a table, for keyboards and screen readers."""
    zh, en = (said, said) if isinstance(said, str) else said
    zh, en = escape(in_chinese(zh)), escape(en)
    return Markup(f'<g class="mark" data-zh="{zh}" data-en="{en}">{inner}</g>')


def frame(
    kind: str,
    width: float,
    height: float,
    summary: Text,
    inner: Markup,
    *,
    most: float = 1.3,
    role: str = "img",
) -> Markup:
    """Return the SVG element of a drawing with ``inner`` as its content. It fills its container, up to
    ``most`` times ``width``.

    ``kind``: classes that the style sheet knows; ``width``, ``height``: size of the coordinates; ``summary``:
    text for screen readers; ``role``: "group" where the drawing holds links, which an image may not.
    """
    return Markup(
        '<svg class="{}" viewBox="0 0 {:g} {:g}" role="{}" aria-label="{}" '
        'style="max-width:{:.0f}px">{}</svg>'
    ).format(kind, width, height, role, spoken(summary), width * most, inner)
