"""CSV and TSV: a fast reader (pyarrow) for what decodes and parses cleanly, and a careful one (csv module)
for the rest.

Both give identical records: blank lines are none; record numbers count the others after the header from 1; a
record with other than the header's number of fields is unreadable.

A file whose last record has no line end and lacks fields, a closing quote or the rest of its last character
is cut off, and refused whole. One that is cut inside its last field reads like a whole one whose last line
has no line end; where much of it is gone, the rule of held editions (jobs.ingest.holding) catches it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from jobs.ingest.model import Feed, Reason, Refused
from jobs.ingest.opening import MARK, text_of
from jobs.ingest.records import (
    BATCH,
    HOLDS_NUL,
    NUL,
    UNDECODABLE,
    Batch,
    Found,
    Unclean,
    Utf8,
    cut_off,
    header_names,
    no_header,
    normal,
    strings,
    unique_names,
)
from jobs.ingest.swallowing import SWALLOWED, Swallowing, may_swallow
from jobs.plurals import plural

_BLOCK = 16 << 20
_PADDING = " \t\r\n\0\x1a"  # what some systems put behind the last record
# a record put behind the last one: if it does not come back, a quote stayed open
_END = "QualityObservatoryEndOfFile"
LINE_ENDS = ("", "\n", "\r")
OPEN_QUOTE = Reason("引号没有闭合", "has a quote that is not closed")
CELL = 16 << 20  # characters of one cell
csv.field_size_limit(CELL)


def _fields(expected: int, actual: int) -> Reason:
    return Reason(
        f"应有{expected}个字段，实有{actual}个", f"has {plural(actual, 'field')} instead of {expected}"
    )


def _style(feed: Feed) -> dict[str, Any]:
    quoting = csv.QUOTE_MINIMAL if feed.options.quote else csv.QUOTE_NONE
    return {
        "delimiter": feed.options.delimiter,
        "quotechar": feed.options.quote or None,
        "quoting": quoting,
        "strict": False,
    }


def _header(text: io.TextIOBase, feed: Feed, found: Found) -> list[str]:
    """The column names; the stream stands behind them. Empty where the file is blank. Refused: undecodable, a
    name twice, or none where they should stand."""
    above = [text.readline() for _ in range(feed.options.header_row - 1)]
    row: list[str] = []
    try:
        for row in csv.reader(iter(text.readline, ""), **_style(feed)):
            if row or feed.options.header_row > 1:
                break
    except csv.Error as error:
        mib = CELL >> 20
        raise Refused(
            f"表头有超过{mib} Mi字符的单元格（换行或分隔符是否正确？）",
            f"the header holds a cell of more than {mib} Mi characters (are line ends and delimiter right?)",
        ) from error
    if not row and (any(map(str.strip, above)) or any(map(str.strip, iter(text.readline, "")))):
        raise no_header(feed.options.header_row)
    if any(NUL in cell for cell in row):
        raise Refused(
            "表头含有 NUL 字节（编码是否为 UTF-16？）",
            "the header holds a NUL byte (is the encoding UTF-16?)",
        )
    if any(MARK in cell for cell in row):
        raise Refused(
            f"表头无法按编码 {feed.encoding} 解码", f"the header does not decode as {feed.encoding}"
        )
    names = header_names(row, found)
    names = unique_names(names, feed, found)
    found.present = set(feed.file_columns) & set(names)
    return names


def fast(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield the batches of a clean file, read by pyarrow; ``found`` is filled as by `careful`. Raises
    Unclean, upon which the file is read again by `careful`, where the delimiter or quote is not ASCII, a byte
    does not decode or is NUL, a quote stays open, a broken record spans lines, the last record may be cut
    off, or a cell over several lines could hold records; Refused for a wrong header; what ``stream`` raises
    as it is."""
    options = feed.options
    if not (options.delimiter + options.quote).isascii():
        raise Unclean
    text = text_of(stream, feed.encoding, strict=True, newline="")
    try:
        names = _header(text, feed, found)
    except UnicodeDecodeError as error:
        raise Unclean from error
    if not names:
        return
    wanted = sorted(found.present) or names[:1]
    source = Utf8(text, "\n" + options.delimiter.join([_END] * len(names)) + "\n")
    try:
        yield from _parsed(source, feed, names, wanted, found)
    except (pa.ArrowInvalid, UnicodeError) as error:
        if source.error is not None and not isinstance(source.error, UnicodeError):
            raise source.error from error
        raise Unclean from error


def _parsed(source: Utf8, feed: Feed, names: list[str], wanted: list[str], found: Found) -> Iterator[Batch]:
    """Yield what pyarrow reads after the header. ``names``: all columns of the file; ``wanted``: those whose
    values are kept. Broken records are added to ``found``. Raises Unclean as `fast` does, also after batches
    were yielded."""
    broken: list[int] = []
    spans_lines = False

    def skip(row: pa.csv.InvalidRow) -> str:
        nonlocal spans_lines
        spans_lines |= row.text is None or "\n" in row.text.strip() or "\r" in row.text.strip()
        found.unreadable.append((row.number, _fields(row.expected_columns, row.actual_columns)))
        broken.append(row.number)
        return "skip"

    reader = pa.csv.open_csv(
        pa.PythonFile(io.BufferedReader(source, 1 << 20), mode="r"),
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names),
        parse_options=pa.csv.ParseOptions(
            delimiter=feed.options.delimiter,
            quote_char=feed.options.quote or False,
            newlines_in_values=True,
            invalid_row_handler=skip,
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),  # none is guessed from the first block
            include_columns=names if feed.options.quote else wanted,  # any cell may span lines
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )
    following, ended = 1, False
    for part in reader:
        if spans_lines or (ended and part.num_rows):
            raise Unclean
        if part.num_rows and part.column(0)[-1].as_py() == _END:
            part, ended = part.slice(0, part.num_rows - 1), True
        if not part.num_rows:
            continue
        later = [n for n in broken if n >= following]
        numbers = np.arange(following, following + part.num_rows + len(later))
        if later:
            numbers = np.setdiff1d(numbers, later)[: part.num_rows]
        following = int(numbers[-1]) + 1
        if feed.options.quote and any(_may_swallow(part, i, feed) for i in range(len(names))):
            raise Unclean
        columns = {n: normal(part.column(n)) for n in wanted if n in found.present}
        yield Batch(columns, pa.array(numbers, pa.int64()))
    if spans_lines or not ended:
        raise Unclean
    if max(broken, default=0) >= following and source.last not in LINE_ENDS:
        raise Unclean  # the last record may be cut off: the careful reader says so


