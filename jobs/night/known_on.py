"""Rebuild what was known on a past day: read another lake's record of landed files up to that day
(definitions.md#as-known)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from jobs.errors import UsageError
from jobs.ingest.units import units
from jobs.lake.night import Snapshot


def ledger_until(source: Snapshot, day: date, targets: Collection[str]) -> pa.Table:
    """Return the rows of ops.ingest_file about contents of files that were received on or before ``day``,
    with its columns.

    ``source``: the newest run of the lake that is read; ``targets``: names (without `silver.`) of the silver
    tables to be built. A row that was written later, because an edited mapping read an old content again, has
    the content's day of receipt and is included. Raises UsageError where the lake has no run, nothing was
    received by ``day``, or a landed file of ``targets`` is not in bronze yet.
    """
    if source.run_id is None or not source.lake.exists("ops.ingest_file"):
        raise UsageError(f"{source.lake.root}: holds no run yet, so nothing is known there")
    ledger = source.lake.arrow("ops.ingest_file", where=pc.field("received_on") <= day)
    if not ledger.num_rows:
        raise UsageError(f"{source.lake.root}: nothing had been received by {day}")
    of_target = units(ledger.to_pandas(date_as_object=True))
    for target, unit in ((t, u) for t, u in of_target.items() if t in targets):
        version = source.version(f"bronze.{target}")
        loaded = (
            set()
            if version is None
            else set(
                pc.unique(
                    source.lake.arrow(f"bronze.{target}", version, columns=["_load_key"])["_load_key"]
                ).to_pylist()
            )
        )
        waiting = {r.file for r in unit.landed.itertuples() if r.loaded and r.load_key not in loaded}
        if waiting:
            raise UsageError(
                f"landed but not yet loaded, so run `quality run` first: {', '.join(sorted(waiting)[:5])}"
            )
    return ledger
