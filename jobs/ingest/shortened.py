"""Codes that a program counted as numbers and wrote in scientific notation (6.92E+12): their last digits are
lost, and unlike codes became one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.model import ColumnMap, Feed, Reason
from jobs.plurals import plural

_PATTERN = r"^[1-9](?:\.[0-9]+)?[eE]\+[0-9]{2,3}$"
SPREADSHEET, DOUBLE = 10**15, 2**53  # below, a whole number keeps all its digits


def is_code(column: ColumnMap, feed: Feed) -> bool:
    """Whether a column's values are names of things, which must not be rounded: codes and texts of a key.
    `on_unmapped: keep` takes them as they are."""
    named = column.code or column.name in feed.key
    return named and column.type == "string" and column.on_unmapped != "keep"


def code_inputs(feed: Feed) -> set[str]:
    """Columns of the file that such columns read."""
    return {name for column in feed.columns if is_code(column, feed) for name in column.inputs}


def as_code(number: float, least: int = SPREADSHEET) -> str | None:
    """How a whole number from ``least`` on is written where a code stands, as a spreadsheet shows it: its
    last digits are not known. None for any other number."""
    return f"{number:.14E}" if number >= least and number.is_integer() else None


def as_codes(numbers: pa.Array, texts: pa.Array) -> pa.Array:
    """The ``texts`` of floating-point numbers where codes stand; those that may be rounded are written as by
    ``as_code``."""
    large = pc.fill_null(pc.greater_equal(numbers, float(DOUBLE)), False)
    if not pc.any(large).as_py():
        return texts
    written = [as_code(n, DOUBLE) if n is not None else None for n in numbers.to_pylist()]
    return pc.coalesce(pa.array(written, pa.string()), texts)


def shortened(codes: pa.Array) -> pa.Array | None:
    """True where a code is such a number; None where none is."""
    found = pc.fill_null(pc.match_substring_regex(codes, _PATTERN), False)
    return found if pc.any(found).as_py() else None


def warning(column: str, count: int, first: int) -> Reason:
    """What is said of a file with ``count`` such values in a column, the first in the record ``first``."""
    return Reason(
        f"“{column}”有{count}个值为被缩写的数值（如 6.92E+12，首见于第{first}条记录），末位已丢失，"
        "不能作为编码；请以文本送达",
        f"{column}: {plural(count, 'value')}, first in record {first}, shortened to numbers as 6.92E+12: "
        "the last digits are lost, so that they are no codes; hand them in as text",
    )
