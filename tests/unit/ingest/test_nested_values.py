"""Values inside values, and the producers record, file, hash, pad and decimal, each by a file that lands."""

from __future__ import annotations

import pytest
from ingest_world import SOURCE, World
from test_archives import zipped
from test_operations import land_cells


def landed_names(world: World, spec: str, content: str, *files: str) -> dict[str, list]:
    """The landed `name` of each file, by file."""
    world.source(SOURCE.replace("{from: name}", spec).replace("things*.csv", "*"))
    for file in files:
        world.drop(file, content)
    world.land()
    return {row["file"]: [r["name"] for r in world.rows(row)] for row in world.ledger()}


def test_the_first_value_that_is_there_may_be_cut_out_of_a_text(world: World):
    rows = land_cells(
        world,
        "name",
        "{coalesce: [{extract: [x, '型号([A-Z0-9-]+)']}, y]}",
        ["新型号X-1好,b", "没有,b", ",", "没有,"],
        header="x,y",
    )
    assert [r["name"] for r in rows] == ["X-1", "b", None, None]
    assert [r["_original_name"] for r in rows] == ["新型号X-1好", None, None, "没有"]


@pytest.mark.parametrize(
    ("column", "spec", "lines", "originals"),
    [
        (
            "kind",
            "{coalesce: [{from: x, map: {a: A}}, {from: y, map: {b: B}}]}",
            ["a,b", "q,b", "q,r", ",b", ","],
            ["a", "b", "q", "b", None],
        ),
        (
            "made_on",
            "{coalesce: [{from: x, date: dd.MM.yyyy}, {from: y, date: yyyyMMdd}]}",
            ["soon,20250101", "soon,", "02.01.2026,20250101", "soon,2025-01-01"],
            ["20250101", "soon", "02.01.2026", "soon"],
        ),
        (
            "name",
            "{substr: [{coalesce: [{extract: [x, '([0-9]+)']}, y]}, 1, 2]}",
            ["none,b12", "n345,b12"],
            ["b12", "n345"],
        ),
        (
            "kind",
            "{from: {coalesce: [{from: x, map: {a: p}}, y]}, map: {p: P, q: Q}}",
            ["a,q", "z,q", "z,r"],
            ["a", "q", "r"],
        ),
    ],
)
def test_the_original_is_the_text_of_the_part_that_gives_the_value(
    world: World, column: str, spec: str, lines: list[str], originals: list[str | None]
):
    """An earlier part whose text gave no value is not what the value was made of."""
    rows = land_cells(world, column, spec, lines, header="x,y")
    assert [r[f"_original_{column}"] for r in rows] == originals


def test_values_nest_as_deep_as_they_are_written(world: World):
    spec = "{concat: [{text: K}, {pad: [{substr: [{coalesce: [x, y]}, 2, 2]}, 4, '0']}]}"
    rows = land_cells(world, "name", spec, ["a12,", ",b7", ","], header="x,y")
    assert [r["name"] for r in rows] == ["K0012", "K0007", None]


def test_each_of_several_date_columns_has_its_own_pattern(world: World):
    spec = "{coalesce: [{from: x, date: dd.MM.yyyy}, {from: y, date: yyyyMMdd}]}"
    rows = land_cells(
        world, "made_on", spec, ["02.01.2026,20250101", "soon,20250101", "soon,", ","], header="x,y"
    )
    assert [r["made_on"] for r in rows] == ["2026-01-02", "2025-01-01", None, None]
    # A date that fits nothing and leaves the whole empty is an unknown value, and never passes for none.
    assert [r["_unmapped"] for r in rows] == ["", "", ";made_on;", ""]


def test_an_unknown_value_inside_another_counts_where_it_leaves_the_whole_empty(world: World):
    spec = "{coalesce: [{from: x, map: {a: A}}, {from: y, map: {b: B}}]}"
    rows = land_cells(world, "kind", spec, ["a,", "q,b", "q,", "q,q", ","], header="x,y")
    assert [r["kind"] for r in rows] == ["A", "B", None, None, None]
    assert [r["_unmapped"] for r in rows] == ["", "", ";kind;", ";kind;", ""]


def test_a_map_may_stand_behind_a_value_made_of_others(world: World):
    rows = land_cells(world, "kind", "{from: {coalesce: [x, y]}, map: {a: A}}", ["a,", ",a", ",b"], "x,y")
    assert [(r["kind"], r["_unmapped"]) for r in rows] == [("A", ""), ("A", ""), (None, ";kind;")]


