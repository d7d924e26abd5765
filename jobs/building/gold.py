"""A table that is made of others, gold or derived silver: read its inputs, call its build(), commit."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import date

import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.building.gold_months import with_lookback
from jobs.conform.dispositions import with_month
from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.modules import module_name
from jobs.errors import QualityError
from jobs.lake.commit import commit_pandas, commit_spark, is_small, read_spark
from jobs.lake.tables import MONTH, Lake
from jobs.period import Period

# Statistics live in pandas on aggregates; above this the table wants a Spark engine or a coarser input (tables.md).
PANDAS_INPUT_ROWS = 2_000_000


def module_of(contract: Contract):
    """The module with the table's build()."""
    return importlib.import_module(module_name(contract))


def _slices(catalog: Catalog, contract: Contract, period: Period) -> dict[str, tuple[date, ...]]:
    """The months that build() is given of each input kept by month; empty where everything is built."""
    if period.months is None:
        return {}
    months = with_lookback(period.months, contract.lookback)
    return {t: months for t in contract.inputs if catalog.contracts[t].refresh == "months"}


def build_pandas(lake: Lake, catalog: Catalog, contract: Contract, versions: Mapping[str, int], period: Period) -> int:
    """Build and commit a table of engine pandas; QualityError where an input has more than two million rows."""
    frames, slices = {}, _slices(catalog, contract, period)
    for table, version in versions.items():
        where = None
        if "_ended_on" in lake.dataset(table, version).schema.names:  # what its snapshot no longer holds is left out from that day
            where = pc.field("_ended_on").is_null() | (pc.field("_ended_on") > period.as_of)
        if table in slices:
            months = pc.field(MONTH).isin(list(slices[table]))
            where = months if where is None else where & months
        rows = lake.dataset(table, version).count_rows(filter=where)
        if rows > PANDAS_INPUT_ROWS:
            raise QualityError(f"{contract.id}: {table} has {rows:,} rows, too many for engine pandas (at most {PANDAS_INPUT_ROWS:,})")
        frames[table.split(".")[1]] = lake.arrow(table, version, where=where).to_pandas(date_as_object=True)
    return commit_pandas(lake, contract, module_of(contract).build(**frames, period=period), months=period.months)


def build_spark(
    spark: SparkSession, lake: Lake, catalog: Catalog, contract: Contract, versions: Mapping[str, int], period: Period
) -> int:
    """Build and commit a table of engine spark."""
    frames, slices = {}, _slices(catalog, contract, period)
    for table, version in versions.items():
        rows = read_spark(spark, lake, table, version)
        if "_ended_on" in rows.columns:
            rows = rows.where(F.col("_ended_on").isNull() | (F.col("_ended_on") > F.lit(period.as_of)))
        if table in slices:
            rows = rows.where(F.col(MONTH).isin(list(slices[table])))
        frames[table.split(".")[1]] = rows
    rows = module_of(contract).build(**frames, period=period).select(*contract.column_names)
    return commit_spark(lake, contract.id, with_month(rows, contract), months=period.months, small=is_small(lake, versions))
