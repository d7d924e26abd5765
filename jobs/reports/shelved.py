"""Which published bundles lie beside the site (definitions.md#bundle): a bundle is a folder
`published/<period>/<revision>` of files that stay as they were published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from jobs.lake.tables import Lake

LOG = "ops.bundle"
BULLETINS = "data/bulletins.parquet"  # of a bundle


@dataclass(frozen=True)
class Shelved:
    """The newest revision of a published period: its number, the day on which it was published, and that on
    which the period's first revision was (``first_on``).
    ``batches``: (plan_id, sample_id) of those that its bulletins list, empty until `with_batches`; the
    files of a revision never change, so it compares without them."""

    period: str
    revision: int
    published_on: date
    first_on: date
    batches: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False, repr=False)

    @property
    def folder(self) -> str:
        """Its folder as a path relative to that of the site."""
        return f"../published/{self.period}/{self.revision}"


def shelved(lake: Lake, published: Path) -> tuple[Shelved, ...]:
    """Return the newest revision of each period that ops.bundle of ``lake`` lists, the latest period first
    and of one start the longest last. Without those that withdraw their period, and those whose folder below
    ``published`` is gone or holds another manifest than was noted: no page leads to them."""
    rows = lake.arrow(LOG).to_pylist() if lake.exists(LOG) else []
    by_revision = sorted(rows, key=lambda r: r["revision"])
    newest = {r["period"]: r for r in by_revision}
    first = {r["period"]: r["published_on"] for r in reversed(by_revision)}
    order = {"month": 0, "quarter": 1, "year": 2}
    listed = sorted(newest.values(), key=lambda r: order.get(r["period_type"], len(order)))
    listed.sort(key=lambda r: r["period_start"], reverse=True)
    return tuple(
        Shelved(r["period"], r["revision"], r["published_on"], first[r["period"]])
        for r in listed
        if r["state"] == "published" and _lies(published, r)
    )


def with_batches(published: Path, bundles: Iterable[Shelved]) -> tuple[Shelved, ...]:
    """Return the bundles with the batches that their bulletins list, none where they have no bulletins.
    ``published``: the folder that holds the bundles."""
    found = []
    for bundle in bundles:
        file = published / bundle.period / str(bundle.revision) / BULLETINS
        batches: frozenset[tuple[str, str]] = frozenset()
        if file.is_file():
            rows = pq.read_table(file, columns=["plan_id", "sample_id"])
            batches = frozenset(zip(*(rows[c].to_pylist() for c in ("plan_id", "sample_id")), strict=True))
        found.append(replace(bundle, batches=batches))
    return tuple(found)


def bulletin_with(bundles: Iterable[Shelved], plan: str, sample: str) -> Shelved | None:
    """Return the bundle whose bulletins list the batch, of several the one whose period was published first
    (``first_on``), however late it was revised; None where none does. ``bundles``: as `with_batches` returns
    them; ``plan``, ``sample``: plan_id and sample_id of the batch."""
    found = [bundle for bundle in bundles if (plan, sample) in bundle.batches]
    return min(found, key=lambda bundle: bundle.first_on, default=None)


def _lies(published: Path, row: dict[str, object]) -> bool:
    folder = published / str(row["period"]) / str(row["revision"])
    manifest = folder / "manifest.json"
    if not manifest.is_file() or not (folder / "README.md").is_file():
        return False
    return hashlib.sha256(manifest.read_bytes()).hexdigest() == row["manifest_sha256"]
