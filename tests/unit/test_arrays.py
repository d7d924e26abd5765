"""Lists of the values of groups."""

from __future__ import annotations

import gc

import numpy as np
import pandas as pd
import pytest

from jobs.arrays import lists


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
