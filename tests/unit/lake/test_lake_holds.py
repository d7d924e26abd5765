"""When a version holds just the rows of a table, so that it need not be written again."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from jobs.lake.tables import Lake

ROWS = pa.table(
    {
        "code": pa.array(["a", "b", None]),
        "rate": pa.array([0.1, None, 0.3]),
        "on": pa.array([date(2026, 1, 1), None, date(2026, 1, 3)], pa.date32()),
        "why": pa.array([["x"], [], None], pa.list_(pa.string())),
    }
)


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake(tmp_path)
    assert lake.overwrite("gold.t", ROWS) == 0
    return lake


def test_the_same_rows_in_another_order_are_the_same(lake):
    assert lake.holds("gold.t", 0, ROWS.take([2, 0, 1]), key=["code"])


@pytest.mark.parametrize(
    "other",
    [
        ROWS.slice(0, 2),
        ROWS.set_column(1, "rate", pa.array([0.1, None, 0.30000000000000004])),
        ROWS.set_column(1, "rate", pa.array([0.1, 0.0, 0.3])),
        ROWS.set_column(3, "why", pa.array([["x"], None, None], pa.list_(pa.string()))),
        ROWS.set_column(1, "rate", pa.array([0, None, 0])),
        ROWS.rename_columns(["code", "share", "on", "why"]),
    ],
    ids=[
        "fewer rows",
        "the last bit",
        "null and 0",
        "null and an empty list",
        "another type",
        "another name",
    ],
)
def test_any_difference_is_a_difference(lake, other):
    assert not lake.holds("gold.t", 0, other, key=["code"])
