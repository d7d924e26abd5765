"""`explode: {split: column, by: …}`: the parts of a cell as records, in every format."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_world import SOURCE, World
from test_json_and_workbooks import workbook

RECORDS = [
    {"no": "A", "made": "2026-01-01", "found": "铅：0.2；镉:0.1；； "},
    {"no": "B", "made": "2026-01-02", "found": ""},
    {"no": "C", "made": "2026-01-03", "found": "汞：1"},
]
ROWS = [("A-1", "2026-01-01", "铅"), ("A-2", "2026-01-01", "镉"), ("C-1", "2026-01-03", "汞")]
NAMES = ["no", "made", "found"]


def source(style: str, explode: str = "{split: found, by: ；}") -> str:
    columns = """\
      thing_id: {concat: [..no, {text: -}, {map: {铅: "1", 镉: "2", 汞: "1"}, extract: [., "^(.)"]}]}
      made_on:  {from: ..made, date: [yyyy-MM-dd]}
      name:     {extract: [., "^([^：:]+)[：:]"]}
"""
    text = SOURCE[: SOURCE.index("      thing_id:")] + columns
    return text.replace("csv", style).replace(f"format: {style}", f"format: {style}\n    explode: {explode}")


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(RECORDS), stream)
    return stream.getvalue()


FILES = {
    "csv": (",".join(NAMES) + "\n" + "".join(",".join(r.values()) + "\n" for r in RECORDS)).encode(),
    "json": json.dumps(RECORDS).encode(),
    "jsonl": "".join(json.dumps(r) + "\n" for r in RECORDS).encode(),
    "xlsx": workbook([NAMES, *(list(r.values()) for r in RECORDS)]),
    "parquet": parquet(),
}


@pytest.mark.parametrize("style", FILES)
def test_each_part_of_a_cell_is_a_record_with_the_fields_of_its_parent(world: World, style: str):
    world.source(source(style))
    world.drop(f"things.{style}", FILES[style])
    world.land()
    rows = world.rows()
    assert [(r["thing_id"], r["made_on"], r["name"]) for r in rows] == ROWS
    assert [(r["_record"], r["_element"]) for r in rows] == [(1, 1), (1, 2), (3, 1)]
    row = world.one()  # which checks that records = unreadable + exploded, produced = rejected + loaded
    counts = [row[k] for k in ("records", "unreadable", "exploded", "produced", "loaded")]
    assert counts == [3, 0, 3, 3, 3]
    assert (row["drift"], row["missing"]) == ([], [])


@pytest.mark.parametrize("style", FILES)
def test_a_file_without_the_column_is_refused(world: World, style: str):
    world.source(source(style, "{split: results, by: ；}"))
    world.drop(f"things.{style}", FILES[style])
    (refused,) = world.land().refused
    assert refused.reason_en == "lacks columns that are required: results"


def test_an_unreadable_record_is_not_exploded(world: World):
    world.source(source("csv"))
    world.drop("things.csv", FILES["csv"] + b"D,2026-01-04\n")
    world.land()
    assert [world.one()[k] for k in ("records", "unreadable", "exploded", "produced")] == [4, 1, 3, 3]


def test_a_part_may_be_joined(world: World):
    text = source("csv").replace('{extract: [., "^([^：:]+)[：:]"]}', "{from: limit}") + (
        "    join: [{file: 'limits*.csv', by: {..no: no}, take: [limit], missing: reject}]\n"
    )
    world.source(text)
    world.drop("things.csv", FILES["csv"])
    world.drop("limits.csv", "no,limit\nA,5\n")
    world.land()
    rows = [row for row in world.ledger() if row["feed"] == "things"]
    assert [rows[-1][k] for k in ("exploded", "produced", "rejected", "loaded")] == [3, 3, 1, 2]


@pytest.mark.parametrize(
    ("explode", "complaint"),
    [
        ("{split: found}", ":10: feeds.things.explode.by: is missing"),
        ("{split: found, by: ''}", ":10: feeds.things.explode.by: must be the text between two parts"),
        ("{splt: found, by: x}", ":10: feeds.things.explode.splt: unknown field; did you mean split?"),
    ],
)
def test_a_wrong_explode_is_named(world: World, explode: str, complaint: str):
    assert any(complaint in line for line in world.problems(source("csv", explode)))


def test_a_part_has_no_fields(world: World):
    text = source("csv").replace('{extract: [., "^([^：:]+)[：:]"]}', "{from: found}")
    (problem,) = world.problems(text)
    assert "columns.name: found: a part of a text has no fields: write . for the part, ..found" in problem


def test_what_a_feed_of_parts_leaves_out_is_named_as_its_record_names_it(world: World):
    text = source("csv") + "    ignore: [note, ..made]\n"
    (problem,) = world.problems(text)
    assert "ignore: note: a part of a text has no fields: write ..note for its record's" in problem


@pytest.mark.parametrize(("ignore", "status"), [("..made (2)", "landed"), ("..other", "refused")])
def test_of_a_repeated_name_a_feed_of_parts_ignores_the_second_of_its_record(
    world: World, ignore: str, status: str
):
    world.source(source("csv") + f"    ignore: [{ignore}]\n")
    world.drop("things.csv", "no,made,found,made\n1,2026-01-01,铅：超标,2026-01-02\n")
    world.land()
    row = world.one()
    assert row["status"] == status
    assert status == "landed" or "as ..made (2)" in row["reason_en"]
    assert status == "refused" or row["drift"] == []


def test_in_nested_formats_the_text_is_named_by_a_path(world: World):
    text = source("json", "{split: 'found[*]', by: x}")
    assert "found[*] must name one text" in world.problems(text)[0]


PARALLEL = [
    ("A", "性状；水分；总灰分", "不符合规定；14.2；7.9"),
    ("B", "水分；", "15.0"),  # what stands behind the last part is nothing
    ("C", "", ""),
    ("D", "性状；水分", "14.1"),
    ("E", "；水分", "；13.9"),  # the first place is empty in both
    ("F", "性状；水分", ""),  # no value at all
]


def parallel(value: str = "{from: 检验.结果}") -> str:
    columns = f"""\
      thing_id: {{concat: [..no, {{text: "-"}}, 项目]}}
      made_on:  {{const: "2026-01-01"}}
      name:     {value}
