"""The gate over order lines, on DuckDB and on Spark, against stock Great Expectations on Spark, plain and
tuned.

40 rules, 3 of uniqueness, 2 foreign keys.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import great_expectations as gx
import pytest
from great_expectations.expectations.registry import get_expectation_impl
from market import DAY, PLATFORMS
from meter import Meter
from pyspark.sql import functions as F

from jobs.contracts.catalog import load_catalog
from jobs.contracts.questions import Question
from jobs.contracts.suites import Expectation
from jobs.contracts.suites import suite as suite_of
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Engine, Stored
from jobs.engine.on_spark import OnSpark
from jobs.gate.audit import Gate, Verdict
from jobs.gate.measure import Measures, measure
from jobs.gate.profile import Profile
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.night.figures import unlinked

pytestmark = pytest.mark.bench
TEXTS = {
    "order_line_id": "O[0-9]{9}",
    "order_id": "B[0-9]{9}",
    "platform_code": "P[0-9]{3}",
    "listing_id": "L[0-9]{7}",
    "shop_id": "S[0-9]{7}",
    "consumer_region_code": "[0-9]{6}",
}
FILLED = (*TEXTS, "ordered_on", "quantity", "amount")
RETURNED = {
    "type": "comparison",
    "column": {"name": "return_reason"},
    "operator": "==",
    "parameter": "quality",
}
BETWEEN, IN_SET, NOT_NULL = (
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_null",
)


def rule(kind: str, *, failing: str | None = None, **arguments: Any) -> Expectation:
    """``failing``: of a rule that no stock expectation says."""
    asked = None if failing is None else Question(failing)
    name = f"transaction.{arguments.get('column', 'key')}.{kind}"
    return Expectation(kind, arguments, "critical", "rows", name, "规则", "rule", asked)


def suite(regions: list[str]) -> list[Expectation]:
    """40 rules of the types that contracts and expectation files use, and 3 of uniqueness."""
    rules = [rule(NOT_NULL, column=c) for c in FILLED]
    rules += [rule(NOT_NULL, column=c, mostly=0.01) for c in ("returned_on", "return_reason")]
    rules += [
        rule("expect_column_value_lengths_to_be_between", column=c, min_value=4, max_value=10) for c in TEXTS
    ]
    rules += [
        rule("expect_column_values_to_match_regex", column=c, regex=f"^(?:{pattern})$")
        for c, pattern in TEXTS.items()
    ]
    rules += [
        rule(IN_SET, column="return_reason", value_set=["quality", "other"]),
        rule(IN_SET, column="quantity", value_set=[1, 2, 3, 4, 5]),
        rule(IN_SET, column="platform_code", value_set=[f"P{n:03d}" for n in range(PLATFORMS)]),
        rule(IN_SET, column="consumer_region_code", value_set=regions),
        rule(BETWEEN, column="quantity", min_value=0),
        rule(BETWEEN, column="quantity", max_value=1000),
        rule(BETWEEN, column="amount", min_value=0),
        rule(BETWEEN, column="amount", max_value=1e9),
        rule(BETWEEN, column="amount", max_value=900, mostly=0.8),
        rule(BETWEEN, column="quantity", min_value=1, row_condition=RETURNED),
        rule(NOT_NULL, column="returned_on", row_condition=RETURNED),
        rule(
            "expect_column_pair_values_a_to_be_greater_than_b",
            column_A="returned_on",
            column_B="ordered_on",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        ),
        rule(
            IN_SET,
            column="_fails_1",
            value_set=[0],
            failing="returned_on IS NULL AND return_reason IS NOT NULL",
        ),
        rule(
            IN_SET,
            column="_fails_2",
            value_set=[0],
            failing="coalesce(ordered_on < DATE '1980-01-01', FALSE)",
        ),
        rule(BETWEEN, column="quantity", max_value=5, row_condition=RETURNED),
        rule(BETWEEN, column="amount", min_value=0.5, mostly=0.9),
        rule("expect_column_values_to_be_null", column="returned_on", mostly=0.9),
    ]
    return [
        *rules,
        rule("expect_column_values_to_be_unique", column="order_line_id"),
        rule("expect_compound_columns_to_be_unique", column_list=["order_id", "order_line_id"]),
        rule("expect_compound_columns_to_be_unique", column_list=["order_line_id", "ordered_on"]),
    ]


def stock(
    frame: Any,
    rules: list[Expectation],
    parents: list[tuple[str, str]],
    *,
    persist: bool,
    result_format: str | None,
) -> list[bool]:
    """Verdicts of GX itself, in order; foreign keys as an anti-join in its expectation over rows."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_spark("stock", persist=persist)
    batch = source.add_dataframe_asset("lines").add_batch_definition_whole_dataframe("all")
    listed = [get_expectation_impl(e.type)(**e.kwargs, meta={"number": n}) for n, e in enumerate(rules)]
    for number, (column, parent) in enumerate(parents, len(rules)):
        query = f"SELECT b.* FROM {{batch}} b LEFT ANTI JOIN {parent} p ON b.{column} = p.{column}"
        query += f" WHERE b.{column} IS NOT NULL"
        listed.append(
            gx.expectations.UnexpectedRowsExpectation(unexpected_rows_query=query, meta={"number": number})
        )
    suite = context.suites.add(gx.ExpectationSuite(name="lines", expectations=listed))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="lines", data=batch, suite=suite)
    )
    derived = {
        e.kwargs["column"]: F.expr(f"CASE WHEN {e.asked.failing} THEN 1 ELSE 0 END") for e in rules if e.asked
    }
    more = {"result_format": result_format} if result_format else {}
    outcome = definition.run(batch_parameters={"dataframe": frame.withColumns(derived)}, **more)
    frame.sparkSession.catalog.clearCache()
    return [r.success for r in sorted(outcome.results, key=lambda r: r.expectation_config.meta["number"])]


