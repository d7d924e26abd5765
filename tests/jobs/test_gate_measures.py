"""What is measured of the audited rows, and which rows are audited."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.contracts.suites import measured_columns, suite
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Stored, Workspace
from jobs.gate.measure import audited_months, measure
from jobs.gate.profile import Profile, profile
from jobs.lake.tables import Lake

MONDAY = date(2026, 6, 1)
CATALOG = load_catalog()
SAMPLE, RATE = CATALOG.contracts["silver.sample"], CATALOG.contracts["gold.detection_rate"]
SUITE = suite(SAMPLE, CATALOG.contracts)


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    return Lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture
def space(lake: Lake) -> Iterator[Workspace]:
    engine = Embedded(lake)
    with engine.workspace() as opened:
        yield opened
    engine.close()


def rows_of(contract: Contract, rows: Iterable[dict]) -> pa.Table:
    return pa.Table.from_pylist(
        list(rows), schema=pa.schema([f.with_nullable(True) for f in arrow_schema(contract)])
    )


def sample_rows(rows: Iterable[dict]) -> pa.Table:
    return rows_of(SAMPLE, rows)


def profiled(space: Workspace, rows: pa.Table) -> Profile:
    space.read("audited", rows)
    return profile(space, SUITE.columns)


def test_the_profile_measures_what_may_be_null_numbers_and_categories(space):
    """A fact's key is no category: nearly every row has another one."""
    rows = [("1", "online", 1), ("2", "online", None), ("3", "shop", 3), ("4", None, 5)]
    found = profiled(
        space,
        sample_rows(
            {"sample_id": i, "channel": c, "price": None if p is None else Decimal(p)} for i, c, p in rows
        ),
    )
    assert found.rows == 4 and found.null_share["channel"] == 0.25 and "sample_id" not in found.null_share
    assert found.mean["price"] == 3.0 and "units_sold" not in found.mean  # no value, no mean
    assert found.shares["channel"] == {"online": pytest.approx(2 / 3), "shop": pytest.approx(1 / 3)}
    assert "listing_id" in measured_columns(SAMPLE)["drift"] and "listing_id" not in found.shares


def test_the_profile_of_no_rows_says_nothing(space):
    assert profiled(space, sample_rows([])) == Profile(0)


def test_a_mean_of_doubles_does_not_depend_on_the_order_of_the_rows(space):
    """Added up as doubles these differ in their last digits. What is no number is left out."""
    values = [random.Random(7).random() * 10**n for n in range(-6, 7) for _ in range(50)] + [
        float("nan"),
        float("inf"),
    ]
    found = set()
    for order in range(4):
        random.Random(order).shuffle(values)
        space.read("audited", rows_of(RATE, [{"rate": value} for value in values]))
        found.add(profile(space, suite(RATE, CATALOG.contracts).columns).mean["rate"])
    [mean] = found
    whole = [v for v in values if v < float("inf")]
    assert mean == pytest.approx(sum(whole) / len(whole), rel=1e-12)


def test_a_version_kept_by_month_is_measured_by_its_audited_months(lake: Lake, space):
    months = [date(2026, 1, 1), date(2026, 2, 1), None]
    rows = sample_rows({"price": Decimal(p)} for p in (1, 3, 9)).append_column("_month", pa.array(months))
    version = lake.overwrite("silver.sample", rows)
    for chosen, price, scope in (
        ((months[1],), 3.0, "months 2026-02"),
        (None, 13 / 3, "whole"),
        ((), None, "months "),
    ):
        space.read("audited", Stored("silver.sample", version, months=chosen))
        measures = measure(space, SUITE, rows=3, months=chosen, day=MONDAY, noted=[], more={"judged_rows": 4})
        assert measures.profile.mean.get("price") == pytest.approx(price) and measures.scope == scope
        assert (measures.metrics["row_count"], measures.metrics["judged_rows"]) == (3, 4)
        assert measures.metrics["audited_rows"] == (3 if chosen is None else len(chosen))


@pytest.mark.slow  # starts Spark
def test_spark_measures_what_duckdb_measures(lake: Lake, space, spark):
    from jobs.engine.on_spark import OnSpark

    chosen = random.Random(3)
    samples = sample_rows(
        {
            "sample_id": str(n),
            "price": Decimal(n) / 4,
            "channel": chosen.choice(["线上", "shop", None]),
            "exit_kind": chosen.choice(["violation", None]),
        }
        for n in range(500)
    )
    rates = rows_of(RATE, [{"rate": n / 7, "suppressed": n % 3 == 0, "n_tested": n} for n in range(500)])
    with OnSpark(lake, lambda: spark).workspace(small=True) as other:
        for contract, rows in ((SAMPLE, samples), (RATE, rates)):
            columns = suite(contract, CATALOG.contracts).columns
            for one in (space, other):
                one.read("audited", rows)
            assert profile(other, columns) == profile(space, columns)


def test_large_tables_are_audited_where_they_were_touched_and_whole_on_mondays():
    june = (date(2026, 6, 1),)
    tuesday = MONDAY + timedelta(days=1)
    large = {"rows": 1_000_001, "full_refresh": False}
    assert audited_months(june, day=tuesday, **large) == june
    assert audited_months(june, day=MONDAY, **large) is None
    assert audited_months(june, day=tuesday, rows=1_000_000, full_refresh=False) is None
    assert audited_months(june, day=tuesday, rows=1_000_001, full_refresh=True) is None
    assert audited_months(None, day=tuesday, **large) is None  # all was written
