"""What pages are made from: the tables of one night as frames. A night is one nightly run; it names one
version of every table, and readers see only these versions. Nothing is read from disk or written here
(`jobs.reports.reading` reads)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column
from jobs.ingest.source import Sources
from jobs.reports.shelved import Shelved
from jobs.reports.wording import Text

Day = date  # where a class has a field `date`


def newest_event(freshness: pd.DataFrame, by: date) -> date | None:
    """Return the day of the newest event of any feed that is not after the day ``by``; None where no feed has
    such a day. ``freshness``: ops.freshness, one row per feed with the column newest_event_date."""
    days = [day for day in freshness["newest_event_date"] if not pd.isna(day)]
    return max((day for day in days if day <= by), default=None)


def free_texts(catalog: Catalog) -> set[tuple[str, str]]:
    """Return (table without its tier, column) of each column that holds free text written by people, which no
    page and no package shows."""
    return {
        (c.name, column.name) for c in catalog.contracts.values() for column in c.columns if column.free_text
    }


def silver_column(catalog: Catalog, target: str, name: str) -> Column | None:
    """Return the contract of one column of a silver table; None where the contracts lack the table or the
    column. ``target``: the table's name without `silver.`; ``name``: of the column."""
    contract = catalog.contracts.get(f"silver.{target}")
    return None if contract is None else next((c for c in contract.columns if c.name == name), None)


class Tables(Mapping[str, pd.DataFrame]):
    """The tables of one night by their id, each of which is read when it is first asked for: of several
    processes that make pages, each reads what its pages show. ``read``: id → function that reads it."""

    def __init__(self, read: Mapping[str, Callable[[], pd.DataFrame]]):
        self._read, self._there = dict(read), dict[str, pd.DataFrame]()

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self._read:
            raise KeyError(f"{table}: pages read it once COLUMNS of jobs/reports/asked.py names its columns")
        if table not in self._there:
            self._there[table] = self._read[table]()
        return self._there[table]

    def __contains__(self, table: object) -> bool:
        return table in self._read

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


@dataclass(frozen=True)
class TableState:
    """The state of one table in the night. ``state``: fresh (built in this night), skipped (its inputs did
    not change), stale (the version of an earlier night is served) or absent; ``verdict``: of the quality gate
    that checks each table (passed, warned, failed or none); ``reason``: why the run gave it that state; may
    be empty; ``version``: of the Delta table, None where the night names none."""

    table: str
    state: str
    verdict: str
    reason: Text
    version: int | None


@dataclass(frozen=True)
class Earlier:
    """The last nightly run of an earlier date, with which the first page compares this one.

    ``behind``: names of its stale and absent tables; ``tables``: its tables of jobs.reports.asked.COMPARED
    with the columns named there, filled with missing values where its version lacks a column. A table that
    was absent is not in the dict.
    """

    date: date
    behind: frozenset[str]
    tables: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Night:
    """All that pages are made from; it does not change while they are made.

    - ``date``, ``run_id``: of the nightly run;
    - ``states``: one per table that the run names, sorted by table;
    - ``tables``: id (such as gold.detection_rate) → frame: the tables and columns of
      jobs.reports.asked.columns_of, ops tables, and the results of jobs.reports.counting; an absent table is
      an empty frame with its columns;
    - ``dictionary``: one row per table and column of the contracts;
    - ``data_docs``: whether the gate's Data Docs (HTML by Great Expectations) are in the site's folder;
    - ``landed``: one row per source, feed, file and content, refused and held ones included, as
      jobs.ingest.units.current returns it, with figures of order lines missing (order_lines.of_landing);
    - ``sources``: the source YAML as it is today, which may be newer than the night;
    - ``catalog``: the contracts of tables; ``earlier``: the night to compare with, None where there is none;
    - ``bundles``: published bundles that lie beside the site.
    """

    date: date
    run_id: str
    states: tuple[TableState, ...]
    tables: Mapping[str, pd.DataFrame]
    dictionary: pd.DataFrame
    data_docs: bool
    landed: pd.DataFrame
    sources: Sources
    catalog: Catalog
    earlier: Earlier | None = None
    bundles: tuple[Shelved, ...] = ()

    def frame(self, table: str) -> pd.DataFrame:
        """Return a table by its id, such as gold.detection_rate. KeyError for a table that pages do not
        read (`asked.columns_of`)."""
        return self.tables[table]

    @cached_property
    def data_date(self) -> Day | None:
        """The day of the newest event of any feed that is not after the night; None where there is no such
        day."""
        return newest_event(self.frame("ops.freshness"), self.date)

    @property
    def behind(self) -> list[TableState]:
        """States of the tables that are stale or absent, sorted by table."""
        return [s for s in self.states if s.state in ("stale", "absent")]

    @property
    def late(self) -> pd.DataFrame:
        """Rows of ops.freshness of the feeds whose newest event is older than their cadence allows."""
        fresh = self.frame("ops.freshness")
        return fresh[fresh["late"].fillna(False).astype(bool)]

    @cached_property
    def n_sources(self) -> int:
        """From how many sources files were received, also if all of a source's files were refused."""
        return int(self.landed["source"].nunique())

    @cached_property
    def synthetic_sources(self) -> list[str]:
        """Sources that declare that their data are synthetic, sorted."""
        files = self.frame("ops.ingest_file")
        return sorted(set(files.loc[files["synthetic"].fillna(False).astype(bool), "source"]))

    @property
    def free_text(self) -> set[tuple[str, str]]:
        """(table, column) of each column that holds free text (`free_texts`)."""
        return free_texts(self.catalog)

    def column(self, target: str, name: str) -> Column | None:
        """Return the contract of one column of a silver table, as `silver_column` does."""
        return silver_column(self.catalog, target, name)
