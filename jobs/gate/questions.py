"""What a metric of Great Expectations counts, as SQL that DuckDB reads: the expectations that contracts and their files use.

Each says what stock GX says on Spark (a test). What is not translated here is left to stock GX: None, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from great_expectations.expectations.row_conditions import (
    AndCondition, ComparisonCondition, NullityCondition, OrCondition, deserialize_row_condition,
)

TEXT, NUMBER, OTHER = "text", "number", "other"
LONG = 20  # values: beyond, distinct values are looked up instead of rows
# Java and RE2 read a pattern of these characters alike, but for `$` before a line end (LINE_ENDS).
PLAIN = re.compile(r"(?:[\w \-,|*?^$\[\](){}/:@#]|\+)*")
UNLIKE = re.compile(r"\(\?(?!:)|[+*?}]\+|\[[^\]]*\[|\[\^?\]")  # lookaround and flags, possessive, nested or empty classes
LINE_ENDS = "chr(10), chr(13), chr(133), chr(8232), chr(8233)"
IGNORED = {  # ignore_row_if → how the presence of the columns is joined
    "either_value_is_missing": " AND ", "any_value_is_missing": " AND ", "both_values_are_missing": " OR ", "all_values_are_missing": " OR ",
}


class Unknown(Exception):
    """Not translated."""


@dataclass(frozen=True)
class Question:
    """How many rows of those ``among`` (SQL) are ``failing`` (SQL)? ``shown``: columns of a sample. ``repeated``: those that share the
    values of ``shown`` with another row; ``lookup``: ask once a value of the one column shown."""

    failing: str
    among: str = "TRUE"
    shown: tuple[str, ...] = ()
    repeated: bool = False
    lookup: bool = False


def question(name: str, domain: Mapping[str, Any], values: Mapping[str, Any], types: Mapping[str, str]) -> Question | None:
    """The question of metric ``name`` (without its suffix) about ``domain`` and with ``values``, GX's keyword arguments; ``types``: TEXT,
    NUMBER or OTHER by column. None where it is not translated."""
    try:
        among, shown = _among(domain), _columns(domain)
        if not set(shown) <= set(types):
            return None
        if name in ("column_values.unique", "compound_columns.unique"):
            here = f"{among} AND {quoted(shown[0])} IS NOT NULL" if len(shown) == 1 else among
            return Question("TRUE", here, shown, repeated=True)
        lookup = name in ("column_values.in_set", "column_values.not_in_set") and len(values["value_set"] or ()) > LONG
        return Question(_TRANSLATED[name](shown, values, types), among, shown, lookup=lookup)
    except (Unknown, KeyError):
        return None


def counted_rows(domain: Mapping[str, Any]) -> Question | None:
    """The question how many rows a domain has."""
    try:
        return Question("TRUE", _among(domain))
    except Unknown:
        return None


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Text, numbers and booleans; Unknown for anything else."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, int | float) and value == value and abs(value) != float("inf"):
        return repr(value)
    raise Unknown


def _columns(domain: Mapping[str, Any]) -> tuple[str, ...]:
    if domain.get("column_list"):
        return tuple(domain["column_list"])
    return tuple(domain[k] for k in ("column", "column_A", "column_B") if domain.get(k))


def _among(domain: Mapping[str, Any]) -> str:
    parts = []
    if domain.get("row_condition"):
        parts.append(_condition(domain["row_condition"]))
    if (joined := IGNORED.get(domain.get("ignore_row_if"))) is not None:
        parts.append("(" + joined.join(f"{quoted(c)} IS NOT NULL" for c in _columns(domain)) + ")")
    elif domain.get("ignore_row_if") not in (None, "neither", "never"):
        raise Unknown
    return " AND ".join(parts) or "TRUE"


def _condition(given: Any) -> str:
    condition = deserialize_row_condition(given) if isinstance(given, dict) else given
    if isinstance(condition, NullityCondition):
        return f"{quoted(condition.column.name)} IS {'' if condition.is_null else 'NOT '}NULL"
    if isinstance(condition, AndCondition | OrCondition):
        joined = " AND " if isinstance(condition, AndCondition) else " OR "
        return "(" + joined.join(_condition(c) for c in condition.conditions) + ")"
    if not isinstance(condition, ComparisonCondition):
        raise Unknown  # written as text for some engine
    column, operator = quoted(condition.column.name), str(condition.operator)
    if operator in ("IN", "NOT_IN"):
        return f"{column} {operator.replace('_', ' ')} ({', '.join(map(literal, condition.parameter))})"
    return f"{column} {operator} {literal(condition.parameter)}"


def _outside(value: str, values: Mapping[str, Any]) -> str:
    """Rows outside the bounds; a null is in no comparison."""
    low, high = values.get("min_value"), values.get("max_value")
    if low is None and high is None or any(isinstance(v, bool | str) for v in (low, high)):
        raise Unknown
    found = [] if low is None else [f"{value} {'<=' if values.get('strict_min') else '<'} {literal(low)}"]
    found += [] if high is None else [f"{value} {'>=' if values.get('strict_max') else '>'} {literal(high)}"]
    return "(" + " OR ".join(found) + ")"


def _of(kind: str, column: str, types: Mapping[str, str]) -> str:
    if types[column] != kind:
        raise Unknown
    return quoted(column)


def _in_set(shown: tuple[str, ...], values: Mapping[str, Any], types: Mapping[str, str], *, failing: str = "NOT IN") -> str:
    listed = list(values["value_set"] or ())
    if not listed or any(types[shown[0]] != (TEXT if isinstance(v, str) else NUMBER) or isinstance(v, bool) for v in listed):
        raise Unknown
    return f"{quoted(shown[0])} {failing} ({', '.join(map(literal, listed))})"


def _regex(shown: tuple[str, ...], values: Mapping[str, Any], types: Mapping[str, str]) -> str:
    pattern, column = values["regex"], _of(TEXT, shown[0], types)
    if not PLAIN.fullmatch(pattern) or UNLIKE.search(pattern):
        raise Unknown
    told = f"NOT regexp_matches({column}, {literal(pattern)})"
    return told if "$" not in pattern else f"CASE WHEN right({column}, 1) IN ({LINE_ENDS}) THEN error('a line end') ELSE {told} END"


def _pair(shown: tuple[str, ...], values: Mapping[str, Any], types: Mapping[str, str]) -> str:
    a, b = map(quoted, shown)
    return f"NOT ({a} >= {b} OR {a} IS NOT DISTINCT FROM {b})" if values.get("or_equal") else f"NOT ({a} > {b})"


_TRANSLATED = {
    "column_values.nonnull": lambda shown, values, types: f"{quoted(shown[0])} IS NULL",
    "column_values.null": lambda shown, values, types: f"{quoted(shown[0])} IS NOT NULL",
    "column_values.in_set": _in_set,
    "column_values.not_in_set": lambda shown, values, types: _in_set(shown, values, types, failing="IN"),
    "column_values.between": lambda shown, values, types: _outside(_of(NUMBER, shown[0], types), values),
    "column_values.value_length.between": lambda shown, values, types: _outside(f"length({_of(TEXT, shown[0], types)})", values),
    "column_values.value_length.equals": lambda shown, values, types: f"length({_of(TEXT, shown[0], types)}) <> {literal(values['value'])}",
    "column_values.match_regex": _regex,
    "column_pair_values.a_greater_than_b": _pair,
}
