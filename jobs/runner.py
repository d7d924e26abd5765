"""A run: read what landed, build what changed, audit it, name it. One lock, at most one JVM, one commit to ops.night."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from jobs.building import publication
from jobs.building.books import newest_events, unlinked
from jobs.building.known_on import ledger_until
from jobs.building.ledger import freshness, reconciliation
from jobs.building.schedule import in_order, with_parents
from jobs.building.silver import QUARANTINE
from jobs.building.state import Run
from jobs.building.tables import process, process_bronze, process_quarantine
from jobs.contracts.catalog import Catalog, load_catalog
from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.gate.audit import Gate
from jobs.ingest.units import current, units
from jobs.lake import ops
from jobs.lake.lock import WriterLock
from jobs.lake.night import ANY, Named, Snapshot, last_commit, newest_snapshot, recover
from jobs.lake.tables import Lake


@dataclass(frozen=True)
class RunResult:
    """``exit_code`` 0, or 1 where a critical gate failed or the ledger does not balance."""

    run_id: str | None          # None: nothing was new
    fresh: list[str]
    skipped: list[str]
    stale: dict[str, str]       # table → reason
    unbalanced: list[str]
    used_spark: bool

    @property
    def exit_code(self) -> int:
        return 1 if self.stale or self.unbalanced else 0


def run(
    env: Environment, lock: WriterLock, *, day: date, select: str | None = None, full_refresh: bool = False,
    say: Callable[[str], None] = lambda line: None, catalog: Catalog | None = None, known_in: Path | None = None,
) -> RunResult:
    """Load, conform, build, gate and snapshot. The caller holds ``lock``; ``day`` is the night's date (Shanghai).

    UsageError where ``day`` lies before the newest night. ``select``: tables of a partial run (running.md), None for a nightly one.
    ``known_in``: the lake whose bronze and ledger the tables are rebuilt from, as known on ``day`` (``env.lake`` is then another one,
    and any day is taken); it is only read.
    """
    state = _begin(env, lock, day=day, full_refresh=full_refresh, say=say, catalog=catalog or load_catalog(), known_in=known_in)
    chosen = None if select is None else state.catalog.select(select)
    selected = [t for t in state.catalog.order() if chosen is None or t in chosen]
    new = state.stale(selected)
    if not new and not _books_differ(state, select):
        say("nothing new: no JVM, no commit")
        return _result(state, None, selected)
    _build(state, selected)
    _book(state)
    _name(state, "nightly" if select is None else "partial")
    return _result(state, state.run_id, selected)


def load_bronze(env: Environment, lock: WriterLock, *, day: date, say: Callable[[str], None] = lambda line: None) -> None:
    """Bring bronze to what is landed, as a partial run; silver and its ledger follow in the next `quality run`."""
    state = _begin(env, lock, day=day, full_refresh=False, say=say, catalog=load_catalog())
    changed = [c for c in state.catalog.contracts.values() if c.conformed and state.bronze_changed(c)]
    for contract in changed:
        process_bronze(state, contract)
    if changed:
        _name(state, "partial")


def _begin(
    env: Environment, lock: WriterLock, *, day: date, full_refresh: bool, say: Callable[[str], None], catalog: Catalog,
    known_in: Path | None = None,
) -> Run:
    lake = Lake(env.lake)
    for table in recover(lake):
        say(f"the last run did not end cleanly: {table} is back at its named version")
    previous = newest_snapshot(lake, ANY)
    if previous.date is not None and day < previous.date and known_in is None:
        raise UsageError(f"--date {day} lies before the newest night, {previous.date}: name another lake with --lake")
    source = None if known_in is None else newest_snapshot(Lake(known_in), ANY)
    if source is not None:
        lake.overwrite("ops.ingest_file", ledger_until(source, day, {c.name for c in catalog.contracts.values() if c.conformed}))
    ingest = lake.frame("ops.ingest_file") if lake.exists("ops.ingest_file") else ops.rows("ops.ingest_file", []).to_pandas()
    run_id = f"{day:%Y%m%d}-{uuid.uuid4().hex[:8]}"
    return Run(
        env=env, lake=lake, catalog=catalog, day=day, run_id=run_id, lock=lock, ingest=ingest, files=current(ingest), units=units(ingest),
        previous=previous, gate=Gate(env.lake / ".gate", run_id=run_id, day=day), say=say, full_refresh=full_refresh,
        known_on=source,
    )


def _books_differ(state: Run, select: str | None) -> bool:
    """A new date, a first night, a partial run before, or other files than the ledger knows: the night is named anew without a JVM."""
    previous = state.previous
    if previous.date != state.day or (previous.kind == "partial" and select is None):
        return True
    known = state.reconciled()
    keys = {(r.source, r.feed, r.file, r.sha256, r.load_key, r.status) for r in known.itertuples()}
    return keys != {(r.source, r.feed, r.file, r.sha256, r.load_key, r.status) for r in state.files.itertuples()}


def _build(state: Run, selected: list[str]) -> None:
    needs = {t: set(state.inputs(state.catalog.contracts[t])) for t in selected}
    silver = [t for t in selected if t.startswith("silver.") and t != QUARANTINE]
    in_order(silver, with_parents(needs, _parents(state, silver)), lambda table: process(state, table))
    if silver:
        process_quarantine(state)
    in_order([t for t in selected if t.startswith("gold.")], needs, lambda table: process(state, table))


def _parents(state: Run, silver: list[str]) -> list[tuple[str, str]]:
    """(child, parent) of the foreign keys between facts: no input, but a parent built first gives its child's gate the unlinked share."""
    facts = [(t, c.foreign_key.table) for t in silver for c in state.catalog.contracts[t].columns if c.foreign_key]
    return [(child, parent) for child, parent in facts if parent in silver and child != parent]


