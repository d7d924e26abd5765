"""Every golden case: the table's code makes exactly the rows of expect.csv from the case's inputs
(definitions.md#golden-case)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from golden_build import Case, built
from golden_csv import CaseError, read_expected, read_table, table_schema, write_expected

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Engine
from jobs.engine.on_spark import OnSpark
from jobs.lake.tables import Lake

HERE = Path(__file__).parent
CATALOG = load_catalog()
ON_SPARK = "test_the_golden_case_comes_out_on_spark"
CASES = sorted(p.parent for p in HERE.glob("*.*/*/expect.csv"))
TOLERANCE = 1e-9
THREADS = 3  # a small plan is analysed on one core: several at a time


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return CATALOG


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Embedded(Lake(tmp_path_factory.mktemp("lake")))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def on_spark(
    catalog: Catalog, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Path, Future[pa.Table]]]:
    """What comes out on Spark of each case that this run will ask for; the cases share one session and run
    side by side."""
    asked = [
        item.callspec.params["path"]
        for item in request.session.items
        if getattr(item, "originalname", "") == ON_SPARK
    ]
    session = request.getfixturevalue("spark")
    engine = OnSpark(Lake(tmp_path_factory.mktemp("lake")), lambda: session)
    with ThreadPoolExecutor(THREADS) as pool:
        yield {path: pool.submit(built, Case(path), catalog, engine) for path in asked}
        pool.shutdown(cancel_futures=True)  # where the run ends at its first failure


def of_case(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def compare(table: pa.Table, path: Path, catalog: Catalog) -> None:
    """A result against the contract and the case's expect.csv."""
    contract = catalog.contracts[Case(path).table]
    absent = [
        f.name
        for f in table_schema(contract)
        if not f.name.startswith("_") and f.name not in table.column_names
    ]
    assert not absent, f"{contract.id} lacks columns of its contract: {absent}"
    assert not null_where_required(
        table, contract.column_names, {c.name for c in contract.columns if c.required}
    )
    columns, wanted = read_expected(path / "expect.csv", contract)
    assert differences(table.select(columns).to_pylist(), wanted, contract.key) == []


@pytest.mark.parametrize("path", CASES, ids=of_case)
def test_the_golden_case_comes_out(
    path: Path, catalog: Catalog, embedded: Engine, request: pytest.FixtureRequest
):
    table = built(Case(path), catalog, embedded)
    if request.config.getoption("--write-expected"):
        contract = catalog.contracts[Case(path).table]
        write_expected(path / "expect.csv", contract, table.to_pylist(), equal)
    compare(table, path, catalog)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [p for p in CASES if CATALOG.contracts[Case(p).table].engine == "sql"], ids=of_case
)
def test_the_golden_case_comes_out_on_spark(
    path: Path, catalog: Catalog, on_spark: dict[Path, Future[pa.Table]]
):
    compare(on_spark[path].result(), path, catalog)


@pytest.mark.parametrize("path", CASES, ids=of_case)
def test_a_golden_case_says_which_rule_it_shows(path: Path):
    assert (path / "why.md").read_text(encoding="utf-8").strip()


def null_where_required(table: pa.Table, columns: tuple[str, ...], required: set[str]) -> list[str]:
    return [name for name in columns if name in required and table[name].null_count]


def differences(got: list[dict[str, Any]], wanted: list[dict[str, Any]], key: tuple[str, ...]) -> list[str]:
    """What distinguishes two lists of rows apart, matched by key; each row stands once in each."""
    found = []
    by_key = [{tuple(row[k] for k in key): row for row in rows} for rows in (got, wanted)]
    for rows, keyed, what in zip((got, wanted), by_key, ("the result", "expect.csv"), strict=True):
        if len(rows) != len(keyed):
            found.append(f"{what} holds a key twice")
    for name in sorted(by_key[0].keys() | by_key[1].keys(), key=repr):
        row, expected = by_key[0].get(name), by_key[1].get(name)
        if row is None or expected is None:
            found.append(f"{name}: {'absent, but expected' if row is None else f'not expected: {row}'}")
            continue
        found += [
            f"{name}: {c} is {row[c]!r}, expected {expected[c]!r}"
            for c in expected
            if not equal(row[c], expected[c])
        ]
    return found


def equal(got: Any, wanted: Any) -> bool:
    """Floats to 1e-9, NaN never equal; other values exactly."""
    if isinstance(got, float) and isinstance(wanted, (int, float)):
        return math.isclose(got, wanted, rel_tol=0, abs_tol=TOLERANCE)
    return got == wanted


