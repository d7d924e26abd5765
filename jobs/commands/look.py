"""The work of the commands that look: check, reconcile, explain, doctor, quarantine. They print on stdout and
change no table; each that judges returns its exit code. ``env``: paths and settings; ``as_json``: print an
array of JSON objects instead of a table."""

from __future__ import annotations

import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import click
import pyarrow.compute as pc

from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.lake.night import FOR_READERS, Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.output import show
from jobs.plurals import plural
from jobs.terminal import shown


def _snapshot(env: Environment) -> Snapshot:
    snapshot = newest_snapshot(Lake(env.lake))
    if snapshot.run_id is None:
        raise UsageError(f"no night in {env.lake} yet: run `quality nightly` first")
    return snapshot


def check_tables(env: Environment, names: list[str], *, as_json: bool) -> int:
    """Audit the versions that the newest night names again, with DuckDB in this process, by today's contracts
    and expectations. What the run wrote down is not changed.

    ``names``: selections of tables (`gold.detection_rate`, `tier:gold`; empty: all named tables). Prints one
    row per table, or with ``as_json`` one per expectation. Returns 1 where a critical expectation fails, else
    0. Raises UsageError where there is no night, a name is unknown, or no night names a table.
    """
    snapshot = _snapshot(env)
    assert snapshot.date is not None, "a night that is there has its day"
    from jobs.contracts.catalog import load_catalog
    from jobs.contracts.suites import suite
    from jobs.engine.embedded import Embedded
    from jobs.engine.interface import Stored
    from jobs.gate.audit import Gate
    from jobs.gate.measure import as_noted
    from jobs.gate.profile import AUDITED

    catalog = load_catalog()
    wanted = sorted({t for name in names for t in catalog.select(name)}) or [
        t for t in catalog.order() if snapshot.version(t) is not None
    ]
    verdicts = []
    with tempfile.TemporaryDirectory() as folder, closing(Embedded(Lake(env.lake))) as engine:
        gate = Gate(Path(folder), run_id="check", day=snapshot.date)
        for table in wanted:
            version = snapshot.version(table)
            if version is None:
                raise UsageError(f"no night names {table}")
            asked = suite(catalog.contracts[table], catalog.contracts)
            measures = as_noted(asked, _noted(env, table), version)
            with engine.workspace(as_of=snapshot.date) as space:
                space.read(AUDITED, Stored(table, version))
                verdicts.append(gate.audit(table, version, asked.expectations, space, measures))
    rows = [r for v in verdicts for r in v.rows]
    shown = (
        rows
        if as_json
        else [
            {
                "table": v.table,
                "version": v.version,
                "verdict": v.verdict,
                "checks": len(v.rows),
                "failed": "; ".join(f"{f['severity']}: {f['message_en']}" for f in v.failures),
            }
            for v in verdicts
        ]
    )
    show(shown, as_json=as_json)
    return 1 if any(v.verdict == "failed" for v in verdicts) else 0


def _noted(env: Environment, table: str) -> list[dict[str, Any]]:
    lake = Lake(env.lake)
    return (
        lake.arrow("ops.table_metric", where=pc.field("table") == table).to_pylist()
        if lake.exists("ops.table_metric")
        else []
    )


def reconcile_night(env: Environment, day: date | None, *, as_json: bool, only_wrong: bool = False) -> int:
    """Print the ledger (ops.reconciliation) of the newest night dated up to ``day`` (None: of the newest),
    one row per file, and say on stderr whether it balances.

    ``only_wrong``: print only the files whose counts do not add up; with ``as_json`` all are printed
    nevertheless. Returns 1 where there is such a file, else 0. Raises UsageError where there is no such
    night.
    """
    lake = Lake(env.lake)
    _snapshot(env)
    night = lake.arrow(
        "ops.night",
        where=(pc.field("table") == "ops.reconciliation") & pc.field("kind").isin(list(FOR_READERS)),
    ).to_pylist()
    past = [r for r in night if day is None or r["date"] <= day]
    if not past:
        raise UsageError(f"no night up to {day}; the first is {min(r['date'] for r in night)}")
    named = max(past, key=lambda r: r["committed_at"])
    rows = lake.arrow("ops.reconciliation", named["version"]).sort_by(
        [("source", "ascending"), ("feed", "ascending"), ("file", "ascending")]
    )
    records = rows.to_pylist()
    wrong = [r for r in records if not r["balanced"]]
    if as_json:
        show(records, as_json=True)
    elif shown := wrong if only_wrong else records:
        show(
            [{c: r[c] for c in _columns(shown)} | {"reason": r["reason_en"]} for r in shown],
            as_json=False,
        )
    click.echo(
        (
            f"night {named['date']}: {plural(len(records), 'file')}, "
            f"{'balanced to the row' if not wrong else f'{len(wrong)} do not balance'}"
        ),
        err=True,
    )
    return 1 if wrong else 0


def _columns(records: list[dict[str, Any]]) -> list[str]:
    """The columns of the ledger that are always shown, and those that count something here."""
    seldom = [c for c in ("exploded", "produced", "unjoined", "unused") if any(r[c] for r in records)]
    return [
        "source",
        "feed",
        "file",
        "status",
        "records",
        "unreadable",
        *seldom,
        *"rejected loaded accepted quarantined superseded repeated unlinked balanced".split(),
    ]


