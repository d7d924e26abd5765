"""Checks of a sheet's XML that calamine, which reads the workbooks, does not make.

`area`: how large the sheet would be in memory (calamine reserves the whole area from A1 to the last cell, so
one cell in the far corner takes 400 GB); `uncalculated`: formulas without a value; `given_twice`: cells that
occur twice. For a damaged archive they raise the errors of zipfile and zlib.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np

_RELATIONS, _BOOK = "xl/_rels/workbook.xml.rels", "xl/workbook.xml"
_INDEX = 4 << 20  # bytes of the parts that list the sheets; more is no list of sheets
_CHUNK = 1 << 20
_TAG = 1 << 16  # bytes of one tag; a longer one is no cell
_USUAL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"')  # a cell as every program writes it
# A row or a cell as XML allows it; the last group is there where the cell is closed without content.
_STEP = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:(row)|(c))(?=[\s/>])([^<>]*)>(?=(\s*</)?)")
# The last group is there where an element is closed without content.
_PART = re.compile(rb"<(/)?(?:[A-Za-z_][\w.-]*:)?(row|c|f|v|is)(?=[\s/>])([^<>]*)>(?=(\s*</)?)")
_TEXT = re.compile(rb"\st\s*=\s*[\"']str[\"']")  # a formula whose value is a text, which may be empty
_ROWS, _COLUMNS = 1 << 40, 1 << 20  # far beyond the edge of any sheet; their product is below 2⁶³
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)([0-9]+)[\"']")


def area(parts: zipfile.ZipFile, sheet: str | None, most: int) -> tuple[int, int]:
    """How large a sheet is in memory: the number of rows and of columns from A1 to its last cell. ``parts``:
    the opened workbook; ``sheet``: the sheet's name (None: the first). Where these are more than ``most``
    cells, cells without content are left out and the size is taken anew; it may still be more.

    Where the workbook does not say which part of the archive is that sheet, the largest part that looks like
    a sheet is measured; (0, 0) where there is none (formats other than XLSX). The element `<dimension>` is
    not used.
    """
    name = _part_of(parts, sheet)
    names = [name] if name else [n for n in parts.namelist() if re.search(r"sheets?/[^/]*\.xml$", n)]
    sizes = []
    for name in names:
        rows, columns = _area(_pieces(parts, name), exact=False)
        sizes.append((rows, columns) if rows * columns <= most else _area(_pieces(parts, name), exact=True))
    return max(sizes, key=lambda s: s[0] * s[1], default=(0, 0))


def _part_of(parts: zipfile.ZipFile, sheet: str | None) -> str | None:
    try:
        targets = {
            each.get("Id"): each.get("Target", "")
            for each in _elements(parts, _RELATIONS)
            if each.tag.endswith("}Relationship")
        }
        for each in _elements(parts, _BOOK):
            if each.tag.endswith("}sheet") and sheet in (None, each.get("name")):
                key = next((v for k, v in each.attrib.items() if k.endswith("}id")), None)
                path = posixpath.normpath(posixpath.join("/xl", targets[key])).lstrip("/")
                return path if path in parts.namelist() else None
    except (KeyError, ElementTree.ParseError):
        pass
    return None


def _elements(parts: zipfile.ZipFile, name: str) -> list[ElementTree.Element]:
    with parts.open(name) as stream:
        text = stream.read(_INDEX + 1)
    return list(ElementTree.fromstring(text).iter()) if len(text) <= _INDEX else []


def _pieces(parts: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The bytes of a part in pieces that end before a tag, so that no tag is cut in two (unless it is longer
    than _TAG). Where a piece ends before a closing tag, `</` is added to it, as what stands before that tag
    is closed without content."""
    left = b""
    with parts.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            chunk = left + chunk
            at = chunk.rfind(b"<", 0, max(0, chunk.rfind(b"<")))  # of the last tag not even `</` may be there
            if at <= 0 and len(chunk) < _TAG + _CHUNK:
                left = chunk
                continue
            at = at if at > 0 else len(chunk)
            yield chunk[:at] + (b"</" if chunk.startswith(b"</", at) else b"")
            left = chunk[at:]
    yield left


def _area(pieces: Iterator[bytes], *, exact: bool) -> tuple[int, int]:
    rows, columns, row, column = 0, 0, 0, 0
    for piece in pieces:
        if not exact and (usual := _usual(piece)):
            letters, numbers = map(set, zip(*usual, strict=True))
            columns, rows = max(columns, *map(_number, letters)), max(rows, *map(int, numbers))
            row, column = _end_of(piece)
            continue
        for step in _STEP.finditer(piece):
            row, column = _moved(step, row, column)
            if step[1]:
                continue
            if not exact or not (step[4] or step[3].endswith(b"/")):
                rows, columns = max(rows, row), max(columns, column)
    return rows, columns


