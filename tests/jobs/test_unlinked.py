"""Rows whose parent is late: counted by file, and a row of another jurisdiction is no parent of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.engine.embedded import Embedded
from jobs.lake.tables import Lake
from jobs.night.figures import unlinked

CATALOG = load_catalog()
NAMES = ("_load_key", "_jurisdiction")


def written(lake: Lake, table: str, rows: list[dict[str, Any]]) -> int:
    columns = [field.with_nullable(True) for field in arrow_schema(CATALOG.contracts[table])]
    schema = pa.schema([*columns, *((name, pa.string()) for name in NAMES)])
    return lake.overwrite(table, pa.Table.from_pylist(rows, schema=schema))


def test_a_parent_counts_for_rows_of_its_jurisdiction_and_one_of_ours_for_all(tmp_path: Path):
    lake = Lake(tmp_path)
    samples = [("ours", "CN"), ("theirs", "US")]
    conclusions = [
        ("ours", "CN", "linked"),
        ("theirs", "CN", "late"),  # only a US sample has this number
        ("theirs", "US", "their linked"),
        ("ours", "US", "their linked"),
        ("nowhere", "US", "their late"),
    ]
    versions = {
        "silver.sample": written(
            lake, "silver.sample", [{"sample_id": s, "_jurisdiction": of} for s, of in samples]
        ),
        "silver.conclusion": written(
            lake,
            "silver.conclusion",
            [{"sample_id": s, "_jurisdiction": of, "_load_key": key} for s, of, key in conclusions],
        ),
    }
    engine = Embedded(lake)
    try:
        assert unlinked(engine, CATALOG, "silver.conclusion", versions) == {"late": 1, "their late": 1}
    finally:
        engine.close()
