"""SQLite files: one table, read only, every value as text; a bad file costs itself."""

from __future__ import annotations

import errno
import gzip
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from ingest_world import SOURCE, World
from test_archives import zipped

from jobs.ingest import journals, sqlite_files
from jobs.ingest.inbox import arrivals
from jobs.ingest.model import Refused

TEXT = SOURCE.replace("*.csv", "*.db*").replace("format: csv", "format: sqlite\n    options: {table: things}")
TABLE = "CREATE TABLE things (id, made, name); "


def database(folder: Path, script: str, *rows: tuple) -> bytes:
    """The bytes of a database made by a script, with rows of `things`."""
    path = folder / "made.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as made:
        made.executescript(script)
        made.executemany("INSERT INTO things VALUES (?, ?, ?)", rows)
    made.close()
    return path.read_bytes()


def land(world: World, content: bytes, name: str = "things.db", text: str = TEXT) -> dict:
    world.source(text)
    world.drop(name, content)
    world.land()
    return world.ledger()[-1]


ROWS = [(1, "2026-01-01", " a "), (2, "2026-01-02", None), (3, "2026-01-03", "丙")]


def test_the_rows_of_a_table_land_as_text_in_its_order(world: World):
    row = land(world, database(world.home, TABLE + "CREATE INDEX i ON things (name, id, made);", *ROWS))
    got = [(r["thing_id"], r["made_on"], r["name"], r["_record"]) for r in world.rows(row)]
    assert got == [
        ("1", "2026-01-01", "a", 1),
        ("2", "2026-01-02", None, 2),
        ("3", "2026-01-03", "丙", 3),
    ]
    assert not list(world.environment.landing.rglob("*-journal"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (2**62, str(2**62)),
        (0.1, "0.1"),
        (2024.965, "2024.965"),
        (1e21, "1" + "0" * 21),
        ("007", "007"),
    ],
)
def test_numbers_keep_their_digits(world: World, value: object, text: str):
    assert world.rows(land(world, database(world.home, TABLE, (1, "2026-01-01", value))))[0]["name"] == text


def test_a_row_with_a_binary_value_or_bad_text_is_unreadable(world: World):
    script = TABLE + "INSERT INTO things VALUES (9, '2026-01-01', CAST(x'ff' AS TEXT));"
    row = land(world, database(world.home, script, (1, "2026-01-01", b"x"), *ROWS))
    assert (row["records"], row["unreadable"], row["loaded"]) == (5, 2, 3)
    assert world.unreadable() == [
        (1, "holds a byte that does not decode"),
        (2, "holds a binary value"),
    ]


def test_a_column_that_is_not_read_may_hold_anything(world: World):
    script = "CREATE TABLE things (id, made, photo);"
    row = land(world, database(world.home, script, (1, "2026-01-01", b"\xff\xd8")))
    assert (row["loaded"], row["drift"], row["missing"]) == (1, ["photo"], ["name"])


@pytest.mark.parametrize("name", ["things.db.gz", "things.db.zip"])
def test_a_database_may_be_packed(world: World, name: str):
    content = database(world.home, TABLE, *ROWS)
    packed = gzip.compress(content) if name.endswith(".gz") else zipped({"a.db": content})
    assert land(world, packed, name)["loaded"] == 3


def test_the_only_table_needs_no_name_and_several_are_listed(world: World):
    text = TEXT.replace("\n    options: {table: things}", "")
    assert land(world, database(world.home, TABLE, *ROWS), text=text)["loaded"] == 3
    row = land(world, database(world.home, TABLE + "CREATE TABLE shops (a);", *ROWS), text=text)
    assert row["reason_en"] == "has no single table: name one by options.table (it has: shops, things)"


def test_a_missing_table_suggests_near_names(world: World):
    row = land(world, database(world.home, TABLE), text=TEXT.replace("table: things", "table: thing"))
    assert row["reason_en"] == "has no table 'thing' (it has: things); did you mean things?"
    assert "是否为“things”？" in row["reason_zh"]


def test_a_view_is_never_read(world: World):
    script = (
        TABLE
        + "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;"
    )
    row = land(world, database(world.home, script), text=TEXT.replace("table: things", "table: v"))
    assert row["reason_en"].startswith("has no table 'v' (it has: things)")


def damaged(content: bytes) -> bytes:
    return content[:4096] + b"\xff" * 4096 + content[8192:]


