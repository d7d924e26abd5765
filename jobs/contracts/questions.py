"""Translate what Great Expectations must count of a table into conditions in Spark SQL, so that the gate (the
check of a table that was just built) can count it where the table lies.

A metric is Great Expectations' name for such a count. Only metrics are translated whose counts are the same
on DuckDB, on Spark and in Great Expectations' own pandas engine (a test compares them). `quality contracts
check` refuses an expectation that needs another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.contracts.kinds import END, NUMERIC, base_type, text_literal
from jobs.contracts.model import Contract

TEXT, NUMBER, TRUTH, OTHER = "text", "number", "truth", "other"  # kinds of columns
COUNT, FILTERED, SAMPLE = "unexpected_count", "filtered_row_count", "unexpected_values"
ROWS = "table.row_count"
# The longest list of values that is compared row by row, which DuckDB does with one value after the other.
# With a longer list each different value of the column is compared once.
LONG = 100
# Java and RE2 read a pattern of these characters alike. `$` stands only at the end (_regex).
PLAIN = re.compile(r"(?:[\w \-,|*?^\[\](){}/:@#]|\+)*")
# Lookaround and flags, possessive quantifiers, nested or empty classes.
UNLIKE = re.compile(r"\(\?(?!:)|[+*?}]\+|\[[^\]]*\[|\[\^?\]")

Kinds = Mapping[str, str]


class Untranslated(ValueError):
    """Raised where an expectation needs a count that the gate cannot make; the message says why."""


@dataclass(frozen=True)
class Question:
    """Asks how many of the rows that meet ``among`` (SQL) also meet ``failing`` (SQL).

    ``shown``: the columns that a sample of these rows shows, () for none; ``repeated``: count only rows that
    share their values of ``shown`` with another row; ``lookup``: evaluate once for each different value of
    the one column in ``shown``, not for each row (see LONG).
    """

    failing: str
    among: str = "TRUE"
    shown: tuple[str, ...] = ()
    repeated: bool = False
    lookup: bool = False


def column_kinds(contract: Contract) -> dict[str, str]:
    """Column → TEXT, NUMBER, TRUTH (booleans) or OTHER (days, moments, lists), for the columns of a
    contract."""
    kinds = dict.fromkeys(NUMERIC, NUMBER) | {"string": TEXT, "boolean": TRUTH}
    return {c.name: kinds.get(base_type(c), OTHER) for c in contract.columns}


def metrics_of(expectation: Any) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The metrics that Great Expectations must know to judge an expectation in its result format BASIC, as it
    states them. ``expectation``: an object of one of its classes. Each metric is its name, its domain
    arguments (which columns and rows) and its value arguments (what is compared)."""
    needed = expectation.get_validation_dependencies(runtime_configuration={"result_format": "BASIC"})
    metrics = needed.metric_configurations.values()
    return [(m.metric_name, m.metric_domain_kwargs, m.metric_value_kwargs) for m in metrics]


def question(metric: str, domain: Mapping[str, Any], values: Mapping[str, Any], kinds: Kinds) -> Question:
    """The question that a metric asks of a table.

    ``metric``: its name, as `column_values.null.unexpected_count`; ``domain``, ``values``: its arguments, as
    `metrics_of` returns them; ``kinds``: the table's columns, as of `column_kinds`. Raises Untranslated where
    the metric is not counted here, or not for columns of these kinds.
    """
    if metric == ROWS:
        return Question("TRUE", _among(domain, kinds))
    base, _, suffix = metric.rpartition(".")
    if suffix not in (COUNT, FILTERED, SAMPLE) or base not in (*_CONDITIONS, *_UNIQUE):
        raise Untranslated(f"the gate does not count {metric}")
    among, shown = _among(domain, kinds), _columns(domain)
    _known(shown, kinds)
    if suffix == FILTERED:
        return Question("TRUE", among)
    if base in _UNIQUE:
        return Question("TRUE", _present(among, shown) if len(shown) == 1 else among, shown, repeated=True)
    failing = _CONDITIONS[base](shown, values, kinds)
    if base == "column_values.nonnull":
        return Question(failing, among)
    return Question(failing, among, shown, lookup=is_long(values.get("value_set")))


