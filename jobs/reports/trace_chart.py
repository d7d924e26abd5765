"""Draws the trace of one batch: the chain of records from the batch to its listing, shop and operator, and to
its producer and industrial clusters; how certain each link is; and where the chain ends for lack of data."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from jobs.reports.numbers import chance
from jobs.reports.svg import frame, path, words
from jobs.reports.wording import Text

BOX, HIGH, GAP, ROW = 190, 62, 58, 112
_PLACES = {"batch": (0, 0), "listing": (1, 0), "shop": (2, 0), "operator": (3, 0), "producer": (2, 1)}
_BROKEN, _SURE = "#fdeeee", "#eef4f9"


@dataclass(frozen=True)
class Hop:
    """One hop of the trace, drawn as a box. ``hop``: which it is (batch, listing, shop, operator, producer or
    cluster); ``kind``: what it is called; ``name``: of the record that was reached; ``above``: the hop from
    which that was reached, None for the batch and where no record was reached; ``chance``: probability of the
    link (0–1), None for a certain one; ``broken``: why no record was reached, None where one was."""

    hop: str
    kind: Text
    name: Text
    above: str | None
    chance: float | None
    broken: Text | None


def trace_graph(hops: list[Hop], summary: Text) -> Markup:
    """Return the drawing (SVG) of a trace: from left to right the boxes of batch, listing, shop and operator
    in the first row; below the shop the producer, and to its right, below the operator, its clusters one
    under the other. ``hops``: at most one with each `Hop.hop` but `cluster`; ``summary``: text for screen
    readers.

    A solid line is a certain link, a dashed one a probable link, with its probability. A hop without a record
    is a box with a dashed border and the reason; no line leads to it.
    """
    where = dict(_PLACES)
    clusters = [h for h in hops if h.hop == "cluster"]
    placed = [(h, where[h.hop]) for h in hops if h.hop != "cluster"]
    placed += [(h, (3, 1 + n)) for n, h in enumerate(clusters)]
    rows = max((at[1] for _, at in placed), default=0) + 1
    parts = [_link(h, at, where) for h, at in placed if h.above is not None]
    parts += [_box(h, at) for h, at in placed]
    width, height = 4 * BOX + 3 * GAP + 2, (rows - 1) * ROW + HIGH + 2
    return frame("chart trace", width, height, summary, Markup("").join(parts), most=1.0)


def _corner(at: tuple[int, int]) -> tuple[float, float]:
    return 1 + at[0] * (BOX + GAP), 1 + at[1] * ROW


def _link(hop: Hop, at: tuple[int, int], where: dict[str, tuple[int, int]]) -> Markup:
    assert hop.above is not None, "only a hop that was reached has a link"
    x0, y0 = _corner(where[hop.above])
    x1, y1 = _corner(at)
    end = (x1, y1 + HIGH / 2)
    # Along a row from side to side, else down from the box and along its row, so that no box is crossed.
    level = where[hop.above][1] == at[1]
    points = [(x0 + BOX, end[1]), end] if level else [(x0 + BOX / 2, y0 + HIGH), (x0 + BOX / 2, end[1]), end]
    drawn = path(points, "outer" if hop.chance is None else "inner")
    head = Markup('<path fill="#5b6670" d="M{0:.1f} {1:.1f}l-7 -4v8Z"/>').format(*end)
    if hop.chance is None:
        return drawn + head
    return drawn + head + words((points[-2][0] + end[0]) / 2, end[1] - 6, chance(hop.chance), kind="axis")


def _box(hop: Hop, at: tuple[int, int]) -> Markup:
    x, y = _corner(at)
    rect = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{}" height="{}" rx="4" fill="{}" stroke="{}"{}/>'
    ).format(
        x,
        y,
        BOX,
        HIGH,
        _BROKEN if hop.broken else _SURE,
        "#a32a2a" if hop.broken else "#5b6670",
        Markup(' stroke-dasharray="5 4"') if hop.broken else "",
    )
    said = hop.broken or hop.name
    middle = x + BOX / 2
    return (
        rect
        + words(middle, y + 22, hop.kind, kind="axis")
        + words(middle, y + 44, Text(_cut(said.zh), _cut(said.en)), kind="named")
    )


def _cut(text: str) -> str:
    """Cut the text to what fits into a box; Latin letters and digits are half as wide as Chinese
    characters."""
    most = 25
    width, kept = 0, 0
    for kept, letter in enumerate(text, 1):
        width += 2 if ord(letter) > 0x2E80 else 1
        if width > most:
            return text[: kept - 1] + "…"
    return text[:kept]