def gated(
    engine: Engine, folder: Path, rules: list[Expectation], versions: dict[str, int], rows: int
) -> Verdict:
    """The gate with foreign keys, as a night runs it."""
    table = "silver.transaction"
    late = sum(unlinked(engine, load_catalog(), table, versions).values())
    linked = Expectation(
        BETWEEN,
        {"column": "unlinked_share", "max_value": 0},
        "warning",
        "metrics",
        "linked",
        "上级",
        "parent",
    )
    measures = Measures({"row_count": rows, "unlinked_share": late / rows}, Profile(rows), None)
    with engine.workspace() as space:
        space.read("audited", Stored(table, versions[table]))
        return Gate(folder, run_id="bench", day=DAY).audit(
            table, versions[table], [*rules, linked], space, measures
        )


def test_gate_against_stock_gx(market, session, tmp_path: Path) -> None:
    lake, catalog = Lake(market.env.lake), load_catalog()
    snapshot, parents = newest_snapshot(lake), ("silver.listing", "silver.shop")
    versions = {p: snapshot.version(p) for p in parents} | {
        "silver.transaction": lake.version("silver.transaction")
    }
    rules, meter = suite(market.regions), Meter("gate: 40 rules, 3 uniqueness, 2 foreign keys")
    frames = {
        t: session.read.format("delta").option("versionAsOf", version).load(str(lake.path(t)))
        for t, version in versions.items()
    }
    frame, rows = (
        frames["silver.transaction"],
        lake.rows("silver.transaction", versions["silver.transaction"]),
    )
    for parent in parents:
        frames[parent].createOrReplaceTempView(parent.split(".")[1])
    keys = [("listing_id", "listing"), ("shop_id", "shop")]
    embedded, spark = Embedded(lake), OnSpark(lake, lambda: session)
    with meter.measure("this project: DuckDB", rows):
        verdict = gated(embedded, tmp_path / "embedded", rules, versions, rows)
    with meter.measure("this project: Spark", rows):
        by_spark = gated(spark, tmp_path / "spark", rules, versions, rows)
    with (
        meter.measure("this project: profile for drift, not in stock GX", rows),
        embedded.workspace() as space,
    ):
        space.read("audited", Stored("silver.transaction", versions["silver.transaction"]))
        asked = suite_of(catalog.contracts["silver.transaction"], catalog.contracts)
        measure(space, asked, rows=rows, months=None, day=DAY, noted=[], more={})
    with meter.measure("GX tuned: persist=False, BOOLEAN_ONLY", rows):
        tuned = stock(frame, rules, keys, persist=False, result_format="BOOLEAN_ONLY")
    with meter.measure("GX as it comes", rows):
        plain = stock(frame, rules, keys, persist=True, result_format=None)
    embedded.close()
    ours = [r["success"] for r in verdict.rows if r["batch"] == "rows"]
    assert by_spark.rows == verdict.rows and not verdict.rows[-1]["success"]
    assert len(rules) == 43 and sorted(ours) == sorted(plain[:43]) == sorted(tuned[:43]) and not plain[43]
    duckdb, on_spark, _, tuned_seconds, plain_seconds = (m.seconds for m in meter.measured)
    meter.show(
        ("GX as it comes to DuckDB", plain_seconds / duckdb),
        ("GX tuned to DuckDB", tuned_seconds / duckdb),
        ("GX as it comes to Spark", plain_seconds / on_spark),
    )
