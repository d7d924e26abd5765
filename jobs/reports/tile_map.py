"""A map of provinces as equal squares. A square is coloured only where the province differs from the nation
by more than chance."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from jobs.reports.svg import EMPTY, frame, tip, words
from jobs.reports.wording import Text

TILE = 42
WORSE, BETTER, ALIKE = "worse", "better", "alike"
FEW, HIDDEN, NONE = "few", "hidden", "none"  # too few batches or orders, confidential, no data
# Okabe and Ito's orange and blue, light enough for dark letters; a sign says the same as the colour.
_FILL = {WORSE: "#f0b27a", BETTER: "#8fc1e3", ALIKE: "#f1f3f5", FEW: EMPTY, HIDDEN: EMPTY, NONE: EMPTY}
_SIGN = {WORSE: "▲", BETTER: "▼"}


@dataclass(frozen=True)
class Tile:
    """The square of one province. ``row``, ``col``: its place on the map; ``shown``: its value, short;
    ``standing``: how it compares with the nation, as `standing` gives it, or HIDDEN where that is
    confidential; ``said``: the text shown when pointed at; ``href``: the province's page."""

    row: int
    col: int
    name: Text
    shown: str
    standing: str
    said: Text
    href: str


def standing(
    value: float | None,
    low: float | None,
    high: float | None,
    nation: float | None,
    *,
    few: bool = False,
    more_is_worse: bool = True,
) -> str:
    """Return how a unit compares with the nation: BETTER or WORSE where its interval (``low`` to ``high``)
    excludes the nation's value, else ALIKE, also where ``nation`` is None; a missing limit excludes nothing.
    FEW where ``few`` is true (too few batches), NONE where ``value`` is None. ``more_is_worse``: whether
    larger values are worse."""
    if few:
        return FEW
    if value is None:
        return NONE
    if nation is None:
        return ALIKE
    if low is not None and low > nation:
        return WORSE if more_is_worse else BETTER
    if high is not None and high < nation:
        return BETTER if more_is_worse else WORSE
    return ALIKE


def tile_map(tiles: list[Tile], design: str, summary: Text) -> Markup:
    """Return the drawing of the map, with a square for each tile (at least one). ``design``: class of the
    drawing for the style sheet; ``summary``: text for screen readers. Squares are links for the pointer only:
    the table of figures has the same links for the keyboard."""
    top, left = min(t.row for t in tiles), min(t.col for t in tiles)
    parts = []
    for t in tiles:
        x, y = (t.col - left) * TILE, (t.row - top) * TILE
        ink = "none" if t.standing in (FEW, HIDDEN, NONE) else "dark"
        square = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="3" fill="{}"/>').format(
            x + 1, y + 1, TILE - 2, TILE - 2, _FILL[t.standing]
        )
        middle = x + TILE / 2
        drawn = square + words(middle, y + (18 if t.shown else 25), t.name, kind=f"tile {ink}")
        if t.shown:
            shown = _SIGN.get(t.standing, "") + t.shown
            drawn += words(middle, y + 34, shown, kind=f"tile small {ink}")
        parts.append(tip(Markup('<a tabindex="-1" href="{}">{}</a>').format(t.href, drawn), t.said))
    width = (max(t.col for t in tiles) - left + 1) * TILE
    height = (max(t.row for t in tiles) - top + 1) * TILE
    return frame(f"chart tilemap {design}", width, height, summary, Markup("").join(parts), role="group")
