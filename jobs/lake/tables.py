"""Read and write the Delta tables of the lake with deltalake, without a JVM.

A table is named `<tier>.<name>`; the tiers are bronze, silver, gold and ops. Large tables are partitioned by
the column `_month`, which holds the first day of a row's month as a date: an argument ``months`` is always a
sequence of such first days.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import TableNotFoundError

# Delta properties of every table. Log clean-up by Delta is off: it would remove the log entry of an old
# version that a kept night still names (definitions.md#night). Deletion vectors are off: the embedded engine
# reads the data files themselves, and would also read rows that a vector marks as deleted. The log holds no
# least and greatest values of columns, only each file's number of rows: readers choose files by month, and
# Parquet has such values within each file. They take a third of the processor time of a write by Spark.
TABLE_PROPERTIES = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.enableDeletionVectors": "false",
    "delta.dataSkippingNumIndexedCols": "0",
}


# How many table versions a Lake keeps open: about as many as a run reads, each of them some ten times.
KEPT_OPEN = 1024

# The column with the first day of a row's month, by which tables kept by month are partitioned.
MONTH = "_month"

# The folder of a table's Delta log, and the name of a commit's file in it.
LOG = "_delta_log"
COMMIT = re.compile(r"\d{20}\.json")

# Identifies the state of a commit's log file: inode, time of change (ns), size (bytes).
Entry = tuple[int, int, int]


def these(months: Sequence[date]) -> str:
    """Return the SQL condition that a row's `_month` is one of ``months`` (first days of months; at least
    one)."""
    return f"{MONTH} IN ({', '.join(f'DATE {month.isoformat()!r}' for month in months)})"


def _listed(opened: DeltaTable) -> pa.Table:
    return pa.table(opened.get_add_actions(flatten=True))


def data_files(opened: DeltaTable) -> list[Path]:
    """Return the paths of the data files of the version of a local table that is ``opened``. deltalake writes
    them as URIs, in which a space and a Chinese character are percent-encoded."""
    return [Path(unquote(uri.removeprefix("file://"))) for uri in opened.file_uris()]


def sorted_by(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """Return the rows in ascending order of the columns ``key``; texts are compared by code point, nulls come
    last."""
    return rows.sort_by([(name, "ascending") for name in key])


class Lake:
    """The Delta tables below the folder ``root``; the table `<tier>.<name>` lies in `<tier>/<name>`. Pickling
    one sends its folder only."""

    def __init__(self, root: Path):
        self.root = Path(root)
        self._open = lru_cache(KEPT_OPEN)(self._opened_anew)
        self._files = lru_cache(KEPT_OPEN)(self._listed_anew)
        self._datasets = lru_cache(KEPT_OPEN)(self._dataset_anew)
        self._written: dict[tuple[str, int, Entry], DeltaTable] = {}  # not opened by a reader yet

    def __reduce__(self) -> tuple[type[Lake], tuple[Path]]:
        return Lake, (self.root,)  # Spark's workers open by themselves

    def path(self, table: str) -> Path:
        """The folder of a table (`<tier>.<name>`), whether it exists or not."""
        tier, name = table.split(".", 1)
        return self.root / tier / name

    def tables(self) -> list[str]:
        """The names (`<tier>.<name>`) of all tables that have a Delta log, sorted."""
        return sorted(f"{p.parents[1].name}.{p.parent.name}" for p in self.root.glob(f"*/*/{LOG}"))

    def open(self, table: str, version: int | None = None) -> DeltaTable | None:
        """Return the Delta table at ``version`` (None: the newest), or None where the table does not exist.
        Raises deltalake's DeltaError where the table has no such version.

        A version that was opened before is not read again as long as the log file of its commit is the same.
        Callers share one object and must not commit through it.
        """
        try:
            number = self._newest(table) if version is None else version
        except FileNotFoundError:
            return None
        entry = None if number is None else self._entry(table, number)
        if number is not None and entry is not None:
            return self._open(table, number, entry)
        return self._opened_anew(table, version) if (self.path(table) / LOG).is_dir() else None

    def _newest(self, table: str) -> int | None:
        """The number of the newest commit by the names in the log; None where it has no file of a commit."""
        commits = (name for name in os.listdir(self.path(table) / LOG) if COMMIT.fullmatch(name))
        newest = max(commits, default=None)
        return None if newest is None else int(newest.removesuffix(".json"))

    def _entry(self, table: str, version: int) -> Entry | None:
        """The file with a commit's entry; None where a checkpoint leads to the version without it."""
        try:
            found = (self.path(table) / LOG / f"{version:020}.json").stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _opened_anew(self, table: str, version: int | None, entry: Entry | None = None) -> DeltaTable | None:
        if version is not None and entry is not None:
            written = self._written.pop((table, version, entry), None)
            if written is not None:
                return written
        try:
            return DeltaTable(str(self.path(table)), version=version)
        except TableNotFoundError:
            return None

    def opened(self, table: str, version: int | None = None) -> DeltaTable:
        """Return the Delta table at ``version`` (None: the newest). Raises KeyError where the table does not
        exist, deltalake's DeltaError where it has no such version."""
        opened = self.open(table, version)
        if opened is None:
            raise KeyError(table)
        return opened

    def files(self, table: str, version: int | None = None) -> pa.Table:
        """Return the data files of ``version`` (None: the newest) as the Delta log has them, one row each:
        `path`, `size_bytes`, `num_records`, `partition.<column>` and more (`DeltaTable.get_add_actions`,
        flattened). Raises as `opened`.

        A run asks for the files of one version some ten times, to count its rows: the log is read once."""
        opened = self.opened(table, version)
        entry = self._entry(table, opened.version())
        return _listed(opened) if entry is None else self._files(table, opened.version(), entry)

    def _listed_anew(self, table: str, version: int, entry: Entry) -> pa.Table:
        return _listed(self._known(table, version, entry))

    def _dataset_anew(self, table: str, version: int, entry: Entry) -> ds.Dataset:
        return self._known(table, version, entry).to_pyarrow_dataset()

    def _known(self, table: str, version: int, entry: Entry) -> DeltaTable:
        opened = self._open(table, version, entry)
        assert opened is not None, "its commit has an entry in the log"
        return opened

    def exists(self, table: str) -> bool:
        """Whether the table exists."""
        return self.open(table) is not None

    def version(self, table: str) -> int | None:
        """The number of the newest version of a table, or None where the table does not exist."""
        opened = self.open(table)
        return None if opened is None else opened.version()

    def dataset(self, table: str, version: int | None = None) -> ds.Dataset:
        """Return a pyarrow dataset of one ``version`` (None: the newest). Raises as `opened`."""
        opened = self.opened(table, version)
        entry = self._entry(table, opened.version())
        return (
            opened.to_pyarrow_dataset() if entry is None else self._datasets(table, opened.version(), entry)
        )

    def rows(self, table: str, version: int | None = None, *, months: Sequence[date] | None = None) -> int:
        """Return the number of rows of ``version`` (None: the newest), or with ``months`` of these months of
        it (first days; of a table that is partitioned by `_month`). The numbers in the Delta log are added
        up; where it has none, the rows are counted. Raises KeyError where the table does not exist."""
        files = self.files(table, version)
        if months is not None and f"partition.{MONTH}" in files.column_names:
            files = files.filter(pc.is_in(files[f"partition.{MONTH}"], pa.array(list(months), pa.date32())))
        if files.num_rows and ("num_records" not in files.column_names or files["num_records"].null_count):
            where = None if months is None else pc.field(MONTH).isin(list(months))
            return self.dataset(table, version).count_rows(filter=where)
        return pc.sum(files["num_records"]).as_py() or 0 if files.num_rows else 0

    def arrow(
        self,
        table: str,
        version: int | None = None,
        *,
        columns: list[str] | None = None,
        where: ds.Expression | None = None,
    ) -> pa.Table:
        """Read one ``version`` (None: the newest) as Arrow: the rows that meet ``where`` (None: all), with
        ``columns`` (None: all), in no set order. Raises as `opened`, pyarrow.ArrowInvalid for an unknown
        column."""
        return self.dataset(table, version).to_table(columns=columns, filter=where)

    def frame(
        self,
        table: str,
        version: int | None = None,
        *,
        columns: list[str] | None = None,
        where: ds.Expression | None = None,
    ) -> pd.DataFrame:
        """Read one ``version`` (None: the newest) as pandas: the rows that meet ``where`` (None: all), with
        ``columns`` (None: all). Dates are `datetime.date`; the index is 0, 1, …. Order and errors as of
        `arrow`."""
        return self.arrow(table, version, columns=columns, where=where).to_pandas(date_as_object=True)

    def append(self, table: str, rows: pa.Table) -> int:
        """Append ``rows`` in one commit and return the number of the new version. The table is made where it
        does not exist; columns that it lacks are added."""
        return self._write(table, rows, mode="append")

    def load(
        self, table: str, rows: pa.Table | pa.RecordBatchReader, *, key: str, replacing: list[str]
    ) -> int:
        """In one commit, remove the rows whose text column ``key`` is one of ``replacing``, and add ``rows``;
        returns the number of the new version. With ``replacing`` [] rows are only added.

        Where ``replacing`` is not empty, each of ``rows`` must have one of its values, too: deltalake raises
        DeltaError for any other. The values must hold no single quote.
        """
        if not replacing:
            return self._write(table, rows, mode="append")
        keys = ", ".join(f"'{value}'" for value in replacing)
        return self._write(table, rows, mode="overwrite", predicate=f"{key} IN ({keys})")

    def overwrite(
        self,
        table: str,
        rows: pa.Table | pa.RecordBatchReader,
        *,
        months: Sequence[date] | None = None,
    ) -> int:
        """In one commit, replace all rows of a table by ``rows``, or with ``months`` the rows of these months
        (first days, at least one) only; returns the number of the new version. A table with the column
        `_month` is partitioned by it.

        Without ``months`` the columns of the table become those of ``rows``. With ``months``, each of
        ``rows`` must belong to one of them: deltalake raises DeltaError for any other.
        """
        return self._write(table, rows, mode="overwrite", predicate=None if months is None else these(months))

    def _write(
        self,
        table: str,
        rows: pa.Table | pa.RecordBatchReader,
        *,
        mode: Literal["append", "overwrite"],
        predicate: str | None = None,
    ) -> int:
        path = self.path(table)
        path.mkdir(parents=True, exist_ok=True)
        months = [MONTH] if MONTH in rows.schema.names else None
        if mode == "append":
            write_deltalake(
                str(path),
                rows,
                mode=mode,
                configuration=TABLE_PROPERTIES,
                partition_by=months,
                schema_mode="merge",
            )
        else:
            write_deltalake(
                str(path),
                rows,
                mode=mode,
                configuration=TABLE_PROPERTIES,
                predicate=predicate,
                partition_by=months,
                schema_mode="overwrite" if predicate is None else "merge",
            )
        opened = DeltaTable(str(path))
        version = opened.version()
        entry = self._entry(table, version)
        if entry is not None:
            self._written[table, version, entry] = opened
        return version

    def months_between(self, table: str, before: int, now: int) -> set[date]:
        """Return the months (first days) whose data files differ between the versions ``before`` and ``now``
        of a table that is partitioned by `_month`. Raises KeyError where the table does not exist or is not
        partitioned so."""

        def files(version: int) -> set[tuple[str, date]]:
            actions = self.files(table, version)
            return set(
                zip(actions["path"].to_pylist(), actions[f"partition.{MONTH}"].to_pylist(), strict=True)
            )

        return {month for _, month in files(before) ^ files(now)}

    def holds(self, table: str, version: int, rows: pa.Table, *, key: Sequence[str]) -> bool:
        """Return whether ``version`` of a table holds exactly ``rows``, with the same columns in the same
        order and the same types; the rows may be in another order. ``key``: columns that together identify a
        row, by which both are sorted to be compared."""
        if self.rows(table, version) != rows.num_rows:
            return False
        there = self.arrow(table, version)
        if there.schema.names != rows.schema.names or there.schema.types != rows.schema.types:
            return False
        return sorted_by(there, key).equals(sorted_by(rows, key))

    def restore(self, table: str, version: int) -> int:
        """Take a table back to an earlier ``version`` by a new commit; returns the number of that commit.
        Raises KeyError where the table does not exist, deltalake's DeltaError where it has no such version.
        """
        opened = self._opened_anew(table, None)
        if opened is None:
            raise KeyError(table)
        opened.restore(version)
        return DeltaTable(str(self.path(table))).version()

    def compact(self, table: str, *, target_bytes: int) -> tuple[int, int]:
        """Merge small files of a table into files of about ``target_bytes`` in one commit that changes no row
        (`jobs.lake.night.holds` recognises it by its operation OPTIMIZE). Returns the number of files removed
        and the number of files added. Raises KeyError where the table does not exist."""
        opened = self._opened_anew(table, None)
        if opened is None:
            raise KeyError(table)
        done = opened.optimize.compact(target_size=target_bytes, max_concurrent_tasks=1)
        return done["numFilesRemoved"], done["numFilesAdded"]

    def drop(self, table: str) -> None:
        """Delete the folder of a table, with all its versions. Nothing happens where it does not exist."""
        shutil.rmtree(self.path(table), ignore_errors=True)
