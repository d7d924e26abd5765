"""Rules as SQL: each example is run by Spark and, translated, by DuckDB."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import duckdb
import pytest
from contract_projects import Project, column, contract, rule

from jobs.contracts.catalog import load_catalog
from jobs.contracts.dictionary import explain
from jobs.contracts.model import Contract
from jobs.contracts.rules import KINDS, allowed_values, implicit_reason, row_rules
from jobs.engine.dialect import to_duckdb

NUMBER = {"logical": "number", "physical": "decimal(18,2)"}
DAY = {"logical": "date", "physical": None}
TEXT = {"logical": "string", "physical": None}

# rule, type of both columns x and y, and rows (x, y) -> does the row fail
EXAMPLES: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[Any, Any, bool]]]] = [
    (
        "range",
        {"min": 0, "max": 10},
        NUMBER,
        [(0, None, False), (10, None, False), (-1, None, True), (11, None, True), (None, None, False)],
    ),
    (
        "range",
        {"min": "2000-01-01"},
        DAY,
        [(date(2000, 1, 1), None, False), (date(1999, 12, 31), None, True), (None, None, False)],
    ),
    (
        "length",
        {"min": 2, "max": 3},
        TEXT,
        [("中文", None, False), ("a", None, True), ("abcd", None, True), (None, None, False)],
    ),
    (
        "uscc",
        {},
        TEXT,
        [
            ("53640000MJX173680A", None, False),  # valid examples of GB 32100 and of the register
            ("53640000MJX173672F", None, False),
            ("91110000600037341L", None, False),
            ("N2110105MA01A1B219", None, False),  # an authority may be a letter: N stands for agriculture
            ("91110000600037341N", None, True),  # the last check digit
            ("91110000600037350J", None, True),  # the last one fits, that of the organisation code does not
            ("9111000060003734IL", None, True),  # I is not of the alphabet
            ("911A0000600037341L", None, True),  # the region code is digits
            ("91110000600037341", None, True),
            (" 91110000600037341L", None, True),
            ("", None, True),
            (None, None, False),
        ],
    ),
    (
        "values",
        {"list": ["a", "it's"]},
        TEXT,
        [("a", None, False), ("it's", None, False), ("b", None, True), (None, None, False)],
    ),
    (
        "values_by",
        {"column": "y", "allowed": {"k": ["a"], "m": ["b"]}},
        TEXT,
        [
            ("a", "k", False),
            ("b", "m", False),
            ("a", "m", True),
            ("a", None, True),
            (None, "k", False),
            ("a", "z", True),
        ],
    ),
    (
        "not_before",
        {"column": "y"},
        DAY,
        [
            (date(2026, 1, 2), date(2026, 1, 1), False),
            (date(2026, 1, 1), date(2026, 1, 1), False),
            (date(2026, 1, 1), date(2026, 1, 2), True),
            (None, date(2026, 1, 2), False),
        ],
    ),
    (
        "not_after",
        {"column": "y"},
        DAY,
        [(date(2026, 1, 2), date(2026, 1, 1), True), (date(2026, 1, 1), None, False)],
    ),
    (
        "not_after_receipt",
        {},
        DAY,
        [
            (date(2026, 6, 30), date(2026, 6, 30), False),
            (date(2026, 7, 1), date(2026, 6, 30), False),  # a provider east of here is a day ahead
            (date(2026, 7, 2), date(2026, 6, 30), True),
            (date(2027, 1, 1), date(2026, 12, 31), False),
            (date(2027, 1, 2), date(2026, 12, 31), True),
            (None, date(2026, 6, 30), False),
            (date(2026, 7, 2), None, False),
        ],
    ),  # y is the day of receipt
    ("at_most", {"column": "y"}, NUMBER, [(1, 1, False), (2, 1, True), (None, 1, False)]),
    ("at_least", {"column": "y"}, NUMBER, [(1, 1, False), (1, 2, True), (1, None, False)]),
    ("required_with", {"columns": ["y"]}, TEXT, [(None, "b", True), ("a", "b", False), (None, None, False)]),
    ("forbidden_with", {"columns": ["y"]}, TEXT, [("a", "b", True), (None, "b", False), ("a", None, False)]),
    (
        "sum_of",
        {"columns": ["y", "z"]},
        NUMBER,
        [(4, 1, False), (5, 1, True), (None, 1, False), (4, None, False)],
    ),  # z is always 3
    (
        "enough",
        {"column": "y", "min": 30},
        NUMBER,
        [(1, 30, False), (1, 29, True), (0, 0, True), (1, None, True), (None, 3, False), (None, None, False)],
    ),
]


def described(project: Project, kind: str, arguments: dict[str, Any], types: dict[str, Any]) -> Contract:
    columns = [column(name, types["logical"], types["physical"]) for name in "xyz"]
    columns[0]["quality"] = [rule(kind, **arguments)]
    if kind == "uscc":
        columns[0]["customProperties"].append({"property": "credit_code", "value": True})
    return project.add(contract("silver.ruled", *columns)).load().contracts["silver.ruled"]


@pytest.mark.parametrize(("kind", "arguments", "types", "rows"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_a_failing_condition_is_true_where_the_row_fails_and_never_null(
    project: Project,
    kind: str,
    arguments: dict[str, Any],
    types: dict[str, Any],
    rows: list[tuple[Any, Any, bool]],
) -> None:
    [found] = row_rules(described(project, kind, arguments, types))
    sql = {"string": "VARCHAR", "date": "DATE", "number": "DECIMAL(18,2)"}[types["logical"]]
    third = 3 if types is NUMBER else None
    for x, y, fails in rows:
        condition = to_duckdb(f"SELECT {found.failing_sql} AS fails").removeprefix("SELECT ")
        given = f"SELECT ?::{sql} AS x, ?::{sql} AS y, ?::{sql} AS z"
        query = f"SELECT {condition} FROM (SELECT *, y AS _received_on FROM ({given}))"
        assert duckdb.execute(query, [x, y, third]).fetchone() == (fails,), (x, y)
    assert found.id == f"ruled.x.{kind}"
    assert "列x" in found.reason_zh and "x" in found.reason_en


def test_every_kind_of_rule_has_an_example() -> None:
    assert {example[0] for example in EXAMPLES} | {"pattern"} == set(KINDS)


@pytest.mark.parametrize("table", ["gold.ruled", "silver.ruled"])
def test_a_day_of_receipt_is_known_only_of_rows_that_sources_deliver(project: Project, table: str) -> None:
    tags = ["derived"] if table.startswith("silver") else None
    project.add(contract(table, column("day", "date", quality=[rule("not_after_receipt")]), tags=tags))
    assert [p for p in project.problems() if "day.quality: rule not_after_receipt: stands only in" in p]


def test_a_pattern_must_match_the_whole_text(project: Project) -> None:
    [found] = row_rules(described(project, "pattern", {"pattern": r"\d+|it's"}, TEXT))
    assert found.failing_sql == r"x IS NOT NULL AND NOT (x RLIKE '^(?:\\d+|it\'s)\\z')"


@pytest.mark.slow  # starts Spark; test_engines_agree holds values on both engines
def test_spark_reads_every_condition_as_duckdb_does(project: Project, spark: Any) -> None:
    examples = [
        *EXAMPLES,
        (
            "pattern",
            {"pattern": r"\d+|it's"},
            TEXT,
            [("12", None, False), ("it's", None, False), ("12a", None, True)],
        ),
    ]
    for kind, arguments, types, rows in examples:
        [found] = row_rules(described(project, kind, arguments, types))
        sql = {"string": "STRING", "date": "DATE", "number": "DECIMAL(18,2)"}[types["logical"]]
        third = 3 if types is NUMBER else None
        listed = ", ".join(
            f"({i}, {_text(x)}, {_text(y)}, {_text(third)})" for i, (x, y, _) in enumerate(rows)
        )
        typed = ", ".join(f"CAST({name} AS {sql}) AS {name}" for name in "xyz")
        typed += f", CAST(y AS {sql}) AS _received_on"
        query = (
            f"SELECT {found.failing_sql} AS fails FROM (SELECT i, {typed} FROM VALUES {listed} AS "
            f"given(i, x, y, z)) ORDER BY i"
        )
        assert [row["fails"] for row in spark.sql(query).collect()] == [row[2] for row in rows], kind


def _text(value: Any) -> str:
    return "CAST(NULL AS STRING)" if value is None else json.dumps(str(value))


def test_values_by_reference_are_those_of_the_reference_file(project: Project) -> None:
    project.write("schemas/reference/colour.csv", "code,name\nred,红\nblue,蓝\n")
    found = described(project, "values", {"reference": "colour.code"}, TEXT)
    assert allowed_values(found.column("x")) == ("red", "blue")
    assert row_rules(found)[0].reason_en == "x must be one of: red, blue (colour.csv)"
    assert row_rules(found)[0].reason_zh.endswith("应为其中之一：red、blue（colour.csv）")


def test_a_long_reference_file_is_named_by_its_first_values(project: Project) -> None:
    project.write("schemas/reference/colour.csv", "code\n" + "".join(f"c{i}\n" for i in range(30)))
    found = described(project, "values", {"reference": "colour.code"}, TEXT)
    assert row_rules(found)[0].reason_en.endswith("c18, c19, … (colour.csv)")


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_no_explanation_names_one_word_twice_as_table_and_column(step: int) -> None:
    catalog = load_catalog()
    names = [f"{c.id}.{name}" for c in catalog.contracts.values() for name in c.column_names]
    for name in names[::step]:
        about = explain(catalog, name)
        said = " ".join(str(about[key]) for key in ("meaning_zh", "meaning_en", "rules_zh", "rules"))
        assert not re.search(r"\b([a-z_]+)\.\1\b", said), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reference": "colur.code"}, "no reference file colur.csv"),
        ({"reference": "colour.cod"}, "colour.csv has no column 'cod'"),
        ({"reference": "colour.code", "list": ["a"]}, "give list or reference, not both"),
        ({"list": [1]}, "each value must be of type string"),
        ({"list": ["a", "a"]}, "lists 'a' twice"),
        ({}, "needs a list"),
    ],
)
def test_values_that_cannot_be_known_are_refused(
    project: Project, arguments: dict[str, Any], message: str
) -> None:
    project.write("schemas/reference/colour.csv", "code,name\nred,红\n")
    project.add(contract("silver.ruled", column("x", quality=[rule("values", **arguments)])))
    [problem] = project.problems()
    assert "ruled.odcs.yaml:" in problem and f"x.quality: rule values: {message}" in problem


def test_implicit_rules_say_what_is_wrong_in_both_languages(project: Project) -> None:
    label = project.load().contracts["silver.thing"].column("label")
    assert implicit_reason("type", label) == (
        "列label（label）无法识别为文本",
        "label cannot be read as text",
    )
    assert implicit_reason("required", label)[1] == "label is missing"
    assert implicit_reason("unmapped", label)[1] == "the value of label is in no map, lookup or reference"
    with pytest.raises(KeyError):
        implicit_reason("colour", label)
