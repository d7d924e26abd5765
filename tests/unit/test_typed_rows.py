"""What build() returns is typed by the contract, and what does not fit is named (jobs.night.derived)."""

from __future__ import annotations

import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.errors import QualityError
from jobs.night.derived import typed_rows

CONTRACT = load_catalog().contracts["gold.source_hotspot"]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        (CONTRACT.key[0], None, "non-nullable"),  # a required column with a missing value
        (CONTRACT.key[0], object(), "does not fit"),
    ],
)
def test_a_cell_that_does_not_fit_is_an_error_that_names_table_and_column(
    column: str, value: object, why: str
) -> None:
    rows = pd.DataFrame([dict.fromkeys(CONTRACT.column_names) | {column: value}], dtype=object)
    with pytest.raises(QualityError, match=why) as raised:
        typed_rows(CONTRACT, rows)
    assert str(raised.value).startswith("gold.source_hotspot: ") and column in str(raised.value)


def test_a_frame_without_a_column_is_an_error_that_names_it() -> None:
    column = CONTRACT.column_names[-1]
    rows = pd.DataFrame(columns=[name for name in CONTRACT.column_names if name != column])
    with pytest.raises(QualityError, match=rf"gold\.source_hotspot: build\(\) gave no column {column}"):
        typed_rows(CONTRACT, rows)
