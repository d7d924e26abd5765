"""From bronze text to typed columns: a value is read exactly or not at all (Spark's own casts would guess: '2024' as a date).

Expressions are Spark SQL text: built of Column calls, each would cost a dozen calls into the JVM, and a table has a hundred.
"""

from __future__ import annotations

from jobs.contracts.model import Column

DAY = r"^\d{4}-\d{2}-\d{2}$"
INSTANT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$"
WHOLE = r"^[+-]?\d+$"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$"


def _where(text: str, pattern: str, value: str) -> str:
    return f"CASE WHEN {text} RLIKE r'{pattern}' THEN {value} END"


def typed(column: Column) -> str:
    """The column's text as its contract's type; null where the text does not say such a value exactly."""
    text, kind = f"`{column.name}`", column.type
    if kind == "string":
        return text
    if kind == "date":
        return _where(text, DAY, f"try_cast({text} AS date)")
    if kind == "timestamp":
        return _where(text, INSTANT, f"try_cast({text} AS timestamp)")
    if kind == "boolean":
        return f"CASE {text} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    if kind in ("int", "bigint"):
        return _where(text, WHOLE, f"try_cast({text} AS {kind})")
    if kind == "double":
        number = f"try_cast({text} AS double)"
        return _where(text, NUMBER, f"CASE WHEN abs({number}) < double('Infinity') THEN {number} END")
    if kind.startswith("decimal"):
        return _where(text, NUMBER, f"try_cast({text} AS {kind})")
    if kind == "array<string>":
        return _where(text, r"^\[", f"from_json({text}, '{kind}')")
    raise ValueError(f"{column.name}: no reading of type {kind}")


def rounded(column: Column) -> str | None:
    """True where a decimal column has fewer places than the text: the value is kept rounded and flagged."""
    if not column.type.startswith("decimal"):
        return None
    exact = "decimal(38,18)"
    return f"coalesce(try_cast(`{column.name}` AS {exact}) <> CAST(try_cast(`{column.name}` AS {column.type}) AS {exact}), FALSE)"
