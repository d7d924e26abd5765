"""Whole columns of a worksheet: the cells that a spreadsheet reads are those of the column."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from jobs.reports.workbook_columns import FEW, LONGEST, Columns


def read(*columns: list[Any]) -> list[list[Any]]:
    """The cells of a sheet with a row of heads and these columns, by row."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    formats = {name: book.add_format() for name in ("text", "quoted", "number")}
    formats["day"] = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("S", Columns)
    for at, values in enumerate(columns):
        sheet.write_string(0, at, f"head {at}")
        column = pd.Series(values, dtype=object)
        numbers = [formats["number"]] * (1 if len(values) >= FEW else len(values))
        sheet.write_cells(1, at, column, numbers, formats)
    book.close()
    return CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue())).get_sheet_by_index(0).to_python()


def test_each_kind_of_value_is_the_cell_that_it_was() -> None:
    day = date(2026, 6, 30)
    heads, *rows = read(
        ['铅 <5 & "x"', None, "=1+1", ""], [1, True, 0.1, -0.0], [day, ["a", "b"], None, None]
    )
    assert heads == ["head 0", "head 1", "head 2"]
    assert rows == [
        ['铅 <5 & "x"', 1.0, day],
        ["", True, "a；b"],  # equal to the 1 above, and no number
        ["=1+1", 0.1, ""],  # a text, no formula
        ["", 0.0, ""],
    ]


def test_a_long_column_has_the_cells_that_short_ones_have() -> None:
    day = date(2026, 6, 30)
    columns = [
        ["甲", "=1+1", None, ""],
        [True, False, None, True],
        [day, None, day, day],
        [0.1, -0.0, float("nan"), 2.5],
        [3, 1, None, 3],
        [1, True, "1", ["a", "b"]],
    ]
    assert read(*(values * FEW for values in columns))[1:] == read(*columns)[1:] * FEW


def test_a_row_without_any_value_keeps_its_place() -> None:
    assert read([1, None, 3])[1:] == [[1.0], [""], [3.0]]


def test_a_text_longer_than_a_cell_is_cut_and_an_infinite_number_is_an_error() -> None:
    assert read(["x" * (LONGEST + 1)])[1] == ["x" * LONGEST]
    with pytest.raises(ValueError, match="a cell cannot hold inf"):
        read([float("inf")])
