"""What pages are made from: one night's tables as plain frames. Nothing here reads or writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from jobs.reports.wording import Text


@dataclass(frozen=True)
class TableState:
    """How one table stands in the night: fresh, skipped, stale or absent, and why."""

    table: str
    state: str
    verdict: str
    reason: Text


@dataclass(frozen=True)
class Night:
    """All that pages are made from. ``tables``: by table id, ops tables included; ``states``: one per named table, sorted."""

    date: date
    run_id: str
    states: tuple[TableState, ...]
    tables: dict[str, pd.DataFrame]
    dictionary: pd.DataFrame
    data_docs: bool

    def frame(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @property
    def behind(self) -> list[TableState]:
        """Tables that show an older version, or none."""
        return [s for s in self.states if s.state in ("stale", "absent")]

    @property
    def late(self) -> pd.DataFrame:
        """Feeds whose newest event is older than their cadence allows."""
        fresh = self.frame("ops.freshness")
        return fresh[fresh["late"].fillna(False).astype(bool)]

    @property
    def synthetic_sources(self) -> list[str]:
        """Sources that declare their data to be made up."""
        files = self.frame("ops.ingest_file")
        return sorted(set(files.loc[files["synthetic"].fillna(False).astype(bool), "source"]))
