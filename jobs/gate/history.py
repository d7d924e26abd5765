"""Compare a version of a table with its past: row count, null shares, means and distributions, from the rows
of ops.table_metric. Pure; reads no clock.

The past of a run on a day is the versions that passed the gate on earlier dates, one per date (the last of
that date): so a table that is built twice on one date is compared with the same past. Version numbers only
grow, so they give the order within a date. A distribution is a mapping from each value of a column, as text,
to its share (0-1) of the rows that have a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from jobs.gate.profile import Profile

# The most earlier values of a figure with which a version is compared.
NIGHTS = 7
# With fewer earlier values a figure is not compared with its past: it has no change, drift or distance from
# the usual range. The ratio of row counts needs one.
NEEDED = 5
# With fewer rows, in the version or (for the row count) in the median of the past, nothing is compared, as
# one row would be a large share.
FEWEST_ROWS = 100
# A drift is given only where a column has at most this many different values per row: with more, a
# distribution says nothing.
LARGEST_KIND = 0.1
# The most values of a distribution that are kept, the most frequent ones; the others are added up under REST.
KEPT_VALUES = 100
REST = "…"
# The scope of an audit of all rows; of others it names the audited months.
WHOLE = "whole"


@dataclass(frozen=True)
class Past:
    """Figures of earlier audits of one table that passed, one value per date, the newest last; at most NIGHTS
    of each.

    ``counts``: row counts of the whole table. ``values``: metric (`null_share.price`, `mean.price`) → values;
    ``shares``: column → its distributions; both only of audits with the same kind of scope (all rows, or some
    months).
    """

    counts: tuple[float, ...] = ()
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    shares: Mapping[str, tuple[Mapping[str, float], ...]] = field(default_factory=dict)


def past(noted: Iterable[Mapping[str, Any]], day: date, *, whole: bool) -> Past:
    """Collect the past of one table, as a run on ``day`` sees it.

    ``noted``: the table's rows of ops.table_metric, in any order; rows of versions that did not pass are
    ignored. ``whole``: whether this run audits all rows (True) or only some months; null shares, means and
    distributions are taken from earlier audits of the same kind. On the first date of a table, the versions
    of that date itself are the past of the row count."""
    audits: dict[tuple[date, int], dict[str, Mapping[str, Any]]] = {}
    for row in noted:
        if row["passed"]:
            audits.setdefault((row["date"], row["version"]), {})[row["metric"]] = row
    # A second delivery on a table's first day is judged by the first. Later dates are no past of an earlier
    # one that is run again.
    before = {key: metrics for key, metrics in audits.items() if key[0] < day}
    before = before or {key: metrics for key, metrics in audits.items() if key[0] == day}
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

    ``rows``: number of rows of the version; ``seen``: the table's past. Returns three figures:
    ``previous_row_count``, that of the last date in the past; ``row_count_ratio``, ``rows`` divided by the
    median of the past; ``volume_outside``, how far ``rows`` lies outside the usual range, divided by the
    median, 0 within the range. The range goes from the least to the largest count of the past, widened on
    both sides by its width, or by a tenth of the median where that is more. All are None without a past,
    ``row_count_ratio`` also where the median is 0, ``volume_outside`` also with fewer than NEEDED counts or a
    median below FEWEST_ROWS.
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
    """Shorten a distribution to what ops.table_metric keeps: the KEPT_VALUES most frequent values (of equal
    shares, the first by text) with their shares, and the sum of the other shares under REST, which is absent
    where that sum is 0."""
    first = sorted(shares, key=lambda value: (-shares[value], value))[:KEPT_VALUES]
    own = set(first)
    rest = sum(share for value, share in shares.items() if value not in own)
    return {value: shares[value] for value in first} | ({REST: rest} if rest else {})


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the total variation distance of two distributions (value → share, 0-1): half the sum of the
    absolute differences of the shares. It is 0 where they are equal, 1 where they have no value in common."""
    return sum(abs(one.get(v, 0.0) - other.get(v, 0.0)) for v in {*one, *other}) / 2


def middle(distributions: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the typical distribution of several: the median share of each value (0 where a distribution
    lacks it), scaled so that the shares add up to 1. {} for none, and where every median is 0."""
    listed = list(distributions)
    shares = {v: median(d.get(v, 0.0) for d in listed) for v in {v for d in listed for v in d}}
    total = sum(shares.values())
    return {v: share / total for v, share in shares.items()} if total else {}


def column_metrics(now: Profile, seen: Past) -> dict[str, float | None]:
    """Return the metrics of the columns of a version, by name.

    ``now``: the measured figures of the audited rows; ``seen``: the table's past. For each measured column
    ``c``: `null_share.c` (0-1) and `mean.c`; and against the median of the past `null_share_change.c` (share
    now minus median), `mean_ratio.c` (mean now divided by median) and `drift.c` (`distance` of the two
    distributions, 0-1). The last three are None where there are fewer than NEEDED earlier values or
    FEWEST_ROWS rows, a mean_ratio also where the median is 0, a drift where the column has too many different
    values (LARGEST_KIND).
    """
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
