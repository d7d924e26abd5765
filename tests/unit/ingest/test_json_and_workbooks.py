"""JSON Lines and XLSX."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
import xlsxwriter
from ingest_world import SOURCE, World

from jobs.ingest.paths import MISSING, parse_path, value_at

JSONL = SOURCE.replace("csv", "jsonl")
XLSX = SOURCE.replace("csv", "xlsx")


def workbook(rows: list[list], *, sheets: tuple[str, ...] = ("data",)) -> bytes:
    """A workbook whose last sheet holds ``rows``; dates and times are real date cells."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"})
    for name in sheets:
        sheet = book.add_worksheet(name)
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is not None:
                sheet.write(i, j, value)
    book.close()
    return stream.getvalue()


def test_numbers_booleans_and_nulls_keep_what_was_written(world: World):
    world.source(JSONL + "      price: {from: p}\n      ok: {from: ok}\n")
    lines = [
        '{"id": 10000000000000000000001, "made": "2026-01-01", "p": 1.50, "ok": true}',
        '{"id": "2", "made": "2026-01-01", "p": 2024.9650, "ok": false, "name": null}',
        '{"id": "3", "made": "2026-01-01", "p": 1e400, "name": "\\u8d28\\ud83d\\ude00"}',
    ]
    world.drop("things.jsonl", "\n".join(lines))
    world.land()
    assert world.column("thing_id") == ["10000000000000000000001", "2", "3"]
    assert world.column("price") == ["1.50", "2024.9650", "1e400"]
    assert world.column("ok") == ["true", "false", None] and world.column("name") == [None, None, "质😀"]


def test_what_is_no_object_is_unreadable_and_keeps_its_line_number(world: World):
    world.source(JSONL)
    good = b'{"id": 1, "made": "2026-01-01", "name": "a"}'
    bad = [b"", b"{", b"[1]", b'{"id": "\\ud800"}', b'{"id": "\xff"}']
    world.drop("things.jsonl", b"\n".join([good, *bad, good.replace(b"1,", b"7,", 1)]))
    world.land()
    assert world.column("_record") == [1, 7]
    assert [(n, r.split(" (")[0]) for n, r in world.unreadable()] == [
        (3, "is not JSON"),
        (4, "is not a JSON object"),
        (5, "holds half of a surrogate pair"),
        (6, "holds a byte that does not decode"),
    ]


def test_nested_values_are_read_by_path_and_lists_land_as_lists(world: World):
    text = JSONL.replace("{from: name}", "{from: 'names[1].zh'}")
    world.source(text + "      tags: {from: 'parts[*].kind'}\n      kind: {from: extra}\n")
    record = {
        "id": 1,
        "made": "2026-01-01",
        "names": [{}, {"zh": "甲"}],
        "extra": {"x": [1]},
        "parts": [{"kind": " a "}, {}, {"kind": 2}],
    }
    world.drop("things.jsonl", json.dumps(record) + '\n{"id": 2, "made": "2026-01-02"}\n')
    world.land()
    assert world.column("name") == ["甲", None] and world.column("tags") == ['["a", "2"]', None]
    assert world.column("kind") == ['{"x":["1"]}', None] and world.one()["drift"] == []


def test_a_json_list_passes_split_and_scalars_become_lists(world: World):
    world.source(JSONL + "      tags: {from: t, split: ';'}\n")
    lines = [
        json.dumps({"id": i, "made": "2026-01-01", "t": t})
        for i, t in enumerate((["a;b", ""], "a; b", [], None))
    ]
    world.drop("things.jsonl", "\n".join(lines))
    world.land()
    assert world.column("tags") == ['["a;b"]', '["a", "b"]', None, None]


def test_names_that_no_record_has_are_missing_and_unknown_ones_drift(world: World):
    world.source(JSONL)
    world.drop("things.jsonl", '{"id": 1, "made": "2026-01-01", "new": 1}\n')
    world.land()
    assert (world.one()["missing"], world.one()["drift"]) == (["name"], ["new"])


def test_a_json_file_that_lacks_a_required_name_everywhere_is_refused(world: World):
    world.source(JSONL)
    world.drop("things.jsonl", '{"id": 1, "name": "a"}\n')
    world.land()
    assert world.one()["reason_en"] == "lacks columns that are required: made"


def test_paths_are_read_strictly():
    assert parse_path("a.b[0].c[*].d") == ("a", "b", 0, "c", "*", "d")
    for bad in ("", ".a", "a.", "a..b", "a[", "a[x]", "a[-1]", "[0]"):
        with pytest.raises(ValueError, match="not a path"):
            parse_path(bad)
    assert value_at({"a": [{"b": [1, 2]}, {"b": [3]}, 4]}, parse_path("a[*].b[*]")) == [1, 2, 3]
    assert (
        value_at({"a": [1]}, parse_path("a[1]")) is MISSING and value_at({"a": None}, parse_path("a")) is None
    )


