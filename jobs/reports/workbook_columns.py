"""A worksheet of xlsxwriter that takes whole columns of figures. xlsxwriter keeps and writes each cell by
itself, which for millions of cells takes longer than the pages; here each distinct cell of a column is made
once."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from jobs.reports.downloads import runs

LONGEST = 32_767  # characters that a cell holds
FEW = 200  # a column of fewer cells is written one by one, faster than by its distinct values
# What pandas calls columns whose values are of one type, so that equal ones are the same cell.
_NO_NUMBERS, _NUMBERS = ("string", "date", "boolean", "empty"), ("integer", "floating")
Formats = dict[str, Any]  # of xlsxwriter, by name; text, quoted and day are asked for here


class Columns(Worksheet):
    """A worksheet with rows that are written cell by cell, as heads are, and below these whole columns
    (`write_cells`). For `Workbook.add_worksheet(name, worksheet_class=Columns)`."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[tuple[int, list[str]]] = []
        self._first = 0

    def write_cells(
        self, first: int, at: int, column: pd.Series, numbers: list[Any], formats: Formats
    ) -> None:
        """Write a column of cells from row ``first`` on (counted from 0, the same for all columns, below all
        other rows; columns in order). Null and '' are empty cells. Text is always text, never a formula or a
        link; what a spreadsheet would run is marked as quoted, so that it stays text when somebody edits the
        cell.

        ``at``: number of the column, from 0; ``column``: texts, numbers, booleans, dates or lists;
        ``numbers``: the format of all numbers, or one for each row; ``formats``: of texts and days. Raises
        ValueError for an infinite number.
        """
        if column.empty:
            return
        self._check_dimensions(first, at)
        self._check_dimensions(first + len(column) - 1, at)
        self._first = first
        kind = "" if len(column) < FEW else pd.api.types.infer_dtype(column, skipna=True)
        if kind in _NO_NUMBERS or (kind in _NUMBERS and len(numbers) == 1):
            made = self._by_value(column, numbers[0], formats)
        else:
            made = self._one_by_one(column, numbers, formats)
        self._columns.append((at, made))

    def _by_value(self, column: pd.Series, number: Any, formats: Formats) -> list[str]:
        """The cells of a column in which equal values are the same cell."""
        codes, values = pd.factorize(column)
        cells = [self._cell(value, number, formats) for value in values.tolist()]
        return np.array([*cells, ""], dtype=object)[codes].tolist()  # the code of nothing is -1

    def _one_by_one(self, column: pd.Series, numbers: list[Any], formats: Formats) -> list[str]:
        met, made = dict[tuple[Any, ...], str](), []
        of_rows = numbers if len(numbers) == len(column) else numbers * len(column)
        for value, there, number in zip(column.tolist(), column.notna().tolist(), of_rows, strict=True):
            if not there:  # as most
                made.append("")
                continue
            if isinstance(value, (list, tuple, np.ndarray)):
                value = "；".join(map(str, value))
            key = (value.__class__, value, id(number))  # True and 1 are equal
            if key not in met:
                met[key] = self._cell(value, number, formats)
            made.append(met[key])
        return made

    def _cell(self, value: Any, number: Any, formats: Formats) -> str:
        """What stands behind the place of a cell in the file of its sheet; '' for an empty cell."""
        if value == "":
            return ""
        if isinstance(value, (bool, np.bool_)):
            return _styled(number, ' t="b"', str(int(value)), styled=False)
        if isinstance(value, (int, float, np.number)):
            if not math.isfinite(value):
                raise ValueError(f"a cell cannot hold {value}")
            return _styled(number, "", f"{value + 0:.16G}")  # no -0
        if isinstance(value, (date, datetime)):
            return _styled(formats["day"], "", f"{self._convert_date_time(value):.16G}")
        text = str(value)[:LONGEST]
        place = self.str_table._get_shared_string_index(text)
        return _styled(formats["quoted" if runs(text) else "text"], ' t="s"', str(place))

    def _write_rows(self) -> None:
        """Called by xlsxwriter where the file of the sheet is written."""
        super()._write_rows()
        letters = [xl_col_to_name(at) for at, _ in self._columns]
        for row, cells in enumerate(zip(*(made for _, made in self._columns), strict=True), self._first + 1):
            line = "".join(
                f'<c r="{letter}{row}"{cell}' for letter, cell in zip(letters, cells, strict=True) if cell
            )
            if line:
                self.fh.write(f'<row r="{row}">{line}</row>')


def _styled(style: Any, kind: str, content: str, *, styled: bool = True) -> str:
    """``style``: a format of xlsxwriter; ``kind``: attribute with the type of the cell."""
    number = f' s="{style._get_xf_index()}"' if styled else ""
    return f"{number}{kind}><v>{content}</v></c>"
