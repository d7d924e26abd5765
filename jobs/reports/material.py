"""What pages are made from: one night's tables as frames. Nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column
from jobs.ingest.source import Sources
from jobs.reports.wording import Text

Day = date  # where a class has a field `date`


def newest_event(freshness: pd.DataFrame, by: date) -> date | None:
    """Return the newest event of any feed up to the day ``by``; None where no feed has a date. ``freshness``:
    ops.freshness."""
    days = [day for day in freshness["newest_event_date"] if not pd.isna(day)]
    return max((day for day in days if day <= by), default=None)


@dataclass(frozen=True)
class TableState:
    """The state of one table in the night: fresh, skipped, stale or absent, with the gate's verdict and the
    reason."""

    table: str
    state: str
    verdict: str
    reason: Text


@dataclass(frozen=True)
class Earlier:
    """The last night before this one's date that is kept, with which the first page compares.

    ``behind``: its stale and absent tables; ``tables``: its tables of jobs.reports.asked.COMPARED with the
    columns named there, without those that it lacks.
    """

    date: date
    behind: frozenset[str]
    tables: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Night:
    """All that pages are made from; it does not change while they are made.

    ``states``: one per named table, sorted; ``tables``: by id, with ops tables and the results of
    jobs.reports.counting; ``dictionary``: one row per table and column; ``data_docs``: whether the gate's
    Data Docs are there; ``landed``: as jobs.ingest.units.current gives it; ``sources``: as the source YAML
    has them today.
    """

    date: date
    run_id: str
    states: tuple[TableState, ...]
    tables: dict[str, pd.DataFrame]
    dictionary: pd.DataFrame
    data_docs: bool
    landed: pd.DataFrame
    sources: Sources
    catalog: Catalog
    earlier: Earlier | None = None

    def frame(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @cached_property
    def data_date(self) -> Day | None:
        """The newest event of any feed up to the night; None where no row has a date."""
        return newest_event(self.frame("ops.freshness"), self.date)

    @property
    def behind(self) -> list[TableState]:
        """States of tables that are stale or absent."""
        return [s for s in self.states if s.state in ("stale", "absent")]

    @property
    def late(self) -> pd.DataFrame:
        """Feeds whose newest event is older than their cadence allows."""
        fresh = self.frame("ops.freshness")
        return fresh[fresh["late"].fillna(False).astype(bool)]

    @cached_property
    def n_sources(self) -> int:
        """How many sources have landed files."""
        return int(self.landed["source"].nunique())

    @cached_property
    def synthetic_sources(self) -> list[str]:
        """Sources that declare that their data are synthetic, sorted."""
        files = self.frame("ops.ingest_file")
        return sorted(set(files.loc[files["synthetic"].fillna(False).astype(bool), "source"]))

    @property
    def free_text(self) -> set[tuple[str, str]]:
        """(table, column) of text that people wrote, which no page shows."""
        return {
            (c.name, column.name)
            for c in self.catalog.contracts.values()
            for column in c.columns
            if column.free_text
        }

    def column(self, target: str, name: str) -> Column | None:
        """Return a column of a silver table; None where the contracts lack the table or the column.
        ``target``: the table's name without `silver.`."""
        contract = self.catalog.contracts.get(f"silver.{target}")
        return None if contract is None else next((c for c in contract.columns if c.name == name), None)
