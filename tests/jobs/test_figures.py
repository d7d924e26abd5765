"""What the ledger counts of silver by file: rows whose parent is late (a row of another jurisdiction is no
parent of ours), and the newest event date, in the nation's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.engine.embedded import Embedded
from jobs.lake.night import Named
from jobs.lake.tables import Lake
from jobs.night import naming
from jobs.night.figures import Late, newest_events, unlinked

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


def test_the_newest_event_of_a_file_is_a_date_in_the_nation_s_time_zone(tmp_path: Path):
    lake = Lake(tmp_path)
    moments = [("a", datetime(2026, 6, 29, 17, tzinfo=UTC)), ("a", datetime(2026, 6, 29, 15, tzinfo=UTC))]
    moments += [("b", datetime(2026, 6, 29, 15, 59, tzinfo=UTC)), (None, datetime(2026, 6, 30, tzinfo=UTC))]
    events = written(
        lake, "silver.sampling_event", [{"happened_at": at, "_load_key": key} for key, at in moments]
    )
    days = [("c", date(2026, 6, 29)), ("d", None)]
    issued = written(lake, "silver.conclusion", [{"issued_on": day, "_load_key": key} for key, day in days])
    engine = Embedded(lake)
    contracts = CATALOG.contracts
    try:
        found = newest_events(engine, contracts["silver.sampling_event"], events)
        assert found == {"a": date(2026, 6, 30), "b": date(2026, 6, 29)}
        found = newest_events(engine, contracts["silver.conclusion"], issued)
        assert found == {"c": date(2026, 6, 29)}
    finally:
        engine.close()


@pytest.mark.parametrize(
    ("parent", "late"),
    [(4, {"of the gate": 1}), (3, {"counted again": 1})],  # the sample that the gate read, and an older one
)
def test_the_ledger_takes_the_count_of_the_gate_unless_a_parent_was_built_since(
    monkeypatch: pytest.MonkeyPatch, parent: int, late: dict[str, int]
):
    taken: dict[str, int] = {}
    monkeypatch.setattr(naming, "unlinked", lambda *given: {"counted again": 1})
    monkeypatch.setattr(naming, "newest_events", lambda *given: {})
    monkeypatch.setattr(
        naming, "reconciliation", lambda *given, unlinked, **more: taken.update(unlinked) or []
    )
    monkeypatch.setattr(naming, "freshness", lambda *given: [])
    monkeypatch.setattr(naming, "_ledger", lambda facts, table, records: None)
    table = "silver.conclusion"
    facts = SimpleNamespace(
        catalog=CATALOG,
        previous=SimpleNamespace(version={"silver.sample": 4}.get),
        lake=SimpleNamespace(rows=lambda table, version: 3),
        files=[],
        reconciled=[],
        day=date(2026, 6, 30),
    )
    record = naming.Record(
        {t: Named(t, v, "fresh", "passed", "f") for t, v in ((table, 2), ("silver.sample", 4))}
    )
    record.late[table] = Late({table: 2, "silver.sample": parent}, {"of the gate": 1})
    naming.balance(
        SimpleNamespace(facts=facts, engines=SimpleNamespace(embedded=None)), record, "nightly", []
    )
    assert taken == late