def test_a_missing_row_a_further_row_and_another_value_are_each_reported():
    got = [{"k": "a", "v": 1.0}, {"k": "b", "v": 2.0}, {"k": "c", "v": None}]
    wanted = [{"k": "a", "v": 1.0 + 5e-10}, {"k": "b", "v": 2.1}, {"k": "d", "v": 0.0}]
    found = differences(got, wanted, ("k",))
    assert [line.split(":")[0] for line in found] == ["('b',)", "('c',)", "('d',)"]
    assert "absent" in found[2]
    assert differences([got[0], got[0]], [got[0]], ("k",)) == ["the result holds a key twice"]
    assert differences([got[2]], [{"k": "c", "v": 0.0}], ("k",)) != []


def test_equal_means_the_same_number_text_list_or_null():
    assert (
        equal(Decimal("1.10"), Decimal("1.1")) and equal(["a"], ["a"]) and equal(None, None) and equal("", "")
    )
    assert not equal("", None) and not equal(0.0, None) and not equal(math.nan, math.nan) and not equal(1, 2)


def test_what_is_written_anew_is_read_as_the_result_and_cells_that_agree_keep_their_text(
    tmp_path: Path, catalog: Catalog
):
    contract = catalog.contracts["silver.sample"]
    path = tmp_path / "expect.csv"
    path.write_text("sample_id,price,seal_intact,purchased_on\ns1,9.50,true,2026-06-30\nold,1,,\n", "utf-8")
    row = {"sample_id": "s1", "price": Decimal("9.5"), "seal_intact": False, "purchased_on": None}
    new = {"sample_id": "s2", "price": None, "seal_intact": True, "purchased_on": date(2026, 7, 1)}
    write_expected(path, contract, [row, new], equal)
    assert path.read_text("utf-8").splitlines()[1:] == ["s1,9.50,false,", "s2,,true,2026-07-01"]
    assert differences([row, new], read_expected(path, contract)[1], contract.key) == []


def test_rows_of_expect_stay_in_their_order_and_new_ones_follow_by_their_key(
    tmp_path: Path, catalog: Catalog
):
    path = tmp_path / "expect.csv"
    path.write_text("sample_id\ns9\ns1\n", "utf-8")
    rows = [{"sample_id": name} for name in ("s5", "s1", "s3", "s9")]
    write_expected(path, catalog.contracts["silver.sample"], rows, equal)
    assert path.read_text("utf-8").split() == ["sample_id", "s9", "s1", "s3", "s5"]


def test_every_value_of_every_case_is_written_as_it_is_read(catalog: Catalog, tmp_path: Path):
    copy = tmp_path / "expect.csv"
    for path in CASES:
        contract = catalog.contracts[Case(path).table]
        copy.write_bytes((path / "expect.csv").read_bytes())
        _, rows = read_expected(copy, contract)
        write_expected(copy, contract, rows, lambda one, other: False)
        assert read_expected(copy, contract)[1] == rows, path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample_id,plan_id,colour\ns1,p1,red\n", "no such column: colour"),
        ("sample_id\ns1\n", "plan_id: is required and absent"),
        ("price\n1\n", "csv: sample_id, plan_id: is required and absent"),
        ("sample_id,plan_id\ns1,\n", "record 1: plan_id: is required and empty"),
        (
            "sample_id,plan_id,purchased_on\ns1,p1,2026-13-01\n",
            "record 1: purchased_on: '2026-13-01' is not a date",
        ),
        ("sample_id,plan_id,seal_intact\ns1,p1,yes\n", "seal_intact: 'yes' is not a boolean"),
        ("sample_id,plan_id,price\ns1,p1,cheap\n", "price: 'cheap' is not a decimal"),
        ("sample_id,plan_id\ns1,p1,extra\n", "record 1: 3 cells, the header has 2"),
    ],
)
def test_a_case_that_is_written_wrongly_says_where(tmp_path: Path, catalog: Catalog, text: str, message: str):
    path = tmp_path / "silver.sample.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=message):
        read_table(path, catalog.contracts["silver.sample"])


def test_an_input_has_all_columns_of_its_contract_and_nulls_where_the_case_says_nothing(
    tmp_path: Path, catalog: Catalog
):
    path = tmp_path / "silver.overseas_alert.csv"
    path.write_text(
        'alert_id,system,published_on,origin_countries\na1,RASFF,2024-01-02,"[""China""]"\n', encoding="utf-8"
    )
    contract = catalog.contracts["silver.overseas_alert"]
    row = read_table(path, contract).to_pylist()[0]
    assert set(contract.column_names) <= set(row)
    assert (row["origin_countries"], row["severity"], row["_flags"]) == (["China"], None, None)
