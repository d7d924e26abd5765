"""CSV cells over several lines: text stays text, and records that an open quote took in are read again."""

from __future__ import annotations

import pytest
from ingest_world import SOURCE, World
from odd_files import DAY, table

NAMED = "id,made,name\n"


def landed(world: World, content: bytes, source: str = SOURCE) -> list[tuple[str, str | None]]:
    world.source(source)
    world.drop("things.csv", content)
    world.land()
    row = world.one()
    assert row["records"] == row["unreadable"] + row["loaded"]
    return [(row["thing_id"], row["name"]) for row in world.rows()]


@pytest.mark.parametrize(
    ("header", "text", "warns"),
    [
        ("id,name", "Bad smell\nAsked twice, no answer", True),
        ("id,made,name", "broken\nred, blue, green\none, two, three", True),
        ("id,made,name", "broken\nred,blue,green\none,two,three", True),  # no key, no day
        ("id,made,name", "broken\nred, blue, green", True),
        ("id,made,name", "a\nb", False),
    ],
)
def test_text_over_several_lines_stays_text(world: World, header: str, text: str, warns: bool):
    day = f"{DAY}," if "made" in header else ""
    source = SOURCE if day else SOURCE.replace("{from: made, date", "{from: id, date")
    content = table(f'1,{day}"{text}"', f"2,{day}c", header=f"{header}\n")
    assert landed(world, content, source) == [("1", text), ("2", "c")]
    assert any("record, first record 1, with a cell" in w for w in world.one()["warnings"]) == warns


def test_a_file_of_one_column_may_hold_lines(world: World):
    source = SOURCE.replace("{from: id}", "{from: name}").replace("{from: made, date", "{from: name, date")
    assert landed(world, b'name\n"a\nb"\nc\n', source) == [("a\nb", "a\nb"), ("c", "c")]


@pytest.mark.parametrize("name", ["name", "other"], ids=["read", "not read"])
def test_records_that_an_open_quote_took_in_are_read_again(world: World, name: str):
    """Also where the quote stands in a column that the feed does not read."""
    rows = [f"1,{DAY},a", f'2,{DAY},"b', f"3,{DAY},c", f'4,{DAY},d"', f"5,{DAY},e"]
    source = SOURCE if name == "name" else SOURCE.replace("{from: name}", "{from: id}")
    found = landed(world, table(*rows, header=f"id,made,{name}\n"), source)
    assert [key for key, _ in found] == ["1", "3", "4", "5"]
    ((number, reason),) = world.unreadable()
    assert number == 2 and "lines that look like records" in reason


def test_records_taken_in_by_a_quote_in_the_key_are_read_again(world: World):
    """The record before says how a key looks."""
    rows = [f"1,{DAY},a", f'"2,{DAY},b', f"3,{DAY},c", f'4",{DAY},d', f"5,{DAY},e"]
    found = landed(world, table(*rows, header=NAMED))
    assert [key for key, _ in found] == ["1", "3", '4"', "5"]
