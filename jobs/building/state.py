"""What one run knows: the catalog, the landed files, the versions in force, and a Spark session only once something needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pandas as pd
from pyspark.sql import SparkSession

from jobs.building.fingerprint import fingerprint
from jobs.building.silver import QUARANTINE, Judged
from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.environment import Environment
from jobs.gate.audit import Gate
from jobs.ingest.units import Units
from jobs.lake.lock import WriterLock
from jobs.lake.night import Named, Snapshot
from jobs.lake.session import jvm_pid, spark
from jobs.lake.tables import Lake
from jobs.period import Period

# Below this many bronze rows a night is over before compiled code pays.
SMALL_NIGHT_ROWS = 1_000_000


@dataclass
class Run:
    """One run of the runner. ``named`` starts as the last run left it and is rewritten table by table."""

    env: Environment
    lake: Lake
    catalog: Catalog
    day: date
    run_id: str
    lock: WriterLock
    files: pd.DataFrame                 # jobs.ingest.units.current()
    units: dict[str, Units]
    previous: Snapshot
    gate: Gate
    say: Callable[[str], None]
    full_refresh: bool = False
    named: dict[str, Named] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)      # failed their gate in this run
    log: list[dict] = field(default_factory=list)
    verdicts: list[dict] = field(default_factory=list)
    metrics: list[dict] = field(default_factory=list)
    _session: SparkSession | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.named = dict(self.previous.named)

    @property
    def period(self) -> Period:
        return Period(as_of=self.day, months=None)

    @property
    def session(self) -> SparkSession:
        """The run's one Spark session; its JVM is written into the lock before anything is written to the lake."""
        with self._starting:
            if self._session is None:
                self.say("starting Spark")
                rows = sum(int(u.landed["loaded"].sum()) for u in self.units.values())
                self._session = spark(self.env, small=rows < SMALL_NIGHT_ROWS)
                self.lock.record_jvm(jvm_pid(self._session))
            return self._session

    @property
    def used_spark(self) -> bool:
        return self._session is not None

    def version(self, table: str) -> int | None:
        named = self.named.get(table)
        return None if named is None else named.version

    def inputs(self, contract: Contract) -> list[str]:
        """Tables that one reads; silver.quarantine is written after all of silver and is nobody's child in the graph."""
        return [] if contract.id == QUARANTINE else sorted(self.catalog.direct(contract.id))

    def references(self, contract: Contract) -> list[str]:
        """Reference tables that a silver table's foreign keys are checked by, itself among them where it names itself."""
        named = {c.foreign_key.table for c in contract.columns if c.foreign_key}
        return sorted(t for t in named if self.catalog.contracts[t].reference)

    def bronze_fingerprint(self, contract: Contract) -> str:
        content = [self.units[contract.name].content] if contract.name in self.units else []
        return fingerprint(contract, tier="bronze", inputs={}, content=content, day=self.day)

    def fingerprint(self, contract: Contract) -> str:
        """What the table would be built from now; valid once its inputs are in force."""
        inputs = {i: self.version(i) for i in self.inputs(contract)}
        content = []
        if contract.tier == "silver":
            inputs[f"bronze.{contract.name}"] = self.version(f"bronze.{contract.name}")
            content = [self.units[contract.name].editions] if contract.name in self.units else []
        return fingerprint(contract, tier=contract.tier, inputs=inputs, content=content, day=self.day)

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
            elif contract.tier == "silver" and self.bronze_changed(contract):
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
