"""Codes that lost digits on their way through a number: what is made of them is put aside, and every cell
keeps the text that the file has."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pyarrow as pa
import pytest
from further_hostile import parquet
from ingest_world import SOURCE, World
from odd_files import DAY, cells, table
from test_odd_deliveries import with_codes

from jobs.ingest.parquet_cells import certain

CARD = 1234567890123450  # sixteen digits, of which a spreadsheet keeps fifteen and writes 0 for the last
FEEDS = {
    style: SOURCE.replace("things*.csv", f"*.{style}").replace("csv", style)
    for style in ("xlsx", "parquet", "sqlite")
}
KEY = "thing_id: {from: id}"


@pytest.fixture
def coded(monkeypatch) -> None:
    with_codes(monkeypatch)


def landed(world: World, source: str, name: str, content: bytes, *columns: str) -> list[tuple]:
    world.source(source)
    world.drop(name, content)
    world.land()
    return [tuple(row[column] for column in columns) for row in world.rows()]


def test_a_key_made_of_a_number_that_lost_digits_stays_apart_and_is_flagged(world: World):
    source = FEEDS["xlsx"].replace(KEY, 'thing_id: {concat: [{const: "P07-"}, id]}')
    content = cells((float(CARD), DAY, "a"), (float(CARD + 10), DAY, "b"), (7.0, DAY, "c"))
    assert landed(world, source, "a.xlsx", content, "thing_id", "_unmapped") == [
        (f"P07-{CARD}", ";thing_id;"),
        (f"P07-{CARD + 10}", ";thing_id;"),
        ("P07-7", ""),
    ]


def test_a_text_made_of_a_cell_in_scientific_notation_is_flagged(world: World):
    source = SOURCE.replace(KEY, "thing_id: {pad: [id, 13, '0']}")
    content = table(f"6.92E+12,{DAY},a,,", f"692,{DAY},b,,")
    assert landed(world, source, "things.csv", content, "_unmapped") == [(";thing_id;",), ("",)]


def test_a_column_that_is_no_code_has_the_digits_of_the_cell(world: World):
    """The name reads the header of the key."""
    source = FEEDS["xlsx"].replace("{from: name}", "{from: id}")
    assert landed(world, source, "a.xlsx", cells((float(CARD), DAY, "a")), "name") == [(str(CARD),)]


def test_first_digits_that_a_number_keeps_are_a_code(world: World, coded):
    """The region of an identity number, its first six digits."""
    source = FEEDS["xlsx"] + "      kind: {substr: [price, 1, 6]}\n"
    content = cells(("1", DAY, "a", 110101199001011234.0), ("2", DAY, "b", 440305.0))
    wanted = [("110101", ""), ("440305", "")]
    assert landed(world, source, "a.xlsx", content, "kind", "_unmapped") == wanted


def test_the_column_that_a_value_comes_from_decides_and_what_a_map_says_stands(world: World, coded):
    source = SOURCE.replace(KEY, "thing_id: {coalesce: [id, price]}")
    source += "      kind: {from: kind, map: {6.92E+12: wine}}\n"
    rows = [
        f"1,{DAY},a,6.92E+12,6.92E+12",
        f",{DAY},b,6.92E+12,",
        f"6.92E+12,{DAY},c,2,",
    ]
    assert landed(world, source, "things.csv", table(*rows), "thing_id", "kind", "_unmapped") == [
        ("1", "wine", ""),
        ("6.92E+12", None, ";thing_id;"),
        ("6.92E+12", None, ";thing_id;"),
    ]


@pytest.mark.parametrize(
    ("kind", "kept", "lost"),
    [("float16", 2**11 - 1, 2**11), ("float32", 2**24 - 1, 2**24), ("float64", 2**53 - 1, 2**53)],
)
def test_each_floating_point_type_has_its_bound(world: World, kind: str, kept: int, lost: int):
    numbers = pa.array([float(kept), float(lost)], pa.float64()).cast(pa.type_for_alias(kind))
    content = parquet({"id": numbers, "made": pa.array([DAY] * 2), "name": pa.array(["a", "b"])})
    found = landed(world, FEEDS["parquet"], "a.parquet", content, "thing_id", "_unmapped")
    assert found == [(str(kept), ""), (str(lost), ";thing_id;")]
    assert any("thing_id: 1 value, first in record 2" in text for text in world.one()["warnings"])


def test_a_number_of_a_workbook_that_no_spreadsheet_has_shortened_is_a_code(world: World):
    """Sixteen digits, below 2⁵³, the last one not 0: written by another program, which kept them all."""
    content = cells((float(CARD + 6), DAY, "a"), (2.0**53 + 2, DAY, "b"))
    assert landed(world, FEEDS["xlsx"], "a.xlsx", content, "thing_id", "_unmapped") == [
        (str(CARD + 6), ""),
        (str(2**53 + 2), ";thing_id;"),
    ]


def test_a_real_of_sqlite_that_lost_digits_is_no_code(world: World, tmp_path):
    """A whole number from 2⁵³ on in a column of REAL is rounded as it is stored; an INTEGER keeps 63 bits."""
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE things (id REAL, made TEXT, name INTEGER)")
        rows = [(2**53 - 1, DAY, 2**53 + 1), (2**53 + 1, DAY, 1), (7, DAY, 1)]
        database.executemany("INSERT INTO things VALUES (?, ?, ?)", rows)
        database.commit()
    content = path.read_bytes()
    assert landed(world, FEEDS["sqlite"], "a.sqlite", content, "thing_id", "name", "_unmapped") == [
        (str(2**53 - 1), str(2**53 + 1), ""),
        (str(2**53), "1", ";thing_id;"),
        ("7", "1", ""),
    ]
    assert any("thing_id: 1 value, first in record 2" in text for text in world.one()["warnings"])


LISTS = {  # the path of the key, and the type of `ids`; each holds the number
    "ids[0]": (pa.list_(pa.float64()), lambda number: [number]),
    "ids[0].code": (pa.list_(pa.struct({"code": pa.float64()})), lambda number: [{"code": number}]),
    "ids": (pa.list_(pa.float64()), lambda number: [number]),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_floating_point_number_within_a_list_of_parquet_that_lost_digits_is_no_code(
    world: World, path: str
):
    kind, made = LISTS[path]
    ids = pa.array([made(2.0**53 - 1), made(2.0**53), None, made(None)], kind)
    columns = {"ids": ids, "made": pa.array([DAY] * 4), "name": pa.array(["kept", "lost", "none", "null"])}
    source = FEEDS["parquet"].replace(KEY, f'thing_id: {{coalesce: ["{path}", name]}}')
    found = landed(world, source, "a.parquet", parquet(columns), "name", "_unmapped")
    assert found == [("kept", ""), ("lost", ";thing_id;"), ("none", ""), ("null", "")]


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (pa.map_(pa.string(), pa.float64()), lambda number: [("code", number)]),
        (pa.map_(pa.float64(), pa.string()), lambda number: [(number, "code")]),
        (pa.list_(pa.map_(pa.string(), pa.float64())), lambda number: [[], [("code", number)]]),
        (pa.map_(pa.string(), pa.list_(pa.float64())), lambda number: [("code", [7.0, number])]),
    ],
)
def test_of_a_map_of_parquet_that_holds_a_number_that_lost_digits_no_digit_is_certain(
    kind: pa.DataType, made: Callable[[float], list]
):
    found = certain(pa.array([made(2.0**53 - 1), made(2.0**53), None, []], kind))
    assert found is not None and found.to_pylist() == [None, 0, None, None]


def test_an_element_of_parquet_that_lost_digits_is_no_code(world: World):
    ids = pa.array([[7.0, 2.0**53]], pa.list_(pa.float64()))
    content = parquet({"ids": ids, "made": pa.array([DAY]), "name": pa.array(["a"])})
    source = (
        FEEDS["parquet"].replace("    key:", "    explode: ids\n    key:").replace(KEY, "thing_id: {from: .}")
    )
    source = source.replace("made,", "..made,").replace("{from: name}", "{from: ..name}")
    found = landed(world, source, "a.parquet", content, "thing_id", "_unmapped")
    assert found == [("7", ""), (str(2**53), ";thing_id;")]


def test_a_number_is_joined_by_its_digits_and_what_it_takes_keeps_its_flag(world: World):
    """One side of the join is a workbook, the other a text file; the key is taken from the workbook."""
    source = SOURCE.replace(KEY, "thing_id: {from: price}").replace("{from: name}", "{from: id}")
    source += "    join:\n      - {file: more.xlsx, by: {id: id}, take: [price], missing: reject}\n"
    world.drop("more.xlsx", cells((float(CARD), DAY, "x", float(CARD)), (8.0, DAY, "y", 9.0)))
    content = table(f"{CARD},{DAY}", f"8,{DAY}", header="id,made\n")
    world.source(source)
    world.drop("things.csv", content)
    world.land()
    rows = [row for each in world.ledger() if each["file"] == "things.csv" for row in world.rows(each)]
    assert [(row["name"], row["thing_id"], row["_unmapped"]) for row in rows] == [
        (str(CARD), str(CARD), ";thing_id;"),
        ("8", "9", ""),
    ]


def test_parts_of_a_record_keep_the_flag_of_its_number(world: World):
    source = FEEDS["xlsx"].replace("    key:", "    explode: {split: kind, by: ;}\n    key:")
    source = (
        source.replace(KEY, "thing_id: {concat: [..id, .]}")
        .replace("made,", "..made,")
        .replace("{from: name}", "{from: .}")
    )
    content = cells((float(CARD), DAY, "a", 1, "x;y"), (7.0, DAY, "b", 1, "z"))
    found = landed(world, source, "a.xlsx", content, "thing_id", "_unmapped")
    assert found == [(f"{CARD}x", ";thing_id;"), (f"{CARD}y", ";thing_id;"), ("7z", "")]
