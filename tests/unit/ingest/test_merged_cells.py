"""XLSX as offices make it: titles above, merged headers and cells, several sheets, footers."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter
from ingest_world import SOURCE, World

XLSX = SOURCE.replace("csv", "xlsx")
DEEP = XLSX.replace("format: xlsx", "format: xlsx\n    options: {header_row: 3}")


def workbook(**sheets: Callable) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, fill in sheets.items():
        fill(book.add_worksheet(name))
    book.close()
    return stream.getvalue()


def grouped(sheet) -> None:
    sheet.merge_range("A1:E1", "合成数据")
    sheet.merge_range("A2:A3", "id")
    sheet.merge_range("B2:C2", "maker")
    sheet.merge_range("D2:E2", "seller")
    sheet.write_row("B3", ["made", "name", "name"])
    sheet.write_row("A4", ["1", "2026-01-01", "a", "b", "c"])


def blacklist(sheet) -> None:
    sheet.merge_range("A1:E1", "失信名单（合成）")
    sheet.merge_range("A2:A3", "id")
    sheet.merge_range("B2:C2", "details")
    sheet.write_row("B3", ["made", "name"])
    sheet.merge_range("D2:E3", "kind")
    sheet.write_row("A4", ["1", "2026-01-01", "a", "x", "y"])
    sheet.merge_range("A5:A6", "2")
    sheet.merge_range("B5:B7", dt.date(2026, 1, 2))
    sheet.write_row("C5", ["b", "x"])
    sheet.write_row("C6", ["c", "x"])
    sheet.write("A7", "3")
    sheet.write_row("A9", ["4", "2026-01-04", "d"])
    sheet.merge_range("A10:E11", "注：合成数据")


def test_a_merged_header_names_its_column_and_a_merged_cell_holds_for_its_rows(world: World):
    world.source(DEEP + "      kind: {from: kind}\n      amount: {from: kind (2)}\n")
    world.drop("things.xlsx", workbook(data=blacklist))
    world.land()
    rows = [
        (r["_record"], r["thing_id"], r["made_on"], r["name"], r["kind"], r["amount"]) for r in world.rows()
    ]
    assert rows == [
        (1, "1", "2026-01-01", "a", "x", "y"),
        (2, "2", "2026-01-02", "b", "x", None),
        (3, "2", "2026-01-02", "c", "x", None),  # A5:A6 and B5:B7 are merged
        (4, "3", "2026-01-02", None, None, None),
        (6, "4", "2026-01-04", "d", None, None),  # row 8 is blank
        (7, "注：合成数据", None, None, None, None),  # a footer is a record: silver rejects it
    ]
    assert world.one()["drift"] == []


def test_a_row_that_merged_cells_only_run_into_is_no_record(world: World):
    def fill(sheet) -> None:
        sheet.write_row("A1", ["id", "made", "name"])
        for column, value in zip("ABC", ("1", "2026-01-01", "a"), strict=True):
            sheet.merge_range(f"{column}2:{column}3", value)
        sheet.write_row("A4", ["2", "2026-01-02", "b"])

    world.source(XLSX)
    world.drop("things.xlsx", workbook(data=fill))
    world.land()
    assert world.column("_record") == [1, 3] and world.column("thing_id") == ["1", "2"]


def test_two_columns_below_one_title_need_the_lower_header_row(world: World):
    world.source(DEEP.replace("header_row: 3", "header_row: 2"))
    world.drop("things.xlsx", workbook(data=blacklist))
    world.land()
    assert world.one()["reason_en"] == "lacks columns that are required: made"


def test_several_feeds_read_the_sheets_of_one_workbook(world: World):
    def fill(first: str) -> Callable:
        def rows(sheet) -> None:
            sheet.write_row("A1", ["id", "made", "name"])
            sheet.write_row("A2", [first, "2026-01-01", "a"])

        return rows

    others = "\n".join(XLSX.splitlines()[5:]).replace("  things:", "  others:", 1)
    world.source(
        f"{XLSX}{others}\n".replace("format: xlsx", "format: xlsx\n    options: {sheet: 二}", 2).replace(
            "\n    options: {sheet: 二}", "", 1
        )
    )
    world.drop("things.xlsx", workbook(一=fill("1"), 二=fill("2"), 三=fill("3")))
    world.land()
    ledger = {row["feed"]: row for row in world.ledger()}
    assert [world.rows(ledger[feed])[0]["thing_id"] for feed in ("things", "others")] == ["1", "2"]
    assert ledger["things"]["warnings"] == [
        "只读取了第一个工作表，未读取：三 | only the first sheet was read, not: 三"
    ]
    assert ledger["others"]["warnings"] == []


@pytest.mark.parametrize(
    ("row", "en"),
    [
        (9, "has no column names in row 9"),
        (2, "lacks columns that are required: id, made"),
    ],
)
def test_a_header_row_that_is_not_there_refuses_the_sheet(world: World, row: int, en: str):
    def fill(sheet) -> None:
        sheet.write_row("A1", ["id", "made", "name"])
        sheet.write_row("A3", ["1", "2026-01-01", "a"])

    world.source(DEEP.replace("header_row: 3", f"header_row: {row}"))
    world.drop("things.xlsx", workbook(data=fill))
    world.land()
    assert world.one()["reason_en"] == en


@pytest.mark.drill(fault="a flipped bit in a workbook", invariant="refused")
def test_a_flipped_bit_refuses_the_workbook(world: World):
    content = bytearray(workbook(data=blacklist))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        part = parts.getinfo("xl/worksheets/sheet1.xml")
    content[part.header_offset + 30 + len(part.filename) + part.compress_size // 2] ^= 1
    world.source(DEEP)
    world.drop("things.xlsx", bytes(content))
    world.land()
    assert "is not a workbook that can be read" in world.one()["reason_en"]


GROUPED = XLSX.replace("{from: made,", "{from: maker/made,").replace("{from: name}", "{from: seller/name}")


def test_a_header_of_two_rows_joins_its_names(world: World):
    yaml = GROUPED.replace("format: xlsx", "format: xlsx\n    options: {header_row: 3, header_rows: 2}")
    world.source(yaml)
    world.drop("things_1.xlsx", workbook(data=grouped))
    world.land()
    (row,) = world.rows()
    assert (row["thing_id"], row["made_on"], row["name"]) == ("1", "2026-01-01", "b")


@pytest.mark.parametrize("rows", ["0", "4", "x"])
def test_a_header_has_rows_no_more_than_there_are_above_it(world: World, rows: str):
    yaml = XLSX.replace("format: xlsx", f"format: xlsx\n    options: {{header_row: 3, header_rows: {rows}}}")
    assert any("header_rows" in problem for problem in world.problems(yaml))
