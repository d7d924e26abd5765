"""Silver → gold for one table: read its inputs, call its build(), commit."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from pyspark.sql import SparkSession

from jobs.contracts.model import Contract
from jobs.errors import QualityError
from jobs.lake.commit import commit_pandas, commit_spark, read_spark
from jobs.lake.tables import Lake
from jobs.period import Period

# Statistics live in pandas on aggregates; above this the table wants a Spark engine or a coarser input (tables.md).
PANDAS_INPUT_ROWS = 2_000_000


def module_of(contract: Contract):
    """The module of a gold table: jobs.marts.<room>.<name>."""
    return importlib.import_module(f"jobs.marts.{contract.room}.{contract.name}")


def build_pandas(lake: Lake, contract: Contract, versions: Mapping[str, int], period: Period) -> int:
    """Build and commit a table of engine pandas; QualityError where an input has more than two million rows."""
    frames = {}
    for table, version in versions.items():
        rows = lake.dataset(table, version).count_rows()
        if rows > PANDAS_INPUT_ROWS:
            raise QualityError(f"{contract.id}: {table} has {rows:,} rows, too many for engine pandas (at most {PANDAS_INPUT_ROWS:,})")
        frames[table.split(".")[1]] = lake.frame(table, version)
    return commit_pandas(lake, contract, module_of(contract).build(**frames, period=period))


def build_spark(spark: SparkSession, lake: Lake, contract: Contract, versions: Mapping[str, int], period: Period) -> int:
    """Build and commit a table of engine spark."""
    frames = {table.split(".")[1]: read_spark(spark, lake, table, version) for table, version in versions.items()}
    rows = module_of(contract).build(**frames, period=period)
    return commit_spark(lake, contract.id, rows.select(*contract.column_names))
