"""A table that is made of others, gold or derived silver: its text on an engine, or its build() on pandas."""

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
from jobs.lake.tables import MONTH
from jobs.night.parts import part_text
from jobs.night.silver import with_month
from jobs.night.touched import with_lookback
from jobs.period import Period


def inputs(
    catalog: Catalog, contract: Contract, versions: Mapping[str, int], period: Period
) -> dict[str, Stored]:
    """What the table is given of each input: without rows that their snapshot no longer holds on the day, and
    without those of another jurisdiction, unless the contract names the input under `every_jurisdiction`; of
    tables kept by month the months of the period and the lookback before them."""
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
            months=months if other.refresh == "months" else None,
        )
    return given


def build_text(
    space: Workspace,
    contract: Contract,
    given: Mapping[str, Stored],
    months: tuple[date, ...] | None,
    last: int | None,
) -> int:
    """Build and commit a table of engine sql; returns its version, which is ``last``, the one of the night
    before, where the rows are the same."""
    for table, stored in given.items():
        space.read(view(table), stored)
    text, schema = table_text(contract), arrow_schema(contract)
    if contract.refresh == "months":
        text, schema = with_month(contract, text), schema.append(pa.field(MONTH, pa.date32()))
    return space.commit(contract.id, text, schema, key=contract.key, months=months, last=last)


def module_of(contract: Contract) -> ModuleType:
    """The module with the table's build()."""
    name = module_name(contract)
    assert name is not None, "a table of engine pandas has a build()"
    return importlib.import_module(name)


def columns_read(contract: Contract, table: str) -> list[str] | None:
    """The columns of an input that build() is given: what `READS` of its module names, None (all) where it
    names none."""
    return getattr(module_of(contract), "READS", {}).get(table.split(".")[1])


def columns_of_inputs(catalog: Catalog, contract: Contract) -> dict[str, frozenset[str] | None]:
    """The columns that the table is made from, by input; None: all of them may be."""
    if contract.engine == "sql":
        return dict(text_columns(contract, catalog.contracts))
    read = {i: columns_read(contract, i) for i in contract.inputs}
    return {i: None if columns is None else frozenset(columns) for i, columns in read.items()}


@dataclass(frozen=True)
class Frames:
    """build() of a table of engine pandas over what it is given, one of ``parts`` parts at a time. Spark's
    workers get it by pickle."""

    catalog: Catalog
    contract: Contract
    given: Mapping[str, Stored]
    period: Period
    parts: int = 1

    def __call__(self, space: Workspace, part: int) -> pa.Table:
        """The rows of a part, typed by the contract, with `_month` where the table is kept by month."""
        for table, stored in self.given.items():
            space.read(view(table), stored)
        frames = {}
        for table in self.given:
            columns = columns_read(self.contract, table)
            rows = space.rows(part_text(self.contract, self.catalog, table, part, self.parts, columns))
            frames[table.split(".")[1]] = rows.to_pandas(date_as_object=True)
        found = module_of(self.contract).build(**frames, period=self.period)
        return with_month_column(self.contract, typed_rows(self.contract, found))


def build_frames(space: Workspace, frames: Frames, last: int | None) -> int:
    """Build and commit a table of engine pandas; returns its version, which is ``last``, the one of the night
    before, where the rows are the same."""
    contract, schema = frames.contract, arrow_schema(frames.contract)
    if contract.refresh == "months":
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


def typed_rows(contract: Contract, frame: pd.DataFrame) -> pa.Table:
    """A frame of build() as the contract types it. QualityError where it does not fit."""
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
    """The rows and, of a table kept by month, `_month`: the first day of the month of the event date
    in the nation's time zone."""
    if contract.refresh != "months":
        return rows
    day = rows[contract.event_date]
    if pa.types.is_timestamp(day.type):
        day = pc.local_timestamp(pc.cast(day, pa.timestamp("us", tz=deployment().timezone)))
    return rows.append_column(MONTH, pc.cast(pc.floor_temporal(day, unit="month"), pa.date32()))
