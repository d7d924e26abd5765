"""Find the header of a sheet, the rows with the names of its columns. It may be below titles, and may have
two rows where groups of columns have names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from jobs.ingest.draft.folding import fold
from jobs.ingest.draft.shapes import look

LOOKED_AT = 30  # rows in which the header is looked for
COLUMNS = 2000  # of a sheet, at most
_LONGEST = 60  # characters of a column's name
_DATA = ("credit code", "identity number", "barcode", "telephone", "address of a page", "number")
Rows = Sequence[Sequence[str | None]]
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]


class Header(NamedTuple):
    """The place of a header: its first row (from 0) and its number of rows."""

    row: int
    rows: int


def find_header(rows: Rows, merged: Merged, known: Callable[[str], bool]) -> Header | None:
    """Find the header of a sheet among its first LOOKED_AT rows; None where none of them is one.

    ``rows``: the first rows of the sheet, each a list of cells (None for an empty one); ``merged``: the first
    and last cell, as (row, column) from 0, of each merged range; ``known``: whether a folded name is in the
    vocabulary.
    """
    best: tuple[float, int] | None = None
    for at, row in enumerate(rows[:LOOKED_AT]):
        worth = _worth(row, _below(rows, at), known)
        if worth is not None and (best is None or worth > best[0]):
            best = (worth, at)
    if best is None:
        return None
    at = best[1]
    if _grouped(rows, merged, at):
        return Header(at, 2)
    return Header(at - 1, 2) if at and _grouped(rows, merged, at - 1) else Header(at, 1)


def _below(rows: Rows, at: int) -> Sequence[str | None]:
    return next((row for row in rows[at + 1 :] if any(map(_text, row))), ())


def _worth(
    row: Sequence[str | None], below: Sequence[str | None], known: Callable[[str], bool]
) -> float | None:
    cells = [text for text in map(_text, row[:COLUMNS]) if text]
    if len(cells) < 2 and (len(cells) != 1 or len(row) > 1):
        return None
    names = [cell for cell in cells if _name(cell)]
    familiar = sum(known(fold(cell).whole) or known(fold(cell).bare) for cell in names)
    if len(names) < 0.7 * len(cells):
        return None
    unlike = [text for text in map(_text, below[:COLUMNS]) if text and not _name(text)]
    alone = not any(map(_text, below))  # a file of names only
    if familiar < max(1, 0.2 * len(cells)) and not ((unlike or alone) and len(set(names)) == len(cells)):
        return None
    return 2.0 * familiar + 0.5 * len(set(names)) - 1.5 * (len(cells) - len(names))


def _grouped(rows: Rows, merged: Merged, at: int) -> bool:
    """Whether cells of a row are merged over some of its columns, with a name below each."""
    if at + 1 >= len(rows):
        return False
    width = max((i for i, cell in enumerate(rows[at + 1], 1) if _text(cell)), default=0)
    groups = [
        (left, right)
        for (first, left), (last, right) in merged
        if first == last == at and right > left and right - left + 1 < width
    ]
    below = [
        rows[at + 1][c] for left, right in groups for c in range(left, min(right + 1, len(rows[at + 1])))
    ]
    return bool(below) and all(_name(text) for text in map(_text, below))


def _text(cell: str | None) -> str:
    return (cell or "").strip()


@lru_cache(maxsize=65536)
def _name(text: str) -> bool:
    """Whether a cell may be a column's name: short, with a letter, and no value of a known kind."""
    if not text or len(text) > _LONGEST or "。" in text or not re.search(r"[^\W\d_]", text):
        return False
    shapes = look([text])
    return not shapes.dated and not any(shapes.share(kind) for kind in _DATA)
