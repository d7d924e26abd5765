"""Published rates that were revised since the night before: of which units, and from what to what
(definitions.md#published). A revision is a later row of ops.publication for the same rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs.arrays import dicts
from jobs.lake.night import Snapshot
from jobs.marts.sampling.outcomes import DENOMINATOR
from jobs.reports.asked import RATE_KEY
from jobs.reports.figures import covered_text, quarter_text, window_text
from jobs.reports.numbers import INSUFFICIENT, Figure, headline, missing
from jobs.reports.rates import OURS, Window, until
from jobs.reports.wording import Text

# The register of published rates, and the name of the result of `revised` in Night.tables.
PUBLICATION, REVISED = "ops.publication", "rates.revised"
UNITS = ("nation", "platform", "region", "category", "cluster")
# Columns of the figures that a revision may change: counts and rates.
FIGURES = [
    *dict.fromkeys((*DENOMINATOR, "n_nonconforming")),
    *"rate exposure_rate exposure_low exposure_high".split(),
]
COLUMNS = [*RATE_KEY, "months_covered", *FIGURES, *(f"{name}_before" for name in FIGURES)]


def revised(snapshot: Snapshot, since: date | None) -> pd.DataFrame:
    """Return the rates by probability samples that were published on or before ``since`` and revised after
    it, up to the snapshot's night: one row per unit and period, columns COLUMNS, sorted by RATE_KEY. Columns
    FIGURES hold the figures now, FIGURES with `_before` those before.

    ``since``: date of the night before; the result is empty where it is None. Regions are those of the
    seller.
    """
    if since is None or snapshot.date is None or not snapshot.lake.exists(PUBLICATION):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    where = (
        pc.field("dimension_type").isin(UNITS)
        & (pc.field("dimension2_type") == "")
        & pc.field("region_role").isin(OURS)
        & (pc.field("design") == "probability")
        & (pc.field("night") <= snapshot.date)
    )
    columns = [*RATE_KEY, "months_covered", *FIGURES, "revision", "night"]
    there = set(snapshot.lake.dataset(PUBLICATION).schema.names)  # an older one lacks what was added since
    rows = snapshot.lake.frame(PUBLICATION, columns=[c for c in columns if c in there], where=where)
    rows = rows.reindex(columns=columns).sort_values("revision")
    later = rows["night"].map(lambda night: night > since).astype(bool)
    new, old = (part.drop_duplicates(RATE_KEY, keep="last") for part in (rows[later], rows[~later]))
    both = new.merge(old, on=RATE_KEY, suffixes=("", "_before"))
    return both[COLUMNS].sort_values(RATE_KEY, ignore_index=True)


@dataclass(frozen=True)
class Revision:
    """A revised rate of one unit and period. ``kind``, ``start``: period_type and first day of the period,
    ``period`` in words; ``old``, ``new``: the rate as shown before and now; ``points``: the change in
    percentage points, None where one of the two is not shown."""

    dimension: str
    code: str
    kind: str
    start: date
    period: Text
    old: Figure
    new: Figure
    points: float | None


def revisions(rows: pd.DataFrame, through: date | None = None) -> list[Revision]:
    """Return for each unit the revision that changed its rate most, the largest change first. Revisions that
    do not change the rate as shown are left out. ``rows``: as `revised` returns them; ``through``: the last
    day of the data."""
    largest: dict[tuple[str, str], Revision] = {}
    for row in dicts(rows):
        unit = (row["dimension_type"], row["dimension_code"])
        made = _revision(row | {"until": until(row["period_type"], row["period_start"], through)})
        if made is not None and (unit not in largest or _size(made) > _size(largest[unit])):
            largest[unit] = made
    return sorted(largest.values(), key=lambda r: (-_size(r), UNITS.index(r.dimension), r.code))


def _size(revision: Revision) -> float:
    return -1.0 if revision.points is None else abs(revision.points)


def _revision(row: dict[str, Any]) -> Revision | None:
    old, new = _figure(row, "_before"), _figure(row, "")
    if old.text == new.text:
        return None
    moved = None if old.value is None or new.value is None else 100 * (new.value - old.value)
    unit, kind, start = (
        (row["dimension_type"], row["dimension_code"]),
        row["period_type"],
        row["period_start"],
    )
    return Revision(*unit, kind, start, _period(row), old, new, moved)


def _figure(row: dict[str, Any], suffix: str) -> Figure:
    """Return the exposure rate as pages show it; a row without rates had too few batches. ``suffix``: end of
    the columns' names."""
    cells = {name: row[f"{name}{suffix}"] for name in FIGURES}
    few = INSUFFICIENT if missing(cells["rate"]) else None
    return headline({**cells, "design": row["design"], "reliability": few})


def _period(row: dict[str, Any]) -> Text:
    """Return the row's period in words, with the number of its months in the data where those are not all."""
    kind, start = row["period_type"], row["period_start"]
    if kind == "quarter":
        return covered_text(quarter_text(start), row)
    if kind == "month":
        return Text(f"{start.year}年{start.month}月", f"{start:%B %Y}")
    named = window_text(Window(kind, start, until=row["until"]), row)
    assert named is not None, "a period that is given has a name"
    return named
