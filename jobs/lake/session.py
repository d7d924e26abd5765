"""The one Spark session of a run, with Delta, quiet and pinned to UTC (night.md)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from jobs.environment import Environment
from jobs.lake.jars import jars
from jobs.lake.tables import TABLE_PROPERTIES

LOG_CONFIGURATION = Path(__file__).with_name("log4j2.properties")
# A small table is done before compiled code or a plan's adaptation pays: its rows are interpreted in one partition.
INTERPRETED = {
    "spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false", "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def driver_memory() -> str:
    """A third of the machine, at most 8 GiB: the rest is for Python, DuckDB and the page cache."""
    return f"{max(1, min(8, psutil.virtual_memory().total // 3 // 2**30))}g"


def spark(env: Environment, *, small: bool = False) -> SparkSession:
    """Start (or get) the session. ``small``: for nights of small tables only, which are interpreted (INTERPRETED) by a JVM that stops at
    its first compiler. That takes a third of the CPU."""
    java = f"-Dlog4j2.configurationFile={LOG_CONFIGURATION} -Duser.timezone=UTC" + (" -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m" if small else "")
    settings = {
        "spark.jars": ",".join(str(jar) for jar in jars()),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),  # adaptive execution joins small ones
        "spark.sql.warehouse.dir": str(Path(tempfile.gettempdir()) / "quality-warehouse"),
        "spark.databricks.delta.snapshotPartitions": "1",
        # HotSpot compiles no method above 8,000 bytes; whole stages of wide rows would be interpreted for good.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": driver_memory(),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": java,
    }
    settings |= INTERPRETED if small else {}
    settings |= {f"spark.databricks.delta.properties.defaults.{k.removeprefix('delta.')}": v for k, v in TABLE_PROPERTIES.items()}
    builder = SparkSession.builder.appName("quality-observatory").master(env.spark_master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def interpreting(session: SparkSession) -> SparkSession:
    """A second session in the same JVM, for the small tables of a night that has large ones, too."""
    other = session.newSession()
    for name, value in INTERPRETED.items():
        other.conf.set(name, value)
    return other


def local_frame(session: SparkSession, rows: pa.Table) -> DataFrame:
    """A small frame that lies in the JVM: rows handed over as a Python list would start Python workers in every job that reads them."""
    if not rows.num_rows:  # Spark's conversion wants at least one chunk a column
        rows = pa.Table.from_arrays([pa.array([], f.type) for f in rows.schema], schema=rows.schema)
    return session.createDataFrame(rows)


def jvm_pid(session: SparkSession) -> int:
    """The process of the session's JVM: the lock records it, so that no second writer starts while it lives."""
    return session.sparkContext._gateway.proc.pid
