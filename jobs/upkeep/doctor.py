"""Checks the tables of a lake for `quality doctor`: tables against the versions that the newest night names,
Delta protocols, files. Also hashes of what tables hold, which do not depend on the order of rows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from jobs.lake.night import ANY, holds, newest_snapshot
from jobs.lake.tables import Lake, data_files
from jobs.lake.whole import damaged

# Every reader of Delta can read up to here: no deletion vectors, column mapping or liquid clustering.
READER_VERSION, WRITER_VERSION = 1, 2
ROW = "\x1e"


def table_hash(rows: pa.Table) -> str:
    """Return the SHA-256 (hex) of a table's rows and column names, without the columns whose names begin
    with `_`. It does not depend on the order of rows and columns, so equal rows give equal hashes however
    they were written."""
    names = sorted(n for n in rows.column_names if not n.startswith("_"))
    total = 0
    for batch in rows.select(names).to_batches():
        for record in batch.to_pylist():
            line = ROW.join(f"{n}={_text(record[n])}" for n in names)
            total = (total + int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")) % 2**256
    return hashlib.sha256(f"{','.join(names)}|{rows.num_rows}|{total:064x}".encode()).hexdigest()


def _text(value: object) -> str:
    return value.hex() if isinstance(value, float) else repr(value)


def hashes(lake_root: Path) -> dict[str, str]:
    """Return a dictionary table → `table_hash` of every silver and gold table at the version that the newest
    run names. Two runs over the same files must give the same. ``lake_root``: the lake's directory."""
    snapshot = newest_snapshot(Lake(lake_root), ANY)
    return {t: table_hash(snapshot.arrow(t)) for t in snapshot.tables if t.startswith(("silver.", "gold."))}


def problems(lake_root: Path, *, deep: bool = False) -> list[str]:
    """Return what is wrong with the tables of a lake, one sentence each; [] for a healthy lake.

    Found are: tables and versions that the newest run names and that cannot be read, data files that are
    gone, newest versions that no run names (a killed run left them), Delta protocols newer than those that
    readers of the lake must know. ``lake_root``: the lake's directory; ``deep``: also read all data files and
    compare them with the SHA-256 that was noted when they were written. A lake without a night is a problem
    too. Where ops.night cannot be read, that is all that is found."""
    lake = Lake(lake_root)
    try:
        snapshot = newest_snapshot(lake, ANY)
    except Exception as error:  # a damaged log fails in many ways; each is a finding, not a crash
        return [f"ops.night: cannot be read, so the tables of no run are known: {error}"]
    found = []
    if snapshot.run_id is None:
        return [f"{lake_root}: no night yet"]
    for table in snapshot.tables:
        version = snapshot.named[table].there
        try:
            opened = lake.open(table, version)
            if opened is None:
                found.append(f"{table}: named with version {version}, and not there")
                continue
            missing = [path for path in data_files(opened) if not path.exists()]
        except Exception as error:  # a damaged log fails in many ways; each is a finding, not a crash
            found.append(f"{table}: version {version} cannot be read: {error}")
            continue
        found += [f"{table}: data file gone: {path}" for path in missing]
        found += _damaged(lake, table, version) if deep else []
        if not holds(lake, table, version):
            found.append(
                f"{table}: newest version {lake.version(table)} is not the named {version}; the next "
                f"run takes it back"
            )
        protocol = opened.protocol()
        if protocol.min_reader_version > READER_VERSION or protocol.min_writer_version > WRITER_VERSION:
            found.append(
                f"{table}: protocol {protocol.min_reader_version}/{protocol.min_writer_version} is newer "
                f"than {READER_VERSION}/{WRITER_VERSION}, which readers of the lake must know"
            )
    for table in lake.tables() if deep else ():
        if table.startswith("ops.") and table not in snapshot.named:
            found += _damaged(lake, table, None)
    unnamed = [t for t in lake.tables() if not t.startswith("ops.") and snapshot.version(t) is None]
    return found + [f"{table}: written, and named by no run; the next run drops it" for table in unnamed]


def _damaged(lake: Lake, table: str, version: int | None) -> list[str]:
    try:
        names = damaged(lake, table, version)
    except Exception as error:  # a damaged log fails in many ways; each is a finding, not a crash
        return [f"{table}: cannot be read: {error}"]
    return [f"{table}: data file damaged, its content is not what was written: {name}" for name in names]
