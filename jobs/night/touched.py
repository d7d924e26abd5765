"""Find the months of a derived table kept by month that must be built again after its inputs changed
(definitions.md#months).

A month is touched if a changed row belongs to it now or did before. Inputs kept by month show it by their
data files; a row of another input that changed in a column that is read touches the months of the rows that
name it by a foreign key. So build() and texts may join only along foreign keys. Months are given by their
first days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import duckdb

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.engine.embedded import EmbeddedWorkspace
from jobs.engine.interface import Stored
from jobs.lake.tables import MONTH, Lake

# The largest share (0-1) of an input's rows that may have changed, or 1,000 rows where that is more; beyond
# it, all months are built.
LARGEST_SHARE = 0.5
# Columns that silver adds to a contract's and by which a night selects rows for a table.
SELECTED_BY = ("_ended_on", "_jurisdiction", "_currency")


def shifted(month: date, by: int) -> date:
    """Return the first day of the month ``by`` months after that of ``month``, any day of it; before it where
    ``by`` is negative, its own first day for 0."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def whole_years(months: Collection[date]) -> tuple[date, ...]:
    """Return all twelve months (first days) of each calendar year of ``months``, sorted, each once."""
    return tuple(date(year, n, 1) for year in sorted({m.year for m in months}) for n in range(1, 13))


def with_lookback(months: tuple[date, ...], lookback: int) -> tuple[date, ...]:
    """Return ``months`` (first days) and the ``lookback`` months before each of them, sorted, each once: the
    months of input that a build of ``months`` reads."""
    return tuple(sorted({shifted(m, -k) for m in months for k in range(lookback + 1)}))


def touched_months(
    lake: Lake,
    catalog: Catalog,
    contract: Contract,
    before: Mapping[str, int],
    now: Mapping[str, int],
    read: Mapping[str, Collection[str] | None],
) -> tuple[date, ...] | None:
    """Return the months (first days) of a table that must be built again, sorted; () where none must; None
    for all months.

    ``before`` and ``now``: input id → version, at the last build and in this one; ``read``: input id → the
    columns that the table reads of it (None: all). Since the contract's `lookback` months before a month are
    read to build it, a change also touches so many months after it; of a table with `refresh: years` all
    months of the calendar years of these. All months are built where no input is kept by month, a reference
    table changed, the inputs are other tables than before, or a change cannot be followed to months.
    """
    contracts = {t: catalog.contracts[t] for t in now}
    monthly = [t for t, c in contracts.items() if c.by_month]
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
        reached = _reached(lake, contracts, monthly, changed, before, now, read)
        if reached is None:
            return None
        found |= reached
    months = {shifted(m, k) for m in found for k in range(contract.lookback + 1)}
    return whole_years(months) if contract.refresh == "years" else tuple(sorted(months))


def _reached(
    lake: Lake,
    contracts: Mapping[str, Contract],
    monthly: list[str],
    changed: set[str],
    before: Mapping[str, int],
    now: Mapping[str, int],
    read: Mapping[str, Collection[str] | None],
) -> set[date] | None:
    """Months of rows that name a changed row, directly or through another input; None where a change cannot
    be followed."""
    with duckdb.connect() as connection:
        space = EmbeddedWorkspace(connection, lake, None)  # its views are read faster than Arrow datasets
        for table in contracts:
            space.read(f"now_{_sql(table)}", Stored(table, now[table]))
        keys: dict[str, str] = {}  # table → DuckDB table of the keys of its changed rows
        for table in sorted(changed):
            if len(contracts[table].key) != 1:
                return None
            space.read(f"before_{_sql(table)}", Stored(table, before[table]))
            keys[table] = _differing(connection, contracts[table], read[table])
            [(differing, rows)] = connection.sql(
                f"SELECT (SELECT count(*) FROM {keys[table]}), count(*) FROM now_{_sql(table)}"
            ).fetchall()
            if differing > max(1_000, LARGEST_SHARE * rows):
                return None
        return _followed(connection, contracts, monthly, keys)


def _followed(
    connection: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    monthly: list[str],
    keys: dict[str, str],
) -> set[date] | None:
    """Months of the rows that name a key, from table to table; ``keys``: see _reached."""
    months: set[date] = set()
    waiting = sorted(keys)
    while waiting:
        parent = waiting.pop()
        naming = [
            (t, c.name)
            for t in contracts
            for c in contracts[t].columns
            if c.foreign_key and c.foreign_key.table == parent
        ]
        extended = _extended(contracts, parent)
        if not naming and extended is None:
            return None
        if extended is not None and _added(connection, keys, extended, f"SELECT key FROM {keys[parent]}"):
            waiting.append(extended)
        for child, column in naming:
            rows = f'now_{_sql(child)} WHERE "{column}" IN (SELECT key FROM {keys[parent]})'
            if child in monthly:
                months |= {m for (m,) in connection.sql(f"SELECT DISTINCT {MONTH} FROM {rows}").fetchall()}
            elif _extended(contracts, child) == parent:
                continue  # who reads it joins it to the parent, whose own keys are followed
            elif child == parent or len(contracts[child].key) != 1:
                return None
            elif _added(connection, keys, child, f'SELECT "{contracts[child].key[0]}" AS key FROM {rows}'):
                waiting.append(child)
    return months


def _extended(contracts: Mapping[str, Contract], table: str) -> str | None:
    """The input of which a table holds further columns: its key is a foreign key to that one's key."""
    contract = contracts[table]
    named = contract.column(contract.key[0]).foreign_key if len(contract.key) == 1 else None
    if named is None or named.table not in contracts or contracts[named.table].key != (named.column,):
        return None
    return named.table


def _added(connection: duckdb.DuckDBPyConnection, keys: dict[str, str], table: str, found: str) -> bool:
    """Add the keys of a SELECT to those of a table; whether any is new."""
    if table not in keys:
        keys[table] = _none(connection, table)
    new = f"{found} EXCEPT SELECT key FROM {keys[table]}"
    if not connection.sql(new).limit(1).fetchall():
        return False
    connection.execute(f"INSERT INTO {keys[table]} {new}")
    return True


def _sql(table: str) -> str:
    return table.replace(".", "_")


def _none(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    connection.execute(f"CREATE TABLE keys_{_sql(table)} (key VARCHAR)")
    return f"keys_{_sql(table)}"


def _differing(
    connection: duckdb.DuckDBPyConnection, contract: Contract, read: Collection[str] | None
) -> str:
    """Keys of rows that are not the same in both versions, in the columns that are read."""
    name, own = _sql(contract.id), contract.column_names
    wanted = [c for c in own if read is None or c in read or c in contract.key]
    meta = SELECTED_BY if contract.conformed else ()
    columns = ", ".join(f'"{c}"' for c in (*wanted, *meta))
    now, before = f"SELECT {columns} FROM now_{name}", f"SELECT {columns} FROM before_{name}"
    keys = _none(connection, contract.id)
    connection.execute(
        f'INSERT INTO {keys} SELECT DISTINCT "{contract.key[0]}" FROM (({now} EXCEPT {before}) UNION '
        f"ALL ({before} EXCEPT {now}))"
    )
    return keys
