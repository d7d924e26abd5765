"""Further files as hostile and careless people hand them in, each made here, and what becomes of each."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import stat
import unicodedata
import warnings
import zipfile
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from further_hostile import archive, good, parquet, repacked, simple, workbook

HEADER = "id,made,name,price,kind\n"
DAY = "2026-01-01"
SHEET = "xl/worksheets/sheet1.xml"


def table(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return (header + "".join(f"{row}\n" for row in rows)).encode(encoding)


def line(**fields: object) -> bytes:
    return (json.dumps({"id": "1", "made": DAY} | fields, ensure_ascii=False) + "\n").encode()


def cells(
    *rows: tuple, formats: dict[tuple[int, int], str] | None = None, top: int = 0, left: int = 0
) -> bytes:
    """A workbook with these rows below a header; ``formats``: number formats by (row, column)."""

    def fill(book: xlsxwriter.Workbook) -> None:
        made = book.add_worksheet()
        for at, row in enumerate([HEADER.strip().split(","), *rows]):
            for column, value in enumerate(row):
                form = (formats or {}).get((at, column))
                made.write(
                    top + at, left + column, value, *([book.add_format({"num_format": form})] if form else [])
                )

    return workbook(fill)


def two_rows_of_header(book: xlsxwriter.Workbook) -> None:
    made = book.add_worksheet()
    made.merge_range(0, 0, 0, 2, "基本信息")
    made.write_row(1, 0, ["id", "made", "name"])
    made.write_row(2, 0, ["1", DAY, "a"])


def merged_over_the_header(book: xlsxwriter.Workbook) -> None:
    made = book.add_worksheet()
    made.write(0, 0, "id")
    made.merge_range(0, 1, 0, 2, "made")
    made.write_row(1, 0, ["1", DAY, "a"])


def far_below(book: xlsxwriter.Workbook) -> None:
    made = book.add_worksheet()
    made.write_row(0, 0, ["id", "made", "name"])
    made.write_row(1, 0, ["1", DAY, "a"])
    made.write_row(50_000, 0, ["2", DAY, "b"])


def without_a_value(place: str, formula: str, value: str = "", kind: str = ""):
    """A cell of the first sheet becomes a formula that no program has calculated."""

    def change(parts: dict[str, bytes]) -> None:
        name = "xl/worksheets/sheet1.xml"
        cell = f'<c r="{place}"{kind}><f>{formula}</f>{value}</c>'.encode()
        parts[name] = re.sub(rf'<c r="{place}".*?</c>'.encode(), cell, parts[name])

    return change


def within(name: str, pattern: bytes, becomes: bytes):
    def change(parts: dict[str, bytes]) -> None:
        assert re.search(pattern, parts[name])
        parts[name] = re.sub(pattern, becomes, parts[name])

    return change


def behind_the_cells(more: bytes):
    return within(SHEET, rb"</row></sheetData>", more + b"</row></sheetData>")


def sheet_twice() -> bytes:
    """A workbook whose sheet occurs twice, so that two readers may see two contents."""
    content = simple(["1", DAY, "a"])
    with warnings.catch_warnings(), zipfile.ZipFile(stream := io.BytesIO(content), "a") as packed:
        warnings.simplefilter("ignore")
        packed.writestr("xl/worksheets/sheet1.xml", packed.read("xl/worksheets/sheet1.xml"))
    return stream.getvalue()


def link_in_zip() -> bytes:
    with zipfile.ZipFile(stream := io.BytesIO(), "w") as packed:
        member = zipfile.ZipInfo("a.csv")
        member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        packed.writestr(member, "/etc/hostname")
    return stream.getvalue()


def no_row_group() -> bytes:
    schema = pa.schema([(name, pa.string()) for name in ("id", "made", "name")])
    pq.ParquetWriter(stream := io.BytesIO(), schema).close()
    return stream.getvalue()


LATE = dt.datetime(2026, 1, 1, 20)  # in Shanghai the next day
OPEN_QUOTE = table(
    f"1,{DAY},a", f'2,{DAY},"b', f"3,{DAY},c", f'4,{DAY},d"', f"5,{DAY},e", header="id,made,name\n"
)

# What becomes of a file: records, unreadable ones, those that land, and of the latter some values in
# order; or words of the reason why it is refused.
FILES: dict[str, tuple[bytes, tuple | str]] = {
    # numbers that no program may guess: silver quarantines what does not read as one
    "thousands.csv": (
        table(f'1,{DAY},a,"1,234.50",', f"2,{DAY},a,1 234,"),
        (2, 0, 2, "price", ["1,234.50", "1 234"]),
    ),
    "full_width.csv": (table(f"1,{DAY},a,１２．５０,"), (1, 0, 1, "price", ["１２．５０"])),
    "percent.csv": (
        table(f"1,{DAY},a,12.5%,", f"2,{DAY},a,１２％,"),
        (2, 0, 2, "price", ["12.5%", "１２％"]),
    ),
    "units.csv": (
        table(f"1,{DAY},a,12元,", f"2,{DAY},a,1.2万,", f"3,{DAY},a,0.1kg,"),
        (3, 0, 3, "price", ["12元", "1.2万", "0.1kg"]),
    ),
    "brackets.csv": (table(f"1,{DAY},a,(12.50),", f"2,{DAY},a,−3,"), (2, 0, 2, "price", ["(12.50)", "−3"])),
    "not_finite.jsonl": (
        b'{"id":"1","made":"2026-01-01","price":Infinity}\n{"id":"2","made":"2026-01-01","price":1e999}\n',
        (2, 0, 2, "price", ["Infinity", "1e999"]),
    ),
    "not_finite.parquet": (parquet(good(price=pa.array([float("nan")]))), (1, 0, 1, "price", ["nan"])),
    "decimal.parquet": (
        parquet(good(price=pa.array([Decimal("1234.5000")]))),
        (1, 0, 1, "price", ["1234.5000"]),
    ),
    # workbooks as people and programs make them
    "two_headers.xlsx": (workbook(two_rows_of_header), "lacks columns that are required: id, made"),
    "merged_header.xlsx": (workbook(merged_over_the_header), (1, 0, 1, "made_on", [DAY])),
    "beside.xlsx": (cells(("1", DAY, "a"), top=3, left=2), "lacks columns that are required: id, made"),
    "far_below.xlsx": (workbook(far_below), (2, 0, 2, "name", ["a", "b"])),
    "zeros_shown.xlsx": (cells((7, DAY, "a"), formats={(1, 0): "000000"}), (1, 0, 1, "thing_id", ["7"])),
    "percent_shown.xlsx": (
        cells(("1", DAY, "a", 0.125), formats={(1, 3): "0.0%"}),
        (1, 0, 1, "price", ["0.125"]),
    ),
    "money_shown.xlsx": (
        cells(("1", DAY, "a", 1234.5), formats={(1, 3): "¥#,##0"}),
        (1, 0, 1, "price", ["1234.5"]),
    ),
    "no_such_day.xlsx": (
        cells(("1", 2958466, "a"), ("2", 0, "b"), formats={(1, 1): "yyyy-mm-dd", (2, 1): "yyyy-mm-dd"}),
        (2, 0, 2, "made_on", ["?2958466", "?00:00:00"]),
    ),
    "day_in_iso.xlsx": (
        repacked(simple(), within(SHEET, rb'<c r="B2".*?</c>', b'<c r="B2" t="d"><v>2026-01-01</v></c>')),
        (1, 0, 1, "made_on", [DAY]),
    ),
    "dimension.xlsx": (
        repacked(simple(["1", DAY, "a"]), within(SHEET, rb'<dimension ref="[^"]*"', b'<dimension ref="A1"')),
        (1, 0, 1, "name", ["a"]),
    ),
    "without_places.xlsx": (
        repacked(simple(["1", DAY, "a"]), within(SHEET, rb' r="[A-Z0-9]+"', b"")),
        (1, 0, 1, "name", ["a"]),
    ),
    "sheets_without_content.xlsx": (
        workbook(lambda book: [book.add_worksheet() for _ in range(3)] and None),
        (0, 0, 0),
    ),
    "sheet_twice.xlsx": (sheet_twice(), "it holds two parts of one name"),
    "formula.xlsx": (
        repacked(simple(["1", DAY, "a"], ["2", DAY, "b"]), without_a_value("C2", "A2&amp;B2")),
        (2, 1, 1, "name", ["b"]),
    ),
    "formula_blank.xlsx": (  # as openpyxl writes it
        repacked(simple(["1", DAY, "a"], ["2", DAY, "b"]), without_a_value("C2", "A2", "<v/>")),
        (2, 1, 1, "name", ["b"]),
    ),
    "formula_of_nothing.xlsx": (
        repacked(simple(["1", DAY, "a"], ["2", DAY, "b"]), without_a_value("C2", "A2", "<v></v>")),
        (2, 1, 1, "name", ["b"]),
    ),
    "formula_of_empty_text.xlsx": (
        repacked(simple(["1", DAY, "a"]), without_a_value("C2", '""', "<v></v>", ' t="str"')),
        (1, 0, 1, "name", [None]),
    ),
    "formulas_only.xlsx": (repacked(simple(["", "", "a"]), without_a_value("C2", "1+1")), (1, 1, 0)),
    "formula_beside.xlsx": (
        repacked(
            simple(["1", DAY, "a"]),
            within(SHEET, rb"</row></sheetData>", b'<c r="E2"><f>1+1</f></c></row></sheetData>'),
        ),
        (1, 0, 1, "name", ["a"]),
    ),
    "cell_twice.xlsx": (
        repacked(simple(["1", DAY, "a"]), behind_the_cells(b'<c r="C2"><v>7</v></c>')),
        "its sheet a gives the cell C2 twice",
    ),
    "cell_twice_unusual.xlsx": (
        repacked(simple(["1", DAY, "a"]), behind_the_cells(b"<c r='B2'/><c><v>7</v></c>")),
        "its sheet a gives the cell B2 twice",
    ),
    "row_twice.xlsx": (
        repacked(
            simple(["1", DAY, "a"], ["2", DAY, "b"]),
            behind_the_cells(b'</row><row r="2"><c r="A2"><v>7</v></c>'),
        ),
        "its sheet a gives the cell A2 twice",
    ),
    "cells_in_disorder.xlsx": (
        repacked(simple(["1", DAY, "a"]), behind_the_cells(b'<c r="E2"><v>1</v></c><c r="D2"><v>2</v></c>')),
        (1, 0, 1, "name", ["a"]),
    ),
    # text files
    "four_bytes.gb": (table(f"1,{DAY},𠮷野家䶮,,", encoding="gb18030"), (1, 0, 1, "name", ["𠮷野家䶮"])),
    "half_of_four_bytes.gb": (
        table(f"1,{DAY},甲,,", encoding="gb18030")
        + b"2,2026-01-01,\x95\x32\x82,,\n3,2026-01-01,\xb1\xe0,,\n",
        (3, 1, 2, "name", ["甲", "编"]),
    ),
    "open_quote.csv": (OPEN_QUOTE, (5, 1, 4, "name", ["a", "c", 'd"', "e"])),
    "two_lines.csv": (table(f'1,{DAY},"a\nb, c",,', f"2,{DAY},d,,"), (2, 0, 2, "name", ["a\nb, c", "d"])),
    "put_together.csv": (
        table(f"1,{DAY},a,,") + b"\xef\xbb\xbf" + table(f"2,{DAY},b,,"),
        (3, 0, 3, "thing_id", ["1", "id", "2"]),
    ),
    "put_together_16.csv": (
        table(f"1,{DAY},a,,") + b"\xff\xfe" + table(f"2,{DAY},b,,", encoding="utf-16-le"),
        (4, 3, 1),
    ),
    "without_a_line_end.csv": (table(f"1,{DAY},a,,")[:-1] + table(f"2,{DAY},b,,"), (2, 1, 1)),
    "padded.csv": (table(f"1,{DAY},a,,") + b"\0" * 4096, (2, 1, 1)),
    "semicolons.csv": (table(header="id;made;name\n") + b"1;2026-01-01;a\n", "is the delimiter a semicolon?"),
    "full_width_commas.csv": (
        "id，made，name\n1，2026-01-01，a\n".encode(),
        "is the delimiter a full-width comma?",
    ),
    "remark.csv": (b"# exported\n" + table(f"1,{DAY},a,,"), "lacks columns that are required: id, made"),
    "days.csv": (
        table("1,２０２６-０１-０１,a,,", "2,2026年1月1日,a,,", "3,2026-1-1,a,,", "4,2026–01–01,a,,"),
        (4, 0, 4, "made_on", ["２０２６-０１-０１", "?2026年1月1日", "?2026-1-1", "?2026–01–01"]),
    ),
    "alike.csv": (table(f"А1,{DAY},a,,", f"A1,{DAY},b,,"), (2, 0, 2, "thing_id", ["А1", "A1"])),
    # JSON
    "named_twice.jsonl": (
        b'{"id":"1","id":"2","made":"2026-01-01"}\n' + line(id="3"),
        (2, 1, 1, "thing_id", ["3"]),
    ),
    "named_twice_escaped.jsonl": (b'{"id":"1","\\u0069d":"2","made":"2026-01-01"}\n', (1, 1, 0)),
    "marks.jsonl": (line() + b"\xef\xbb\xbf" + line(id="2"), (2, 0, 2, "thing_id", ["1", "2"])),
    "list_over_lines.jsonl": (b"[" + line()[:-1] + b",\n" + line(id="2")[:-1] + b"]\n", (2, 2, 0)),
    "over_lines.jsonl": (json.dumps({"id": "1", "made": DAY}, indent=1).encode() + b"\n", (4, 4, 0)),
    "single_quotes.jsonl": (b"{'id': '1', 'made': '2026-01-01'}\n", (1, 1, 0)),
    # Parquet
    "nested.parquet": (
        parquet(good(name=pa.array([{"a": 1, "b": [{"c": "x"}]}]))),
        (1, 0, 1, "name", ['{"a":"1","b":[{"c":"x"}]}']),
    ),
    "no_row_group.parquet": (no_row_group(), (0, 0, 0)),
    "in_utc.parquet": (
        parquet(good(made=pa.array([LATE], pa.timestamp("us", "UTC")))),
        (1, 0, 1, "made_on", ["2026-01-02"]),
    ),
    # archives
    "link.csv.zip": (link_in_zip(), "holds a symbolic link"),
    "drive.csv.zip": (archive("zip", {"C:/a.csv": table(f"1,{DAY},a,,")}), "outside"),
    "drive_of_windows.csv.zip": (archive("zip", {"C:\\a.csv": table(f"1,{DAY},a,,")}), "outside"),
}
# Names that a shell, a page, a glob or another system would take for something else; each has other content.
NAMES = (
    "emoji 🍷\u200d.csv",
    "a blank .csv",
    "\u202egpj.csv",
    "名" * 83 + ".csv",
    "-rf.csv",
    "CON.csv",
    "%2e%2e%2fetc.csv",
    "\"'<b>$(id)`.csv",
    "[a].csv",
    "a*?.csv",
    unicodedata.normalize("NFC", "é.csv"),
    unicodedata.normalize("NFD", "é.csv"),
)

LONG = 123456789012345678  # a spreadsheet keeps its first fifteen digits
LOST = {
    "a.csv": table(f"6.92E+12,{DAY},甲,,", f"6.92E+12,{DAY},乙,,", f"3,{DAY},丙,,"),
    "a.xlsx": cells((float(LONG), DAY, "甲"), (float(LONG + 1), DAY, "乙"), (3.0, DAY, "丙")),
    "a.parquet": parquet(
        {
            "id": pa.array([float(LONG), float(LONG + 1), 3.0]),
            "made": pa.array([DAY] * 3),
            "name": pa.array(list("甲乙丙")),
        }
    ),
}
