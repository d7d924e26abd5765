"""One table in one run: skip it, or build it, audit exactly that version, and put it in force or take it back (night.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow.compute as pc

from jobs.building.books import unlinked
from jobs.building.gold import build_pandas, build_spark
from jobs.building.gold_months import touched_months
from jobs.building.silver import QUARANTINE, bronze_rows, build_empty, build_silver, commit_quarantine, known, shares
from jobs.building.silver_months import build_months
from jobs.building.silver_plain import build_plain
from jobs.building.state import Run
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.contracts.suites import expectations
from jobs.gate.audit import PANDAS_ROWS, Large, Verdict
from jobs.gate.measure import measure
from jobs.ingest.bronze import load
from jobs.lake.commit import commit_arrow, is_small, read_spark
from jobs.lake.night import Named
from jobs.lake.tables import MONTH, these


def process(run: Run, table: str) -> None:
    """Bring one silver or gold table up to date; ``run.named`` then says what is in force."""
    contract = run.catalog.contracts[table]
    started = datetime.now(UTC)
    blockers = [i for i in run.inputs(contract) if run.version(i) is None or i in run.failed or run.named[i].state == "stale"]
    if blockers:
        _blocked(run, table, blockers, started)
        return
    if contract.conformed:
        process_bronze(run, contract)
    print_now = run.fingerprint(contract)
    before = run.named.get(table)
    unchanged = before is not None and before.version is not None and before.fingerprint == print_now and before.state != "stale"
    if unchanged and not run.full_refresh:
        run.named[table] = Named(table, before.version, "skipped", before.verdict, print_now, inputs=before.inputs)
        return
    built = _silver(run, contract) if contract.conformed else _gold(run, contract)
    _settle(run, contract, built, print_now, started)


def process_bronze(run: Run, contract: Contract) -> None:
    table = f"bronze.{contract.name}"
    if contract.name not in run.units or run.known_on is not None:
        return
    print_now = run.bronze_fingerprint(contract)
    before = run.named.get(table)
    if before is not None and before.fingerprint == print_now:
        run.named[table] = Named(table, before.version, "skipped", before.verdict, print_now)
        return
    started = datetime.now(UTC)
    version = load(run.lake, run.env.landing, contract, run.units[contract.name])
    run.named[table] = Named(table, version, "fresh", "none", print_now)
    run.record("load", table, "fresh", started, run.lake.dataset(table, version).count_rows())


@dataclass(frozen=True)
class Built:
    """The version that was committed, and the months that it wrote (None: all)."""

    version: int
    months: tuple[date, ...] | None = None


def _silver(run: Run, contract: Contract) -> Built:
    units, version = run.units.get(contract.name), run.bronze_version(contract)
    if version is None and all(i.startswith("bronze.") for i in contract.inputs):
        run.judged[contract.name] = judged = build_empty(run.lake, contract)
        return Built(judged.version)
    home, until = (run.lake, None) if run.known_on is None else (run.known_on.lake, run.day)
    small = is_small(run.lake, {i: run.version(i) for i in run.inputs(contract)})
    small &= version is None or is_small(home, {f"bronze.{contract.name}": version})
    session = run.session_for(small=small)
    bronze = bronze_rows(session, home, contract, version, until=until)
    frames = {i: read_spark(session, run.lake, i, run.version(i)) for i in run.inputs(contract)}
    changed = run.silver_change(contract)
    if changed is None:
        judged = None
        if units is not None and run.known_on is None:
            judged = build_plain(
                session, run.lake, contract, bronze=bronze, bronze_version=version,
                references=known(contract, run.references(contract), frames, bronze), units=units, small=small,
            )
        judged = judged or build_silver(
            session, run.lake, contract, bronze=bronze, units=units, frames=frames, references=run.references(contract),
            period=run.period(), small=small,
        )
    else:
        before = run.named[contract.id]
        then = json.loads(before.inputs)["versions"][f"bronze.{contract.name}"]
        judged = build_months(
            session, run.lake, contract, changed=changed, bronze=bronze,
            bronze_before=bronze_rows(session, run.lake, contract, then),
            references=known(contract, run.references(contract), frames, bronze), live=units.live, before=before.version,
            counts=run.counts_before(contract), small=small,
        )
    run.judged[contract.name] = judged
    return Built(judged.version, judged.months)


def _gold(run: Run, contract: Contract) -> Built:
    """A gold table, or a silver one that is derived from others: its inputs through its build()."""
    versions = {i: run.version(i) for i in contract.inputs}
    before, months = run.built_before(contract), None
    if contract.refresh == "months" and before:
        months = touched_months(run.lake, run.catalog, contract, before["versions"], versions)
    if months == ():
        return Built(run.version(contract.id), ())
    period = run.period(months)
    if contract.engine == "pandas":
        return Built(build_pandas(run.lake, run.catalog, contract, versions, period), months)
    session = run.session_for(small=is_small(run.lake, versions))
    return Built(build_spark(session, run.lake, run.catalog, contract, versions, period), months)


def audit(run: Run, contract: Contract, built: Built) -> Verdict:
    """Audit one version, of a large table kept by month only what was written; its metrics and verdicts are kept for the ops tables."""
    measures = measure(
        run.lake, run.catalog, contract, built.version, touched=built.months, full_refresh=run.full_refresh, day=run.day,
        noted=run.noted(contract.id), more=_shares(run, contract, built.version),
    )
    if measures.profile.rows <= PANDAS_ROWS:
        where = None if measures.months is None else pc.field(MONTH).isin(list(measures.months))
        rows = run.lake.arrow(contract.id, built.version, where=where)
    else:
        where = "TRUE" if measures.months is None else these(measures.months)
        frame = read_spark(run.session, run.lake, contract.id, built.version).where(where)
        rows = Large(run.lake.dataset(contract.id, built.version), frame, where)
    verdict = run.gate.audit(contract.id, built.version, expectations(contract), rows, measures)
    run.verdicts += verdict.rows
    run.metrics += measures.rows(
        run_id=run.run_id, day=run.day, table=contract.id, version=built.version, in_force=verdict.verdict != "failed"
    )
    return verdict


def _shares(run: Run, contract: Contract, version: int) -> dict[str, float]:
    """What the night knows of a silver table beside its rows: shares of what was judged, and of rows whose parent is late."""
    if contract.tier != "silver" or contract.name not in run.judged:
        return {}
    parents = {c.foreign_key.table for c in contract.columns if c.foreign_key}
    versions = {t: v for t in parents if (v := run.version(t)) is not None} | {contract.id: version}
    late, rows = sum(unlinked(run.lake, run.catalog, contract.id, versions).values()), run.lake.dataset(contract.id, version).count_rows()
    return shares(run.judged[contract.name]) | {"unlinked": late, "unlinked_share": late / rows if rows else 0.0}


def _settle(run: Run, contract: Contract, built: Built, print_now: str, started: datetime) -> None:
    """Name the version if it passed; otherwise the one before stays in force, shown as stale."""
    verdict = audit(run, contract, built)
    rows = run.lake.dataset(contract.id, built.version).count_rows()
    if verdict.verdict != "failed":
        run.named[contract.id] = Named(contract.id, built.version, "fresh", verdict.verdict, print_now, inputs=run.inputs_text(contract))
        message = "" if built.months is None else f"{len(built.months)} months"
        run.record("build", contract.id, verdict.verdict, started, rows, message)
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
    run.named[table] = Named(table, before.version, "stale", "failed", before.fingerprint, reason_zh, reason_en, before.inputs)


def _blocked(run: Run, table: str, blockers: list[str], started: datetime) -> None:
    names = ", ".join(blockers)
    before = run.previous.named.get(table)
    version = None if before is None else before.version
    state = "absent" if version is None else "stale"
    run.named[table] = Named(
        table, version, state, "none", None if before is None else before.fingerprint, f"输入未更新：{names}", f"inputs not in force: {names}",
        "{}" if before is None else before.inputs,
    )
    run.record("build", table, state, started, message=f"inputs not in force: {names}")


def process_quarantine(run: Run) -> None:
    """silver.quarantine, once all targets of the run are judged; a target that failed its gate keeps its earlier rows."""
    judged = {name: one for name, one in run.judged.items() if f"silver.{name}" not in run.failed}
    contract, previous = run.catalog.contracts[QUARANTINE], run.version(QUARANTINE)
    started = datetime.now(UTC)
    told = any(one.quarantine is not None for one in judged.values())
    if told or previous is None:
        version = commit_quarantine(run.session, run.lake, judged, previous, contract) if told else commit_arrow(
            run.lake, contract, arrow_schema(contract).empty_table()
        )
        _settle(run, contract, Built(version), "", started)
    for one in run.judged.values():
        for frame in one.persisted:
            frame.unpersist()
