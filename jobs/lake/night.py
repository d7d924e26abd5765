"""Read which versions a run has named, and take back versions that no run named.

Each run ends with one commit to the table ops.night, one row per table: the version of that table which the
run *names*. Readers see named versions only. A run is of one of three kinds: `nightly` (all tables), `urgent`
(the hourly run of urgent tables) or `partial` (tables that a user selected; plain readers do not see it).
Versions of a run that was killed are named by none; the next run takes them back (`recover`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from jobs.errors import UsageError
from jobs.lake.tables import Lake
from jobs.lake.whole import unreadable

# The kinds of runs that are read where all tables must be built from one another: for the site (except its
# urgent items), the nightly packages, the bundles and the notebooks.
WHOLE = ("nightly",)
# The kinds of runs that `quality query`, urgent packages, and the site's urgent items and their answers read.
FOR_READERS = ("nightly", "urgent")
# All kinds of runs.
ANY = ("nightly", "urgent", "partial")
# Ops tables that each run writes anew and names as it names silver and gold. All other ops tables are
# append-only and are never taken back.
NAMED_OPS = ("ops.reconciliation", "ops.freshness")


@dataclass(frozen=True)
class Named:
    """One row of ops.night: the version of one table that readers see.

    ``table``: `<tier>.<name>`; ``version``: None where the table is absent; ``state``: fresh, skipped, stale
    or absent (see `Snapshot.state`); ``verdict``: of the gate (passed, warned, failed, or none where no audit
    was made); ``fingerprint``: a hash of all that the table is made by and made from (jobs.night.identity),
    None where none is known; ``reason_zh`` and ``reason_en``: why the table is stale or absent, else '';
    ``inputs``: JSON object with `versions`, input table → the version that was read, and `until`
    (`jobs.night.facts.Facts.inputs_text`).
    """

    table: str
    version: int | None
    state: str
    verdict: str
    fingerprint: str | None
    reason_zh: str = ""
    reason_en: str = ""
    inputs: str = "{}"  # JSON, as in ops.night

    @property
    def there(self) -> int:
        """The named version. Raises KeyError where the table is absent."""
        if self.version is None:
            raise KeyError(self.table)
        return self.version

    @property
    def up_to_date(self) -> bool:
        """Whether the table has a version and is not stale."""
        return self.version is not None and self.state != "stale"


class Snapshot:
    """The tables of one run, each at the version that the run named. Before the first run it is empty, with
    ``run_id`` None.

    ``kind``: nightly, urgent or partial, '' where there is no run; ``date``: the day that the run is for,
    None where there is no run; ``named``: table (`<tier>.<name>`) → its row of ops.night.
    """

    def __init__(self, lake: Lake, run_id: str | None, kind: str, day: date | None, named: dict[str, Named]):
        self.lake, self.run_id, self.kind, self.date, self.named = lake, run_id, kind, day, named

    @property
    def tables(self) -> list[str]:
        """The names of the tables that have a version, sorted."""
        return sorted(t for t, n in self.named.items() if n.version is not None)

    def version(self, table: str) -> int | None:
        """The version of a table that the run named; None where it named none."""
        named = self.named.get(table)
        return None if named is None else named.version

    def state(self, table: str) -> str:
        """The state of a table: fresh (the run wrote a new version), skipped (it wrote none, as the rows
        would be the same or the table was not among those to build), stale (an older version is served, as a
        newer one failed or could not be built) or absent (there is no version; also for a table that the run
        does not know)."""
        named = self.named.get(table)
        return "absent" if named is None else named.state

    @property
    def content(self) -> list[tuple[object, ...]]:
        """A list by which two runs are compared: where theirs are equal, so are their date and all rows of
        silver, gold and bronze, and what was made from the one need not be made again from the other.

        The first element holds the date; then one tuple for each of these tables, sorted by name: name,
        version, whether it is stale or absent, and its fingerprint, which differs between lakes whose
        versions have equal numbers.
        """
        tables = [
            (t, n.version, n.state in ("stale", "absent"), n.fingerprint)
            for t, n in sorted(self.named.items())
            if not t.startswith("ops.")
        ]
        return [(str(self.date),), *tables]

    def arrow(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """Read the named version of a table as Arrow: all its rows, with ``columns`` (None: all). Raises
        KeyError where the table is absent."""
        return self.lake.arrow(table, self._version(table), columns=columns)

    def frame(
        self, table: str, columns: list[str] | None = None, *, where: ds.Expression | None = None
    ) -> pd.DataFrame:
        """Read the named version of a table as pandas: the rows that meet ``where`` (None: all), with
        ``columns`` (None: all). Dates are `datetime.date`. Raises KeyError where the table is absent."""
        return self.lake.frame(table, self._version(table), columns=columns, where=where)

    def _version(self, table: str) -> int:
        version = self.version(table)
        if version is None:
            raise KeyError(table)
        return version


def newest_snapshot(
    lake: Lake, kinds: tuple[str, ...] = FOR_READERS, *, before: date | None = None
) -> Snapshot:
    """Return the snapshot of the newest run (the one named last) of these ``kinds``; with ``before``, of the
    newest one whose date is earlier than that day. An empty Snapshot where there is none."""
    wanted = pc.field("kind").isin(list(kinds))
    return _newest_of(lake, wanted if before is None else wanted & (pc.field("date") < before))


def snapshot_of(lake: Lake, run_id: str) -> Snapshot:
    """Return the snapshot of the run with this id; an empty Snapshot where ops.night does not name it (any
    more). Its versions may be gone: nights are kept for 30 days."""
    return _newest_of(lake, pc.field("run_id") == run_id)


def _newest_of(lake: Lake, wanted: ds.Expression) -> Snapshot:
    """The snapshot of the newest run among the ``wanted`` rows of ops.night."""
    if not lake.exists("ops.night"):
        return Snapshot(lake, None, "", None, {})
    night = lake.arrow("ops.night", where=wanted)
    if night.num_rows == 0:
        return Snapshot(lake, None, "", None, {})
    newest = pc.max(night["committed_at"])
    rows = night.filter(pc.equal(night["committed_at"], newest)).to_pylist()
    named = {
        r["table"]: Named(
            r["table"],
            r["version"],
            r["state"],
            r["verdict"],
            r["fingerprint"],
            r["reason_zh"] or "",
            r["reason_en"] or "",
            r["inputs"] or "{}",
        )
        for r in rows
    }
    return Snapshot(lake, rows[0]["run_id"], rows[0]["kind"], rows[0]["date"], named)


def refuse_before_newest(root: Path, day: date) -> None:
    """Raise UsageError where ``day`` is before the date of the newest nightly or partial run of the lake at
    ``root``. Called before anything is written.

    Urgent runs do not count: one shortly after midnight does not prevent the night of the day before.
    """
    newest = newest_snapshot(Lake(root), ("nightly", "partial")).date
    if newest is not None and day < newest:
        raise UsageError(
            f"--date {day} is before the newest night, {newest}, and nothing was written. Name another "
            f"lake with --lake, or take back a night with a mistaken date by `quality night drop {newest}`"
        )


def last_commit(lake: Lake) -> datetime:
    """Return the time (UTC) at which the newest run, of any kind, was named; the start of 1970 where there is
    none."""
    newest = (
        pc.max(lake.arrow("ops.night", columns=["committed_at"])["committed_at"]).as_py()
        if lake.exists("ops.night")
        else None
    )
    return newest or datetime(1970, 1, 1, tzinfo=UTC)


def holds(lake: Lake, table: str, version: int) -> bool:
    """Return whether the newest version of a table has the rows of ``version``: the newest commit, apart from
    compactions (which change no row), made that version or is a restore to it. False where the table or the
    version does not exist."""
    opened = lake.open(table)
    if opened is None or opened.version() < version:
        return False
    for commit in (
        opened.history(opened.version() - version) if opened.version() > version else ()
    ):  # the newest first
        if commit.get("operation") == "RESTORE":
            return str(commit.get("operationParameters", {}).get("version")) == str(version)
        if commit.get("operation") != "OPTIMIZE":
            return False
    return True


def recover(lake: Lake, *, anew: Collection[str] = (), unread: Collection[str] | None = None) -> list[str]:
    """Take every table back to the version that the newest run of any kind names, by a new commit. Returns
    the names of the tables that changed, sorted.

    After a run that ended cleanly there is nothing to do. A killed run leaves versions that no run names:
    they are taken back, and a table that no run names is deleted. Ops tables other than NAMED_OPS are left as
    they are.

    ``anew``: tables that are deleted in any case, because the caller builds them again. ``unread``: tables
    whose named version cannot be read; they are not changed (None: these tables are searched for here)."""
    newest = newest_snapshot(lake, ANY)
    moved = []
    for table in lake.tables():
        if table.startswith("ops.") and table not in NAMED_OPS:
            continue
        version = newest.version(table)
        if version is None or table in anew:
            lake.drop(table)
            moved.append(table)
        elif (
            unreadable(lake, table, version) is None if unread is None else table not in unread
        ) and not holds(lake, table, version):
            lake.restore(table, version)
            moved.append(table)
    return moved
