"""Bronze → silver for one target: load what is new, judge every row, commit the accepted ones."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.conform.dispositions import accepted, conform, counts, quarantined
from jobs.contracts.model import Contract
from jobs.ingest.bronze import bronze_ddl
from jobs.lake.commit import commit_spark, read_spark
from jobs.lake.tables import Lake
from jobs.period import Period

QUARANTINE = "silver.quarantine"


@dataclass(frozen=True)
class Judged:
    """Of one target: the committed version, its quarantine rows (lazy, over a persisted frame), and counts by load key."""

    version: int
    quarantine: DataFrame
    disposed: DataFrame
    counts: dict[tuple[str, str], int]  # (load key, disposition) → rows


def bronze_rows(spark: SparkSession, lake: Lake, contract: Contract, version: int | None) -> DataFrame:
    """Bronze of one target with all columns of today's contract; empty where no file was ever landed for it."""
    if version is None:
        return spark.createDataFrame([], bronze_ddl(contract))
    rows = read_spark(spark, lake, f"bronze.{contract.name}", version)
    wanted = spark.createDataFrame([], bronze_ddl(contract)).schema
    return rows.select(*[
        F.col(f.name) if f.name in rows.columns else F.lit(None).cast(f.dataType).alias(f.name) for f in wanted
    ])


def silver_rows(contract: Contract, rows: DataFrame, inputs: Mapping[str, DataFrame], period: Period) -> DataFrame:
    """The rows to commit: the accepted ones, through the table's own module where its contract names inputs."""
    if not contract.inputs:
        return rows
    module = importlib.import_module(f"jobs.conform.{contract.name}")
    given = {i.split(".")[1]: (rows if i == f"bronze.{contract.name}" else inputs[i]) for i in contract.inputs}
    return module.build(**given, period=period)


def build_silver(
    spark: SparkSession, lake: Lake, contract: Contract, *, bronze_version: int | None, live: tuple[str, ...],
    versions: Mapping[str, int], references: list[str], period: Period,
) -> Judged:
    """Build and commit one silver table. ``versions``: of every table it reads; ``references``: ids its foreign keys are checked by."""
    frames = {table: read_spark(spark, lake, table, version) for table, version in versions.items()}
    bronze = bronze_rows(spark, lake, contract, bronze_version)
    keys = spark.createDataFrame([(key,) for key in live], "_load_key STRING")
    known = {r: frames[r] for r in references if r in frames}
    if contract.id in references:  # a table that names itself (a region's parent) is checked against its own rows
        known[contract.id] = bronze
    disposed = conform(bronze, contract, references=known, live=keys).persist()
    rows = silver_rows(contract, accepted(disposed, contract), frames, period)
    version = commit_spark(lake, contract.id, rows)
    tally = {(r["_load_key"], r["_disposition"]): r["count"] for r in counts(disposed).collect()}
    return Judged(version, quarantined(disposed, contract), disposed, tally)


def commit_quarantine(
    spark: SparkSession, lake: Lake, judged: Mapping[str, Judged], previous: int | None, ddl: str
) -> int:
    """Replace silver.quarantine: rows of the targets judged now, and what it held of the others."""
    rows = spark.createDataFrame([], ddl)
    if previous is not None:
        rows = rows.unionByName(
            read_spark(spark, lake, QUARANTINE, previous).where(~F.col("target").isin(sorted(judged))).select(*rows.columns)
        )
    for one in judged.values():
        rows = rows.unionByName(one.quarantine.select(*rows.columns))
    return commit_spark(lake, QUARANTINE, rows.coalesce(1))


def shares(judged: Judged) -> dict[str, float]:
    """How many bronze rows were judged, and which shares of them by disposition: the gate's metrics."""
    total = sum(judged.counts.values())
    rows = {d: sum(n for (_, got), n in judged.counts.items() if got == d) for d in ("quarantined", "superseded")}
    return {"judged_rows": float(total)} | {f"{d}_share": (n / total if total else 0.0) for d, n in rows.items()}
