"""Orders in bundles stay as they were first published (definitions.md#public). Pure.

What is filed late would else be the difference between two revisions, or between a year and its months: where
one platform was late, its orders, withheld or not. So a unit's orders of a period are those that the first
bundle showed, and of a quarter or year not shown before the sum of its months as published. Complaints are
revised; rate and limits follow from both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.complaints.complaint_rate import PER_ORDERS
from jobs.methods import intervals
from jobs.publish.periods import Span, between
from jobs.reports.confidential import KEY

Cell = tuple[Any, ...]  # the values of KEY


def as_first_published(
    rows: pd.DataFrame, every: pd.DataFrame, period: Span, earlier: Iterable[pd.DataFrame]
) -> pd.DataFrame:
    """Rows of gold.complaint_rate of ``period`` with orders, rate and limits by ``earlier``.

    ``every``: rows of all periods of the night; ``earlier``: the tables of complaints of all bundles that
    ever left the house, of one period the first revision first.
    """
    first = _first_shown(earlier)
    now = dict(zip(_cells(every), every["n_orders"].tolist(), strict=True))
    orders = np.array([_orders(cell, period, first, now) for cell in _cells(rows)], dtype=float)
    moved = orders != rows["n_orders"].to_numpy(float)
    if not moved.any():
        return rows
    without = rows["n_without_orders"].where(orders > 0, rows["n_quality_complaints"])
    complaints = (rows["n_quality_complaints"] - without).to_numpy(float)
    low, high = intervals.poisson(complaints, orders)
    rate = np.divide(complaints, orders, out=np.full(len(rows), np.nan), where=orders > 0)
    found = {"rate_per_10000": rate, "low": low, "high": high}
    return rows.assign(
        n_orders=orders.astype(np.int64),
        n_without_orders=without,
        **{name: np.where(moved, value * PER_ORDERS, rows[name]) for name, value in found.items()},
    )


def _orders(cell: Cell, period: Span, first: dict[Cell, int], now: dict[Cell, int]) -> int:
    if cell in first:
        return first[cell]
    if period.kind == "month":
        return now[cell]
    months = between(Span(period.start, "month"), Span(_last_month(period), "month"))
    parts = [("month", month.start, *cell[2:]) for month in months]
    return sum(first.get(part, now.get(part, 0)) for part in parts)


def _last_month(period: Span) -> date:
    return period.end.replace(day=1)


def _first_shown(earlier: Iterable[pd.DataFrame]) -> dict[Cell, int]:
    """The orders of each cell in the first bundle that showed them."""
    found: dict[Cell, int] = {}
    for table in earlier:
        there = table[table["n_orders"].notna()]
        for cell, n in zip(_cells(there), there["n_orders"].tolist(), strict=True):
            found.setdefault(cell, int(n))
    return found


def _cells(rows: pd.DataFrame) -> list[Cell]:
    return list(rows[KEY].itertuples(index=False, name=None))
