"""Writes frames as CSV (UTF-8 with BOM) in which no cell is run as a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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
SMALL = 1_000  # a frame of fewer rows is written cell by cell, faster than by its columns
_PLAIN = ("string", "date", "boolean", "empty")  # columns of objects, as pandas calls them, that Arrow takes
_SPECIAL = re.compile('[",\r\n]')
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def runs(text: str) -> bool:
    """Return whether a spreadsheet may run a cell with this text as a formula: its very first character is
    one of _RUNS (=, +, -, @, their full-width forms, tab, a line break) and it is no plain number such as
    -1.5 or +2e3. True for "-5%" and "-1,000", false for '' and for the minus sign − (U+2212)."""
    return text.startswith(_RUNS) and not _NUMBER.fullmatch(text)


def neutral(value: Any) -> str:
    """Return a cell's value as text: a list as JSON of texts, a day as yyyy-mm-dd, a bool as true or false, a
    missing value as '', any other as `str` writes it. A text that a spreadsheet may run (`runs`) gets an
    apostrophe in front."""
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
    return csv_files(frame, {"": range(len(frame))})[""]


def csv_files(frame: pd.DataFrame, places: Mapping[str, Sequence[int]]) -> dict[str, bytes]:
    """Return one CSV for each key of ``places``, of the rows of the frame at its positions, as `csv_bytes`
    writes them. Each column is looked at once for all files."""
    sizes = [len(rows) for rows in places.values()]
    taken = frame.iloc[[place for rows in places.values() for place in rows]]
    head, ends = BOM_UTF8 + _written([[neutral(c) for c in frame.columns]]), [0, *accumulate(sizes)]
    # A line with one empty cell is no empty line, which only the writer of rows knows.
    if len(taken) < SMALL or taken.shape[1] < 2:
        rows = list(zip(*_few(taken, sizes), strict=True))
        parts = (_written(rows[start:end]) for start, end in pairwise(ends))
    else:
        lines = _lines([_counts(taken[c], sizes) if _is_whole(c) else _texts(taken[c]) for c in taken])
        parts = (b"".join(lines[start:end]) for start, end in pairwise(ends))
    return {path: head + part for path, part in zip(places, parts, strict=True)}


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _lines(columns: Sequence[pa.Array]) -> list[bytes]:
    """The rows as lines, put together a column at a time, as downloads hold millions of cells."""
    # Large: all lines together may be longer than other strings of Arrow.
    large = pa.large_string()
    cells = [texts.cast(large) for texts in columns]
    lines = pc.binary_join_element_wise(*cells, pa.scalar(",", large), null_handling="replace")
    ended = pc.binary_join_element_wise(lines, pa.scalar("\r\n", large), pa.scalar("", large))
    return ended.cast(pa.large_binary()).to_pylist()


def _few(frame: pd.DataFrame, sizes: Sequence[int]) -> list[list[str]]:
    """Return the cells of a small frame by column, as `_texts` and `_counts` write those of the types that
    tables have, without a Series for each column: thousands of pages have a download of a few rows, where
    making those takes longer than the cells."""
    cells = frame.to_numpy(dtype=object)
    found = []
    for place, (name, kind) in enumerate(zip(frame.columns, frame.dtypes.tolist(), strict=True)):
        values = cells[:, place].tolist()
        floats = isinstance(kind, np.dtype) and kind.kind == "f"
        found.append(_numbers(name, values, sizes) if floats else [neutral(v) for v in values])
    return found


def _is_whole(name: object) -> bool:
    """Whether a column of this name holds whole numbers."""
    return str(name).startswith("n_") or name in WHOLE


def _numbers(name: object, values: Sequence[float], sizes: Sequence[int]) -> list[str]:
    """The cells of a column of floats of files with so many rows each: whether whole numbers have a decimal
    point depends on all rows of a file."""
    if not _is_whole(name):
        return ["" if v != v else repr(float(v)) for v in values]
    found = list[str]()
    for start, end in pairwise([0, *accumulate(sizes)]):
        own = values[start:end]
        write = (
            (lambda v: str(int(v))) if all(v != v or v % 1 == 0 for v in own) else (lambda v: repr(float(v)))
        )
        found += ["" if v != v else write(v) for v in own]
    return found


def _counts(column: pd.Series, sizes: Sequence[int]) -> pa.Array:
    """The cells of a column of whole numbers of files with so many rows each, as `_texts` returns them."""
    if not _floats(column) or _whole_floats(column):
        return _texts(column)
    return pa.array(_numbers(column.name, column.tolist(), sizes), pa.string())


def _texts(column: pd.Series) -> pa.Array:
    """The cells as text, in quotes where CSV needs them, null where missing: whole numbers that pandas turned
    into floats without a decimal point, other floats in full, all else by `neutral`, which is asked for
    distinct values alone. A column holds values of one type."""
    if _whole_floats(column):
        column = column.astype("Int64")
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)  # its categories are those of a whole table, of which a file has few
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) not in _PLAIN:
        return _lists(column)
    values = pa.array(column, from_pandas=True)
    return _by_value(values, repr if _floats(column) else lambda value: _quoted(neutral(value)))


def _lists(column: pd.Series) -> pa.Array:
    """The cells of a column of lists, as `_texts` returns them; of another column cell by cell."""
    try:
        lists = pa.array(column, from_pandas=True)
    except pa.ArrowException:  # values of several types
        lists = pa.nulls(0)
    if not pa.types.is_list(lists.type) or not pa.types.is_string(lists.type.value_type):
        return pa.array([_quoted(neutral(v)) for v in column.tolist()], pa.string())
    items = _by_value(lists.values.fill_null("None"), lambda item: json.dumps(item, ensure_ascii=False))
    joined = pc.binary_join(pa.ListArray.from_arrays(lists.offsets, items), ", ")
    # It begins with a bracket, which no spreadsheet runs.
    cells = pc.binary_join_element_wise("[", joined, "]", "")
    return _by_value(pc.if_else(lists.is_valid(), cells, None), _quoted)


def _by_value(values: pa.Array, write: Callable[[Any], str]) -> pa.Array:
    """The values as text, of which most columns have few: each distinct one is written once."""
    coded = values.dictionary_encode()
    texts = [write(value) for value in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


def _quoted(text: str) -> str:
    """A cell's text as it stands in a line."""
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _floats(column: pd.Series) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind == "f"


def _whole_floats(column: pd.Series) -> bool:
    """A column of whole numbers that pandas turned into floats because some are null."""
    if not (pd.api.types.is_float_dtype(column) and _is_whole(column.name)):
        return False
    return bool((column.dropna() % 1 == 0).all())
