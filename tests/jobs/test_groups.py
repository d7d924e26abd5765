"""Groups of a table with partition_by that are built again after inputs changed or days passed: the table is
then the one that is built whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from split_frames import CATALOG, DAY, Worlds

from jobs.contracts.model import Contract
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Engine, Stored
from jobs.engine.on_spark import OnSpark
from jobs.lake.tables import Lake
from jobs.night import groups
from jobs.night.derived import Frames, build_frames, build_groups, columns_of_inputs, inputs
from jobs.night.groups import Builds, touched_groups
from jobs.night.parts import split_inputs
from jobs.period import Period

TABLES = sorted(
    table for table, contract in CATALOG.contracts.items() if contract.partition_by and not contract.by_month
)
LONG = {"gold.bulletin", "gold.complaint_matter"}  # tables that take some seconds to build
LATER = DAY + timedelta(days=9)


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def engine(lake: Lake) -> Iterator[Engine]:
    with closing(Embedded(lake)) as engine:
        yield engine


def whole(engine: Engine, contract: Contract, versions: Mapping[str, int], day: date) -> int:
    """Build all groups; the version."""
    given = inputs(CATALOG, contract, versions, Period(day))
    with engine.workspace(as_of=day, small=True) as space:
        return build_frames(space, Frames(CATALOG, contract, given, Period(day)), None)


def versions_of(lake: Lake, engine: Engine, table: str, day: date = DAY, size: int = 40) -> dict[str, int]:
    """The inputs of a table over a world; those with a build() as of ``day``."""
    build: Callable[[Contract, Mapping[str, int]], int] = lambda contract, of: whole(
        engine, contract, of, day
    )
    return Worlds(lake, build).versions(table, 1, size)


def touched(
    lake: Lake,
    engine: Engine,
    contract: Contract,
    before: Mapping[str, int],
    now: Mapping[str, int],
    built: int,
    last: date,
    day: date,
) -> tuple[str, ...] | None:
    builds = Builds(
        before=inputs(CATALOG, contract, before, Period(last)),
        now=inputs(CATALOG, contract, now, Period(day)),
        last=last,
        day=day,
        read=columns_of_inputs(CATALOG, contract),
        built=Stored(contract.id, built),
    )
    with engine.workspace() as space:
        return touched_groups(space, CATALOG, contract, builds)


def by_group(
    engine: Engine, contract: Contract, now: Mapping[str, int], built: int, day: date, found: tuple[str, ...]
) -> int:
    """Build some groups; the version."""
    given = inputs(CATALOG, contract, now, Period(day))
    with engine.workspace(as_of=day, small=True) as space:
        return build_groups(space, Frames(CATALOG, contract, given, Period(day), groups=found), built)


def altered(lake: Lake, table: str, version: int, rng: np.random.Generator) -> int:
    """A version of an input of which a row is gone, one has another row's values, and one is new."""
    rows = lake.arrow(table, version).to_pylist()
    contract = CATALOG.contracts[table]
    if len(rows) < 3 or contract.reference:
        return version
    gone, changed, like = (rows[i] for i in rng.choice(len(rows), 3, replace=False))
    other = {k: v for k, v in like.items() if k not in contract.key}
    fixed = {"period_type", "dimension_type", "indicator"}  # another one is no unit of the index
    new = {**gone, **{k: f"{gone[k]}n" for k in contract.key if isinstance(gone[k], str) and k not in fixed}}
    if "sample_id" in contract.key and table != "silver.sample":
        new["sample_id"] = gone["sample_id"]  # the sample must be one that may exist
    kept = [{**row, **other} if row is changed else row for row in rows if row is not gone]
    return lake.overwrite(table, pa.Table.from_pylist([*kept, new], schema=lake.arrow(table, version).schema))


def sorted_rows(lake: Lake, contract: Contract, version: int) -> list[dict[str, Any]]:
    rows = lake.arrow(contract.id, version)
    return rows.sort_by([(name, "ascending") for name in contract.key]).to_pylist()


SEEDS = [
    1,
    *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 5)),
    *(pytest.param(n, marks=pytest.mark.proof) for n in range(5, 12)),
]


