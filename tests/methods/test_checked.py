"""What every method does with its arguments: labels, lengths, gaps, kinds."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from jobs.methods import checked


def test_series_go_by_label_and_lists_by_position():
    frame = checked.columns(
        a=pd.Series([1, 2], index=["x", "y"]), b=pd.Series([20, 10], index=["y", "x"]), c=[5, 6], d=7
    )
    assert frame.loc["x"].tolist() == [1, 10, 5, 7] and frame.loc["y"].tolist() == [2, 20, 6, 7]


def test_equal_indexes_may_repeat_labels_and_others_may_not():
    same = pd.Index(["x", "x"])
    assert checked.columns(a=pd.Series([1, 2], index=same), b=pd.Series([3, 4], index=same)).b.tolist() == [
        3,
        4,
    ]
    with pytest.raises(ValueError, match="repeats labels"):
        checked.columns(a=pd.Series([1, 2], index=["x", "y"]), b=pd.Series([3, 4], index=same))
    with pytest.raises(ValueError, match="lacks labels of the first, such as 'x'"):
        checked.columns(a=pd.Series([1, 2], index=["x", "y"]), b=pd.Series([3, 4], index=["z", "y"]))


@pytest.mark.parametrize(
    "value",
    [
        [1, None, 3],
        (1.0, np.nan, 3.0),
        pd.array([1, None, 3], dtype="Int64"),
        pd.Series([1, pd.NA, 3], dtype="Int64"),
        pd.Series([1, None, 3], dtype="double[pyarrow]"),
        pd.Series([Decimal(1), None, Decimal(3)]),
        np.array([1, np.nan, 3], dtype="float32"),
        pd.Series([1, np.nan, 3], dtype=object),
    ],
    ids=["list", "tuple", "nullable", "series", "arrow", "decimal", "float32", "object"],
)
def test_numbers_of_any_kind_become_floats_with_gaps(value):
    got = checked.floats("a", value)
    assert got.dtype == float and got[0] == 1 and np.isnan(got[1]) and got[2] == 3


def test_truth_is_0_and_1():
    assert checked.floats("a", pd.array([True, False, None], dtype="boolean")).tolist()[:2] == [1, 0]
    assert checked.floats("a", np.array([True, False])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (["1"], "numbers"),
        (pd.Series(["a"]), "numbers"),
        (pd.to_datetime(["2026-01-01"]), "numbers"),
        ([np.inf], "finite"),
        ([[1.0]], "dimensions"),
        (np.array(["1"]), "numbers"),
        ([1 + 2j], "numbers"),
        (pd.Series([pd.Timestamp("2026-01-01")]), "numbers"),
    ],
)
def test_what_is_no_number_is_refused_by_name(value, reason):
    with pytest.raises(ValueError, match=f"share.*{reason}"):
        checked.floats("share", value)


def test_arguments_are_not_changed():
    given = np.array([0.2, 0.1])
    checked.floats("a", given)[0] = 9
    assert given.tolist() == [0.2, 0.1]
