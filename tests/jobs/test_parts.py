"""A table with partition_by is the same table in one part and in several, in this process and on Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from hashlib import md5

import pyarrow as pa
import pytest
from split_frames import CATALOG, DAY, Worlds

from jobs.contracts.model import Contract
from jobs.engine.dispositions import SILVER_META
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Engine, Stored
from jobs.engine.on_spark import OnSpark
from jobs.lake.tables import Lake
from jobs.night.derived import Frames, build_frames, inputs, module_of
from jobs.night.parts import Reading, count_parts, part_text, split_inputs
from jobs.period import Period

SPLIT = sorted(table for table, contract in CATALOG.contracts.items() if contract.partition_by)
READING = sorted(
    table
    for table, contract in CATALOG.contracts.items()
    if contract.engine == "pandas" and hasattr(module_of(contract), "READS")
)
# Tables that take some seconds to build: in parts by `make slow`.
LONG = {
    *("gold.bulletin", "gold.sampling_lifecycle", "gold.sampling_refusal"),
    *("gold.complaint_hazard", "gold.complaint_matter", "gold.review_hazard"),
}
PERIOD = Period(DAY)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def embedded(lake: Lake) -> Iterator[Engine]:
    with closing(Embedded(lake)) as engine:
        yield engine


Given = Callable[..., dict[str, Stored]]


@pytest.fixture(scope="module")
def given(embedded: Engine, lake: Lake) -> Given:
    """The inputs of a table over a world, those with a build() in one part."""

    def build(contract: Contract, versions: Mapping[str, int]) -> int:
        return version(embedded, contract, inputs(CATALOG, contract, versions, PERIOD), 1)

    worlds = Worlds(lake, build)

    def found(table: str, seed: int, size: int = 40) -> dict[str, Stored]:
        return inputs(CATALOG, CATALOG.contracts[table], worlds.versions(table, seed, size), PERIOD)

    return found


def part_of(group: str | None, parts: int) -> int:
    """The part of a group by Python alone."""
    return 0 if group is None else int(md5(group.encode()).hexdigest()[:8], 16) * parts >> 32


def version(engine: Engine, contract: Contract, found: dict[str, Stored], parts: int, *, small=True) -> int:
    with engine.workspace(as_of=DAY, small=small) as space:
        return build_frames(space, Frames(CATALOG, contract, found, PERIOD, parts), None)


def built(lake: Lake, engine: Engine, contract: Contract, *how, **more) -> pa.Table:
    """The table; one kept by month, which is read month by month, in the order of its key."""
    rows = lake.arrow(contract.id, version(engine, contract, *how, **more))
    by_month = contract.by_month
    return rows.sort_by([(name, "ascending") for name in contract.key]) if by_month else rows


@pytest.mark.parametrize(
    "table", [pytest.param(t, marks=pytest.mark.slow if t in LONG else []) for t in SPLIT]
)
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.proof) for n in (2, 3))])
def test_seven_parts_give_the_table_of_one(embedded: Engine, lake: Lake, given: Given, table: str, seed: int):
    found, contract = given(table, seed), CATALOG.contracts[table]
    whole = built(lake, embedded, contract, found, 1)
    assert whole.num_rows > 20
    assert built(lake, embedded, contract, found, 7).equals(whole)


def test_what_a_module_says_that_it_reads_are_columns_of_its_inputs():
    for table in READING:
        contract, module = CATALOG.contracts[table], module_of(CATALOG.contracts[table])
        assert {*getattr(module, "ROWS", {}), *getattr(module, "SUMS", {})} <= {*module.READS}, table
        assert all({*c} <= {*module.READS[n]} for n, c in getattr(module, "SUMS", {}).items()), table
        inputs_of = {name.split(".")[1]: CATALOG.contracts[name] for name in contract.inputs}
        for name, columns in module_of(contract).READS.items():
            known = {*inputs_of[name].column_names, *SILVER_META}
            assert set(columns) <= known, (table, name)


def test_of_an_input_only_the_rows_that_a_build_names_are_read_and_those_it_adds_up_come_as_one(
    embedded: Engine,
):
    contract = CATALOG.contracts["gold.platform_duty"]
    columns = ("month", "platform_code", "n_lines")
    rows = [("2026-05", "P1", 1), ("2026-05", "P1", 2), ("2026-06", "P1", 4), ("2026-05", "P2", 8)]
    trade = pa.table([pa.array(each) for each in zip(*rows, strict=True)], names=columns)
    with embedded.workspace(small=True) as space:
        space.read("gold_commerce_state", trade)
        reading = Reading(columns, "platform_code = 'P1'", ("n_lines",))
        found = space.rows(part_text(contract, CATALOG, "gold.commerce_state", 0, 1, reading))
    assert [*zip(*found.to_pydict().values(), strict=True)] == [("2026-05", "P1", 3), ("2026-06", "P1", 4)]
    assert found.schema.field("n_lines").type == pa.int64()


FEW = ("gold.bulletin", "gold.failing_item", "gold.platform_duty")


@pytest.mark.parametrize(
    "table", [*FEW, *(pytest.param(t, marks=pytest.mark.slow) for t in READING if t not in FEW)]
)
def test_columns_and_rows_that_a_build_does_not_name_change_nothing(
    embedded: Engine, lake: Lake, given: Given, table: str, monkeypatch: pytest.MonkeyPatch
):
    found, contract = given(table, 1), CATALOG.contracts[table]
    read = built(lake, embedded, contract, found, 1)
    for said in ("READS", "ROWS", "SUMS"):
        monkeypatch.setattr(module_of(contract), said, {}, raising=False)
    assert built(lake, embedded, contract, found, 1).equals(read)


@pytest.mark.slow
@pytest.mark.parametrize("table", SPLIT)
def test_parts_without_any_row_add_nothing(embedded: Engine, lake: Lake, given: Given, table: str):
    found, contract = given(table, 4, size=4), CATALOG.contracts[table]
    assert built(lake, embedded, contract, found, 12).equals(built(lake, embedded, contract, found, 1))


@pytest.mark.parametrize(
    "table", [pytest.param("gold.sampling_lifecycle", marks=pytest.mark.slow), "gold.sampling_refusal"]
)
def test_samples_of_one_order_and_events_of_an_order_need_the_second_column(
    embedded: Engine, lake: Lake, given: Given, table: str
):
    found, contract = given(table, 1), CATALOG.contracts[table]
    by_sample = replace(contract, partition_by=("sample_id",))
    assert not built(lake, embedded, by_sample, found, 7).equals(built(lake, embedded, contract, found, 1))


@pytest.mark.slow
@pytest.mark.parametrize(("table", "small"), [*((t, False) for t in SPLIT), (SPLIT[0], True)])
def test_spark_builds_the_same_table_part_by_part(
    spark, embedded: Engine, lake: Lake, given: Given, table: str, small: bool
):
    found, contract = given(table, 1), CATALOG.contracts[table]
    whole = built(lake, embedded, contract, found, 1)
    sparked = built(lake, OnSpark(lake, lambda: spark), contract, found, 3, small=small)
    order = [(name, "ascending") for name in contract.key]
    assert sparked.sort_by(order).cast(whole.schema).equals(whole)


@pytest.mark.parametrize("name", ["duckdb", pytest.param("spark", marks=pytest.mark.slow)])
def test_the_part_of_a_group_is_the_same_in_duckdb_spark_and_python(
    request: pytest.FixtureRequest, embedded: Engine, lake: Lake, name: str
):
    groups = ["", "a", "样本 1", "\U0001f980", "x" * 300, *(f"s{i}" for i in range(200)), None]
    contract = CATALOG.contracts["gold.judgement_audit"]
    page = "gold.page_claim"
    engine = embedded if name == "duckdb" else OnSpark(lake, lambda: request.getfixturevalue("spark"))
    with engine.workspace(small=True) as space:
        space.read("gold_page_claim", pa.table({"sample_id": groups}))
        for parts in (2, 7):
            for part in range(parts):
                text = part_text(contract, CATALOG, page, part, parts)
                found = space.rows(text)["sample_id"].to_pylist()
                assert set(found) == {g for g in groups if part_of(g, parts) == part}


def test_as_many_parts_as_the_rows_of_the_split_inputs_need(lake: Lake, given: Given):
    contract = CATALOG.contracts["gold.judgement_audit"]
    found = given(contract.id, 1)
    split = split_inputs(contract, CATALOG)
    assert split == ["silver.test_result", "silver.sample", "silver.conclusion", "gold.page_claim"]
    rows = sum(lake.rows(i, found[i].version) for i in split)
    counts = [count_parts(lake, contract, CATALOG, found, limit) for limit in (None, rows, rows - 1, 10)]
    assert counts == [1, 1, 2, -(-rows // 10)]
