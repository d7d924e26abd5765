"""The changes file of a revision: what it lists, and that the earlier one with it gives the later one."""

from __future__ import annotations

import pytest

from jobs.publish.changes import applied, changes

KEYS = {"rates": ("unit",)}


@pytest.mark.parametrize(
    ("before", "after"),
    [("0.1", "0.2"), ("", "0.2"), ("0.1", "")],  # an empty text is a missing cell
)
def test_a_cell_that_changed_is_listed_and_applied_from_and_to_a_missing_value_too(
    before: str, after: str
) -> None:
    old = {"rates": [{"unit": "A", "rate": before, "n": "30"}]}
    new = {"rates": [{"unit": "A", "rate": after, "n": "30"}]}
    (change,) = changes(old, new, KEYS)
    assert (change["change"], change["column"]) == ("changed", "rate")
    assert (change["before"], change["after"]) == (before, after)
    assert applied(old, [change], KEYS) == new


def test_a_column_that_one_revision_lacks_is_empty_there() -> None:
    old, new = {"rates": [{"unit": "A", "n": "30"}]}, {"rates": [{"unit": "A", "cv": "0.3"}]}
    found = [(c["column"], c["before"], c["after"]) for c in changes(old, new, KEYS)]
    assert found == [("n", "30", ""), ("cv", "", "0.3")]


def test_rows_that_come_and_go_are_whole_in_the_file_and_a_change_of_no_row_is_an_error() -> None:
    old = {"rates": [{"unit": "A", "rate": "0.1"}]}
    new = {"rates": [{"unit": "B", "rate": "0.3"}]}
    found = changes(old, new, KEYS)
    assert [c["change"] for c in found] == ["withdrawn", "added"]
    assert applied(old, found, KEYS) == new
    with pytest.raises(KeyError):
        applied(new, found, KEYS)
