"""Count what the ledger and the gate need to know of silver tables: rows whose parent row has not arrived,
and the newest event date of each landed content. A parent row is the row that a foreign key names, such as
the order of a complaint. A *load key* identifies one content of a file as landed for one feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jobs.contracts.catalog import Catalog
from jobs.contracts.kinds import text_literal
from jobs.contracts.model import Column, Contract, ForeignKey
from jobs.deployment import deployment
from jobs.engine.dispositions import view
from jobs.engine.interface import Engine, Stored
from jobs.night.silver import local_day


def parents(catalog: Catalog, contract: Contract) -> list[tuple[Column, ForeignKey]]:
    """Return the columns of a table that are foreign keys to a table which is no reference table, each with
    its foreign key, in the order of the contract."""
    keys = [(c, c.foreign_key) for c in contract.columns if c.foreign_key]
    return [(column, key) for column, key in keys if not catalog.contracts[key.table].reference]


@dataclass(frozen=True)
class Late:
    """What `unlinked` counted. ``versions``: those that it read (`versions_read`); ``rows``: load key →
    number of rows."""

    versions: Mapping[str, int]
    rows: Mapping[str, int]


def versions_read(catalog: Catalog, contract: Contract, versions: Mapping[str, int | None]) -> dict[str, int]:
    """Return the versions that `unlinked` reads for a silver table, its own and those of its parents: id →
    version. ``versions``: id → version (None: there is none), of any tables."""
    read = (contract.id, *(key.table for _, key in parents(catalog, contract)))
    return {table: version for table in read if (version := versions.get(table)) is not None}


def unlinked(engine: Engine, catalog: Catalog, table: str, versions: Mapping[str, int]) -> dict[str, int]:
    """Count the rows of a silver table that name a parent row which the lake does not have: load key → number
    of rows, without zeros.

    Only foreign keys to tables that are no reference tables count. A row of the deployment's jurisdiction
    also counts where its parent is of another jurisdiction only. ``table``: id of the silver table;
    ``versions``: id → version, of the table and of its parents; keys to a parent without a version are not
    checked. {} where there is nothing to check. Errors of the engine are raised.
    """
    here = text_literal(deployment().code)
    keys = [(c, key) for c, key in parents(catalog, catalog.contracts[table]) if key.table in versions]
    if table not in versions or not keys:
        return {}
    late, joins = [], []
    with engine.workspace() as space:
        space.read("child", Stored(table, versions[table]))
        for number, (column, parent) in enumerate(keys):
            space.read(view(parent.table), Stored(parent.table, versions[parent.table]))
            stated = catalog.contracts[parent.table].conformed
            ours = f"CASE WHEN _jurisdiction = {here} THEN 1 ELSE 0 END" if stated else "1"
            # One row a code: a foreign key names the whole key of its table.
            known = f"SELECT `{parent.column}` AS code, {ours} AS ours FROM {view(parent.table)}"
            joins.append(f"LEFT JOIN ({known}) AS p{number} ON c.`{column.name}` = p{number}.code")
            theirs = f"(p{number}.ours = 0 AND c._jurisdiction = {here})"
            late.append(f"(c.`{column.name}` IS NOT NULL AND (p{number}.code IS NULL OR {theirs}))")
        rows = space.rows(
            f"SELECT c._load_key, COUNT(*) AS n FROM child AS c {' '.join(joins)} WHERE "
            f"{' OR '.join(late)} GROUP BY c._load_key"
        )
    return {r["_load_key"]: r["n"] for r in rows.to_pylist() if r["_load_key"] is not None}


def newest_events(engine: Engine, contract: Contract, version: int) -> dict[str, date]:
    """Return the newest event date among the rows of each load key in ``version`` of a silver table: load key
    → date (of an instant: in the nation's time zone). {} for a table without an event date. Errors of the
    engine are raised."""
    if not contract.event_date:
        return {}
    with engine.workspace() as space:
        space.read("silver", Stored(contract.id, version))
        rows = space.rows(
            f"SELECT _load_key, MAX(CAST({local_day(contract, contract.event_date)} AS DATE)) AS newest "
            "FROM silver GROUP BY _load_key"
        ).to_pylist()
    return {
        r["_load_key"]: r["newest"] for r in rows if r["_load_key"] is not None and r["newest"] is not None
    }
