"""What a run names: one version of every table, by one commit to ops.night. Readers see only named versions;
a run that did not end cleanly is undone."""

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
    """One row of ops.night: ``version`` is the one that readers see (None: absent)."""

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
        """The named version of a table that is not absent; KeyError where it is."""
        if self.version is None:
            raise KeyError(self.table)
        return self.version

    @property
    def up_to_date(self) -> bool:
        """Whether the version is there and is no older one that stays because a newer one failed."""
        return self.version is not None and self.state != "stale"


class Snapshot:
    """The tables of one named night, read without a JVM; an empty one (``run_id`` None) before the first
    night."""

    def __init__(self, lake: Lake, run_id: str | None, kind: str, day: date | None, named: dict[str, Named]):
        self.lake, self.run_id, self.kind, self.date, self.named = lake, run_id, kind, day, named

    @property
    def tables(self) -> list[str]:
        """Tables that are there, sorted."""
        return sorted(t for t, n in self.named.items() if n.version is not None)

    def version(self, table: str) -> int | None:
        named = self.named.get(table)
        return None if named is None else named.version

    def state(self, table: str) -> str:
        """fresh, skipped (unchanged, as good as fresh), stale (an older version stays named) or
        absent."""
        named = self.named.get(table)
        return "absent" if named is None else named.state

    @property
    def content(self) -> list[tuple[object, ...]]:
        """The date, then name, version, state and fingerprint of each table of silver and gold: equal lists
        mean equal rows. Fingerprints distinguish lakes that count versions alike."""
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
    """The newest run of these kinds in ops.night; with ``before``, the newest of an earlier date."""
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
    """UsageError where ``day`` lies before the newest night; asked before anything is written. Urgent runs do
    not count: one of the small hours must not shut out the night of the day before."""
    newest = newest_snapshot(Lake(root), ("nightly", "partial")).date
    if newest is not None and day < newest:
        raise UsageError(
            f"--date {day} lies before the newest night, {newest}, and nothing was written. Name another "
            f"lake with --lake, or take back a night with a mistaken date by `quality night drop {newest}`"
        )


def last_commit(lake: Lake) -> datetime:
    """When the newest run was named; 1970 before the first one."""
    newest = (
        pc.max(lake.arrow("ops.night", columns=["committed_at"])["committed_at"]).as_py()
        if lake.exists("ops.night")
        else None
    )
    return newest or datetime(1970, 1, 1, tzinfo=UTC)


def holds(lake: Lake, table: str, version: int) -> bool:
    """True when the newest version of the table has the content of ``version``: it is that one, a restore of
    it, or a compaction."""
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
    """Bring every table back to the version that the newest run (of any kind) names; returns the tables that
    moved.

    A run that ended cleanly leaves nothing to do. One that was killed leaves versions that nothing names:
    they are taken back, and a table that was never named is dropped. ``anew``: tables that the caller builds
    anew, and that are dropped for it; others whose named version cannot be read stay as they are: ``unread``,
    where the caller has looked (None: they are looked for here).
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
