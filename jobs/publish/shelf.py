"""Reads the bundles in published/ (`<period>/<revision>/`), each a folder of tables that was published for a
period. Everything is read from these folders; the lake is not needed."""

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
    """One revision of one period, as published. ``folder``: where its files are; ``revision``: its number,
    from 0; ``manifest``: the content of its manifest.json."""

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
        """The day on which the period's first revision (0) was published: as the manifest states it, else
        this revision's day if it is the first; None for a later one whose manifest does not state it."""
        stated = self.manifest.get("first_published_on")
        if stated is None:
            return None if self.revision else self.published_on
        return date.fromisoformat(stated)

    @property
    def data_date(self) -> date | None:
        """The day up to which the bundle's night had data; None where its manifest states none, as that of a
        withdrawal."""
        stated = self.manifest.get("data_date")
        return None if stated is None else date.fromisoformat(stated)

    @property
    def tables(self) -> list[str]:
        """Names of the tables that the bundle holds, such as `complaint_rates` (not those of the lake's
        tables); none for a withdrawal."""
        return list(self.manifest["tables"])

    def arrow(self, table: str) -> pa.Table:
        """Return all rows of one table, from its Parquet file. ``table``: a name of `tables`."""
        return pq.read_table(self.folder / "data" / f"{table}.parquet")

    def texts(self) -> dict[str, list[dict[str, str]]]:
        """Return table → its rows, each as column → text as in the CSV file; a missing value is ''."""
        return {t: csv_rows((self.folder / "data" / f"{t}.csv").read_bytes()) for t in self.tables}


def shelf(root: Path) -> list[Bundle]:
    """Return every bundle below ``root`` (published/), sorted by kind of period, start and revision; none
    where it does not exist. Folders whose name is no period and hidden ones are left out. Raises UsageError
    where the folder of a period holds anything else that is not a bundle."""
    return sorted(_bundles(root), key=lambda b: (b.period.kind, b.period.start, b.revision))


def of_period(root: Path, period: Span) -> list[Bundle]:
    """Return the revisions of one period that have a folder below ``root``, in ascending order."""
    return [bundle for bundle in shelf(root) if bundle.period == period]


def newest(bundles: list[Bundle]) -> list[Bundle]:
    """Return the last revision of each period, periods in the order given. ``bundles``: as `shelf` sorts
    them, with revisions in ascending order."""
    last = {bundle.period: bundle for bundle in bundles}
    return list(last.values())


def complaints_of(bundles: list[Bundle]) -> list[pd.DataFrame]:
    """Return the complaint rates of each bundle that holds them, one frame per bundle, in the order of
    ``bundles``, for `withholding.flags_for`."""
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
