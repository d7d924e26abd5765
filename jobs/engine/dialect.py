"""Translate Spark SQL, in which every SQL text of the project is written, to DuckDB's dialect: by sqlglot,
with the corrections below.

- CAST stays CAST. sqlglot reads Spark's as TRY_CAST, as before Spark 4; under ANSI a cast that fails is an
  error on both engines.
- count_if(x): DuckDB's is null where no row counts, Spark's is 0.
- from_json(x, 'array<string>'): DuckDB's from_json wants another notation of the type.
- from_utc_timestamp(x, zone): sqlglot takes the instant as local time of the zone; DuckDB's `x AT TIME ZONE
  zone` is the local time.
- DATE_SUB, DATE_ADD, ADD_MONTHS and TRUNC give dates: sqlglot writes an interval, of which DuckDB makes a
  timestamp.
"""

from __future__ import annotations

import threading
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB  # noqa: F401  loaded here, not by the first of several threads
from sqlglot.dialects.spark import Spark
from sqlglot.tokens import TokenType

from jobs.kept_texts import KeptTexts

# The parameter of SQL texts, `:as_of`, that stands for the day as of which a table is built.
AS_OF = "as_of"
# Stands for the date in a translation, which is the same for all days. A text that holds it is refused.
_DAY = "\ue000as_of\ue000"

# The functions of Spark SQL that the text of a table may call: each was compared on both engines
# (tests/unit/engine). A text that calls another one is refused (jobs.engine.texts).
FUNCTIONS = frozenset(
    (
        "abs add_months aggregate array array_compact array_except array_join array_min "
        "array_position array_sort bit_or cast coalesce collect_list collect_set concat concat_ws "
        "count count_if date_add date_sub explode filter first_value floor from_json "
        "from_utc_timestamp greatest instr last_day least length locate lower make_date max "
        "max_by md5 min min_by month named_struct nullif rank regexp_replace replace round "
        "row_number rpad sequence sha2 shiftleft size split startswith struct substr substring "
        "sum to_json transform translate trim trunc try_cast upper year"
    ).split()
)


# sqlglot fills registers of its dialects when they are first asked for. Translating holds the interpreter's
# lock anyway, so steps of a night lose nothing by taking turns.
ONE_AT_A_TIME = threading.RLock()


def parsed(text: str) -> exp.Expr:
    """Parse ``text``, one statement of Spark SQL, into sqlglot's syntax tree. Raises
    sqlglot.errors.SqlglotError where it cannot be parsed."""
    return sqlglot.parse_one(text, read="spark")


def to_duckdb(text: str, as_of: date | None = None) -> str:
    """Translate a SELECT of Spark SQL to DuckDB's dialect and return its text, with `:as_of` replaced by the
    date ``as_of``.

    Raises sqlglot.errors.SqlglotError where the text cannot be parsed or translated, ValueError where it
    holds `:as_of` and ``as_of`` is None, TRUNC with another unit than those of Spark, or from_json with
    another type than 'array<string>'.
    """
    found = _translated(text)
    if _DAY not in found:
        return found
    if as_of is None:
        raise ValueError(":as_of stands in a text that was given no date")
    return found.replace(_DAY, as_of.isoformat())


# What has been translated by this module and this version of sqlglot.
_KEPT = KeptTexts(Path(__file__), version("sqlglot"))


@lru_cache(maxsize=4096)  # a night of all tables has a thousand texts
def _translated(text: str) -> str:
    if _DAY in text:
        raise ValueError("the text holds the mark that stands for the date")
    if (kept := _KEPT.get(text)) is not None:
        return kept
    with ONE_AT_A_TIME:
        tree = parsed(text)
        # Children first: what a node becomes is built of what they became.
        for node in reversed(list(tree.find_all(*_OWN))):
            if (spelled := _spelled(node)) is not node:
                node.replace(spelled)
        # The tree is not used again: copying it would take as long as all the rest.
        found = tree.sql(dialect="duckdb", copy=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
        _KEPT.put(text, found)
    return found


# Words of SQL and of its types that may stand in front of a parenthesis.
_WORDS = frozenset(
    (
        "all and any as between by case cross decimal distinct else except exists from group "
        "having in intersect join lateral not on or order over partition rlike select then union "
        "using values view when where with"
    ).split()
)
_UNITS = {
    "week": "week",
    "mm": "month",
    "mon": "month",
    "month": "month",
    "quarter": "quarter",
    "yyyy": "year",
    "yy": "year",
    "year": "year",
}
_UNITS_NAMED = ", ".join(_UNITS)
_DAYS = (
    exp.TsOrDsAdd,
    exp.DateSub,
    exp.AddMonths,
    exp.DateTrunc,
)  # of Spark's TRUNC; its DATE_TRUNC is another node
_OWN = (exp.Placeholder, exp.TryCast, exp.CountIf, exp.FromJson, exp.AtTimeZone, *_DAYS)


def _spelled(node: exp.Expr) -> exp.Expr:
    """The node, or what stands in its place. Children are moved, not copied: a copy of a wide statement costs
    more than its parsing."""
    if isinstance(node, exp.Placeholder) and node.name == AS_OF:
        return _cast(exp.Literal.string(_DAY), exp.DType.DATE)
    if isinstance(node, exp.TryCast) and not node.args.get("safe"):
        return exp.Cast(this=node.this, to=node.args["to"])
    if isinstance(node, exp.CountIf):
        return exp.Count(this=exp.Case(ifs=[exp.If(this=node.this, true=exp.Literal.number(1))]))
    if isinstance(node, exp.FromJson):
        if node.text("expression").lower() != "array<string>":
            raise ValueError(f"FROM_JSON has the type {node.expression}, which is not 'array<string>'")
        texts = exp.DataType(
            this=exp.DType.ARRAY, expressions=[exp.DataType(this=exp.DType.TEXT)], nested=True
        )
        return exp.Cast(this=exp.func("from_json", node.this, exp.Literal.string('["VARCHAR"]')), to=texts)
    if isinstance(node, exp.AtTimeZone):
        return exp.AtTimeZone(this=_cast(node.this.this, exp.DType.TIMESTAMPTZ), zone=node.args["zone"])
    if isinstance(node, _DAYS):
        if isinstance(node, exp.DateTrunc):
            if (unit := _UNITS.get(node.text("unit").lower())) is None:
                raise ValueError(f"TRUNC has the unit {node.args['unit']}, which is none of {_UNITS_NAMED}")
            node.set("unit", exp.Literal.string(unit))
        cast = _cast(exp.null(), exp.DType.DATE)
        node.replace(cast)
        cast.set("this", node)
    return node


def _cast(value: exp.Expr, kind: exp.DType) -> exp.Cast:
    return exp.Cast(this=value, to=exp.DataType(this=kind))


def functions_of(text: str) -> set[str]:
    """Return the names of the functions that a text of Spark SQL calls, in lower case: the words before an
    opening parenthesis, without words of SQL such as `IN`."""
    tokens = Spark().tokenize(text)
    called = {word.text.lower() for word, after in pairwise(tokens) if after.token_type == TokenType.L_PAREN}
    return {name for name in called if name.isidentifier()} - _WORDS
