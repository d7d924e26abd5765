"""Additive monthly sums over samples, and every period from them by summing: shared by the ledger and the rate. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy
from jobs.marts.sampling.dimensions import UNIT_KEY, Cut, cut
from jobs.marts.sampling.outcomes import COUNTS, UNDATED


class PeriodType(StrEnum):
    """In alphabetical order, as rows are sorted by it."""

    ALL = "all"
    MONTH = "month"
    QUARTER = "quarter"
    ROLLING12 = "rolling12"
    YEAR = "year"


class Design(StrEnum):
    """How the samples were chosen; in alphabetical order, as rows are sorted by it. Never pooled but in ``all``."""

    ALL = "all"
    PROBABILITY = "probability"
    TARGETED = "targeted"


KEY = ["period_type", "period_start", *UNIT_KEY, "design"]
# The same key in numbers: positions in PeriodType, of the unit and in Design, months since 1970-01.
NUMBERS = ["period", "month", "unit", "design"]
PERIODS, DESIGNS = list(PeriodType), list(Design)
_ALL_STARTS = (1900 - 1970) * 12


@dataclass(frozen=True)
class Span:
    """Months of the first and last outcome of the whole table, None without any."""

    first: int | None
    last: int | None


def span(outcome: pd.DataFrame) -> Span:
    """The months between which windows of twelve months end."""
    dated = outcome.loc[(outcome["n_sampled"] > 0) & (outcome["month"] != UNDATED), "month"]
    return Span(None, None) if dated.empty else Span(int(dated.min()), int(dated.max()))


def by_design(where: Cut, rows: pd.DataFrame, design: np.ndarray, names: list[str], keys: Iterable[str] = ()) -> pd.DataFrame:
    """Sums of the columns ``names`` of ``rows`` (one per sample, with ``month``) by unit, design, further ``keys`` and month; each
    sample also counts in the design ``all``."""
    keyed = rows.assign(design=np.array([DESIGNS.index(d) for d in design], dtype=np.int64))
    by = ["unit", "design", *keys, "month"]
    chosen = sums(where, keyed, by, names)
    own_only = chosen[chosen["design"] != DESIGNS.index(Design.ALL)]
    pooled = _sum(chosen.assign(design=DESIGNS.index(Design.ALL)), by)
    return pd.concat([pooled, own_only], ignore_index=True)


def sums(where: Cut, rows: pd.DataFrame, by: list[str], names: list[str]) -> pd.DataFrame:
    """Sums of the columns ``names`` of ``rows``, one per sample, by ``unit`` and other columns."""
    others = [name for name in by if name != "unit"]
    parts = []
    for block in where.blocks:
        part = rows[[*others, *names]].take(block.sample).reset_index(drop=True)
        parts.append(_sum(part.assign(unit=block.unit), by))
    return pd.concat(parts, ignore_index=True)[[*by, *names]]


def over_periods(counts: pd.DataFrame, by: list[str], whole: Span) -> pd.DataFrame:
    """``period``, ``month`` (its first), ``by`` and sums for every month, quarter, year, rolling12 window and all, sorted by the keys.

    ``counts``: ``by``, ``month`` and what is summed. A window of twelve months is named by its first one and ends in each month
    from the first to the last outcome of the whole table. What has no date counts in ``all`` only.
    """
    dated = counts[counts["month"] != UNDATED]
    starts = {
        PeriodType.ALL: counts.assign(month=_ALL_STARTS),
        PeriodType.MONTH: dated,
        PeriodType.QUARTER: dated.assign(month=dated["month"] // 3 * 3),
        PeriodType.YEAR: dated.assign(month=dated["month"] // 12 * 12),
        PeriodType.ROLLING12: _windows(dated, whole),
    }
    # One period type at a time in the order of the key: each part is sorted by the others, so the whole is sorted.
    parts = [_sum(starts[kind], ["month", *by]).assign(period=i) for i, kind in enumerate(PERIODS)]
    return pd.concat(parts, ignore_index=True)


def named(rows: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """KEY of rows of NUMBERS: numbers of units, designs, periods and months replaced by their names and dates."""
    months, starts = np.unique(rows["month"].to_numpy(), return_inverse=True)
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return pd.DataFrame({
        "period_type": np.array([str(p) for p in PERIODS], dtype=object)[rows["period"].to_numpy(np.int64)],
        "period_start": days[starts],
        **{name: units[name].to_numpy(object)[rows["unit"].to_numpy(np.int64)] for name in UNIT_KEY},
        "design": np.array([str(d) for d in DESIGNS], dtype=object)[rows["design"].to_numpy(np.int64)],
    }, columns=KEY).astype(object)


def _windows(dated: pd.DataFrame, whole: Span) -> pd.DataFrame:
    """Each month's counts once for every window that holds it, ``month`` being the window's first."""
    if whole.first is None or whole.last is None:
        return dated.iloc[:0]
    copies = []
    for later in range(12):
        ends = dated["month"] + later
        inside = ends.between(whole.first, whole.last)
        copies.append(dated[inside].assign(month=ends[inside] - 11))
    return pd.concat(copies, ignore_index=True)


def _sum(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return cells.groupby(keys, sort=True, as_index=False).sum()
