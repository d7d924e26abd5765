"""What a run knows when it begins, read once: the catalog of contracts, the landed files, the newest named
run. Planning and every step read it; none changes it.

``contract`` is always that of the table in question; ``named`` is a mapping from a table's id to its row of
ops.night in this run so far. A *load key* identifies one content of a file as landed for one feed. Each
bronze row has one *disposition*: accepted, quarantined, superseded or repeated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.suites import Suite, suite
from jobs.environment import Environment
from jobs.ingest.units import Units, units
from jobs.lake import ops
from jobs.lake.night import Named, Snapshot
from jobs.lake.tables import Lake
from jobs.night.identity import Fingerprint, bronze_fingerprint
from jobs.night.ledger import DISPOSITIONS

# The table of all quarantined rows; it is written after all other silver tables.
QUARANTINE = "silver.quarantine"


@dataclass(frozen=True)
class Facts:
    """What a run reads once, when it begins.

    ``day``: the run's date; ``ingest``: ops.ingest_file; ``files``: `jobs.ingest.units.current` of it, one
    row per source, feed, file and content; ``units``: the state of the files of each silver table, by its
    name without `silver.`; ``previous``: the newest named run, without the tables of ``lost``; ``made_by``:
    for each table that the run may build, the fingerprint of its code, contract, expectations and day, still
    without that of its inputs; ``known_on``: only where the run rebuilds what was known on ``day``: the
    snapshot of the lake whose bronze it reads; ``full_refresh``: also build tables whose inputs are
    unchanged; ``lost``: table → why its named version cannot be read."""

    env: Environment
    lake: Lake
    catalog: Catalog
    day: date
    ingest: pd.DataFrame
    files: pd.DataFrame
    units: Mapping[str, Units]
    previous: Snapshot
    made_by: Mapping[str, Fingerprint]
    known_on: Snapshot | None = None
    full_refresh: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)
    _suites: dict[str, Suite] = field(default_factory=dict, init=False)
    _units: dict[str, dict[str, Units]] = field(default_factory=dict, init=False)

    def contract(self, table: str) -> Contract:
        """The contract of a table. Raises KeyError where there is none."""
        return self.catalog.contracts[table]

    def suite(self, table: str) -> Suite:
        """Return the expectations that the gate checks for a table; their file is read once. Raises
        ContractError where the file is wrong."""
        if table not in self._suites:
            self._suites[table] = suite(self.contract(table), self.catalog.contracts)
        return self._suites[table]

    def inputs(self, table: str) -> list[str]:
        """Return the ids of the silver and gold tables that a table reads (its inputs and the reference
        tables of its foreign keys), sorted; its bronze table is left out (`bronze_version`). [] for
        silver.quarantine, which is written after all other silver tables."""
        return [] if table == QUARANTINE else sorted(self.catalog.direct(table))

    def references(self, contract: Contract) -> list[str]:
        """Return the ids of the reference tables that a silver table's foreign keys name, sorted. The table
        itself is among them where it refers to itself."""
        found = {c.foreign_key.table for c in contract.columns if c.foreign_key}
        return sorted(t for t in found if self.catalog.contracts[t].reference)

    def bronze_version(self, contract: Contract, named: Mapping[str, Named]) -> int | None:
        """Return the version of the bronze table that a silver table is built from; None where no file was
        ever loaded for it. ``contract``: of the silver table."""
        table = f"bronze.{contract.name}"
        if self.known_on is not None:
            return self.known_on.version(table)
        return named[table].version if table in named else None

    def bronze_changed(self, contract: Contract) -> bool:
        """Return whether the landed files of a silver table differ from those that its bronze table was
        loaded from, so that bronze must be loaded. False where no file was ever landed for it, and where
        another lake's bronze is read."""
        if contract.name not in self.units or self.known_on is not None:
            return False
        before = self.previous.named.get(f"bronze.{contract.name}")
        return before is None or before.fingerprint != str(self.bronze_fingerprint(contract))

    def bronze_fingerprint(self, contract: Contract) -> Fingerprint:
        """Return the fingerprint of the bronze table of a silver table, if it is loaded from all landed
        files. Raises KeyError where no file was ever landed for it."""
        return bronze_fingerprint([self.units[contract.name].content], contract)

    def versions(self, contract: Contract, named: Mapping[str, Named]) -> dict[str, int | None]:
        """Return the version of each table that a table is built from, by id: its inputs and, of a table that
        sources deliver, its bronze; None where ``named`` lacks the table."""
        found = {i: named[i].version if i in named else None for i in self.inputs(contract.id)}
        if contract.conformed:
            found[f"bronze.{contract.name}"] = self.bronze_version(contract, named)
        return found

    def fingerprint(self, contract: Contract, named: Mapping[str, Named]) -> Fingerprint:
        """Return the fingerprint that a table has if it is built now, from the versions in ``named``. Raises
        KeyError for a table that this run may not build."""
        here = contract.conformed and contract.name in self.units
        content = [self.units[contract.name].editions] if here else []
        return self.made_by[contract.id].of(self.versions(contract, named), content)

    @property
    def quarantine_stale(self) -> bool:
        """Whether the newest run could not write silver.quarantine. The quarantined rows of that run were
        kept nowhere else, so all of silver is judged again."""
        newest = self.previous.named.get(QUARANTINE)
        return newest is not None and not newest.up_to_date

    def unchanged(self, contract: Contract, named: Mapping[str, Named]) -> bool:
        """Return whether the table's named version has the fingerprint that a build now would have, so that
        it need not be built. Always False on a full refresh and for a stale or absent version; of a silver
        table that sources deliver, also where new files were landed or silver.quarantine is stale."""
        before = self.previous.named.get(contract.id)
        if self.full_refresh or before is None or not before.up_to_date:
            return False
        if contract.conformed and (self.quarantine_stale or self.bronze_changed(contract)):
            return False
        return before.fingerprint == str(self.fingerprint(contract, named))

    def inputs_text(self, contract: Contract, named: Mapping[str, Named]) -> str:
        """Return the `inputs` of the table's row in ops.night, as JSON: ``versions``, table → the version
        that it is built from, and ``until``, the time of the newest row of ops.ingest_file (null without
        rows). A later run finds by it what changed since."""
        until = None if self.ingest.empty else self.ingest["recorded_at"].max().isoformat()
        return json.dumps({"versions": self.versions(contract, named), "until": until}, sort_keys=True)

    def built_before(
        self, contract: Contract, named: Mapping[str, Named], *, on_any_day: bool = False
    ) -> dict[str, Any] | None:
        """Return the parsed `inputs` (see `inputs_text`) of the table's named version. None where more than
        its inputs has changed since (code, contract, expectations, and, without ``on_any_day``, the day), on
        a full refresh, where the version is stale or absent, and of a silver table where silver.quarantine is
        stale: then all months and groups must be built."""
        before = self.previous.named.get(contract.id)
        if self.full_refresh or before is None or not before.up_to_date:
            return None
        if contract.conformed and self.quarantine_stale:
            return None
        was, now = Fingerprint.read(before.fingerprint), self.fingerprint(contract, named)
        if was is None or not (replace(was, day=now.day) if on_any_day else was).same_basis(now):
            return None
        found: dict[str, Any] = json.loads(before.inputs)
        return found

    def day_before(self, contract: Contract) -> date:
        """Return the day as of which the table's named version was built; where it does not depend on the
        day, the day as of which it is built now. Raises KeyError without such a version."""
        was = Fingerprint.read(self.previous.named[contract.id].fingerprint)
        now = contract.seen_on(self.day)
        return now if was is None or not contract.depends_on_day else date.fromisoformat(was.day)

    @cached_property
    def reconciled(self) -> pd.DataFrame:
        """The rows of ops.reconciliation that the newest run wrote, one per source, feed, file and content;
        none before the first run."""
        version = self.previous.version("ops.reconciliation")
        if version is None:
            return ops.rows("ops.reconciliation", []).to_pandas()
        return self.lake.frame("ops.reconciliation", version)

    def counts_before(self, contract: Contract) -> dict[tuple[str, str], int]:
        """Return how many bronze rows of a silver table each load key had in each disposition, when silver
        was last built: (load key, disposition) → number, without zeros."""
        mine = self.reconciled
        mine = mine[(mine["target"] == contract.name) & (mine["status"] == "landed")].drop_duplicates(
            "load_key"
        )
        return {
            (r.load_key, d): int(getattr(r, d))
            for r in mine.itertuples()
            for d in DISPOSITIONS
            if getattr(r, d)
        }

    def units_until(self, until: str, target: str) -> Units | None:
        """Return the state of the files of the silver table ``target`` (without `silver.`) by the rows of
        ops.ingest_file that were recorded up to the time ``until`` (ISO text); None where there was none."""
        if until not in self._units:  # many tables were built last in one run
            self._units[until] = units(self.ingest[self.ingest["recorded_at"] <= pd.Timestamp(until)])
        return self._units[until].get(target)
