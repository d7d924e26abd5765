"""SQL over the tables of the lake by their names, without a JVM (DuckDB over deltalake)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.errors import UsageError
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake


def query(lake_root: Path, sql: str, *, latest: bool = False) -> pa.Table:
    """Run one statement. ``gold.*`` and ``silver.*`` are the versions in force (``latest``: the newest
    commits), ``ops.*`` and
    ``bronze.*`` always the newest. UsageError where the SQL is wrong or names a table that is not there."""
    lake = Lake(lake_root)
    snapshot = newest_snapshot(lake)
    present = lake.tables()
    if not present:
        raise UsageError(
            f"there is no lake at {lake_root} yet: run `quality nightly` first, or name one with --lake"
        )
    with duckdb.connect() as connection:
        named = [t for t in present if t in sql] or present
        for tier in sorted({t.split(".")[0] for t in present}):
            connection.execute(f'CREATE SCHEMA "{tier}"')
        for table in named:
            newest = latest or table.startswith(("ops.", "bronze."))
            version = None if newest else snapshot.version(table)
            if version is None and not newest:
                continue  # written, but in force in no night
            tier, name = table.split(".", 1)
            connection.register(f"{tier}__{name}", lake.dataset(table, version))
            connection.execute(f'CREATE VIEW "{tier}"."{name}" AS SELECT * FROM "{tier}__{name}"')
        try:
            result = connection.sql(sql)
            return pa.table({}) if result is None else result.to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(f"{error}\ntables here: {', '.join(present)}") from error
