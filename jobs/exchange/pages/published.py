"""What the published bundles say of units: the only figures on a recipient's pages that its package does not
hold. Read from the folders of `published/` as anyone can (definitions.md#bundle)."""

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

INDEX, RATES = "quality_index", "detection_rates"
DIMENSIONS = (
    "nation",
    "platform",
    "cluster",
)  # of recipients with pages; brands and laboratories have no figures
Row = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """Of one bundle: its period and revision, and a row of a unit."""

    period: str
    revision: int
    row: Row


@dataclass(frozen=True)
class Published:
    """``root``: `published/`, which may be absent: then nothing is published."""

    root: Path | None

    @cached_property
    def identity(self) -> list[tuple[str, str]]:
        """Folder and hash of each bundle that is read: equal lists mean equal figures."""
        return [
            (f"{folder.parent.name}/{folder.name}", hashlib.sha256(said.encode()).hexdigest())
            for folder, said in self._bundles
        ]

    def index(self, dimension: str, code: str) -> Figures | None:
        """The published index of a unit of the newest quarter, else of another period."""
        return self._index.get((dimension, code))

    def rate(self, dimension: str, code: str) -> Figures | None:
        """Rates of probability samples of the newest twelve months, else of the newest whole period."""
        return self._rates.get((dimension, code))

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
        """Of each period that is not withdrawn the last revision, with its manifest, by the period's name."""
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
    """month of 2026-06, quarter of 2026Q2, year of 2026; '' of what is no period."""
    if len(name) == 4 and name.isdecimal():
        return "year"
    if len(name) == 6 and name[4] == "Q":
        return "quarter"
    return "month" if len(name) == 7 and name[4] == "-" and name[:4].isdecimal() else ""
