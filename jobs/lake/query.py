"""Run SQL over the tables of the lake by their names, with DuckDB and deltalake, without a JVM. It is what
`quality query` runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from jobs.errors import UsageError
from jobs.lake.locked_sql import Limits, select
from jobs.lake.night import ANY, FOR_READERS, WHOLE, Snapshot, newest_snapshot
from jobs.lake.tables import Lake

_NO_TABLE = re.compile(r'Table with name "?(.+?)"? does not exist')
_NEAR = 5


def query(
    lake_root: Path,
    sql: str,
    *,
    latest: bool = False,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
    instead: Mapping[str, Callable[[Snapshot], pd.DataFrame]] | None = None,
    kinds: tuple[str, ...] = FOR_READERS,
) -> pa.Table:
    """Run one SELECT (DuckDB's SQL) over the tables of the lake and return its rows.

    ``gold.*`` and ``silver.*`` are read at the versions that the newest run of these ``kinds`` names
    (`jobs.lake.night`), or with ``latest`` at their newest versions; ``ops.*`` and ``bronze.*`` always at the
    newest. ``limits``: of memory and time (None: the defaults of `Limits`). ``instead``: table → a function
    that is given the run's Snapshot and returns the rows to read in place of the stored ones.

    ``say`` is called with lines of text about a statement on silver or gold, or one that names no table of
    the lake: which run it reads; each table in it that is read from a newer urgent run; each table in it of
    which a partial run has written a newer version, which is not read. With ``latest`` it gets one line: the
    newest versions are read.

    Raises UsageError where there is no lake, the SQL is wrong, is not a single SELECT or exceeds a limit, a
    table does not exist, or, without ``latest``, no run of ``kinds`` names it, though another run may.
    """
    lake = Lake(lake_root)
    snapshot = newest_snapshot(lake, kinds)
    present = lake.tables()
    if not present:
        raise UsageError(
            f"there is no lake at {lake_root} yet: run `quality nightly` first, or name one with --lake"
        )
    asked = [t for t in present if _names(sql, t)]
    by_night = [t for t in asked or present if not t.startswith(("ops.", "bronze."))]
    tables = {}
    for table in asked or present:
        version = None if latest or table not in by_night else snapshot.version(table)
        if version is None and not latest and table in by_night:
            if table in asked:
                raise UsageError(_in_no_night(table, newest_snapshot(lake, ANY)))
            continue
        stand_in = (instead or {}).get(table)
        tables[table] = lake.dataset(table, version) if stand_in is None else stand_in(snapshot)
    try:
        rows = select(tables, sql, limits or Limits())
    except duckdb.Error as error:
        raise UsageError(_no_table(str(error), sql, present) or str(error)) from error
    if say is not None and by_night:
        whole, newest = newest_snapshot(lake, WHOLE), newest_snapshot(lake, ANY)
        for line in _read(snapshot, whole, newest, asked, latest=latest):
            say(line)
    return rows


def _names(sql: str, table: str) -> bool:
    """Whether a statement names a table; quoted or not, in any case."""
    return re.search(rf"(?<![\w.]){re.escape(table)}(?!\w)", sql.replace('"', ""), re.IGNORECASE) is not None


def _read(
    snapshot: Snapshot, whole: Snapshot, newest: Snapshot, asked: list[str], *, latest: bool
) -> list[str]:
    """Lines for a statement over silver and gold: which run it reads, and what is newer than it."""
    if latest:
        return ["reading the newest versions (--latest), named by a night or not"]
    if snapshot.run_id is None:
        return []
    base = snapshot if whole.run_id is None else whole
    lines = [f"reading the {'night' if base is whole else 'urgent run'} of {base.date} (run {base.run_id})"]
    if snapshot.kind == "urgent" and base is whole:
        lines += [
            f"{table}: read as of the urgent run {snapshot.run_id} of {snapshot.date}, newer than that night"
            for table in asked
            if snapshot.version(table) != whole.version(table)
        ]
    return lines + [
        f"{table}: {_run(newest)} wrote a newer version than this night's: --latest reads it"
        for table in asked
        if newest.kind == "partial" and newest.version(table) not in (None, snapshot.version(table))
    ]


def _in_no_night(table: str, newest: Snapshot) -> str:
    if newest.version(table) is None:
        return f"{table} was written but no night names it: --latest reads it as it is"
    return (
        f"{table} is in no night yet, only in {_run(newest)}: --latest reads it; `quality run` without "
        "--select makes a night of it"
    )


def _run(snapshot: Snapshot) -> str:
    return f"the partial run {snapshot.run_id} of {snapshot.date}"


def _no_table(error: str, sql: str, present: Iterable[str]) -> str | None:
    """DuckDB's error about a table that is not there, with names like it; None for any other error."""
    found = _NO_TABLE.search(error)
    if found is None:
        return None
    name = found[1]
    qualified = re.search(rf"(\w+)\.{re.escape(name)}(?!\w)", sql.replace('"', ""), re.IGNORECASE)
    wanted = (qualified[0] if qualified else name).lower()
    names = sorted({t.split(".", 1)[1] for t in present})  # without the tier, which may be the mistake
    close = get_close_matches(wanted.rpartition(".")[2], names, n=_NEAR)
    near = [t for name in close for t in present if t.split(".", 1)[1] == name][:_NEAR]
    hint = f"did you mean {', '.join(near)}?" if near else '`quality query "SHOW ALL TABLES"` lists them'
    return f"there is no table {wanted}: {hint}"
