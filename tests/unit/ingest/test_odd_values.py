"""Odd bytes, odd values and columns that change: each has one clear outcome at landing."""

from __future__ import annotations

import json

import pytest
from ingest_world import SOURCE, World

HEADER = "id,made,name\n"


@pytest.mark.drill(fault="a NUL byte", invariant="one record is lost")
def test_a_nul_byte_costs_its_record_only(world: World):
    world.source()
    world.drop("things.csv", HEADER + "1,2026-01-01,a\n2,2026-01-02,b\0\n3,2026-01-03,c\n")
    world.land()
    assert world.column("thing_id") == ["1", "3"] and world.unreadable() == [(2, "holds a NUL byte")]


def test_a_nul_byte_in_the_header_refuses_the_file(world: World):
    world.source()
    world.drop("things.csv", (HEADER + "1,2026-01-01,a\n").encode("utf-16-le"))
    world.land()
    assert world.one()["reason_en"] == "the header holds a NUL byte (is the encoding UTF-16?)"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("style", ["csv", "jsonl"])
def test_a_byte_order_mark_goes_before_the_stated_encoding(world: World, encoding: str, style: str):
    world.source(
        SOURCE.replace("csv", style).replace(f"format: {style}", f"format: {style}\n    encoding: gb18030")
    )
    row = {"id": "1", "made": "2026-01-01", "name": "质量"}
    content = HEADER + ",".join(row.values()) if style == "csv" else json.dumps(row, ensure_ascii=False)
    world.drop(f"things.{style}", content.encode(encoding))
    world.land()
    assert world.column("name") == ["质量"] and world.column("thing_id") == ["1"]


def test_line_ends_may_be_mixed(world: World):
    world.source()
    world.drop("things.csv", "id,made,name\r\n1,2026-01-01,a\n2,2026-01-02,b\r3,2026-01-03,c\r\n")
    world.land()
    assert world.column("name") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("made", "landed"),
    [
        ("0001-01-01", "0001-01-01"),
        ("9999-12-31", "9999-12-31"),
        ("0000-01-01", "?0000-01-01"),
        ("10000-01-01", "?10000-01-01"),
        ("2026-02-30", "?2026-02-30"),
        ("soon", "soon"),
    ],
)
@pytest.mark.drill(fault="dates out of range", invariant="quarantined with a reason")
def test_days_of_year_1_and_9999_are_days_and_others_are_marked_so_that_silver_rejects_them(
    world: World, made: str, landed: str
):
    world.source()
    world.drop("things.csv", f"{HEADER}1,{made},a\n")
    world.land()
    assert world.column("made_on") == [landed]


@pytest.mark.parametrize(
    ("seen", "landed"),
    [
        ("0001-01-02", "0001-01-01T15:54:17.000000Z"),
        ("9999-12-31", "9999-12-30T16:00:00.000000Z"),
        ("0001-01-01", "?0001-01-01"),  # in UTC it is of the year before 1
    ],
)
def test_instants_of_year_1_and_9999_are_kept_while_utc_has_them(world: World, seen: str, landed: str):
    world.source(SOURCE + "      seen_at: {from: seen, instant: [yyyy-MM-dd]}\n")
    world.drop("things.csv", f"id,made,name,seen\n1,2026-01-01,a,{seen}\n")
    world.land()
    assert world.column("seen_at") == [landed]


@pytest.mark.parametrize(
    ("scale", "price", "landed"),
    [
        ("", "1e400", "1e400"),
        (", scale: 0.01", "1e400", "?1e400"),
        (", scale: 0.01", "1e10", "100000000"),
        ("", "NaN", "NaN"),
    ],
)
@pytest.mark.drill(fault="numbers out of range", invariant="kept as written or quarantined")
def test_a_number_beyond_all_bounds_stays_as_written_or_is_marked(
    world: World, scale: str, price: str, landed: str
):
    world.source(SOURCE + f"      price: {{from: p{scale}}}\n")
    world.drop("things.csv", f"id,made,name,p\n1,2026-01-01,a,{price}\n")
    world.land()
    assert world.column("price") == [landed]


@pytest.mark.parametrize(
    ("header", "status", "reason", "missing", "drift"),
    [
        ("id,made,titel", "landed", "", ["name"], ["titel"]),  # an optional column was renamed
        (
            "id,made_on,name",
            "refused",
            "lacks columns that are required: made",
            [],
            [],
        ),  # a required one was renamed
        ("id,made,name,colour", "landed", "", [], ["colour"]),  # a column came
        ("made,name,id", "landed", "", [], []),  # their order changed
        ("ID,made,name", "refused", "lacks columns that are required: id", [], []),  # case counts
    ],
)
@pytest.mark.drill(fault="a renamed column", invariant="missing and drift, or a refusal")
def test_a_column_that_changes_its_name_is_missing_and_drift_or_refuses_the_file(
    world: World, header: str, status: str, reason: str, missing: list[str], drift: list[str]
):
    cells = {"id": "1", "ID": "1", "made": "2026-01-01", "made_on": "2026-01-01"}
    world.source()
    world.drop("things.csv", f"{header}\n{','.join(cells.get(name, 'x') for name in header.split(','))}\n")
    world.land()
    row = world.one()
    assert (row["status"], row["reason_en"], row["missing"], row["drift"]) == (status, reason, missing, drift)


@pytest.mark.drill(fault="a dropped column", invariant="missing, its cells null")
def test_a_dropped_column_is_missing_and_its_cells_are_null(world: World):
    world.source()
    world.drop("things.csv", "id,made\n1,2026-01-01\n")
    world.land()
    assert world.one()["missing"] == ["name"] and world.column("name") == [None]


@pytest.mark.drill(fault="a retyped column", invariant="its text is judged by the contract")
def test_a_retyped_column_keeps_its_text_for_silver_to_judge(world: World):
    world.source(SOURCE + "      amount: {from: n}\n")
    world.drop("things.csv", "id,made,name,n\n1,01/02/2026,a,three\n2,2026-01-02,b,3\n")
    world.land()
    assert world.column("made_on") == ["?01/02/2026", "2026-01-02"] and world.column("amount") == [
        "three",
        "3",
    ]
