"""The gate says what stock Great Expectations says: verdicts and counts of 10,000 rows, on DuckDB and on
Spark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import great_expectations as gx
import numpy as np
import pyarrow as pa
import pytest
from great_expectations.expectations.registry import get_expectation_impl

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Column, Contract, Rule
from jobs.contracts.suites import Expectation, derived_expectations, expectations
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Stored, Workspace
from jobs.gate.audit import Gate, Verdict
from jobs.gate.measure import Measures
from jobs.gate.profile import Profile
from jobs.lake.tables import Lake

ROWS, TABLE = 10_000, "gold.made"


def when(column: str, operator: str, parameter: Any) -> dict[str, Any]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


WHEN_A, NEVER = when("kind", "==", "a"), when("kind", "==", "nothing has this")
WHEN_OLD = {
    "type": "and",
    "conditions": [
        when("number", "IN", [1, 2]),
        {"type": "nullity", "column": {"name": "less"}, "is_null": False},
    ],
}
EITHER = {"type": "or", "conditions": [when("number", ">=", 3), when("less", "<", 1)]}
BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
NOT_NULL, NULL = "expect_column_values_to_not_be_null", "expect_column_values_to_be_null"
PAIR, UNIQUE = "expect_column_pair_values_a_to_be_greater_than_b", "expect_column_values_to_be_unique"
NOT_IN_SET, COMPOUND = "expect_column_values_to_not_be_in_set", "expect_compound_columns_to_be_unique"
REGEX, LENGTHS = "expect_column_values_to_match_regex", "expect_column_value_lengths_to_be_between"
BOTH = {"ignore_row_if": "either_value_is_missing"}
LONG_LIST = [f"A{n:05d}" for n in range(9_000)]
WRITTEN = [  # type and arguments; the comment says what differs
    (NOT_NULL, {"column": "id"}),
    (NOT_NULL, {"column": "price"}),  # fails: a tenth is null
    (NOT_NULL, {"column": "price", "mostly": 0.8}),
    (NOT_NULL, {"column": "price", "mostly": 0.8, "row_condition": WHEN_A}),
    (NULL, {"column": "nothing"}),  # a column without a value
    (NULL, {"column": "price", "row_condition": WHEN_OLD}),  # two conditions at once, fails
    (NULL, {"column": "price", "row_condition": EITHER, "mostly": 0.05}),
    (IN_SET, {"column": "kind", "value_set": ["a", "b", "c"]}),
    (IN_SET, {"column": "kind", "value_set": ["a", "b"]}),  # fails
    (IN_SET, {"column": "kind", "value_set": ["a", "b"], "mostly": 0.5}),
    (IN_SET, {"column": "number", "value_set": [1, 2, 3], "row_condition": WHEN_A}),  # fails, among some rows
    (IN_SET, {"column": "number", "value_set": [1, 2, 3], "row_condition": NEVER}),  # no row is asked about
    (IN_SET, {"column": "yes", "value_set": [False], "mostly": 0.7}),  # truth values, fails
    (IN_SET, {"column": "nothing", "value_set": ["x"]}),  # no value to judge
    (IN_SET, {"column": "id", "value_set": LONG_LIST, "mostly": 0.8}),
    (NOT_IN_SET, {"column": "kind", "value_set": ["c", "d"]}),  # fails
    (NOT_IN_SET, {"column": "number", "value_set": [99]}),
    (BETWEEN, {"column": "price", "min_value": 0, "max_value": 100}),
    (BETWEEN, {"column": "price", "min_value": 0, "max_value": 50}),  # fails on half
    (BETWEEN, {"column": "price", "max_value": 50, "mostly": 0.4}),
    (BETWEEN, {"column": "price", "max_value": 99.9, "row_condition": WHEN_A}),
    (BETWEEN, {"column": "price", "min_value": 0, "strict_min": True, "max_value": 50, "strict_max": True}),
    (BETWEEN, {"column": "amount", "min_value": 1, "max_value": 4000}),  # decimals, fails
    (LENGTHS, {"column": "id", "min_value": 6, "max_value": 6}),
    (LENGTHS, {"column": "text", "max_value": 2}),  # Chinese text, fails
    ("expect_column_value_lengths_to_equal", {"column": "text", "value": 2}),  # fails
    (REGEX, {"column": "id", "regex": "^(?:[A-Z][0-9]{5})$"}),
    (REGEX, {"column": "text", "regex": "^甲"}),  # fails
    (PAIR, {"column_A": "number", "column_B": "less", "or_equal": True, **BOTH}),
    (PAIR, {"column_A": "less", "column_B": "number", "or_equal": True, **BOTH}),  # fails
    (PAIR, {"column_A": "number", "column_B": "less", **BOTH, "row_condition": WHEN_A}),
    (PAIR, {"column_A": "until", "column_B": "since", "or_equal": True, **BOTH}),  # days, fails
    (UNIQUE, {"column": "id"}),
    (UNIQUE, {"column": "twice"}),  # five values occur twice
    (UNIQUE, {"column": "twice", "row_condition": WHEN_A}),
    (UNIQUE, {"column": "price", "mostly": 0.5}),  # doubles and nulls, fails
    (COMPOUND, {"column_list": ["id", "kind"]}),
    (COMPOUND, {"column_list": ["twice", "half"]}),  # nulls in the key, fails
    (COMPOUND, {"column_list": ["twice", "half"], "ignore_row_if": "any_value_is_missing"}),
    ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": ROWS - 1}),  # fails
    ("expect_table_row_count_to_equal", {"value": ROWS}),
]


def column(name: str, kind: str = "string", *rules: tuple[str, dict[str, Any]], **more: Any) -> Column:
    made = tuple(Rule(f"made.{name}.{rule}", rule, arguments) for rule, arguments in rules)
    return Column(
        name, kind, more.pop("required", False), more.pop("key", False), f"列{name}", "", "", rules=made
    )


CONTRACT = Contract(  # every kind of rule that a stock expectation says; each but one fails somewhere
    TABLE,
    "1.0.0",
    "room",
    "one row per id",
    "pandas",
    (),
    "full",
    False,
    "",
    (
        column("twice", key=True, required=True),
        column("half", "bigint", key=True, required=True),
        column("id", "string", ("pattern", {"pattern": "A[0-9]{3}[1-9][0-9]"}), ("length", {"min": 6})),
        column("kind", "string", ("values", {"list": ["a", "b"]}), required=True),
        column("price", "double", ("range", {"min": 0.5, "max": 50}), required=True),
        column("amount", "decimal(18,2)", ("range", {"max": 4000})),
        column("number", "bigint", ("at_least", {"column": "less"}), ("values", {"list": [1, 2, 3]})),
        column("less", "bigint", ("at_most", {"column": "number"})),
        column("since", "date", ("not_after", {"column": "until"})),
        column("until", "date", ("not_before", {"column": "since"})),
        column("yes", "boolean", ("values", {"list": [False]})),
        column("text", "string", ("length", {"max": 2})),
    ),
    Path("made.yaml"),
    key=("twice", "half"),
)


def rows() -> pa.Table:
    """Ten thousand rows with every kind of flaw that the expectations look for."""
    random, numbers = np.random.default_rng(7), np.arange(ROWS)
    less, day = numbers % 5, date(2026, 1, 1)
    return pa.table(
        {
            "id": [f"A{n:05d}" for n in numbers],
            "kind": [*random.choice(["a", "b", "c"], ROWS, p=[0.5, 0.4999, 0.0001]).tolist()[:-2], None, "c"],
            "price": pa.array(np.round(random.random(ROWS) * 100, 1), mask=numbers % 10 == 0),
            "amount": pa.array(
                [None if n % 13 == 0 else Decimal(int(n)) / 2 for n in numbers], pa.decimal128(18, 2)
            ),
            "number": pa.array(less + (numbers % 1000 != 0) * 2 - 1, mask=numbers % 7 == 0),
            "less": pa.array(less, mask=numbers % 11 == 0),
            "yes": pa.array(numbers % 3 == 0, mask=numbers % 17 == 0),
            "twice": [f"t{n}" if n >= 10 else f"t{n // 2}" for n in numbers],
            "half": pa.array(np.ones(ROWS, dtype="int64"), mask=numbers < 6),
            "text": ["甲乙丙" if n % 2500 == 0 else "甲乙" if n % 2500 > 3 else "丙" for n in numbers],
            "nothing": pa.nulls(ROWS, pa.string()),
            "since": [day + timedelta(days=int(n % 300)) for n in numbers],
            "until": [day + timedelta(days=int(n % 300) + (0 if n % 3333 else -1)) for n in numbers],
            "at": [datetime(2026, 1, 1, tzinfo=UTC)] * ROWS,
        }
    )


def written(number: int) -> Expectation:
    return Expectation(
        WRITTEN[number][0], WRITTEN[number][1], "warning", "rows", str(number), "写", str(number)
    )


LISTED = [*derived_expectations(CONTRACT), *map(written, range(len(WRITTEN)))]


def stock(listed: list[Expectation]) -> list[dict[str, Any]]:
    """Each expectation's verdict and figures by GX alone, on pandas."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    whole = (
        context.data_sources.add_pandas("p")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("w")
    )
    suite = gx.ExpectationSuite(
        name="stock",
        expectations=[
            get_expectation_impl(e.type)(**e.kwargs, meta={"number": n}) for n, e in enumerate(listed)
        ],
    )
    batch = whole.get_batch({"dataframe": rows().to_pandas(date_as_object=True)})
    found = {
        r.expectation_config.meta["number"]: r for r in batch.validate(suite, result_format="SUMMARY").results
    }
    return [{"success": found[n].success, **found[n].result} for n in range(len(listed))]


