"""Read one sheet of an XLSX workbook with python-calamine. Cells become text: whole numbers without a point,
dates in ISO form, booleans `true` and `false`. A merged cell gives its value to every row that it covers, in
its leftmost column."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from jobs.ingest.archives import kind_of
from jobs.ingest.limits import current, too_large
from jobs.ingest.model import Feed, Reason, Refused
from jobs.ingest.numbers import DOUBLE_EXACT, DOUBLE_SURE, plain
from jobs.ingest.opening import whole
from jobs.ingest.records import (
    BATCH,
    Batch,
    Found,
    header_names,
    no_header,
    none_named,
    strings,
    unique_names,
)
from jobs.ingest.sheet_area import area, given_twice, uncalculated
from jobs.plurals import plural

Range = tuple[tuple[int, int], tuple[int, int]]  # first and last cell, each (row, column) from 0

UNCALCULATED = Reason(
    "含有未计算的公式（请在电子表格程序中打开并保存后再送达）",
    "holds a formula without a value (open it in a spreadsheet program, save it, and hand it in again)",
)
_KEPT = 10**15  # below, a spreadsheet program keeps all digits
_TEXTS, _NUMBERS = {str, type(None)}, {int, float}  # types of cells
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what .xls files and encrypted workbooks begin with


def batches(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield the records of the feed's sheet (`options.sheet`; None: the first one) in batches of at most
    BATCH records, with the columns that the feed reads. The record number is the row's position below the
    header row, from 1. A row that is blank, but for a merged cell that begins above it, is no record.

    ``found`` gets the column names, the records that are unreadable (a formula without a value in a column
    that is read) and warnings. Nothing is yielded for a blank sheet. Raises Refused where the file is no
    workbook, has a password, lacks the sheet, gives a part or cell twice, has no column names, repeats one
    that is read, or has a blank first sheet and records on another while none is named; Limited where it is
    too large.
    """
    rows, merged, blank = _sheet(stream, feed, found)
    top, depth = feed.options.header_row, feed.options.header_rows
    if len(rows) < top and any(_filled(row) for row in rows):
        raise no_header(top)
    names = header_names(header(rows, merged, top - depth, top), found) if len(rows) >= top else []
    body = rows[top:]
    while names and names[-1].startswith("(column ") and not any(_text(row[len(names) - 1]) for row in body):
        found.names.pop(names.pop())  # formatted but empty columns at the right edge are none
    names = unique_names(names, feed, found)
    found.present = set(feed.file_columns) & set(names)
    places = {name: names.index(name) for name in sorted(found.present)}
    bad = {row - top + 1 for row, at in blank.items() if row >= top and not at.isdisjoint(places.values())}
    found.unreadable += [(number, UNCALCULATED) for number in sorted(bad)]
    numbered = [(i, row) for i, row in enumerate(body, 1) if i not in bad and _filled(row)]
    for (first, column), (last, _) in merged:
        inside = first >= top and rows and column < len(rows[0])  # a merge may lie beside all content
        for row in rows[first + 1 : last + 1] if inside else ():
            row[column] = rows[first][column]
    for start in range(0, len(numbered), BATCH):
        part = numbered[start : start + BATCH]
        columns, typed, certain = dict[str, pa.Array](), dict[str, pa.Array](), dict[str, pa.Array]()
        for name, i in places.items():
            cells = [row[i] for _, row in part]
            kinds = set(map(type, cells))
            columns[name] = strings(cells if kinds <= _TEXTS else [_text(cell) for cell in cells])
            if any(issubclass(kind, date) for kind in kinds):
                typed[name] = pa.array([isinstance(cell, date) for cell in cells])
            if not kinds.isdisjoint(_NUMBERS):
                digits = [_certain(cell) for cell in cells]
                if any(digits):
                    certain[name] = pa.array(digits, pa.int8())
        yield Batch(columns, pa.array([i for i, _ in part], pa.int64()), typed, certain=certain)


def _filled(row: list[Any]) -> bool:
    return any((_text(v) or "").strip() for v in row)


def _header(rows: list[list[Any]], merged: list[Range], at: int) -> list[str]:
    """The header's cells; a merged one gives its name to each of its columns: `name`, `name (2)`, …"""
    cells = [_text(v) or "" for v in rows[at]]
    for (first, left), (last, right) in merged:
        name = (_text(rows[first][left]) or "").strip() if first <= at <= last and left < len(cells) else ""
        for column in range(left, min(right, len(cells) - 1) + 1) if name else ():
            cells[column] = name if column == left else f"{name} ({column - left + 1})"
    return cells


def header(rows: list[list[Any]], merged: list[Range], first: int, end: int) -> list[str]:
    """The column names of a header over the rows ``first`` to ``end`` (counted from 0, ``end`` excluded) of
    ``rows``: the texts of a column from top to bottom, joined by `/`; a text is not repeated, and '' means no
    name.

    ``rows``: the sheet's cells, all rows equally long; ``merged``: its merged cells. A merged cell names
    every column that it covers; in the last row of the header the second column is `name (2)`, the third
    `name (3)`.
    """
    joined: list[list[str]] = [[] for _ in rows[first]]
    for at in range(first, end - 1):
        cells = [(_text(v) or "").strip() for v in rows[at]]
        for (top, left), (last, right) in merged:
            if first <= top <= at <= last and left < len(cells):
                name = (_text(rows[top][left]) or "").strip() if last == at else ""
                cells[left : right + 1] = [name] * (min(right, len(cells) - 1) - left + 1)
        for names, cell in zip(joined, cells, strict=True):
            if cell and cell not in names:
                names.append(cell)
    for names, cell in zip(joined, _header(rows, merged, end - 1), strict=True):
        names += [cell] if cell.strip() and cell not in names else []
    return ["/".join(names) for names in joined]


