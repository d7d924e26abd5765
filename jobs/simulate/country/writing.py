"""Writes tables as bytes in each format that the inbox accepts. The same tables always give the same bytes,
whenever they are written.

A table (`Table`) is a mapping from header to an Arrow column (text, int64, bool, date32, timestamp[s],
decimal, list of text), all of one length.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import xlsxwriter

Table = Mapping[str, pa.Array]
CREATED = datetime(2025, 1, 1)  # the time of creation in workbooks and of members of archives
BOM = b"\xef\xbb\xbf"


def n_rows(table: Table) -> int:
    """Return the number of rows of a table. It must have a column."""
    return len(next(iter(table.values())))


def delimited(
    table: Table,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    bom: bool = False,
    more: Sequence[bytes] = (),
) -> bytes:
    """Return a CSV or TSV file with a header: days as yyyy-mm-dd, null as an empty cell, cells quoted where
    needed.

    ``bom``: begin with the byte order mark; ``more``: lines to add after the last row, as they are. Raises
    UnicodeEncodeError where ``encoding`` lacks a character of the table.
    """
    content = delimiter.join(table).encode() + b"\n" + _csv(pa.table(dict(table)), delimiter)
    if encoding != "utf-8":
        content = content.decode().encode(encoding)
    return (BOM if bom else b"") + content + b"".join(line + b"\n" for line in more)


def _csv(table: pa.Table, delimiter: str) -> bytes:
    """CSV without a header. Without quotes where no cell needs them, as pyarrow else quotes every text."""
    for style in ("none", "needed"):
        sink = io.BytesIO()
        try:
            pa.csv.write_csv(
                table,
                sink,
                pa.csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style=style),
            )
            break
        except pa.ArrowInvalid:
            if style == "needed":
                raise
    return sink.getvalue()


def json_cells(column: pa.Array) -> pa.Array:
    """Return each cell of a column as JSON text: numbers and bools as they are, days and texts quoted, lists
    of text as lists, null as `null`."""
    kind = column.type
    if pa.types.is_list(kind):
        inner = json_cells(column.flatten())
        lists = (
            pa.ListArray.from_arrays(column.offsets, inner)
            if column.offset == 0
            else pa.array(column.to_pylist(), kind)
        )
        cells = pc.binary_join_element_wise("[", pc.binary_join(lists, ","), "]", "")
        return pc.coalesce(
            pc.if_else(pc.is_null(column), pa.scalar(None, pa.string()), cells), pa.scalar("null")
        )
    if (
        pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
    ):
        return pc.coalesce(column.cast(pa.string()), pa.scalar("null"))
    text = column.cast(pa.string())
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        if pc.any(pc.match_substring(text, plain)).as_py():
            text = pc.replace_substring(text, plain, escaped)
    return pc.coalesce(pc.binary_join_element_wise('"', text, '"', ""), pa.scalar("null"))


def json_objects(table: Table) -> pa.Array:
    """Return one JSON object per row of ``table``, as an Arrow column of text. A header `a.b` gives a field
    `b` of an object `a`; a column of type large_string holds JSON, which is inserted as it is."""
    nested: dict[str, Any] = {}
    for name, column in table.items():
        *above, last = name.split(".")
        place = nested
        for step in above:
            place = place.setdefault(step, {})
        place[last] = column
    return _objects(nested)


def _objects(fields: Mapping[str, Any]) -> pa.Array:
    parts: list[Any] = []
    for name, value in fields.items():
        parts.append(f'{"," if parts else "{"}"{name}":')
        if isinstance(value, Mapping):
            parts.append(_objects(value))
        else:
            parts.append(
                value.cast(pa.string()) if pa.types.is_large_string(value.type) else json_cells(value)
            )
    return pc.binary_join_element_wise(*parts, "}", "")


def json_lines(table: Table, more: Sequence[bytes] = ()) -> bytes:
    """Return ``table`` as a JSON Lines file: one object per row, as `json_objects` makes them. ``more``:
    lines to add after the last row, as they are."""
    return text_bytes(pc.binary_join_element_wise(json_objects(table), "\n", "")) + b"".join(
        line + b"\n" for line in more
    )


def json_document(
    lists: Mapping[str, pa.Array], *, note: str, more: Mapping[str, Sequence[str]] = {}
) -> bytes:
    """Return a JSON file `{"note": …, "data": {name: [objects], …}}`. ``note``: text without quotes;
    ``lists``: name → column of JSON objects as text; ``more``: name → further elements, which follow those
    of ``lists``."""
    parts = []
    for name, objects in lists.items():
        inner = text_bytes(pc.binary_join_element_wise(objects, ",", ""))[:-1] if len(objects) else b""
        further = [element.encode() for element in more.get(name, ())]
        parts.append(b'"%s":[' % name.encode() + b",".join([inner] * bool(inner) + further) + b"]")
    return b'{"note":"%s","data":{' % note.encode() + b",".join(parts) + b"}}\n"


def text_bytes(lines: pa.Array) -> bytes:
    """Return the UTF-8 bytes of the cells of ``lines``, an Arrow column of text without nulls, joined
    without a separator."""
    if not len(lines):
        return b""
    _, offsets, data = lines.buffers()
    ends = memoryview(offsets).cast("i")
    return memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]].tobytes()


def parquet(table: Table) -> bytes:
    """Return ``table`` as a Parquet file that keeps its columns' types."""
    sink = io.BytesIO()
    pq.write_table(
        pa.table(dict(table)), sink, compression="zstd", row_group_size=200_000, write_page_checksum=True
    )
    return sink.getvalue()


def gz(content: bytes) -> bytes:
    """Return ``content`` compressed with gzip, without a time in its header, so that equal content gives
    equal bytes."""
    return gzip.compress(content, 1, mtime=0)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of ``members`` (name → content), in their order; each is dated CREATED."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, CREATED.timetuple()[:6]), content, zipfile.ZIP_DEFLATED, 1)
    return target.getvalue()


def workbook(sheets: Mapping[str, Table], *, title: str, above: Sequence[str] = ()) -> bytes:
    """Return an XLSX file. ``sheets``: sheet's name → its table, whose days are written as date cells, and
    null as an empty cell; ``title``: property of the file; ``above``: lines of text above the header of
    every sheet. Raises TypeError for a cell that is neither text, bool, number nor date."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": CREATED, "title": title})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(above):
                sheet.write_string(number, 0, line)
            sheet.write_row(len(above), 0, list(table))
            for place, column in enumerate(table.values()):
                for number, value in enumerate(column.to_pylist(), len(above) + 1):
                    if value is not None:
                        _write(sheet, number, place, value, day)
    return target.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, Decimal | int | float):
        sheet.write_number(row, column, float(value))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)
    else:
        raise TypeError(f"no cell for {type(value).__name__}")
