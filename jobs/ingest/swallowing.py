"""Cells of CSV that extend over several lines. Each is either text that somebody wrote, or records that a
quote which is not closed has swallowed, made part of one cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jobs.ingest.model import Feed, Reason
from jobs.plurals import plural

SWALLOWED = Reason(
    "一个单元格含有看似其他记录的行（引号是否不成对？）",
    "has a cell with lines that look like records (is a quote unbalanced?)",
)


def may_swallow(cell: str, place: int, width: int, delimiter: str) -> bool:
    """Whether a cell over several lines could be the rest of one record, whole records and the start of
    another: each line has just the number of delimiters for that. ``place``: position of the cell in its
    record, from 0; ``width``: number of columns."""
    if width < 2 or delimiter not in cell:
        return False
    first, *inner, last = (line.count(delimiter) for line in cell.split("\n"))
    return first == width - 1 - place and last == place and all(n == width - 1 for n in inner)


class Swallowing:
    """Distinguishes cells that certainly hold records from cells that only could. ``names``: the column names
    of the file; ``kept``: number of records with a cell that only could, which are taken as they are;
    ``first``: the number of the first of these."""

    def __init__(self, names: Sequence[str], feed: Feed):
        self._width, self._delimiter, self._quote = len(names), feed.options.delimiter, feed.options.quote
        marking = [c for c in feed.columns if c.name in (*feed.key, feed.event_date)]
        read = {name.removeprefix("..") for column in marking for name in column.inputs}
        self._places = [at for at, name in enumerate(names) if name in read]
        self._before: list[str] = []
        self.kept, self.first = 0, 0

    def found(self, number: int, row: list[str], *, over_lines: bool) -> bool:
        """Whether record ``number`` certainly holds other records. To be called once for each record, in
        their order. ``row``: its cells; ``over_lines``: the record extends over several lines."""
        maybe = [
            at
            for at, cell in enumerate(row if over_lines and self._quote else ())
            if "\n" in cell and may_swallow(cell, at, self._width, self._delimiter)
        ]
        if any(self._proven(row, at) for at in maybe):
            return True
        if maybe:
            self.kept, self.first = self.kept + 1, self.first or number
        self._before = row
        return False

    def _proven(self, row: list[str], at: int) -> bool:
        """Whether a whole line within the cell has key and date as the record itself or the one before it:
        digits, letters and signs in the same order, some digit among them."""
        own = [] if at in self._places else row
        known = [self._marks(cells) for cells in (own, self._before) if cells]
        lines = [line for line in row[at].split("\n")[1:-1] if f"{self._delimiter} " not in line]
        found = [self._marks(line.strip("\r").split(self._delimiter)) for line in lines]
        return self._width > 2 and any(marks in known and "0" in "".join(marks) for marks in found)

    def _marks(self, cells: list[str]) -> list[str]:
        shapes = [re.sub(r"\d+", "0", cells[at].strip(f"{self._quote} ")) for at in self._places]
        return [re.sub(r"[^\W\d_]+", "a", shape) for shape in shapes]

    @property
    def warning(self) -> Reason | None:
        """The warning about a file with text that could be records; None without such text."""
        if not self.kept:
            return None
        return Reason(
            f"{self.kept}条记录含有多行的单元格，其各行也可能是其他记录（首见于第{self.first}条），已照原样采用；请核对引号是否成对",
            f"{plural(self.kept, 'record')}, first record {self.first}, with a cell over several lines that "
            "could be records: taken as text (are the quotes balanced?)",
        )
