"""All limits of size in a run: which engine runs a step (the build of one table), how it commits, and which
tables the gate audits whole."""

from __future__ import annotations

import os

import psutil

# Under QUALITY_ENGINE=auto a step of which an input holds more rows than this goes to Spark: DuckDB joins
# smaller ones in less time than the JVM takes to plan it. Inputs that a contract calls `streamed` do not
# count: DuckDB holds sums or matches of them, in few columns. QUALITY_EMBEDDED_ROWS replaces it.
EMBEDDED_ROWS = 1_000_000
# A Spark step with at most this many input rows commits through Arrow: Spark's own commit costs a second of
# CPU.
ARROW_ROWS = 200_000
# The gate audits all rows of a table up to this many; of a larger table kept by month only the months that a
# run has written, except on Mondays and full refreshes.
WHOLE_AUDIT_ROWS = 1_000_000
# A table with partition_by is built in so many parts that each holds about this many rows of the split
# inputs.
PART_ROWS = 500_000
# A table with partition_by whose split inputs have at least GROUP_ROWS rows together is built by group where
# inputs changed or a day passed: a smaller one is built faster than it is found out what changed. Beyond
# MOST_GROUPS groups, which must fit into one part, or MOST_DAYS days all groups are built.
GROUP_ROWS, MOST_GROUPS, MOST_DAYS = 50_000, 20_000, 31
# A run starts worker processes where it builds at least WORKER_STEPS tables that are made of others, and at
# least WORKER_ROWS rows are landed (QUALITY_WORKERS replaces this): starting one costs what ten small tables
# cost.
WORKER_STEPS, WORKER_ROWS = 20, 100_000
# The most worker processes of a run.
MOST_WORKERS = 4
# Of a silver table with at least this many bronze rows only those are ranked that share their key, and only
# the keys of changed files are judged again. A smaller one is ranked whole and, unless it is kept by month,
# judged whole: its statement would take longer to plan than to run.
RIVAL_ROWS = 200_000
# Rows of one batch on the way from DuckDB to a Delta writer.
BATCH_ROWS = 122_880


def embedded_memory() -> str:
    """Return the memory limit of DuckDB, as DuckDB writes it (`4096MiB`): 40% of the machine's memory, at
    most 6 GiB; with more data it spills to disk. The rest is for Python, Arrow and a JVM."""
    return _mebibytes(_embedded())


def worker_memory(workers: int) -> str:
    """Return the memory limit of DuckDB in each of ``workers`` worker processes (`2048MiB`):
    embedded_memory() divided by their number. The process that started them has a limit besides; it builds
    the large silver tables before most workers begin."""
    return _mebibytes(_embedded() // workers)


def most_workers() -> int:
    """Return the most worker processes for this machine: one per processor that this process may use and per
    4 GiB of memory, whichever are fewer, at most MOST_WORKERS; 0 below 4 GiB."""
    return min(len(os.sched_getaffinity(0)), MOST_WORKERS, _memory() // 2**32)


def _embedded() -> int:
    return min(6 * 2**30, _memory() * 2 // 5)


def _memory() -> int:
    total: int = psutil.virtual_memory().total
    return total


def _mebibytes(size: int) -> str:
    return f"{max(1, size // 2**20)}MiB"


def driver_memory() -> str:
    """Return the heap size of Spark's JVM, as Spark writes it (`4g`): a quarter of the machine's memory,
    rounded up to whole GiB, at most 8. Beside it stand DuckDB, the workers and the JVM's memory outside of
    the heap."""
    return f"{min(8, -(-_memory() // 2**32))}g"