def audited(folder: Path, space: Workspace) -> Verdict:
    space.read("audited", Stored(TABLE, 0))
    gate = Gate(folder, run_id="r", day=date(2026, 6, 30))
    return gate.audit(TABLE, 0, LISTED, space, Measures({"row_count": ROWS}, Profile(ROWS), None))


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder with a lake that holds the rows, and the gate's folder `embedded`."""
    home = tmp_path_factory.mktemp("stock")
    Lake(home / "lake").overwrite(TABLE, rows())
    return home


@pytest.fixture(scope="module")
def embedded(home: Path) -> Iterator[Verdict]:
    engine = Embedded(Lake(home / "lake"))
    with engine.workspace() as space:
        yield audited(home / "embedded", space)
    engine.close()


@pytest.fixture(scope="module")
def of_stock() -> list[dict[str, Any]]:
    return stock([e for e in LISTED if not e.kwargs.get("column", "").startswith("_fails_")])


@pytest.mark.slow
def test_verdicts_and_counts_equal_those_of_stock_gx(embedded: Verdict, of_stock) -> None:
    figures = ("success", "unexpected_count", "element_count")
    ours = [r for r in embedded.rows if not (r["column"] or "").startswith("_fails_")]
    assert len(ours) == len(of_stock) == len(LISTED)
    for row, result in zip(ours, of_stock, strict=True):
        assert {k: row[k] for k in figures} == {k: result.get(k) for k in figures}, row["kwargs"]


