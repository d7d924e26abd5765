"""One table in one run: skip it, or build it, audit exactly that version, and put it in force or take it back (night.md)."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.building.books import unlinked
from jobs.building.gold import build_pandas, build_spark
from jobs.building.silver import QUARANTINE, build_silver, commit_quarantine, shares
from jobs.building.state import Run
from jobs.contracts.model import Contract
from jobs.contracts.schema import spark_ddl
from jobs.contracts.suites import expectations
from jobs.gate.audit import PANDAS_ROWS, Verdict
from jobs.ingest.bronze import load
from jobs.lake.commit import read_spark
from jobs.lake.night import Named


def process(run: Run, table: str) -> None:
    """Bring one silver or gold table up to date; ``run.named`` then says what is in force."""
    contract = run.catalog.contracts[table]
    started = datetime.now(UTC)
    blockers = [i for i in run.inputs(contract) if run.version(i) is None or i in run.failed or run.named[i].state == "stale"]
    if blockers:
        _blocked(run, table, blockers, started)
        return
    if contract.tier == "silver":
        process_bronze(run, contract)
    print_now = run.fingerprint(contract)
    before = run.named.get(table)
    unchanged = before is not None and before.version is not None and before.fingerprint == print_now and before.state != "stale"
    if unchanged and not run.full_refresh:
        run.named[table] = Named(table, before.version, "skipped", before.verdict, print_now)
        return
    version = _build(run, contract)
    _settle(run, contract, version, print_now, started)


def process_bronze(run: Run, contract: Contract) -> None:
    table = f"bronze.{contract.name}"
    if contract.name not in run.units:
        return
    print_now = run.bronze_fingerprint(contract)
    before = run.named.get(table)
    if before is not None and before.fingerprint == print_now:
        run.named[table] = Named(table, before.version, "skipped", before.verdict, print_now)
        return
    started = datetime.now(UTC)
    version = load(run.session, run.lake, run.env.landing, contract, run.units[contract.name])
    run.named[table] = Named(table, version, "fresh", "none", print_now)
    run.record("load", table, "fresh", started, run.lake.dataset(table, version).count_rows())


def _build(run: Run, contract: Contract) -> int:
    versions = {i: run.version(i) for i in run.inputs(contract)}
    if contract.tier == "silver":
        units = run.units.get(contract.name)
        judged = build_silver(
            run.session, run.lake, contract, bronze_version=run.version(f"bronze.{contract.name}"), live=units.live if units else (),
            versions=versions, references=run.references(contract), period=run.period,
        )
        run.judged[contract.name] = judged
        return judged.version
    if contract.engine == "pandas":
        return build_pandas(run.lake, contract, versions, run.period)
    return build_spark(run.session, run.lake, contract, versions, run.period)


def audit(run: Run, contract: Contract, version: int) -> Verdict:
    """Audit one version; its metrics and verdicts are kept for the ops tables."""
    metrics = _metrics(run, contract, version)
    small = metrics["row_count"] <= PANDAS_ROWS
    rows = run.lake.arrow(contract.id, version) if small else read_spark(run.session, run.lake, contract.id, version)
    verdict = run.gate.audit(contract.id, version, expectations(contract), rows, metrics)
    run.verdicts += verdict.rows
    run.metrics += [
        {"run_id": run.run_id, "date": run.day, "table": contract.id, "version": version, "metric": name, "value": float(value)}
        for name, value in metrics.items() if value is not None
    ]
    return verdict


def _metrics(run: Run, contract: Contract, version: int) -> dict[str, float | None]:
    rows = run.lake.dataset(contract.id, version).count_rows()
    before = run.previous.version(contract.id)
    previous = None if before is None else run.lake.dataset(contract.id, before).count_rows()
    metrics: dict[str, float | None] = {
        "row_count": rows, "previous_row_count": previous, "row_count_ratio": rows / previous if previous else None,
    }
    if contract.name in run.judged and contract.tier == "silver":
        parents = {c.foreign_key.table for c in contract.columns if c.foreign_key}
        versions = {t: v for t in parents if (v := run.version(t)) is not None} | {contract.id: version}
        late = sum(unlinked(run.lake, run.catalog, contract.id, versions).values())
        metrics |= shares(run.judged[contract.name]) | {"unlinked": late, "unlinked_share": late / rows if rows else 0.0}
    return metrics


def _settle(run: Run, contract: Contract, version: int, print_now: str, started: datetime) -> None:
    """Name the version if it passed; otherwise the one before stays in force, shown as stale."""
    verdict = audit(run, contract, version)
    rows = run.lake.dataset(contract.id, version).count_rows()
    if verdict.verdict != "failed":
        run.named[contract.id] = Named(contract.id, version, "fresh", verdict.verdict, print_now)
        run.record("build", contract.id, verdict.verdict, started, rows)
        return
    run.failed.add(contract.id)
    critical = [f for f in verdict.failures if f["severity"] == "critical"]
    en = "; ".join(f["message_en"] or f["expectation"] for f in critical)
    zh = "；".join(f["message_zh"] or f["expectation"] for f in critical)
    _keep_old(run, contract.id, f"未通过质量门：{zh}", f"failed the gate: {en}")
    run.record("build", contract.id, "failed", started, rows, en)


def _keep_old(run: Run, table: str, reason_zh: str, reason_en: str) -> None:
    """Take back what the run wrote and leave the older version in force."""
    before = run.previous.named.get(table)
    if before is None or before.version is None:
        run.lake.drop(table)
        run.named[table] = Named(table, None, "absent", "failed", None, reason_zh, reason_en)
        return
    if run.lake.version(table) != before.version:
        run.lake.restore(table, before.version)
    run.named[table] = Named(table, before.version, "stale", "failed", before.fingerprint, reason_zh, reason_en)


def _blocked(run: Run, table: str, blockers: list[str], started: datetime) -> None:
    names = ", ".join(blockers)
    before = run.previous.named.get(table)
    version = None if before is None else before.version
    state = "absent" if version is None else "stale"
    run.named[table] = Named(
        table, version, state, "none", None if before is None else before.fingerprint, f"输入未更新：{names}", f"inputs not in force: {names}"
    )
    run.record("build", table, state, started, message=f"inputs not in force: {names}")


def process_quarantine(run: Run) -> None:
    """silver.quarantine, once all targets of the run are judged; a target that failed its gate keeps its earlier rows."""
    judged = {name: one for name, one in run.judged.items() if f"silver.{name}" not in run.failed}
    contract = run.catalog.contracts[QUARANTINE]
    started = datetime.now(UTC)
    if judged or run.version(QUARANTINE) is None:
        version = commit_quarantine(run.session, run.lake, judged, run.version(QUARANTINE), spark_ddl(contract))
        _settle(run, contract, version, "", started)
    for one in run.judged.values():
        one.disposed.unpersist()
