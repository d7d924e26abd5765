"""Pages on the quality gate, which audits every table before readers see it (gate.html, gate/<table>.html),
and on the age of every feed's data (freshness.html). An audit runs checks (expectations) on a table; they
give its verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.reports.downloads import csv_bytes
from jobs.reports.history import changed_columns, figures, scope_text
from jobs.reports.material import Night
from jobs.reports.names import page_name
from jobs.reports.numbers import missing
from jobs.reports.rendering import Page
from jobs.reports.source_facts import ahead
from jobs.reports.wording import BATCH, CADENCE, FAMILY, SEVERITY, STATE, VERDICT, Text, label, same

MOST_FAILED = 20  # failed checks of a table that stand on gate.html; all of them stand on its own page
MOST_OPEN = 40  # late feeds that stand open; more are folded by kind of provider
MOST_LATE = 40  # late feeds of one kind of provider on the page; the download has all


def build(night: Night) -> Iterator[Page]:
    """Yield gate.html, gate/<table>.html for every silver and gold table with checks, metrics or changed
    columns, and freshness.html. Downloads are the newest verdicts, metrics and freshness as CSV."""
    verdicts = newest_verdicts(night.frame("ops.gate_verdict"), night.frame("ops.run_log"))
    tables = _tables(night, verdicts)
    yield Page(
        "gate.html",
        "gate.html",
        Text("数据审核", "Quality gate"),
        "gate.html",
        {"tables": tables, "page_name": page_name, "most": MOST_FAILED},
        {
            "data/gate_verdict.csv": csv_bytes(verdicts),
            "data/table_metric.csv": csv_bytes(night.frame("ops.table_metric")),
        },
    )
    for table in tables:
        if table["page"]:
            yield Page(
                table["page"],
                "gate_table.html",
                Text(f"数据审核：{table['table']}", f"Quality gate: {table['table']}"),
                "gate.html",
                {"t": table, "page_name": page_name},
            )
    yield _freshness(night)


def _freshness(night: Night) -> Page:
    fresh = night.frame("ops.freshness").sort_values(
        ["late", "age_days", "source", "feed"], ascending=[False, False, True, True]
    )
    landed = night.landed
    family = dict(zip(landed["source"], landed["family"], strict=True))
    publisher = dict(
        zip(landed["source"], map(Text, landed["publisher_zh"], landed["publisher_en"]), strict=True)
    )
    feeds = [
        {
            **r,
            "cadence": label(CADENCE, r["cadence"]),
            "late": bool(r["late"]),
            "ahead": ahead(r),
            "family": family.get(r["source"], ""),
            "publisher": publisher.get(r["source"], same(r["source"])),
            "page": f"sources/{page_name(r['source'])}",
        }
        for r in dicts(
            fresh.sort_values(["age_days", "source", "feed"], ascending=[False, True, True], kind="stable")
        )
    ]
    return Page(
        "freshness.html",
        "freshness.html",
        Text("数据时效", "Freshness of the data"),
        "freshness.html",
        {
            "feeds": feeds,
            "words": {f["family"]: label(FAMILY, f["family"]) for f in feeds},
            "most": MOST_OPEN,
            "rows": MOST_LATE,
        },
        {"data/freshness.csv": csv_bytes(fresh)},
    )


def newest_verdicts(verdicts: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts of the run that audited each table last, sorted by table and check; for a table
    that was skipped they are of an earlier night. ``verdicts``: ops.gate_verdict, one row per run and check;
    ``runs``: ops.run_log."""
    if verdicts.empty:
        return verdicts
    last = runs.groupby("run_id")["started_at"].max()
    order = verdicts.assign(_at=verdicts["run_id"].map(last)).sort_values(
        ["date", "_at", "run_id"], na_position="first", kind="stable"
    )
    newest = order.groupby("table")["run_id"].transform("last")
    return (
        order[order["run_id"] == newest]
        .drop(columns="_at")
        .sort_values(["table", "batch", "expectation", "column"], kind="stable")
    )


def _tables(night: Night, verdicts: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per table with its state, verdict and checks, failed ones first. Stale and absent
    tables come first, then those with most failed checks."""
    checks: dict[str, list[dict[str, Any]]] = {}
    for row in dicts(verdicts):
        checks.setdefault(row["table"], []).append(_check(row))
    metrics, changes = night.frame("ops.table_metric"), changed_columns(night.landed)
    entries = []
    for state in night.states:
        if not state.table.startswith(("silver.", "gold.")):  # bronze and ops have no suite
            continue
        mine = sorted(checks.get(state.table, []), key=lambda c: c["success"])
        entries.append(
            {
                "table": state.table,
                "state": label(STATE, state.state),
                "behind": state.state in ("stale", "absent"),
                "verdict": label(VERDICT, state.verdict),
                "code": state.verdict,
                "reason": state.reason,
                "version": state.version,
                "checks": mine,
                "failed": sum(not c["success"] for c in mine),
                "date": mine[0]["date"] if mine else None,
                "scope": mine[0]["scope"] if mine else None,
                "figures": figures(metrics, state.table),
                "changes": changes.get(state.table.removeprefix("silver."), [])
                if state.table.startswith("silver.")
                else [],
            }
        )
    for e in entries:
        e["page"] = f"gate/{e['table']}.html" if e["checks"] or e["figures"] or e["changes"] else ""
    return sorted(entries, key=lambda e: (not e["behind"], -e["failed"], e["table"]))


def _check(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "success": bool(row["success"]),
        "expectation": row["expectation"],
        "column": "" if missing(row["column"]) else row["column"],
        "severity": label(SEVERITY, row["severity"]),
        "critical": row["severity"] == "critical",
        "batch": label(BATCH, row["batch"]),
        "observed": _observed(row["observed"]),
        "date": row["date"],
        "scope": scope_text(row.get("scope")),
        "unexpected": row["unexpected_count"],
        "message": Text(row["message_zh"] or "", row["message_en"] or row["message_zh"] or ""),
    }


def _observed(text: Any) -> str:
    """What a check saw, as it is kept; a list of empty cells says nothing that its count does not."""
    return "" if missing(text) or re.fullmatch(r"\[(null(, )?)+\]", str(text)) else str(text)
