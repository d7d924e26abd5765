"""Additive monthly counts of samples, and every period from them by summing: shared by the ledger and the rate. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy, memberships
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


UNIT_KEY = ["dimension_type", "dimension_code", "dimension2_type", "dimension2_code", "region_role"]
KEY = ["period_type", "period_start", *UNIT_KEY, "design"]
_PERIODS, _DESIGNS = list(PeriodType), list(Design)
_ALL_STARTS = (1900 - 1970) * 12


@dataclass(frozen=True)
class Monthly:
    """``counts``: unit (row of ``units``), design (position in Design), month, and counts; unique in the first three.
    ``units``: UNIT_KEY, sorted. ``first``, ``last``: months of the first and last outcome of the whole table, None without
    any."""

    counts: pd.DataFrame
    units: pd.DataFrame
    first: int | None
    last: int | None


def monthly(
    sample: pd.DataFrame, outcome: pd.DataFrame, design: np.ndarray, dimensions: Iterable[Dimension],
    trees: Mapping[str, Hierarchy],
) -> Monthly:
    """Counts per unit, design and month.

    ``outcome``: `outcomes.outcomes` of ``sample`` (with those of COUNTS that it holds). ``design``: the Design of each
    sample; each sample also counts in ``all``.
    """
    names = [name for name in COUNTS if name in outcome]
    own = np.array([_DESIGNS.index(d) for d in design], dtype=np.int64)
    parts, keys = [], []
    for number, (dimension, rows, codes) in enumerate(memberships(sample, dimensions, trees)):
        code, distinct = pd.factorize(codes)
        keys += [(dimension.type, unit, "", "", dimension.role, number, i) for i, unit in enumerate(distinct)]
        cell = pd.DataFrame({"dimension": number, "code": code, "design": own[rows], "month": outcome["month"].to_numpy()[rows]})
        cell[names] = outcome[names].to_numpy()[rows]
        parts.append(_sum(cell, ["dimension", "code", "design", "month"]))
    units = pd.DataFrame(sorted(keys), columns=[*UNIT_KEY, "dimension", "code"])
    where = units.reset_index(names="unit")[["dimension", "code", "unit"]].astype(np.int64)
    chosen = pd.concat(parts, ignore_index=True).merge(where, on=["dimension", "code"], validate="many_to_one")
    chosen = chosen[["unit", "design", "month", *names]]
    own_only = chosen[chosen["design"] != _DESIGNS.index(Design.ALL)]
    pooled = _sum(chosen.assign(design=_DESIGNS.index(Design.ALL)), ["unit", "design", "month"])
    dated = outcome.loc[(outcome["n_sampled"] > 0) & (outcome["month"] != UNDATED), "month"]
    first, last = (None, None) if dated.empty else (int(dated.min()), int(dated.max()))
    return Monthly(pd.concat([pooled, own_only], ignore_index=True), units[UNIT_KEY], first, last)


def by_period(months: Monthly) -> pd.DataFrame:
    """KEY and counts for every month, quarter, year, rolling12 window and all, sorted by KEY, ``period_start`` a date.

    A window of twelve months is named by its first one and ends in each month from the first to the last outcome of the whole
    table. Samples without a date count in ``all`` only.
    """
    counts = months.counts
    dated = counts[counts["month"] != UNDATED]
    starts = {
        PeriodType.ALL: counts.assign(month=_ALL_STARTS),
        PeriodType.MONTH: dated,
        PeriodType.QUARTER: dated.assign(month=dated["month"] // 3 * 3),
        PeriodType.YEAR: dated.assign(month=dated["month"] // 12 * 12),
        PeriodType.ROLLING12: _windows(dated, months.first, months.last),
    }
    # One period type at a time in the order of the key: each part is sorted by the others, so the whole is sorted.
    parts = [_sum(starts[kind], ["month", "unit", "design"]).assign(period=i) for i, kind in enumerate(_PERIODS)]
    return _named(pd.concat(parts, ignore_index=True), months.units)


def _windows(dated: pd.DataFrame, first: int | None, last: int | None) -> pd.DataFrame:
    """Each month's counts once for every window that holds it, ``month`` being the window's first."""
    if first is None or last is None:
        return dated.iloc[:0]
    copies = []
    for later in range(12):
        ends = dated["month"] + later
        inside = ends.between(first, last)
        copies.append(dated[inside].assign(month=ends[inside] - 11))
    return pd.concat(copies, ignore_index=True)


def _sum(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return cells.groupby(keys, sort=True, as_index=False).sum()


def _named(sums: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Numbers of units, designs, periods and months replaced by their names and dates."""
    months, starts = np.unique(sums["month"].to_numpy(), return_inverse=True)
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(object)
    key = pd.DataFrame({
        "period_type": np.array([str(p) for p in _PERIODS], dtype=object)[sums["period"].to_numpy(np.int64)],
        "period_start": days[starts],
        **{name: units[name].to_numpy(object)[sums["unit"].to_numpy(np.int64)] for name in UNIT_KEY},
        "design": np.array([str(d) for d in _DESIGNS], dtype=object)[sums["design"].to_numpy(np.int64)],
    }, columns=KEY).astype(object)
    return pd.concat([key, sums[[name for name in COUNTS if name in sums]].astype(np.int64)], axis=1)
