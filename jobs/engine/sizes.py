"""All limits of size in the night: which engine runs a step, how it commits, and what the gate audits
whole."""

from __future__ import annotations

import os

import psutil

# Under QUALITY_ENGINE=auto a step whose inputs hold more rows than this goes to Spark
# (QUALITY_EMBEDDED_ROWS).
EMBEDDED_ROWS = 1_000_000
# A Spark step with at most this many input rows commits through Arrow: Spark's own commit costs a second of
# CPU.
ARROW_ROWS = 200_000
# A table kept by month is audited whole up to this many rows, beyond it night by night only where it was
# touched.
WHOLE_AUDIT_ROWS = 1_000_000
# A table with partition_by is built in so many parts that each holds about this many rows of the split
# inputs.
PART_ROWS = 500_000
# A night starts worker processes where it builds at least this many tables that are made of others, out of
# at least this many landed rows (QUALITY_WORKERS): starting one costs what ten small tables cost.
WORKER_STEPS, WORKER_ROWS = 20, 100_000
MOST_WORKERS = 4
# Of a silver table with at least this many bronze rows only those are ranked that share their key. A smaller
# one is ranked whole: its statement would take longer to plan than to run.
RIVAL_ROWS = 200_000
# Rows of one batch on the way from DuckDB to a Delta writer.
BATCH_ROWS = 122_880


def embedded_memory() -> str:
    """Memory limit of DuckDB, as it writes it (`4096MiB`): 40% of the machine's, at most 6 GiB; with more
    data it spills to disk. The rest is for Python, Arrow and a JVM."""
    return _mebibytes(_embedded())


def worker_memory(workers: int) -> str:
    """Memory limit of DuckDB in each of ``workers`` processes: embedded_memory() divided by their number. The
    process that started them judges the large silver tables before most workers begin."""
    return _mebibytes(_embedded() // workers)


def most_workers() -> int:
    """The most worker processes for this machine: one per processor that this process may use and 4 GiB of
    memory, at most MOST_WORKERS; 0 below 4 GiB."""
    return min(len(os.sched_getaffinity(0)), MOST_WORKERS, _memory() // 2**32)


def _embedded() -> int:
    return min(6 * 2**30, _memory() * 2 // 5)


def _memory() -> int:
    total: int = psutil.virtual_memory().total
    return total


def _mebibytes(size: int) -> str:
    return f"{max(1, size // 2**20)}MiB"


def driver_memory() -> str:
    """Heap of Spark's JVM, as it writes it (`4g`): a third of the machine's memory, from 1 to 8 GiB."""
    return f"{max(1, min(8, psutil.virtual_memory().total // 3 // 2**30))}g"
