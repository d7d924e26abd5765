"""Bronze → silver for a table of many rows that is built whole: plain rows pass straight through, only the others are judged (night.md, Speed)."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping

import duckdb
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from jobs.building.silver import Judged, kept, live_frame, tally
from jobs.conform.dispositions import accepted, conform, quarantined
from jobs.conform.plain import may_be_plain, split
from jobs.contracts.model import Contract
from jobs.ingest.units import Units
from jobs.lake.commit import commit_spark
from jobs.lake.session import local_frame
from jobs.lake.tables import Lake

# Of the rows; with more contested keys than that, judging everything is cheaper than judging most after a look at all.
LARGEST_SHARE = 0.3
FEWEST_ROWS = 20_000  # below, two looks cost more than one long one


def contested_keys(lake: Lake, contract: Contract, version: int, units: Units) -> tuple[pa.Table | None, dict[str, int]]:
    """Key columns of the keys that several live bronze rows state (None: too many for the short way), and rows by load key."""
    key = ", ".join(f'"{k}"' for k in contract.key)
    live = pa.table({"live_key": pa.array(sorted(each.load_key for each in units.live), pa.string())})
    with tempfile.TemporaryDirectory() as spill, duckdb.connect(config={"temp_directory": spill, "memory_limit": "3GB"}) as connection:
        connection.register("bronze", lake.dataset(f"bronze.{contract.name}", version))
        connection.register("live", live)
        rows = dict(connection.sql("SELECT _load_key, count(*) FROM bronze GROUP BY ALL").fetchall())
        found = connection.sql(
            f"SELECT {key} FROM bronze WHERE _load_key IN (SELECT live_key FROM live) GROUP BY ALL HAVING count(*) > 1"
        ).to_arrow_table()
    return (None if found.num_rows > LARGEST_SHARE * sum(rows.values()) else found), rows


def accepted_by_load_key(lake: Lake, table: str, version: int) -> dict[str, int]:
    """Rows of a silver version by the content that they come from."""
    with duckdb.connect() as connection:
        connection.register("rows", lake.dataset(table, version))
        return dict(connection.sql("SELECT _load_key, count(*) FROM rows GROUP BY ALL").fetchall())


def build_plain(
    spark: SparkSession, lake: Lake, contract: Contract, *, bronze: DataFrame, bronze_version: int, references: Mapping[str, DataFrame],
    units: Units, small: bool,
) -> Judged | None:
    """Build and commit the table by the short way; None where it is not one for it. What it makes is what build_silver() makes."""
    if contract.inputs or units.deliveries or not may_be_plain(contract) or units.landed["loaded"].sum() < FEWEST_ROWS:
        return None
    contested, rows = contested_keys(lake, contract, bronze_version, units)
    if contested is None:
        return None
    live = live_frame(spark, units.live)
    straight, others = split(bronze, contract, references=references, live=live, contested=local_frame(spark, contested))
    others = kept(others, small=small)  # few rows: without this the long way would be a part of the look at all of them
    disposed = kept(conform(others, contract, references=references, live=live), small=small)
    counts = Counter(tally(disposed))
    whole = straight.unionByName(accepted(disposed, contract))
    version = commit_spark(lake, contract.id, whole, small=small)
    counts = Counter({k: n for k, n in counts.items() if k[1] != "accepted"})
    counts.update({(load_key, "accepted"): n for load_key, n in accepted_by_load_key(lake, contract.id, version).items()})
    in_force = {each.load_key for each in units.live}
    counts.update({(load_key, "superseded"): n for load_key, n in rows.items() if load_key not in in_force})
    return Judged(version, dict(counts), quarantined(disposed, contract), (disposed, others))
