"""What the text of a table writes in place of usual functions that it may not call: expressions that call
only functions of `jobs.engine.dialect`, which both engines read alike."""

from __future__ import annotations

from jobs.contracts.document import suggestion
from jobs.engine.dialect import FUNCTIONS, functions_of

_DAYS = "a build(), or a join to EXPLODE(SEQUENCE(1, 7)) by DATE_ADD"
_TODAY = ":as_of, the day of the night"
# Function → what is written in its place: an expression of Spark SQL, in which `day`, `t`, `a`, `b` and `x`
# are columns, or words that name no expression.
EXPRESSIONS = {
    "date_trunc": "TRUNC(day, 'MM')",  # first of the month
    "date_format": "SUBSTRING(CAST(day AS STRING), 1, 7)",
    "to_date": "CAST(t AS DATE)",
    "day": "CAST(SUBSTRING(CAST(day AS STRING), 9, 2) AS INT)",
    "dayofmonth": "CAST(SUBSTRING(CAST(day AS STRING), 9, 2) AS INT)",
    "quarter": "FLOOR((MONTH(day) + 2) / 3)",
    "dateadd": "DATE_ADD(day, 7)",
    "avg": "SUM(x) / NULLIF(COUNT(x), 0)",
    "mean": "SUM(x) / NULLIF(COUNT(x), 0)",
    "try_divide": "a / NULLIF(b, 0)",
    "if": "CASE WHEN a > b THEN a ELSE b END",
    "iff": "CASE WHEN a > b THEN a ELSE b END",
    "nvl": "COALESCE(a, b)",
    "ifnull": "COALESCE(a, b)",
    "nvl2": "CASE WHEN x IS NOT NULL THEN a ELSE b END",
    "decode": "CASE a WHEN 1 THEN 'one' ELSE 'other' END",
    "isnull": "x IS NULL",
    "isnotnull": "x IS NOT NULL",
    "bool_or": "COUNT_IF(a > b) > 0",
    "bool_and": "COUNT_IF(NOT a > b) = 0",
    "any_value": "MIN(x)",
    "first": "MIN_BY(x, day)",
    "last": "MAX_BY(x, day)",
    "approx_count_distinct": "COUNT(DISTINCT x)",
    "array_agg": "ARRAY_SORT(COLLECT_LIST(x))",
    "array_contains": "ARRAY_POSITION(ARRAY(a, b), x) > 0",
    "cardinality": "SIZE(ARRAY(a, b))",
    "string_agg": "CONCAT_WS(', ', ARRAY_SORT(COLLECT_LIST(t)))",
    "listagg": "CONCAT_WS(', ', ARRAY_SORT(COLLECT_LIST(t)))",
    "char_length": "LENGTH(t)",
    "len": "LENGTH(t)",
    "left": "SUBSTRING(t, 1, 4)",
    "contains": "INSTR(t, '-') > 0",
    "endswith": "t RLIKE '01$'",
    "regexp_like": "t RLIKE '^2026'",
    "regexp_extract": "REGEXP_REPLACE(t, '-.*$', '')",  # engines write groups differently
    "ilike": "LOWER(t) LIKE '%a%'",
    "ceil": "-FLOOR(-x)",
    "ceiling": "-FLOOR(-x)",
}
WORDS = {
    name: words
    for names, words in (
        ("datediff date_diff timestampdiff dayofweek weekday", _DAYS),
        ("current_date now current_timestamp curdate getdate", _TODAY),
        ("median percentile percentile_approx stddev variance sqrt power", "a build() on pandas"),
        ("lag lead ntile dense_rank", "a join of rows numbered by ROW_NUMBER, or a build()"),
    )
    for name in names.split()
}


def function_problems(text: str) -> list[str]:
    """Return one phrase for each function that a text of Spark SQL calls and that is not among FUNCTIONS
    (those compared on both engines), sorted by name: where they are listed, and what to write in its place;
    [] where there is none."""
    return [f"{name} is not among those compared on both engines{_instead(name)}" for name in _unknown(text)]


def _unknown(text: str) -> list[str]:
    return sorted(functions_of(text) - FUNCTIONS)


def _instead(name: str) -> str:
    written = f"{EXPRESSIONS[name]}, for example" if name in EXPRESSIONS else WORDS.get(name)
    if written is None:
        return f" (FUNCTIONS in jobs/engine/dialect.py){suggestion(name, FUNCTIONS)}"
    return f": write {written} (FUNCTIONS in jobs/engine/dialect.py lists all)"
