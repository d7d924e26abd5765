"""Find the tables that need not be built although versions of their inputs changed: where these hold the same
rows in the columns that the table is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from jobs.contracts.model import Contract
from jobs.engine.interface import Engine, Stored
from jobs.lake.night import Named
from jobs.lake.tables import Lake
from jobs.lake.whole import unreadable
from jobs.night.derived import columns_of_inputs
from jobs.night.facts import Facts
from jobs.night.touched import SELECTED_BY


def kept_version(
    facts: Facts, engine: Engine, contract: Contract, named: Mapping[str, Named]
) -> Named | None:
    """Return the table's named version with the inputs of this run, where its inputs hold the same rows as at
    its last build, in any order, in their key, the columns that the table reads and those that its foreign
    keys name. None where it must be built.

    A derived table is a pure function of the columns that it reads, in the order of the key, so a build would
    give the same rows. It must be built, too, where anything but inputs changed (`Facts.built_before`), an
    input is read with all its columns, or the version of an input at the last build cannot be read any more.

    ``engine``: compares the rows, within its memory limit; ``named``: the versions that the run names so far,
    by table.
    """
    before = None if contract.conformed or facts.known_on is not None else facts.built_before(contract, named)
    now = facts.versions(contract, named)
    if not before or set(before["versions"]) != set(now):
        return None
    read = columns_of_inputs(facts.catalog, contract)
    for table, version in now.items():
        then, columns = before["versions"][table], read.get(table)
        if then == version:
            continue
        if then is None or version is None or not columns:
            return None
        selected = SELECTED_BY if facts.contract(table).conformed else ()
        keys = [c.foreign_key for c in contract.columns if c.foreign_key]
        named_by = [key.column for key in keys if key.table == table]
        compared = [*facts.contract(table).key, *columns, *selected, *named_by]
        if not same_rows(facts.lake, engine, table, then, version, compared):
            return None
    return replace(
        named[contract.id],
        state="skipped",
        fingerprint=str(facts.fingerprint(contract, named)),
        inputs=facts.inputs_text(contract, named),
    )


def same_rows(lake: Lake, engine: Engine, table: str, before: int, now: int, columns: list[str]) -> bool:
    """Return whether two versions of a table hold the same rows in these columns, in any order. False where
    version ``before`` cannot be read. ``engine``: compares the rows, within its memory limit."""
    if unreadable(lake, table, before) is not None or lake.rows(table, before) != lake.rows(table, now):
        return False
    wanted = ", ".join(f"`{column}`" for column in sorted(set(columns)))
    with engine.workspace() as space:
        space.read("then_rows", Stored(table, before))
        space.read("now_rows", Stored(table, now))
        # They have as many rows: where each of the one is in the other as often, they are the same.
        missing = f"SELECT {wanted} FROM then_rows EXCEPT ALL SELECT {wanted} FROM now_rows"
        return not space.rows(f"SELECT * FROM ({missing}) LIMIT 1").num_rows
