"""From bronze text to typed columns: a value is read exactly or not at all (Spark's own casts would guess: '2024' as a date)."""

from __future__ import annotations

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F

from jobs.contracts.model import Column

DAY = r"^\d{4}-\d{2}-\d{2}$"
INSTANT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$"
WHOLE = r"^[+-]?\d+$"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$"


def _where(text: SparkColumn, pattern: str, value: SparkColumn) -> SparkColumn:
    return F.when(text.rlike(pattern), value)


def typed(column: Column) -> SparkColumn:
    """The column's text as its contract's type; null where the text does not say such a value exactly."""
    text = F.col(column.name)
    kind = column.type
    if kind == "string":
        return text
    if kind == "date":
        return _where(text, DAY, text.try_cast("date"))
    if kind == "timestamp":
        return _where(text, INSTANT, text.try_cast("timestamp"))
    if kind == "boolean":
        return F.when(text == "true", F.lit(True)).when(text == "false", F.lit(False))
    if kind in ("int", "bigint"):
        return _where(text, WHOLE, text.try_cast(kind))
    if kind == "double":
        number = text.try_cast("double")
        return _where(text, NUMBER, F.when(F.abs(number) < float("inf"), number))
    if kind.startswith("decimal"):
        return _where(text, NUMBER, text.try_cast(kind))
    if kind == "array<string>":
        return _where(text, r"^\[", F.from_json(text, kind))
    raise ValueError(f"{column.name}: no reading of type {kind}")


def rounded(column: Column) -> SparkColumn | None:
    """True where a decimal column has fewer places than the text: the value is kept rounded and flagged."""
    if not column.type.startswith("decimal"):
        return None
    text = F.col(column.name)
    exact = text.try_cast("decimal(38,18)")
    return F.coalesce(exact != text.try_cast(column.type).cast("decimal(38,18)"), F.lit(False))
