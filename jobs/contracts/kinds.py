"""Kinds of rules about one column of a contract: for which types each may be used, its arguments, the
condition of a failing row, and the message.

In the methods of a kind ``a`` are the arguments of one rule (name → value), ``column`` is the column that has
the rule, and ``columns`` are all columns of its table, by name. `more_problems` returns what is wrong with
the arguments, one phrase each ([]: nothing), `failing` the condition of a failing row, `texts` the message
(Chinese, English), `stock` the expectation of Great Expectations with the same meaning (type, arguments;
None: there is none).

The condition is SQL over plain column names and is never null. Spark and DuckDB read it alike, except for
`pattern` and text with a backslash, for which gold tables use expectations of Great Expectations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.contracts.model import Column

NUMERIC = ("int", "bigint", "double", "decimal")
DAYS = ("date", "timestamp")

# The end of a text: in Java `$` also stands in front of a line end.
END = r"\z"
# Lookaround, flags and named groups, possessive quantifiers, back references, classes of white space and
# words, any character but a line end, classes within classes.
UNLIKE = re.compile(
    r"\(\?(?!:)|[+*?}]\+|\\[1-9sSbBwWhHvVRXGZ]|(?<![\\])\.|\[[^\]\\]*(?<!\\)\[|&&|\$(?=.)|(?<=[^\[])\^"
)

Arguments = Mapping[str, Any]
Columns = Mapping[str, Column]
Texts = tuple[str, str]  # Chinese, English
Stock = tuple[str, dict[str, Any]]  # type and arguments of an expectation


def base_type(column: Column) -> str:
    """The type of a column without parameters: decimal for decimal(18,2), array for array<string>."""
    return re.split(r"[(<]", column.type)[0]


def literal(value: Any, column: Column) -> str:
    """A value of a rule's arguments as an SQL literal of the column's type. A day (`2026-01-02`) for a
    timestamp column means its midnight."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if base_type(column) == "date":
        return f"DATE '{value}'"
    if base_type(column) == "timestamp":
        return f"TIMESTAMP '{value} 00:00:00'"
    return text_literal(value) if isinstance(value, str) else repr(value)


def text_literal(text: str) -> str:
    """Text as a literal of Spark SQL; quotes are escaped by a backslash, as Spark reads a doubled quote as
    two adjacent literals."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def label(column: Column) -> str:
    """The name of a column in Chinese messages: `中文名（column_name）`."""
    return f"{column.name_zh}（{column.name}）" if column.name_zh else column.name


@dataclass(frozen=True)
class Kind:
    """One kind of rule. ``types``: base types of columns that may have the rule; ``arguments``: names of its
    arguments. A subclass gives `more_problems`, `failing` and `texts`, and `stock` where there is one."""

    types: tuple[str, ...]
    arguments: tuple[str, ...]

    def problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """The problems of a rule's arguments and of the column's type, one phrase each; [] where there is
        none. ``a``: the arguments, name → value; ``column``: the one that has the rule; ``columns``: all of
        the table, by name. They mean the same in the other methods."""
        found = [
            f"unknown argument {name!r} (known: {', '.join(self.arguments)})"
            for name in a
            if name not in self.arguments
        ]
        if base_type(column) not in self.types:
            found.append(f"is not for a column of type {column.type} (only {', '.join(self.types)})")
        return found or self.more_problems(a, column, columns)

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """The problems of arguments whose names, and of a column whose type, are right: one phrase each."""
        raise NotImplementedError

    def failing(self, a: Arguments, column: Column) -> str:
        """The condition (SQL) that is true in a row that breaks the rule, and never null."""
        raise NotImplementedError

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """What the rule demands, in Chinese and in English, as people read it who deliver the data."""
        raise NotImplementedError

    def stock(self, a: Arguments, column: Column) -> Stock | None:
        """The expectation of Great Expectations with the same meaning: its type and arguments; None where
        there is none."""
        return None


def _bounds_problems(a: Arguments, wanted: type | tuple[type, ...], what: str) -> list[str]:
    given = [a[k] for k in ("min", "max") if k in a]
    if not given:
        return ["needs min or max"]
    if any(isinstance(v, bool) or not isinstance(v, wanted) for v in given):
        return [f"min and max must be {what}"]
    return ["min is above max"] if len(given) == 2 and given[0] > given[1] else []


def _outside(value: str, low: str | None, high: str | None) -> str:
    return " OR ".join(([f"{value} < {low}"] if low else []) + ([f"{value} > {high}"] if high else []))


def _between_texts(a: Arguments, zh: str, en: str) -> Texts:
    low, high = a.get("min"), a.get("max")
    if low is None:
        return f"{zh}应不大于{high}", f"{en} must be at most {high}"
    if high is None:
        return f"{zh}应不小于{low}", f"{en} must be at least {low}"
    return f"{zh}应在{low}至{high}之间", f"{en} must be from {low} to {high}"


class Range(Kind):
    """The value lies within inclusive bounds: numbers, or ISO days for a date or timestamp."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find bounds that are absent, of another type than the column, or in the wrong order."""
        if base_type(column) not in DAYS:
            return _bounds_problems(a, (int, float), "numbers")
        try:
            return _bounds_problems({k: date.fromisoformat(v).isoformat() for k, v in a.items()}, str, "days")
        except (ValueError, TypeError):
            return ["min and max must be days (yyyy-MM-dd)"]

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the value lies outside the bounds; null passes."""
        low, high = (literal(a[k], column) if k in a else None for k in ("min", "max"))
        return f"{column.name} IS NOT NULL AND ({_outside(column.name, low, high)})"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the value lies within the bounds."""
        return _between_texts(a, label(column), column.name)

    def stock(self, a: Arguments, column: Column) -> Stock | None:
        """The expectation of Great Expectations about numbers; None for dates and timestamps."""
        if base_type(column) in DAYS:
            return None  # GX compares days only with Python objects, which its suites cannot store
        return "expect_column_values_to_be_between", {
            "column": column.name,
            "min_value": a.get("min"),
            "max_value": a.get("max"),
        }


