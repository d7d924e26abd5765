"""Line breaks in header cells: matched as spaces, and never raw in a message."""

from __future__ import annotations

import json

import pytest
from ingest_world import SOURCE, World
from test_json_and_workbooks import workbook

TEXT = SOURCE.replace("{from: name}", "{from: 样品 名称}")
HEADER = ["id", "made", "样品\n名称", "备注\r\n说明"]
ROW = ["1", "2026-01-01", "锅", "x"]


def csv(header: list[str]) -> str:
    return "".join(",".join(f'"{c}"' for c in line) + "\n" for line in (header, ROW))


def test_a_header_cell_of_two_lines_is_matched_as_one_with_a_space(world: World):
    world.source(TEXT)
    world.drop("things.csv", csv(HEADER))
    world.land()
    assert world.column("name") == ["锅"]
    assert world.one()["drift"] == ["备注 说明"]


def test_a_workbook_is_matched_alike(world: World):
    world.source(TEXT.replace("csv", "xlsx"))
    world.drop("things.xlsx", workbook([HEADER, ROW]))
    world.land()
    assert (world.column("name"), world.one()["drift"]) == (["锅"], ["备注 说明"])


@pytest.mark.parametrize("written", ['"样品\\n名称"', '"样品 名称"', "|-\n          样品\n          名称"])
def test_a_yaml_may_write_the_line_break_itself(world: World, written: str):
    world.source(
        SOURCE.replace("{from: name}", f"\n        from: {written}") + '    ignore: ["备注\\n说明"]\n'
    )
    world.drop("things.csv", csv(HEADER))
    world.land()
    assert (world.column("name"), world.one()["drift"]) == (["锅"], [])


def test_two_cells_that_differ_in_their_line_breaks_only_are_one_name_twice(world: World):
    world.source(TEXT)
    world.drop("things.csv", csv(["id", "made", "样品\n名称", "样品 名称"]))
    (refused,) = world.land().refused
    assert refused.reason_en.startswith("column names occur twice in the header: 样品 名称 (name the others")


def test_a_joined_file_is_matched_alike(world: World):
    join = '    join: [{file: "shops*.csv", by: {shop no: shop no}, take: [full title]}]\n'
    world.source(SOURCE.replace("{from: name}", "{from: full title}") + join)
    world.drop("things.csv", '"id","made","shop\nno"\n1,2026-01-01,S1\n')
    world.drop("shops.csv", '"shop\nno","full\ntitle"\nS1,One\n')
    world.land()
    rows = [row for row in world.ledger() if row["feed"] == "things"]
    assert [r["name"] for r in world.rows(rows[-1])] == ["One"]


def test_a_name_of_json_with_a_line_break_is_shown_escaped(world: World):
    world.source(SOURCE.replace("csv", "json"))
    world.drop("things.json", json.dumps([{"id": "1", "made": "2026-01-01", "a\nb": "x", "c\x1b[0m": "y"}]))
    world.land()
    assert world.one()["drift"] == ["a\\nb", "c\\x1b[0m"]


@pytest.mark.parametrize(
    ("sheets", "wanted", "hint"),
    [
        (["抽检明细表", "说明"], "明细", "抽检明细表"),
        (["2026 年 明细"], "2026年明细", "2026 年 明细"),
        (["Sheet1"], "sheet 1", "Sheet1"),
        (["Samples"], "Sample", "Samples"),
    ],
)
def test_a_missing_sheet_suggests_near_names(world: World, sheets: list[str], wanted: str, hint: str):
    import io

    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for sheet in sheets:
            book.add_worksheet(sheet).write_row(0, 0, ["id", "made", "name"])
    text = SOURCE.replace("csv", "xlsx")
    world.source(text.replace("format: xlsx", f"format: xlsx\n    options: {{sheet: {wanted}}}"))
    world.drop("things.xlsx", stream.getvalue())
    (refused,) = world.land().refused
    assert refused.reason_en.endswith(f"; did you mean {hint}?")
    assert refused.reason_zh.endswith(f"，是否为“{hint}”？")


def test_a_sheet_that_is_like_none_is_only_listed(world: World):
    text = SOURCE.replace("csv", "xlsx").replace("format: xlsx", "format: xlsx\n    options: {sheet: 明细}")
    world.source(text)
    world.drop("things.xlsx", workbook([["id"]]))
    (refused,) = world.land().refused
    assert refused.reason_en == "has no sheet '明细' (it has: data)"
