"""Load landed Parquet files into the bronze tables, in which every column of the contract is text. One commit
per table: the rows of new files are added, and those of files that were landed again or no longer count are
removed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from jobs.contracts.model import Contract
from jobs.ingest.units import Units
from jobs.lake.tables import Lake

META = pa.schema(
    [
        *(
            (name, pa.string())
            for name in (
                "_version",
                "_unmapped",
                "_policies",
                "_source",
                "_feed",
                "_file",
                "_file_sha256",
                "_member",
            )
        ),
        ("_record", pa.int64()),
        ("_element", pa.int64()),
        ("_delivered_on", pa.date32()),
        ("_received_on", pa.date32()),
        ("_mapping", pa.string()),
        ("_load_key", pa.string()),
    ]
)


def bronze_schema(contract: Contract) -> pa.Schema:
    """The columns of the bronze table of a silver table: each column of the contract as text;
    `_original_<column>`, what the file stated where landing changed the cell, else null, for the columns that
    keep it; and META, the origin of the row."""
    originals = [f"_original_{c.name}" for c in contract.columns if c.keeps_original]
    return pa.schema([*((name, pa.string()) for name in (*contract.column_names, *originals)), *META])


def _loaded(lake: Lake, table: str) -> set[tuple[str, str]]:
    if not lake.exists(table):
        return set()
    pairs = (
        lake.arrow(table, columns=["_load_key", "_mapping"]).group_by(["_load_key", "_mapping"]).aggregate([])
    )
    return {(r["_load_key"], r["_mapping"]) for r in pairs.to_pylist()}


def pending(lake: Lake, units: Units) -> tuple[pd.DataFrame, list[str]]:
    """Compare the landed files of a target with the rows in bronze. Returns the rows of ``units.landed`` (one
    per load key) whose files are still to be loaded, without files that have no rows, and the sorted load
    keys whose rows in bronze must be removed, because the file was landed under another mapping or is not in
    ``units.landed``."""
    loaded = _loaded(lake, f"bronze.{units.target}")
    wanted = {r.load_key: r.mapping for r in units.landed.itertuples() if r.loaded}
    new = units.landed[
        [bool(r.loaded) and (r.load_key, r.mapping) not in loaded for r in units.landed.itertuples()]
    ]
    outdated = sorted({key for key, mapping in loaded if wanted.get(key) != mapping})
    return new, outdated


def load(lake: Lake, landing: Path, contract: Contract, units: Units) -> int:
    """Bring bronze.<target> up to date with the landed files, without a JVM; returns its newest version.
    Where no file has rows, an empty table is made.

    ``landing``: the landing folder, to which the paths of landed files are relative; ``contract``: the
    target's; ``units``: its files.
    """
    table = f"bronze.{contract.name}"
    new, outdated = pending(lake, units)
    if new.empty and not outdated and lake.exists(table):
        return lake.opened(table).version()
    schema = bronze_schema(contract)
    files = [str(landing / p) for p in new["landed_path"]]
    # Columns that a file lacks are null; batch by batch, so that millions of rows take little memory.
    rows = (
        ds.dataset(files, schema=schema, format="parquet").scanner().to_reader()
        if files
        else schema.empty_table()
    )
    return lake.load(
        table, rows, key="_load_key", replacing=sorted({*outdated, *new["load_key"]}) if outdated else []
    )
