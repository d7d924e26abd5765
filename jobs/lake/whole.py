"""Whether what a night names can be read, and whether data files are still what was written.

The Delta log gives each file's name and size; its SHA-256 is kept beside the tables (`.sums/<table>.json`),
because a flipped byte changes neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.lake.tables import Lake
from jobs.whole_folder import replace_file

SUMS = ".sums"


def unreadable(lake: Lake, table: str, version: int) -> str | None:
    """Why a version cannot be read, by its log and by names and sizes of its files; None where it can."""
    try:
        opened = lake.open(table, version)
        if opened is None:
            return "the table is gone"
        files = pa.table(opened.get_add_actions(flatten=True))
    except Exception:  # a damaged log fails in many ways
        return f"its log does not lead to version {version}"
    for path, size in zip(files["path"].to_pylist(), files["size_bytes"].to_pylist(), strict=True):
        try:
            if (lake.path(table) / unquote(path)).stat().st_size != size:
                return f"a data file has another size: {path}"
        except FileNotFoundError:
            return f"a data file is gone: {path}"
    return None


def note_sums(lake: Lake, tables: Iterable[str]) -> None:
    """Keep the SHA-256 of the data files of the newest version of each table; one that is kept is not read
    again."""
    for table in tables:
        before = _kept(lake, table)
        now = {name: before.get(name) or _sha256(path) for name, path in _files(lake, table, None)}
        # Files of versions that a kept night still names stay known.
        now |= {name: sum_ for name, sum_ in before.items() if (lake.path(table) / name).exists()}
        if now != before:
            replace_file(_place(lake, table), json.dumps(now, indent=0, sort_keys=True).encode())


def damaged(lake: Lake, table: str, version: int | None) -> list[str]:
    """Data files of a version (newest when None) whose content is not what was written, all of them read.
    One whose SHA-256 is not kept is decoded instead."""
    sums = _kept(lake, table)
    return [
        name
        for name, path in _files(lake, table, version)
        if path.exists() and (_sha256(path) != sums[name] if name in sums else not _decodes(path))
    ]


def _files(lake: Lake, table: str, version: int | None) -> Iterator[tuple[str, Path]]:
    for path in pa.table(lake.opened(table, version).get_add_actions(flatten=True))["path"].to_pylist():
        yield unquote(path), lake.path(table) / unquote(path)


def _place(lake: Lake, table: str) -> Path:
    return lake.root / SUMS / f"{table}.json"


def _kept(lake: Lake, table: str) -> dict[str, str]:
    try:
        return json.loads(_place(lake, table).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _decodes(path: Path) -> bool:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for _ in file.iter_batches():
                pass
    except (pa.ArrowException, OSError):
        return False
    return True
