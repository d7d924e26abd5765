"""Row rules: a contract's rules as Spark SQL conditions, with reasons in Chinese and English.

Severities: critical: a silver row that fails is quarantined; warning: it is accepted and flagged with the
rule's id; info: it is only counted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.contracts.kinds import DAYS, NUMERIC, Kind, Length, Pattern, Range, Values, ValuesBy, label
from jobs.contracts.kinds_across import Enough, NotAfterReceipt, Ordered, SumOf, Together
from jobs.contracts.kinds_codes import Uscc
from jobs.contracts.model import Column, Contract, Rule

_ALL = (*NUMERIC, *DAYS, "string", "boolean", "array")

# Base types (`base_type`) as a provider of files calls them, in Chinese and English.
_TYPES = {
    "string": ("文本", "text"),
    "date": ("日期", "a date"),
    "timestamp": ("日期和时间", "a date and time"),
    "boolean": ("是或否", "yes or no"),
    "int": ("整数", "a whole number"),
    "bigint": ("整数", "a whole number"),
    "double": ("数值", "a number"),
    "decimal": ("数值", "a number"),
    "array": ("列表", "a list"),
}

KINDS: dict[str, Kind] = {
    "values": Values(("string", "boolean", "int", "bigint"), ("list", "reference")),
    "values_by": ValuesBy(("string",), ("column", "allowed")),
    "range": Range((*NUMERIC, *DAYS), ("min", "max")),
    "pattern": Pattern(("string",), ("pattern",)),
    "length": Length(("string",), ("min", "max")),
    "uscc": Uscc(("string",), ()),
    "not_after": Ordered(DAYS, ("column",), "other", "不应晚于", "must not be after"),
    "not_before": Ordered(DAYS, ("column",), "this", "不应早于", "must not be before"),
    "not_after_receipt": NotAfterReceipt(("date",), ()),
    "at_most": Ordered(NUMERIC, ("column",), "other", "不应大于", "must not be above"),
    "at_least": Ordered(NUMERIC, ("column",), "this", "不应小于", "must not be below"),
    "required_with": Together(_ALL, ("columns",), True, "必填", "is required"),
    "forbidden_with": Together(_ALL, ("columns",), False, "应为空", "must be empty"),
    "sum_of": SumOf(NUMERIC, ("columns",)),
    "enough": Enough(NUMERIC, ("column", "min")),
}


@dataclass(frozen=True)
class RowRule:
    """A rule as SQL. ``id``: `<table>.<column>.<kind>`, the table without its tier; ``column``: the one that
    has the rule; ``failing_sql`` (Spark SQL) is true where a row fails, and never null; the reasons say what
    the rule demands. The SQL uses the typed columns of the table; that of `not_after_receipt` also the day of
    receipt (`kinds_across.RECEIVED_ON`)."""

    id: str
    column: str
    severity: str
    failing_sql: str
    reason_zh: str
    reason_en: str


def row_rules(contract: Contract) -> list[RowRule]:
    """The rules of a contract as SQL, in the order of its columns. No file is read: lists by reference were
    read with the contract."""
    columns = {c.name: c for c in contract.columns}
    return [_row_rule(rule, column, columns) for column in contract.columns for rule in column.rules]


def _row_rule(rule: Rule, column: Column, columns: Mapping[str, Column]) -> RowRule:
    kind = KINDS[rule.kind]
    zh, en = kind.texts(rule.arguments, column, columns)
    return RowRule(rule.id, column.name, rule.severity, kind.failing(rule.arguments, column), zh, en)


def rule_problems(
    kind: str, arguments: Mapping[str, Any], column: Column, columns: Mapping[str, Column]
) -> list[str]:
    """The problems of one rule as it is written, one phrase each: an unknown kind, or wrong arguments.
    ``arguments``: of `resolved_arguments`; ``column``: the one that has the rule; ``columns``: all of the
    table, by name."""
    if kind not in KINDS:
        return [f"unknown rule {kind!r} (known: {', '.join(KINDS)})"]
    return [f"rule {kind}: {problem}" for problem in KINDS[kind].problems(arguments, column, columns)]


def resolved_arguments(kind: str, arguments: Mapping[str, Any], references: Path) -> dict[str, Any]:
    """A copy of the arguments of a rule; for `values: {reference: table.column}` with the argument `list`
    added: the different values of the column in <``references``>/<table>.csv, in the file's order, without
    empty ones. Raises ValueError where it has a list as well, or the file or column does not exist."""
    if kind != "values" or "reference" not in arguments:
        return dict(arguments)
    if "list" in arguments:
        raise ValueError("give list or reference, not both")
    table, _, column = str(arguments["reference"]).partition(".")
    path = references / f"{table}.csv"
    if not path.is_file():
        raise ValueError(f"no reference file {table}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if column not in (reader.fieldnames or []):
            raise ValueError(f"{table}.csv has no column {column!r}")
        values = list(dict.fromkeys(row[column] for row in reader if row[column]))
    return {**arguments, "list": values}


def allowed_values(column: Column) -> tuple[Any, ...] | None:
    """The values that the column's rule `values` or `values_by` (all its lists, one after another) allows, in
    their order; of several such rules the first counts. None where it has neither."""
    for rule in column.rules:
        if rule.kind == "values":
            return tuple(rule.arguments["list"])
        if rule.kind == "values_by":
            return tuple(v for listed in rule.arguments["allowed"].values() for v in listed)
    return None


def implicit_reason(kind: str, column: Column) -> tuple[str, str]:
    """The reasons (Chinese, English) for rows that fail what is demanded of every column without a rule.

    ``kind``: type; required; unmapped (a value that neither map, lookup nor the reference table of its
    foreign key knows); foreign_key (a value that only that reference table does not know). Raises KeyError
    for any other.
    """
    target = f"{column.foreign_key.table}.{column.foreign_key.column}" if column.foreign_key else ""
    cut_zh, cut_en = "", ""
    if column.type == "string" and (column.code or column.key):
        cut_zh, cut_en = "，或为被缩写的数值（6.92E+12）", ", or is a number that was shortened (6.92E+12)"
    type_zh, type_en = _TYPES[re.split(r"[(<]", column.type)[0]]
    return {
        "type": (f"{label(column)}无法识别为{type_zh}", f"{column.name} cannot be read as {type_en}"),
        "required": (f"{label(column)}为空", f"{column.name} is missing"),
        "foreign_key": (
            f"{label(column)}不在参照表 {target} 中",
            f"{column.name} is not in the reference {target}",
        ),
        "unmapped": (
            f"{label(column)}的值在映射、对照表或参照表中没有{cut_zh}",
            f"the value of {column.name} is in no map, lookup or reference{cut_en}",
        ),
    }[kind]
