"""One night: load, build what changed, audit it, publish a snapshot. One lock, at most one JVM, one commit to
ops.night."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.engine.choice import Engines
from jobs.engine.sizes import ARROW_ROWS
from jobs.environment import Environment
from jobs.gate.audit import Gate
from jobs.ingest.units import current, units
from jobs.lake import ops
from jobs.lake.lock import WriterLock
from jobs.lake.night import ANY, Named, Snapshot, last_commit, newest_snapshot, refuse_before_newest
from jobs.lake.tables import Lake
from jobs.lake.whole import note_sums
from jobs.night import publication
from jobs.night.execute import Night, Outcome, execute, load_bronze
from jobs.night.facts import QUARANTINE, Facts
from jobs.night.figures import newest_events, parents, unlinked
from jobs.night.known_on import ledger_until
from jobs.night.ledger import freshness, reconciliation
from jobs.night.lost import recovered
from jobs.night.plan import SKIP, Step, plan
from jobs.night.quarantine import execute_quarantine
from jobs.night.schedule import in_order, with_parents
from jobs.night.silver import Judged

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Say = Callable[[str], None]
# Dates of ops.table_metric that a table is judged by: seven audits of a table that is audited whole once a
# week, and some.
PAST_DATES = 60


@dataclass(frozen=True)
class RunResult:
    """``exit_code`` 0, or 1 where a table stayed stale or the ledger does not balance."""

    run_id: str | None  # None: nothing was new
    fresh: list[str]
    skipped: list[str]
    stale: dict[str, str]  # table → reason
    unbalanced: list[str]
    used_spark: bool

    @property
    def exit_code(self) -> int:
        return 1 if self.stale or self.unbalanced else 0


@dataclass
class Record:
    """What a run has done so far: written by the runner alone, one outcome at a time."""

    named: dict[str, Named]
    judged: dict[str, Judged] = field(default_factory=dict)  # targets whose silver was built, by name
    failed: set[str] = field(default_factory=set)
    log: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)

    def take(self, outcome: Outcome, say: Say) -> None:
        """Add what a step left behind."""
        self.named |= {n.table: n for n in outcome.named}
        self.log += outcome.log
        self.verdicts += outcome.verdicts
        self.metrics += outcome.metrics
        if outcome.judged is not None:
            self.judged[outcome.table.split(".")[1]] = outcome.judged
        if outcome.failed:
            self.failed.add(outcome.table)
        for entry in outcome.log:
            rows = "" if entry["rows"] is None else f"{entry['rows']:,} rows, "
            where, message = (
                f", {entry['engine']}" if entry["engine"] else "",
                f"; {entry['message']}" if entry["message"] else "",
            )
            say(
                f"{entry['stage']:<6} {entry['table']}: {entry['outcome']}, "
                f"{rows}{entry['seconds']:.1f} s{where}{message}"
            )


def run(
    env: Environment,
    lock: WriterLock,
    *,
    day: date,
    select: str | None = None,
    full_refresh: bool = False,
    say: Say = lambda line: None,
    catalog: Catalog | None = None,
    known_in: Path | None = None,
) -> RunResult:
    """Load, conform, build, gate and snapshot. The caller holds ``lock``; ``day`` is the night's date
    (Shanghai).

    UsageError where ``day`` lies before the newest night. ``select``: tables of a partial run
    (definitions.md#select), None for a nightly one. ``known_in``: the lake whose bronze and ledger the tables
    are rebuilt from, as known on ``day`` (``env.lake`` is then another one, and any day is taken); it is only
    read."""
    catalog = catalog or load_catalog()
    chosen = None if select is None else catalog.select(select)
    selected = [t for t in catalog.order() if chosen is None or t in chosen]
    facts = begin(env, day=day, full_refresh=full_refresh, say=say, catalog=catalog, known_in=known_in)
    with closing(_engines(env, lock, facts, say)) as engines:
        steps = plan(facts, selected, rows_of=facts.lake.rows, chosen=engines.chosen)
        kind = "nightly" if select is None else "partial"
        if all(s.action == SKIP for s in steps) and not facts.lost and not _ledger_differs(facts, kind):
            say("nothing new: no JVM, no commit")
            return _result(facts, None, selected, used_spark=False)
        night = _night(env, facts, engines)
        record = Record(named=dict(facts.previous.named))
        record.log += [
            night.entry("recover", t, "lost", datetime.now(UTC), message=why) for t, why in facts.lost.items()
        ]
        _build(night, steps, record, say)
        _balance(night, record)
        _name(night, record, kind)
        for line in _where(record):
            say(line)
        return _result(facts, night.run_id, selected, used_spark=engines.used_spark)


def planned(
    env: Environment,
    *,
    day: date,
    select: str | None = None,
    full_refresh: bool = False,
    say: Say = lambda line: None,
) -> list[Step]:
    """The plan of a night that is not run. The caller holds the lake's lock: what an unclean run left is
    taken back first."""
    catalog = load_catalog()
    chosen = None if select is None else catalog.select(select)
    facts = begin(env, day=day, full_refresh=full_refresh, say=say, catalog=catalog)
    with closing(Engines(facts.lake, env.engine, env.embedded_rows, start=_never)) as engines:
        selected = [t for t in catalog.order() if chosen is None or t in chosen]
        return plan(facts, selected, rows_of=facts.lake.rows, chosen=engines.chosen)


def _never() -> NoReturn:
    raise AssertionError("a plan starts no JVM")


def bring_bronze(env: Environment, lock: WriterLock, *, day: date, say: Say = lambda line: None) -> None:
    """Bring bronze to what is landed, as a partial run; silver and its ledger follow in the next `quality
    run`."""
    facts = begin(env, day=day, full_refresh=False, say=say, catalog=load_catalog())
    changed = [c for c in facts.catalog.contracts.values() if c.conformed and facts.bronze_changed(c)]
    with closing(_engines(env, lock, facts, say)) as engines:
        night, record = _night(env, facts, engines), Record(named=dict(facts.previous.named))
        for contract in changed:
            record.take(load_bronze(night, contract), say)
        if changed:
            _name(night, record, "partial")


def begin(
    env: Environment,
    *,
    day: date,
    full_refresh: bool,
    say: Say,
    catalog: Catalog,
    known_in: Path | None = None,
) -> Facts:
    """Check the date, take back what an unclean run left, and read what the night starts from."""
    lake = Lake(env.lake)
    if known_in is None:
        refuse_before_newest(env.lake, day)
    previous, lost = recovered(lake, env.landing, catalog, say)
    source = None if known_in is None else newest_snapshot(Lake(known_in), ANY)
    if source is not None:
        lake.overwrite(
            "ops.ingest_file",
            ledger_until(source, day, {c.name for c in catalog.contracts.values() if c.conformed}),
        )
    ingest = (
        lake.frame("ops.ingest_file")
        if lake.exists("ops.ingest_file")
        else ops.rows("ops.ingest_file", []).to_pandas()
    )
    return Facts(
        env=env,
        lake=lake,
        catalog=catalog,
        day=day,
        ingest=ingest,
        files=current(ingest),
        units=units(ingest),
        previous=previous,
        known_on=source,
        full_refresh=full_refresh,
        lost=lost,
    )


def _engines(env: Environment, lock: WriterLock, facts: Facts, say: Say) -> Engines:
    def start() -> SparkSession:
        from jobs.engine.session import jvm_pid, spark

        say("starting Spark")
        largest = max((int(u.landed["loaded"].sum()) for u in facts.units.values()), default=0)
        session = spark(env, small=largest <= ARROW_ROWS)
        lock.record_jvm(jvm_pid(session))  # before anything is written to the lake
        return session

    return Engines(facts.lake, env.engine, env.embedded_rows, start)


def _night(env: Environment, facts: Facts, engines: Engines) -> Night:
    run_id = f"{facts.day:%Y%m%d}-{uuid.uuid4().hex[:8]}"
    metrics = (
        facts.lake.arrow("ops.table_metric")
        if facts.lake.exists("ops.table_metric")
        else ops.rows("ops.table_metric", [])
    )

    def noted(table: str) -> list[dict[str, Any]]:
        mine = metrics.filter(pc.field("table") == table)
        dates = sorted(set(mine["date"].to_pylist()))[-PAST_DATES:]
        return mine.filter(pc.is_in(mine["date"], pa.array(dates, pa.date32()))).to_pylist() if dates else []

    return Night(facts, engines, Gate(env.lake / ".gate", run_id=run_id, day=facts.day), run_id, noted)


def _ledger_differs(facts: Facts, kind: str) -> bool:
    """A new date, a first night, a partial run before, or other files than the ledger knows: the night is
    named anew."""
    previous = facts.previous
    if previous.date != facts.day or (previous.kind == "partial" and kind == "nightly"):
        return True
    known = {
        (r.source, r.feed, r.file, r.sha256, r.load_key, r.status) for r in facts.reconciled.itertuples()
    }
    return known != {
        (r.source, r.feed, r.file, r.sha256, r.load_key, r.status) for r in facts.files.itertuples()
    }


def _build(night: Night, steps: list[Step], record: Record, say: Say) -> None:
    """Silver in the order of its graph, then quarantine, then gold."""
    by_table = {s.table: s for s in steps}

    def work(tables: list[str], needs: Mapping[str, set[str]]) -> None:
        in_order(
            tables,
            needs,
            lambda t: execute(night, by_table[t], dict(record.named)),
            lambda outcome: record.take(outcome, say),
        )

    needs = {t: set(night.facts.inputs(t)) for t in by_table}
    silver = [t for t in by_table if t.startswith("silver.")]
    work(silver, with_parents(needs, _parents(night.facts, silver)))
    if silver and QUARANTINE in night.facts.catalog.contracts:
        judged = {name: one for name, one in record.judged.items() if f"silver.{name}" not in record.failed}
        record.take(execute_quarantine(night, judged, record.named), say)
    work([t for t in by_table if t.startswith("gold.")], needs)


def _parents(facts: Facts, silver: list[str]) -> list[tuple[str, str]]:
    """(child, parent) of the foreign keys between facts: no input, but a parent built first gives its child's
    gate the unlinked share."""
    found = [(t, c.foreign_key.table) for t in silver for c in facts.contract(t).columns if c.foreign_key]
    return [(child, parent) for child, parent in found if parent in silver and child != parent]


def _balance(night: Night, record: Record) -> None:
    """ops.reconciliation and ops.freshness, each rewritten whole; silver is counted again only where it or a
    parent is new."""
    facts, counted = night.facts, set()
    late: dict[str, int] = {}
    newest: dict[str, date] = {}
    versions = {
        t: n.version for t, n in record.named.items() if t.startswith("silver.") and n.version is not None
    }
    for table, contract in facts.catalog.contracts.items():
        if not contract.conformed or table not in versions:
            continue
        read = [table, *(key.table for _, key in parents(facts.catalog, contract))]
        if all(facts.previous.version(t) == versions.get(t) for t in read):
            continue
        counted.add(contract.name)
        late |= unlinked(night.engines.embedded, facts.catalog, table, versions)
        newest |= newest_events(night.engines.embedded, contract, versions[table])
    judged = {key: n for one in record.judged.values() for key, n in one.counts.items()}
    entries = reconciliation(
        facts.files,
        judged,
        judged_targets=set(record.judged),
        previous=facts.reconciled,
        unlinked=late,
        newest=newest,
        counted=counted,
    )
    fresh = freshness(
        facts.files, {r["load_key"]: r["newest_event"] for r in entries if r["newest_event"]}, facts.day
    )
    for table, records in (("ops.reconciliation", entries), ("ops.freshness", fresh)):
        version = facts.lake.overwrite(table, ops.rows(table, records))
        record.named[table] = Named(table, version, "fresh", "none", None)


def _name(night: Night, record: Record, kind: str) -> None:
    """Append the run's ops rows, then the one commit that makes its versions the lake's snapshot."""
    facts, started = night.facts, datetime.now(UTC)
    night.gate.build_docs()
    record.log.append(night.entry("name", "ops.night", kind, started, rows=len(record.named)))
    for table, records in (
        ("ops.gate_verdict", record.verdicts),
        ("ops.table_metric", record.metrics),
        ("ops.run_log", record.log),
    ):
        if records:
            facts.lake.append(table, ops.rows(table, records))
    rates = record.named.get(publication.SOURCE)
    if (
        kind == "nightly"
        and facts.known_on is None
        and rates is not None
        and rates.state in ("fresh", "skipped")
    ):
        publication.publish(facts.lake, rates.there, facts.day)
    note_sums(facts.lake, facts.lake.tables())
    facts.lake.append("ops.night", ops.rows("ops.night", _named_rows(night, record, kind)))


def _named_rows(night: Night, record: Record, kind: str) -> list[dict[str, Any]]:
    """All tables, always: what the run did not touch keeps its version."""
    lake = night.facts.lake
    committed = max(
        datetime.now(UTC), last_commit(lake) + timedelta(microseconds=1)
    )  # also where the clock was set back
    touched = {r["table"] for r in record.log} | {"ops.reconciliation", "ops.freshness"}
    return [
        {
            "run_id": night.run_id,
            "kind": kind,
            "date": night.facts.day,
            "table": table,
            "version": n.version,
            "state": n.state if table in touched or n.state != "fresh" else "skipped",
            "verdict": n.verdict,
            "reason_zh": n.reason_zh,
            "reason_en": n.reason_en,
            "fingerprint": n.fingerprint,
            "inputs": n.inputs,
            "committed_at": committed,
        }
        for table, n in sorted(record.named.items())
    ]


def _where(record: Record) -> list[str]:
    """How many steps ran on which engine, and for how long together."""
    steps = [r for r in record.log if r["stage"] == "build" and r["engine"]]
    count: Counter[str] = Counter(r["engine"] for r in steps)
    seconds: dict[str, float] = defaultdict(float)
    for r in steps:
        seconds[r["engine"]] += r["seconds"]
    return [f"{engine}: {n} steps, {seconds[engine]:.0f} s" for engine, n in sorted(count.items())]


def _result(facts: Facts, run_id: str | None, selected: list[str], *, used_spark: bool) -> RunResult:
    """The result of a run; ledgers of targets that were not selected are for the run that builds them."""
    snapshot: Snapshot = newest_snapshot(facts.lake, ANY)
    entries = facts.lake.frame("ops.reconciliation", snapshot.version("ops.reconciliation"))
    mine = entries[
        ~entries["balanced"].astype(bool) & entries["target"].isin([t.split(".")[1] for t in selected])
    ]
    return RunResult(
        run_id=run_id,
        fresh=[t for t, n in snapshot.named.items() if n.state == "fresh" and run_id],
        skipped=[t for t, n in snapshot.named.items() if n.state == "skipped" or not run_id],
        stale={t: n.reason_en for t, n in snapshot.named.items() if n.state in ("stale", "absent")},
        unbalanced=sorted({f"{r.source}/{r.file}" for r in mine.itertuples()}),
        used_spark=used_spark,
    )
