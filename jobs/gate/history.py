"""Compare a version of a table with its past: row count, null shares, means and distributions, from the rows
of ops.table_metric. Pure; reads no clock.

The past of a night is the versions that passed on earlier dates, one per date (its last): so a table that is
built twice on one date is compared with the same past. Version numbers only grow, so they give the order
within a date.
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
    """Figures of earlier audits of one table, the newest last.

    ``counts``: row counts, of all audits; ``values``: by metric (`null_share.price`), and ``shares``: by
    column, its distributions: of audits with the same scope (all rows, or some months).
    """

    counts: tuple[float, ...] = ()
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    shares: Mapping[str, tuple[Mapping[str, float], ...]] = field(default_factory=dict)


def past(noted: Iterable[Mapping[str, Any]], day: date, *, whole: bool) -> Past:
    """The past of one table, as a night on ``day`` sees it: at most NIGHTS values of each figure.

    ``noted``: its rows of ops.table_metric; ``whole``: whether this night audits all rows or only some
    months. On the first date of a lake, the versions of that date are the past of the row count.
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
    """Compare a row count with the past.

    Returns ``previous_row_count``, that of the last night; ``row_count_ratio``, ``rows`` divided by the
    median of the past; ``volume_outside``, the distance of ``rows`` from the allowed range as a share of the
    median, 0 within it. The range is that of the past, widened on both sides by its width, or by a tenth of
    the median where that is more. A figure is None where the past is too short for it (NEEDED, FEWEST_ROWS).
    """
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
    """The part of a distribution that ops.table_metric keeps: the KEPT_VALUES most frequent values, and the
    sum of the others under REST."""
    first = sorted(shares, key=lambda value: (-shares[value], value))[:KEPT_VALUES]
    rest = sum(share for value, share in shares.items() if value not in set(first))
    return {value: shares[value] for value in first} | ({REST: rest} if rest else {})


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Total variation distance of two distributions (value → share): 0 where they are equal, 1 where they
    have no value in common."""
    return sum(abs(one.get(v, 0.0) - other.get(v, 0.0)) for v in {*one, *other}) / 2


def middle(distributions: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The median share of each value over several distributions, scaled so that they add up to 1; {} for
    none."""
    listed = list(distributions)
    shares = {v: median(d.get(v, 0.0) for d in listed) for v in {v for d in listed for v in d}}
    total = sum(shares.values())
    return {v: share / total for v, share in shares.items()} if total else {}


def column_metrics(now: Profile, seen: Past) -> dict[str, float | None]:
    """Metrics of each measured column ``c``: `null_share.c` and `mean.c`; against the median of the past
    `null_share_change.c` (difference), `mean_ratio.c` and `drift.c` (`distance` of the distribution). The
    latter three are None where the past or the rows are too few to judge."""
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