@pytest.mark.slow
def test_small_samples_hold_what_those_of_stock_gx_hold(embedded: Verdict, of_stock) -> None:
    """Larger ones are the first by value, where stock GX shows the first by row. pandas makes floats of
    integers with nulls."""

    def plain(values: Any) -> list[str]:
        each = [
            list(v.values()) if isinstance(v, dict) else v if isinstance(v, list | tuple) else [v]
            for v in values
        ]
        numbers = [
            [float(v) if isinstance(v, int | Decimal) else None if v != v else v for v in value]
            for value in each
        ]
        return sorted(json.dumps(value, default=str) for value in numbers)

    few = [
        (row, result)
        for row, result in zip(embedded.rows, of_stock, strict=True)
        if 0 < (result.get("unexpected_count") or 0) <= 20
    ]
    assert len(few) >= 8
    for row, result in few:
        assert plain(json.loads(row["observed"])) == plain(result["partial_unexpected_list"]), row["kwargs"]


@pytest.mark.slow
def test_half_of_the_expectations_fail_so_that_equality_means_something(of_stock) -> None:
    assert 20 <= sum(not r["success"] for r in of_stock) <= len(LISTED) - 20


def test_every_type_that_contracts_and_expectation_files_use_is_compared() -> None:
    used = {e.type for contract in load_catalog().contracts.values() for e in expectations(contract)}
    assert used <= {e.type for e in LISTED}


@pytest.mark.slow  # starts Spark
def test_rows_of_the_verdict_and_of_the_data_docs_are_the_same_on_spark(
    home: Path, embedded: Verdict, spark
) -> None:
    from jobs.engine.on_spark import OnSpark

    with OnSpark(Lake(home / "lake"), lambda: spark).workspace(small=True) as space:
        by_spark = audited(home / "spark", space)
    assert by_spark == embedded
    kept = [
        json.loads((home / name / "validations" / f"{TABLE}.json").read_text())
        for name in ("embedded", "spark")
    ]
    assert kept[0]["results"] == kept[1]["results"] and kept[0]["statistics"] == kept[1]["statistics"]


def test_what_is_answered_alike_is_judged_once(home: Path, monkeypatch) -> None:
    """Figures of two tables are judged by one call of GX where they are alike, and by another where they
    differ."""
    from jobs.gate import written
    from jobs.gate.written import Judge

    monkeypatch.setattr(written, "JUDGED", {})
    calls, validated = [], Judge._validated
    monkeypatch.setattr(Judge, "_validated", lambda self, asked: calls.append(1) or validated(self, asked))
    some = Expectation(
        BETWEEN, {"column": "row_count", "min_value": 1}, "critical", "metrics", "x", "甲", "a"
    )
    other, engine = replace(some, severity="warning", message_en="b"), Embedded(Lake(home / "lake"))
    gate, found = Gate(home / "alike", run_id="r", day=date(2026, 6, 30)), []
    with engine.workspace() as space:
        space.read("audited", Stored(TABLE, 0))
        for e, n in ((some, 5), (other, 7), (some, 0)):
            found.append(gate.audit(TABLE, 0, [e], space, Measures({"row_count": n}, Profile(n), None)))
    assert [v.verdict for v in found] == ["passed", "passed", "failed"] and len(calls) == 2
    assert [(r["severity"], r["message_en"]) for r in found[1].rows] == [("warning", "b")]