class Length(Kind):
    """The text has a number of characters within inclusive bounds."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find bounds that are absent, no whole numbers, or in the wrong order."""
        return _bounds_problems(a, int, "whole numbers")

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the number of characters lies outside the bounds; null passes."""
        low, high = (str(a[k]) if k in a else None for k in ("min", "max"))
        return f"{column.name} IS NOT NULL AND ({_outside(f'length({column.name})', low, high)})"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the number of characters lies within the bounds."""
        zh, en = _between_texts(a, f"{label(column)}的字符数", f"the length of {column.name}")
        return zh, en

    def stock(self, a: Arguments, column: Column) -> Stock | None:
        """The expectation of Great Expectations about the length of texts."""
        bounds = {"min_value": a.get("min"), "max_value": a.get("max")}
        return "expect_column_value_lengths_to_be_between", {"column": column.name, **bounds}


class Pattern(Kind):
    """The whole text matches a regular expression, limited to what Java (Spark) and RE2 (DuckDB) read
    alike."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find a pattern that is absent, is no regular expression, or holds what Java and RE2 read
        differently."""
        try:
            re.compile(a["pattern"])
        except KeyError:
            return ["needs pattern"]
        except (re.error, TypeError) as error:
            return [f"is not a regular expression: {error}"]
        return [
            f"{found[0]!r} means one thing to Java and another to RE2"
            for found in UNLIKE.finditer(a["pattern"])
        ]

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the pattern does not match the whole text; null passes."""
        return (
            f"{column.name} IS NOT NULL AND NOT ({column.name} RLIKE "
            f"{text_literal('^(?:' + a['pattern'] + ')' + END)})"
        )

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the text has the pattern."""
        return f"{label(column)}的格式应为 {a['pattern']}", f"{column.name} must look like {a['pattern']}"

    def stock(self, a: Arguments, column: Column) -> Stock | None:
        """The expectation of Great Expectations that texts match the pattern."""
        return "expect_column_values_to_match_regex", {
            "column": column.name,
            "regex": f"^(?:{a['pattern']})$",
        }


MOST_NAMED = 20  # values of a reference file that a reason names


class Values(Kind):
    """The value is one of a list. A list by reference (`reference: table.column`) was replaced by the values
    of schemas/reference/<table>.csv when the contract was read."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find a list that is absent or empty, holds a value of another type than the column, or a value
        twice."""
        values = a.get("list")
        if not isinstance(values, list) or not values:
            return ["needs a list with at least one value, or reference: <table>.<column>"]
        wanted = {"string": str, "boolean": bool}.get(base_type(column), int)
        if any(not isinstance(v, wanted) or (wanted is int and isinstance(v, bool)) for v in values):
            return [
                (
                    f"each value must be of type {column.type} (write text that looks like a number or "
                    f"true/false in quotes)"
                )
            ]
        return [f"lists {v!r} twice" for v in sorted({str(v) for v in values if values.count(v) > 1})]

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the value is not in the list; null passes."""
        listed = ", ".join(literal(v, column) for v in a["list"])
        return f"{column.name} IS NOT NULL AND {column.name} NOT IN ({listed})"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the value is one of the list, of which at most MOST_NAMED
        are named where it is by reference."""
        values = [str(v) for v in a["list"]]
        file = f"（{a['reference'].partition('.')[0]}.csv）" if "reference" in a else ""
        if file and len(values) > MOST_NAMED:
            values = [*values[:MOST_NAMED], "…"]
        zh, en = "、".join(values), ", ".join(values)
        return (
            f"{label(column)}应为其中之一：{zh}{file}",
            f"{column.name} must be one of: {en}{file.replace('（', ' (').replace('）', ')')}",
        )

    def stock(self, a: Arguments, column: Column) -> Stock | None:
        """The expectation of Great Expectations that values are in the list."""
        return "expect_column_values_to_be_in_set", {"column": column.name, "value_set": list(a["list"])}


class ValuesBy(Kind):
    """The value is one of the list that the value of another column selects: `{column: exit_kind, allowed:
    {violation: [...], void: [...]}}`."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find another column that is not in the table, or `allowed` that does not map its values to lists of
        texts."""
        if a.get("column") not in columns:
            return [f"column {a.get('column')!r} is not in this table"]
        allowed = a.get("allowed")
        if not isinstance(allowed, Mapping) or not allowed:
            return ["needs allowed: {value of the other column: [texts]}"]
        if not all(
            isinstance(v, list) and v and all(isinstance(word, str) for word in v) for v in allowed.values()
        ):
            return ["needs allowed: {value of the other column: [texts]}"]
        return []

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the value is not in the list that the other column selects, or that column
        selects none; null passes."""
        fits = " OR ".join(
            (
                f"({a['column']} = {literal(other, column)} AND {column.name} IN "
                f"({', '.join(literal(v, column) for v in listed)}))"
            )
            for other, listed in a["allowed"].items()
        )
        return f"{column.name} IS NOT NULL AND NOT coalesce({fits}, FALSE)"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the value fits that of the other column, with all lists."""
        zh = "；".join(f"{other}：{'、'.join(listed)}" for other, listed in a["allowed"].items())
        en = "; ".join(f"{other}: {', '.join(listed)}" for other, listed in a["allowed"].items())
        return (
            f"{label(column)}应与{label(columns[a['column']])}相符（{zh}）",
            f"{column.name} must fit {a['column']} ({en})",
        )