def _usual(piece: bytes) -> list[tuple[bytes, bytes]]:
    """(column letters, row number) of each cell of the piece; empty where any cell is written in another way
    than `_USUAL`."""
    usual = _USUAL.findall(piece)
    return usual if len(usual) == piece.count(b"<c") and b":c" not in piece else []


def _end_of(piece: bytes) -> tuple[int, int]:
    """Row and column after a piece with usual cells (`_usual`): of its last cell, or of a row behind it."""
    row, column = 0, 0
    for step in _STEP.finditer(piece, piece.rfind(b"<c")):
        row, column = _moved(step, row, column)
    return row, column


def given_twice(parts: zipfile.ZipFile, sheet: str | None) -> str | None:
    """Find a cell that occurs more than once in the sheet named ``sheet`` (None: the first) of the opened
    workbook ``parts``, as calamine would keep only the last of the two. Returns its name (`B2`); of several
    the uppermost, then the leftmost.

    None where no cell does, or where the workbook does not say which part of the archive is that sheet.
    """
    name = _part_of(parts, sheet)
    if name is None:
        return None
    row, column, found = 0, 0, [np.zeros(0, np.int64)]
    for piece in _pieces(parts, name):
        if usual := _usual(piece):
            columns = {letters: min(_number(letters), _COLUMNS) for letters in {each for each, _ in usual}}
            here = [min(int(at), _ROWS) * _COLUMNS + columns[letters] - 1 for letters, at in usual]
            row, column = _end_of(piece)
        else:
            here = []
            for step in _STEP.finditer(piece):
                row, column = _moved(step, row, column)
                if step[2]:
                    here.append(min(row, _ROWS) * _COLUMNS + min(column, _COLUMNS) - 1)
        found.append(np.array(here, np.int64))
    cells = np.concatenate(found)
    if (np.diff(cells) > 0).all():
        return None
    cells.sort()
    again = cells[1:][np.diff(cells) == 0]
    return _written(*divmod(int(again[0]), _COLUMNS)) if len(again) else None


def _moved(step: re.Match[bytes], row: int, column: int) -> tuple[int, int]:
    """Row and column after ``step``, a row (its column is 0) or a cell, both counted from 1; one without a
    place follows ``row`` or ``column``, the one before."""
    place = _PLACE.search(step[3])
    if step[1]:
        return (int(place[2]) if place else row + 1), 0
    return (int(place[2]), _number(place[1])) if place else (row, column + 1)


def uncalculated(parts: zipfile.ZipFile, sheet: str | None) -> dict[int, set[int]]:
    """Cells of the sheet named ``sheet`` (None: the first) that have a formula but no value, as programs
    write them that do not calculate; calamine would read them as empty. Returns row → columns, both from 0.

    An empty value counts as none, except where the cell's type is text. Returns {} where the workbook does
    not say which part of the archive is that sheet.
    """
    name = _part_of(parts, sheet)
    if name is None or not any(b"<f" in piece or b":f" in piece for piece in _pieces(parts, name)):
        return {}
    found: dict[int, set[int]] = {}
    row, column, formula, value, is_text = 0, 0, False, False, False
    for piece in _pieces(parts, name):
        for part in _PART.finditer(piece):
            closing, kind = part[1], part[2]
            if kind == b"f":
                formula = True
            elif kind in (b"v", b"is"):
                blank = part[4] is not None or part[3].endswith(b"/")
                value = value or (not closing and (is_text or not blank))
            elif kind == b"c" and closing:
                if formula and not value:
                    found.setdefault(row - 1, set()).add(column - 1)
            elif not closing:
                place = _PLACE.search(part[3])
                if kind == b"row":
                    row, column = int(place[2]) if place else row + 1, 0
                else:
                    row, column = (int(place[2]), _number(place[1])) if place else (row, column + 1)
                    formula, value, is_text = False, False, _TEXT.search(part[3]) is not None
    return found


def _number(letters: bytes) -> int:
    """A: 1, B: 2, … XFD: 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _written(row: int, column: int) -> str:
    """The name of a cell, such as `A1`; ``row`` is counted from 1, ``column`` from 0."""
    letters, left = "", column + 1
    while left:
        left, last = divmod(left - 1, 26)
        letters = chr(ord("A") + last) + letters
    return f"{letters}{row}"
