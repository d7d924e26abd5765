"""One Delta commit per table: Spark frames by Spark, pandas frames by deltalake (night.md, Write once)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession

from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.errors import QualityError
from jobs.lake.session import local_frame
from jobs.lake.tables import MONTH, Lake, these

Months = Sequence[date]
SMALL_ROWS = 200_000


def is_small(lake: Lake, versions: Mapping[str, int]) -> bool:
    """Whether all of these tables are small, so that what is made of them goes by Arrow and not through Spark's Delta log."""
    return all(lake.dataset(table, version).count_rows() <= SMALL_ROWS for table, version in versions.items())


def arrow_of(frame: DataFrame) -> pa.Table:
    """A small frame's rows, all columns nullable. Copied: of empty vectors the JVM sends no offsets, which other readers trip over."""
    rows = frame.toArrow()
    schema = pa.schema([f.with_nullable(True) for f in rows.schema])
    if not rows.num_rows:
        return pa.Table.from_arrays([pa.array([], f.type) for f in schema], schema=schema)
    return rows.take(pa.array(range(rows.num_rows))).cast(schema)


def commit_spark(lake: Lake, table: str, frame: DataFrame, *, small: bool, months: Months | None = None) -> int:
    """Replace the table, or these months of it, by the frame, computed once; returns the new version. A frame with `_month` is
    kept in one folder a month. ``small``: few rows, handed to deltalake: Spark's own commit costs a second of CPU."""
    if small:
        return lake.overwrite(table, arrow_of(frame), months=months)
    writer = frame.write.format("delta").mode("overwrite")
    if months is not None:
        writer = writer.option("replaceWhere", these(months))
    else:
        writer = writer.option("overwriteSchema", "true")
    if MONTH in frame.columns:
        writer = writer.partitionBy(MONTH)
    writer.save(str(lake.path(table)))
    return lake.version(table)


def commit_pandas(lake: Lake, contract: Contract, frame: pd.DataFrame, *, months: Months | None = None) -> int:
    """Replace the table, or these months of it, by the frame, typed by the contract; returns the new version. QualityError where
    it does not fit."""
    absent = [c for c in contract.column_names if c not in frame.columns]
    if absent:
        raise QualityError(f"{contract.id}: build() gave no column {', '.join(absent)}")
    schema = arrow_schema(contract)
    try:
        # Of a frame without rows pandas' types say nothing.
        rows = schema.empty_table() if frame.empty else pa.Table.from_pandas(frame[list(schema.names)], schema=schema, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise QualityError(f"{contract.id}: the frame of build() does not fit the contract: {error}") from error
    return commit_arrow(lake, contract, rows.replace_schema_metadata(None), months=months)


def commit_arrow(lake: Lake, contract: Contract, rows: pa.Table, *, months: Months | None = None) -> int:
    """Replace the table, or these months of it, by rows that fit the contract, without a JVM; returns the new version."""
    if contract.refresh == "months":
        day = rows[contract.event_date]
        if pa.types.is_timestamp(day.type):
            day = pc.local_timestamp(pc.cast(day, pa.timestamp("us", tz="Asia/Shanghai")))
        rows = rows.append_column(MONTH, pc.cast(pc.floor_temporal(day, unit="month"), pa.date32()))
    return lake.overwrite(contract.id, rows, months=months)


def read_spark(spark: SparkSession, lake: Lake, table: str, version: int) -> DataFrame:
    """One version of a table as a Spark frame; of a small one the rows themselves, read without Spark."""
    if is_small(lake, {table: version}):
        return local_frame(spark, lake.arrow(table, version))
    return spark.read.format("delta").option("versionAsOf", version).load(str(lake.path(table)))
