"""`quality night drop`: take back the newest night, so that a night with a mistaken date does not prevent
those with the right dates.

A run is one row set of ops.night, which names the versions of all tables; a night is all runs of one date.
Files that the night landed stay landed; the next run builds from them. ops.night is changed in one commit.
All steps before that one can be repeated after a kill, and those after it are also done by the next run.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.deployment import deployment
from jobs.errors import UsageError
from jobs.lake.night import ANY, recover
from jobs.lake.tables import Lake
from jobs.upkeep.trimming import FIGURES
from jobs.whole_folder import replaced_file

NIGHT, LEDGER, PUBLICATION = "ops.night", "ops.ingest_file", "ops.publication"
RECEIVED = "_received_on"


def nights(lake: Lake) -> list[dict[str, Any]]:
    """Return one dictionary per run in ops.night, the newest first; [] where there is no night.

    Keys: date (of the night), run_id, kind (`nightly`, `urgent`, `partial` or `erased`), committed_at (when
    it was named), and fresh, skipped, stale, absent: the number of its tables in that state.
    """
    if not lake.exists(NIGHT):
        return []
    runs: dict[str, dict[str, Any]] = {}
    for row in lake.arrow(NIGHT).sort_by([("committed_at", "descending")]).to_pylist():
        run = runs.setdefault(
            row["run_id"],
            {n: row[n] for n in ("date", "run_id", "kind", "committed_at")}
            | dict.fromkeys(("fresh", "skipped", "stale", "absent"), 0),
        )
        if row["committed_at"] == run["committed_at"]:  # a partial run that an urgent one named again
            run[row["state"]] += 1
    return list(runs.values())


def drop_night(lake: Lake, landing: Path, day: date, *, today: date) -> list[str]:
    """Take back all runs of the newest night, so that every table is again at the version that the night
    before names. Returns the names of the tables that changed. The caller holds the lake's lock.

    ``landing``: the landing folder; ``day``: the date of the night; ``today``: the present date. The night's
    rows are also removed from ops.publication and the tables FIGURES. Landed files whose day of receipt is
    after ``today``, or is ``day`` although they were recorded on a later day, get the day on which they were
    recorded. Raises UsageError where there is no night, where ``day`` is not the newest one, or where it is
    the only one and landed files are missing, so that nothing could be built again.
    """
    known = nights(lake)
    if not known:
        raise UsageError(f"no night in {lake.root} yet: there is nothing to drop")
    if known[0]["date"] != day:
        raise UsageError(f"the newest night is {known[0]['date']}: only that one can be dropped, not {day}")
    gone = pa.array([run["run_id"] for run in known if run["date"] == day], pa.string())
    if all(run["date"] == day for run in known if run["kind"] in ANY):  # one that is erased is no ground
        _can_be_built_anew(lake, landing)
    _received_by(lake, landing, day, today)
    if lake.exists(PUBLICATION):
        _keep(lake, PUBLICATION, pc.field("night") != day)
    for table in FIGURES:
        if lake.exists(table):
            _keep(lake, table, ~pc.field("run_id").isin(gone))
    _keep(lake, NIGHT, pc.field("date") != day)
    return recover(lake)


def _keep(lake: Lake, table: str, kept: pc.Expression) -> None:
    rows = lake.arrow(table)
    left = rows.filter(kept)
    if left.num_rows != rows.num_rows:
        lake.overwrite(table, left)


def _can_be_built_anew(lake: Lake, landing: Path) -> None:
    """Raise UsageError where landed files are missing: without an earlier night bronze is dropped, too, so
    all that was landed must still exist."""
    if not lake.exists(LEDGER):
        return
    ledger = lake.arrow(LEDGER, columns=["status", "loaded", "landed_path"])
    places = ledger.filter((pc.field("status") == "landed") & (pc.field("loaded") > 0))["landed_path"]
    lost = sum(not (landing / place).exists() for place in places.to_pylist())
    if lost:
        raise UsageError(
            f"this is the only night that is kept, and landed files that it was built from are past their "
            f"retention ({lost:,}): without it they could not be built again"
        )


def _received_by(lake: Lake, landing: Path, day: date, today: date) -> None:
    """Correct the day of receipt of files that a mistaken date gave them (after ``today``, or ``day``
    although they were recorded later): it becomes the day, in the nation's time zone, on which they were
    first recorded."""
    if not lake.exists(LEDGER):
        return
    rows = lake.arrow(LEDGER).to_pylist()
    wrong = [
        row
        for row in rows
        if row["received_on"] > today or (row["received_on"] == day and day < _written_on(row))
    ]
    first: dict[tuple[str, ...], date] = {}
    for row in wrong:  # later rows about a content repeat the day of its first receipt
        edition = _edition(row)
        first[edition] = min(first.get(edition, date.max), _written_on(row))
    for row in wrong:
        row["received_on"] = first[_edition(row)]
        if row["landed_path"] and (landing / row["landed_path"]).exists():
            _rewrite(landing / row["landed_path"], row["received_on"])
    if wrong:
        lake.overwrite(LEDGER, pa.Table.from_pylist(rows, schema=lake.arrow(LEDGER).schema))


def _written_on(row: dict[str, Any]) -> date:
    return row["recorded_at"].astimezone(deployment().zone).date()


def _edition(row: dict[str, Any]) -> tuple[str, ...]:
    return row["source"], row["file"], row["sha256"]


def _rewrite(landed: Path, received_on: date) -> None:
    with replaced_file(landed) as part, pq.ParquetFile(landed) as old:
        schema = old.schema_arrow
        at = schema.get_field_index(RECEIVED)
        with pq.ParquetWriter(part, schema, compression="zstd", store_schema=False) as new:
            for batch in old.iter_batches():
                days = pa.array([received_on] * batch.num_rows, schema.field(at).type)
                new.write_batch(batch.set_column(at, schema.field(at), days))
