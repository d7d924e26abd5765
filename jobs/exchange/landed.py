"""Finds when the files with given records landed, that is, were taken over from the inbox. The hour for
sending an urgent item is counted from then."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.lake.night import Snapshot


class Landed:
    """Looks up when records of the lake landed. ``snapshot``: the tables of a night; ``catalog``: their
    contracts. Each table is read once, when a record of it is asked for."""

    def __init__(self, snapshot: Snapshot, catalog: Catalog):
        self._snapshot, self._catalog = snapshot, catalog
        self._of = cache(self._records)
        self._newest = cache(self._newest_of)

    def at(self, evidence: str) -> datetime | None:
        """Return when the newest of the files with these records landed (in UTC); None where none of them is
        known.

        ``evidence``: names of records as `<table>/<key>/<key>`, such as `silver.reinspection/R1`, separated
        by `; `. For a record of a table that is not filed but computed, the time is that of the newest file
        of any silver table that it is computed from.
        """
        found = []
        for record in evidence.split("; "):
            table, _, key = record.partition("/")
            contract = self._catalog.contracts.get(table)
            if contract is None:
                continue
            found.append(self._of(table).get(key) if contract.conformed else self._newest(table))
        return max((at for at in found if at is not None), default=None)

    def _records(self, table: str) -> dict[str, datetime]:
        if self._snapshot.version(table) is None:
            return {}
        keys = list(self._catalog.contracts[table].key)
        rows = self._snapshot.frame(table, columns=[*keys, "_load_key"])
        names = rows[keys[0]].astype(str)
        for key in keys[1:]:
            names = names + "/" + rows[key].astype(str)
        return dict(zip(names, rows["_load_key"].map(self._files()["at"]), strict=True))

    def _newest_of(self, table: str) -> datetime | None:
        needed = {t.split(".")[1] for t in self._catalog.needs(table) if t.startswith("silver.")}
        files = self._files()
        times = files.loc[files["target"].isin(needed), "at"]
        return None if times.empty else times.max()

    def _files(self) -> pd.DataFrame:
        """Return, by load key, when its first file landed (``at``) and the table that it was for
        (``target``)."""
        if not hasattr(self, "_ingest"):
            lake = self._snapshot.lake
            columns = ["load_key", "target", "status", "recorded_at"]
            rows: Any = pd.DataFrame(columns=columns)
            if lake.exists("ops.ingest_file"):
                rows = lake.frame("ops.ingest_file", columns=columns)
            landed = rows[rows["status"].eq("landed") & rows["load_key"].notna()]
            self._ingest = landed.groupby("load_key").agg(
                at=("recorded_at", "min"), target=("target", "first")
            )
        return self._ingest
