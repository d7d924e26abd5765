"""Files as a careless clerk hands them in: each costs itself or the records that cannot be read, all of which
are counted, and what lands is what was written."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from further_hostile import THINGS, archive, csv, database, good, parquet, sheet, simple, workbook
from ingest_world import SOURCE, World
from test_further_hostile_files import source

ONE, HEADER = "1,2026-01-01,甲", "id,made,name"


def tall(book: xlsxwriter.Workbook) -> None:
    """One record, then sixty thousand blank rows with a format."""
    made, bold = book.add_worksheet(), book.add_format({"bold": True})
    made.write_row(0, 0, HEADER.split(","))
    made.write_row(1, 0, ("1", "2026-01-01", "a"))
    for row in range(2, 60_000):
        made.write_blank(row, 0, None, bold)


def to_the_last_row(book: xlsxwriter.Workbook) -> None:
    made = book.add_worksheet()
    made.write_row(0, 0, HEADER.split(","))
    made.write_row(1, 0, ("1", "2026-01-01", "a"))
    made.write_blank(1_048_575, 2, None, book.add_format({"bold": True}))


def on_the_second_sheet(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet("封面")
    sheet(["1", "2026-01-01", "a"], name="明细")(book)


def header_on_the_second_sheet(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet("封面")
    sheet(name="明细")(book)


def formulas(book: xlsxwriter.Workbook) -> None:
    """A formula that was never calculated, and one whose result is an error."""
    made = book.add_worksheet()
    made.write_row(0, 0, HEADER.split(","))
    for row, (formula, result) in enumerate([('="a"&"b"', ""), ("=VLOOKUP(1,A1:B2,2)", "#N/A")], start=1):
        made.write_row(row, 0, (str(row), "2026-01-01"))
        made.write_formula(row, 2, formula, None, result)


def filtered(book: xlsxwriter.Workbook) -> None:
    made = book.add_worksheet()
    made.write_row(0, 0, HEADER.split(","))
    for row in range(1, 6):
        made.write_row(row, 0, (str(row), "2026-01-01", "a"))
        made.set_row(row, options={"hidden": row % 2 == 0})
    made.autofilter(0, 0, 5, 2)


def spreadsheet_of_libre_office() -> bytes:
    namespace = "urn:oasis:names:tc:opendocument:xmlns:"
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row.split(",")
        )
        + "</table:table-row>"
        for row in (HEADER, ONE)
    )
    content = (
        f'<office:document-content xmlns:office="{namespace}office:1.0" xmlns:table="{namespace}table:1.0" '
        f'xmlns:text="{namespace}text:1.0"><office:body><office:spreadsheet><table:table table:name="a">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    parts = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()}
    manifest = f'<manifest:manifest xmlns:manifest="{namespace}manifest:1.0"/>'
    return archive("zip", parts | {"META-INF/manifest.xml": manifest.encode()})


def same_name_twice() -> bytes:
    stream = io.BytesIO()
    cells = [pa.array([text]) for text in ("1", "2026-01-01", "a", "b")]
    pq.write_table(pa.Table.from_arrays(cells, names=["id", "made", "name", "name"]), stream)
    return stream.getvalue()


def zip64() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed, packed.open("a.csv", "w", force_zip64=True) as member:
        member.write(csv(ONE))
    return stream.getvalue()


# What becomes of a file: records, unreadable ones, and those that land; or words of the reason why not.
FILES: dict[str, tuple[object, tuple[int, int, int] | str]] = {
    # CSV: other delimiters, lines that are no records, encodings
    "semicolons.csv": (b"id;made;name\n1;2026-01-01;a\n", "lacks columns"),
    "tabs.csv": (b"id\tmade\tname\n1\t2026-01-01\ta\n", "lacks columns"),
    "changes.csv": (csv(ONE, "2;2026-01-01;b", "3,2026-01-01,c"), (3, 1, 2)),
    "trailing.csv": (csv("1,2026-01-01,a,", "2,2026-01-01,b"), (2, 1, 1)),
    "trailing_in_header.csv": (csv("1,2026-01-01,a,", header=f"{HEADER},\n"), (1, 0, 1)),
    "total.csv": (csv(ONE, "合计,,"), (2, 0, 2)),
    "note.csv": (csv(ONE, "注：以上数据仅供参考"), (2, 1, 1)),
    "header_again.csv": (csv(ONE, HEADER, "2,2026-01-01,b"), (3, 0, 3)),
    "blank_lines.csv": (b"id,made,name\r\n\r\n1,2026-01-01,a\r\n\r\n\r\n2,2026-01-01,b\r\n", (2, 0, 2)),
    "blank_cells.csv": (csv(ONE, ",,", "  ,\t,"), (3, 0, 3)),
    "delimiter_named.csv": (b"sep=,\nid,made,name\n1,2026-01-01,a\n", "lacks columns"),
    "end_of_dos.csv": (csv(ONE) + b"\x1a", (2, 1, 1)),
    "mark_only.csv": (b"\xef\xbb\xbf", (0, 0, 0)),
    "line_ends_only.csv": (b"\n\n\r\n", (0, 0, 0)),
    "inches.csv": (csv('1,2026-01-01,5"屏', '2,2026-01-01,"5""屏"'), (2, 0, 2)),
    "backslashes.csv": (csv('1,2026-01-01,"a \\"b\\" c"', "2,2026-01-01,b"), (2, 0, 2)),
    "long_cell.csv": (csv("1,2026-01-01," + "长" * 1_000_000, "2,2026-01-01,b"), (2, 0, 2)),
    "wide.csv": (
        csv("1,2026-01-01,a" + "," * 5000, header=f"{HEADER},{','.join(map(str, range(5000)))}\n"),
        (1, 0, 1),
    ),
    "serial_day.csv": (csv("1,46023,a"), (1, 0, 1)),
    "utf16_without_mark.csv": (csv(ONE, encoding="utf-16-le"), "UTF-16"),
    "utf16be_without_mark.csv": (csv(ONE, encoding="utf-16-be"), "UTF-16"),
    "big5.csv": (csv("1,2026-01-01,許功蓋", "2,2026-01-01,b", encoding="big5"), (2, 1, 1)),
    "utf8.gb": (
        csv("1,2026-01-01,甲乙", "2,2026-01-01,丙丁戊"),
        "is in UTF-8, while its source says gb18030",
    ),
    "utf8_packed.gb.gz": (gzip.compress(csv("1,2026-01-01,甲乙丙丁")), "is in UTF-8"),
    "short.gb": (csv("1,2026-01-01,联通", encoding="gb18030"), (1, 0, 1)),  # reads as UTF-8, nearly
    "euro.gb": (csv("1,2026-01-01,a") + b"2,2026-01-01,\x80\n3,2026-01-01,\xfe\x59\xa8\xbc\n", (3, 1, 2)),
    # of another format than it says
    "workbook.csv": (simple(), "is a file of Office"),
    "parquet.csv": (parquet(good()), "lacks columns"),
    "page.xlsx": (b"<html><table><tr><td>id</td></tr></table></html>", "is not a workbook"),
    "text.xlsx": (csv(ONE), "is not a workbook"),
    "libre_office.xlsx": (spreadsheet_of_libre_office(), (1, 0, 1)),
    "plain.csv.zip": (csv(ONE), "is not a zip file"),
    "twice.csv.gz": (gzip.compress(gzip.compress(csv(ONE))), "holds another archive"),
    # workbooks
    "tall.xlsx": (workbook(tall), (1, 0, 1)),
    "last_row.xlsx": (workbook(to_the_last_row), (1, 0, 1)),
    "second_sheet.xlsx": (workbook(on_the_second_sheet), "`sheet` must say which one is read: 明细"),
    "second_header.xlsx": (workbook(header_on_the_second_sheet), (0, 0, 0)),
    "formulas.xlsx": (workbook(formulas), (2, 1, 1)),
    "filtered.xlsx": (workbook(filtered), (5, 0, 5)),
    "days_as_text.xlsx": (
        simple(["1", "2026/1/2", "a"], ["2", 46023, "b"], ["3", "一月一日", "c"]),
        (3, 0, 3),
    ),
    # JSON
    "nan.jsonl": (b'{"id": "1", "made": "2026-01-01", "name": NaN}\n', (1, 0, 1)),
    "huge.jsonl": (b'{"id": ' + b"9" * 4000 + b', "made": "2026-01-01", "name": 1E400}\n', (1, 0, 1)),
    "list_in_line.jsonl": (b'[{"id": "1", "made": "2026-01-01"}]\n', (1, 1, 0)),
    "no_key.jsonl": (b'{"id": null, "made": "2026-01-01", "name": "a"}\n', (1, 0, 1)),
    "gb.json": (json.dumps([{"id": "1", "name": "甲"}], ensure_ascii=False).encode("gb18030"), "decode"),
    "keys_with_blanks.json": (b'[{" id": "1", "made ": "2026-01-01", "name": "a"}]', "lacks columns"),
    "text_behind.json": (b'[{"id": "1", "made": "2026-01-01"}]\nEOF\n', "JSON"),
    "other_elements.json": (b'[null, {"id": "1", "made": "2026-01-01"}, 5, "x", []]', (5, 4, 1)),
    # Parquet and SQLite
    "old_times.parquet": (
        parquet(
            good(made=pa.array([dt.datetime(2026, 1, 1)], pa.timestamp("ns"))),
            use_deprecated_int96_timestamps=True,
        ),
        (1, 0, 1),
    ),
    "same_name.parquet": (same_name_twice(), "occur twice"),
    "kinds.parquet": (
        parquet(good(id=pa.array([2**64 - 1], pa.uint64()), name=pa.array([1.5], pa.float32()))),
        (1, 0, 1),
    ),
    "no_type.parquet": (parquet(good(name=pa.array(["a"], pa.large_string()), more=pa.nulls(1))), (1, 0, 1)),
    "time.parquet": (parquet(good(name=pa.array([dt.time(12, 30)], pa.time32("s")))), (1, 0, 1)),
    "numeric.sqlite": (
        database(
            "CREATE TABLE t (id NUMERIC, made, name); INSERT INTO t VALUES ('07', '2026-01-01', 9e999);"
        ),
        (1, 0, 1),
    ),
    "blobs.sqlite": (
        database(f"{THINGS} INSERT INTO things VALUES (x'00', '2026-01-01', 'a'), ('2', '2026-01-01', 'b');"),
        (2, 1, 1),
    ),
    "view_beside.sqlite": (
        database(
            f"{THINGS} CREATE VIEW v AS SELECT * FROM things;"
            "INSERT INTO things VALUES ('1', '2026-01-01', 'a');"
        ),
        (1, 0, 1),
    ),
    # archives with what systems add
    "mac.csv.zip": (
        archive("zip", {"a.csv": csv(ONE), "__MACOSX/._a.csv": b"\0\5\x16\7", ".DS_Store": b"\0"}),
        (1, 0, 1),
    ),
    "windows.csv.zip": (
        archive("zip", {"数据/a.csv": csv(ONE), "数据/Thumbs.db": b"x", "desktop.ini": b"[x]"}),
        (1, 0, 1),
    ),
    "large_form.csv.zip": (zip64(), (1, 0, 1)),
}


def with_a_gb18030_feed() -> str:
    feed = SOURCE.split("  things:\n")[1].replace('"things*.csv"', "['*.gb', '*.gb.gz']")
    return f"{source()}  gb:\n" + feed.replace("format: csv", "format: csv\n    encoding: gb18030")


@pytest.mark.drill(
    fault="some sixty kinds of careless file in one inbox",
    invariant="every record is landed or listed, or the file says why it is refused",
)
def test_every_record_of_a_careless_file_is_landed_or_listed(world: World):
    world.source(with_a_gb18030_feed())
    for name, (content, _) in FILES.items():
        world.drop(name, content if isinstance(content, bytes) else content(world.home))
    world.land()
    found = {row["file"]: row for row in world.ledger()}
    assert found.keys() == FILES.keys()
    counted = {
        name: row["reason_en"]
        if row["status"] == "refused"
        else tuple(map(row.get, ("records", "unreadable", "loaded")))
        for name, row in found.items()
    }
    wrong = {
        name: counted[name]
        for name, (_, becomes) in FILES.items()
        if (becomes not in counted[name] if isinstance(becomes, str) else becomes != counted[name])
    }
    assert wrong == {}
    listed = {name: len(json.loads(row["unreadable_list"] or "[]")) for name, row in found.items()}
    assert {name: n for name, n in listed.items() if n != found[name]["unreadable"]} == {}
    assert all(row["reason_zh"] for row in found.values() if row["status"] == "refused")
    names = {
        name: [row["name"] for row in world.rows(found[name])] for name in ("inches.csv", "filtered.xlsx")
    }
    assert names == {"inches.csv": ['5"屏'] * 2, "filtered.xlsx": ["a"] * 5}
    assert world.rows(found["huge.jsonl"])[0]["thing_id"] == "9" * 4000
    assert world.rows(found["short.gb"])[0]["name"] == "联通"
    assert world.land().recorded == 0


@pytest.mark.drill(fault="folders deeper than a path may be long", invariant="named, and the others land")
def test_folders_deeper_than_a_path_may_be_long_stop_no_landing(world: World):
    world.source()
    world.drop("things.csv", csv("1,2026-01-01,a"))
    here = os.open(world.environment.inbox / "acme", os.O_RDONLY)
    for _ in range(40):  # 40 × 200 characters; a path has at most 4096
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("things_deep.csv", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, csv("2,2026-01-01,b"))
    os.close(file)
    os.close(here)
    report = world.land()
    assert report.landed == 1 and any("cannot be listed" in warning for warning in report.warnings)
    assert all(len(warning) < 2000 for warning in report.warnings)
