"""SQL that turns the texts of bronze into typed columns: a value is read exactly or not at all.

Casts alone would guess ('2024' as a date) and differ between engines (24:00:00, an offset of 19 hours), so
each cast is made only where the text matches a pattern that Java and RE2 read alike. `\\z` is the end of the
text; `$` would let a line end pass in Java.

A unified social credit code is read in one spelling, whoever filed it: capitals, half width, no separators.
"""

from __future__ import annotations

import string

from jobs.contracts.kinds import text_literal
from jobs.contracts.model import Column

# The patterns of a date, an instant (with offset), a whole number, a number and a JSON list of texts (TEXTS).
DAY = r"^\d{4}-\d{2}-\d{2}\z"
INSTANT = r"^\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-](0\d|1[0-7]):?[0-5]\d)\z"
WHOLE = r"^[+-]?\d+\z"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\z"
_STRING = r'"([^"\\]|\\["\\/bfnrt]|\\u00[01][0-9A-Fa-f])*"'
TEXTS = rf"^\[\s*({_STRING}(\s*,\s*{_STRING})*)?\s*\]\z"
# The first year of a date; the year 0 means 1 BC on one engine.
FIRST_YEAR = "0001"
# A text that already has the spelling of credit codes.
SPELLED = r"^[0-9A-Z]+\z"
# The spelling of a credit code is changed character by character: UPPER differs between engines (`ß`, `ı`).
_PLAIN = string.digits + string.ascii_uppercase
_SMALL = string.ascii_lowercase
_FOREIGN = _SMALL + "".join(chr(ord(c) + 0xFEE0) for c in _PLAIN + _SMALL)
_SAME = string.ascii_uppercase + _PLAIN + string.ascii_uppercase
# Blanks, line ends and dashes that people set between its groups.
_SEPARATORS = "".join(
    chr(c)
    for c in (
        *b" \t\n\r-", 0xA0, *range(0x2000, 0x200B), *range(0x2010, 0x2016), 0x202F, 0x205F, 0x2212, 0x3000,
        0xFE63, 0xFF0D,
    )
)  # fmt: skip


def _where(text: str, pattern: str, value: str, more: str = "") -> str:
    return f"CASE WHEN {text} RLIKE {text_literal(pattern)}{more} THEN {value} END"


def typed(column: Column, text: str) -> str:
    """Return SQL (Spark) that reads ``text``, an SQL expression of text, as the type of ``column``; its
    result is null where the text is not exactly such a value. Every text is a value of a string column; of
    one of credit codes the spelling is made one. Raises ValueError for a type that is not known."""
    kind, dated = column.type, f" AND {text} >= '{FIRST_YEAR}'"
    if column.credit_code:
        return _spelled(text)
    if kind == "string":
        return text
    if kind == "date":
        return _where(text, DAY, f"TRY_CAST({text} AS DATE)", dated)
    if kind == "timestamp":
        return _where(text, INSTANT, f"TRY_CAST({text} AS TIMESTAMP)", dated)
    if kind == "boolean":
        return f"CASE {text} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    if kind in ("int", "bigint"):
        return _where(text, WHOLE, f"TRY_CAST({text} AS {kind.upper()})")
    if kind == "double":
        number = f"TRY_CAST({text} AS DOUBLE)"
        return _where(text, NUMBER, f"CASE WHEN ABS({number}) <= 1.7976931348623157E308D THEN {number} END")
    if kind.startswith("decimal"):
        return _where(text, NUMBER, f"TRY_CAST({text} AS {kind.upper()})")
    if kind == "array<string>":
        return _where(text, TEXTS, f"FROM_JSON({text}, 'array<string>')")
    raise ValueError(f"{column.name}: no reading of type {kind}")


def _spelled(text: str) -> str:
    """SQL (Spark) of a credit code in one spelling: capitals, half width, no separators. A text that is no
    code is changed in the same way and left to the contract's rules; one of separators alone stays as it is,
    so that no text becomes empty. Most texts are in this spelling already, and testing for it is faster than
    changing them."""
    new = f"TRANSLATE({text}, {text_literal(_FOREIGN + _SEPARATORS)}, {text_literal(_SAME)})"
    return (
        f"CASE WHEN {text} RLIKE {text_literal(SPELLED)} THEN {text} "
        f"ELSE COALESCE(NULLIF({new}, ''), {text}) END"
    )


def loses_places(column: Column, text: str) -> str | None:
    """Return SQL (Spark) that is true where ``text``, an SQL expression of text, has more decimal places than
    the decimal ``column``, so that its value is rounded (and flagged). None for columns of other types."""
    if not column.type.startswith("decimal"):
        return None
    exact, own = "DECIMAL(38,18)", column.type.upper()
    differs = f"TRY_CAST({text} AS {exact}) <> TRY_CAST(TRY_CAST({text} AS {own}) AS {exact})"
    return f"COALESCE({_where(text, NUMBER, differs)}, FALSE)"
