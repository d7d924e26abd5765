"""What a unit's page links to: its workbook, the sources of its orders, its plans' bulletins, its newest
failing batches. Only batches that may be public are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.dimensions import Dimension, hierarchies, memberships
from jobs.marts.sampling.dimensions import CLUSTER, cluster_members
from jobs.reports.counting import SELLS
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.names import page_name
from jobs.reports.numbers import missing
from jobs.reports.pages.bulletin import PUBLIC, TABLE, batch, text
from jobs.reports.pages.morning import FAILED
from jobs.reports.public_state import LISTED, public_state
from jobs.reports.shelved import bulletin_with
from jobs.reports.wording import Text

MOST_BATCHES, MOST_PLANS, MOST_SOURCES = 20, 5, 3  # of a page
WITH_WORKBOOK = ("platform", "region")  # see jobs.reports.workbook_sheets.DIMENSIONS
# How a batch belongs to a unit: as it does in gold.detection_rate by the seller's place.
BELONGS = (
    Dimension("platform", "platform_code"),
    Dimension("region", "seller_region_code", role="seller", hierarchy="region"),
    Dimension("category", "category_code", hierarchy="category"),
)


@dataclass(frozen=True)
class Links:
    """What a unit's page links to. ``workbook``: path below site/, None where the unit has none; ``sources``:
    (page, code, publisher), at most MOST_SOURCES of ``n_sources``; ``plans``: (code, name), those with the
    newest batches first, at most MOST_PLANS of ``n_plans``; ``failed``: the newest non-conforming batches
    (`bulletin.batch`), at most MOST_BATCHES; ``rows``: all of them, as rows of gold.bulletin; ``n_listed``:
    how many of them bulletins of this project list and the authority has not published."""

    workbook: str | None
    sources: list[tuple[str, str, Text]]
    n_sources: int
    plans: list[tuple[str, Text]]
    n_plans: int
    failed: list[dict[str, Any]]
    rows: pd.DataFrame
    n_listed: int = 0

    @property
    def n_failed(self) -> int:
        """Number of non-conforming batches."""
        return len(self.rows)

    @property
    def n_published(self) -> int:
        """How many of the non-conforming batches the authority has published; the others may be published."""
        return int(self.rows["published_on"].notna().sum())

    @property
    def any(self) -> bool:
        """Whether there is anything to link to."""
        return bool(self.workbook or self.sources or self.plans or self.n_failed)

    @property
    def downloads(self) -> bytes:
        """The non-conforming batches as CSV."""
        return csv_bytes(self.rows)


def links(known: Gathered, dimension: str, code: str) -> Links:
    """Return what the page of a unit links to, each list empty where it has none. Only platforms have
    sources."""
    rows, positions = _batches(known)
    mine = rows.iloc[positions.get((dimension, code), [])]
    plans = list(dict.fromkeys(mine["plan_id"].dropna()))
    failed = mine[mine["final_outcome"] == FAILED]
    sources = _sources(known).get(code, []) if dimension == "platform" else []
    return Links(
        _workbook(known, dimension, code),
        sources[:MOST_SOURCES],
        len(sources),
        [(plan, known.names.of("plan", plan)) for plan in plans[:MOST_PLANS]],
        len(plans),
        [batch(known, r) for r in dicts(failed.head(MOST_BATCHES))],
        failed,
        sum(
            public_state(day, bulletin_with(known.night.bundles, plan, sample)) == LISTED
            for plan, sample, day in failed[["plan_id", "sample_id", "published_on"]].to_numpy()
        ),
    )


def _workbook(known: Gathered, dimension: str, code: str) -> str | None:
    """Return the path of a unit's workbook; only platforms and provinces with a report have one
    (jobs.reports.workbook_sheets.sheets)."""
    if dimension not in WITH_WORKBOOK:
        return None
    there = known.groups(f"gold.{dimension}_report", "dimension_code")
    return f"workbooks/{dimension}/{page_name(code)[:-5]}.xlsx" if code in there else None


def _sources(known: Gathered) -> dict[str, list[tuple[str, str, Text]]]:
    """Return platform code → the sources with a page that filed accepted order lines of the platform."""
    kept: dict[str, list[tuple[str, str, Text]]] | None = known.__dict__.get("_sources_of")
    if kept is None:
        landed = known.night.landed.sort_values("recorded_at", kind="stable").drop_duplicates(
            "source", keep="last"
        )
        paged = {
            s: Text(zh, en)
            for s, zh, en in landed[["source", "publisher_zh", "publisher_en"]].itertuples(index=False)
        }
        kept = known.__dict__.setdefault("_sources_of", {})
        for source, platform in known.night.frame(SELLS)[["source", "platform_code"]].itertuples(index=False):
            if source in paged and not missing(platform):
                kept.setdefault(platform, []).append((f"sources/{page_name(source)}", source, paged[source]))
    return kept


def _batches(known: Gathered) -> tuple[pd.DataFrame, dict[tuple[str, str], list[int]]]:
    """Return the batches that may be public, the newest first, and unit → positions of its batches; computed
    once for all pages."""
    if "_batches_of" not in known.__dict__:
        frame = known.night.frame(TABLE)
        rows = frame[frame["disclosure"].isin(PUBLIC)]
        day = [text(p) or text(f) for p, f in zip(rows["published_on"], rows["public_from"], strict=True)]
        rows = rows.assign(_day=day).sort_values(["_day", "sample_id"], ascending=False, ignore_index=True)
        known.__dict__["_batches_of"] = rows.drop(columns="_day"), _positions(known, rows)
    found: tuple[pd.DataFrame, dict[tuple[str, str], list[int]]] = known.__dict__["_batches_of"]
    return found


def _positions(known: Gathered, rows: pd.DataFrame) -> dict[tuple[str, str], list[int]]:
    columns = ["platform_code", "seller_region_code", "producer_region_code", "category_code"]
    codes = rows[columns].astype(object)
    codes = codes.where(codes.notna(), None)
    region, category = (known.night.frame(t) for t in ("silver.region", "silver.product_category"))
    trees = hierarchies(region=region, product_category=category)
    found: dict[tuple[str, str], list[int]] = {}
    parts = [(d.type, at, units) for d, at, units in memberships(codes, BELONGS, trees)]
    clusters = known.night.frame("silver.industrial_cluster")
    for kind, at, units in [*parts, (CLUSTER, *cluster_members(codes, clusters, trees))]:
        for position, unit in zip(at, units, strict=True):
            found.setdefault((kind, unit), []).append(int(position))
    return {unit: sorted(at) for unit, at in found.items()}
