"""Files as other programs write them, and damaged ones, for test_odd_deliveries.py."""

from __future__ import annotations

import base64
import io
import re
import sqlite3
import uuid
import zipfile
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
from odd_files import DAY, cells, good, parquet, table

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


def rewritten(*changes: tuple[str, bytes, bytes]) -> bytes:
    """A workbook of two records with parts changed: (part, pattern, what takes its place); every part where
    the name is empty."""
    made, changed = io.BytesIO(), set()
    whole = io.BytesIO(cells(("1", DAY, "a"), ("2", DAY, "b")))
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for part, pattern, by in changes:
                if part in ("", name) and re.search(pattern, content):
                    content = re.sub(pattern, by, content)
                    changed.add(pattern)
            new.writestr(name, content)
    assert changed == {pattern for _, pattern, _ in changes}
    return made.getvalue()


def database(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as made:
        for statement in statements:
            made.execute(statement)
        made.commit()
        return made.serialize()


def with_arrow_schema(schema: bytes) -> bytes:
    """A Parquet file of texts in which another schema is written down than that of its columns."""
    rows, made = pa.table({"id": ["1"], "made": [DAY], "name": ["a"]}), io.BytesIO()
    with pq.ParquetWriter(made, rows.schema, store_schema=False) as writer:
        writer.add_key_value_metadata({"ARROW:schema": base64.b64encode(schema).decode()})
        writer.write_table(rows)
    return made.getvalue()


OTHER = pa.schema([("id", pa.int64()), ("made", pa.date32()), ("name", pa.binary())])
PROGRAMS = {  # as odd_files.FILES
    "strict.xlsx": (
        rewritten(*(("", re.escape(usual), strict) for usual, strict in STRICT.items())),
        (2, 0, 2, "name", ["a", "b"]),
    ),
    "phonetic.xlsx": (
        rewritten(
            (
                TEXTS,
                rb"<si><t>a</t></si>",
                b'<si><r><t>a</t></r><rPh sb="0" eb="1"><t>read</t></rPh><phoneticPr fontId="1"/></si>',
            )
        ),
        (2, 0, 2, "name", ["a", "b"]),
    ),
    "escaped.xlsx": (
        rewritten((TEXTS, rb"<t>a</t>", b"<t>_x0061__x005F_x0041_</t>")),
        (2, 0, 2, "name", ["a_x0041_", "b"]),
    ),
    "rows_out_of_order.xlsx": (
        rewritten(
            (SHEET, rb'<row r="2"(.*?)</row><row r="3"(.*?)</row>', rb'<row r="3"\2</row><row r="2"\1</row>')
        ),
        (2, 0, 2, "name", ["a", "b"]),
    ),
    "row_below_zero.xlsx": (rewritten((SHEET, rb'<row r="3"', b'<row r="-3"')), "is not a workbook"),
    "no_such_text.xlsx": (
        rewritten((SHEET, rb'<c r="C2"(.*?)<v>\d+</v>', rb'<c r="C2"\1<v>99999</v>')),
        "is not a workbook",
    ),
    "uuid.parquet": (
        parquet(good(id=pa.array([uuid.UUID(int=7).bytes], pa.uuid()))),
        "which cannot be read as text",
    ),
    "other_schema.parquet": (with_arrow_schema(OTHER.serialize().to_pybytes()), (1, 0, 1, "name", ["a"])),
    "no_schema.parquet": (with_arrow_schema(b"no schema"), "the Parquet file is truncated or damaged"),
    "overlong.csv": (
        table()
        + f"1,{DAY},a".encode()
        + b"\xc0\xaf,,\n"
        + f"2,{DAY},".encode()
        + b"\xed\xa0\x80,,\n"
        + f"3,{DAY},ok,,\n".encode(),
        (3, 2, 1, "name", ["ok"]),
    ),
    "no_characters.csv": (
        table(f"1,{DAY},a\uffff\ufdd0,,", f"2,{DAY},\U000e0041b,,"),
        (2, 0, 2, "name", ["a\uffff\ufdd0", "\U000e0041b"]),
    ),
    "deep.jsonl": (
        b'{"id":"1","made":"2026-01-01","name":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}\n",
        (1, 1, 0),
    ),
    "utf16.sqlite": (
        database(
            "PRAGMA encoding = 'UTF-16'",
            "CREATE TABLE 事 (id TEXT, made TEXT, name TEXT)",
            f"INSERT INTO 事 VALUES ('1', '{DAY}', '名')",
        ),
        (1, 0, 1, "name", ["名"]),
    ),
}