def _may_swallow(part: pa.RecordBatch, place: int, feed: Feed) -> bool:
    cells = part.column(place)
    found = cells.filter(pc.match_substring(cells, "\n"))
    return any(may_swallow(c, place, part.num_columns, feed.options.delimiter) for c in found.to_pylist())


class _Lines:
    """Lines of a file and then the end record; ``taken`` are those of the record being read, and may be put
    back."""

    def __init__(self, text: io.TextIOBase, end: str):
        self._text, self._end = text, end
        self._again: list[str] = []
        self.taken: list[str] = []
        self.ended = False
        self._unended: str | None = None  # the last line, where it has no line end

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._text.readline()
        if not line:
            if self.ended:
                raise StopIteration
            self.ended, line = True, self._end
        elif not line.endswith(("\n", "\r")):
            line += "\n"
            self._unended = line if line.strip(_PADDING) else None
        self.taken.append(line)
        return line

    def break_off(self, row: list[str] | None, width: int) -> bool:
        """Whether the record being read ends with a last line that has no line end, and is not whole.
        ``row``: None where a quote stays open; one that was opened in an earlier line costs that line
        first."""
        own = self.taken[:-1] if self.ended else self.taken
        if not own or own[-1] is not self._unended:
            return False
        if row is None:
            return len(own) == 1
        return len(row) < width or own[-1].removesuffix("\n").endswith(MARK)

    def back_to_second(self) -> None:
        """Read again what came after the first line of the broken record."""
        again = self.taken[1:]
        if self.ended:
            again, self.ended = again[:-1], False
        self._again += reversed(again)


def careful(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield the batches of any file, read by the csv module, at most BATCH records each; none for a blank
    one. Where a record spans lines and is broken, or holds other records, only its first line is unreadable:
    reading continues with the second.

    ``found`` gets the column names, those that the feed reads, unreadable records and warnings. Raises
    Refused where the file is cut off or the header does not decode, is missing, or repeats a name that is
    read.
    """
    text = text_of(stream, feed.encoding, strict=False, newline="")
    names = _header(text, feed, found)
    if not names:
        return
    places = {name: names.index(name) for name in sorted(found.present)}
    kept: list[list[str]] = []
    numbers: list[int] = []
    lines = _Lines(text, feed.options.delimiter.join([_END] * len(names)) + "\n")
    for number, row in _rows(lines, feed, names, found):
        kept.append(row)
        numbers.append(number)
        if len(kept) == BATCH:
            yield _batch(kept, numbers, places)
            kept, numbers = [], []
    if kept:
        yield _batch(kept, numbers, places)


def _rows(lines: _Lines, feed: Feed, names: list[str], found: Found) -> Iterator[tuple[int, list[str]]]:
    """Yield number and values of each record that has as many values as ``names``, as the csv module reads
    it; records are counted from 1, blank lines not at all. Others are added to ``found.unreadable``; where
    one over several lines has another number of values, or holds other records, only its first line is, and
    reading goes on with the second."""
    number, width, swallowing = 0, len(names), Swallowing(names, feed)
    reader = csv.reader(lines, **_style(feed))
    while True:
        lines.taken.clear()
        row: list[str] | None
        try:
            row = next(reader)
        except StopIteration:
            found.warnings += [swallowing.warning] if swallowing.warning else []
            return
        except csv.Error:
            row = None
        if row == [] or (row == [_END] * width and len(lines.taken) == 1):
            continue
        number += 1
        whole = None if lines.ended and _END in lines.taken[-1] else row
        fits = whole is not None and len(whole) == width
        if lines.break_off(whole, width):
            raise cut_off(number)
        bad = next((b for line in lines.taken if (b := _bad(line))), None)
        over_lines = len(lines.taken) > 1
        swallowed = False
        if whole is not None and fits and bad is None:
            swallowed = swallowing.found(number, whole, over_lines=over_lines)
            if not swallowed:
                yield number, whole
                continue
        reason = SWALLOWED if swallowed else _bad(lines.taken[0]) or (bad if fits else None)
        if reason is None:
            reason = OPEN_QUOTE if whole is None else _fields(width, len(whole))
        found.unreadable.append((number, reason))
        if over_lines and (swallowed or not fits):
            lines.back_to_second()
            reader = csv.reader(lines, **_style(feed))


def _bad(line: str) -> Reason | None:
    return UNDECODABLE if MARK in line else HOLDS_NUL if NUL in line else None


def _batch(rows: list[list[str]], numbers: list[int], places: dict[str, int]) -> Batch:
    return Batch(
        {name: strings([row[i] for row in rows]) for name, i in places.items()}, pa.array(numbers, pa.int64())
    )
