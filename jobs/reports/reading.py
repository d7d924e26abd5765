"""What the site reads from the lake: one night's tables at the versions that it names, and the ops tables beside them. No JVM."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from jobs.contracts.catalog import load_catalog
from jobs.contracts.dictionary import dictionary
from jobs.errors import UsageError
from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.ops import TABLES as OPS
from jobs.lake.tables import Lake
from jobs.reports.material import Night, TableState
from jobs.reports.wording import Text

KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "region_role", "design"]
COUNTED = [
    "n_sampled",
    "n_exited_violation",
    "n_exited_void",
    "n_tested",
    "n_not_judged",
    "n_conforming",
    "n_nonconforming",
    "n_first_nonconforming",
    "n_overturned",
    "n_serious",
    "n_open",
]
# Columns of each table that the site shows; a table that is absent is an empty frame of these.
COLUMNS = {
    "gold.detection_rate": [*KEY, *COUNTED, "rate", "ci_low", "ci_high", "violation_rate", "unreliable", "method_version"],
    "gold.sampling_ledger": [
        "period_type",
        "period_start",
        "dimension_type",
        "dimension_code",
        "n_sampled",
        "n_exited_violation",
        "n_exited_void",
        "n_tested",
        "n_not_judged",
        "n_first_nonconforming",
        "n_nonconforming",
        "n_open",
        "balanced",
    ],
    "silver.region": [
        "region_code",
        "name_zh",
        "short_name_zh",
        "name_en",
        "level",
        "parent_code",
        "tile_row",
        "tile_col",
        "valid_to",
    ],
    "silver.product_category": ["category_code", "name_zh", "name_en", "level", "parent_code"],
    "silver.platform": ["platform_code", "name_zh", "name_en", "kind"],
    "silver.sampling_plan": ["plan_id", "name_zh", "type", "issuer_region_code", "starts_on", "ends_on"],
    "silver.quarantine": ["target", "source", "feed", "file", "record", "rule_ids", "reasons_zh", "reasons_en", "row"],
}
RATES = "gold.detection_rate"
OPS_READ = ("ops.ingest_file", "ops.reconciliation", "ops.gate_verdict", "ops.freshness", "ops.run_log")


def newest(lake: Lake) -> Snapshot:
    """The night in force; UsageError where there is none yet."""
    snapshot = newest_snapshot(lake)
    if snapshot.run_id is None or snapshot.date is None:
        raise UsageError(f"{lake.root}: no night is in force yet; `quality run` makes the first one")
    return snapshot


def read_night(snapshot: Snapshot, *, data_docs: bool) -> Night:
    """Read what the pages need. ``data_docs``: whether the gate's Data Docs lie beside the site."""
    tables = {table: _columns(snapshot, table, columns) for table, columns in COLUMNS.items()}
    tables |= {table: _ops(snapshot, table) for table in OPS_READ}
    states = tuple(
        TableState(t, n.state, n.verdict, Text(n.reason_zh, n.reason_en or n.reason_zh))
        for t, n in sorted(snapshot.named.items())
    )
    return Night(snapshot.date, snapshot.run_id, states, tables, dictionary(load_catalog()), data_docs)


def fingerprint(snapshot: Snapshot, code: Path, *, data_docs: bool) -> str:
    """A hash of everything that a page depends on: the named versions, the ops tables, the contracts, the site's own code."""
    digest = hashlib.sha256()
    for part in (snapshot.run_id, snapshot.date, data_docs):
        digest.update(f"{part}\n".encode())
    for table, named in sorted(snapshot.named.items()):
        digest.update(f"{table} {named.version} {named.state} {named.verdict} {named.reason_zh} {named.reason_en}\n".encode())
    for table in OPS_READ:
        digest.update(f"{table} {snapshot.lake.version(table)}\n".encode())
    for path in sorted(p for p in code.rglob("*") if p.suffix in (".py", ".html", ".css", ".js")):
        digest.update(path.read_bytes())
    for path in sorted({contract.path for contract in load_catalog().contracts.values()}):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _columns(snapshot: Snapshot, table: str, columns: list[str]) -> pd.DataFrame:
    if snapshot.version(table) is None:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in columns})
    frame = snapshot.frame(table, columns=columns)
    # Pages select by the key hundreds of times: codes compare some fifty times faster than texts.
    return frame.astype({c: "category" for c in KEY if c in frame and c != "period_start"}) if table == RATES else frame


def _ops(snapshot: Snapshot, table: str) -> pd.DataFrame:
    if snapshot.version(table) is not None:
        return snapshot.frame(table)
    if snapshot.lake.exists(table):
        return snapshot.lake.frame(table)
    return OPS[table].empty_table().to_pandas(date_as_object=True)
