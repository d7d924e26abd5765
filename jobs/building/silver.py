"""Bronze → silver for one target: judge every row, commit the accepted ones."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.conform.dispositions import accepted, conform, counts, quarantined
from jobs.contracts.model import Contract
from jobs.contracts.modules import module_name
from jobs.contracts.schema import arrow_schema
from jobs.ingest.bronze import bronze_schema
from jobs.ingest.units import Live, Units
from jobs.lake.commit import SMALL_ROWS, arrow_of, commit_arrow, commit_spark, is_small, read_spark
from jobs.lake.session import local_frame
from jobs.lake.tables import Lake
from jobs.period import Period

QUARANTINE = "silver.quarantine"
# What silver tells of a row beside its contract's columns (jobs.conform.dispositions.accepted).
META = pa.schema([
    ("_flags", pa.list_(pa.string())), ("_ended_on", pa.date32()), ("_source", pa.string()), ("_load_key", pa.string()), ("_record", pa.int64()),
])


@dataclass(frozen=True)
class Judged:
    """Of one target: the committed version, rows by (load key, disposition), its quarantine rows (lazy; None for none), the frames to
    be forgotten afterwards. ``months``: those that were written (None: all); ``replaced``: load keys whose quarantine rows are told
    anew (None: all of the target's)."""

    version: int
    counts: dict[tuple[str, str], int]
    quarantine: DataFrame | None = None
    persisted: tuple[DataFrame, ...] = ()
    months: tuple[date, ...] | None = None
    replaced: frozenset[str] | None = None


def bronze_rows(spark: SparkSession, lake: Lake, contract: Contract, version: int | None, *, until: date | None = None) -> DataFrame:
    """Bronze of one target with all columns of today's contract; empty where no file was ever landed for it. ``until``: only what
    was received up to that day."""
    if version is None:
        return local_frame(spark, bronze_schema(contract).empty_table())
    rows = read_spark(spark, lake, f"bronze.{contract.name}", version)
    if until is not None:
        rows = rows.where(F.col("_received_on") <= F.lit(until))
    wanted = from_arrow_schema(bronze_schema(contract))
    return rows.select(*[
        F.col(f.name) if f.name in rows.columns else F.lit(None).cast(f.dataType).alias(f.name) for f in wanted
    ])


def silver_rows(contract: Contract, rows: DataFrame, inputs: Mapping[str, DataFrame], period: Period) -> DataFrame:
    """The rows to commit: the accepted ones, through the table's own module where its contract names inputs."""
    if not contract.inputs:
        return rows
    module = importlib.import_module(module_name(contract))
    given = {i.split(".")[1]: (rows if i == f"bronze.{contract.name}" else inputs[i]) for i in contract.inputs}
    return module.build(**given, period=period)


def kept(frame: DataFrame, *, small: bool) -> DataFrame:
    """The frame computed once, however often it is read: persisted, or where it is small as rows of its own."""
    return local_frame(frame.sparkSession, arrow_of(frame)) if small else frame.persist()


def tally(disposed: DataFrame) -> dict[tuple[str, str], int]:
    """Rows by (load key, disposition)."""
    return {(r["_load_key"], r["_disposition"]): r["count"] for r in counts(disposed).collect()}


def build_empty(lake: Lake, contract: Contract) -> Judged:
    """A silver table for which no file was ever landed, without Spark."""
    fields = [f.with_nullable(True) for f in (*arrow_schema(contract), *META)]
    return Judged(commit_arrow(lake, contract, pa.schema(fields).empty_table()), {})


def build_silver(
    spark: SparkSession, lake: Lake, contract: Contract, *, bronze: DataFrame, units: Units | None, frames: Mapping[str, DataFrame],
    references: list[str], period: Period, small: bool,
) -> Judged:
    """Build and commit one silver table. ``frames``: every table it reads, by id; ``references``: ids its foreign keys are checked
    by; ``small``: all of it is."""
    disposed = conform(
        bronze, contract, references=known(contract, references, frames, bronze), live=live_frame(spark, units.live if units else ()),
        deliveries=_deliveries(spark, units),
    )
    disposed = kept(disposed, small=small)
    rows = silver_rows(contract, accepted(disposed, contract), frames, period)
    version = commit_spark(lake, contract.id, rows, small=small)
    return Judged(version, tally(disposed), quarantined(disposed, contract), (disposed,))


def live_frame(spark: SparkSession, live: Sequence[Live]) -> DataFrame:
    """The contents in force, as conform() takes them."""
    schema = pa.schema([("_load_key", pa.string()), ("_first", pa.date32()), ("_last", pa.date32())])
    return local_frame(spark, pa.Table.from_pylist([{"_load_key": e.load_key, "_first": e.first, "_last": e.last} for e in live], schema))


def known(contract: Contract, references: list[str], frames: Mapping[str, DataFrame], bronze: DataFrame) -> dict[str, DataFrame]:
    """The reference rows that foreign keys are checked by; a table that names itself (a region's parent) by its own rows."""
    found = {r: frames[r] for r in references if r in frames}
    return found | {contract.id: bronze} if contract.id in references else found


def _deliveries(spark: SparkSession, units: Units | None) -> DataFrame | None:
    if units is None or not units.deliveries:
        return None
    schema = pa.schema([("_source", pa.string()), ("_feed", pa.string()), ("_delivered_on", pa.date32())])
    return local_frame(spark, pa.Table.from_pylist([dict(zip(schema.names, each, strict=True)) for each in units.deliveries], schema))


def commit_quarantine(spark: SparkSession, lake: Lake, judged: Mapping[str, Judged], previous: int | None, contract: Contract) -> int:
    """Replace silver.quarantine: rows of the targets judged now, and what it held of the others."""
    rows = local_frame(spark, arrow_schema(contract).empty_table())
    if previous is not None:
        told = F.lit(False)
        for name, one in judged.items():
            anew = F.lit(True) if one.replaced is None else F.col("load_key").isin(sorted(one.replaced))
            told = told | ((F.col("target") == name) & anew)
        rows = rows.unionByName(read_spark(spark, lake, QUARANTINE, previous).where(~told).select(*rows.columns))
    for one in judged.values():
        if one.quarantine is not None:
            rows = rows.unionByName(one.quarantine.select(*rows.columns))
    small = previous is None or is_small(lake, {QUARANTINE: previous})
    small &= sum(n for one in judged.values() for (_, got), n in one.counts.items() if got == "quarantined") <= SMALL_ROWS
    return commit_spark(lake, QUARANTINE, rows.coalesce(1), small=small)


def shares(judged: Judged) -> dict[str, float]:
    """How many bronze rows were judged, and which shares of them by disposition: the gate's metrics."""
    total = sum(judged.counts.values())
    rows = {d: sum(n for (_, got), n in judged.counts.items() if got == d) for d in ("quarantined", "superseded")}
    return {"judged_rows": float(total)} | {f"{d}_share": (n / total if total else 0.0) for d, n in rows.items()}
