"""Collect the results of a run, and end it: write the ledger, then name the new versions by one commit to
ops.night, from which readers take the versions that they see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from jobs.lake import ops
from jobs.lake.night import NAMED_OPS, WHOLE, Named, last_commit, newest_snapshot
from jobs.lake.whole import note_sums
from jobs.night import publication, urgent
from jobs.night.execute import Night, StepResult
from jobs.night.facts import Facts
from jobs.night.figures import Late, newest_events, parents, unlinked, versions_read
from jobs.night.ledger import freshness, reconciliation
from jobs.night.silver import Judged
from jobs.plurals import plural

# Takes a line of text about the progress.
Say = Callable[[str], None]


@dataclass
class Record:
    """The results of a run so far. Only the runner changes it, by one step's result at a time.

    ``named``: table → its row of ops.night; ``visible``: in an urgent run, the ledger tables as readers are
    to see them; ``judged``: silver table (without `silver.`) → the dispositions of its bronze rows, for
    tables that were built; ``late``: silver table → its rows whose parent row had not arrived when it was
    built; ``failed``: tables that could not be built or did not pass the gate; ``log``, ``verdicts``,
    ``metrics``: rows for ops.run_log, ops.gate_verdict and ops.table_metric.
    """

    named: dict[str, Named]
    visible: dict[str, Named] = field(default_factory=dict)  # of an urgent run: ledgers for readers
    judged: dict[str, Judged] = field(default_factory=dict)  # targets whose silver was built, by name
    late: dict[str, Late] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    log: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> dict[str, Judged]:
        """The entries of ``judged`` whose silver table passed the gate. Readers do not see the rows of the
        others."""
        return {target: one for target, one in self.judged.items() if f"silver.{target}" not in self.failed}

    def take(self, outcome: StepResult, say: Say) -> None:
        """Add the result of a step, and call ``say`` with one line for each row of its log."""
        self.named |= {n.table: n for n in outcome.named}
        self.log += outcome.log
        self.verdicts += outcome.verdicts
        self.metrics += outcome.metrics
        if outcome.judged is not None:
            self.judged[outcome.table.split(".")[1]] = outcome.judged
        if outcome.late is not None:
            self.late[outcome.table] = outcome.late
        if outcome.failed:
            self.failed.add(outcome.table)
        for entry in outcome.log:
            rows = "" if entry["rows"] is None else f"{plural(entry['rows'], 'row')}, "
            where, message = (
                f", {entry['engine']}" if entry["engine"] else "",
                f"; {entry['message']}" if entry["message"] else "",
            )
            say(
                f"{entry['stage']:<6} {entry['table']}: {entry['outcome']}, "
                f"{rows}{entry['seconds']:.1f} s{where}{message}"
            )


def has_news(facts: Facts, kind: str, selected: Collection[str]) -> bool:
    """Return whether a run that builds no table must name a snapshot all the same, so that its date, kind and
    ledger are right.

    It must on a new date; where a nightly run follows one of another kind; where an urgent run follows a
    partial one that named other versions of its tables; and where the files differ from those in
    ops.reconciliation (for an urgent run: the files for its tables). ``kind``: nightly, urgent or partial;
    ``selected``: ids of the tables that the run may build.
    """
    previous = facts.previous
    if previous.date != facts.day or (previous.kind != kind and kind == urgent.NIGHTLY):
        return True
    if kind == urgent.URGENT and urgent.moved(facts, selected):
        return True
    mine = urgent.targets(selected)

    def keys(files: pd.DataFrame) -> set[tuple[Any, ...]]:
        if kind == urgent.URGENT:
            files = files[files["target"].isin(mine)]
        columns = ("source", "feed", "file", "sha256", "load_key", "status")
        return set(zip(*(files[c] for c in columns), strict=True))

    return keys(facts.reconciled) != keys(facts.files)


def balance(night: Night, record: Record, kind: str, selected: Collection[str]) -> None:
    """Write ops.reconciliation and ops.freshness, each as a whole, and add their versions to ``record``.

    Rows whose parent row has not arrived and newest event dates are counted again only where the silver table
    or a parent has a new version. A table that failed the gate keeps its counts, so that its new files do not
    balance. In an urgent run readers get new rows about its tables (``selected``) only; all others are those
    that they see already. ``kind``: nightly, urgent or partial.
    """
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
        if not facts.lake.rows(table, versions[table]):
            continue
        known = record.late.get(table)  # counted for the gate; a parent may have been built since
        if known is not None and known.versions == versions_read(facts.catalog, contract, versions):
            late |= known.rows
        else:
            late |= unlinked(night.engines.embedded, facts.catalog, table, versions)
        newest |= newest_events(night.engines.embedded, contract, versions[table])
    published = record.passed
    judged = {key: n for one in published.values() for key, n in one.counts.items()}
    entries = reconciliation(
        facts.files,
        judged,
        judged_targets=set(published),
        previous=facts.reconciled,
        unlinked=late,
        newest=newest,
        counted=counted,
    )
    fresh = freshness(
        facts.files, {r["load_key"]: r["newest_event"] for r in entries if r["newest_event"]}, facts.day
    )
    mine, every = urgent.targets(selected), {"ops.reconciliation": entries, "ops.freshness": fresh}
    for table, records in every.items():
        if kind == urgent.URGENT:
            own = [r for r in records if r["target"] in mine] + urgent.of_others(facts, table, mine)
            record.visible[table] = _ledger(facts, table, own)
            if not urgent.hides_partial(facts, record.named, selected):
                record.named[table] = record.visible[table]
                continue
        record.named[table] = _ledger(facts, table, records)


def _ledger(facts: Facts, table: str, records: list[dict[str, Any]]) -> Named:
    return Named(table, facts.lake.overwrite(table, ops.rows(table, records)), "fresh", "none", None)


def name(night: Night, record: Record, kind: str, selected: Collection[str]) -> None:
    """Append the run's rows to ops.gate_verdict, ops.table_metric and ops.run_log, in a nightly run also the
    rates that it publishes to ops.publication (none where a past day is rebuilt, or gold.detection_rate is
    stale or absent); write down the SHA-256 of the data files (`note_sums`); then make the run's versions
    the lake's newest snapshot by one commit to ops.night. ``kind``: nightly, urgent or partial;
    ``selected``: ids of the tables that the run may build."""
    facts, started = night.facts, datetime.now(UTC)
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
        kind == urgent.NIGHTLY
        and facts.known_on is None
        and rates is not None
        and rates.state in publication.UP_TO_DATE
        and not publication.recorded(newest_snapshot(facts.lake, WHOLE), rates.there, facts.day)
    ):
        publication.record_rates(facts.lake, rates.there, facts.day)
    note_sums(facts.lake, facts.lake.tables())
    tick = timedelta(microseconds=1)
    committed = max(datetime.now(UTC), last_commit(facts.lake) + tick)  # also where the clock was set back
    named = record.named
    if kind == urgent.URGENT:
        named = urgent.for_readers(facts, named, selected) | record.visible
    rows = _named_rows(night, named, record, kind, committed)
    if kind == urgent.URGENT and urgent.hides_partial(facts, record.named, selected):
        again = _named_rows(night, record.named, record, urgent.PARTIAL, committed + tick)
        rows += [row | {"run_id": facts.previous.run_id, "date": facts.previous.date} for row in again]
    facts.lake.append("ops.night", ops.rows("ops.night", rows))


def _named_rows(
    night: Night, named: Mapping[str, Named], record: Record, kind: str, committed: datetime
) -> list[dict[str, Any]]:
    """All tables, always: what the run did not touch keeps its version."""
    touched = {r["table"] for r in record.log} | set(NAMED_OPS)
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
        for table, n in sorted(named.items())
    ]