@pytest.mark.parametrize(
    "table", [pytest.param(t, marks=pytest.mark.slow if t in LONG else []) for t in TABLES]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_groups_that_changed_give_the_table_that_is_built_whole(
    lake: Lake, engine: Engine, table: str, seed: int
):
    contract, rng = CATALOG.contracts[table], np.random.default_rng(seed)
    before = versions_of(lake, engine, table)
    built = whole(engine, contract, before, DAY)
    some = rng.choice(sorted(before), size=1 + seed % 3, replace=False)
    now = before | {t: altered(lake, t, before[t], rng) for t in some}
    day = LATER if contract.depends_on_day and seed % 2 else DAY
    found = touched(lake, engine, contract, before, now, built, DAY, day)
    expected = sorted_rows(lake, contract, whole(engine, contract, now, day))
    if found is None:  # a change that cannot be followed: all groups are built
        assert {t for t in some if now[t] != before[t]} - {*split_inputs(contract, CATALOG)}
        return
    version = by_group(engine, contract, now, built, day, found)
    assert sorted_rows(lake, contract, version) == expected


FIRST = [date(2026, 4, 20), *(pytest.param(date(2026, n, 7), marks=pytest.mark.slow) for n in (2, 3, 6, 7))]
# The tables of days; of those of `make test` the one that is built most quickly.
DAILY = [
    pytest.param(t, marks=[] if t == "gold.sampling_refusal" else pytest.mark.slow)
    for t in TABLES
    if CATALOG.contracts[t].depends_on_day
]


@pytest.mark.parametrize("table", DAILY)
@pytest.mark.parametrize("first", FIRST)
def test_days_that_pass_change_only_groups_with_a_date_that_is_reached(
    lake: Lake, engine: Engine, table: str, first: date
):
    contract = CATALOG.contracts[table]
    before = versions_of(lake, engine, table, first)
    built = whole(engine, contract, before, first)
    for day in (first + timedelta(days=step) for step in (1, 3, 25)):
        now = versions_of(lake, engine, table, day)
        found = touched(lake, engine, contract, before, now, built, first, day)
        expected = sorted_rows(lake, contract, whole(engine, contract, now, day))
        assert found is not None
        version = by_group(engine, contract, now, built, day, found)
        assert sorted_rows(lake, contract, version) == expected


BULLETIN = CATALOG.contracts["gold.bulletin"]
LIFECYCLE = CATALOG.contracts["gold.sampling_lifecycle"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A lake with the inputs of gold.bulletin, and their versions."""
    lake = Lake(tmp_path_factory.mktemp("made") / "lake")
    with closing(Embedded(lake)) as engine:
        return lake.root, versions_of(lake, engine, BULLETIN.id)


@pytest.fixture
def world(made: tuple[Path, dict[str, int]], lake: Lake) -> dict[str, int]:
    """The inputs of gold.bulletin, in a lake for a test to change."""
    root, versions = made
    shutil.copytree(root, lake.root, dirs_exist_ok=True)
    return versions


def with_values(lake: Lake, table: str, version: int, rows: Mapping[int, Mapping[str, object]]) -> int:
    """A version of an input with other values in some rows, by their number."""
    old = lake.arrow(table, version)
    new = [{**row, **rows.get(n, {})} for n, row in enumerate(old.to_pylist())]
    return lake.overwrite(table, pa.Table.from_pylist(new, schema=old.schema))


def after(lake: Lake, engine: Engine, world: Mapping[str, int], table: str, rows) -> tuple[str, ...] | None:
    """The groups of gold.bulletin to build after rows of an input got other values."""
    built = whole(engine, BULLETIN, world, DAY)
    now = {**world, table: with_values(lake, table, world[table], rows)}
    return touched(lake, engine, BULLETIN, world, now, built, DAY, DAY)


def test_another_name_of_a_shop_touches_the_samples_that_name_it(lake, engine, world):
    samples = lake.arrow("silver.sample", world["silver.sample"]).to_pylist()
    shops = [r["shop_id"] for r in lake.arrow("silver.shop", world["silver.shop"]).to_pylist()]
    found = after(lake, engine, world, "silver.shop", {0: {"name": "另一家"}})
    assert found == tuple(sorted(r["sample_id"] for r in samples if r["shop_id"] == shops[0])) and found


def test_a_column_that_is_not_read_touches_no_group(lake, engine, world):
    assert after(lake, engine, world, "silver.shop", {0: {"platform_code": "P9"}}) == ()


def test_another_row_of_a_reference_table_touches_all_groups(lake, engine, world):
    assert after(lake, engine, world, "silver.statutory_timer", {0: {"amount": 99}}) is None


def test_a_sample_of_another_order_touches_both_orders(lake: Lake, engine: Engine):
    before = versions_of(lake, engine, LIFECYCLE.id)
    rows = lake.arrow("silver.sample", before["silver.sample"]).to_pylist()
    number, old = next((n, r["sampling_order_id"]) for n, r in enumerate(rows) if r["sampling_order_id"])
    version = with_values(
        lake, "silver.sample", before["silver.sample"], {number: {"sampling_order_id": "N"}}
    )
    built = whole(engine, LIFECYCLE, before, DAY)
    found = touched(lake, engine, LIFECYCLE, before, before | {"silver.sample": version}, built, DAY, DAY)
    assert found is not None and {old, "N"} <= set(found)


def test_a_row_that_ended_on_a_day_that_passed_touches_its_group(lake: Lake, engine: Engine):
    before = versions_of(lake, engine, LIFECYCLE.id)
    ended = {0: {"_ended_on": DAY + timedelta(days=2)}}
    before |= {"silver.objection": with_values(lake, "silver.objection", before["silver.objection"], ended)}
    [of] = {lake.arrow("silver.objection", before["silver.objection"])["sample_id"][0].as_py()}
    order = {
        r["sample_id"]: r["sampling_order_id"] or r["sample_id"]
        for r in lake.arrow("silver.sample", before["silver.sample"]).to_pylist()
    }
    built = whole(engine, LIFECYCLE, before, DAY)
    without = touched(lake, engine, LIFECYCLE, before, before, built, DAY, DAY + timedelta(days=1))
    found = touched(lake, engine, LIFECYCLE, before, before, built, DAY, DAY + timedelta(days=2))
    assert without is not None and order[of] not in without
    assert found is not None and order[of] in found


def test_a_day_that_stands_in_a_list_of_the_table_is_a_date_that_is_reached(lake, engine, world):
    built = whole(engine, BULLETIN, world, DAY)
    rows = lake.arrow(BULLETIN.id, built).to_pylist()
    rows[0]["comment_due_days"] = ["", str(DAY)]
    due = lake.overwrite(
        BULLETIN.id, pa.Table.from_pylist(rows, schema=lake.arrow(BULLETIN.id, built).schema)
    )
    day = DAY + timedelta(days=1)
    without, found = (
        set(touched(lake, engine, BULLETIN, world, world, version, DAY, day) or ())
        for version in (built, due)
    )
    assert found - without == {rows[0]["sample_id"]}


@pytest.mark.parametrize("days", [-1, 32])
def test_an_earlier_day_and_one_long_after_touch_all_groups(lake, engine, world, days: int):
    built = whole(engine, BULLETIN, world, DAY)
    day = DAY + timedelta(days=days)
    assert touched(lake, engine, BULLETIN, world, world, built, DAY, day) is None


def test_more_groups_than_fit_into_one_part_are_all_groups(lake, engine, world, monkeypatch):
    monkeypatch.setattr(groups, "MOST_GROUPS", 1)
    rows = {n: {"name": "另一家"} for n in (0, 1)}
    assert after(lake, engine, world, "silver.shop", rows) is None


@pytest.mark.slow
def test_on_spark_single_groups_are_replaced_alike(lake: Lake, engine: Engine, spark):
    before = versions_of(lake, engine, LIFECYCLE.id)
    built = whole(engine, LIFECYCLE, before, DAY)
    found = ("单1", "单2", "")
    given = inputs(CATALOG, LIFECYCLE, before, Period(LATER))
    expected = sorted_rows(lake, LIFECYCLE, by_group(engine, LIFECYCLE, before, built, LATER, found))
    frames = Frames(CATALOG, LIFECYCLE, given, Period(LATER), groups=found)
    for small in (True, False):
        with OnSpark(lake, lambda: spark).workspace(as_of=LATER, small=small) as space:
            version = build_groups(space, frames, built)
        assert sorted_rows(lake, LIFECYCLE, version) == expected
