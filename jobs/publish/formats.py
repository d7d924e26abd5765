"""Writes a table as CSV, Parquet, JSON or a sheet of a workbook. The same rows always give the same bytes,
and no text is run as a formula when a spreadsheet opens the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from jobs.output import plain
from jobs.reports.downloads import csv_bytes, runs

LONGEST = 32767  # characters of a workbook's cell


def as_csv(table: pa.Table) -> bytes:
    """Return the table as CSV: UTF-8 with BOM, lines end with CRLF, a missing cell is empty. A text that a
    spreadsheet would run as a formula gets an apostrophe in front."""
    frame = table.to_pandas(
        date_as_object=True, types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get
    )
    return csv_bytes(frame)


def as_parquet(table: pa.Table) -> bytes:
    """Return the table as Parquet (zstd), without its schema metadata."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(None), sink, compression="zstd", store_schema=False)
    return sink.getvalue().to_pybytes()


def as_json(table: pa.Table, meta: Mapping[str, Any]) -> bytes:
    """Return the table as JSON in UTF-8: ``{"meta": …, "results": [row, …]}``, one object per row, ``meta``
    as given; days are ISO texts, missing cells null. Raises ValueError for NaN and infinity."""
    rows = [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]
    return json_bytes({"meta": dict(meta), "results": rows})


def json_bytes(document: Any) -> bytes:
    """Return the document as indented JSON in UTF-8 with a line feed at the end. Raises ValueError for NaN
    and infinity."""
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def as_workbook(sheets: Mapping[str, pa.Table], about: Sequence[str], title: str, day: date) -> bytes:
    """Return an Excel workbook as bytes: the sheet `about` with the lines of ``about``, then one sheet per
    table of ``sheets`` (name → table), with the columns' names in the first row.

    ``title`` and ``day`` are the workbook's title and day of creation. Texts are written as texts, never as
    formulas or links, and cut after LONGEST characters, which is all that a cell can hold.
    """
    out = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, safe)
    created = datetime(day.year, day.month, day.day)
    book.set_properties({"title": title, "author": "质量观象台 Quality Observatory", "created": created})
    head = book.add_format({"bold": True, "bottom": 1})
    quoted = book.add_format({"quote_prefix": True})
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    first = book.add_worksheet("about")
    first.set_column(0, 0, 110)
    for number, line in enumerate(about):
        first.write_string(number, 0, line)
    for name, table in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(table.column_names):
            sheet.write_string(0, at, column, head)
            for row, value in enumerate(table[column].to_pylist(), start=1):
                if isinstance(value, str):
                    sheet.write_string(row, at, value[:LONGEST], quoted if runs(value) else None)
                elif isinstance(value, bool):
                    sheet.write_boolean(row, at, value)
                elif isinstance(value, date):
                    sheet.write_datetime(row, at, datetime(value.year, value.month, value.day), days)
                elif value is not None:
                    sheet.write_number(row, at, value)
    book.close()
    return out.getvalue()


def csv_rows(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a bundle's CSV file (as `as_csv` writes it), each as column → text as in the file: a
    missing cell is '', and an apostrophe in front stays."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
