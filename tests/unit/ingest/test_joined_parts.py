"""Two sheets of one workbook, or two tables of one database, joined with each other."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest
import xlsxwriter
from ingest_world import SOURCE, World

ITEMS = [("order", "item"), ("O1", "1"), ("O1", "2"), ("O2", "1"), ("O9", "1")]
ORDERS = [("no", "day"), ("O1", "2026-01-01"), ("O2", "2026-01-02"), ("O3", "2026-01-03")]
SHEETS = {"items": ITEMS, "orders": ORDERS}


def text(style: str, named: str, missing: str = "reject") -> str:
    place = f"    options: {{{named}: items}}\n" if named else ""
    return SOURCE[: SOURCE.index("    files:")] + (
        f'    files: "shop*.{style}"\n    format: {style}\n{place}    key: [thing_id]\n'
        f'    join: [{{file: "shop*.{style}", {named or "sheet"}: orders, by: {{order: no}}, '
        f"take: [day], missing: {missing!r}}}]\n"
        "    columns:\n      thing_id: {concat: [order, {text: /}, item]}\n      made_on: {from: day}\n"
    )


def database(folder: Path) -> bytes:
    path = folder / "made.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as made:
        for name, rows in SHEETS.items():
            made.execute(f'CREATE TABLE {name} ("{rows[0][0]}", "{rows[0][1]}")')
            made.executemany(f"INSERT INTO {name} VALUES (?, ?)", rows[1:])
    made.close()
    return path.read_bytes()


def book(sheets: dict = SHEETS) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return stream.getvalue()


@pytest.mark.parametrize("style", ["sqlite", "xlsx"])
def test_rows_take_columns_from_another_table_of_their_own_file(world: World, style: str):
    world.source(text(style, "table" if style == "sqlite" else "sheet"))
    world.drop(f"shop.{style}", database(world.home) if style == "sqlite" else book())
    report = world.land()
    assert report.refused == []
    row = world.one()
    assert [(r["thing_id"], r["made_on"]) for r in world.rows()] == [
        ("O1/1", "2026-01-01"),
        ("O1/2", "2026-01-01"),
        ("O2/1", "2026-01-02"),
    ]
    assert (row["records"], row["rejected"], row["loaded"], row["unused"]) == (4, 1, 3, 1)


def test_each_file_is_joined_with_itself_alone(world: World):
    world.source(text("xlsx", "sheet"))
    world.drop("shop_1.xlsx", book())
    later = [("no", "day"), ("O1", "2026-02-01"), ("O2", "2026-02-02"), ("O9", "2026-02-03")]
    world.drop("shop_2.xlsx", book(SHEETS | {"orders": later}))
    world.land()
    days = {r["file"]: [x["made_on"] for x in world.rows(r)] for r in world.ledger()}
    assert days == {
        "shop_1.xlsx": ["2026-01-01", "2026-01-01", "2026-01-02"],
        "shop_2.xlsx": ["2026-02-01", "2026-02-01", "2026-02-02", "2026-02-03"],
    }
    assert world.land().recorded == 0


def test_a_file_without_the_other_sheet_is_refused_by_its_name(world: World):
    world.source(text("xlsx", "sheet"))
    world.drop("shop.xlsx", book({"items": ITEMS, "order": ORDERS}))
    (refused,) = world.land().refused
    assert refused.reason_en == (
        "joined file shop.xlsx: has no sheet 'orders' (it has: items, order); did you mean order?"
    )


def test_another_file_may_be_joined_by_one_of_its_tables(world: World):
    world.source(
        text("sqlite", "table").replace(
            '"shop*.sqlite"\n    format: sqlite\n    options: {table: items}', '"items*.csv"\n    format: csv'
        )
    )
    world.drop("items.csv", "order,item\nO1,1\nO9,1\n")
    world.drop("shop.sqlite", database(world.home))
    world.land()
    row = next(r for r in world.ledger() if r["feed"] == "things")
    assert [r["made_on"] for r in world.rows(row)] == ["2026-01-01"] and row["rejected"] == 1
