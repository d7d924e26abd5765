"""A table against its past: volume, null shares, means and distributions, by ops.table_metric.

Pure; reads no clock.
The past of a night are the versions that passed on earlier dates, one a date (the last): a table that is
built again on one date is judged by the same past. Versions only grow, so their order is that of the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from jobs.gate.profile import Profile

NIGHTS = 7  # of the past that count
NEEDED = 5  # fewer, and nothing but the volume is judged
FEWEST_ROWS = 100  # of a version or of its past: below, one row is a large share
LARGEST_KIND = 0.1  # values a row: with more values than that the distribution of so few rows means nothing
KEPT_VALUES = 100  # of a distribution, the most frequent; the rest counts as one
REST = "…"
WHOLE = "whole"  # the scope of an audit of all rows


@dataclass(frozen=True)
class Past:
    """Newest last. ``counts``: row counts of all audits; ``values`` by metric and ``shares`` by column: of
    audits of like scope."""

    counts: tuple[float, ...] = ()
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    shares: Mapping[str, tuple[Mapping[str, float], ...]] = field(default_factory=dict)


def past(noted: Iterable[Mapping[str, Any]], day: date, *, whole: bool) -> Past:
    """The past of one table.

    ``noted``: its rows of ops.table_metric; ``whole``: whether this night audits all rows or some months.
    """
    audits: dict[tuple[date, int], dict[str, Mapping[str, Any]]] = {}
    for row in noted:
        if row["passed"]:
            audits.setdefault((row["date"], row["version"]), {})[row["metric"]] = row
    # Without an earlier date there is only this one: a second delivery on a lake's first day is judged by the
    # first.
    before = {key: metrics for key, metrics in audits.items() if key[0] < day} or audits
    nights = {key[0]: metrics for key, metrics in sorted(before.items(), key=lambda item: item[0])}
    counts = [metrics["row_count"]["value"] for metrics in nights.values()]
    earlier = [metrics for on, metrics in nights.items() if on < day]
    like = [metrics for metrics in earlier if (metrics["row_count"]["scope"] == WHOLE) == whole][-NIGHTS:]
    values: dict[str, list[float]] = {}
    shares: dict[str, list[Mapping[str, float]]] = {}
    for metric, row in (item for metrics in like for item in metrics.items()):
        kind, _, column = metric.partition(".")
        if kind in ("null_share", "mean"):
            values.setdefault(metric, []).append(row["value"])
        elif kind == "drift":
            shares.setdefault(column, []).append(json.loads(row["detail"]))
    by_metric, by_column = {k: tuple(v) for k, v in values.items()}, {k: tuple(v) for k, v in shares.items()}
    return Past(tuple(counts[-NIGHTS:]), by_metric, by_column)


def volume(rows: int, seen: Past) -> dict[str, float | None]:
    """``previous_row_count``: of the last night; ``row_count_ratio``: rows to the median of the past;
    ``volume_outside``: how far the rows lie outside the range of the past, widened on both sides by its width
    and at least a tenth of the median, as a share of the median. None where the past is too short."""
    if not seen.counts:
        return {"previous_row_count": None, "row_count_ratio": None, "volume_outside": None}
    usual, low, high = median(seen.counts), min(seen.counts), max(seen.counts)
    outside = None
    if len(seen.counts) >= NEEDED and usual >= FEWEST_ROWS:
        margin = max(high - low, usual / 10)
        outside = max(low - margin - rows, rows - high - margin, 0.0) / usual
    ratio = rows / usual if usual else None
    return {"previous_row_count": seen.counts[-1], "row_count_ratio": ratio, "volume_outside": outside}


def kept(shares: Mapping[str, float]) -> dict[str, float]:
    """The most frequent values and the rest as one: what is noted of a distribution."""
    first = sorted(shares, key=lambda value: (-shares[value], value))[:KEPT_VALUES]
    rest = sum(share for value, share in shares.items() if value not in set(first))
    return {value: shares[value] for value in first} | ({REST: rest} if rest else {})


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Total variation of two distributions, 0 (equal) to 1 (nothing in common)."""
    return sum(abs(one.get(v, 0.0) - other.get(v, 0.0)) for v in {*one, *other}) / 2


def middle(distributions: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Median share of each value, brought back to a sum of 1."""
    listed = list(distributions)
    shares = {v: median(d.get(v, 0.0) for d in listed) for v in {v for d in listed for v in d}}
    total = sum(shares.values())
    return {v: share / total for v, share in shares.items()} if total else {}


def column_metrics(now: Profile, seen: Past) -> dict[str, float | None]:
    """`null_share.c`, `mean.c`, and against the median of the past `null_share_change.c`, `mean_ratio.c` and
    `drift.c` (total variation); None where the past or the rows are too few to judge."""
    enough = now.rows >= FEWEST_ROWS
    metrics: dict[str, float | None] = {}

    def usual(metric: str) -> float | None:
        values = seen.values.get(metric, ())
        return median(values) if enough and len(values) >= NEEDED else None

    for column, share in now.null_share.items():
        before = usual(f"null_share.{column}")
        change = None if before is None else share - before
        metrics |= {f"null_share.{column}": share, f"null_share_change.{column}": change}
    for column, mean in now.mean.items():
        before = usual(f"mean.{column}")
        metrics |= {f"mean.{column}": mean, f"mean_ratio.{column}": mean / before if before else None}
    for column, shares in now.shares.items():
        past = seen.shares.get(column, ())
        judged = enough and len(past) >= NEEDED and len(shares) <= LARGEST_KIND * now.rows
        metrics[f"drift.{column}"] = distance(kept(shares), middle(past)) if judged else None
    return metrics
