"""Which months of a gold table kept by month are touched by what changed in its inputs (night.md, tables.md).

A month is touched if a changed row belongs to it now or did before. Inputs kept by month tell by their data
files; a changed row of
another input touches the months of the rows that name it by a foreign key. So build() may join only along
foreign keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.lake.tables import MONTH, Lake

LARGEST_SHARE = 0.5  # of an input's rows that changed; beyond, everything is built


def shifted(month: date, by: int) -> date:
    """The first day of the month ``by`` months later."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def with_lookback(months: tuple[date, ...], lookback: int) -> tuple[date, ...]:
    """The months and ``lookback`` months before each: what build() is given."""
    return tuple(sorted({shifted(m, -k) for m in months for k in range(lookback + 1)}))


def touched_months(
    lake: Lake, catalog: Catalog, contract: Contract, before: Mapping[str, int], now: Mapping[str, int]
) -> tuple[date, ...] | None:
    """The months to build, None for all. ``before`` and ``now``: versions of the inputs at the last build and
    in this one."""
    contracts = {t: catalog.contracts[t] for t in now}
    monthly = [t for t, c in contracts.items() if c.refresh == "months"]
    if not monthly or set(before) != set(now):
        return None
    found: set[date] = set()
    for table in monthly:
        if before[table] != now[table]:
            found |= lake.months_between(table, before[table], now[table])
    changed = {t for t in now if t not in monthly and before[t] != now[t]}
    if any(contracts[t].reference for t in changed):
        return None  # codes and their dates reach every row
    if changed:
        reached = _reached(lake, contracts, monthly, changed, before, now)
        if reached is None:
            return None
        found |= reached
    return tuple(sorted({shifted(m, k) for m in found for k in range(contract.lookback + 1)}))


def _reached(
    lake: Lake,
    contracts: Mapping[str, Contract],
    monthly: list[str],
    changed: set[str],
    before: Mapping[str, int],
    now: Mapping[str, int],
) -> set[date] | None:
    """Months of rows that name a changed row, directly or through another input; None where a change cannot
    be followed."""
    months: set[date] = set()
    with duckdb.connect() as connection:
        for table in contracts:
            connection.register(f"now_{_sql(table)}", lake.dataset(table, now[table]))
        keys: dict[str, str] = {}  # table → DuckDB table of the keys of its changed rows
        for table in sorted(changed):
            if len(contracts[table].key) != 1:
                return None
            connection.register(f"before_{_sql(table)}", lake.dataset(table, before[table]))
            keys[table] = _differing(connection, contracts[table])
            [(differing, rows)] = connection.sql(
                f"SELECT (SELECT count(*) FROM {keys[table]}), count(*) FROM now_{_sql(table)}"
            ).fetchall()
            if differing > max(1_000, LARGEST_SHARE * rows):
                return None
        waiting = sorted(keys)
        while waiting:
            parent = waiting.pop()
            naming = [
                (t, c)
                for t in contracts
                for c in contracts[t].columns
                if c.foreign_key and c.foreign_key.table == parent
            ]
            if not naming:
                return None
            for child, column in naming:
                where = f'"{column.name}" IN (SELECT key FROM {keys[parent]})'
                if child in monthly:
                    months |= {
                        m
                        for (m,) in connection.sql(
                            f"SELECT DISTINCT {MONTH} FROM now_{_sql(child)} WHERE {where}"
                        ).fetchall()
                    }
                elif child != parent and len(contracts[child].key) == 1:
                    own = contracts[child].key[0]
                    if child not in keys:
                        keys[child] = _none(connection, child)
                    new = (
                        f'SELECT "{own}" AS key FROM now_{_sql(child)} WHERE {where} EXCEPT SELECT '
                        f"key FROM {keys[child]}"
                    )
                    if connection.sql(new).limit(1).fetchall():
                        connection.execute(f"INSERT INTO {keys[child]} {new}")
                        waiting.append(child)
                else:
                    return None
    return months


def _sql(table: str) -> str:
    return table.replace(".", "_")


def _none(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    connection.execute(f"CREATE TABLE keys_{_sql(table)} (key VARCHAR)")
    return f"keys_{_sql(table)}"


def _differing(connection: duckdb.DuckDBPyConnection, contract: Contract) -> str:
    """Keys of rows that are not the same in both versions."""
    name, columns = (
        _sql(contract.id),
        ", ".join(f'"{c}"' for c in (*contract.column_names, *(["_ended_on"] if contract.conformed else []))),
    )
    now, before = f"SELECT {columns} FROM now_{name}", f"SELECT {columns} FROM before_{name}"
    keys = _none(connection, contract.id)
    connection.execute(
        f'INSERT INTO {keys} SELECT DISTINCT "{contract.key[0]}" FROM (({now} EXCEPT {before}) UNION '
        f"ALL ({before} EXCEPT {now}))"
    )
    return keys
