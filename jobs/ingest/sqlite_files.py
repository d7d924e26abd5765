"""SQLite: one table of a database file, row by row. The file is opened read only and as immutable: nothing is
written beside it, no lock is taken, and neither a view nor a virtual table is read."""

from __future__ import annotations

import io
import math
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.ingest.model import Feed, Reason, Refused
from jobs.ingest.numbers import DOUBLE_EXACT, DOUBLE_SURE, plain
from jobs.ingest.opening import MARK
from jobs.ingest.records import (
    HOLDS_NUL,
    NUL,
    UNDECODABLE,
    Batch,
    Found,
    header_names,
    none_named,
    strings,
    unique_names,
)

BATCH = 10_000  # rows; a cell may be long
CELL = 16 << 20  # bytes of one value or statement, as of a CSV cell
_MAGIC = b"SQLite format 3\0"
_BINARY = Reason("含有二进制值", "holds a binary value")
_WAL = (
    "数据库为 WAL 模式，尚在 -wal 文件中的行可能不在此文件内；请执行 PRAGMA journal_mode = DELETE（或 "
    "VACUUM INTO 新文件）后再送达",
    "the database is in WAL mode, and rows that are still in its -wal file would be missing: hand it in "
    "after PRAGMA journal_mode = DELETE (or VACUUM INTO a new file)",
)


def batches(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield batches of at most BATCH rows of one table (`options.table`; None: the only one), every value as
    text; the record number is the row's position in the table, from 1.

    A row with a binary value, or with text that is not UTF-8 or holds NUL, in a column that is read is noted
    as unreadable. Raises Refused for a file that is not an SQLite database or a damaged one, for a database
    in WAL mode (some of its rows may lie in another file), for a value of more than CELL bytes, and where the
    table is missing, or there are several and the feed names none. Raises OSError where the disk fails.
    """
    if (head := stream.peek(100)[:100])[:16] != _MAGIC:
        raise Refused("不是 SQLite 数据库（或已加密）", "is no SQLite database (or an encrypted one)")
    if head[18:19] == b"\2":
        raise Refused(*_WAL)
    with _on_disk(stream) as path:
        try:
            with closing(_opened(path)) as database:
                yield from _rows(database, feed, found)
        except sqlite3.Error as error:
            if isinstance(error, sqlite3.OperationalError) and "disk I/O" in str(error):
                raise OSError(str(error)) from error
            if isinstance(error, sqlite3.DataError) and "too big" in str(error):
                mib = CELL >> 20
                en = f"holds a value of more than {mib} MiB"
                raise Refused(f"含有超过 {mib} MiB 的值", en) from error
            raise Refused(
                f"SQLite 数据库已损坏、不完整或无法读取（{error}）",
                f"the SQLite database is damaged, cut off or cannot be read ({error})",
            ) from error


@contextmanager
def _on_disk(stream: io.BufferedReader) -> Iterator[Path]:
    """The path of a regular file that holds the database: the received file itself, or, where ``stream``
    reads a member of an archive, a temporary copy that is deleted at the end of the block."""
    raw = stream.raw
    if isinstance(raw, io.FileIO) and stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        yield Path(os.fsdecode(raw.name)).absolute()
        return
    with tempfile.TemporaryDirectory(prefix="quality-sqlite-") as folder:
        copy = Path(folder) / "copy.sqlite"
        with copy.open("wb") as target:
            shutil.copyfileobj(stream, target, 1 << 20)
        yield copy


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, CELL)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.text_factory = lambda raw: raw.decode("utf-8", "quality.mark")
    for safe in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "cache_size = -16384"):
        database.execute(f"PRAGMA {safe}")
    return database


def _rows(database: sqlite3.Connection, feed: Feed, found: Found) -> Iterator[Batch]:
    table = _quoted(_table(database, feed))
    ((verdict,), *_) = database.execute("PRAGMA quick_check(1)").fetchall()
    if verdict != "ok":
        raise sqlite3.DatabaseError("quick_check finds a damaged page")
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    names = header_names(columns, found)
    names = unique_names(names, feed, found)
    found.present = set(feed.file_columns) & set(names)
    wanted = sorted(found.present)
    chosen = ", ".join(_quoted(columns[names.index(name)]) for name in wanted) or "1"
    # NOT INDEXED: in the table's own order, whichever columns an index holds.
    cursor = database.execute(f"SELECT {chosen} FROM {table} NOT INDEXED")
    number = 1
    while rows := cursor.fetchmany(BATCH):
        numbered = list(enumerate(rows, number))
        number += len(rows)
        bad = {n: reason for n, row in numbered if (reason := _bad(row)) is not None}
        found.unreadable += bad.items()
        kept = [(n, row) for n, row in numbered if n not in bad]
        if kept:
            cells = {name: strings([_text(row[i]) for _, row in kept]) for i, name in enumerate(wanted)}
            certain = {name: [_certain(row[i]) for _, row in kept] for i, name in enumerate(wanted)}
            yield Batch(
                cells,
                pa.array([n for n, _ in kept], pa.int64()),
                certain={n: pa.array(digits, pa.int8()) for n, digits in certain.items() if any(digits)},
            )


def _table(database: sqlite3.Connection, feed: Feed) -> str:
    """The name of the table to read: that of options.table, else the only one. Raises Refused where no table
    has that name, or where none is stated and there is not exactly one."""
    found = database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    )
    tables = [name for (name,) in found]
    wanted = feed.options.table
    if wanted is None and len(tables) == 1:
        return str(tables[0])
    if wanted in tables:
        return str(wanted)
    known = ", ".join(tables[:30]) or "–"
    if wanted is None:
        raise Refused(
            f"有多个表，请以 options.table 指明（有：{known}）",
            f"has no single table: name one by options.table (it has: {known})",
        )
    raise none_named(("表", "table"), wanted, tables)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _bad(row: tuple[Any, ...]) -> Reason | None:
    for value in row:
        if isinstance(value, bytes):
            return _BINARY
        if isinstance(value, str) and (MARK in value or NUL in value):
            return UNDECODABLE if MARK in value else HOLDS_NUL
    return None


def _certain(value: Any) -> int | None:
    """How many digits of a REAL are certain where it may have been rounded; None for any other value."""
    large = isinstance(value, float) and math.isfinite(value) and abs(value) >= DOUBLE_EXACT
    return DOUBLE_SURE if large else None


def _text(value: Any) -> str | None:
    if isinstance(value, float) and math.isfinite(value):
        return plain(Decimal(repr(value)))
    return None if value is None else str(value)
