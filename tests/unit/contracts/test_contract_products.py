"""What is made from contracts: schemas, suites, dictionary, explanation, capability table; and the reference
files."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from contract_projects import Project, column, contract, rule

from jobs.contracts.capability import short, whole
from jobs.contracts.catalog import load_catalog
from jobs.contracts.dictionary import COLUMNS, column_lines, dictionary, explain
from jobs.contracts.questions import unique
from jobs.contracts.schema import arrow_schema
from jobs.contracts.suites import (
    DEFAULT,
    added_expectations,
    derived_expectations,
    expectations,
    metric_names,
)
from jobs.environment import EXPECTATIONS, SCHEMAS
from jobs.errors import UsageError
from jobs.strict_yaml import load_typed


def test_columns_become_an_arrow_schema(project: Project) -> None:
    project.add(
        contract(
            "silver.typed",
            column("d", "date"),
            column("t", "timestamp"),
            column("b", "boolean"),
            column("i", "integer", "int"),
            column("l", "integer"),
            column("f", "number", "double"),
            column("m", "number", "decimal(18,2)"),
            column("a", "array", "array<string>"),
        )
    )
    typed = project.load().contracts["silver.typed"]
    assert arrow_schema(typed) == pa.schema(
        [
            pa.field("code", pa.string(), nullable=False),
            ("d", pa.date32()),
            ("t", pa.timestamp("us", tz="UTC")),
            ("b", pa.bool_()),
            ("i", pa.int32()),
            ("l", pa.int64()),
            ("f", pa.float64()),
            ("m", pa.decimal128(18, 2)),
            ("a", pa.list_(pa.string())),
        ]
    )


def test_a_silver_suite_derives_only_the_key(project: Project) -> None:
    project.add(
        contract("silver.made", column("n", "integer", required=True, quality=[rule("range", min=0)]))
    )
    assert [(e.type, e.kwargs) for e in derived_expectations(project.load().contracts["silver.made"])] == [
        ("expect_column_values_to_be_unique", {"column": "code"})
    ]


def test_a_gold_suite_derives_keys_nulls_and_every_rule(project: Project) -> None:
    project.add(
        contract(
            "gold.made",
            column("part", primaryKey=True),
            column("n", "integer", quality=[rule("range", "warning", min=0)]),
            column("total", "integer", quality=[rule("sum_of", columns=["n", "rest"])]),
            column("rest", "integer"),
            column("kind", quality=[rule("values", list=["a"])]),
            column("low", "number", "double", quality=[rule("at_most", column="high")]),
            column("high", "number", "double"),
            column("day", "date", quality=[rule("range", min="2000-01-01")]),
        )
    )
    suite = {e.rule_id: e for e in derived_expectations(project.load().contracts["gold.made"])}
    assert {
        k: (e.type, dict(e.kwargs))
        for k, e in suite.items()
        if k not in ("made.total.sum_of", "made.day.range")
    } == {
        "made.key.unique": ("expect_compound_columns_to_be_unique", {"column_list": ["code", "part"]}),
        "made.code.required": ("expect_column_values_to_not_be_null", {"column": "code"}),
        "made.part.required": ("expect_column_values_to_not_be_null", {"column": "part"}),
        "made.n.range": ("expect_column_values_to_be_between", {"column": "n", "min_value": 0}),
        "made.kind.values": ("expect_column_values_to_be_in_set", {"column": "kind", "value_set": ["a"]}),
        "made.low.at_most": (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {
                "column_A": "high",
                "column_B": "low",
                "or_equal": True,
                "ignore_row_if": "either_value_is_missing",
            },
        ),
    }
    assert suite["made.n.range"].severity == "warning" and suite["made.kind.values"].severity == "critical"
    total = suite["made.total.sum_of"]
    assert total.kwargs == {"column": "_fails_total_sum_of", "value_set": [0]} and total.asked.shown == (
        "total",
        "n",
        "rest",
    )
    rows = "(VALUES (3, 1, 2), (4, 1, 2), (NULL, 1, 2)) AS t(total, n, rest)"
    assert duckdb.execute(f"SELECT {total.asked.failing} FROM {rows}").fetchall() == [
        (False,),
        (True,),
        (False,),
    ]
    sql = suite["made.day.range"].asked.failing
    assert duckdb.execute(f"SELECT {sql} FROM (SELECT ?::DATE AS day)", [date(1999, 1, 1)]).fetchone() == (
        True,
    )
    assert (
        suite["made.key.unique"].asked == unique(("code", "part"))
        and suite["made.code.required"].asked.failing == "code IS NULL"
    )


def test_expectations_of_the_file_come_behind_the_derived_ones(project: Project) -> None:
    project.write(
        "expectations/silver/thing.yaml",
        """\
expectations:
  - type: expect_column_values_to_be_between
    batch: metrics
    kwargs: {column: row_count, min_value: 1}
    severity: info
    message: 空表 | empty
""",
    )
    added = expectations(project.load().contracts["silver.thing"], project.root / "expectations")[-1]
    assert (added.batch, added.severity, added.rule_id, added.message_zh, added.message_en) == (
        "metrics",
        "info",
        "thing.expectation.1",
        "空表",
        "empty",
    )


LEAST = """\
expectations:
  - type: expect_column_values_to_be_between
    batch: metrics
    kwargs: {column: row_count, min_value: 1}
    severity: info
    message: 空表 | empty
