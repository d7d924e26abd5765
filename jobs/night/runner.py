"""One night, `quality run`: landed rows become bronze, silver and gold, and one commit names the new
versions. A night is the run for one date; a step of it builds one table.

    begin()               takes back what a killed run left, reads what the run starts from
    plan()                says which tables are built, and why
    run_step()            each table once its inputs are there:
        load()                landed rows → bronze, of a table that sources deliver
        define_dispositions() bronze → silver: accepted rows are written, quarantined ones wait
        build_text()          or build_frames(): a table that is made of others, gold or silver
    build_quarantine()    once all silver is judged: the quarantined rows → silver.quarantine
        audit_and_name()      the gate, after each of these writes except bronze's: where a version fails,
                              the older one is put back and the table is stale
    balance()             the ledger: ops.reconciliation, ops.freshness
    name()                one commit to ops.night: readers see the versions that passed, all at once

`quality land` (files → landed rows) comes before; `quality report`, `export`, `publish` and `notebooks` come
after and read named versions of silver and gold. The caller holds the lake's lock throughout; at most one
JVM.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.engine.choice import EMBEDDED, SPARK, Engines
from jobs.engine.sizes import ARROW_ROWS
from jobs.environment import Environment
from jobs.errors import kind_and_place
from jobs.gate.audit import Gate
from jobs.ingest.units import current, units
from jobs.lake import ops
from jobs.lake.lock import WriterLock
from jobs.lake.night import ANY, Snapshot, newest_snapshot, refuse_before_newest
from jobs.lake.scratch import scratch
from jobs.lake.tables import Lake
from jobs.night import urgent
from jobs.night.execute import Night, Noted, StepResult, load_bronze, run_step
from jobs.night.facts import QUARANTINE, Facts
from jobs.night.identity import made_by
from jobs.night.known_on import ledger_until
from jobs.night.lineage import RunEvents
from jobs.night.lost import recovered
from jobs.night.naming import Record, Say, balance, has_news, name
from jobs.night.plan import SKIP, Step, plan
from jobs.night.quarantine import build_quarantine
from jobs.night.schedule import THREADS, in_order, with_parents
from jobs.night.workers import Workers, how_many, workers
from jobs.plurals import plural

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Called after each step: the table, how many steps are done, and of how many.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RunResult:
    """What a run left.

    ``run_id``: None where nothing was new, so that nothing was named; ``fresh``: tables (`<tier>.<name>`)
    with a new version; ``skipped``: tables that keep their version, all that are named where ``run_id`` is
    None; ``stale``: table → why its older version is served, or why it has none (English), in an urgent run
    only of its tables; ``unbalanced``: files (`source/file`) for the tables that the run may build, of which
    the ledger does not balance, sorted; ``used_spark``: whether a JVM was started.
    """

    run_id: str | None  # None: nothing was new
    fresh: list[str]
    skipped: list[str]
    stale: dict[str, str]  # table → reason; also tables that have no version at all
    unbalanced: list[str]
    used_spark: bool

    @property
    def exit_code(self) -> int:
        """The exit code of the command: 1 where a table is stale or a file does not balance, else 0."""
        return 1 if self.stale or self.unbalanced else 0


def nothing_beside() -> None:
    """The default of ``beside`` of `run`: a function with a name, as it is sent to a worker."""


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
    progress: Progress = lambda now, done, total: None,
    beside: Callable[[], object] = nothing_beside,
) -> RunResult:
    """Run one night, in the steps that this module's docstring lists, and return what it left. The caller
    holds ``lock``, the lake's writer lock; ``day`` is the run's date in the deployment's time zone.

    ``select``: None for a nightly run of all tables, `tag:urgent` for an urgent one, which starts no JVM
    (definitions.md#urgent), another selection for a partial one (definitions.md#select). ``full_refresh``:
    also build tables whose inputs are unchanged. ``say``: called with lines about the progress; ``progress``:
    called after each step. ``known_in``: the lake whose bronze and ledger the tables are rebuilt from, as
    known on ``day`` (``env.lake`` is then another one, and any day is taken); it is only read. ``beside``:
    called without arguments, in a worker where there is one, once all tables are audited, while this process
    writes the ledger. Raises UsageError where ``day`` lies before the newest night, and what ``beside``
    raises."""
    catalog = catalog or load_catalog()
    kind, chosen = urgent.kind_of(select), urgent.chosen(catalog, select)
    selected = [t for t in catalog.order() if t in chosen]
    if kind == urgent.URGENT:
        env = replace(env, engine=EMBEDDED)
    facts = begin(
        env, chosen, day=day, full_refresh=full_refresh, say=say, catalog=catalog, known_in=known_in
    )
    with scratch(env.lake), closing(_engines(env, lock, facts, say)) as engines:
        steps = plan(facts, selected, rows_of=facts.lake.rows, chosen=engines.chosen)
        if all(s.action == SKIP for s in steps) and not facts.lost and not has_news(facts, kind, selected):
            say("nothing new: no JVM, no commit")
            beside()
            return _result(facts, None, selected, used_spark=False)
        night = _night(env, facts, engines)
        record = Record(named=dict(facts.previous.named))
        record.log += [
            night.entry("recover", t, "lost", datetime.now(UTC), message=why) for t, why in facts.lost.items()
        ]
        with _emitting(night, kind, record, say) as events:
            if any(s.engine == SPARK and s.certain for s in steps):
                engines.begin_spark()
            with workers(night, how_many(facts, steps), lock, say) as further:
                _build(night, steps, further, record, events, say, progress)
                ended = further.begin(beside)
                balance(night, record, kind, selected)
                name(night, record, kind, selected)
                ended()
        for line in _where(record):
            say(line)
        result = _result(facts, night.run_id, selected, used_spark=engines.used_spark)
        if kind == urgent.URGENT:  # what else is stale is the night's
            result = replace(result, stale={t: why for t, why in result.stale.items() if t in chosen})
        return result


def planned(
    env: Environment,
    *,
    day: date,
    select: str | None = None,
    full_refresh: bool = False,
    say: Say = lambda line: None,
) -> list[Step]:
    """Return the plan of a run without running it: one step per selected table, which says what would be
    built, why, and by which engine. The caller holds the lake's writer lock: what a killed run left is taken
    back first.

    ``day``: the run's date; ``select``: the tables (None: all), as on the command line; ``full_refresh``:
    also build tables whose inputs are unchanged; ``say``: called with lines about what was taken back. Raises
    UsageError where ``day`` lies before the newest night or ``select`` names an unknown table."""
    catalog = load_catalog()
    chosen = urgent.chosen(catalog, select)
    facts = begin(env, chosen, day=day, full_refresh=full_refresh, say=say, catalog=catalog)
    engine = EMBEDDED if urgent.kind_of(select) == urgent.URGENT else env.engine
    with (
        scratch(env.lake),
        closing(Engines(facts.lake, engine, env.embedded_rows, start=_never)) as engines,
    ):
        selected = [t for t in catalog.order() if t in chosen]
        return plan(facts, selected, rows_of=facts.lake.rows, chosen=engines.chosen)


def _never() -> NoReturn:
    raise AssertionError("a plan starts no JVM")


def bring_bronze(env: Environment, lock: WriterLock, *, day: date, say: Say = lambda line: None) -> None:
    """Load the newly landed rows into bronze and name the new versions, as a partial run: the second half of
    `quality ingest`. Silver and its ledger (ops.reconciliation) follow in the next `quality run`. Where no
    files are new, no run is named.

    The caller holds ``lock``, the lake's writer lock; ``day``: the run's date; ``say``: called with one line
    for each table that is loaded. Raises UsageError where ``day`` lies before the newest night, and what the
    loading of a table raises; then no run is named.
    """
    facts = begin(env, (), day=day, full_refresh=False, say=say, catalog=load_catalog())
    changed = [c for c in facts.catalog.contracts.values() if c.conformed and facts.bronze_changed(c)]
    with scratch(env.lake), closing(_engines(env, lock, facts, say)) as engines:
        night, record = _night(env, facts, engines), Record(named=dict(facts.previous.named))
        if not changed:
            return
        with _emitting(night, urgent.PARTIAL, record, say) as events:
            for contract in changed:
                loaded = load_bronze(night, contract)
                record.take(loaded, say)
                events.outcome(loaded)
            name(night, record, urgent.PARTIAL, ())


def begin(
    env: Environment,
    tables: Collection[str],
    *,
    day: date,
    full_refresh: bool,
    say: Say,
    catalog: Catalog,
    known_in: Path | None = None,
) -> Facts:
    """Check the date, take back what a killed run left, and return what the run starts from. The caller holds
    the lake's lock: tables go back to their named versions, and those that cannot be read are deleted, so
    that they are built again.

    ``tables``: ids of those that the run may build (silver.quarantine is added); ``day``: the run's date;
    ``full_refresh``: also build tables whose inputs are unchanged; ``say``: called with lines about what was
    taken back; ``catalog``: the contracts of all tables; ``known_in``: the folder of another lake, whose
    bronze is read to rebuild what was known on ``day`` (None: this lake's). Then ops.ingest_file of this
    lake is replaced by that lake's rows up to ``day``, and ``day`` may lie before the newest night.

    Raises UsageError without ``known_in`` where ``day`` lies before the newest night (urgent runs do not
    count), before anything is written; with it where nothing was known there by ``day`` or landed files are
    not in its bronze yet."""
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
        made_by={
            t: made_by(contract, day)
            for t, contract in catalog.contracts.items()
            if t in tables or t == QUARANTINE
        },
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

    gate = Gate(env.lake / ".gate", run_id=run_id, day=facts.day)
    return Night(facts, engines, gate, run_id, Noted(metrics))


@contextmanager
def _emitting(night: Night, kind: str, record: Record, say: Say) -> Iterator[RunEvents]:
    """Emit OpenLineage events of the run: complete where the block ends normally, failed where it raises."""
    events = RunEvents(night, kind, say)
    try:
        yield events
    except BaseException as error:
        events.failed(kind_and_place(error))
        raise
    events.done({t: n.reason_en for t, n in record.named.items() if t in record.failed})


def _build(
    night: Night,
    steps: list[Step],
    further: Workers,
    record: Record,
    events: RunEvents,
    say: Say,
    progress: Progress,
) -> None:
    """Build each table of ``steps`` once its inputs are there, in this process or by a worker of ``further``,
    and silver.quarantine once all silver tables of the run are judged."""
    by_table = {s.table: s for s in steps}
    silver = [t for t in by_table if t.startswith("silver.")]
    needs = with_parents({t: set(night.facts.inputs(t)) for t in by_table}, _parents(night.facts, silver))
    if silver and QUARANTINE in night.facts.catalog.contracts:
        needs[QUARANTINE] = set(silver)
    numbers = count(1)

    def take(outcome: StepResult) -> None:
        record.take(outcome, say)
        events.outcome(outcome)
        progress(outcome.table, next(numbers), len(needs))

    def work(table: str) -> StepResult:
        named = dict(record.named)
        if table != QUARANTINE and further.takes(by_table[table], named):
            return further.run_step(by_table[table], named)
        with further.in_runner():
            if table != QUARANTINE:
                return run_step(night, by_table[table], named)
            return build_quarantine(night, record.passed, named)

    in_order(needs, work, take, threads=THREADS + len(further.all), stop=further.end)


def _parents(facts: Facts, silver: list[str]) -> list[tuple[str, str]]:
    """(child, parent) of the foreign keys between facts: no input, but a parent built first gives its child's
    gate the unlinked share."""
    found = [(t, c.foreign_key.table) for t in silver for c in facts.contract(t).columns if c.foreign_key]
    return [(child, parent) for child, parent in found if parent in silver and child != parent]


def _where(record: Record) -> list[str]:
    """One line for each engine: how many steps ran on it, and how many seconds they took together."""
    steps = [r for r in record.log if r["stage"] == "build" and r["engine"]]
    count: Counter[str] = Counter(r["engine"] for r in steps)
    seconds: dict[str, float] = defaultdict(float)
    for r in steps:
        seconds[r["engine"]] += r["seconds"]
    return [f"{engine}: {plural(n, 'step')}, {seconds[engine]:.0f} s" for engine, n in sorted(count.items())]


def _result(facts: Facts, run_id: str | None, selected: list[str], *, used_spark: bool) -> RunResult:
    """The result of a run. Only ledgers of ``selected`` tables are looked at: the others are for the run that
    builds those tables."""
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