def test_a_list_may_come_from_the_first_column_that_has_one(world: World):
    rows = land_cells(world, "tags", "{coalesce: [{from: x, split: ';'}, y]}", ["a;b,", ",c;d"], "x,y")
    assert [r["tags"] for r in rows] == ['["a", "b"]', '["c;d"]']


def test_a_cell_may_be_mapped_before_it_is_split(world: World):
    spec = "{coalesce: [{from: x, map: {Kina: China, Kina og Italia: China;Italy}}, x], split: ';'}"
    rows = land_cells(world, "tags", spec, ["Kina", "Kina og Italia", "Peru;Chile", ""])
    assert [r["tags"] for r in rows] == ['["China"]', '["China", "Italy"]', '["Peru", "Chile"]', None]


def test_a_cell_that_no_map_before_a_split_knows_is_unmapped(world: World):
    rows = land_cells(world, "tags", "{from: {from: x, map: {a: b}}, split: ';'}", ["a", "c"])
    assert [(r["tags"], r["_unmapped"]) for r in rows] == [('["b"]', ""), (None, ";tags;")]


@pytest.mark.parametrize("value", ["{from: x, map: {a: b}}", "{coalesce: [{from: x, map: {a: b}}, x]}"])
def test_a_map_of_a_list_is_refused_and_what_to_write_instead_is_said(world: World, value: str):
    (problem,) = world.problems(SOURCE + f"      tags: {value}\n")
    assert "does not fit a column of type array<string>; a cell is mapped before it is split" in problem


def test_a_required_column_lacks_only_what_no_part_of_it_can_do_without(world: World):
    world.source(SOURCE.replace("{from: id}", "{coalesce: [{extract: [no, '(.+)']}, id]}"))
    world.drop("things.csv", "id,made,name\n1,2026-01-01,a\n")
    world.drop("things_2.csv", "made,name\n2026-01-01,a\n")
    world.land()
    by_file = {row["file"]: row for row in world.ledger()}
    assert by_file["things.csv"]["status"] == "landed"
    assert "lacks columns that are required: id, no" in by_file["things_2.csv"]["reason_en"]


def test_record_is_the_number_that_the_ledger_names(world: World):
    rows = land_cells(world, "name", "{concat: [x, {text: '#'}, {record: true}]}", ["a", "b,c", "d"])
    assert [(r["name"], r["_record"]) for r in rows] == [("a#1", 1), ("d#3", 3)]


def test_file_is_group_one_of_the_files_name_percent_decoded(world: World):
    content = "id,made\n1,2026-01-01\n"
    spec = "{file: 'cat_(.+)\\.csv'}"
    got = landed_names(world, spec, content, "cat_%E7%8E%A9%E5%85%B7.csv", "below/cat_a b.csv", "other.csv")
    assert got == {
        "cat_%E7%8E%A9%E5%85%B7.csv": ["玩具"],
        "below/cat_a b.csv": ["a b"],
        "other.csv": [None],
    }  # one content under three names is three files: its rows differ


def test_one_content_under_two_names_is_one_where_no_value_is_made_of_the_name(world: World):
    world.source()
    world.drop("things_1.csv", "id,made,name\n1,2026-01-01,a\n")
    world.drop("things_2.csv", "id,made,name\n1,2026-01-01,a\n")
    world.land()
    assert sorted(row["status"] for row in world.ledger()) == ["landed", "repeated"]


def test_file_reads_the_name_of_the_archives_member_first(world: World):
    text = SOURCE.replace("{from: name}", "{file: '_([a-z]+)[.]'}").replace("things*.csv", "*.zip")
    world.source(text.replace("format: csv", "format: csv\n    member: '*.csv'"))
    rows = {"in/t_toys.csv": "id,made\n1,2026-01-01\n", "2.csv": "id,made\n2,2026-01-01\n"}
    world.drop("all_rest.zip", zipped(rows))
    world.land()
    assert sorted((r["thing_id"], r["name"]) for r in world.rows()) == [("1", "toys"), ("2", "rest")]


def test_hash_is_keyed_and_differs_where_the_parts_differ(world: World):
    cells = ["ab,c", "a,bc", "ab,c", "ab,", ",ab", ","]
    rows = land_cells(world, "name", "{hash: [x, y]}", cells, header="x,y")
    got = [r["name"] for r in rows]
    assert got[0] == got[2] and len(set(got[:2] + got[3:5])) == 4 and got[5] is None
    assert all(len(value) == 64 for value in got[:5])
    other = World(world.home / "elsewhere")
    again = land_cells(other, "name", "{hash: [x, y]}", cells, header="x,y")
    assert again[0]["name"] != got[0]  # another installation has another key


