"""What pages ask of the lake."""

from __future__ import annotations

from collections import Counter

import pytest

from jobs.reports.asked import COLUMNS, COMPARED


@pytest.mark.parametrize("asked", [COLUMNS, COMPARED], ids=["night", "earlier"])
def test_no_column_of_a_table_is_asked_for_twice(asked: dict[str, list[str] | None]) -> None:
    # A frame with a column twice gives a frame where a page expects a column.
    twice = {table: [c for c, n in Counter(names or ()).items() if n > 1] for table, names in asked.items()}
    assert not {table: names for table, names in twice.items() if names}