def first_rows(
    stream: io.BufferedReader, count: int
) -> Iterator[tuple[str, list[list[str | None]], list[Range]]]:
    """Yield for each sheet of a workbook its name, the cells of its first ``count`` rows as text (None for an
    empty one), and its merged cells. Raises Refused where the file is no workbook or has a password, Limited
    where it or a sheet is too large."""
    content = whole(stream)
    _bounded(content, None)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            _bounded(content, name)
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False, nrows=count)
            yield name, [[_text(v) for v in row] for row in rows], sheet.merged_cell_ranges or []
    except CalamineError as error:
        raise _not_read(content) from error


def _sheet(
    stream: io.BufferedReader, feed: Feed, found: Found
) -> tuple[list[list[Any]], list[Range], dict[int, set[int]]]:
    """Rows and merged cells of the sheet that is read, and the cells with a formula that has no value."""
    content = whole(stream)
    _bounded(content, feed.options.sheet)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = book.sheet_names
        name = feed.options.sheet or sheets[0]
        if name not in sheets:
            raise none_named(("工作表", "sheet"), name, sheets)
        rest = [s for s in sheets if s != name and all(s != other.sheet for other in feed.siblings)]
        if feed.options.sheet is None and rest:
            left = ", ".join(rest)
            found.warnings.append(
                Reason(f"只读取了第一个工作表，未读取：{left}", f"only the first sheet was read, not: {left}")
            )
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        if (
            feed.options.sheet is None
            and not _filled(rows)
            and (holding := _with_records(book, content, rest))
        ):
            listed = ", ".join(holding)
            raise Refused(
                f"第一个工作表为空，`sheet` 须写明读取哪一个：{listed}",
                f"the first sheet is blank, and `sheet` must say which one is read: {listed}",
            )
        return rows, sheet.merged_cell_ranges or [], _checked(content, name)
    except CalamineError as error:
        raise _not_read(content) from error


def _checked(content: bytes, sheet: str) -> dict[int, set[int]]:
    """The cells with a formula that has no value. Refused: a cell is given twice."""
    if kind_of(content) != "zip":
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if place := given_twice(parts, sheet):
            raise Refused(
                f"不是可读的工作簿（工作表“{sheet}”的单元格 {place} 出现两次）",
                f"is not a workbook that can be read (its sheet {sheet} gives the cell {place} twice)",
            )
        return uncalculated(parts, sheet)


def _with_records(book: CalamineWorkbook, content: bytes, names: list[str]) -> list[str]:
    """Sheets that hold more than a header. Refused: one is too large to be looked at."""
    found = []
    for name in names:
        _bounded(content, name)
        if sum(map(_filled, book.get_sheet_by_name(name).to_python(nrows=100))) > 1:
            found.append(name)
    return found


def _not_read(content: bytes) -> Refused:
    """The refusal of a workbook that its reader cannot open."""
    zh, en = "不是可读的工作簿", "is not a workbook that can be read"
    if content.startswith(_COMPOUND):
        return Refused(f"{zh}（设有密码，或为旧格式 .xls）", f"{en} (it has a password, or is an old .xls)")
    return Refused(zh, en)


def _bounded(content: bytes, sheet: str | None) -> None:
    """Refused: a workbook whose parts, really unpacked, or whose sheet, from A1 to its last cell, are too
    large to be held, or whose parts do not have their checksums. No ratio: formatted blank rows compress
    without bound."""
    if kind_of(content) != "zip":
        return  # calamine says what it is
    left, rows, columns = current().unpacked, 0, 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if len(set(parts.namelist())) < len(parts.namelist()):
                raise Refused(
                    "不是可读的工作簿（同名部件出现两次）",
                    "is not a workbook that can be read (it holds two parts of one name)",
                )
            for part in parts.infolist():
                with parts.open(part) as stream:
                    while left >= 0 and (chunk := stream.read(1 << 20)):
                        left -= len(chunk)
            if left >= 0:
                rows, columns = area(parts, sheet, current().cells)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        what = "the file is truncated, damaged or encrypted"
        raise Refused(
            "不是可读的工作簿（文件不完整、已损坏或已加密）", f"is not a workbook that can be read ({what})"
        ) from error
    if left < 0:
        mib = current().unpacked >> 20
        raise too_large(f"工作簿解压后超过 {mib} MiB", f"the workbook unpacks to more than {mib} MiB")
    if rows * columns > current().cells:
        raise too_large(
            f"工作表从 A1 到最后一个单元格有{rows}行 × {columns}列（多余的远处单元格请删除）",
            f"the sheet has {plural(rows, 'row')} × {plural(columns, 'column')} from A1 to its last "
            "cell (delete stray cells)",
        )


def _certain(value: Any) -> int | None:
    """The digits that are certain of a number of sixteen digits or more, None of anything else: a spreadsheet
    keeps fifteen and writes 0 for the others. One below 2⁵³ that does not end in 0 is exact: no spreadsheet
    has shortened it."""
    if not isinstance(value, (int, float)) or abs(value) < _KEPT:
        return None
    return None if abs(value) < DOUBLE_EXACT and value % 10 else DOUBLE_SURE


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain(Decimal(repr(value)))
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return None if value is None else str(value)
