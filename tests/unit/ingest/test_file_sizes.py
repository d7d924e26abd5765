"""What a file would grow to is known before it does: sheets by their area, workbooks by their parts, Parquet
by what its dictionaries stand for, JSON by its depth."""

from __future__ import annotations

import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from ingest_world import DAY, SOURCE, World

from jobs.file_limits import Limits
from jobs.ingest import parquet_size, sheet_area
from jobs.ingest.limits import applied
from jobs.ingest.unit import Unit, land_unit
from jobs.ingest.verdict import FileResult

XLSX, PARQUET, JSON, JSONL = (SOURCE.replace("csv", kind) for kind in ("xlsx", "parquet", "json", "jsonl"))
HEADER = "".join(
    f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>'
    for letter, name in zip("ABC", ("id", "made", "name"), strict=True)
)
ROW = (
    HEADER.replace("1", "2").replace(">id<", ">7<").replace(">made<", ">2026-01-01<").replace(">name<", ">a<")
)
USUAL, SMALL = Limits(), Limits(memory=64 << 20)


def sheet(
    rows: str,
    before: str = "",
    *,
    behind: str = "",
    shared: bytes = b"",
    more: dict[str, bytes] | None = None,
) -> bytes:
    """A workbook whose only sheet has these rows as XML."""
    made, written = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet("data").write(0, 0, "a text makes it write the shared ones")
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    xml = f"<worksheet {space}>{before}<sheetData>{rows}</sheetData>{behind}</worksheet>"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            changed = {"xl/worksheets/sheet1.xml": xml, "xl/sharedStrings.xml": shared or old.read(name)}
            new.writestr(name, changed.get(name, old.read(name)))
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return written.getvalue()


def landed(world: World, source: str, content: bytes, limits: Limits = USUAL) -> FileResult:
    path = world.home / "raw"
    path.write_bytes(content)
    feed = world.feed(source)
    with applied(limits):
        return land_unit(Unit(feed, f"things.{feed.format}", "s", "k", path, DAY, world.home / "out.parquet"))


def out(world: World) -> list[dict]:
    return pq.read_table(world.home / "out.parquet").to_pylist()


