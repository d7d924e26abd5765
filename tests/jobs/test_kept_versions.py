"""Tables that are not built although versions of their inputs changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.engine.embedded import Embedded
from jobs.lake.night import Named
from jobs.lake.tables import Lake
from jobs.night.derived import columns_of_inputs
from jobs.night.same_rows import kept_version, same_rows

CATALOG = load_catalog()
CONCLUSIONS = CATALOG.contracts["gold.standing_conclusion"]
COURSE = "gold.sampling_lifecycle"


@dataclass
class Run:
    """What `kept_version` asks of a run's facts: the last build read version 0 of each input."""

    lake: Lake
    catalog: Catalog = CATALOG
    known_on: None = None
    before: dict[str, Any] | None = field(
        default_factory=lambda: {"versions": dict.fromkeys(CONCLUSIONS.inputs, 0)}
    )

    def contract(self, table: str) -> Contract:
        return self.catalog.contracts[table]

    def built_before(self, contract: Contract, named: Mapping[str, Named]) -> dict[str, Any] | None:
        return self.before

    def versions(self, contract: Contract, named: Mapping[str, Named]) -> dict[str, int | None]:
        return {table: named[table].version for table in contract.inputs}

    def fingerprint(self, contract: Contract, named: Mapping[str, Named]) -> str:
        return "of now"

    def inputs_text(self, contract: Contract, named: Mapping[str, Named]) -> str:
        return json.dumps(self.versions(contract, named))


def write(lake: Lake, table: str, rows: list[dict[str, Any]]) -> int:
    schema = arrow_schema(CATALOG.contracts[table])
    nullable = pa.schema([column.with_nullable(True) for column in schema])
    return lake.overwrite(table, pa.Table.from_pylist(rows, schema=nullable))


def named(course: int) -> dict[str, Named]:
    versions = dict.fromkeys(CONCLUSIONS.inputs, 0) | {COURSE: course, CONCLUSIONS.id: 7}
    return {table: Named(table, version, "fresh", "passed", "of then") for table, version in versions.items()}


FIRST = [
    {"sample_id": "S1", "outcome": "nonconforming", "state": "final", "n_overdue": 1},
    {"sample_id": "S2", "outcome": "conforming", "state": "closed", "n_overdue": 0},
]


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake(tmp_path)
    assert write(lake, COURSE, FIRST) == 0
    return lake


def kept_of(run: Run, contract: Contract, found: Mapping[str, Named]) -> Named | None:
    with closing(Embedded(run.lake)) as engine:
        return kept_version(run, engine, contract, found)  # type: ignore[arg-type]


def kept(lake: Lake, rows: list[dict[str, Any]], **run: Any) -> Named | None:
    version = write(lake, COURSE, rows)
    return kept_of(Run(lake, **run), CONCLUSIONS, named(version))


def same(lake: Lake) -> bool:
    with closing(Embedded(lake)) as engine:
        return same_rows(lake, engine, COURSE, 0, 1, ["sample_id"])


def test_a_change_in_a_column_that_is_not_read_keeps_the_version_under_the_new_inputs(lake: Lake) -> None:
    got = kept(lake, [FIRST[1], FIRST[0] | {"n_overdue": 2}])  # and the rows in another order
    assert got is not None and (got.version, got.state, got.fingerprint) == (7, "skipped", "of now")
    assert json.loads(got.inputs)[COURSE] == 1


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([FIRST[0] | {"sample_id": "S9"}, FIRST[1]], id="another key"),
        pytest.param([*FIRST, FIRST[0] | {"sample_id": "S3"}], id="a row more"),
        pytest.param([FIRST[0], FIRST[0]], id="one row twice in place of another"),
    ],
)
def test_other_rows_in_a_column_that_is_read_are_built(lake: Lake, rows: list[dict[str, Any]]) -> None:
    assert kept(lake, rows) is None


def test_a_table_whose_code_or_day_changed_is_built(lake: Lake) -> None:
    assert kept(lake, FIRST, before=None) is None


def test_a_table_with_other_inputs_than_before_is_built(lake: Lake) -> None:
    assert kept(lake, FIRST, before={"versions": {COURSE: 0}}) is None


def test_the_same_values_under_other_keys_are_built_as_rows_come_in_the_order_of_the_key(lake: Lake) -> None:
    days = CATALOG.contracts["gold.lag_kpi"]
    read = columns_of_inputs(CATALOG, days)[COURSE]
    assert read is not None and "sample_id" not in read and "outcome" in read
    version = write(lake, COURSE, [FIRST[0] | {"sample_id": "S2"}, FIRST[1] | {"sample_id": "S1"}])
    found = {table: Named(table, 0, "fresh", "passed", "of then") for table in (*days.inputs, days.id)}
    found[COURSE] = Named(COURSE, version, "fresh", "passed", "of now")
    run = Run(lake, before={"versions": dict.fromkeys(days.inputs, 0)})
    assert kept_of(run, days, found) is None


def test_a_version_that_cannot_be_read_any_more_counts_as_other_rows(lake: Lake) -> None:
    write(lake, COURSE, FIRST)
    assert same(lake)
    for file in lake.open(COURSE, 0).file_uris():
        lake.path(COURSE).joinpath(file.rpartition("/")[2]).unlink()
    assert not same(lake)
