"""What lies in published/: bundles by period and revision, read from their folders alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import UsageError
from jobs.publish.formats import csv_rows
from jobs.publish.periods import Span, span

MANIFEST = "manifest.json"
PUBLISHED, WITHDRAWN = "published", "withdrawn"
COMPLAINTS = "complaint_rates"  # the table that holds orders


@dataclass(frozen=True)
class Bundle:
    """One revision of one period, as its folder says."""

    folder: Path
    period: Span
    revision: int
    manifest: dict[str, Any]

    @property
    def withdrawn(self) -> bool:
        """Whether this revision withdraws its period: it then holds no tables."""
        return bool(self.manifest["state"] == WITHDRAWN)

    @property
    def published_on(self) -> date:
        """The day on which this revision was published, as its manifest states it."""
        return date.fromisoformat(self.manifest["published_on"])

    @property
    def first_published_on(self) -> date | None:
        """The day of the period's first revision; None where this is a later one that does not state it."""
        stated = self.manifest.get("first_published_on")
        if stated is None:
            return None if self.revision else self.published_on
        return date.fromisoformat(stated)

    @property
    def tables(self) -> list[str]:
        """Names of the tables that lie in it; none in a withdrawal."""
        return list(self.manifest["tables"])

    def arrow(self, table: str) -> pa.Table:
        """All rows of one of its tables."""
        return pq.read_table(self.folder / "data" / f"{table}.parquet")

    def texts(self) -> dict[str, list[dict[str, str]]]:
        """Rows of every table, as the CSV files write them."""
        return {t: csv_rows((self.folder / "data" / f"{t}.csv").read_bytes()) for t in self.tables}


def shelf(root: Path) -> list[Bundle]:
    """Every bundle below ``root`` (published/), by kind and period and then by revision. UsageError where a
    folder of a period holds something else than bundles."""
    return sorted(_bundles(root), key=lambda b: (b.period.kind, b.period.start, b.revision))


def of_period(root: Path, period: Span) -> list[Bundle]:
    """The revisions of one period, the oldest first."""
    return [bundle for bundle in shelf(root) if bundle.period == period]


def newest(bundles: list[Bundle]) -> list[Bundle]:
    """Of each period the last revision, in the order given."""
    last = {bundle.period: bundle for bundle in bundles}
    return list(last.values())


def complaints_of(bundles: list[Bundle]) -> list[pd.DataFrame]:
    """The tables of complaints of all bundles that ever left, for `withholding.flags_for`."""
    return [
        bundle.arrow(COMPLAINTS).to_pandas(date_as_object=True)
        for bundle in bundles
        if COMPLAINTS in bundle.tables
    ]


def _bundles(root: Path) -> Iterator[Bundle]:
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            period = span(folder.name)
        except UsageError:
            continue  # the site, the API, a folder that a killed writer left
        for inner in sorted(folder.iterdir()):
            if inner.name.startswith("."):
                continue  # what a killed writer left
            manifest = inner / MANIFEST
            if not inner.name.isdecimal() or not manifest.is_file():
                raise UsageError(f"{inner} is no bundle: it has no {MANIFEST} or is no number of a revision")
            yield Bundle(inner, period, int(inner.name), json.loads(manifest.read_text(encoding="utf-8")))
