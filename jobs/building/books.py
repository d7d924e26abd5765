"""Figures about silver that the books need, counted by DuckDB without a JVM: late parents and newest event dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import duckdb

from jobs.contracts.catalog import Catalog
from jobs.lake.tables import Lake


def _view(connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, table: str, version: int) -> None:
    connection.register(name, lake.dataset(table, version))


def unlinked(lake: Lake, catalog: Catalog, table: str, versions: Mapping[str, int]) -> dict[str, int]:
    """Rows of one silver table whose foreign key to a fact finds no parent, by load key. ``versions``: of the table and of the
    parents to look in; a parent without a version is left out."""
    keys = [
        c for c in catalog.contracts[table].columns
        if c.foreign_key and c.foreign_key.table in versions and not catalog.contracts[c.foreign_key.table].reference
    ]
    if table not in versions or not keys:
        return {}
    with duckdb.connect() as connection:
        _view(connection, lake, "child", table, versions[table])
        late = []
        for number, column in enumerate(keys):
            parent = column.foreign_key
            _view(connection, lake, f"parent_{number}", parent.table, versions[parent.table])
            late.append(
                f'("{column.name}" IS NOT NULL AND "{column.name}" NOT IN '
                f'(SELECT "{parent.column}" FROM parent_{number} WHERE "{parent.column}" IS NOT NULL))'
            )
        found = connection.sql(f"SELECT _load_key, count(*) FROM child WHERE {' OR '.join(late)} GROUP BY ALL").fetchall()
    return {key: rows for key, rows in found if key is not None}


def newest_events(lake: Lake, catalog: Catalog, versions: Mapping[str, int]) -> dict[str, date]:
    """Newest event date among the rows in force, by load key."""
    newest: dict[str, date] = {}
    for table, contract in catalog.contracts.items():
        if not contract.conformed or table not in versions or not contract.event_date:
            continue
        with duckdb.connect() as connection:
            _view(connection, lake, "rows", table, versions[table])
            found = connection.sql(f'SELECT _load_key, max("{contract.event_date}") FROM rows GROUP BY ALL').fetchall()
        for key, day in found:
            if key is not None and day is not None:
                newest[key] = day.date() if isinstance(day, datetime) else day
    return newest
