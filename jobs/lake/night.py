"""Read and undo what runs name: each run names one version of every table, by one commit to ops.night.
Readers see only named versions; versions of a run that did not end cleanly are taken back."""

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

# All of its tables were built from one another: the site but for urgent items, packages, bundles, notebooks.
WHOLE = ("nightly",)
# What `quality query` and urgent packages read, and the site of urgent items and their answers.
FOR_READERS = ("nightly", "urgent")
ANY = ("nightly", "urgent", "partial")
# Rewritten whole by a run and named like other tables; the rest of ops is append-only and never taken back.
NAMED_OPS = ("ops.reconciliation", "ops.freshness")


@dataclass(frozen=True)
class Named:
    """One row of ops.night: the version of one table that readers see; ``version`` None: the table is absent.

    ``state``: fresh, skipped, stale or absent (`Snapshot.state`); ``verdict``: of the gate (passed, warned,
    failed, or none where no audit was made).
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
        """The named version; KeyError where the table is absent."""
        if self.version is None:
            raise KeyError(self.table)
        return self.version

    @property
    def up_to_date(self) -> bool:
        """Whether there is a version and it is not stale."""
        return self.version is not None and self.state != "stale"


class Snapshot:
    """The tables of one named run, each at its named version. Before the first run it is empty, with
    ``run_id`` None."""

    def __init__(self, lake: Lake, run_id: str | None, kind: str, day: date | None, named: dict[str, Named]):
        self.lake, self.run_id, self.kind, self.date, self.named = lake, run_id, kind, day, named

    @property
    def tables(self) -> list[str]:
        """The names of the tables that have a version, sorted."""
        return sorted(t for t, n in self.named.items() if n.version is not None)

    def version(self, table: str) -> int | None:
        named = self.named.get(table)
        return None if named is None else named.version

    def state(self, table: str) -> str:
        """The state of a table: fresh, skipped (unchanged, equally up to date), stale (an older version, as
        the newer one failed) or absent."""
        named = self.named.get(table)
        return "absent" if named is None else named.state

    @property
    def content(self) -> list[tuple[object, ...]]:
        """A value that is equal for two runs with equal rows: the date, then for each silver, gold and bronze
        table its name, version, whether it is stale or absent, and its fingerprint, which differs between
        lakes whose versions have equal numbers."""
        tables = [
            (t, n.version, n.state in ("stale", "absent"), n.fingerprint)
            for t, n in sorted(self.named.items())
            if not t.startswith("ops.")
        ]
        return [(str(self.date),), *tables]

    def arrow(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """Rows of the named version; KeyError where the table is absent."""
        return self.lake.arrow(table, self._version(table), columns=columns)

    def frame(
        self, table: str, columns: list[str] | None = None, *, where: ds.Expression | None = None
    ) -> pd.DataFrame:
        """Rows of the named version as pandas; KeyError where the table is absent."""
        return self.lake.frame(table, self._version(table), columns=columns, where=where)

    def _version(self, table: str) -> int:
        version = self.version(table)
        if version is None:
            raise KeyError(table)
        return version


def newest_snapshot(
    lake: Lake, kinds: tuple[str, ...] = FOR_READERS, *, before: date | None = None
) -> Snapshot:
    """The snapshot of the newest run of these ``kinds``; with ``before``, of the newest one that is dated
    earlier. Empty where there is none."""
    if not lake.exists("ops.night"):
        return Snapshot(lake, None, "", None, {})
    wanted = pc.field("kind").isin(list(kinds))
    if before is not None:
        wanted &= pc.field("date") < before
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
    """Raise UsageError where ``day`` lies before the newest night of the lake at ``root``, before anything is
    written. Urgent runs do not count, so that one after midnight does not prevent the night of the day
    before."""
    newest = newest_snapshot(Lake(root), ("nightly", "partial")).date
    if newest is not None and day < newest:
        raise UsageError(
            f"--date {day} lies before the newest night, {newest}, and nothing was written. Name another "
            f"lake with --lake, or take back a night with a mistaken date by `quality night drop {newest}`"
        )


def last_commit(lake: Lake) -> datetime:
    """The time (UTC) at which the newest run was named; the start of 1970 where there is none."""
    newest = (
        pc.max(lake.arrow("ops.night", columns=["committed_at"])["committed_at"]).as_py()
        if lake.exists("ops.night")
        else None
    )
    return newest or datetime(1970, 1, 1, tzinfo=UTC)


def holds(lake: Lake, table: str, version: int) -> bool:
    """Whether the newest version of a table has the content of ``version``: it is that version, a restore of
    it or a compaction."""
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
    """Return every table to the version that the newest run of any kind names; returns the names of the
    tables that changed.

    After a run that ended cleanly there is nothing to do. A killed run leaves versions that no run names:
    they are taken back, and a table that no run names is removed. ``anew``: tables that are removed because
    the caller builds them again. Other tables whose named version cannot be read are not changed; ``unread``
    names them (None: they are searched for).
    """
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
