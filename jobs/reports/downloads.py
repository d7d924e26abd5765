"""Writes frames as CSV (UTF-8 with BOM) in which no cell is run as a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from jobs.reports.numbers import missing

# What a spreadsheet may run (OWASP, "CSV Injection"); full-width forms too: Chinese editions read them as the
# plain ones.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Columns of gold tables that hold whole numbers or nothing, beside counts (n_…): pandas makes floats of them.
WHOLE = frozenset(
    "n rank rank_low rank_high tier place severity units_sold days_left days_open age_days record "
    "participants months_covered days_since_takedown buy_to_receive_days receive_to_result_days "
    "result_to_notice_days notice_to_takedown_days order_to_recheck_days".split()
)
FEW = 200  # a column of fewer cells is written cell by cell, faster than by its distinct values
SMALL = 50  # a frame of fewer rows is written without a Series for each column
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def runs(text: str) -> bool:
    """Return whether a spreadsheet may run a cell with this text as a formula; false for a number such as
    -1.5."""
    return text.startswith(_RUNS) and not _NUMBER.fullmatch(text)


def neutral(value: Any) -> str:
    """Return a cell's value as text: a list as JSON, a missing value as ''. A text that a spreadsheet may run
    gets an apostrophe in front."""
    if isinstance(value, str):  # millions of cells are
        text = value
    elif isinstance(value, (list, tuple, np.ndarray)):
        return _listed(tuple(map(str, value)))
    elif type(value) is date:
        return value.isoformat()
    elif missing(value):
        return ""
    elif isinstance(value, (bool, np.bool_)):
        text = "true" if value else "false"
    else:
        text = str(value)
    if runs(text):
        return "'" + text
    return text


@lru_cache(maxsize=50_000)  # the batches of a plan have few different lists of items, units and limits
def _listed(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False)  # begins with a bracket, which no spreadsheet runs


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return the frame as CSV: UTF-8 with BOM, a head line, lines that end with CRLF, missing cells empty,
    cells as `neutral` writes them. Whole numbers (columns n_… and WHOLE) that pandas turned into floats are
    written without a decimal point."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(c) for c in frame.columns])
    columns = _few(frame) if len(frame) < SMALL else [_texts(frame[c]) for c in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8-sig")


def csv_files(frame: pd.DataFrame, places: Mapping[str, Sequence[int]]) -> dict[str, bytes]:
    """Return one CSV for each key of ``places``, of the rows of the frame at its positions, as `csv_bytes`
    writes them. Each column is looked at once for all files."""
    taken = frame.iloc[[place for rows in places.values() for place in rows]]
    # Whether a count is written without a decimal point depends on all rows of the file.
    counts = {c for c in taken.columns if _is_whole(c) and _floats(taken[c])}
    columns: list[tuple[Any, Sequence[Any]]] = [
        (c, taken[c].tolist() if c in counts else _texts(taken[c])) for c in taken.columns
    ]
    head, found, start = csv_bytes(taken.iloc[:0]), dict[str, bytes](), 0
    for path, rows in places.items():
        out, end = io.StringIO(newline=""), start + len(rows)
        cells = [_numbers(c, v[start:end]) if c in counts else v[start:end] for c, v in columns]
        csv.writer(out, lineterminator="\r\n").writerows(zip(*cells, strict=True))
        found[path], start = head + out.getvalue().encode(), end
    return found


def _few(frame: pd.DataFrame) -> list[list[str]]:
    """Return the cells of a small frame by column, as `_texts` writes those of the types that tables have,
    without a Series for each column: thousands of pages have a download of a few rows, where making those
    takes longer than the cells."""
    cells = frame.to_numpy(dtype=object)
    found = []
    for place, (name, kind) in enumerate(zip(frame.columns, frame.dtypes.tolist(), strict=True)):
        values = cells[:, place].tolist()
        floats = isinstance(kind, np.dtype) and kind.kind == "f"
        found.append(_numbers(name, values) if floats else [neutral(v) for v in values])
    return found


def _is_whole(name: object) -> bool:
    """Whether a column of this name holds whole numbers."""
    return str(name).startswith("n_") or name in WHOLE


def _numbers(name: object, values: Sequence[float]) -> list[str]:
    """The cells of a column of floats."""
    if _is_whole(name) and all(v != v or v % 1 == 0 for v in values):
        return ["" if v != v else str(int(v)) for v in values]
    return ["" if v != v else repr(float(v)) for v in values]


def _texts(column: pd.Series) -> Sequence[str]:
    """The cells as text: whole numbers that pandas turned into floats without a decimal point, other
    floats in full, all else by `neutral`. Long columns are written by their distinct values, as downloads
    hold millions of cells; a column holds values of one type."""
    if _whole_floats(column):
        column = column.astype("Int64")
    if _floats(column):
        return ["" if v != v else repr(v) for v in column.tolist()]
    if len(column) < FEW:
        return [neutral(v) for v in column.tolist()]
    try:
        codes, values = pd.factorize(column, use_na_sentinel=True)
    except TypeError:  # lists have no hash
        return [neutral(v) for v in column.tolist()]
    return np.array([*map(neutral, values), ""], dtype=object)[codes].tolist()


def _floats(column: pd.Series) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind == "f"


def _whole_floats(column: pd.Series) -> bool:
    """A column of whole numbers that pandas turned into floats because some are null."""
    if not (pd.api.types.is_float_dtype(column) and _is_whole(column.name)):
        return False
    return bool((column.dropna() % 1 == 0).all())