def unique(columns: tuple[str, ...]) -> Question:
    """The question how many rows share their values of ``columns`` with another row. Rows in which all of
    them are null are not judged."""
    return Question("TRUE", _present("TRUE", columns, " OR "), columns, repeated=True)


def is_long(listed: Any) -> bool:
    """Whether a list of values (None: an empty one) has more than LONG entries, so that it is not compared
    row by row."""
    return len(listed or ()) > LONG


def quoted(name: str) -> str:
    """A name as a quoted identifier of Spark SQL."""
    return "`" + name.replace("`", "``") + "`"


def literal(value: Any, kind: str) -> str:
    """The literal of Spark SQL for a value that is compared with a column of ``kind``. Raises Untranslated
    where the value is not of that kind, and for the kind OTHER, which is not compared."""
    if kind == TRUTH and isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if kind == TEXT and isinstance(value, str):
        return text_literal(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == NUMBER and number and value == value and abs(value) != float("inf"):
        return repr(value)
    columns = "; two columns are compared by a rule of the contract, such as at_most, at_least or sum_of"
    hint = columns if isinstance(value, dict) and "column" in value else ""
    raise Untranslated(f"{value!r} is not compared with a column of kind {kind}{hint}")


def _known(names: tuple[str, ...], kinds: Kinds) -> None:
    absent = [name for name in names if name not in kinds]
    if absent:
        raise Untranslated(f"there is no column {', '.join(map(repr, absent))}")


def _columns(domain: Mapping[str, Any]) -> tuple[str, ...]:
    if domain.get("column_list"):
        return tuple(domain["column_list"])
    return tuple(domain[k] for k in ("column", "column_A", "column_B") if domain.get(k))


def _present(among: str, columns: tuple[str, ...], joined: str = " AND ") -> str:
    present = "(" + joined.join(f"{quoted(c)} IS NOT NULL" for c in columns) + ")"
    return present if among == "TRUE" else f"{among} AND {present}"


def _among(domain: Mapping[str, Any], kinds: Kinds) -> str:
    """SQL for the rows that are judged: those of `row_condition`, less those that `ignore_row_if` leaves
    out."""
    among, columns, ignored = "TRUE", _columns(domain), domain.get("ignore_row_if")
    if domain.get("row_condition"):
        among = _condition(domain["row_condition"], kinds)
    if not columns or ignored in (None, "never"):
        return among
    if ignored in ("either_value_is_missing", "any_value_is_missing"):
        return _present(among, columns)
    if ignored == "all_values_are_missing":
        return _present(among, columns, " OR ")
    # Of a pair with one null pandas finds "not greater" where SQL finds nothing.
    raise Untranslated(f"ignore_row_if: engines count {ignored} differently (write either_value_is_missing)")


def _condition(given: Any, kinds: Kinds) -> str:
    from great_expectations.expectations import row_conditions as gx  # slow to import, and seldom needed

    condition = gx.deserialize_row_condition(given) if isinstance(given, dict) else given
    if isinstance(condition, gx.AndCondition | gx.OrCondition):
        joined = " AND " if isinstance(condition, gx.AndCondition) else " OR "
        return "(" + joined.join(_condition(c, kinds) for c in condition.conditions) + ")"
    if not isinstance(condition, gx.NullityCondition | gx.ComparisonCondition):
        raise Untranslated("row_condition must be written as a mapping, not as text for one engine")
    _known((condition.column.name,), kinds)
    column = quoted(condition.column.name)
    if isinstance(condition, gx.NullityCondition):
        return f"{column} IS {'' if condition.is_null else 'NOT '}NULL"
    kind, operator = kinds[condition.column.name], str(condition.operator)
    if operator == "IN":
        return f"{column} IN ({', '.join(literal(v, kind) for v in condition.parameter)})"
    # Whether a null is unequal to a value differs between engines, and so does the order of texts.
    if operator not in (("==", ">", ">=", "<", "<=") if kind == NUMBER else ("==",)):
        raise Untranslated(f"row_condition: engines read {operator} differently for a column of kind {kind}")
    return f"{column} {operator.replace('==', '=')} {literal(condition.parameter, kind)}"


def _outside(value: str, values: Mapping[str, Any]) -> str:
    """SQL for the rows whose ``value`` (SQL) lies outside the bounds; a null does not."""
    low, high = values.get("min_value"), values.get("max_value")
    if low is None and high is None:
        raise Untranslated("it needs min_value or max_value")
    below, above = "<=" if values.get("strict_min") else "<", ">=" if values.get("strict_max") else ">"
    found = [] if low is None else [f"{value} {below} {literal(low, NUMBER)}"]
    found += [] if high is None else [f"{value} {above} {literal(high, NUMBER)}"]
    return "(" + " OR ".join(found) + ")"


def _quoted_of_kind(kind: str, column: str, kinds: Kinds) -> str:
    if kinds[column] != kind:
        raise Untranslated(f"column {column!r} is of kind {kinds[column]}, not {kind}")
    return quoted(column)


def _in_set(shown: tuple[str, ...], values: Mapping[str, Any], kinds: Kinds) -> str:
    return f"{quoted(shown[0])} NOT IN {_listed(shown, values, kinds)}"


def _listed(shown: tuple[str, ...], values: Mapping[str, Any], kinds: Kinds) -> str:
    listed = list(values["value_set"] or ())
    if not listed:
        raise Untranslated("value_set must hold a value")
    return f"({', '.join(literal(v, kinds[shown[0]]) for v in listed)})"


def _regex(shown: tuple[str, ...], values: Mapping[str, Any], kinds: Kinds) -> str:
    """`$` is the end of the text. GX's pandas engine also takes the place before a last line feed for it."""
    column, pattern = _quoted_of_kind(TEXT, shown[0], kinds), values["regex"]
    body = pattern.removesuffix("$")
    if not PLAIN.fullmatch(body) or UNLIKE.search(body):
        raise Untranslated(f"engines may read the pattern {pattern!r} differently")
    return f"NOT ({column} RLIKE {text_literal(body if body == pattern else body + END)})"


def _pair(shown: tuple[str, ...], values: Mapping[str, Any], kinds: Kinds) -> str:
    if kinds[shown[0]] != kinds[shown[1]]:
        raise Untranslated(f"columns {shown[0]!r} and {shown[1]!r} are of two kinds")
    a, b = map(quoted, shown)
    return f"NOT ({a} {'>=' if values.get('or_equal') else '>'} {b})"


def _length(shown: tuple[str, ...], kinds: Kinds) -> str:
    return f"length({_quoted_of_kind(TEXT, shown[0], kinds)})"


_UNIQUE = ("column_values.unique", "compound_columns.unique")
_CONDITIONS: dict[str, Callable[[tuple[str, ...], Mapping[str, Any], Kinds], str]] = {
    "column_values.nonnull": lambda shown, values, kinds: f"{quoted(shown[0])} IS NULL",
    "column_values.null": lambda shown, values, kinds: f"{quoted(shown[0])} IS NOT NULL",
    "column_values.in_set": _in_set,
    "column_values.not_in_set": lambda shown, v, kinds: f"{quoted(shown[0])} IN {_listed(shown, v, kinds)}",
    "column_values.between": lambda shown, values, kinds: _outside(
        _quoted_of_kind(NUMBER, shown[0], kinds), values
    ),
    "column_values.value_length.between": lambda shown, v, kinds: _outside(_length(shown, kinds), v),
    "column_values.value_length.equals": lambda shown, v, kinds: (
        f"{_length(shown, kinds)} <> {literal(v['value'], NUMBER)}"
    ),
    "column_values.match_regex": _regex,
    "column_pair_values.a_greater_than_b": _pair,
}
