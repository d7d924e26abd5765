"""What one run knows: the catalog, the landed files, the versions in force, and a Spark session only once something needs it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

from jobs.building.fingerprint import fingerprint, same_basis
from jobs.building.ledger import DISPOSITIONS
from jobs.building.silver import QUARANTINE, Judged
from jobs.building.silver_months import Change, change
from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.environment import Environment
from jobs.gate.audit import Gate
from jobs.ingest.units import Units, units
from jobs.lake import ops
from jobs.lake.commit import SMALL_ROWS
from jobs.lake.lock import WriterLock
from jobs.lake.night import Named, Snapshot
from jobs.lake.session import interpreting, jvm_pid, spark
from jobs.lake.tables import Lake
from jobs.period import Period

# Seven audits of all rows of a table that is audited whole once a week, and some.
PAST_DATES = 60


@dataclass
class Run:
    """One run of the runner. ``named`` starts as the last run left it and is rewritten table by table."""

    env: Environment
    lake: Lake
    catalog: Catalog
    day: date
    run_id: str
    lock: WriterLock
    ingest: pd.DataFrame                # ops.ingest_file
    files: pd.DataFrame                 # jobs.ingest.units.current() of it
    units: dict[str, Units]
    previous: Snapshot
    gate: Gate
    say: Callable[[str], None]
    known_on: Snapshot | None = None    # as known on ``day``: bronze is read from the lake of this snapshot and left alone
    full_refresh: bool = False
    named: dict[str, Named] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)      # failed their gate in this run
    log: list[dict] = field(default_factory=list)
    verdicts: list[dict] = field(default_factory=list)
    metrics: list[dict] = field(default_factory=list)
    _session: SparkSession | None = None
    _interpreting: SparkSession | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.named = dict(self.previous.named)

    def period(self, months: tuple[date, ...] | None = None) -> Period:
        return Period(as_of=self.day, months=months)

    @property
    def session(self) -> SparkSession:
        """The run's one Spark session; its JVM is written into the lock before anything is written to the lake."""
        with self._starting:
            if self._session is None:
                self.say("starting Spark")
                largest = max((int(u.landed["loaded"].sum()) for u in self.units.values()), default=0)
                self._session = spark(self.env, small=largest <= SMALL_ROWS)
                self.lock.record_jvm(jvm_pid(self._session))
            return self._session

    def session_for(self, *, small: bool) -> SparkSession:
        """The session to build a table in; ``small``: all that it is made of is."""
        large = self.session
        with self._starting:
            if small and self._interpreting is None:
                self._interpreting = interpreting(large)
        return self._interpreting if small else large

    @property
    def used_spark(self) -> bool:
        return self._session is not None

    def version(self, table: str) -> int | None:
        named = self.named.get(table)
        return None if named is None else named.version

    def bronze_version(self, contract: Contract) -> int | None:
        """The bronze version that a silver table is built from, None where no file was ever landed for it."""
        table = f"bronze.{contract.name}"
        return self.version(table) if self.known_on is None else self.known_on.version(table)

    def inputs(self, contract: Contract) -> list[str]:
        """Tables that one reads; silver.quarantine is written after all of silver and is nobody's child in the graph."""
        return [] if contract.id == QUARANTINE else sorted(self.catalog.direct(contract.id))

    def references(self, contract: Contract) -> list[str]:
        """Reference tables that a silver table's foreign keys are checked by, itself among them where it names itself."""
        named = {c.foreign_key.table for c in contract.columns if c.foreign_key}
        return sorted(t for t in named if self.catalog.contracts[t].reference)

    def bronze_fingerprint(self, contract: Contract) -> str:
        content = [self.units[contract.name].content] if contract.name in self.units else []
        return fingerprint(contract, bronze=True, inputs={}, content=content, day=self.day)

    def input_versions(self, contract: Contract) -> dict[str, int | None]:
        """Versions of all that the table would be built from now."""
        versions = {i: self.version(i) for i in self.inputs(contract)}
        if contract.conformed:
            versions[f"bronze.{contract.name}"] = self.bronze_version(contract)
        return versions

    def fingerprint(self, contract: Contract) -> str:
        """What the table would be built from now; valid once its inputs are in force."""
        content = []
        if contract.conformed and contract.name in self.units:
            content = [self.units[contract.name].editions]
        return fingerprint(contract, inputs=self.input_versions(contract), content=content, day=self.day)

    def inputs_text(self, contract: Contract) -> str:
        """`inputs` of ops.night: what the table is built from now, so that a later run can tell what changed since."""
        until = None if self.ingest.empty else self.ingest["recorded_at"].max().isoformat()
        return json.dumps({"versions": self.input_versions(contract), "until": until}, sort_keys=True)

    def built_before(self, contract: Contract) -> dict | None:
        """`inputs` of the version in force, if only what it was built from has changed since, and not how; None otherwise."""
        before = self.named.get(contract.id)
        if self.full_refresh or before is None or before.version is None or before.state == "stale":
            return None
        return json.loads(before.inputs) if same_basis(before.fingerprint, self.fingerprint(contract)) else None

    def reconciled(self) -> pd.DataFrame:
        """The ledger that the last run wrote."""
        version = self.previous.version("ops.reconciliation")
        if version is None:
            return ops.rows("ops.reconciliation", []).to_pandas()
        return self.lake.frame("ops.reconciliation", version)

    def counts_before(self, contract: Contract) -> dict[tuple[str, str], int]:
        """Rows of a target by (load key, disposition), as they were when its silver was last built."""
        books = self.reconciled()
        mine = books[(books["target"] == contract.name) & (books["status"] == "landed")].drop_duplicates("load_key")
        return {(r.load_key, d): int(getattr(r, d)) for r in mine.itertuples() for d in DISPOSITIONS if getattr(r, d)}

    def silver_change(self, contract: Contract) -> Change | None:
        """What changed in the bronze of a silver table kept by month; None where it must be built whole."""
        before, now = self.built_before(contract), self.units.get(contract.name)
        if contract.refresh != "months" or contract.inputs or not before or now is None or self.known_on is not None:
            return None
        old, new = before["versions"], self.input_versions(contract)
        bronze = f"bronze.{contract.name}"
        if old.get(bronze) is None or before["until"] is None or any(old.get(t) != v for t, v in new.items() if t != bronze):
            return None
        then = units(self.ingest[self.ingest["recorded_at"] <= pd.Timestamp(before["until"])])
        return change(then.get(contract.name), now)

    @cached_property
    def _noted(self) -> pa.Table:
        return self.lake.arrow("ops.table_metric") if self.lake.exists("ops.table_metric") else ops.rows("ops.table_metric", [])

    def noted(self, table: str) -> list[dict]:
        """Rows of ops.table_metric of one table, of its newest dates before this run."""
        mine = self._noted.filter(pc.field("table") == table)
        dates = sorted(set(mine["date"].to_pylist()))[-PAST_DATES:]
        return mine.filter(pc.field("date").isin(dates)).to_pylist() if dates else []

    def stale(self, selected: list[str]) -> set[str]:
        """Which of the selected tables must be built, told without a JVM; descendants of such a table count too."""
        found: set[str] = set()
        for table in selected:
            contract = self.catalog.contracts[table]
            if table == QUARANTINE:
                continue
            before = self.named.get(table)
            if self.full_refresh or before is None or before.version is None or before.state == "stale":
                found.add(table)
            elif any(i in found for i in self.inputs(contract)) or before.fingerprint != self.fingerprint(contract):
                found.add(table)
            elif contract.conformed and self.bronze_changed(contract):
                found.add(table)
        return found

    def bronze_changed(self, contract: Contract) -> bool:
        if contract.name not in self.units:
            return False
        before = self.named.get(f"bronze.{contract.name}")
        return before is None or before.fingerprint != self.bronze_fingerprint(contract)

    def record(self, stage: str, table: str, outcome: str, started: datetime, rows: int | None = None, message: str = "") -> None:
        seconds = (datetime.now(UTC) - started).total_seconds()
        self.log.append({
            "run_id": self.run_id, "date": self.day, "stage": stage, "table": table, "outcome": outcome, "rows": rows,
            "started_at": started, "seconds": seconds, "message": message,
        })
        shown = "" if rows is None else f"{rows:,} rows, "
        self.say(f"{stage:<7}{table}: {outcome}, {shown}{seconds:.1f} s{'; ' + message if message else ''}")
