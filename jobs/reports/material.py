"""What pages are made from: one night's tables as plain frames. Nothing here reads or writes."""

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
    """The newest event of any feed of ops.freshness up to a day; None where no row has a date."""
    days = [day for day in freshness["newest_event_date"] if not pd.isna(day)]
    return max((day for day in days if day <= by), default=None)


@dataclass(frozen=True)
class TableState:
    """How one table stands in the night: fresh, skipped, stale or absent, and why."""

    table: str
    state: str
    verdict: str
    reason: Text


@dataclass(frozen=True)
class Earlier:
    """The nightly of the newest earlier date that is kept: what the first page compares with.

    ``behind``: its stale and absent tables; ``tables``: the columns of jobs.reports.asked.COMPARED, a table
    that it does not have is left out.
    """

    date: date
    behind: frozenset[str]
    tables: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Night:
    """All that pages are made from.

    ``tables``: by table id, ops tables and the figures of jobs.reports.counting included; ``states``: one per
    named table, sorted;
    ``landed``: jobs.ingest.units.current; ``sources``: what the source YAMLs say today. Nothing of it changes
    while pages are made: what each of a thousand shows is found once.
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
        """Tables that show an older version, or none."""
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
        """Sources that declare their data to be made up."""
        files = self.frame("ops.ingest_file")
        return sorted(set(files.loc[files["synthetic"].fillna(False).astype(bool), "source"]))

    @property
    def free_text(self) -> set[tuple[str, str]]:
        """(table, column) of words that people wrote: no page shows them."""
        return {
            (c.name, column.name)
            for c in self.catalog.contracts.values()
            for column in c.columns
            if column.free_text
        }

    def column(self, target: str, name: str) -> Column | None:
        """A column of a silver table; None where the contract has no such table or column (any more)."""
        contract = self.catalog.contracts.get(f"silver.{target}")
        return None if contract is None else next((c for c in contract.columns if c.name == name), None)
