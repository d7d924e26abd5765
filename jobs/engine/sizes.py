"""Every limit of size in the night: which engine takes a step, how it commits, what the gate reads whole."""

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
# Rows of one batch on the way from DuckDB to a Delta writer.
BATCH_ROWS = 122_880


def embedded_memory() -> str:
    """Memory of DuckDB: 40% of the machine, at most 6 GiB; beyond it spills to disk. The rest is for Python,
    Arrow and a JVM."""
    return _mebibytes(_embedded())


def worker_memory(workers: int) -> str:
    """Memory of DuckDB in each of so many worker processes: together as much as in the process that started
    them, which judges the large tables of silver before most of them begin."""
    return _mebibytes(_embedded() // workers)


def most_workers() -> int:
    """Worker processes that the machine carries: one a processor that this process may run on, at most
    MOST_WORKERS, 4 GiB of memory for each."""
    return min(len(os.sched_getaffinity(0)), MOST_WORKERS, _memory() // 2**32)


def _embedded() -> int:
    return min(6 * 2**30, _memory() * 2 // 5)


def _memory() -> int:
    total: int = psutil.virtual_memory().total
    return total


def _mebibytes(size: int) -> str:
    return f"{max(1, size // 2**20)}MiB"


def driver_memory() -> str:
    """Heap of the JVM: a third of the machine, at most 8 GiB."""
    return f"{max(1, min(8, psutil.virtual_memory().total // 3 // 2**30))}g"