def test_typed_cells_of_a_workbook_become_text(world: World):
    world.source(
        XLSX
        + "      price: {from: p}\n      ok: {from: ok}\n      seen_at: {from: s, instant: [yyyy/MM/dd]}\n"
    )
    world.drop(
        "things.xlsx",
        workbook(
            [
                ["id", "made", "name", "p", "ok", "s"],
                [1, dt.date(2026, 1, 2), " a ", 19.99, True, dt.datetime(2026, 1, 2, 8, 0, 1)],
                [1e14, "2026-01-03", 1e21, 3.0, False, "2026/01/03"],
            ]
        ),
    )
    world.land()
    assert world.column("thing_id") == ["1", "100000000000000"]
    assert world.column("made_on") == ["2026-01-02", "2026-01-03"]
    assert world.column("name") == ["a", "1000000000000000000000"] and world.column("price") == ["19.99", "3"]
    assert world.column("ok") == ["true", "false"]
    assert world.column("seen_at") == ["2026-01-02T00:00:01.000000Z", "2026-01-02T16:00:00.000000Z"]


def test_a_date_cell_is_a_date_whatever_patterns_its_text_cells_have(world: World):
    world.source(XLSX.replace("[yyyy-MM-dd]", "[yyyy-dd-MM]"))
    world.drop(
        "things.xlsx",
        workbook([["id", "made", "name"], [1, dt.date(2026, 1, 2), "a"], [2, "2026-01-02", "b"]]),
    )
    world.land()
    assert world.column("made_on") == ["2026-01-02", "2026-02-01"]


def test_a_date_cell_of_a_row_in_several_parts_is_a_date_whatever_patterns_its_text_cells_have(world: World):
    source = XLSX.replace("[yyyy-MM-dd]", "[yyyy-dd-MM]").replace(
        "    key:", "    explode: {split: name, by: ;}\n    key:"
    )
    source = source.replace("{from: id}", "{concat: [..id, .]}").replace("{from: made", "{from: ..made")
    world.source(source.replace("{from: name}", "{from: .}"))
    world.drop(
        "things.xlsx",
        workbook([["id", "made", "name"], [1, dt.date(2026, 1, 2), "a;b"], [2, "2026-01-02", "c"]]),
    )
    world.land()
    assert world.column("thing_id") == ["1a", "1b", "2c"]
    assert world.column("made_on") == ["2026-01-02", "2026-01-02", "2026-02-01"]


def test_header_rows_sheets_and_blank_rows(world: World):
    world.source(XLSX.replace("format: xlsx", "format: xlsx\n    options: {sheet: 明细, header_row: 3}"))
    rows = [
        ["合成数据"],
        [None],
        ["id", "made", "name"],
        [1, "2026-01-01", "a"],
        [None, None, " "],
        [2, "2026-01-02", "b"],
    ]
    world.drop("things.xlsx", workbook(rows, sheets=("封面", "明细")))
    world.land()
    assert world.column("_record") == [1, 3] and world.one()["warnings"] == []


def test_sheets_that_are_not_read_are_told(world: World):
    world.source(XLSX)
    world.drop("things.xlsx", workbook([["id"]], sheets=("a", "b")))
    world.land()
    assert world.one()["status"] == "empty"
    world.drop("things2.xlsx", _first_of_two())
    world.land()
    assert "only the first sheet was read, not: b" in world.ledger()[-1]["warnings"][0]


def _first_of_two() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    first, _ = book.add_worksheet("a"), book.add_worksheet("b")
    first.write_row(0, 0, ["id", "made", "name"])
    first.write_row(1, 0, ["1", "2026-01-01", "a"])
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "en"),
    [
        (workbook([["id", "made", "made"], [1, 2, 3]]), "column names occur twice in the header: made"),
        (workbook([["id", "made"], [1, 2]])[:900], "is not a workbook that can be read"),
        (b"id,made\n", "is not a workbook that can be read"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused(world: World, content: bytes, en: str):
    world.source(XLSX)
    world.drop("things.xlsx", content)
    world.land()
    assert world.one()["status"] == "refused" and en in world.one()["reason_en"]


def test_a_sheet_that_is_not_there_refuses_the_file(world: World):
    world.source(XLSX.replace("format: xlsx", "format: xlsx\n    options: {sheet: x}"))
    world.drop("things.xlsx", workbook([["id"]]))
    world.land()
    assert world.one()["reason_en"] == "has no sheet 'x' (it has: data)"


def test_a_zipped_workbook_is_read(world: World):
    import gzip

    world.source(XLSX.replace('"things*.xlsx"', '"things*.xlsx.gz"'))
    world.drop("things.xlsx.gz", gzip.compress(workbook([["id", "made", "name"], [1, "2026-01-01", "a"]])))
    world.land()
    assert world.column("name") == ["a"]
