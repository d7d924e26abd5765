"""The fused engine says what stock GX says: verdict and every figure of the result, expectation by expectation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import great_expectations as gx
import numpy as np
import pyarrow as pa
import pytest
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.registry import get_expectation_impl

import jobs.gate.fused as fused
from jobs.contracts.suites import Expectation
from jobs.gate.audit import Gate, Large
from jobs.gate.counting import Counter
from jobs.gate.measure import Measures
from jobs.gate.profile import Profile

ROWS = 10_000
WHEN_A = {"type": "comparison", "column": {"name": "kind"}, "operator": "==", "parameter": "a"}
NEVER = {"type": "comparison", "column": {"name": "kind"}, "operator": "==", "parameter": "nothing has this"}
WHEN_OLD = {"type": "and", "conditions": [
    {"type": "comparison", "column": {"name": "number"}, "operator": "IN", "parameter": [1, 2]}, {"type": "nullity", "column": {"name": "less"}, "is_null": False},
]}
BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
EXPECTATIONS = [  # (type, arguments); the comment says what differs
    ("expect_column_values_to_not_be_null", {"column": "id"}),
    ("expect_column_values_to_not_be_null", {"column": "price"}),                                    # fails: a tenth is null
    ("expect_column_values_to_not_be_null", {"column": "price", "mostly": 0.8}),                     # enough are not null
    ("expect_column_values_to_not_be_null", {"column": "price", "mostly": 0.8, "row_condition": WHEN_A}),
    ("expect_column_values_to_be_null", {"column": "nothing"}),                                      # a column without a value
    (IN_SET, {"column": "kind", "value_set": ["a", "b", "c"]}),
    (IN_SET, {"column": "kind", "value_set": ["a", "b"]}),                                           # fails
    (IN_SET, {"column": "kind", "value_set": ["a", "b"], "mostly": 0.5}),
    (IN_SET, {"column": "number", "value_set": [1, 2, 3], "row_condition": WHEN_A}),                 # fails, among some rows
    (IN_SET, {"column": "number", "value_set": [1, 2, 3], "row_condition": NEVER}),                  # no row is asked about
    ("expect_column_values_to_not_be_in_set", {"column": "kind", "value_set": ["c", "d"]}),          # fails
    ("expect_column_values_to_not_be_in_set", {"column": "number", "value_set": [99]}),
    (IN_SET, {"column": "nothing", "value_set": ["x"]}),                                             # no value to judge
    (BETWEEN, {"column": "price", "min_value": 0, "max_value": 100}),
    (BETWEEN, {"column": "price", "min_value": 0, "max_value": 50}),                                 # fails on half
    (BETWEEN, {"column": "price", "max_value": 50, "mostly": 0.4}),
    (BETWEEN, {"column": "price", "max_value": 99.9, "row_condition": WHEN_A}),
    ("expect_column_value_lengths_to_be_between", {"column": "id", "min_value": 6, "max_value": 6}),
    ("expect_column_value_lengths_to_be_between", {"column": "text", "max_value": 2}),               # Chinese text, fails
    ("expect_column_values_to_match_regex", {"column": "id", "regex": "^(?:[A-Z][0-9]{5})$"}),
    ("expect_column_values_to_match_regex", {"column": "text", "regex": "^甲"}),                     # fails
    ("expect_column_values_to_match_regex", {"column": "text", "regex": r"^(?!丙)"}),                # lookahead: left to Spark, fails
    ("expect_column_value_lengths_to_equal", {"column": "text", "value": 2}),                        # fails
    (IN_SET, {"column": "id", "value_set": [f"A{n:05d}" for n in range(9_000)], "mostly": 0.8}),     # a long list
    (BETWEEN, {"column": "price", "min_value": 0, "strict_min": True, "max_value": 50, "strict_max": True}),
    ("expect_column_values_to_be_null", {"column": "price", "row_condition": WHEN_OLD}),             # two conditions at once, fails
    (PAIR, {"column_A": "number", "column_B": "less", "or_equal": True, "ignore_row_if": "either_value_is_missing"}),
    (PAIR, {"column_A": "less", "column_B": "number", "or_equal": True, "ignore_row_if": "either_value_is_missing"}),  # fails
    (PAIR, {"column_A": "number", "column_B": "less", "ignore_row_if": "both_values_are_missing", "row_condition": WHEN_A}),
    (PAIR, {"column_A": "until", "column_B": "since", "or_equal": True, "ignore_row_if": "either_value_is_missing"}),  # days
    ("expect_column_pair_values_to_be_equal", {"column_A": "number", "column_B": "less", "ignore_row_if": "either_value_is_missing"}),
    ("expect_column_values_to_be_unique", {"column": "id"}),
    ("expect_column_values_to_be_unique", {"column": "twice"}),                                      # five values occur twice
    ("expect_column_values_to_be_unique", {"column": "twice", "row_condition": WHEN_A}),
    ("expect_column_values_to_be_unique", {"column": "price", "mostly": 0.5}),                       # doubles and nulls
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "kind"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["twice", "half"]}),                    # nulls in the key, fails
    ("expect_compound_columns_to_be_unique", {"column_list": ["twice", "half"], "ignore_row_if": "any_value_is_missing"}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["number", "less"]}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["number", "rest"], "sum_total": 10}),
    ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": ROWS - 1}),               # fails
    ("expect_table_row_count_to_equal", {"value": ROWS}),
    ("expect_table_columns_to_match_set", {"column_set": ["id"], "exact_match": False}),
    ("expect_column_mean_to_be_between", {"column": "price", "min_value": 40, "max_value": 60}),
    ("expect_column_max_to_be_between", {"column": "number", "max_value": 3}),                       # fails
    ("expect_column_sum_to_be_between", {"column": "number", "min_value": 0, "row_condition": WHEN_A}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "kind", "value_set": ["a", "b", "c"]}),
    ("expect_column_unique_value_count_to_be_between", {"column": "kind", "min_value": 3, "max_value": 3}),
    (IN_SET, {"column": "no such column", "value_set": ["x"]}),                                      # an error takes no other along
]


# Stock GX is not at one with itself: of a pair with one null, pandas finds "not greater" where Spark finds nothing.
ONLY_SPARK = {n for n, (_, arguments) in enumerate(EXPECTATIONS) if arguments.get("ignore_row_if") == "both_values_are_missing"}


def table() -> pa.Table:
    """Ten thousand rows with every kind of flaw that the expectations look for."""
    random, numbers = np.random.default_rng(7), np.arange(ROWS)
    less = numbers % 5
    return pa.table({
        "id": [f"A{n:05d}" for n in numbers],
        "kind": random.choice(["a", "b", "c"], ROWS, p=[0.5, 0.4999, 0.0001]).tolist()[:-2] + [None, "c"],
        "price": pa.array(np.round(random.random(ROWS) * 100, 1), mask=numbers % 10 == 0),
        "number": pa.array(less + (numbers % 1000 != 0) * 2 - 1, mask=numbers % 7 == 0),
        "less": pa.array(less, mask=numbers % 11 == 0),
        "rest": pa.array(10 - (less + 1)),
        "twice": [f"t{n}" if n >= 10 else f"t{n // 2}" for n in numbers],
        "half": pa.array(np.ones(ROWS, dtype="int64"), mask=numbers < 6),
        "text": ["甲乙丙" if n % 2500 == 0 else "甲乙" if n % 2500 > 3 else "丙" for n in numbers],
        "nothing": pa.nulls(ROWS, pa.string()),
        "since": [date(2026, 1, 1) + timedelta(days=int(n % 300)) for n in numbers],
        "until": [date(2026, 1, 1) + timedelta(days=int(n % 300) + (0 if n % 3333 else -1)) for n in numbers],
    })


def judged(kind_of_source: str, data: Any, name: str, counter: Counter | None = None) -> list[dict[str, Any]]:
    """Each expectation's verdict and result, in the order of EXPECTATIONS, through GX's public path."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = getattr(context.data_sources, f"add_{kind_of_source}")(name)
    if counter is not None:
        source.get_execution_engine().counter = counter
    asset = source.add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite(name=name, expectations=[
        get_expectation_impl(kind)(**arguments, meta={"number": n}) for n, (kind, arguments) in enumerate(EXPECTATIONS)
    ])
    definition = gx.ValidationDefinition(name=name, data=batch, suite=context.suites.add(suite))
    outcome = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": data}, result_format={"result_format": "SUMMARY", "return_unexpected_index_query": False}
    )
    by_number = {r.expectation_config.meta["number"]: r for r in outcome.results}
    return [{"success": by_number[n].success, **by_number[n].to_json_dict()["result"]} for n in range(len(EXPECTATIONS))]