def _book(state: Run) -> None:
    """ops.reconciliation and ops.freshness, each rewritten whole."""
    lake = state.lake
    made = {t for t, contract in state.catalog.contracts.items() if contract.conformed}
    versions = {t: n.version for t, n in state.named.items() if t in made and n.version is not None}
    late = {key: rows for table in versions for key, rows in unlinked(lake, state.catalog, table, versions).items()}
    judged = {key: n for one in state.judged.values() for key, n in one.counts.items()}
    books = reconciliation(
        state.files, judged, judged_targets=set(state.judged), previous=state.reconciled(), unlinked=late
    )
    fresh = freshness(state.files, newest_events(lake, state.catalog, versions), state.day)
    for table, records in (("ops.reconciliation", books), ("ops.freshness", fresh)):
        version = lake.overwrite(table, ops.rows(table, records))
        state.named[table] = Named(table, version, "fresh", "none", None)


def _name(state: Run, kind: str) -> None:
    """What the run has to say, then the one commit that puts it in force."""
    started = datetime.now(UTC)
    state.gate.build_docs()
    state.record("name", "ops.night", kind, started, len(state.named))
    for table, records in (("ops.gate_verdict", state.verdicts), ("ops.table_metric", state.metrics), ("ops.run_log", state.log)):
        if records:
            state.lake.append(table, ops.rows(table, records))
    rates = state.named.get(publication.SOURCE)
    if kind == "nightly" and state.known_on is None and rates is not None and rates.state in ("fresh", "skipped"):
        publication.publish(state.lake, rates.version, state.day)
    state.lake.append("ops.night", ops.rows("ops.night", _night(state, kind)))


def _night(state: Run, kind: str) -> list[dict]:
    """All tables, always: what the run did not touch keeps its version."""
    committed = max(datetime.now(UTC), last_commit(state.lake) + timedelta(microseconds=1))  # also where the clock was set back
    touched = {r["table"] for r in state.log} | {"ops.reconciliation", "ops.freshness"}
    rows = []
    for table, n in sorted(state.named.items()):
        state_now = n.state if table in touched or n.state != "fresh" else "skipped"
        rows.append({
            "run_id": state.run_id, "kind": kind, "date": state.day, "table": table, "version": n.version, "state": state_now,
            "verdict": n.verdict, "reason_zh": n.reason_zh, "reason_en": n.reason_en, "fingerprint": n.fingerprint,
            "inputs": n.inputs, "committed_at": committed,
        })
    return rows


def _result(state: Run, run_id: str | None, selected: list[str]) -> RunResult:
    """What a run has to say; books of targets that were not selected are for the run that builds them."""
    snapshot: Snapshot = newest_snapshot(state.lake, ANY)
    books = state.lake.frame("ops.reconciliation", snapshot.version("ops.reconciliation"))
    mine = books[~books["balanced"].astype(bool) & books["target"].isin([t.split(".")[1] for t in selected])]
    here = {t: n for t, n in snapshot.named.items()}
    return RunResult(
        run_id=run_id,
        fresh=[t for t, n in here.items() if n.state == "fresh" and run_id],
        skipped=[t for t, n in here.items() if n.state == "skipped" or not run_id],
        stale={t: n.reason_en for t, n in here.items() if n.state in ("stale", "absent")},
        unbalanced=sorted({f"{r.source}/{r.file}" for r in mine.itertuples()}),
        used_spark=state.used_spark,
    )
