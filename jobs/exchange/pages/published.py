"""Reads figures of units from the published bundles. A bundle is a folder of tables that was published for a
period, as a numbered revision (definitions.md#bundle). On a recipient's pages these figures are the only ones
that its package does not hold; anyone can read them in `published/`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.reports.numbers import missing

INDEX, RATES = "quality_index", "detection_rates"
# Dimensions of the units that are read: the nation, and recipients with pages; brands and laboratories have
# no figures in bundles.
DIMENSIONS = (
    "nation",
    "platform",
    "cluster",
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """One row of a bundle's table, column → value, about one unit. ``period``: that of the bundle, as its
    folder is named (2026-06, 2026Q2, 2026); ``revision``: the number of the bundle's revision."""

    period: str
    revision: int
    row: Row


@dataclass(frozen=True)
class Published:
    """The bundles below ``root``, the folder `published/`. Where it is None or does not exist, nothing is
    published. A unit is named by its dimension (DIMENSIONS) and code."""

    root: Path | None

    @cached_property
    def identity(self) -> list[tuple[str, str]]:
        """(period/revision, SHA-256 of the manifest) of each bundle that is read, by period. Where two such
        lists are equal, so are all figures."""
        return [
            (f"{folder.parent.name}/{folder.name}", hashlib.sha256(said.encode()).hexdigest())
            for folder, said in self._bundles
        ]

    def index(self, dimension: str, code: str) -> Figures | None:
        """Return the unit's row of the table quality_index, from the newest quarter in which any unit's index
        is published, else the newest such year, else the newest such month; None where the unit's index is
        not published there."""
        return self._index.get((dimension, code))

    def rate(self, dimension: str, code: str) -> Figures | None:
        """Return the unit's row of the table detection_rates with its rates by probability samples: of the
        twelve months that end with the newest month with rates, else of the newest quarter or year; None
        where the unit has none there."""
        return self._rates.get((dimension, code))

    def index_ranked(self, dimension: str) -> int:
        """Return how many units of a dimension have a tier in the table that `index` reads from."""
        return sum(
            of == dimension and not missing(found.row["tier"]) for (of, _), found in self._index.items()
        )

    @cached_property
    def _index(self) -> dict[tuple[str, str], Figures]:
        return self._read(INDEX, ("quarter", "year", "month"), lambda row: bool(row["published"]))

    @cached_property
    def _rates(self) -> dict[tuple[str, str], Figures]:
        def chosen(row: Row) -> bool:
            plain = not row["dimension2_type"] and row["region_role"] in ("", "seller")
            whole = row["period_type"] != "month"  # a month's bundle has the twelve months that end with it
            return plain and whole and row["design"] == "probability"

        return self._read(RATES, ("month", "quarter", "year"), chosen)

    def _read(
        self, table: str, kinds: tuple[str, ...], chosen: Callable[[Row], bool]
    ) -> dict[tuple[str, str], Figures]:
        """The figures of ``table`` by dimension and code, of the rows that ``chosen`` accepts. They are of
        one bundle: of the first of ``kinds`` (of periods) that has such rows, the newest. {} where none has
        any."""
        for kind in kinds:
            for folder, said in reversed(self._bundles):
                manifest = json.loads(said)
                if _kind(folder.parent.name) != kind or table not in manifest["tables"]:
                    continue
                wanted = pc.field("dimension_type").isin(DIMENSIONS)
                rows = pq.read_table(folder / "data" / f"{table}.parquet", filters=wanted).to_pylist()
                period, revision = folder.parent.name, int(folder.name)
                found = {
                    (row["dimension_type"], row["dimension_code"]): Figures(period, revision, row)
                    for row in rows
                    if chosen(row)
                }
                if found:
                    return found
        return {}

    @cached_property
    def _bundles(self) -> list[tuple[Path, str]]:
        """(folder, text of the manifest) of the last revision of each period that is not withdrawn, by the
        period's name."""
        return list(self._last())

    def _last(self) -> Iterator[tuple[Path, str]]:
        if self.root is None or not self.root.is_dir():
            return
        for period in sorted(p for p in self.root.iterdir() if p.is_dir() and _kind(p.name)):
            folders = [f for f in period.iterdir() if f.name.isdecimal() and (f / "manifest.json").is_file()]
            if not folders:
                continue
            last = max(folders, key=lambda f: int(f.name))
            said = (last / "manifest.json").read_text(encoding="utf-8")
            if json.loads(said)["state"] == "published":
                yield last, said


def _kind(name: str) -> str:
    """Return the kind of period that a folder's name stands for: month for 2026-06, quarter for 2026Q2, year
    for 2026; '' for other names."""
    if len(name) == 4 and name.isdecimal():
        return "year"
    if len(name) == 6 and name[4] == "Q":
        return "quarter"
    return "month" if len(name) == 7 and name[4] == "-" and name[:4].isdecimal() else ""
