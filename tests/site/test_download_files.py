"""Downloads that are written a column at a time are those that are written cell by cell."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.reports.downloads import csv_bytes, csv_files


def test_a_small_download_writes_its_cells_as_a_large_one_does():
    rows = pd.DataFrame({
        "n_whole": [1.0, np.nan, 3.0],
        "n_effective": [1.5, np.nan, 3.0],
        "rate": [0.1, np.inf, np.nan],
        "day": [date(2026, 1, 1), None, date(2026, 1, 3)],
        "moment": pd.to_datetime(["2026-01-01 10:00", None, "2026-01-03 00:00"]),
        "flag": [True, False, True],
        "maybe": pd.array([True, None, False], dtype="boolean"),
        "count": pd.array([1, None, 3], dtype="Int64"),
        "text": ["=1+1", "", None],
        "list": [["a", "b"], [], None],
        "mixed": [1, 2.5, "x"],
        "signed": [-0.0, 0.0, 1e-7],
        "quoted": ['a"b', "甲,乙\r\n", "\n=1"],
        "quoted list": [[None, 'a"b'], ["x\n"], [""]],
        "numbers": [[1, 2], [], None],
        "nothing": [None, None, None],
    })  # fmt: skip
    large = csv_bytes(pd.concat([rows] * 400, ignore_index=True))
    assert large.startswith(csv_bytes(rows))


def test_an_empty_cell_is_no_empty_line_in_a_large_download_of_one_column():
    cells = pd.DataFrame({"text": ["", "a"] * 200})
    assert csv_bytes(cells).decode("utf-8-sig") == "text\r\n" + '""\r\na\r\n' * 200


def test_files_that_are_cut_together_are_those_cut_one_by_one():
    rows = pd.DataFrame({
        "n_effective": [1.5, np.nan, 3.0, 2.0],
        "n_judged": [1.0, np.nan, 3.0, 2.0],
        "rate": [0.1, np.inf, np.nan, 2.0],
        "day": [date(2026, 1, 1), None, date(2026, 1, 3), None],
        "code": pd.Categorical(["=1+1", None, "甲,乙", "a"]),
        "list": [["a", "b"], [], None, ["=c"]],
    })  # fmt: skip
    places = {"some.csv": [0, 2], "whole.csv": [3, 2, 1], "none.csv": [], "all.csv": [0, 1, 2, 3]}
    assert csv_files(rows, places) == {path: csv_bytes(rows.iloc[at]) for path, at in places.items()}
    assert csv_files(rows, {}) == {}
    many = pd.concat([rows] * 400, ignore_index=True)
    places = {"some.csv": [0, 2, 799], "whole.csv": [3, 2, 1], "none.csv": [], "all.csv": list(range(1600))}
    assert csv_files(many, places) == {path: csv_bytes(many.iloc[at]) for path, at in places.items()}
