"""One step of a run, for one table: load its bronze, build a new version, let the gate audit exactly that
version, and name it or return the table to the older version.

A step only reads what the run knows (``night``) and returns a StepResult; only the runner changes what the
run knows. So steps may run side by side. ``contract`` is always that of the step's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.contracts.model import Contract
from jobs.engine.choice import Engines
from jobs.engine.interface import Stored
from jobs.engine.sizes import ARROW_ROWS
from jobs.errors import QualityError, kind_and_place
from jobs.gate.audit import Gate, Verdict
from jobs.gate.measure import audited_months, measure
from jobs.gate.profile import AUDITED
from jobs.ingest.bronze import load
from jobs.lake.night import Named
from jobs.night.building import Built, build_derived, build_silver
from jobs.night.facts import Facts
from jobs.night.figures import Late, unlinked, versions_read
from jobs.night.plan import SKIP, Step
from jobs.night.same_rows import kept_version
from jobs.night.silver import Judged
from jobs.plurals import plural


@dataclass(frozen=True)
class StepResult:
    """The outcome of one step of a run, for one table.

    ``named``: rows for ops.night, of the table and of a bronze table that the step loaded; ``log``,
    ``verdicts``, ``metrics``: rows for ops.run_log, ops.gate_verdict and ops.table_metric; ``judged``: as in
    `Built`; ``failed``: the new version could not be built or did not pass the gate, so that the table keeps
    its older version, or has none; ``engine``: the name of the engine that built it, '' where nothing was
    built; ``late``: of a silver table that sources deliver, the rows whose parent row has not arrived.
    """

    table: str
    named: tuple[Named, ...]
    log: tuple[dict[str, Any], ...] = ()
    verdicts: tuple[dict[str, Any], ...] = ()
    metrics: tuple[dict[str, Any], ...] = ()
    judged: Judged | None = None
    failed: bool = False
    engine: str = ""
    late: Late | None = None


# A function from a table's id to its rows of ops.table_metric.
Noting = Callable[[str], Sequence[Mapping[str, Any]]]
# The last dates of ops.table_metric by which a table is judged: seven audits of a table that is audited whole
# once a week, and some more.
PAST_DATES = 60


@dataclass(frozen=True)
class Noted:
    """The figures of earlier runs, for the gate. ``metrics``: the rows of ops.table_metric as they were
    before this run."""

    metrics: pa.Table

    def __call__(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of ops.table_metric about one table, of the last PAST_DATES dates for which it has
        any."""
        mine = self.metrics.filter(pc.field("table") == table)
        dates = sorted(set(mine["date"].to_pylist()))[-PAST_DATES:]
        return mine.filter(pc.is_in(mine["date"], pa.array(dates, pa.date32()))).to_pylist() if dates else []


@dataclass(frozen=True)
class Night:
    """What the steps of a run use: what it knew at its begin (``facts``), the engines, the gate, the run's
    id, and ``noted``, a function that returns the rows of ops.table_metric about a table as they were before
    this run."""

    facts: Facts
    engines: Engines
    gate: Gate
    run_id: str
    noted: Noting

    def entry(
        self,
        stage: str,
        table: str,
        outcome: str,
        started: datetime,
        *,
        rows: int | None = None,
        message: str = "",
        engine: str = "",
    ) -> dict[str, Any]:
        """Return a row of ops.run_log (column → value) about a step of this run.

        ``stage``: such as build, load or name; ``table``: the table it was about; ``outcome``: such as fresh,
        passed or failed; ``started``: when the step began, its seconds run from then to now; ``rows``: of the
        version; ``message``: more about the outcome (English); ``engine``: the name of the engine that built
        the table.
        """
        seconds = (datetime.now(UTC) - started).total_seconds()
        return {
            "run_id": self.run_id,
            "date": self.facts.day,
            "stage": stage,
            "table": table,
            "outcome": outcome,
            "rows": rows,
            "started_at": started,
            "seconds": seconds,
            "message": message,
            "engine": engine,
        }