"""


def test_a_table_without_a_file_has_the_default_expectations_and_a_file_replaces_them_whole(
    project: Project,
) -> None:
    root = project.root / "expectations"
    project.write("expectations/default.yaml", LEAST)
    project.write("expectations/gold/made.yaml", "expectations: []\n")
    thing = project.load().contracts["silver.thing"]
    (root / "silver/thing.yaml").unlink()
    [added] = added_expectations(thing, root)
    assert (added.rule_id, added.severity, added.message_zh) == ("thing.expectation.1", "info", "空表")
    assert added_expectations(replace(thing, reference=True), root) == []  # it changes by hand
    assert added_expectations(replace(thing, id="gold.made"), root) == []


def test_no_file_says_what_the_default_says() -> None:
    """A table without anything beyond it needs no file."""
    default = load_typed(EXPECTATIONS / DEFAULT)[0]
    files = sorted(EXPECTATIONS.glob("*/*.yaml"))
    assert files and [f.name for f in files if load_typed(f)[0] == default] == []
    [ratio] = default["expectations"]
    assert ratio["severity"] == "warning" and ratio["kwargs"]["column"] == "row_count_ratio"


@pytest.mark.parametrize("name", [c.id for c in load_catalog().contracts.values() if c.tier == "silver"])
def test_silver_expectations_judge_shares_only_from_a_hundred_rows_on(name: str) -> None:
    """A first small night and an inbox with planted faults must not stop a table."""
    contract = load_catalog().contracts[name]
    for found in added_expectations(contract):
        if found.batch == "metrics":
            assert found.kwargs["column"] in metric_names(contract)
            condition = found.kwargs["row_condition"]
            # A share of the judged rows is judged by how many those were: of rejected rows none would pass.
            basis = (
                ("judged_rows",)
                if found.kwargs["column"] == "quarantined_share"
                else ("row_count", "previous_row_count")
            )
            assert condition["column"]["name"] in basis
            assert (condition["operator"], condition["parameter"]) == (">=", 100)


def test_the_dictionary_has_one_row_a_column_with_words_in_both_languages() -> None:
    catalog = load_catalog()
    frame = dictionary(catalog)
    assert tuple(frame.columns) == COLUMNS
    assert list(zip(frame["table"], frame["column"], strict=True)) == [
        (name, column) for name in catalog.order() for column in catalog.contracts[name].column_names
    ]
    assert (frame[["name_zh", "description_zh", "description_en"]].map(len) > 0).all(axis=None)
    named = frame["column"].str.fullmatch(r"(\w+_)?uscc")
    assert (frame["credit_code"] == named).all() and named.sum() > 20


def test_explain_gives_meaning_rules_and_lineage() -> None:
    described = explain(load_catalog(), "sample.exit_reason")
    assert described["name"] == "silver.sample.exit_reason" and described["name_zh"] == "退出原因"
    assert (
        "critical" in described["rules"]
        and "silver.region" in described["needs"]
        and "gold.detection_rate" in described["needed_by"]
    )
    assert explain(load_catalog(), "gold.detection_rate")["module"] == "jobs.marts.sampling.detection_rate"


def test_the_lines_of_a_table_say_of_each_column_its_meaning_values_and_key() -> None:
    contract = load_catalog().contracts["silver.certificate"]
    lines = {line.split()[0]: line for line in column_lines(contract)}
    assert list(lines) == list(contract.column_names)
    assert (
        "key" in lines["certificate_no"] and "证书编号 | number of the certificate" in lines["certificate_no"]
    )
    assert "[one of silver.certificate_type.certificate_type]" in lines["certificate_type"]
    assert "must be one of: valid, suspended, withdrawn, expired" in lines["status"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sampel", "did you mean"),
        ("sample.exit_raeson", "did you mean exit_reason"),
        ("gold.sample.exit_reason", "unknown table"),
    ],
)
def test_explain_says_what_is_close_to_an_unknown_name(name: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        explain(load_catalog(), name)
    assert message in str(error.value)


def test_a_capability_row_shows_its_parts_and_escapes_bars() -> None:
    row = {
        "number": "1",
        "system_zh": "平台",
        "system_en": "Platform",
        "done_means": "a|b",
        "rooms": "all",
        "tables": "gold.a;gold.b",
        "modules": "",
        "tests": "tests/x",
        "status": "partly",
        "note": "no views yet",
    }
    line = "| 1 | [Platform (平台)](schemas/capabilities.md#1) | a\\|b | partly |"
    assert short([row]).split("\n")[2] == line
    page = whole([row])
    for part in (
        "## 1. Platform (平台)",
        "A|b.",
        "**partly**: no views yet",
        "`gold.a`, `gold.b`",
        "`tests/x`",
    ):
        assert part in page
    assert "Code:" not in page  # a system without modules has no line for them


def test_every_reference_file_has_its_owner_source_and_date() -> None:
    readme = (SCHEMAS / "reference" / "README.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|\n ").split("|")]
        for line in readme.split("\n")
        if ".csv |" in line
    ]
    assert [row[0] for row in rows] == sorted(path.name for path in (SCHEMAS / "reference").glob("*.csv"))
    for row in rows:
        assert len(row) == 5 and all(row), row
        assert date.fromisoformat(row[3]) >= date(2026, 11, 25)


def test_regions_have_one_root_each_and_retired_ones_an_end() -> None:
    with (SCHEMAS / "reference" / "region.csv").open(encoding="utf-8", newline="") as file:
        regions = {row["region_code"]: row for row in csv.DictReader(file)}
    for code, row in regions.items():
        assert (row["level"] == "province") == (row["parent_code"] == ""), code
        assert row["parent_code"] in regions or not row["parent_code"], code
        assert not row["valid_to"] or row["valid_from"] < row["valid_to"], code
    assert regions["330103"]["valid_to"] == "2021-03-10" and regions["310151"]["valid_from"] == "2016-06-08"
    assert regions["110100"]["name_zh"] == "北京市市辖区"
