"""Check that named versions can be read and that data files have not changed since they were written.

The Delta log states the name and size of each data file. A changed byte alters neither, so the SHA-256 of
each file is kept as well, in `.sums/<table>.json` of the lake: file → hash.
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

# The folder of the SHA-256 sums, below the lake's.
SUMS = ".sums"


def unreadable(lake: Lake, table: str, version: int) -> str | None:
    """Return the reason (English text) why ``version`` of a table cannot be read: the table does not exist,
    its log does not lead to the version, or a data file is absent or of another size. None where it can be
    read. The content of data files is not looked at."""
    try:
        files = lake.files(table, version)
    except KeyError:
        return "the table is gone"
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
    """Write down the SHA-256 of the data files of each table's newest version, below SUMS. Files whose hash
    is written down already are not read again; hashes of files that no longer exist are dropped. Raises
    KeyError where a table does not exist."""
    for table in tables:
        before = _noted_sums(lake, table)
        now = {name: before.get(name) or _sha256(path) for name, path in _files(lake, table, None)}
        # Files of versions that a kept night still names stay known.
        others = before.keys() - now.keys()
        now |= {name: before[name] for name in others if (lake.path(table) / name).exists()}
        if now != before:
            replace_file(_place(lake, table), json.dumps(now, indent=0, sort_keys=True).encode())


def damaged(lake: Lake, table: str, version: int | None) -> list[str]:
    """Return the names (paths below the table's folder) of the data files of ``version`` (None: the newest)
    whose SHA-256 differs from the one written down. A file for which none is written down is decoded as
    Parquet instead. Every file is read whole; files that are absent are left out (`unreadable` finds them).

    Raises KeyError where the table does not exist, deltalake's DeltaError where it has no such version; a
    damaged log raises other errors too (`unreadable` returns each of these as a reason)."""
    sums = _noted_sums(lake, table)
    return [
        name
        for name, path in _files(lake, table, version)
        if path.exists() and (_sha256(path) != sums[name] if name in sums else not _decodes(path))
    ]


def _files(lake: Lake, table: str, version: int | None) -> Iterator[tuple[str, Path]]:
    for path in lake.files(table, version)["path"].to_pylist():
        yield unquote(path), lake.path(table) / unquote(path)


def _place(lake: Lake, table: str) -> Path:
    return lake.root / SUMS / f"{table}.json"


def _noted_sums(lake: Lake, table: str) -> dict[str, str]:
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
