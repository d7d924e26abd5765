"""Files as they should not be, one of each in one inbox: the landing ends, each costs itself only, and the
reason names the cause."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import io
import os
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_world import SOURCE, World
from test_json_and_workbooks import workbook

from jobs.file_limits import MIB, Limits
from jobs.ingest import parquet_files
from jobs.ingest.records import Found
from jobs.terminal import shown_line

HEADER, ROW = "id,made,name\n", "1,2026-01-01,a\n"
STYLES = ("csv", "jsonl", "xlsx", "parquet", "sqlite", "document")
DAY = dt.date(2026, 1, 1)


def source() -> str:
    head, feed = SOURCE.split("  things:\n")
    feeds = ""
    for style in STYLES:
        made = feed.replace("things*.csv", f"*.{style}*").replace("csv", style.replace("document", "json"))
        feeds += f"  {style}:\n{made}"
    return head + feeds


def parquet(table: pa.Table, **options) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def columns(*names: str) -> bytes:
    values = {"id": "1", "made": "2026-01-01", "name": "a"}
    return parquet(pa.Table.from_arrays([pa.array([values[n]]) for n in names], names=list(names)))


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return stream.getvalue()


def rewritten(part: str, change: Callable[[str], str], **more: bytes) -> bytes:
    """A good workbook with one part of its XML changed and further parts."""
    with zipfile.ZipFile(io.BytesIO(workbook([["id", "made", "name"], ["1", "2026-01-01", "a"]]))) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    return zipped(parts | more)


def with_entities(text: str) -> str:
    """A thousand million words by nine lines, where a cell and a sheet's name stood."""
    lines = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    at = text.index("?>") + 2
    whole = f'{text[:at]}<!DOCTYPE x [<!ENTITY a0 "word">{lines}]>{text[at:]}'
    return whole.replace("<t>a</t>", "<t>&a9;</t>").replace('name="Sheet1"', 'name="&a9;"')


def elsewhere(text: str) -> str:
    """The sheet stands in a file of the machine."""
    return text.replace('Target="worksheets/sheet1.xml"', 'Target="file:///etc/passwd" TargetMode="External"')


