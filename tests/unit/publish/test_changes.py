"""An earlier revision and its changes give the later one, and nothing else."""

from __future__ import annotations

import json
import random

import pytest

from jobs.publish.changes import applied, changes

KEYS = {"rates": ("unit", "design")}


def rows(*cells: tuple[str, str, str, str]) -> list[dict[str, str]]:
    return [{"unit": u, "design": d, "rate": r, "n": n} for u, d, r, n in cells]


def test_a_row_that_came_went_or_changed_is_said_once():
    before = {"rates": rows(("A", "", "0.1", "40"), ("B", "", "", "3"))}
    after = {"rates": rows(("A", "", "0.2", "40"), ("C", "", "0.5", "50"))}
    found = changes(before, after, KEYS)
    assert [(c["change"], c["key"], c["column"], c["before"], c["after"]) for c in found] == [
        ("changed", '{"unit": "A", "design": ""}', "rate", "0.1", "0.2"),
        ("withdrawn", '{"unit": "B", "design": ""}', "", json.dumps(before["rates"][1]), ""),
        ("added", '{"unit": "C", "design": ""}', "", "", json.dumps(after["rates"][1])),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_changes_applied_to_the_earlier_revision_are_the_later_one(seed):
    draw = random.Random(seed)

    def revision() -> list[dict[str, str]]:
        units = draw.sample("ABCDEFGH", 5)
        return rows(*((u, draw.choice(["", "all"]), draw.choice(["", "0.1", "'=x"]), "9") for u in units))

    before, after = revision(), revision()
    found = changes({"rates": before}, {"rates": after}, KEYS)
    whole = applied({"rates": before}, found, KEYS)["rates"]
    at = lambda row: (row["unit"], row["design"])
    assert sorted(whole, key=at) == sorted(after, key=at)


def test_no_change_no_row_and_another_order_is_no_change():
    some = rows(("A", "", "1", "2"), ("B", "", "1", "2"))
    assert changes({"rates": some}, {"rates": some[::-1]}, KEYS) == []


def test_a_change_of_a_row_that_is_not_there_is_an_error():
    found = changes({"rates": rows(("A", "", "1", "2"))}, {"rates": rows(("A", "", "2", "2"))}, KEYS)
    with pytest.raises(KeyError):
        applied({"rates": []}, found, KEYS)
