"""Split the inputs of a table with `partition_by`, so that build() gets one part of them at a time and a
large table fits into memory. ``contract`` is always that of the table that is built, ``catalog`` has all
contracts.

`partition_by: sample_id` makes a *group* of the rows of each sample; all rows of a group are in the same
part. The part follows from the MD5 of the group's text, so it is the same in every engine and in Python.
Inputs with one of the columns are split, the others are given whole to each part; rows without a group go to
part 0.

`partition_by: period_start` makes a group of the rows of all periods that begin on one day.

`partition_by: [sample_id, sampling_order_id]` joins the samples of one order into one group: that of a row is
the order of the sample that it names; where that is not known, the sample; where it names no sample, the
order that it names itself.

`partition_by: [shop_id, listing_id]`, the wider column first, puts what a row names itself first: its shop;
where it names none, that of its listing; where that is not known, the listing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.engine.dispositions import view
from jobs.engine.interface import Stored
from jobs.engine.sizes import PART_ROWS
from jobs.lake.tables import Lake

_DIGITS = 8  # hexadecimal, of the MD5: a part is as good as even up to thousands of parts
GROUP = "_group"  # the column of a view that names groups, '' for rows without a group


@dataclass(frozen=True)
class Grouping:
    """How the group of a row `x` follows from its columns.

    ``columns``: the columns of `partition_by` that it has, in their order; ``holder``: where rows are joined
    into wider groups, the view that says into which, with the names of its key and of the column of the
    group; ``own_first``: the row's own column of the group goes before it; ``dates``: the column is a date,
    and the group is its text (2026-01-01).
    """

    columns: tuple[str, ...]
    holder: tuple[str, str, str] | None = None
    own_first: bool = False
    dates: bool = False

    def of(self, prefix: str = "") -> tuple[str, str]:
        """Return the expression (Spark SQL) of the group, null for a row without one, and the join that it
        needs ('' where none). ``prefix``: of the name of the holder's view."""
        named = [f"CAST(x.`{c}` AS STRING)" if self.dates else f"x.`{c}`" for c in self.columns]
        joined = ""
        if self.holder is not None:
            held, member, wider = self.holder
            groups = f"SELECT `{member}` AS _member, `{wider}` AS _group FROM {prefix}{held}"
            named.insert(1 if self.own_first and wider in self.columns else 0, "h._group")
            joined = f" LEFT JOIN ({groups}) AS h ON x.`{member}` = h._member"
        return (f"COALESCE({', '.join(named)})" if len(named) > 1 else named[0]), joined


@dataclass(frozen=True)
class Reading:
    """What build() reads of an input. ``columns``: their names (None: all); ``rows``: a condition (Spark SQL)
    that its rows meet (None: all rows); ``sums``: those of the columns that are added up over rows that are
    equal in the other ones, which then come as one row, sorted by these."""

    columns: Collection[str] | None = None
    rows: str | None = None
    sums: tuple[str, ...] = ()


def grouping(contract: Contract, catalog: Catalog, table: str) -> Grouping | None:
    """Return how the groups of the rows of ``table`` (an id: an input, or the contract's own table) follow;
    None where it has no column of `partition_by`."""
    other = catalog.contracts[table]
    present = tuple(c for c in contract.partition_by if c in other.column_names)
    if not present:
        return None
    first, *second = contract.partition_by
    for member, wider in ((first, *second), (*second, first)) if second else ():
        held = [i for i in contract.inputs if _holds(catalog.contracts[i], member, wider)]
        if held and member in present:
            return Grouping(present, (view(held[0]), member, wider), own_first=wider == first)
    return Grouping(present, dates=other.column(present[0]).type == "date")


def split_inputs(contract: Contract, catalog: Catalog) -> list[str]:
    """Return the ids of the inputs that are split into parts: those that have a column of `partition_by`."""
    return [i for i in contract.inputs if grouping(contract, catalog, i) is not None]


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
    reading: Reading = Reading(),
    *,
    only: str | None = None,
) -> str:
    """Return the SELECT (Spark SQL) of the rows of the input ``table`` (an id) that belong to part ``part``
    (from 0) of ``parts``, sorted by the input's key (with ``reading.sums``: by the columns that are not added
    up). It reads the views of the inputs (`silver_sample`). An input without a column of `partition_by` gives
    all its rows to each part.

    ``reading``: which columns and rows are selected; ``only``: a view with the column GROUP: of split inputs
    only the rows of its groups are selected (None: of all groups).
    """
    how = grouping(contract, catalog, table)
    where = [] if reading.rows is None else [f"({reading.rows})"]
    joined = ""
    if how is not None and (parts > 1 or only is not None):
        group, joined = how.of()
        where += [_within(group, part, parts)] if parts > 1 else []
        where += [] if only is None else [_one_of(group, only)]
    chosen = f" WHERE {' AND '.join(where)}" if where else ""
    read, last = _selected(catalog.contracts[table], reading)
    return f"SELECT {read} FROM {view(table)} AS x{joined}{chosen}{last}"


def _selected(table: Contract, reading: Reading) -> tuple[str, str]:
    """What is selected of the rows `x` of an input, and how they are grouped and sorted."""
    if reading.columns is None:
        return "x.*", f" ORDER BY {', '.join(f'x.`{k}`' for k in table.key)}"
    if not reading.sums:
        read = ", ".join(f"x.`{c}`" for c in reading.columns)
        return read, f" ORDER BY {', '.join(f'x.`{k}`' for k in table.key)}"
    alike = ", ".join(f"x.`{c}`" for c in reading.columns if c not in reading.sums)
    kinds = {c.name: c.type for c in table.columns}
    added = [f"CAST(SUM(x.`{c}`) AS {kinds[c]}) AS `{c}`" for c in reading.sums]
    return ", ".join([alike, *added]), f" GROUP BY {alike} ORDER BY {alike}"


def group_rows(contract: Contract, catalog: Catalog, rows: str, groups: str, *, inside: bool = True) -> str:
    """Return the SELECT (Spark SQL) of the rows of the contract's table in the view ``rows`` that belong to
    the groups in the view ``groups`` (column GROUP), or with ``inside`` False to none of them. It reads the
    views of the inputs."""
    how = grouping(contract, catalog, contract.id)
    assert how is not None, "rows of a table that does not show its groups are not replaced by group"
    group, joined = how.of()
    columns = ", ".join(f"x.`{c}`" for c in contract.column_names)
    which = _one_of(group, groups) if inside else f"NOT {_one_of(group, groups)}"
    return f"SELECT {columns} FROM {rows} AS x{joined} WHERE {which}"


def _one_of(group: str, groups: str) -> str:
    return f"COALESCE({group}, '') IN (SELECT {GROUP} FROM {groups})"


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