MANY = [(i, "2026-01-01", "x" * 200) for i in range(400)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c[: len(c) // 2], "is damaged, cut off or cannot be read"),
        (damaged, "is damaged, cut off or cannot be read"),
        (lambda c: c[:60], "is damaged, cut off or cannot be read"),
        (lambda c: b"id,made,name\n1,2,3\n", "is no SQLite database (or an encrypted one)"),
        (lambda c: os.urandom(16) + c[16:], "is no SQLite database (or an encrypted one)"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_and_the_next_one_lands(world: World, change, reason: str):
    content = database(world.home, TABLE, *MANY)
    world.source(TEXT)
    world.drop("things_1.db", change(content))
    world.drop("things_2.db", content)
    world.land()
    first, second = sorted(world.ledger(), key=lambda row: row["file"])
    assert (first["status"], second["status"], second["loaded"]) == ("refused", "landed", 400)
    assert reason in first["reason_en"] and first["reason_zh"]


def test_damage_anywhere_is_a_refusal_or_changes_nothing_that_is_counted(world: World):
    content = database(world.home, TABLE, *MANY)
    feed, path = world.feed(TEXT), world.home / "hurt.db"
    from jobs.ingest.records import Found

    for at in range(0, len(content), 997):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        with path.open("rb") as stream:
            try:
                for _ in sqlite_files.batches(stream, feed, Found()):
                    pass
            except Refused:
                continue


def test_a_file_that_another_program_holds_locked_is_read_without_a_lock(world: World):
    path = world.home / "inbox" / "acme" / "things.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(database(world.home, TABLE, *ROWS))
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    world.source(TEXT)
    assert world.land().landed == 1
    holder.close()


def test_a_database_in_wal_mode_is_refused_as_some_of_its_rows_may_lie_beside_it(world: World):
    """Three rows are committed, and a copy of the file alone has none of them."""
    path = world.home / "live.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.executescript("PRAGMA wal_autocheckpoint = 0; PRAGMA journal_mode = WAL;" + TABLE)
        live.executemany("INSERT INTO things VALUES (?, ?, ?)", ROWS)
        content = path.read_bytes()
    row = land(world, content)
    assert row["status"] == "refused" and "WAL mode" in row["reason_en"] and "WAL 模式" in row["reason_zh"]
    with closing(sqlite3.connect(path)) as live:
        live.execute("PRAGMA journal_mode = DELETE")
    world.drop("things.db", path.read_bytes())
    world.land()
    assert sorted(row["loaded"] for row in world.ledger()) == [0, 3]


def in_the_middle_of_a_change(folder: Path) -> tuple[bytes, bytes]:
    """A database of three rows and its journal, copied after thousands more were written and none of them
    committed."""
    path = folder / "live.db"
    path.write_bytes(database(folder, TABLE, *ROWS))
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.executescript("PRAGMA cache_size = 5; BEGIN;")
        live.executemany(
            "INSERT INTO things VALUES (?, ?, ?)", ((i, "2026-01-01", "x" * 99) for i in range(5000))
        )
        return path.read_bytes(), path.with_name("live.db-journal").read_bytes()


@pytest.mark.drill(
    fault="an SQLite file with the journal of an unfinished transaction beside it",
    invariant="refused by name until the journal is gone; no uncommitted row lands",
)
def test_a_database_beside_its_hot_journal_is_refused_until_the_journal_is_gone(world: World):
    content, journal = in_the_middle_of_a_change(world.home)
    world.source(TEXT.replace("things*.db*", "things*.db"))
    place, beside = world.drop("things.db", content), world.drop("things.db-journal", journal)
    world.land()
    assert world.land().recorded == 0
    refused = {row["file"]: row for row in world.ledger()}["things.db"]
    assert (refused["status"], refused["loaded"]) == ("refused", 0)
    assert "(-journal) of a transaction that has not ended" in refused["reason_en"]
    assert "回滚日志" in refused["reason_zh"]
    with closing(sqlite3.connect(place)) as live:  # SQLite plays the journal back
        assert live.execute("SELECT count(*) FROM things").fetchone() == (3,)
    assert not beside.exists()
    world.land()
    assert (world.ledger()[-1]["status"], world.ledger()[-1]["loaded"]) == ("landed", 3)


def test_a_database_whose_unchanged_file_lost_its_journal_is_read(world: World):
    """Refused for what lay beside it, not for what it is."""
    world.source(TEXT.replace("things*.db*", "things*.db"))
    world.drop("things.db", database(world.home, TABLE, *ROWS))
    beside = world.drop("things.db-journal", in_the_middle_of_a_change(world.home)[1])
    world.land()
    beside.unlink()
    assert world.land().landed == 1


@pytest.mark.parametrize("journal", [b"", b"\0" * 512, b"no journal"])
def test_a_journal_that_is_not_to_be_played_back_changes_nothing(world: World, journal: bytes):
    """As journal_mode TRUNCATE and PERSIST leave one behind."""
    world.drop("things.db-journal", journal)
    world.source(TEXT.replace("things*.db*", "things*.db"))
    world.drop("things.db", database(world.home, TABLE, *ROWS))
    assert world.land().landed == 1


def test_a_hot_journal_in_an_archive_refuses_it(world: World):
    content, journal = in_the_middle_of_a_change(world.home)
    text = TEXT.replace("    format:", '    member: "*.db"\n    format:')
    row = land(world, zipped({"a.db": content, "a.db-journal": journal}), "things.db.zip", text)
    assert row["status"] == "refused" and row["reason_en"].startswith(
        "a.db: beside it lies the rollback journal"
    )


def test_rows_are_streamed(tmp_path: Path):
    """60 MB of rows are read within 40 MB more than an empty table needs."""
    script = f"""
import io, resource, sqlite3, sys
sys.path[:0] = {sys.path!r}
from jobs.ingest import sqlite_files
from jobs.ingest.model import Feed, Options, ColumnMap, Value
from jobs.ingest.records import Found
column = ColumnMap("name", Value("from", column="name"), "string", True)
feed = Feed("a", "b", "c", (), "sqlite", (column,), "UTC", options=Options(table="things"))
def rows(path):
    with open(path, "rb") as stream:
        return sum(len(b.record) for b in sqlite_files.batches(stream, feed, Found()))
assert rows({str(tmp_path / "small.db")!r}) == 1
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert rows({str(tmp_path / "large.db")!r}) == 300_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    for name, size in (("small", 1), ("large", 300_000)):
        with sqlite3.connect(tmp_path / f"{name}.db") as made:
            made.execute("CREATE TABLE things (name)")
            made.executemany("INSERT INTO things VALUES (?)", ((f"{i:0200}",) for i in range(size)))
        made.close()
    assert (tmp_path / "large.db").stat().st_size > 60 << 20
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 40 << 10  # KiB


def test_several_globs_are_one_feed(world: World):
    text = SOURCE.replace('files: "things*.csv"', "files: ['things_*.csv', 'old/*.csv']")
    world.source(text)
    for i, name in enumerate(("things_1.csv", "old/x.csv", "other.csv")):
        world.drop(name, f"id,made,name\n{i},2026-01-01,a\n")
    report = world.land()
    assert report.landed == 2 and [f.file for f in report.refused] == ["other.csv"]


@pytest.mark.parametrize(
    ("globs", "complaint"),
    [("[]", "must name at least one glob"), ("[a, a]", "'a' occurs twice"), ("[{a: b}]", "must be text")],
)
def test_wrong_globs_are_named(world: World, globs: str, complaint: str):
    (problem, *_) = world.problems(SOURCE.replace('"things*.csv"', globs))
    assert problem.startswith("acme.yaml:8: feeds.things.files") and complaint in problem


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_a_database_whose_journal_cannot_be_read_is_refused_until_it_can(
    world: World, monkeypatch, number: int
):
    """It may be hot."""

    def unopened(*_: object) -> None:
        raise OSError(number, "is not opened")

    world.source(TEXT.replace("things*.db*", "things*.db"))
    world.drop("things.db", database(world.home, TABLE, *ROWS))
    world.drop("things.db-journal", b"")
    with monkeypatch.context() as patched:
        patched.setattr(journals, "opened", unopened)
        assert world.land().landed == 0
    refused = {row["file"]: row["reason_en"] for row in world.ledger()}["things.db"]
    assert "(-journal) beside it cannot be read" in refused
    assert world.land().landed == 1


def test_a_journal_that_is_a_link_or_a_pipe_is_none(world: World):
    (world.home / "journal").write_bytes(journals.MAGIC)
    link, pipe = world.home / "a.db-journal", world.home / "b.db-journal"
    link.symlink_to("journal")
    os.mkfifo(pipe)
    assert [journals.hot(path, world.home) for path in (link, pipe, world.home / "none")] == [False] * 3
    assert journals.hot(world.home / "journal", world.home)


def test_names_of_a_folder_are_looked_up_in_one_set(world: World, monkeypatch):
    """A list would be searched from its begin for each file."""
    asked: list[object] = []
    monkeypatch.setattr(journals, "journal_of", lambda name, beside: asked.append(beside))
    for name in ("a.db", "b.db", "c.db"):
        world.drop(name, b"x")
    assert len(list(arrivals("acme", world.environment.inbox / "acme"))) == 3
    assert len(set(map(id, asked))) == 1 and isinstance(asked[0], frozenset)
