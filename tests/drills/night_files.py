"""More files of the hostile provider (`hostile_market.SOURCE`), each made here, and what becomes of each in a
whole night: how many rows land, or words of the reason why none does."""

from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
import struct
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
from further_hostile import Content, csv, database, good, parquet, repacked, simple

DAY = "2026-01-01"


def line(number: str, **more: object) -> bytes:
    return (json.dumps({"id": number, "made": DAY, "name": "a"} | more, ensure_ascii=False) + "\n").encode()


def open_document() -> bytes:
    """A spreadsheet of LibreOffice (ODS)."""
    with zipfile.ZipFile(stream := io.BytesIO(), "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        cells = "".join(f"<table:table-cell><text:p>{word}</text:p></table:table-cell>" for word in "abc")
        kinds = "".join(
            f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
            for name in ("office", "table", "text")
        )
        packed.writestr(
            "content.xml",
            f"<office:document-content{kinds}><office:body><office:spreadsheet>"
            f'<table:table table:name="a"><table:table-row>{cells}</table:table-row></table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return stream.getvalue()


def nested(depth: int) -> pa.Array:
    """A text within so many lists."""
    value: object = "a"
    kind: pa.DataType = pa.string()
    for _ in range(depth):
        value, kind = [value], pa.list_(kind)
    return pa.array([value], kind)


def lying_statistics() -> bytes:
    """Least and greatest value of `name` in the footer are others than those of its page."""
    whole = parquet(good(name=pa.array(["truth"])), compression="none", use_dictionary=False)
    at = whole.rindex(b"PAR1") - 4
    start = at - int.from_bytes(whole[at : at + 4], "little")
    return whole[:start] + whole[start:].replace(b"truth", b"false")


def flipped_page() -> bytes:
    """The page of `name` is overwritten; the footer is whole."""
    whole = parquet(good(name=pa.array(["truth" * 50])), compression="snappy", use_dictionary=False)
    at = whole.index(b"truth")
    return whole[: at - 3] + b"\xff" * 12 + whole[at + 9 :]


def schema_of_garbage(folder: Path) -> bytes:
    path = folder / "made.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as lite:
        lite.executescript(
            "CREATE TABLE things (id, made, name); PRAGMA writable_schema = ON;"
            "UPDATE sqlite_master SET sql = 'CREATE TABLE things (id, made, name' || char(0) || '';"
        )
    lite.close()
    return path.read_bytes()


def overlapping() -> bytes:
    """Two members whose directory names the same bytes."""
    with zipfile.ZipFile(stream := io.BytesIO(), "w") as packed:
        packed.writestr("a.csv", csv(f"1,{DAY},a"))
        packed.writestr("b.csv", csv(f"2,{DAY},b"))
    whole = bytearray(stream.getvalue())
    second = whole.rindex(b"PK\x01\x02")
    whole[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(whole)


def external(parts: dict[str, bytes]) -> None:
    """A cell whose formula starts a program by DDE, and one that asks another machine; both with a value."""
    name = "xl/worksheets/sheet1.xml"
    rows = (
        '<row r="3"><c r="A3" t="str"><f>cmd|\'/C calc\'!A0</f><v>E3</v></c>'
        f'<c r="B3" t="str"><v>{DAY}</v></c>'
        '<c r="C3" t="str"><f>WEBSERVICE("http://127.0.0.1:9/")</f><v>=1+1</v></c></row>'
    )
    parts[name] = parts[name].replace(b"</sheetData>", rows.encode() + b"</sheetData>")


ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r"
TABLE = "CREATE TABLE things (id, made, name); INSERT INTO things VALUES ('{}', '2026-01-01', 'a');"
WIDE = "id,made,name," + ",".join(f"c{n}" for n in range(60_000))
CODES = (
    "\u202eA1\u202c",
    "A\u200b2",
    "A3\u2028",
    "A4\x85",
    "A\x1b[31m5",
    "../A6",
    "A7\\",
    "A8'--",
    "A9\u0000",
)
WORDS = ("<script>alert(1)</script>", "{{7*7}}", "=1+1", "@SUM(1)", "-2+3", "\t=1", "＝1+1")

FILES: dict[str, tuple[Content, int | str]] = {
    # another format than the name says
    "n_document.xlsx": (open_document(), "is not a workbook that can be read"),
    "n_workbook.csv": (
        simple(["N1", DAY, "a"]),
        "is a file of Office (xlsx, docx), and the feed says format: csv",
    ),
    "n_database.parquet": (database(TABLE.format("N2")), "Parquet"),
    "n_parquet.sqlite": (parquet(good()), "no SQLite database"),
    "n_lines.json": (line("N3"), "there is no list at the document"),
    "n_list.jsonl": (b"[" + line("N4")[:-1] + b"]\n", 0),
    "n_picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "the header does not decode as utf-8"),
    # sizes
    "n_wide.csv": (f"{WIDE}\nN5,{DAY},a,{',' * 59_999}\n".encode(), 1),
    "n_wide_each.csv": (f"{WIDE}\n".encode() + f"N6,{DAY},a{',x' * 60_000}\n".encode() * 3, 3),
    "n_cell.csv": (f'id,made,name\nN7,{DAY},"{"长" * 1_700_000}"\n'.encode(), 1),
    "n_deep.json": (b'[{"id": "N8", "name": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}]", "nested"),
    "n_number.jsonl": (b'{"id": "N9", "made": "2026-01-01", "name": ' + b"9" * 400 + b"}\n", 1),
    "n_keys.json": (b'[{"id": "N10", "id": "N11", "made": "2026-01-01"}]', 0),
    "n_only_mark.csv": (b"\xef\xbb\xbf", 0),
    "n_only_lines.csv": (b"\n\n\r\n\n", 0),
    "n_one_byte.csv": (b"i", "lacks columns that are required: id"),
    "n_sep.csv": (f"sep=,\nid,made,name\nN12,{DAY},a\n".encode(), "lacks columns that are required: id"),
    "n_header_twice.csv": (csv("id,made,name", f"N13,{DAY},a"), 2),
    "n_header_formula.csv": (csv(f"N14,{DAY},a,b", header="id,made,name,=cmd|' /C calc'!A0\n"), 1),
    "n_header_markup.csv": (csv(f"N15,{DAY},a,b", header="id,made,name,<script>alert(1)</script>\n"), 1),
    "n_header_escape.csv": (csv(f"N16,{DAY},a,b", header="id,made,name,\x1b]0;x\x07{{7*7}}\n"), 1),
    # text
    "n_no_mark.csv": (csv(f"N17,{DAY},甲", encoding="utf-16-le"), "is the encoding UTF-16?"),
    "n_mark_16.jsonl": (b"\xff\xfe" + line("N18").decode().encode("utf-16-le"), 1),
    "n_codes.csv": (
        csv(*(f'"{code}",{DAY},{word}' for code, word in zip(CODES, WORDS * 2, strict=False))),
        8,
    ),
    "n_lone.jsonl": (b'{"id": "N19\\ud800", "made": "2026-01-01"}\n' + line("N20"), 1),
    "n_days.csv": (
        csv(
            *(
                f"N3{at},{day},a"
                for at, day in enumerate(("0000-00-00", "9999-12-31", "2025-02-29", "2024-02-29"))
            )
        ),
        4,
    ),
    # archives
    "n_overlap.csv.zip": (overlapping(), "the zip file is truncated or damaged"),
    "n_twice.csv.gz": (gzip.compress(gzip.compress(csv(f"N21,{DAY},a"))), "another archive"),
    "n_zeros.csv.gz": (
        lambda _: gzip.compress(b"\0" * (300 << 20), 9),
        "is compressed by more than 200 to 1",
    ),
    # workbooks
    "n_external.xlsx": (repacked(simple(["N22", DAY, "a"]), external), 2),
    # databases
    "n_view.sqlite": (database(f"CREATE VIEW things AS {ENDLESS};"), "table"),
    "n_extension.sqlite": (
        database(TABLE.format("N23") + "CREATE VIEW v AS SELECT load_extension('/tmp/x.so') AS id;"),
        1,
    ),
    "n_trigger.sqlite": (
        database(
            TABLE.format("N24") + "CREATE TRIGGER t AFTER INSERT ON things BEGIN DELETE FROM things; END;"
        ),
        1,
    ),
    "n_default.sqlite": (
        database(
            "CREATE TABLE things (id, made DEFAULT (randomblob(900000000)), name);"
            "INSERT INTO things VALUES ('N25', '2026-01-01', 'a');"
        ),
        1,
    ),
    "n_garbage.sqlite": (schema_of_garbage, "SQLite"),
    # Parquet
    "n_lists.parquet": (parquet(good(id=pa.array(["N26"]), name=nested(100))), "is nested too deeply"),
    "n_statistics.parquet": (lying_statistics(), 1),
    "n_page.parquet": (flipped_page(), "damaged"),
    "n_no_name.parquet": (parquet(good(id=pa.array(["N27"]), **{"": pa.array(["b"])})), 1),
    "n_int96.parquet": (
        parquet(
            good(id=pa.array(["N28"]), made=pa.array([0], pa.timestamp("ns"))),
            use_deprecated_int96_timestamps=True,
        ),
        1,
    ),
}
NAMES = (
    "n name\nwith a line.csv",
    "n \x1b[31mred.csv",
    "n \u202egpj.csv",
    "n <img src=x onerror=alert(1)>.csv",
    "n {{7*7}}.csv",
    "n ..csv",
    "-rf n.csv",
    "=cmd|' n.csv",
    "n" * 240 + ".csv",
)
EXPECTED: dict[str, tuple[object, int | str]] = {
    **FILES,
    **dict.fromkeys(NAMES, ("", 1)),
    "n_ahead.sqlite": ("", "the database is in WAL mode"),
    "n_pipe.csv": ("", "is a named pipe"),
    "n_hosts.csv": ("", "is a symbolic link"),
    "n_up": ("", "is a symbolic link"),
    "n_device.csv": ("", "is a symbolic link"),
}


def put(odd: Path) -> None:
    """Write the files into a provider's folder, and what is no file beside them."""
    with tempfile.TemporaryDirectory() as made:  # not below the home, which is searched for planted values
        for name, (content, _) in FILES.items():
            (odd / name).write_bytes(content if isinstance(content, bytes) else content(Path(made)))
    for at, name in enumerate(NAMES):
        (odd / name).write_bytes(csv(f"NAME{at},{DAY},a"))
    write_ahead(odd / "n_ahead.sqlite")
    (odd / "n_folder.csv").mkdir()
    os.mkfifo(odd / "n_pipe.csv")
    (odd / "n_hosts.csv").symlink_to("/etc/hosts")
    (odd / "n_up").symlink_to("/etc")
    (odd / "n_device.csv").symlink_to("/dev/zero")


def write_ahead(path: Path) -> None:
    """A database whose only row lies in the log beside it."""
    made = path.with_name("made")
    with sqlite3.connect(made) as lite:
        lite.execute("PRAGMA journal_mode = WAL")
        lite.executescript(TABLE.format("N29"))
        for ending in ("", "-wal"):
            path.with_name(path.name + ending).write_bytes(made.with_name(made.name + ending).read_bytes())
    lite.close()
    for left in path.parent.glob("made*"):
        left.unlink()