def linked(text: str) -> str:
    """A workbook that links another one."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"
    link = f'<Relationship Id="rId99" Type="{kind}" Target="file:///etc/passwd" TargetMode="External"/>'
    return text.replace("</Relationships>", f"{link}</Relationships>")


def database(script: str, *rows: tuple) -> Callable[[Path], bytes]:
    def made(folder: Path) -> bytes:
        path = folder / "made.db"
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as lite:
            lite.executescript(script)
            lite.executemany("INSERT INTO things VALUES (?, ?, ?)", rows)
        lite.close()
        return path.read_bytes()

    return made


WIDE = "{" + "".join(f'"k{i}": 1, ' for i in range(100_000)) + '"id": 1, "made": 1}\n'
RELATIONS = "xl/_rels/workbook.xml.rels"
THINGS = "CREATE TABLE things (id, made, name);"
ENDLESS = (
    "CREATE VIEW v AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r;"
    "CREATE TRIGGER t AFTER INSERT ON v_log BEGIN DELETE FROM things; END;"
)
GOOD_ROW = ("1", "2026-01-01", "a")
FAR = {
    "id": ["1", "2"],
    "made": pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32()),
    "name": ["a"] * 2,
}
# File → its content, and what becomes of it: the number of rows that land, or the reason of the refusal.
HOSTILE: dict[str, tuple[bytes | Callable[[Path], bytes], int | str]] = {
    "members.csv.zip": (zipped({f"{i}.csv": b"" for i in range(10_000)}), "holds more than 1000 members"),
    "twice.csv.gz": (gzip.compress(gzip.compress((HEADER + ROW).encode())), "holds another archive (gzip)"),
    "padded.csv.gz": (gzip.compress((HEADER + ROW).encode()) + b"\0" * 512, 1),
    "trailing.csv.gz": (gzip.compress((HEADER + ROW).encode()) + b"more", "truncated or damaged"),
    "one_line.csv": (b"a" * (40 * MIB), "the header holds a cell of more than 16 Mi characters"),
    "wide_header.csv": (
        b"id,made," + b"n" * (20 * MIB) + b"\n1,2026-01-01,x\n",
        "more than 16 Mi characters",
    ),
    "long_cell.csv": (f"{HEADER}1,2026-01-01,{'x' * (40 * MIB)}\n2,2026-01-01,b\n".encode(), 1),
    "long_id.csv": (f"{HEADER}{'k' * (10 * MIB)},2026-01-01,a\n".encode(), 1),
    "many_fields.csv": (f"{HEADER}1{',' * 200_000}\n{ROW}".encode(), 1),
    "no_mark.csv": ((HEADER + ROW).encode("utf-16-le"), "is the encoding UTF-16?"),
    "no_mark_either.csv": ((HEADER + ROW).encode("utf-32-be"), "is the encoding UTF-16?"),
    "no_mark.document": ('[{"id": 1, "made": "2026-01-01"}]'.encode("utf-16-le"), "is the encoding UTF-16?"),
    "page.csv": (b"<!DOCTYPE html><html>404</html>\n", "lacks columns that are required: id, made"),
    "page.xlsx": (b"<html><table><tr><td>id</td></tr></table></html>", "is not a workbook"),
    "page.parquet": (b"<html></html>", "the Parquet file is truncated or damaged"),
    "page.sqlite": (b"<html></html>", "is no SQLite database"),
    "wide.jsonl": (WIDE.encode(), 1),
    "numbers.jsonl": (
        b'{"id": 1e999999, "made": NaN, "name": -Infinity}\n{"id": ' + b"9" * 10_000 + b"}\n",
        2,
    ),
    "entities.xlsx": (rewritten("xl/sharedStrings.xml", with_entities), "is not a workbook"),
    "entities_2.xlsx": (rewritten("xl/workbook.xml", with_entities), 1),
    "elsewhere.xlsx": (rewritten(RELATIONS, elsewhere), "is not a workbook"),
    "linked.xlsx": (rewritten(RELATIONS, linked), 1),
    "one_name.parquet": (columns("id", "made", "name", "name"), "column names occur twice: name"),
    "one_id.parquet": (columns("id", "id", "made"), "column names occur twice: id"),
    "far.parquet": (parquet(pa.table(FAR)), 2),
    "bytes.parquet": (
        parquet(pa.table({"id": [b"\xff"], "made": [DAY]})),
        "type binary, which cannot be read",
    ),
    "endless.sqlite": (
        database(f"{THINGS} CREATE TABLE v_log (a);{ENDLESS}", GOOD_ROW),
        "has no single table",
    ),
    "checked.sqlite": (
        database("CREATE TABLE things (id, made, name CHECK (zeroblob(9000000) > 0))", GOOD_ROW),
        1,
    ),
    "computed.sqlite": (database("CREATE TABLE things (id, made, name CHECK (name GLOB '*'))", GOOD_ROW), 1),
    "long.sqlite": (
        database(THINGS, ("1", "2026-01-01", "x" * (20 * MIB))),
        "holds a value of more than 16 MiB",
    ),
    "infinite.sqlite": (database(THINGS, ("1", "2026-01-01", float("inf"))), 1),
}


@pytest.mark.drill(
    fault="thirty kinds of hostile file in one inbox", invariant="each costs itself, and says why"
)
def test_each_hostile_file_costs_itself_and_its_reason_names_the_cause(world: World):
    world.environment = dataclasses.replace(
        world.environment, file_limits=Limits(memory=1024 * MIB, seconds=60)
    )
    world.source(source())
    for name, (content, _) in HOSTILE.items():
        world.drop(name, content if isinstance(content, bytes) else content(world.home))
    world.drop("good.csv", HEADER + ROW)
    world.land()
    found = {row["file"]: row for row in world.ledger()}
    assert found.keys() == {*HOSTILE, "good.csv"} and found["good.csv"]["loaded"] == 1
    wrong = {
        name: (row["status"], row["loaded"], row["reason_en"])
        for name, (_, becomes) in HOSTILE.items()
        for row in [found[name]]
        if (row["loaded"] != becomes if isinstance(becomes, int) else becomes not in row["reason_en"])
    }
    assert wrong == {}
    assert [
        n
        for n, row in found.items()
        if "unexpected" in row["reason_en"] or b"root:" in row["reason_en"].encode()
    ] == []
    assert all(row["reason_zh"] for row in found.values() if row["status"] == "refused")
    assert world.land().recorded == 0


def test_row_groups_of_one_row_each_are_read_as_few_batches(world: World):
    count = 3_000
    table = pa.table({"id": [str(i) for i in range(count)], "made": ["2026-01-01"] * count})
    feed = world.feed(SOURCE.replace("csv", "parquet"))
    found = Found()
    content = io.BufferedReader(io.BytesIO(parquet(table, row_group_size=1)))
    batches = list(parquet_files.batches(content, feed, found))
    assert len(batches) == 3
    assert [v for batch in batches for v in batch.columns["id"].to_pylist()] == table["id"].to_pylist()
    assert [n for batch in batches for n in batch.record.to_pylist()] == [*range(1, count + 1)]


NAMES = {
    "a line\nbreak.csv": r"a line\nbreak.csv",
    "right \u202eto left.csv": r"right \u202eto left.csv",
    "escape \x1b[31m.csv": r"escape \x1b[31m.csv",
    "n" * 251 + ".csv": "n" * 251 + ".csv",
    "/".join(["deep" * 20] * 9) + "/far.csv": "/".join(["deep" * 20] * 9) + "/far.csv",
}


@pytest.mark.drill(fault="odd names of files", invariant="read as any other, shown escaped")
def test_a_file_is_read_whatever_its_name_and_shown_on_one_line(world: World):
    world.source(SOURCE.replace("things*.csv", "*.csv"))
    for number, name in enumerate(NAMES):
        world.drop(name, f"{HEADER}{number},2026-01-01,a\n")
    raw = os.fsencode(world.environment.inbox / "acme") + b"/no \xff text.csv"
    Path(os.fsdecode(raw)).write_text(f"{HEADER}9,2026-01-01,a\n")
    report = world.land()
    assert (report.landed, report.refused, report.warnings) == (len(NAMES) + 1, [], [])
    files = {row["file"] for row in world.ledger()}
    assert files == {*NAMES, r"no \xff text.csv"}
    assert {shown_line(name) for name in NAMES} == set(NAMES.values())
    assert world.land().recorded == 0


@pytest.mark.drill(fault="a time of change in the year 4000", invariant="landed as any other")
def test_a_time_of_change_that_the_ledger_cannot_keep_stops_no_landing(world: World):
    world.source()
    for number, when in enumerate([64_000_000_000, -64_000_000_000]):
        path = world.drop(f"things_{number}.csv", f"{HEADER}{number},2026-01-01,a\n")
        try:
            os.utime(path, (when, when))
        except OSError:  # a file system keeps fewer years
            continue
    report = world.land()
    assert (report.landed, report.refused) == (2, [])
    assert [w for w in report.warnings if "lies in the future" not in w] == []
    assert world.land().recorded == 0


@pytest.mark.drill(fault="a file larger than the disk", invariant="not read, and the others land")
def test_a_file_that_the_disk_cannot_hold_is_left_and_the_others_land(world: World):
    world.source()
    world.drop("things_good.csv", HEADER + ROW)
    huge = world.drop("things_huge.csv", HEADER + ROW)
    os.truncate(huge, 1 << 42)  # sparse: it takes no room where it lies
    report = world.land()
    assert (report.landed, report.refused) == (1, [])
    (warning,) = report.warnings
    assert "acme/things_huge.csv: not read (has 4,096.0 GiB, and " in warning
    assert [r["file"] for r in world.ledger()] == ["things_good.csv"]
