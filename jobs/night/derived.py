"""Build a table that is made of other tables: gold, or derived silver. A table of engine sql is made by its
SQL text (jobs.engine.texts), one of engine pandas by the function build() of its module
(`jobs.marts.<room>.<table>`; `jobs.conform.<table>` for silver).

A table whose contract says `refresh: months` or `refresh: years` is kept by month: it has the column
`_month`, the first day of the month of its event date, and a build may replace some months only. ``contract``
is always that of the table that is built, ``catalog`` has all contracts.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import ModuleType

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.modules import module_name
from jobs.contracts.schema import arrow_schema
from jobs.deployment import deployment
from jobs.engine.dispositions import view
from jobs.engine.interface import Stored, Workspace
from jobs.engine.texts import table_text, text_columns
from jobs.errors import QualityError
from jobs.lake.tables import MONTH, sorted_by
from jobs.night.parts import GROUP, Reading, group_rows, part_text
from jobs.night.silver import with_month
from jobs.night.touched import with_lookback
from jobs.period import Period

# Names of views: the groups that are built, their new rows, and the rows of the last build.
_GROUPS, _NEW, _BUILT = "built_groups", "rows_new", "rows_built"


def inputs(
    catalog: Catalog, contract: Contract, versions: Mapping[str, int], period: Period
) -> dict[str, Stored]:
    """Return what a build of the table reads of each input, by the input's id.

    ``versions``: the version of each input; ``period``: the day as of which the table is built, and the
    months. Of an input that sources deliver, rows are left out that ended on or before ``period.as_of``
    (`_ended_on`), and rows of another jurisdiction, unless the contract names the input under
    `every_jurisdiction`. Of an input kept by month only the months of ``period`` and the contract's lookback
    before each are read.
    """
    months = None if period.months is None else with_lookback(period.months, contract.lookback)
    there = f"(_ended_on IS NULL OR _ended_on > DATE '{period.as_of}')"
    domestic = f"{there} AND _jurisdiction = '{deployment().code}'"
    given = {}
    for table, version in versions.items():
        other = catalog.contracts[table]
        where = there if table in contract.every_jurisdiction else domestic
        given[table] = Stored(
            table,
            version,
            where if other.conformed else "TRUE",
            months=months if other.by_month else None,
        )
    return given


def build_text(
    space: Workspace,
    contract: Contract,
    given: Mapping[str, Stored],
    months: tuple[date, ...] | None,
    last: int | None,
) -> int:
    """Build a table of engine sql and commit it; returns the number of the version that holds its rows.

    ``space``: the workspace to build in; ``given``: what is read of each input (`inputs`); ``months``: the
    months (first days) that are replaced (None: all). ``last``: the version that the last run named (None:
    there is none); it is returned, and nothing is written, where all months are built and it holds the same
    rows (see `Workspace.commit`). Raises the engine's error where the statement fails.
    """
    for table, stored in given.items():
        space.read(view(table), stored)
    text, schema = table_text(contract), arrow_schema(contract)
    if contract.by_month:
        text, schema = with_month(contract, text), schema.append(pa.field(MONTH, pa.date32()))
    return space.commit(contract.id, text, schema, key=contract.key, months=months, last=last)


def module_of(contract: Contract) -> ModuleType:
    """Import and return the module that holds the build() of a table of engine pandas."""
    name = module_name(contract)
    assert name is not None, "a table of engine pandas has a build()"
    return importlib.import_module(name)


def columns_read(contract: Contract, table: str) -> list[str] | None:
    """Return the columns of the input ``table`` (an id) that build() of the contract's table gets: those that
    `READS` of its module lists for it; None, for all columns, where `READS` does not list the input."""
    return getattr(module_of(contract), "READS", {}).get(table.split(".")[1])


def read_as(contract: Contract, table: str) -> Reading:
    """Return which rows of the input ``table`` (an id) build() of the contract's table gets: those that
    `ROWS` of its module states for it, added up in the columns that `SUMS` lists; both by the input's name
    without its tier. The conditions and sums name columns of `READS`. build() gives the same rows from all
    rows of the input: it gets fewer of them so that a large input is not made into objects of Python."""
    module, name = module_of(contract), table.split(".")[1]
    rows, sums = (getattr(module, which, {}).get(name) for which in ("ROWS", "SUMS"))
    return Reading(columns_read(contract, table), rows, tuple(sums or ()))


def columns_of_inputs(catalog: Catalog, contract: Contract) -> dict[str, frozenset[str] | None]:
    """Return the columns that a table is made from: input id → names. None stands for all columns of an
    input. By these `jobs.night.touched` knows which changes of an input matter."""
    if contract.engine == "sql":
        return dict(text_columns(contract, catalog.contracts))
    read = {i: columns_read(contract, i) for i in contract.inputs}
    return {i: None if columns is None else frozenset(columns) for i, columns in read.items()}


@dataclass(frozen=True)
class Frames:
    """Runs the build() of a table of engine pandas for one part of its inputs (`jobs.night.parts`). Spark
    sends it to its workers by pickle.

    ``given``: what is read of each input (`inputs`); ``period``: the day and the months that are built;
    ``parts``: the number of parts; ``groups``: the groups that are built (None: all), '' for rows without
    one.
    """

    catalog: Catalog
    contract: Contract
    given: Mapping[str, Stored]
    period: Period
    parts: int = 1
    groups: tuple[str, ...] | None = None

    def name_groups(self, space: Workspace) -> str | None:
        """Make the groups that are built readable in ``space`` and return the name of their view; None where
        all are built."""
        if self.groups is None:
            return None
        space.read(_GROUPS, pa.table({GROUP: pa.array(self.groups, pa.string())}))
        return _GROUPS

    def __call__(self, space: Workspace, part: int) -> pa.Table:
        """Build part ``part`` (from 0) and return its rows with the columns and types of the contract, and
        `_month` where the table is kept by month. build() gets one frame per input, named without the tier,
        with the rows of `read_as`. Raises QualityError where the rows do not fit the contract, and what
        build() raises."""
        for table, stored in self.given.items():
            space.read(view(table), stored)
        only = self.name_groups(space)
        frames = {}
        for table in self.given:
            read = read_as(self.contract, table)
            text = part_text(self.contract, self.catalog, table, part, self.parts, read, only=only)
            rows = space.rows(text)
            frames[table.split(".")[1]] = rows.to_pandas(date_as_object=True)
        found = module_of(self.contract).build(**frames, period=self.period)
        return with_month_column(self.contract, typed_rows(self.contract, found))


def build_frames(space: Workspace, frames: Frames, last: int | None) -> int:
    """Build a table of engine pandas and commit it; returns the number of the version that holds its rows.

    ``space``: the workspace to build in; ``frames``: how the rows are built. ``last``: the version that the
    last run named (None: there is none); it is returned, and nothing is written, where all months are built
    and it holds the same rows (see `Workspace.commit_parts`). Raises QualityError where the rows do not fit
    the contract, and what build() raises; where Spark's workers build the parts, an error
    of Spark that holds these.
    """
    contract, schema = frames.contract, arrow_schema(frames.contract)
    if contract.by_month:
        schema = schema.append(pa.field(MONTH, pa.date32()))
    return space.commit_parts(
        contract.id,
        frames,
        frames.parts,
        schema,
        key=contract.key,
        months=frames.period.months,
        last=last,
    )


def build_groups(space: Workspace, frames: Frames, last: int) -> int:
    """Build the groups of a table with `partition_by` that ``frames`` names, and commit them with the rows of
    all other groups of version ``last``; returns the number of the version that holds the table, ``last``
    where the groups have the same rows there. ``space``: the workspace to build in. Raises as `build_frames`.
    """
    contract, catalog = frames.contract, frames.catalog
    rows = frames(space, 0)
    groups = frames.name_groups(space)
    assert groups is not None, "only some groups are built"
    space.read(_BUILT, Stored(contract.id, last))
    before = space.rows(group_rows(contract, catalog, _BUILT, groups)).cast(rows.schema)
    if sorted_by(before, contract.key).equals(sorted_by(rows, contract.key)):
        return last
    space.read(_NEW, rows)
    columns = ", ".join(f"`{name}`" for name in contract.column_names)
    others = group_rows(contract, catalog, _BUILT, groups, inside=False)
    return space.commit(
        contract.id, f"{others} UNION ALL SELECT {columns} FROM {_NEW}", arrow_schema(contract)
    )


def typed_rows(contract: Contract, frame: pd.DataFrame) -> pa.Table:
    """Return the frame that build() returned as an Arrow table with the columns, their order and their types
    as in the contract; further columns are dropped.

    Raises QualityError where a column is absent, a required column has a missing value, or a value does not
    fit its type.
    """
    absent = [c for c in contract.column_names if c not in frame.columns]
    if absent:
        raise QualityError(f"{contract.id}: build() gave no column {', '.join(absent)}")
    schema = arrow_schema(contract)
    if frame.empty:  # of a frame without rows pandas' types say nothing
        return schema.empty_table()
    try:
        rows = pa.Table.from_pandas(frame[list(schema.names)], schema=schema, preserve_index=False)
    # pyarrow says with a plain ValueError that a required column has missing values
    except (ValueError, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise QualityError(
            f"{contract.id}: the frame of build() does not fit the contract: {error}"
        ) from error
    return rows.replace_schema_metadata(None)


def with_month_column(contract: Contract, rows: pa.Table) -> pa.Table:
    """Return ``rows`` with the column `_month` added, the first day of the month of the event date (of an
    instant: its date in the nation's time zone); unchanged where the table is not kept by month."""
    if not contract.by_month:
        return rows
    day = rows[contract.event_date]
    if pa.types.is_timestamp(day.type):
        day = pc.local_timestamp(pc.cast(day, pa.timestamp("us", tz=deployment().timezone)))
    return rows.append_column(MONTH, pc.cast(pc.floor_temporal(day, unit="month"), pa.date32()))
