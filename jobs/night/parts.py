"""Split the inputs of a table with `partition_by`, so that build() gets one part of them at a time and a
large table fits into memory. ``contract`` is always that of the table that is built, ``catalog`` has all
contracts.

`partition_by: sample_id` makes a *group* of the rows of each sample; all rows of a group are in the same
part. The part follows from the MD5 of the group's text, so it is the same in every engine and in Python.
Inputs with one of the columns are split, the others are given whole to each part; rows without a group go to
part 0.

`partition_by: [sample_id, sampling_order_id]` joins the samples of one order into one group: that of a row is
the order of the sample that it names; where that is not known, the sample; where it names no sample, the
order that it names itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.engine.dispositions import view
from jobs.engine.interface import Stored
from jobs.engine.sizes import PART_ROWS
from jobs.lake.tables import Lake

_DIGITS = 8  # hexadecimal, of the MD5: a part is as good as even up to thousands of parts


def split_inputs(contract: Contract, catalog: Catalog) -> list[str]:
    """Return the ids of the inputs that are split into parts: those that have a column of `partition_by`."""
    columns = set(contract.partition_by)
    return [i for i in contract.inputs if columns & set(catalog.contracts[i].column_names)]


def count_parts(
    lake: Lake, contract: Contract, catalog: Catalog, given: Mapping[str, Stored], limit: int | None = None
) -> int:
    """Return the number of parts, so that each holds about ``limit`` rows (None: PART_ROWS) of all split
    inputs together; at least 1. ``given``: what is read of each input, by its id."""
    rows = sum(
        lake.rows(i, given[i].version, months=given[i].months) for i in split_inputs(contract, catalog)
    )
    return max(1, -(-rows // (limit or PART_ROWS)))


def part_text(
    contract: Contract,
    catalog: Catalog,
    table: str,
    part: int,
    parts: int,
    columns: Collection[str] | None = None,
) -> str:
    """Return the SELECT (Spark SQL) of the rows of the input ``table`` (an id) that belong to part ``part``
    (from 0) of ``parts``, sorted by the input's key. It reads the views of the inputs (`silver_sample`). An
    input without a column of `partition_by` gives all its rows to each part.

    ``columns``: those that are selected (None: all).
    """
    read = "x.*" if columns is None else ", ".join(f"x.`{c}`" for c in columns)
    other, name = catalog.contracts[table], view(table)
    order = ", ".join(f"x.`{k}`" for k in other.key)
    present = [c for c in contract.partition_by if c in other.column_names]
    if parts == 1 or not present:
        return f"SELECT {read} FROM {name} AS x ORDER BY {order}"
    named, joined = [f"x.`{c}`" for c in present], ""
    member, *wider = contract.partition_by
    if wider and member in present:
        holder = next(view(i) for i in contract.inputs if _holds(catalog.contracts[i], member, wider[0]))
        groups = f"SELECT `{member}` AS _member, `{wider[0]}` AS _group FROM {holder}"
        named, joined = ["h._group", *named], f" LEFT JOIN ({groups}) AS h ON x.`{member}` = h._member"
    group = f"COALESCE({', '.join(named)})" if len(named) > 1 else named[0]
    return f"SELECT {read} FROM {name} AS x{joined} WHERE {_within(group, part, parts)} ORDER BY {order}"


def _holds(other: Contract, member: str, wider: str) -> bool:
    return other.key == (member,) and wider in other.column_names


def _within(group: str, part: int, parts: int) -> str:
    """The condition that a group lies in a part: a range of MD5s, compared as text."""
    first, end = (-(-(number << 4 * _DIGITS) // parts) for number in (part, part + 1))
    digest = f"MD5({group})"
    ends = [f"{digest} >= '{first:0{_DIGITS}x}'"] if part else []
    ends += [f"{digest} < '{end:0{_DIGITS}x}'"] if part + 1 < parts else []
    condition = " AND ".join(ends)
    return condition if part else f"({condition} OR {group} IS NULL)"