"""
    explode = '    explode: {split: [项目, 检验.结果], by: "；"}\n'
    return (
        SOURCE[: SOURCE.index("      thing_id:")].replace("format: csv\n", f"format: csv\n{explode}")
        + columns
    )


def test_parts_of_several_columns_in_one_place_become_one_record(world: World):
    world.source(parallel())
    world.drop("things.csv", "no,项目,检验.结果\n" + "".join(",".join(row) + "\n" for row in PARALLEL))
    world.land()
    assert [(r["thing_id"], r["name"], r["_element"]) for r in world.rows()] == [
        ("A-性状", "不符合规定", 1),
        ("A-水分", "14.2", 2),
        ("A-总灰分", "7.9", 3),
        ("B-水分", "15.0", 1),
        ("E-水分", "13.9", 1),
        ("F-性状", None, 1),
        ("F-水分", None, 2),
    ]
    row = world.one()
    assert (row["records"], row["unreadable"], row["exploded"], row["loaded"]) == (6, 1, 5, 7)
    assert world.unreadable() == [(4, "holds unlike numbers of parts: 2 in 项目, 1 in 检验.结果")]
    assert (row["drift"], row["missing"]) == ([], [])


def test_of_several_columns_a_part_is_read_by_its_columns_name(world: World):
    (line,) = world.problems(parallel("{from: .}"))
    assert ".: a part of a text has no fields: write 检验.结果 or 项目 for the part" in line


def test_several_columns_are_split_in_files_of_rows_only(world: World):
    (line,) = world.problems(parallel().replace("csv", "json"))
    assert "several columns are split in files of rows, not in json" in line
