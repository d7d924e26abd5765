"""Which nights and figures are kept. Pure Arrow."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pyarrow as pa

from jobs.lake import ops
from jobs.upkeep.trimming import kept_figures, kept_nights, named_versions

DAY = date(2026, 6, 30)


def nights(*runs: tuple[str, str, date], version: int | None = 1, inputs: str | None = None) -> pa.Table:
    """One row a run: (run id, kind, date), committed in this order."""
    return ops.rows(
        "ops.night",
        [
            {
                "run_id": run,
                "kind": kind,
                "date": day,
                "table": "gold.thing",
                "version": version,
                "inputs": inputs,
                "committed_at": datetime(2026, 1, 1, 0, number, tzinfo=UTC),
            }
            for number, (run, kind, day) in enumerate(runs)
        ],
    )


def runs(table: pa.Table) -> list[str]:
    return table["run_id"].to_pylist()


def test_a_night_is_kept_thirty_days():
    table = nights(
        ("old", "nightly", date(2026, 5, 30)), ("last", "nightly", date(2026, 5, 31)), ("new", "nightly", DAY)
    )
    assert runs(kept_nights(table, DAY)) == ["last", "new"]


def test_the_newest_night_is_kept_however_old_it_is():
    table = nights(("a", "nightly", date(2025, 1, 1)), ("b", "nightly", date(2025, 1, 2)))
    assert runs(kept_nights(table, DAY)) == ["b"]


def test_a_newer_partial_run_does_not_drive_out_the_night_that_readers_see():
    table = nights(("night", "nightly", date(2025, 1, 1)), ("part", "partial", date(2025, 1, 2)))
    assert runs(kept_nights(table, DAY)) == ["night", "part"]


def test_what_a_named_version_was_built_from_is_kept_too():
    table = nights(
        ("a", "nightly", DAY),
        version=7,
        inputs=json.dumps({"versions": {"silver.thing": 3, "silver.other": None}}),
    )
    assert named_versions(table) == {"gold.thing": {7}, "silver.thing": {3}}
    assert named_versions(nights(("a", "nightly", DAY), version=None)) == {}


def test_figures_are_kept_four_hundred_days_and_those_of_a_current_version_for_as_long_as_it_is():
    metrics = ops.rows(
        "ops.table_metric",
        [
            {"date": day, "table": "gold.thing", "version": version}
            for day, version in [(date(2025, 5, 25), 1), (date(2025, 5, 25), 2), (date(2025, 5, 26), 2)]
        ],
    )
    assert kept_figures(metrics, DAY, {"gold.thing": {1}})["version"].to_pylist() == [1, 2]
    log = ops.rows("ops.run_log", [{"date": date(2025, 5, 25)}, {"date": date(2025, 5, 26)}])
    assert kept_figures(log, DAY, {}).num_rows == 1
