"""Kinds of rules that compare columns of one row: order in time, upper bounds, presence, sums; or a day with
that of the row's receipt. See jobs.contracts.kinds for what their methods take and return."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.contracts.kinds import NUMERIC, Arguments, Columns, Kind, Stock, Texts, base_type, label
from jobs.contracts.model import Column


@dataclass(frozen=True)
class Ordered(Kind):
    """This column, which has the rule, is compared with another. ``larger``: which of the two may be larger,
    `this` or `other`. ``zh``, ``en``: the words between both names in messages. Equal values pass, and so do
    rows with a null in either."""

    larger: str  # "this" | "other"
    zh: str
    en: str

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find another column that is not in the table, is this one, or has a type that cannot be compared
        with it."""
        other = columns.get(str(a.get("column")))
        if other is None or other.name == column.name:
            return [f"column {a.get('column')!r} is not another column of this table"]
        both = {base_type(other), base_type(column)}
        same = len(both) == 1 or both <= set(NUMERIC)
        return (
            []
            if same
            else [f"{column.name} ({column.type}) and {other.name} ({other.type}) cannot be compared"]
        )

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL condition that is true in a row that breaks the rule: of ``column`` and the column named by
        ``a["column"]``, the one that must not be larger is larger. False, never null, where both are equal or
        one is null."""
        sign = "<" if self.larger == "this" else ">"
        return f"coalesce({column.name} {sign} {a['column']}, FALSE)"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand about both columns."""
        return (
            f"{label(column)}{self.zh}{label(columns[a['column']])}",
            f"{column.name} {self.en} {a['column']}",
        )

    def stock(self, a: Arguments, column: Column) -> Stock | None:
        """The expectation of Great Expectations about the pair of columns."""
        high, low = (column.name, a["column"]) if self.larger == "this" else (a["column"], column.name)
        return "expect_column_pair_values_a_to_be_greater_than_b", {
            "column_A": high,
            "column_B": low,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        }


@dataclass(frozen=True)
class Enough(Kind):
    """The value stands only in rows in which another column, a number, is at least `min`; null passes."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find another column that is not in the table, is this one, or has no numbers, and a `min` that is
        no whole number above 0."""
        other, least = columns.get(str(a.get("column"))), a.get("min")
        if other is None or other.name == column.name or base_type(other) not in NUMERIC:
            return [f"column {a.get('column')!r} is not another column of numbers of this table"]
        return [] if type(least) is int and least > 0 else ["needs min: a whole number above 0"]

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where there is a value and the other column is null or below `min`."""
        return f"{column.name} IS NOT NULL AND coalesce({a['column']} < {a['min']}, TRUE)"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that there is no value below `min`."""
        return (
            f"{label(columns[a['column']])}不足{a['min']}时{label(column)}应为空",
            f"{column.name} must be empty where {a['column']} is below {a['min']}",
        )


def _others_problems(a: Arguments, column: Column, columns: Columns) -> list[str]:
    others = a.get("columns")
    if not isinstance(others, list) or not others:
        return ["needs columns: [...]"]
    strange = [name for name in others if name not in columns or name == column.name]
    found = [f"column {name!r} is not another column of this table" for name in strange]
    return found or ([f"names a column twice: {others}"] if len(set(others)) != len(others) else [])


@dataclass(frozen=True)
class Together(Kind):
    """The value is present (``present``; otherwise absent) whenever one of the other columns has a value.
    ``zh``, ``en``: what the messages say of the value."""

    present: bool
    zh: str
    en: str

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find a list of other columns that is absent, names a column twice, this one, or one that is not in
        the table."""
        return _others_problems(a, column, columns)

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where one of the other columns has a value and this one is null (not null where it
        must be absent)."""
        filled = " OR ".join(f"{name} IS NOT NULL" for name in a["columns"])
        return f"{column.name} IS {'' if self.present else 'NOT '}NULL AND ({filled})"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand on this column where the others are filled."""
        others = "、".join(label(columns[name]) for name in a["columns"])
        return (
            f"填写{others}时{label(column)}{self.zh}",
            f"{column.name} {self.en} with {' or '.join(a['columns'])}",
        )


@dataclass(frozen=True)
class SumOf(Kind):
    """The value equals the sum of the other columns; rows with a null in one of them pass. Doubles may differ
    by 1e-9."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Find a list of other columns that is absent or wrong, as for Together, or that names a column
        without numbers."""
        found = _others_problems(a, column, columns)
        if found:
            return found
        others = [columns[name] for name in a["columns"]]
        return [
            f"{other.name} ({other.type}) is not a number"
            for other in others
            if base_type(other) not in self.types
        ]

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the value is not the sum."""
        total = " + ".join(a["columns"])
        if base_type(column) == "double":
            return f"coalesce(abs({column.name} - ({total})) > 1e-9, FALSE)"
        return f"coalesce({column.name} <> {total}, FALSE)"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the value is the sum."""
        parts = " + ".join(label(columns[name]) for name in a["columns"])
        return f"{label(column)}应等于 {parts}", f"{column.name} must equal {' + '.join(a['columns'])}"


RECEIVED_ON = "_received_on"  # of a bronze row: the day on which its content was first received
LEEWAY_DAYS = 1  # a provider in another time zone may be a day ahead


class NotAfterReceipt(Kind):
    """The day is at most LEEWAY_DAYS after the day on which the row was received, as what it dates must have
    happened by then. Only for tables that sources deliver; rows with a null on either side pass."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Always []: the rule has no arguments."""
        return []

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the day is later; the condition reads the column RECEIVED_ON of the bronze
        row."""
        return f"coalesce({column.name} > date_add({RECEIVED_ON}, {LEEWAY_DAYS}), FALSE)"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the day is not later than the day after the file was
        received."""
        return (
            f"{label(column)}不应晚于文件收到之日的次日",
            f"{column.name} must not be later than the day after its file was received",
        )
