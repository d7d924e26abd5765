"""Lists of the values of groups, and rows as dicts."""

from __future__ import annotations

import gc
from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.arrays import dicts, lists


@pytest.mark.parametrize("values", [["b", "a", "c", "a"], [1, 2, 3, 4], [None, "x", "x", None]])
def test_lists_of_groups_are_those_of_pandas(values):
    rows = pd.DataFrame({"group": [1, 2, 2, 5], "value": values})
    plain = rows.groupby("group")["value"].agg(list)
    assert lists(rows["value"], rows.groupby("group").size()) == plain.tolist()


def test_a_group_without_a_value_has_an_empty_list():
    assert lists(np.array(["a", "b"], dtype=object), [0, 2, 0]) == [[], ["a", "b"], []]
    assert lists(pd.Series([], dtype=object), []) == []


@pytest.mark.parametrize("sizes", [[1], [1, 2]])
def test_groups_of_more_or_fewer_values_than_there_are_are_refused(sizes):
    with pytest.raises(ValueError, match="there are 2"):
        lists(np.array([1, 2]), sizes)


def test_garbage_is_collected_again_afterwards():
    lists(np.array([1, 2]), [1, 1])
    assert gc.isenabled()


def test_rows_as_dicts_are_those_of_pandas():
    rows = pd.DataFrame(
        {
            "text": ["a", None, "c"],
            "whole": [1, 2, 3],
            "share": [0.5, None, 1.0],
            "known": [True, False, True],
            "counted": pd.array([1, None, 3], dtype="Int64"),
            "on": [date(2026, 6, 30), None, date(2026, 7, 1)],
            "at": pd.to_datetime(["2026-06-30", None, "2026-07-01"]),
            "several": [["x"], None, []],
        }
    )
    plain = rows.to_dict("records")
    found = dicts(rows)
    pd.testing.assert_frame_equal(pd.DataFrame(found, dtype=object), pd.DataFrame(plain, dtype=object))
    assert [[type(v) for v in r.values()] for r in found] == [[type(v) for v in r.values()] for r in plain]
    assert dicts(rows.iloc[:0]) == [] and gc.isenabled()