def blockers(facts: Facts, table: str, named: Mapping[str, Named]) -> list[str]:
    """Return the inputs of a table that are absent or stale in ``named`` (table → its row of ops.night in
    this run so far), by id, sorted. Where there is one, the table is not built and keeps its version."""
    return [i for i in facts.inputs(table) if i not in named or not named[i].up_to_date]


def run_step(night: Night, step: Step, named: Mapping[str, Named]) -> StepResult:
    """Run the step of one table: load its bronze, build the table, audit the version and name it.

    ``named``: the versions that the run names so far, by table. Where an input is absent or stale
    (`blockers`), or an error is raised, the table keeps its older version as stale, with the reason; no error
    leaves this function.
    """
    facts, started = night.facts, datetime.now(UTC)
    contract = facts.contract(step.table)
    if blocking := blockers(facts, step.table, named):
        names = ", ".join(blocking)
        why = f"inputs not up to date: {names}"
        old = _older(facts, step.table, "none", f"输入未更新：{names}", why)
        entry = night.entry("build", step.table, old.state, started, message=why)
        return StepResult(step.table, (old,), (entry,), failed=True)
    # An input that was built anew with the same rows keeps its version: then there is nothing to do here.
    if step.action == SKIP or facts.unchanged(contract, named):
        return StepResult(step.table, (replace(named[step.table], state="skipped"),))
    loaded: tuple[Named, ...] = ()
    log: tuple[dict[str, Any], ...] = ()
    try:
        if (kept := kept_version(facts, night.engines.embedded, contract, named)) is not None:
            return StepResult(step.table, (kept,))
        if contract.conformed and facts.bronze_changed(contract):
            loaded, log = _load(night, contract)
            named = {**named, **{n.table: n for n in loaded}}
        if contract.conformed:
            built = build_silver(facts, night.engines, contract, step, named)
        else:
            built = build_derived(facts, night.engines, contract, named)
        done = audit_and_name(night, contract, built, named, started)
    except Exception as error:  # one table's failure is that table's; the runner goes on with the others
        done = failed(night, step.table, error, started)
    return replace(done, named=(*loaded, *done.named), log=(*log, *done.log))


def failed(night: Night, table: str, error: Exception, started: datetime) -> StepResult:
    """Take the table back to its older version after ``error``, and return the result that names this version
    as stale, with the reason. A table without an older version is deleted and named as absent. ``started``:
    when the step began."""
    why = str(error) if isinstance(error, QualityError) else kind_and_place(error)
    old = _put_back(night.facts, table, f"构建失败：{why}", f"the build failed: {why}")
    entry = night.entry("build", table, "failed", started, message=old.reason_en)
    return StepResult(table, (old,), (entry,), failed=True)


def load_bronze(night: Night, contract: Contract) -> StepResult:
    """Load all landed files of a silver table into its bronze table and return the result. Silver is not
    built. ``contract``: of the silver table. Errors are raised."""
    loaded, log = _load(night, contract)
    return StepResult(f"bronze.{contract.name}", loaded, log)


def _load(night: Night, contract: Contract) -> tuple[tuple[Named, ...], tuple[dict[str, Any], ...]]:
    facts, table, started = night.facts, f"bronze.{contract.name}", datetime.now(UTC)
    version = load(facts.lake, facts.env.landing, contract, facts.units[contract.name])
    named = Named(table, version, "fresh", "none", str(facts.bronze_fingerprint(contract)))
    return (named,), (night.entry("load", table, "fresh", started, rows=facts.lake.rows(table, version)),)


