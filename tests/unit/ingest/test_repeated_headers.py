"""A column name that occurs twice in a header: refused where it could mean either, read where the YAML says
which."""

from __future__ import annotations

import io
import sqlite3

import pytest
from ingest_world import SOURCE, World
from test_json_and_workbooks import workbook

HEADER = ["id", "made", "name", "note", "name", "note"]
ROW = ["1", "2026-01-01", "first", "x", "second", "y"]


def csv() -> bytes:
    return f"{','.join(HEADER)}\n{','.join(ROW)}\n".encode()


def land(world: World, content: bytes, style: str, **said: str) -> dict:
    text = SOURCE.replace("csv", style).replace("{from: name}", said.get("column", "{from: name}"))
    world.source(text + (f"    ignore: [{said['ignore']}]\n" if "ignore" in said else ""))
    world.drop(f"things.{style}", content)
    world.land()
    return world.one()


@pytest.mark.parametrize(("style", "content"), [("csv", csv()), ("xlsx", workbook([HEADER, ROW]))])
def test_the_second_of_one_name_is_read_as_name_2(world: World, style: str, content: bytes):
    row = land(world, content, style, column='{concat: [name, {text: /}, "name (2)"]}')
    assert world.column("name") == ["first/second"]
    assert row["drift"] == ["note", "note (2)"]


def test_a_name_that_the_feed_reads_refuses_the_file_unless_the_other_is_named(world: World):
    row = land(world, csv(), "csv")
    assert row["status"] == "refused"
    assert row["reason_en"] == (
        "column names occur twice in the header: name (name the others in columns or ignore, as name (2))"
    )


def test_an_ignored_second_one_leaves_the_first(world: World):
    row = land(world, csv(), "csv", ignore='"name (2)", note, "note (2)"')
    assert world.column("name") == ["first"] and row["drift"] == []


def test_a_repeated_name_that_no_column_reads_costs_nothing(world: World):
    row = land(world, b"id,made,name,note,note\n1,2026-01-01,a,x,y\n", "csv")
    assert row["status"] == "landed" and row["drift"] == ["note", "note (2)"]


def test_a_name_that_looks_like_the_second_of_another_is_not_taken_for_it(world: World):
    content = b"id,made,name,name (2),name\n1,2026-01-01,a,b,c\n"
    row = land(world, content, "csv", column='{concat: [name, {text: /}, "name (2)", {text: /}, "name (3)"]}')
    assert row["status"] == "landed" and world.column("name") == ["a/b/c"]


def test_a_hundred_thousand_columns_are_read_in_a_moment(world: World):
    many = 100_000
    header = ",".join(["id", "made", "name", *(f"c{i % 70_000}" for i in range(many))])
    row = land(world, f"{header}\n1,2026-01-01,a{',x' * many}\n".encode(), "csv")
    assert (row["status"], world.column("name"), len(row["drift"])) == ("landed", ["a"], 1_000)
    assert f"only the first 1000 of {many} columns" in row["warnings"][-1]


def test_a_table_of_a_database_never_repeats_a_name_but_for_spaces(world: World, tmp_path):
    path = tmp_path / "made.db"
    with sqlite3.connect(path) as made:
        made.execute('CREATE TABLE things (id, made, name, "name ")')
        made.execute("INSERT INTO things VALUES (1, '2026-01-01', 'a', 'b')")
    made.close()
    row = land(world, io.BytesIO(path.read_bytes()).getvalue(), "sqlite", column='{from: "name (2)"}')
    assert (row["status"], world.column("name")) == ("landed", ["b"])