@pytest.mark.drill(fault="a cell in a sheet's far corner", invariant="refused")
def test_one_cell_in_the_far_corner_refuses_the_sheet(world: World):
    content = sheet(f'<row r="1">{HEADER}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert len(content) < 10_000
    world.source(XLSX)
    world.drop("things.xlsx", content)
    world.land()
    row = world.one()
    assert (row["status"], row["unreadable"]) == ("refused", 0)
    assert "1,048,576 rows × 16,384 columns" in row["reason_en"] and "QUALITY_FILE_MEMORY" in row["reason_zh"]


@pytest.mark.parametrize(
    "rows",
    [
        f"<row r='1'>{HEADER}</row><row r='9'><c s='1' r='XFD1048576'><v>1</v></c></row>",
        f'<row r="1">{HEADER}<c r="XFC1"><v>1</v></c><c><v>1</v></c></row>'
        + "<row><c><v>1</v></c></row>" * 99,
        f'<x:row r="1">{HEADER}<x:c r="XFD1"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="100"><x:c><x:v>1</x:v></x:c></x:row>',
    ],
    ids=["other quotes", "cells without a place", "a prefix"],
)
def test_the_area_is_that_of_the_cells_however_they_are_written(world: World, rows: str):
    small = Limits(memory=160 * 16384 * 99)
    assert "columns from A1 to its last cell" in landed(world, XLSX, sheet(rows), small).reason.en


def test_what_the_sheet_says_of_its_size_and_blank_cells_do_not_count(world: World):
    blank = '<row r="1048576" s="1"><c r="XFD1048576" s="1"/><c r="XFE1048576" s="1"></c></row>'
    content = sheet(
        f'<row r="1">{HEADER}</row><row r="2">{ROW}</row>{blank}', '<dimension ref="A1:XFD1048576"/>'
    )
    assert landed(world, XLSX, content).status == "landed"
    assert [row["thing_id"] for row in out(world)] == ["7"]


def test_a_sheet_is_the_same_wherever_it_is_cut_into_pieces(monkeypatch):
    """The formula of A2 has an empty value, that of B2 has one; A5 and A91 do not say their place, and A5 is
    given once more; Z90 has a format only."""
    rows = (
        f'<row r="1">{HEADER}</row>'
        '<row r="2"><c r="A2"><f>B1</f><v></v></c><c r="B2"><f>A1</f><v>1</v></c></row>'
        '<row r="5"><c><v>1</v></c></row><row r="5"><c r="A5"><v>2</v></c></row>'
        '<row r="90"><c r="Z90" s="1">\n</c></row><row><c><v>1</v></c></row>'
    )
    with zipfile.ZipFile(io.BytesIO(sheet(rows))) as parts:
        for size in (1 << 20, *range(1, 300)):
            monkeypatch.setattr(sheet_area, "_CHUNK", size)
            assert sheet_area.uncalculated(parts, "data") == {1: {0}}, size
            assert sheet_area.given_twice(parts, "data") == "A5", size
            assert sheet_area.area(parts, "data", most=91 * 26) == (91, 26), size
            assert sheet_area.area(parts, "data", most=6) == (91, 3), size


def test_the_other_sheets_of_a_workbook_may_be_as_wide_as_they_are(world: World):
    far = sheet('<row r="1"><c r="XFD1048576"><v>1</v></c></row>')
    with zipfile.ZipFile(io.BytesIO(far)) as parts:
        wide = parts.read("xl/worksheets/sheet1.xml")
    good = f'<row r="1">{HEADER}</row><row r="2">{ROW}</row>'
    content = sheet(good, more={"xl/worksheets/sheet2.xml": wide})
    assert landed(world, XLSX, content).status == "landed"


def row_at(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'.replace('2" t', f'{number}" t')


def test_a_cell_that_is_given_twice_is_found_however_far_apart_its_places_are(world: World):
    rows = [row_at(1, HEADER), *(row_at(n, ROW) for n in range(2, 40_000)), row_at(7, ROW)]
    content = sheet("".join(rows))
    assert "gives the cell A7 twice" in landed(world, XLSX, content).reason.en


@pytest.mark.drill(fault="a workbook bomb", invariant="refused")
def test_a_workbook_that_unpacks_to_too_much_is_refused(world: World):
    content = sheet(f'<row r="1">{HEADER}</row>', more={"xl/sharedStrings2.xml": b"<si/>" * (4 << 20)})
    outcome = landed(world, XLSX, content, SMALL)
    assert len(content) < 100_000 and "the workbook unpacks to more than 16 MiB" in outcome.reason.en


def test_a_merge_beside_all_content_is_no_error(world: World):
    merged = '<mergeCells><mergeCell ref="F2:F3"/><mergeCell ref="F7:G9"/></mergeCells>'
    rows = f'<row r="1">{HEADER}</row><row r="2">{ROW}</row><row r="3"><c r="A3"><v>8</v></c></row>'
    assert (landed(world, XLSX, sheet(rows, behind=merged)).status, len(out(world))) == ("landed", 2)


def repeated(text: str, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([text]))


def parquet(columns: dict[str, pa.Array]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, store_schema=False, compression="zstd")
    return stream.getvalue()


def bomb(times: int = 100_000) -> dict[str, pa.Array]:
    return {
        "id": repeated("1", times),
        "made": repeated("2026-01-01", times),
        "name": repeated("x" * 67_000, times),
    }


@pytest.mark.drill(fault="a Parquet dictionary bomb", invariant="refused")
def test_a_text_that_a_parquet_file_repeats_is_counted_as_often_as_it_stands(world: World):
    content = parquet(bomb())
    assert len(content) < 100_000  # and 6.7 GB once it is written out
    outcome = landed(world, PARQUET, content)
    assert outcome.status == "refused" and "decodes to more than 1024 MiB" in outcome.reason.en


def test_a_point_in_a_column_name_hides_no_text(world: World):
    content = parquet({"a.b": bomb()["name"]})
    file = pq.ParquetFile(io.BytesIO(content))
    assert parquet_size.texts_below(file.schema, ["a.b"]) == ["a.b"]
    assert parquet_size.texts_below(file.schema, ["a"]) == ["a.b"]


@pytest.mark.parametrize("path", ["inner.text", "inner.texts[*]"])
def test_texts_within_nested_values_count_as_well(world: World, path: str):
    columns, size = bomb(), 100_000
    text = columns.pop("name")
    lists = pa.ListArray.from_arrays(pa.array(range(size + 1), pa.int32()), text)
    columns["inner"] = pa.StructArray.from_arrays([text, lists], ["text", "texts"])
    name = "tags:     {from: 'inner.texts[*]'}" if "*" in path else "name:     {from: inner.text}"
    outcome = landed(world, PARQUET.replace("name:     {from: name}", name), parquet(columns))
    assert outcome.status == "refused" and "decodes to more than" in outcome.reason.en


def test_a_column_that_no_feed_reads_costs_nothing(world: World):
    columns = {**bomb(), "more": bomb()["name"], "name": repeated("a", 100_000)}
    assert landed(world, PARQUET, parquet(columns)).loaded == 100_000


def test_long_texts_are_decoded_piece_by_piece_with_the_same_rows(world: World, monkeypatch):
    columns = {
        "id": pa.array([str(i) for i in range(50)]),
        "made": repeated("2026-01-01", 50),
        "name": pa.array([f"{i % 3}" * 200 for i in range(50)]),
    }
    whole = (landed(world, PARQUET, parquet(columns)).loaded, out(world))
    monkeypatch.setattr(parquet_size, "PIECE", 1000)
    assert (landed(world, PARQUET, parquet(columns)).loaded, out(world)) == whole
    assert [row["_record"] for row in whole[1]] == list(range(1, 51))


def test_a_line_that_is_nested_too_deeply_costs_itself_only(world: World):
    good = {"id": 1, "made": "2026-01-01", "name": "a"}
    lines = [good, good | {"id": 2, "name": [[1]]}]
    deep = [json.dumps(good).replace('"a"', "[" * n + "]" * n) for n in (101, 960, 100_000)]
    world.source(JSONL)
    world.drop("things.jsonl", "\n".join([*map(json.dumps, lines), *deep]) + "\n")
    world.land()
    assert world.unreadable() == [(n, "is nested too deeply") for n in (3, 4, 5)]
    assert world.column("thing_id") == ["1", "2"]


@pytest.mark.parametrize("depth", [*range(900, 1000, 5), 100_000])
def test_a_document_that_is_nested_too_deeply_is_refused_and_never_an_error(world: World, depth: int):
    record = json.dumps([{"id": 1, "made": "2026-01-01", "name": "a"}]).replace(
        '"a"', "[" * depth + "]" * depth
    )
    outcome = landed(world, JSON, record.encode())
    assert outcome.status == "landed" or outcome.reason.en == "is nested too deeply"