def audit_and_name(
    night: Night, contract: Contract, built: Built, named: Mapping[str, Named], started: datetime
) -> StepResult:
    """Let the gate audit the version that was built, and return the result of the step.

    A version that passes is named, as skipped where it holds the rows of the last one. One that fails a
    critical expectation is taken back: the table returns to its older version, which is named as stale.
    ``named``: the versions that the run names so far, by table; ``started``: when the step began. Errors of
    the engine are raised.
    """
    facts = night.facts
    rows = facts.lake.rows(contract.id, built.version)
    late = _late(night, contract, built, named, rows)
    verdict, metrics = _audit(night, contract, built, named, rows, late)
    if verdict.verdict != "failed":
        parts = "" if built.months is None else plural(len(built.months), "month")
        parts = parts if built.groups is None else plural(built.groups, "group")
        same = built.same or built.months == ()  # no month was touched
        message = "the same rows" if same else parts
        now = Named(
            contract.id,
            built.version,
            "skipped" if same else "fresh",
            verdict.verdict,
            str(facts.fingerprint(contract, named)),
            inputs=facts.inputs_text(contract, named),
        )
    else:
        critical = [f for f in verdict.failures if f["severity"] == "critical"]
        message = "; ".join(f["message_en"] or f["expectation"] for f in critical)
        zh = "；".join(f["message_zh"] or f["expectation"] for f in critical)
        now = _put_back(facts, contract.id, f"未通过质量门：{zh}", f"failed the gate: {message}")
    entry = night.entry(
        "build", contract.id, verdict.verdict, started, rows=rows, message=message, engine=built.engine
    )
    return StepResult(
        contract.id,
        (now,),
        (entry,),
        tuple(verdict.rows),
        tuple(metrics),
        built.judged,
        verdict.verdict == "failed",
        built.engine,
        late,
    )


def _audit(
    night: Night,
    contract: Contract,
    built: Built,
    named: Mapping[str, Named],
    rows: int,
    late: Late | None = None,
) -> tuple[Verdict, list[dict[str, Any]]]:
    """Audit one version by the engine that wrote it, of a large table kept by month only what was written.
    Gives the verdict and rows of ops.table_metric. ``rows``: of the version; ``late``: as in StepResult."""
    facts, engine = night.facts, night.engines.named(built.engine)
    suite = facts.suite(contract.id)
    with engine.workspace(as_of=facts.day, small=rows <= ARROW_ROWS) as space:
        months = audited_months(built.months, rows=rows, full_refresh=facts.full_refresh, day=facts.day)
        space.read("written", Stored(contract.id, built.version, months=months))
        space.define(AUDITED, "SELECT * FROM written", keep=rows <= ARROW_ROWS)
        measures = measure(
            space,
            suite,
            rows=rows,
            months=months,
            day=facts.day,
            noted=night.noted(contract.id),
            more=_shares(built, rows, late),
        )
        verdict = night.gate.audit(contract.id, built.version, suite.expectations, space, measures)
    return verdict, measures.rows(
        run_id=night.run_id,
        day=facts.day,
        table=contract.id,
        version=built.version,
        passed=verdict.verdict != "failed",
    )


def _late(
    night: Night, contract: Contract, built: Built, named: Mapping[str, Named], rows: int
) -> Late | None:
    """The rows of a silver table whose parent row has not arrived; None for other tables."""
    if built.judged is None:
        return None
    there = {table: n.version for table, n in named.items()} | {contract.id: built.version}
    versions = versions_read(night.facts.catalog, contract, there)
    counted = unlinked(night.engines.embedded, night.facts.catalog, contract.id, versions) if rows else {}
    return Late(versions, counted)


def _shares(built: Built, rows: int, late: Late | None) -> dict[str, float]:
    """Metrics of a silver table that cannot be measured from its rows: shares of the judged bronze rows by
    disposition, and number and share of rows whose parent row has not arrived. Empty for other tables."""
    if built.judged is None:
        return {}
    n = sum(late.rows.values()) if late else 0
    return built.judged.shares() | {"unlinked": n, "unlinked_share": n / rows if rows else 0.0}


def _older(facts: Facts, table: str, verdict: str, reason_zh: str, reason_en: str) -> Named:
    """The version of the last night, which stays as a stale one; absent where there is none."""
    before = facts.previous.named.get(table)
    if before is None or before.version is None:
        return Named(table, None, "absent", verdict, None, reason_zh, reason_en)
    return replace(before, state="stale", verdict=verdict, reason_zh=reason_zh, reason_en=reason_en)


def _put_back(facts: Facts, table: str, reason_zh: str, reason_en: str) -> Named:
    """Take back what the step wrote, if anything; the older version stays."""
    old = _older(facts, table, "failed", reason_zh, reason_en)
    if old.version is None:
        facts.lake.drop(table)
    elif facts.lake.version(table) != old.version:
        facts.lake.restore(table, old.version)
    return old
