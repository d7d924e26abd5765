"""Rules of a contract at the gate: one planted row fails each, and the verdict says so."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jobs.contracts.kinds_across import NotAfterReceipt
from jobs.contracts.model import Column, Contract, Rule
from jobs.contracts.questions import Untranslated
from jobs.contracts.rules import KINDS
from jobs.contracts.schema import arrow_schema
from jobs.contracts.suites import Expectation, derived_expectations
from jobs.engine.interface import Workspace
from jobs.gate.audit import Gate, Verdict
from jobs.gate.measure import Measures
from jobs.gate.profile import Profile

USCC = "91110000600037341L"
GOOD = {
    "code": "c0",
    "kind": "a",
    "reason": "a1",
    "price": 5.0,
    "amount": Decimal("1.00"),
    "day": date(2026, 1, 5),
    "at": datetime(2026, 1, 5, tzinfo=UTC),
    "pattern": "X12",
    "size": "ab",
    "uscc": USCC,
    "since": date(2026, 1, 1),
    "until": date(2026, 1, 2),
    "opened": date(2026, 1, 2),
    "first": 1,
    "second": 2,
    "least": 0,
    "total": 3,
    "noted_by": "x",
    "noted_on": date(2026, 1, 1),
    "void": None,
    "name": "甲",
}
# Rule of a column, its arguments, what of a row makes it fail, and what the verdict shows of that.
PLANTED: list[tuple[str, str, dict[str, Any], dict[str, Any], list[Any]]] = [
    ("kind", "values", {"list": ["a", "b", "it's"]}, {"kind": "z", "reason": None}, ["z"]),
    (
        "reason",
        "values_by",
        {"column": "kind", "allowed": {"a": ["a1"], "b": ["b1"]}},
        {"reason": "b1"},
        [{"reason": "b1", "kind": "a"}],
    ),
    ("price", "range", {"min": 0, "max": 10.5}, {"price": 11.0}, [11.0]),
    ("amount", "range", {"min": 0}, {"amount": Decimal("-0.01")}, ["-0.01"]),
    ("day", "range", {"min": "2000-01-01"}, {"day": date(1999, 12, 31)}, ["1999-12-31"]),
    (
        "at",
        "range",
        {"max": "2030-01-01"},
        {"at": datetime(2030, 1, 2, tzinfo=UTC)},
        ["2030-01-02 00:00:00+00:00"],
    ),
    ("pattern", "pattern", {"pattern": "[A-Z][0-9]+"}, {"pattern": "x1"}, ["x1"]),
    ("size", "length", {"min": 2, "max": 3}, {"size": "中"}, ["中"]),
    ("uscc", "uscc", {}, {"uscc": "91110000600037341N"}, ["91110000600037341N"]),
    (
        "since",
        "not_after",
        {"column": "until"},
        {"since": date(2026, 1, 3)},
        [{"until": "2026-01-02", "since": "2026-01-03"}],
    ),
    (
        "until",
        "not_before",
        {"column": "opened"},
        {"opened": date(2026, 1, 6)},
        [{"until": "2026-01-02", "opened": "2026-01-06"}],
    ),
    ("first", "at_most", {"column": "second"}, {"first": 9, "total": 11}, [{"second": 2, "first": 9}]),
    ("second", "at_least", {"column": "least"}, {"least": 3}, [{"second": 2, "least": 3}]),
    (
        "noted_by",
        "required_with",
        {"columns": ["noted_on"]},
        {"noted_by": None},
        [{"noted_by": None, "noted_on": "2026-01-01"}],
    ),
    (
        "void",
        "forbidden_with",
        {"columns": ["name", "noted_on"]},
        {"void": "v"},
        [{"void": "v", "noted_on": "2026-01-01"}],
    ),  # a name of a person is not shown
    (
        "total",
        "sum_of",
        {"columns": ["first", "second"]},
        {"total": 4},
        [{"total": 4, "first": 1, "second": 2}],
    ),
    (
        "price",
        "enough",
        {"column": "second", "min": 2},
        {"second": 1, "total": 2},
        [{"second": 1, "price": 5.0}],
    ),
]
TYPES = {
    "price": "double",
    "amount": "decimal(18,2)",
    "day": "date",
    "at": "timestamp",
    "since": "date",
    "until": "date",
    "opened": "date",
    "first": "bigint",
    "second": "bigint",
    "least": "bigint",
    "total": "bigint",
    "noted_on": "date",
}


def made(severity: str = "critical") -> Contract:
    rules: dict[str, list[Rule]] = {}
    for name, kind, arguments, *_ in PLANTED:
        rules.setdefault(name, []).append(Rule(f"made.{name}.{kind}", kind, arguments, severity))
    columns = tuple(
        Column(
            name,
            TYPES.get(name, "string"),
            name in ("code", "size"),
            name == "code",
            f"列{name}",
            "",
            "",
            rules=tuple(rules.get(name, ())),
            personal="name" if name == "name" else None,
        )
        for name in GOOD
    )
    return Contract(
        "gold.made",
        "1.0.0",
        "room",
        "one row per code",
        "pandas",
        (),
        "full",
        False,
        "",
        columns,
        Path("made.yaml"),
        key=("code",),
    )


def audit(space: Workspace, folder: Path, rows: list[dict[str, Any]], contract: Contract) -> Verdict:
    schema = pa.schema([f.with_nullable(True) for f in arrow_schema(contract)])
    space.read("audited", pa.Table.from_pylist(rows, schema=schema))
    measures = Measures({"row_count": len(rows)}, Profile(len(rows)), None)
    return Gate(folder, run_id="r", day=date(2026, 6, 30)).audit(
        contract.id, 3, derived_expectations(contract), space, measures
    )


def good(number: int, **other: Any) -> dict[str, Any]:
    return GOOD | {"code": f"c{number}"} | other


def test_rows_that_meet_every_rule_pass_and_leave_nothing_to_show(space, tmp_path):
    verdict = audit(space, tmp_path, [good(0), good(1)], made())
    assert (
        verdict.verdict == "passed" and len(verdict.rows) == len(PLANTED) + 3
    )  # the key, and two required columns
    assert {(r["unexpected_count"], r["element_count"], r["observed"]) for r in verdict.rows} == {
        (0, 2, "[]")
    }


@pytest.mark.parametrize(
    ("name", "kind", "arguments", "bad", "shown"), PLANTED, ids=[f"{p[0]}-{p[1]}" for p in PLANTED]
)
def test_a_row_that_fails_one_rule_is_counted_and_shown(space, tmp_path, name, kind, arguments, bad, shown):
    verdict = audit(space, tmp_path, [good(0), good(1) | bad], made())
    [failure] = verdict.failures
    assert verdict.verdict == "failed" and failure["unexpected_count"] == 1 and failure["element_count"] == 2
    assert (
        json.loads(failure["observed"]) == shown
        and name in failure["message_en"]
        and failure["batch"] == "rows"
    )
    stock = KINDS[kind].stock(arguments, made().column(name))
    assert failure["expectation"] == (stock[0] if stock else "expect_column_values_to_be_in_set")
    assert failure["column"] == (stock[1].get("column") if stock else f"_fails_{name}_{kind}")


def test_every_kind_of_rule_that_a_table_of_others_may_have_is_planted():
    of_receipt = {name for name, kind in KINDS.items() if isinstance(kind, NotAfterReceipt)}
    assert {kind for _, kind, *_ in PLANTED} == set(KINDS) - of_receipt


def test_missing_values_and_repeated_keys_are_counted(space, tmp_path):
    verdict = audit(space, tmp_path, [good(0), good(0), good(2, size=None), good(3, code=None)], made())
    found = {
        r["expectation"] + " " + r["column"]: (r["unexpected_count"], r["observed"]) for r in verdict.failures
    }
    assert found == {
        "expect_column_values_to_be_unique code": (2, '["c0", "c0"]'),
        "expect_column_values_to_not_be_null code": (1, "[null]"),
        "expect_column_values_to_not_be_null size": (1, "[null]"),
    }


@pytest.mark.parametrize(
    ("severity", "verdict"), [("critical", "failed"), ("warning", "warned"), ("info", "passed")]
)
def test_the_severity_decides_the_verdict(space, tmp_path, severity, verdict):
    found = audit(space, tmp_path, [good(0), good(1, price=99.0)], made(severity))
    assert found.verdict == verdict and [r["severity"] for r in found.failures] == [severity]


def test_an_error_of_the_engine_is_raised_and_no_verdict(space, tmp_path):
    space.read("audited", pa.table({"code": ["a"]}))
    with pytest.raises(Exception, match="kind"):
        Gate(tmp_path, run_id="r", day=date(2026, 6, 30)).audit(
            "gold.made", 3, derived_expectations(made()), space, Measures({}, Profile(1), None)
        )
    assert not list(tmp_path.rglob("*.json"))


def test_an_expectation_that_the_gate_cannot_count_is_raised(space, tmp_path):
    space.read("audited", pa.table({"n": [1]}))
    mean = Expectation(
        "expect_column_mean_to_be_between", {"column": "n", "min_value": 0}, "info", "rows", "x", "甲", "a"
    )
    with pytest.raises(Untranslated, match="column.mean"):
        Gate(tmp_path, run_id="r", day=date(2026, 6, 30)).audit(
            "gold.made", 3, [mean], space, Measures({}, Profile(1), None)
        )
