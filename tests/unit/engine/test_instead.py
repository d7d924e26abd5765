"""What a text is to write in place of a function that it may not call."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from jobs.engine.dialect import FUNCTIONS, functions_of, to_duckdb
from jobs.engine.instead import EXPRESSIONS, WORDS, function_problems

ROW = "SELECT DATE '2026-05-17' AS day, '2026-05-17' AS t, 7 AS a, 2 AS b, 7 AS x"
# The refused call in Spark SQL, and its value in ROW. None: Spark has no such function, or not of one value.
CALLS: dict[str, tuple[str | None, Any]] = {
    "date_trunc": ("CAST(DATE_TRUNC('MONTH', day) AS DATE)", date(2026, 5, 1)),
    "date_format": ("DATE_FORMAT(day, 'yyyy-MM')", "2026-05"),
    "to_date": ("TO_DATE(t)", date(2026, 5, 17)),
    "day": ("DAY(day)", 17),
    "dayofmonth": ("DAYOFMONTH(day)", 17),
    "quarter": ("QUARTER(day)", 2),
    "dateadd": ("DATEADD(day, 7)", date(2026, 5, 24)),
    "avg": ("AVG(x)", 7),
    "mean": ("MEAN(x)", 7),
    "try_divide": ("TRY_DIVIDE(a, b)", 3.5),
    "if": ("IF(a > b, a, b)", 7),
    "iff": (None, 7),
    "nvl": ("NVL(a, b)", 7),
    "ifnull": ("IFNULL(a, b)", 7),
    "nvl2": ("NVL2(x, a, b)", 7),
    "decode": ("DECODE(a, 1, 'one', 'other')", "other"),
    "isnull": ("ISNULL(x)", False),
    "isnotnull": ("ISNOTNULL(x)", True),
    "bool_or": ("BOOL_OR(a > b)", True),
    "bool_and": ("BOOL_AND(a > b)", True),
    "any_value": ("ANY_VALUE(x)", 7),
    "first": ("FIRST(x)", 7),
    "last": ("LAST(x)", 7),
    "approx_count_distinct": ("APPROX_COUNT_DISTINCT(x)", 1),
    "array_agg": ("ARRAY_AGG(x)", [7]),
    "array_contains": ("ARRAY_CONTAINS(ARRAY(a, b), x)", True),
    "cardinality": ("CARDINALITY(ARRAY(a, b))", 2),
    "string_agg": (None, "2026-05-17"),
    "listagg": (None, "2026-05-17"),
    "char_length": ("CHAR_LENGTH(t)", 10),
    "len": ("LEN(t)", 10),
    "left": ("LEFT(t, 4)", "2026"),
    "contains": ("CONTAINS(t, '-')", True),
    "endswith": ("ENDSWITH(t, '01')", False),
    "regexp_like": ("REGEXP_LIKE(t, '^2026')", True),
    "regexp_extract": ("REGEXP_EXTRACT(t, '^([0-9]+)-.*$', 1)", "2026"),
    "ilike": ("ILIKE(t, '%a%')", False),
    "ceil": ("CEIL(x)", 7),
    "ceiling": ("CEILING(x)", 7),
}


def test_only_functions_that_a_text_may_call_are_proposed() -> None:
    assert set(CALLS) == set(EXPRESSIONS) and not {*EXPRESSIONS, *WORDS} & FUNCTIONS
    proposed = {
        name: functions_of(f"SELECT {written} AS z") - FUNCTIONS for name, written in EXPRESSIONS.items()
    }
    assert {name: unknown for name, unknown in proposed.items() if unknown} == {}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_what_is_proposed_has_the_value_of_the_refused_call(name: str) -> None:
    text = to_duckdb(f"SELECT {EXPRESSIONS[name]} AS z FROM ({ROW}) AS r")
    assert duckdb.execute(text).fetchall() == [(CALLS[name][1],)]


def test_a_refused_call_is_answered_with_what_to_write() -> None:
    assert function_problems("SELECT TRUNC(day, 'MM') FROM r") == []
    [problem] = function_problems("SELECT AVG(x) FROM r")
    assert problem.startswith("avg is not among those compared on both engines: write SUM(x) / NULLIF(")
    assert ":as_of" in function_problems("SELECT NOW()")[0]


@pytest.mark.slow  # quick: test_what_is_proposed_has_the_value_of_the_refused_call
def test_spark_gives_the_same_for_the_refused_call_and_for_what_is_proposed(spark: Any) -> None:
    calls = {name: call for name, (call, _) in CALLS.items() if call is not None}
    for name, call in calls.items():
        row = spark.sql(f"SELECT {call} AS one, {EXPRESSIONS[name]} AS other FROM ({ROW}) AS r").collect()[0]
        assert row["one"] == row["other"] == CALLS[name][1], name