def test_what_a_hash_is_made_of_stays_in_the_raw_file(world: World):
    spec = "{concat: [{text: r-}, {hash: [{substr: [x, 1, 11]}]}]}"
    (row,) = land_cells(world, "name", spec, ["13800001111 王女士"])
    assert row["name"].startswith("r-") and "_original_name" not in row
    landed = next((world.environment.landing / "rows").rglob("*.parquet")).read_bytes()
    assert b"13800001111" not in landed


def test_pad_fills_from_the_left_and_cuts_nothing(world: World):
    rows = land_cells(world, "name", "{pad: [x, 4, '0']}", ["7", "1234", "12345", ""])
    assert [r["name"] for r in rows] == ["0007", "1234", "12345", None]
    assert [r["_original_name"] for r in rows] == ["7", None, None, None]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024.965", "2024.9650"),
        ("2024.9650", "2024.9650"),
        ("2024.96500", "2024.9650"),
        ("2024", "2024.0000"),
        ("-0", "0.0000"),
        ("1e-3", "0.0010"),
        ("123456789012345678901234567890.1", "123456789012345678901234567890.1000"),
        ("2024.96512", "2024.96512"),
        ("n/a", "n/a"),
    ],
)
def test_decimal_has_fixed_places_and_never_rounds(world: World, cell: str, expected: str):
    (row,) = land_cells(world, "name", "{decimal: [x, 4]}", [cell])
    assert row["name"] == expected
    assert row["_original_name"] == (None if cell == expected else cell)


def test_a_decimal_that_fits_nothing_can_never_be_cast_as_a_number(world: World):
    rows = land_cells(world, "price", "{decimal: [x, 2]}", ["1.5", "1.555", "many"])
    assert [r["price"] for r in rows] == ["1.50", "?1.555", "many"]


WRONG = [
    ("{coalesce: [{extrct: [a, '(b)']}]}", "coalesce[0].extrct: unknown field; did you mean extract"),
    ("{coalesce: [{extract: [a]}, b]}", "coalesce[0].extract: must be [column, regular expression]"),
    ("{coalesce: [a, {from: b, map: []}]}", "coalesce[1].map: must be a mapping"),
    ("{concat: [a, {text: b, from: c}]}", "concat[1]: a literal is written {text: …}, and nothing beside it"),
    ("{concat: [a, {map: {b: c}}]}", "concat[1]: needs exactly one of"),
    ("{concat: [a, {from: b, on_unmapped: keep}]}", "concat[1].on_unmapped: unknown field"),
    ("{record: yes}", "record: is written {record: true}"),
    ("{file: cat}", "file: 'cat' has no group"),
    ("{file: 'cat_(.+'}", "file: 'cat_(.+' is not a regular expression of RE2"),
    ("{hash: []}", "hash: must name at least one column"),
    ("{hash: [{text: a}]}", "hash: names no column: write const"),
    ("{pad: [a, 4]}", "pad: must be [column, least number of characters, character to put in front]"),
    ("{pad: [a, 0, '0']}", "pad: the least number of characters must be a whole number from 1 to 200"),
    ("{pad: [a, 4, '00']}", "pad: the character to put in front must be one character, not '00'"),
    ("{decimal: [a, -1]}", "decimal: the number of places must be a whole number from 0 to 30, not '-1'"),
    ("{decimal: [{decimal: [a, x]}, 2]}", "decimal[0].decimal: the number of places must be a whole number"),
]


@pytest.mark.parametrize(("spec", "complaint"), WRONG)
def test_a_wrong_value_is_named_by_file_line_and_place(world: World, spec: str, complaint: str):
    (problem, *_) = world.problems(SOURCE.replace("{from: name}", spec))
    assert problem.startswith("acme.yaml:14: feeds.things.columns.name.")
    assert complaint in problem


def test_the_line_is_that_of_the_part_itself(world: World):
    spec = "\n        coalesce:\n          - a\n          - extract: [b, '(']"
    (problem,) = world.problems(SOURCE.replace("{from: name}", spec))
    assert problem.startswith("acme.yaml:17: feeds.things.columns.name.coalesce[1].extract: '(' is not")


def test_decimal_does_not_fit_a_day(world: World):
    text = SOURCE.replace("{from: made, date: [yyyy-MM-dd]}", "{decimal: [made, 2]}")
    assert "made_on.decimal: does not fit a column of type date" in world.problems(text)[0]
