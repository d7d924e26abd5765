"""Landed Parquet → bronze, one commit per target: what is loaded is skipped, what was landed anew replaces its rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pyspark.sql import SparkSession

from jobs.contracts.model import Contract
from jobs.ingest.units import Units
from jobs.lake.session import empty_frame
from jobs.lake.tables import Lake

META = (
    "_version STRING", "_unmapped STRING", "_policies STRING", "_source STRING", "_feed STRING", "_file STRING",
    "_file_sha256 STRING", "_member STRING", "_record BIGINT", "_element BIGINT", "_delivered_on DATE", "_received_on DATE",
    "_mapping STRING", "_load_key STRING",
)


def bronze_ddl(contract: Contract) -> str:
    """Bronze holds text: each column of the contract, its original where landing changed it, and where the row comes from."""
    texts = [f"`{c.name}` STRING" for c in contract.columns]
    originals = [f"`_original_{c.name}` STRING" for c in contract.columns if c.keeps_original]
    return ", ".join([*texts, *originals, *META])


def _loaded(lake: Lake, table: str) -> set[tuple[str, str]]:
    if not lake.exists(table):
        return set()
    pairs = lake.arrow(table, columns=["_load_key", "_mapping"]).group_by(["_load_key", "_mapping"]).aggregate([])
    return {(r["_load_key"], r["_mapping"]) for r in pairs.to_pylist()}


def pending(lake: Lake, units: Units) -> tuple[pd.DataFrame, list[str]]:
    """Rows of ``units.landed`` still to be loaded, and the load keys whose present rows they replace or end."""
    loaded = _loaded(lake, f"bronze.{units.target}")
    wanted = {r.load_key: r.mapping for r in units.landed.itertuples() if r.loaded}
    new = units.landed[[bool(r.loaded) and (r.load_key, r.mapping) not in loaded for r in units.landed.itertuples()]]
    outdated = sorted({key for key, mapping in loaded if wanted.get(key) != mapping})
    return new, outdated


def load(spark: SparkSession, lake: Lake, landing: Path, contract: Contract, units: Units) -> int:
    """Bring bronze.<target> to what is landed; returns its version. Makes an empty table where nothing could be read."""
    table = f"bronze.{contract.name}"
    new, outdated = pending(lake, units)
    if new.empty and not outdated and lake.exists(table):
        return lake.version(table)
    reader = spark.read.schema(bronze_ddl(contract))
    paths = [str(landing / p) for p in new["landed_path"]]
    rows = reader.parquet(*paths) if paths else empty_frame(spark, bronze_ddl(contract))
    writer = rows.write.format("delta").option("mergeSchema", "true")
    if outdated:
        keys = ", ".join(f"'{key}'" for key in sorted({*outdated, *new["load_key"]}))
        writer.mode("overwrite").option("replaceWhere", f"_load_key IN ({keys})").save(str(lake.path(table)))
    else:
        writer.mode("append").save(str(lake.path(table)))
    return lake.version(table)
