"""`explode`: each element of a list becomes a record; the ledger stays exact to the row."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_world import SOURCE, World

COLUMNS = """\
      thing_id: {concat: [..order.no, {text: "-"}, line]}
      made_on:  {from: ..made, date: [yyyy-MM-dd]}
      name:     {from: names.zh}
"""
ORDERS = [
    {
        "order": {"no": "A"},
        "made": "2026-01-01",
        "items": [{"line": "1", "names": {"zh": "甲"}}, {"line": "2", "names": None}],
    },
    {"order": {"no": "B"}, "made": "2026-01-02", "items": []},
    {"order": {"no": "C"}, "made": "2026-01-03", "items": None},
    {"order": {"no": "D"}, "made": "2026-01-04", "items": [{"line": "9", "names": {"zh": "乙"}}]},
]
ROWS = [
    ("A-1", "2026-01-01", "甲", 1, 1),
    ("A-2", "2026-01-01", None, 1, 2),
    ("D-9", "2026-01-04", "乙", 4, 1),
]


def source(style: str, columns: str = COLUMNS) -> str:
    head = (
        SOURCE[: SOURCE.index("      thing_id")]
        .replace("csv", style)
        .replace(f"format: {style}", f"format: {style}\n    explode: items")
    )
    return head + columns


def parquet(rows: list[dict]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream)
    return stream.getvalue()


FILES = {
    "json": json.dumps(ORDERS).encode(),
    "jsonl": "\n".join(map(json.dumps, ORDERS)).encode(),
    "parquet": parquet(ORDERS),
}


@pytest.mark.parametrize("style", FILES)
def test_each_element_becomes_a_record_beside_its_parents_fields(world: World, style: str):
    world.source(source(style))
    world.drop(f"things.{style}", FILES[style])
    world.land()
    assert [
        (r["thing_id"], r["made_on"], r["name"], r["_record"], r["_element"]) for r in world.rows()
    ] == ROWS
    row = world.one()
    assert [row[k] for k in ("records", "unreadable", "exploded", "produced", "rejected", "loaded")] == [
        4,
        0,
        4,
        3,
        0,
        3,
    ]
    assert row["drift"] == [] and row["missing"] == []


def test_without_explode_nothing_is_said_of_it(world: World):
    world.source()
    world.drop("things.csv", "id,made,name\n1,2026-01-01,a\n")
    world.land()
    assert (world.one()["exploded"], world.one()["produced"], world.column("_element")) == (
        None,
        None,
        [None],
    )


@pytest.mark.parametrize("style", ["json", "jsonl"])
def test_what_is_not_a_list_is_unreadable_and_an_absent_one_produces_nothing(world: World, style: str):
    orders = [
        *ORDERS,
        {"order": {"no": "E"}, "made": "2026-01-05", "items": {"line": "1"}},
        {"order": {"no": "F"}},
        7,
    ]
    world.source(source(style))
    content = json.dumps(orders) if style == "json" else "\n".join(map(json.dumps, orders))
    world.drop(f"things.{style}", content)
    world.land()
    row = world.one()
    assert [row[k] for k in ("records", "unreadable", "exploded", "produced", "loaded")] == [7, 2, 5, 3, 3]
    assert world.unreadable() == [(5, "items is not a list"), (7, "is not a JSON object")]


@pytest.mark.parametrize("style", FILES)
def test_scalar_elements_are_reachable_by_a_point(world: World, style: str):
    world.source(source(style, "      thing_id: {from: .}\n      made_on:  {from: ..made}\n"))
    orders = [{"made": "2026-01-01", "items": ["x", "y"]}, {"made": "2026-01-02", "items": ["z"]}]
    files = {
        "json": json.dumps(orders).encode(),
        "jsonl": "\n".join(map(json.dumps, orders)).encode(),
        "parquet": parquet(orders),
    }
    world.drop(f"things.{style}", files[style])
    world.land()
    assert world.column("thing_id") == ["x", "y", "z"] and world.column("_element") == [1, 2, 1]


def test_unknown_names_of_both_levels_drift_and_may_be_ignored(world: World):
    orders = [{**ORDERS[0], "new": 1, "old": 2, "items": [{"line": "1", "colour": "red", "size": 3}]}]
    world.source(source("json").replace("    explode:", "    ignore: [size, ..old]\n    explode:"))
    world.drop("things.json", json.dumps(orders))
    world.land()
    assert world.one()["drift"] == ["..new", "colour"] and world.one()["missing"] == ["names.zh"]


@pytest.mark.parametrize("style", FILES)
def test_a_file_in_which_no_record_has_the_list_is_refused(world: World, style: str):
    orders = [{**order, "lines": order["items"], "items": None} for order in ORDERS]
    for order in orders:
        del order["items"]
    files = {
        "json": json.dumps(orders).encode(),
        "jsonl": "\n".join(map(json.dumps, orders)).encode(),
        "parquet": parquet(orders),
    }
    world.source(source(style))
    world.drop(f"things.{style}", files[style])
    world.land()
    assert world.one()["reason_en"] == "lacks columns that are required: items"


def test_elements_without_a_required_name_refuse_the_file_but_empty_lists_do_not(world: World):
    world.source(source("json"))
    world.drop("things_a.json", json.dumps([{**ORDERS[0], "items": [{"names": {"zh": "甲"}}]}]))
    world.drop("things_b.json", json.dumps([ORDERS[1]]))
    world.land()
    bad, good = world.ledger()
    assert bad["reason_en"] == "lacks columns that are required: line"
    assert [good[k] for k in ("status", "records", "exploded", "produced", "loaded")] == [
        "landed",
        1,
        1,
        0,
        0,
    ]


def test_a_csv_column_that_holds_a_json_list_is_exploded_too(world: World):
    world.source(source("csv").replace("..order.no", "..order.no (shop)"))
    lines = [
        "order.no (shop),made,items,extra",
        'A,2026-01-01,"[{""line"": 1.10}, {""line"": 2, ""names"": {""zh"": ""甲""}}]",x',
        "B,2026-01-02,,x",
        "C,2026-01-03,text,x",
        "D",
        "E,2026-01-04,[],x",
    ]
    world.drop("things.csv", "\n".join(lines))
    world.land()
    row = world.one()
    assert world.column("thing_id") == ["A-1.10", "A-2"] and world.column("name") == [None, "甲"]
    assert world.column("_record") == [1, 1] and world.column("_element") == [1, 2]
    assert [row[k] for k in ("records", "unreadable", "exploded", "produced")] == [5, 2, 3, 2]
    assert world.unreadable() == [(3, "items is not a list"), (4, "has 1 field instead of 4")]
    assert row["drift"] == ["..extra"] and row["missing"] == []


def test_batches_do_not_change_numbers(world: World, monkeypatch, uncaged):
    from jobs.ingest import nested, parquet_files

    for style, module in (("jsonl", nested), ("parquet", parquet_files)):
        monkeypatch.setattr(module, "BATCH", 2)
        world.source(source(style))
        world.drop(f"things.{style}", FILES[style])
        world.land()
        row = world.ledger()[-1]
        assert [(r["thing_id"], r["_record"], r["_element"]) for r in world.rows(row)] == [
            (r[0], r[3], r[4]) for r in ROWS
        ]


def test_a_document_that_is_one_object_is_one_record_where_its_list_is_exploded(world: World):
    world.source(source("json"))
    world.drop("things.json", json.dumps(ORDERS[0]))
    world.land()
    assert world.column("thing_id") == ["A-1", "A-2"]
    assert (world.one()["records"], world.one()["produced"]) == (1, 2)


def test_a_document_that_is_one_object_without_explode_is_refused_and_its_lists_are_told(world: World):
    world.source(SOURCE.replace("csv", "json"))
    world.drop("things.json", json.dumps(ORDERS[0]))
    world.land()
    assert world.one()["status"] == "refused" and "lists are at: items" in world.one()["reason_en"]


def test_two_points_alone_name_nothing_in_the_record(world: World):
    text = SOURCE.replace("format: csv", "format: json\n    explode: items").replace(
        "{from: name}", "{from: ..}"
    )
    assert "'' is not a path" in world.problems(text)[0]
