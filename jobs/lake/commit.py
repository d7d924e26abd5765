"""One Delta commit per table: Spark frames by Spark, pandas frames by deltalake (night.md, Write once)."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.errors import QualityError
from jobs.lake.tables import Lake


def commit_spark(lake: Lake, table: str, frame: DataFrame) -> int:
    """Replace the table by the frame, computed once; returns the new version."""
    frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(str(lake.path(table)))
    return lake.version(table)


def commit_pandas(lake: Lake, contract: Contract, frame: pd.DataFrame) -> int:
    """Replace the table by the frame, typed by the contract; returns the new version. QualityError where it does not fit."""
    absent = [c for c in contract.column_names if c not in frame.columns]
    if absent:
        raise QualityError(f"{contract.id}: build() gave no column {', '.join(absent)}")
    try:
        rows = pa.Table.from_pandas(frame[list(contract.column_names)], schema=arrow_schema(contract), preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise QualityError(f"{contract.id}: the frame of build() does not fit the contract: {error}") from error
    return lake.overwrite(contract.id, rows.replace_schema_metadata(None))


def read_spark(spark: SparkSession, lake: Lake, table: str, version: int) -> DataFrame:
    """One version of a table as a Spark frame."""
    return spark.read.format("delta").option("versionAsOf", version).load(str(lake.path(table)))