def list_quarantine(env: Environment, target: str | None, *, as_json: bool) -> None:
    """Print how many rows of silver.quarantine broke each rule and how many records could not be read: one
    row per table, file and rule. ``target``: only of this silver table, with or without `silver.` (None:
    all). Raises UsageError where there is no night, and where no feed can fill such a table."""
    snapshot, wanted = _snapshot(env), None if target is None else _target(target)
    counted: dict[tuple[Any, ...], int] = {}
    for r in snapshot.arrow("silver.quarantine").to_pylist():
        for rule, zh, en in zip(r["rule_ids"], r["reasons_zh"], r["reasons_en"], strict=True):
            key = (r["target"], r["source"], r["file"], rule, zh, en)
            counted[key] = counted.get(key, 0) + 1
    names = ("target", "source", "file", "rule", "reason_zh", "reason_en")
    rows = [
        dict(zip(names, key, strict=True)) | {"rows": n}
        for key, n in sorted(counted.items())
        if wanted in (None, key[0])
    ]
    rows += [
        {
            "target": r["target"],
            "source": r["source"],
            "file": r["file"],
            "rule": "unreadable",
            "reason_zh": "无法读取的记录",
            "reason_en": "records that cannot be read: see ops.ingest_file.unreadable_list",
            "rows": r["unreadable"],
        }
        for r in snapshot.arrow("ops.reconciliation").to_pylist()
        if r["unreadable"] and wanted in (None, r["target"])
    ]
    show(rows, as_json=as_json)


def show_quarantine(env: Environment, target: str, limit: int, *, as_json: bool) -> None:
    """Print at most ``limit`` rejected rows of one silver table, sorted by source, file and record, each with
    its reasons and the row as it was delivered. ``target``: with or without `silver.`. Raises UsageError
    where there is no night, and where no feed can fill such a table."""
    snapshot, wanted = _snapshot(env), _target(target)
    rows = [r for r in snapshot.arrow("silver.quarantine").to_pylist() if r["target"] == wanted]
    rows.sort(key=lambda r: (r["source"], r["file"], r["record"]))
    show(rows[:limit], as_json=as_json)
    click.echo(f"{min(limit, len(rows)):,} of {plural(len(rows), 'row')}", err=True)


def _target(name: str) -> str:
    """The silver table ``name`` without `silver.`, if a feed can fill it."""
    from jobs.contracts.catalog import load_catalog

    target, known = name.removeprefix("silver."), load_catalog().targets()
    if target not in known:
        raise UsageError(f"{name}: no silver table that a feed fills; these are: {', '.join(known)}")
    return target


def explain_name(env: Environment, name: str, *, as_json: bool) -> None:
    """Print what the table or column ``name`` means (from the contracts), its lineage (as in the OpenLineage
    events), and its state and version in the newest night where there is one; of a table then a line a
    column, except with ``as_json``. Raises UsageError for an unknown name."""
    from jobs.contracts.catalog import load_catalog
    from jobs.contracts.dictionary import column_lines, explain
    from jobs.lineage.edges import explained

    catalog = load_catalog()
    described = explain(catalog, name)
    tier, table_name, *column = described["name"].split(".")
    table = f"{tier}.{table_name}"
    described |= explained(catalog, table, column[0] if column else None)
    snapshot = newest_snapshot(Lake(env.lake))
    if snapshot.run_id is not None:
        described |= {
            "state": snapshot.state(table),
            "night": snapshot.date,
            "delta_version": snapshot.version(table),
        }
    if as_json:
        show([described], as_json=True)
        return
    described.pop("columns", None)  # a line each below
    for key, value in described.items():
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        click.echo(shown(f"{key:<16}{'' if text is None else text}"))
    if not column:
        click.echo("\n" + shown("\n".join(column_lines(catalog.contracts[table]))))


def examine(env: Environment, *, as_hash: bool, deep: bool, as_json: bool) -> int:
    """Print what is wrong with the lake, one line each (`quality doctor`); returns 1 where anything is, else
    0.

    Files that other users could open are closed to them first. ``deep``: read every data file and raw copy;
    ``as_hash``: print only a hash of the rows of each silver and gold table and return 0; nothing is checked
    or closed then, and UsageError is raised where there is no night.
    """
    from jobs.upkeep.doctor import hashes, problems
    from jobs.upkeep.modes import close
    from jobs.upkeep.stores import landing_problems, lock_problems

    if as_hash:
        found = hashes(env.lake)
        if not found:
            raise UsageError(f"no night in {env.lake} yet: run `quality nightly` first")
        if as_json:
            show([{"table": t, "hash": h} for t, h in found.items()], as_json=True)
        else:
            for table, value in found.items():
                click.echo(f"{value}  {table}")
        return 0
    if closed := close(env):
        click.echo(f"files and folders that other users could open and are closed now: {closed:,}", err=True)
    wrong = problems(env.lake, deep=deep) + landing_problems(env, deep=deep) + lock_problems(env.lake)
    if as_json:
        show([{"problem": p} for p in wrong], as_json=True)
    else:
        click.echo(shown("\n".join(wrong)) if wrong else "the lake is whole")
    return 1 if wrong else 0