def plain(result: dict[str, Any], *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Samples in one order; of more unexpected values than a sample holds, engines may show others."""
    result = {k: v for k, v in result.items() if k not in without}
    if result.get("element_count") == 0:  # no row is asked about: stock GX on Spark counts null, which makes it say 0 percent
        result |= {"unexpected_count": 0, "unexpected_percent": None}
    few = (result.get("unexpected_count") or 0) <= len(result.get("partial_unexpected_list", []))
    for name in ("partial_unexpected_list", "partial_unexpected_counts"):
        if name in result:
            result[name] = sorted(map(repr, result[name])) if few else len(result[name]) if name == "partial_unexpected_list" else None
    return result


@pytest.fixture(scope="module")
def results(spark) -> dict[str, list[dict[str, Any]]]:
    rows = table()
    frame = spark.createDataFrame(rows)
    with Counter(rows) as counter:
        fused_results = judged("fused_spark", frame, "fused", counter)
    return {
        "stock": judged("spark", frame, "stock"), "fused": fused_results,
        "pandas": judged("pandas", rows.to_pandas(date_as_object=True), "pandas"),
    }


@pytest.mark.parametrize("number", range(len(EXPECTATIONS)), ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(EXPECTATIONS)])
def test_verdict_and_figures_equal_those_of_stock_gx_on_spark(results, number: int) -> None:
    assert plain(results["fused"][number]) == plain(results["stock"][number])


@pytest.mark.parametrize("number", sorted(set(range(len(EXPECTATIONS))) - ONLY_SPARK))
def test_verdict_and_counts_equal_those_of_stock_gx_on_pandas(results, number: int) -> None:
    """Samples apart: pandas shows nulls and days as other objects. Where no row is asked about, Spark counts null and pandas 0."""
    said = ("success", "element_count", "unexpected_count", "missing_count")
    fused_result, pandas_result = results["fused"][number], results["pandas"][number]
    assert {k: fused_result.get(k) or 0 for k in said} == {k: pandas_result.get(k) or 0 for k in said}
    if not isinstance(fused_result.get("observed_value"), float):
        assert fused_result.get("observed_value") == pandas_result.get("observed_value")


def test_half_of_the_expectations_fail_so_that_equality_means_something(results) -> None:
    assert 12 <= sum(not r["success"] for r in results["stock"]) <= len(EXPECTATIONS) - 12


def test_all_counts_of_a_suite_are_made_in_one_pass_and_only_what_is_not_translated_is_left_to_spark(spark, monkeypatch) -> None:
    """Before it only the number of rows, which GX's conditions ask for."""
    passes, left = [], []
    count, stock = Counter.count, SparkDFExecutionEngine.resolve_metrics
    monkeypatch.setattr(Counter, "count", lambda self, questions: passes.append(len(questions)) or count(self, questions))
    monkeypatch.setattr(SparkDFExecutionEngine, "resolve_metrics", lambda self, wanted, *a: left.extend(m.metric_name for m in wanted) or stock(self, wanted, *a))
    rows = table()
    with Counter(rows) as counter:
        judged("fused_spark", spark.createDataFrame(rows), "counted", counter)
    *others, largest = sorted(passes)
    assert largest > 40 and max(others) <= 4  # kinds of row conditions
    jobs = {name for name in left if name.endswith(("unexpected_count", "filtered_row_count", "row_count", "unexpected_values"))}
    assert jobs == {
        f"{base}.{what}" for base in ("column_pair_values.equal", "multicolumn_sum.equal", "select_column_values.unique.within_record")
        for what in ("unexpected_count", "filtered_row_count", "unexpected_values")
    } | {"column_values.match_regex.unexpected_count", "column_values.match_regex.unexpected_values"}  # the lookahead


def test_the_engine_is_a_spark_engine_of_gx() -> None:
    """What the engine does not override is GX's; its source is registered under a name of its own."""
    assert issubclass(fused.FusedEngine, SparkDFExecutionEngine)
    assert "fused_spark" in gx.get_context(mode="ephemeral").data_sources.type_lookup


def audited(gate: Gate, rows: Any) -> dict[int, dict[str, Any]]:
    """What the gate notes, by number of the expectation, samples apart; a rule that no stock expectation says is among them."""
    listed = [Expectation(kind, arguments, "warning", "rows", str(n), str(n), str(n)) for n, (kind, arguments) in enumerate(EXPECTATIONS)]
    failing = {"_fails": "CASE WHEN number < less THEN 1 ELSE 0 END"}
    listed.append(Expectation(IN_SET, {"column": "_fails", "value_set": [0]}, "critical", "rows", "d", "d", "d", derived=failing))
    verdict = gate.audit("gold.made", 0, listed, rows, Measures({"row_count": ROWS}, Profile(ROWS), None))
    return {n: {k: row[k] or 0 for k in ("success", "severity", "unexpected_count", "element_count")} for n, row in (
        (int(r["message_en"]) if r["message_en"] != "d" else -1, r) for r in verdict.rows
    )}


def test_the_gate_notes_of_large_rows_what_it_notes_of_small_ones(spark, tmp_path) -> None:
    """Many rows go to the fused engine, few to pandas. The second audit of a table sees its own rows, and of them those asked for."""
    gate, rows = Gate(tmp_path / "gate", run_id="r", day=date(2026, 6, 30)), table()
    frame = spark.createDataFrame(rows)
    large, small = audited(gate, Large(rows, frame)), audited(Gate(tmp_path / "other", run_id="r", day=date(2026, 6, 30)), rows)
    assert len(large) == len(EXPECTATIONS) + 1 and not large[-1]["success"]
    assert {n: v for n, v in large.items() if n not in ONLY_SPARK} == {n: v for n, v in small.items() if n not in ONLY_SPARK}
    again = audited(gate, Large(rows, frame.where("id < 'A00500'"), "id < 'A00500'"))
    assert again[0]["element_count"] == 500 and large[0]["element_count"] == ROWS
    gate.build_docs()
    assert list((tmp_path / "gate").rglob("validations/**/*.html"))


def test_a_table_may_grow_large_and_small_again_from_night_to_night(spark, tmp_path) -> None:
    """What an earlier night left in the gate's folder stands in no later one's way."""
    unique = Expectation("expect_column_values_to_be_unique", {"column": "n"}, "critical", "rows", "x", "x", "x")
    some = Expectation(BETWEEN, {"column": "row_count", "min_value": 0}, "critical", "metrics", "x", "x", "x")
    rows = pa.table({"n": [1, 2]})
    for audited_rows in (rows, Large(rows, spark.createDataFrame(rows)), rows):
        gate = Gate(tmp_path / "gate", run_id="r", day=date(2026, 6, 30))
        for name in ("gold.first", "gold.second"):
            assert gate.audit(name, 0, [unique, some], audited_rows, Measures({"row_count": 2}, Profile(2), None)).verdict == "passed"


def test_where_duckdb_cannot_count_stock_gx_judges(spark, tmp_path, monkeypatch) -> None:
    """A text that ends in a line end is where Java and RE2 read a pattern differently: no guess, the suite is judged by stock GX."""
    rows = pa.table({"t": ["a\n", "a", "b"]})
    ends = Expectation("expect_column_values_to_match_regex", {"column": "t", "regex": "^a$"}, "critical", "rows", "x", "x", "x")
    asked = []
    stock = SparkDFExecutionEngine.resolve_metric_bundle
    monkeypatch.setattr(SparkDFExecutionEngine, "resolve_metric_bundle", lambda self, metric_fn_bundle: asked.append(type(self)) or stock(self, metric_fn_bundle))
    gate = Gate(tmp_path / "gate", run_id="r", day=date(2026, 6, 30))
    verdict = gate.audit("gold.made", 0, [ends], Large(rows, spark.createDataFrame(rows)), Measures({"row_count": 3}, Profile(3), None))
    assert [(r["success"], r["unexpected_count"]) for r in verdict.rows] == [(False, 1)] and SparkDFExecutionEngine in asked
