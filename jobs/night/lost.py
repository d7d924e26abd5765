"""Find the tables whose named version cannot be read any more, as its files are damaged or gone. They are
built anew, with all that is built from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.ingest.units import units
from jobs.lake.night import ANY, NAMED_OPS, Snapshot, newest_snapshot, recover
from jobs.lake.tables import Lake
from jobs.lake.whole import unreadable
from jobs.night.facts import QUARANTINE


def recovered(
    lake: Lake, landing: Path, catalog: Catalog, say: Callable[[str], None]
) -> tuple[Snapshot, dict[str, str]]:
    """Take the tables of the lake back to the versions of the newest named run, and delete the tables whose
    version cannot be read, so that they are built again.

    Returns that run's snapshot without the deleted tables, and table → why it could not be read. A bronze
    table whose landed files were removed after their retention is not deleted. ``landing``: the folder of the
    landed files; ``say``: gets a line for each table that was changed or could not be read."""
    newest = newest_snapshot(lake, ANY)
    unread = lost_tables(lake, newest)
    ingest = lake.frame("ops.ingest_file") if any(t.startswith("bronze.") for t in unread) else pd.DataFrame()
    spared = cannot_be_loaded_anew(unread, ingest, landing)
    for line in spared.values():
        say(line)
    lost = {table: why for table, why in unread.items() if table not in spared}
    for table, why in lost.items():
        say(f"{table}: its current version cannot be read ({why}) and is built anew")
    for table in recover(lake, anew=lost, unread=unread):
        if table not in lost:
            say(f"the last run did not end cleanly: {table} is back at its named version")
    return without(newest, lost, catalog), lost


def lost_tables(lake: Lake, newest: Snapshot) -> dict[str, str]:
    """Return the tables of the run ``newest`` whose named version cannot be read: table → why (English). Of
    the ops tables only NAMED_OPS, which runs name, are looked at."""
    tables = [t for t in newest.tables if not t.startswith("ops.") or t in NAMED_OPS]
    found = {t: unreadable(lake, t, newest.named[t].there) for t in tables}
    return {t: why for t, why in found.items() if why is not None}


def cannot_be_loaded_anew(lost: Mapping[str, str], ingest: pd.DataFrame, landing: Path) -> dict[str, str]:
    """Return the bronze tables of ``lost`` (table → why it cannot be read) that cannot be loaded again,
    because landed files were deleted after their retention: table → a message for the operator. They are kept
    as they are, since their other rows are found nowhere else.

    ``ingest``: ops.ingest_file, one row per landing of a file; ``landing``: the folder of the landed files.
    """
    state = units(ingest) if not ingest.empty else {}
    found = {}
    for table in (t for t in lost if t.startswith("bronze.")):
        mine = state.get(table.split(".")[1])
        rows = [] if mine is None else [r for r in mine.landed.itertuples() if r.loaded]
        gone = sum(not (landing / r.landed_path).exists() for r in rows)
        if gone:
            found[table] = (
                f"{table}: its current version cannot be read ({lost[table]}), and files that it was loaded "
                f"from are past their retention ({gone:,}): bring its files back from a backup"
            )
    return found


def without(previous: Snapshot, lost: Mapping[str, str], catalog: Catalog) -> Snapshot:
    """Return the run ``previous`` without the tables in ``lost`` (table → why). Every table that reads one of
    them loses its fingerprint, so that it is built again; where silver.quarantine or ops.reconciliation is
    lost, so does every silver table that sources deliver, as each has rows in both."""
    anew = {t for t in catalog.contracts if t in lost or f"bronze.{t.split('.')[1]}" in lost}
    anew |= {t for t in catalog.contracts if lost.keys() & set(catalog.direct(t))}
    if QUARANTINE in lost or "ops.reconciliation" in lost:  # each target has its part in them
        anew |= {t for t, contract in catalog.contracts.items() if contract.conformed}
    named = {
        t: replace(n, fingerprint=None) if t in anew else n
        for t, n in previous.named.items()
        if t not in lost
    }
    return Snapshot(previous.lake, previous.run_id, previous.kind, previous.date, named)
