"""Start the one Spark session of a run, with Delta, few log lines and UTC as its time zone
(definitions.md#night)."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.engine.jars import jars
from jobs.engine.sizes import driver_memory
from jobs.environment import REPOSITORY, Environment, deployment_file
from jobs.lake.tables import TABLE_PROPERTIES

# The settings of Spark's log.
LOG_CONFIGURATION = Path(__file__).with_name("log4j2.properties")
# Settings for small tables: they are done before compiled code or a plan's adaptation saves time, so their
# rows are interpreted in one partition.
INTERPRETED = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


# JVM options for runs of small tables only: no optimising compiler, as they are done before it saves time.
SMALL_JVM = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
# JVM options for all other runs. A run is short for a JVM: at HotSpot's default thresholds (a twentieth of
# these) its second compiler takes a third of the CPU, mostly for code of the planner and of Janino that is
# done before the compiled code saves time. Loops over the rows of large tables still reach them. Objects die
# young: the parallel collector, with half of a heap that begins at 8% of the machine for them. Small spaces
# for objects and classes would grow by full collections.
LARGE_JVM = (
    "-XX:+UseParallelGC -XX:MetaspaceSize=512m -XX:InitialRAMPercentage=8 -XX:NewRatio=1 "
    "-XX:Tier4InvocationThreshold=100000 -XX:Tier4MinInvocationThreshold=20000 "
    "-XX:Tier4CompileThreshold=300000 -XX:Tier4BackEdgeThreshold=300000"
)


def spark(env: Environment, *, small: bool = False) -> SparkSession:
    """Start the Spark session, or return the one that this process has. ``env``: names Spark's master.
    ``small``: for runs of small tables only: they are interpreted (INTERPRETED) in a JVM with SMALL_JVM,
    which takes a third of the CPU time. Raises UsageError where the Delta jars are absent."""
    java = f"-Dlog4j2.configurationFile={LOG_CONFIGURATION} -Duser.timezone=UTC "
    java += SMALL_JVM if small else LARGE_JVM
    settings = {
        "spark.jars": ",".join(str(jar) for jar in jars()),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),  # adaptive execution joins small ones
        "spark.sql.warehouse.dir": str(Path(tempfile.gettempdir()) / "quality-warehouse"),
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.hadoop.fs.permissions.umask-mode": "077",  # Hadoop sets modes by this and not by the umask
        # HotSpot compiles no method above 8,000 bytes; whole stages of wide rows would be interpreted for
        # good.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        # Equal stages of several steps share a class; an aggregation's second map is more code to compile.
        "spark.sql.codegen.useIdInClassName": "false",
        "spark.sql.codegen.aggregate.map.twolevel.enabled": "false",
        # What a step keeps is read once or twice: finding the best compression costs more than it saves.
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
        # Of two large inputs of a join the smaller one is hashed where each of its parts fits into 64 MiB: no
        # sort of the larger one.
        "spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold": "64MB",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Workers import the project to build parts of tables; on a cluster it lies at the same place.
        "spark.executorEnv.PYTHONPATH": str(REPOSITORY),
        "spark.executorEnv.QUALITY_DEPLOYMENT": str(deployment_file()),
        "spark.driver.memory": driver_memory(),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": java,
    }
    settings |= INTERPRETED if small else {}
    settings |= {
        f"spark.databricks.delta.properties.defaults.{k.removeprefix('delta.')}": v
        for k, v in TABLE_PROPERTIES.items()
    }
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # of the workers, else the first python3 found
    builder = SparkSession.builder.appName("quality-observatory").master(env.spark_master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def jvm_pid(session: SparkSession) -> int:
    """Return the process id of the session's JVM. The lake's lock records it, so that no second writer starts
    while the JVM lives."""
    gateway = session.sparkContext._gateway
    assert gateway is not None, "a session has its JVM"
    return int(gateway.proc.pid)
