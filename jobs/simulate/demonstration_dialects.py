"""Rows to bytes in the dialects of the demonstration; equal rows give equal bytes (no clock, no compression time)."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

Row = Mapping[str, Any]
CREATED = datetime(2024, 7, 1)  # a workbook holds the time of its making


def csv_lines(rows: Sequence[Row], columns: Sequence[str], *, delimiter: str = ",", encoding: str = "utf-8") -> list[bytes]:
    """One encoded line a record, the header first, so that a line's index is its record number."""
    lines = []
    for cells in [columns, *([row.get(c, "") for c in columns] for row in rows)]:
        line = io.StringIO()
        csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
        lines.append(line.getvalue().encode(encoding))
    return lines


def json_lines(rows: Sequence[Row]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def archive(members: Mapping[str, bytes]) -> bytes:
    """A zip file; every member bears the same time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(zipfile.ZipInfo(name, CREATED.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def workbook(sheets: Mapping[str, Sequence[Row]], title: Sequence[str] = ()) -> bytes:
    """An XLSX file; the columns of a sheet are those of its first row; a `date` becomes a true date cell.

    ``title``: lines above the header of every sheet, merged over all its columns.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": CREATED, "title": "演示（合成数据）"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            columns = list(rows[0])
            for number, line in enumerate(title):
                sheet.merge_range(number, 0, number, len(columns) - 1, line)
            sheet.write_row(len(title), 0, columns)
            for number, row in enumerate(rows, start=len(title) + 1):
                for place, column in enumerate(columns):
                    value = row[column]
                    if isinstance(value, date):
                        sheet.write_datetime(number, place, datetime(value.year, value.month, value.day), day)
                    else:
                        sheet.write(number, place, value)
    return target.getvalue()
