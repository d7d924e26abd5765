"""Files as other programs write them, and as no program should: what they say is taken exactly, or the record
or the file is named with the reason."""

from __future__ import annotations

import base64
import io
import json
import re
import sqlite3
import uuid
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_world import World
from odd_files import DAY, cells, good, parquet, table
from test_odd_deliveries import feeds

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


def database(path: Path, *statements: str) -> bytes:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as made:
        for statement in statements:
            made.execute(statement)
        made.commit()
    return path.read_bytes()


def with_arrow_schema(schema: bytes) -> bytes:
    """A Parquet file of texts in which another schema is written down than that of its columns."""
    rows, made = pa.table({"id": ["1"], "made": [DAY], "name": ["a"]}), io.BytesIO()
    with pq.ParquetWriter(made, rows.schema, store_schema=False) as writer:
        writer.add_key_value_metadata({"ARROW:schema": base64.b64encode(schema).decode()})
        writer.write_table(rows)
    return made.getvalue()


OTHER = pa.schema([("id", pa.int64()), ("made", pa.date32()), ("name", pa.binary())])
# What becomes of it: the reason of its refusal, or records, unreadable ones, and the names that land.
FILES = {
    "strict.xlsx": (
        rewritten(*(("", re.escape(usual), strict) for usual, strict in STRICT.items())),
        (2, 0, ["a", "b"]),
    ),
    "phonetic.xlsx": (
        rewritten(
            (
                TEXTS,
                rb"<si><t>a</t></si>",
                b'<si><r><t>a</t></r><rPh sb="0" eb="1"><t>read</t></rPh><phoneticPr fontId="1"/></si>',
            )
        ),
        (2, 0, ["a", "b"]),
    ),
    "escaped.xlsx": (
        rewritten((TEXTS, rb"<t>a</t>", b"<t>_x0061__x005F_x0041_</t>")),
        (2, 0, ["a_x0041_", "b"]),
    ),
    "rows_out_of_order.xlsx": (
        rewritten(
            (SHEET, rb'<row r="2"(.*?)</row><row r="3"(.*?)</row>', rb'<row r="3"\2</row><row r="2"\1</row>')
        ),
        (2, 0, ["a", "b"]),
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
    "other_schema.parquet": (with_arrow_schema(OTHER.serialize().to_pybytes()), (1, 0, ["a"])),
    "no_schema.parquet": (with_arrow_schema(b"no schema"), "the Parquet file is truncated or damaged"),
    "overlong.csv": (
        table()
        + f"1,{DAY},a".encode()
        + b"\xc0\xaf,,\n"
        + f"2,{DAY},".encode()
        + b"\xed\xa0\x80,,\n"
        + f"3,{DAY},ok,,\n".encode(),
        (3, 2, ["ok"]),
    ),
    "no_characters.csv": (
        table(f"1,{DAY},a\uffff\ufdd0,,", f"2,{DAY},\U000e0041b,,"),
        (2, 0, ["a\uffff\ufdd0", "\U000e0041b"]),
    ),
    "deep.jsonl": (
        b'{"id":"1","made":"2026-01-01","name":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}\n",
        (1, 1, []),
    ),
}


@pytest.mark.drill(
    fault="a dozen kinds of file of other programs, and damaged ones, in one inbox",
    invariant="every record is taken as it says, or listed, or the file says why it is refused",
)
def test_what_files_of_other_programs_say_is_taken_exactly_or_named(world: World, tmp_path: Path):
    utf16 = database(
        tmp_path / "utf16",
        "PRAGMA encoding = 'UTF-16'",
        "CREATE TABLE 事 (id TEXT, made TEXT, name TEXT)",
        f"INSERT INTO 事 VALUES ('1', '{DAY}', '名')",
    )
    files = FILES | {"utf16.sqlite": (utf16, (1, 0, ["名"]))}
    world.source(feeds())
    for name, (content, _) in files.items():
        world.drop(name, content)
    world.land()
    found = {row["file"]: row for row in world.ledger()}
    assert found.keys() == files.keys()
    for name, (_, becomes) in files.items():
        row = found[name]
        if isinstance(becomes, str):
            assert row["status"] == "refused" and becomes in row["reason_en"] and row["reason_zh"], (
                name,
                row,
            )
            continue
        assert (row["records"], row["unreadable"]) == becomes[:2], (name, row["unreadable_list"])
        assert len(json.loads(row["unreadable_list"])) == row["unreadable"], name
        landed = [r["name"] for r in world.rows(row)] if row["status"] == "landed" and row["loaded"] else []
        assert landed == becomes[2], name
    assert world.land().recorded == 0


@pytest.mark.drill(
    fault="a file in which each of 20,000 records names a separate field",
    invariant="its records land, and the fields are drift",
)
def test_as_many_fields_as_records_land(world: World):
    world.source(feeds())
    lines = [json.dumps({"id": str(n), "made": DAY, "name": "a", f"field {n}": 1}) for n in range(20_000)]
    world.drop("fields.jsonl", "\n".join([*lines, ""]))
    world.land()
    assert world.one()["loaded"] == 20_000 and len(world.one()["drift"]) == 20_000
