"""The operations of the language, each by a file that lands."""

from __future__ import annotations

import json

import pytest
from ingest_world import SOURCE, World


def land_cells(world: World, column: str, spec: str, cells: list[str], header: str = "x") -> list[dict]:
    """Land a file whose column(s) `header` hold ``cells``, mapped by ``spec`` to ``column``; the landed
    rows."""
    lines = {
        "made_on": "      made_on:  {from: made, date: [yyyy-MM-dd]}\n",
        "name": "      name:     {from: name}\n",
    }
    text = SOURCE.replace(lines["name"], "")
    text = text.replace(lines["made_on"], "") if column == "made_on" else text
    world.source(text + f"      {column}: {spec}\n")
    body = "".join(f"{i},2026-01-01,{cell}\n" for i, cell in enumerate(cells))
    world.drop("things.csv", f"id,made,{header}\n{body}")
    world.land()
    return world.rows()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (" a ", "a"),
        ("\u3000全角\u00a0", "全角"),
        ("", None),
        ("   ", None),
        ('" "', None),
        ("1.50", "1.50"),
        ("TRUE", "TRUE"),
        ("=1+1", "=1+1"),
        ("NULL", "NULL"),
        ("NA", "NA"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_a_plain_cell_is_trimmed_and_else_stays_as_written(world: World, cell: str, expected: str | None):
    (row,) = land_cells(world, "name", "{from: x}", [cell])
    assert row["name"] == expected and "_original_name" not in row


def test_const_fills_every_row(world: World):
    assert [r["name"] for r in land_cells(world, "name", "{const: P07}", ["a", ""])] == ["P07", "P07"]


@pytest.mark.parametrize(
    ("cell", "factor", "expected"),
    [
        ("1999", "0.01", "19.99"),
        ("2000", "0.01", "20"),
        ("-5", "0.01", "-0.05"),
        ("0", "0.01", "0"),
        ("-0", "1", "0"),
        ("1e3", "1", "1000"),
        ("0.1", "3", "0.3"),
        (".5", "2", "1"),
        ("+7", "10", "70"),
        ("12345678901234567890123456789", "0.001", "12345678901234567890123456.789"),
    ],
)
def test_scale_is_exact_and_plain(world: World, cell: str, factor: str, expected: str):
    (row,) = land_cells(world, "price", f"{{from: x, scale: {factor}}}", [cell])
    assert row["price"] == expected
    assert row["_original_price"] == (None if cell == expected else cell)


@pytest.mark.parametrize(
    ("cell", "landed"),
    [
        ("12,5", None),
        ("1 000", "?1 000"),
        ("1e400", "?1e400"),
        ("NaN", "?NaN"),
        ("approx. 5", "approx. 5"),
        ("0x10", "?0x10"),
        ("五", "五"),
    ],
)
def test_what_is_no_number_stays_and_can_never_be_cast_unscaled(world: World, cell: str, landed: str | None):
    (row,) = land_cells(world, "price", "{from: x, scale: 0.01}", [f'"{cell}"'])
    assert row["price"] == (landed or f"?{cell}")
    assert row["_original_price"] == (cell if row["price"] != cell else None)


def test_date_gives_the_local_day_by_the_first_pattern_and_keeps_the_original(world: World):
    rows = land_cells(
        world,
        "made_on",
        "{from: x, date: [yyyy/MM/dd, yyyyMMdd, 'yyyy-MM-dd HH:mm']}",
        ["2026/01/02", "20260103", "2026-01-04 23:59", "2026-01-05", "gestern", ""],
    )
    assert [r["made_on"] for r in rows] == [
        "2026-01-02",
        "2026-01-03",
        "2026-01-04",
        "?2026-01-05",
        "gestern",
        None,
    ]
    assert [r["_original_made_on"] for r in rows] == [
        "2026/01/02",
        "20260103",
        "2026-01-04 23:59",
        "2026-01-05",
        None,
        None,
    ]


def test_instant_gives_utc_and_on_a_day_column_the_shanghai_day(world: World):
    (row,) = land_cells(
        world, "seen_at", "{from: x, instant: 'yyyy-MM-dd HH:mm:ss'}", ["2026-01-02 00:30:00"]
    )
    assert (
        row["seen_at"] == "2026-01-01T16:30:00.000000Z" and row["_original_seen_at"] == "2026-01-02 00:30:00"
    )


def test_instant_on_a_day_column_is_a_day_in_shanghai(world: World):
    pattern = "{from: x, instant: \"yyyy-MM-dd'T'HH:mmXXX\"}"
    rows = land_cells(world, "made_on", pattern, ["2026-01-01T15:59Z", "2026-01-01T16:00Z"])
    assert [r["made_on"] for r in rows] == ["2026-01-01", "2026-01-02"]


def test_map_names_what_it_does_not_know_and_nulls_it(world: World):
    rows = land_cells(
        world, "ok", "{from: x, map: {是: 'true', 否: 'false', 无: ''}}", ["是", "否", "无", "maybe", ""]
    )
    assert [r["ok"] for r in rows] == ["true", "false", None, None, None]
    assert [r["_unmapped"] for r in rows] == ["", "", "", ";ok;", ""]
    assert [r["_original_ok"] for r in rows] == ["是", "否", "无", "maybe", None]
    assert {r["_policies"] for r in rows} == {""}


def test_keep_lets_an_unknown_value_stand(world: World):
    rows = land_cells(world, "kind", "{from: x, map: {a: A}, on_unmapped: keep}", ["a", "b"])
    assert [(r["kind"], r["_unmapped"], r["_original_kind"]) for r in rows] == [
        ("A", "", "a"),
        ("b", "", None),
    ]
    assert {r["_policies"] for r in rows} == {";kind=keep;"}


def test_lookup_reads_the_file_of_any_root(world: World):
    (world.root / "lookups" / "kinds.csv").write_text("\ufefffrom,to\n手机, A1 \n", encoding="utf-8")
    rows = land_cells(world, "kind", "{from: x, lookup: kinds, on_unmapped: quarantine}", ["手机", "car"])
    assert [(r["kind"], r["_unmapped"]) for r in rows] == [("A1", ""), (None, ";kind;")]
    assert {r["_policies"] for r in rows} == {";kind=quarantine;"}


def test_two_unmapped_columns_of_one_row_are_both_named(world: World):
    world.source(SOURCE + "      kind: {from: name, map: {a: A}}\n      ok: {from: name, map: {a: 'true'}}\n")
    world.drop("things.csv", "id,made,name\n1,2026-01-01,b\n")
    world.land()
    assert world.column("_unmapped") == [";kind;ok;"]


def test_split_trims_and_drops_empty_parts(world: World):
    rows = land_cells(world, "tags", "{from: x, split: ';'}", [" a ;; b", ";", "", "x"])
    assert [r["tags"] for r in rows] == ['["a", "b"]', None, None, '["x"]']
    assert json.loads(rows[0]["tags"]) == ["a", "b"] and rows[0]["_original_tags"] == "a ;; b"


def test_a_cell_without_split_is_a_list_of_one(world: World):
    assert land_cells(world, "tags", "{from: x}", ["a;b"])[0]["tags"] == '["a;b"]'


def test_concat_joins_columns_and_literals_and_a_null_part_makes_the_whole_null(world: World):
    rows = land_cells(world, "name", "{concat: [x, {text: '-'}, y]}", ["a,b", ",b", "a,"], header="x,y")
    assert [r["name"] for r in rows] == ["a-b", None, None]


def test_coalesce_takes_the_first_that_is_there(world: World):
    rows = land_cells(world, "name", "{coalesce: [x, y, {text: none}]}", ["a,b", ",b", ","], header="x,y")
    assert [r["name"] for r in rows] == ["a", "b", "none"]


def test_substr_counts_characters_from_one(world: World):
    rows = land_cells(world, "name", "{substr: [x, 2, 2]}", ["质量观象", "ab", "a", ""])
    assert [r["name"] for r in rows] == ["量观", "b", None, None]
    assert rows[0]["_original_name"] == "质量观象"


def test_extract_takes_group_one(world: World):
    rows = land_cells(world, "name", "{extract: [x, '型号([A-Z0-9-]+)']}", ["新型号X-1好", "没有"])
    assert [r["name"] for r in rows] == ["X-1", None]


def test_a_version_column_may_stand_beside_the_contract(world: World):
    text = (
        SOURCE.replace("key:", "version: changed\n    key:")
        + "      changed: {from: c, instant: [yyyy-MM-dd HH:mm]}\n"
    )
    world.source(text)
    world.drop("things.csv", "id,made,name,c\n1,2026-01-01,a,2026-01-01 08:00\n2,2026-01-01,a,soon\n")
    world.land()
    # Text that is no moment would sort above every moment: it counts as the oldest, and a warning says so.
    assert (
        world.column("_version") == ["2026-01-01T00:00:00.000000Z", None] and "changed" not in world.rows()[0]
    )
    assert "fit nothing and count as the oldest: 1 value of changed" in world.one()["warnings"][0]


def test_a_personal_column_lands_as_a_pseudonym_of_its_normalised_value_without_original(world: World):
    rows = land_cells(
        world,
        "phone_ref",
        "{from: x}",
        ["+86 138-0000-1111", "13800001111", "１３８００００１１１１", "13800001112", ""],
    )
    one, same, wide, other, none = (r["phone_ref"] for r in rows)
    assert one == same == wide != other and len(one) == 64 and none is None
    assert "_original_phone_ref" not in rows[0]
    key = world.environment.key_file
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    landed = next((world.environment.landing / "rows").rglob("*.parquet")).read_bytes()
    assert b"13800001111" not in landed
