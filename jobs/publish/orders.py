"""Repeats in each new bundle the numbers of orders that earlier bundles published (definitions.md#public).
Pure.

A platform may file orders late. If a revision showed the new number, its difference from the old one would be
the late platform's orders, which may be confidential; so would the difference between a year and the sum of
its months. A unit's orders of a period are therefore those of the first bundle that showed them. For a
quarter or year that no bundle has shown yet they are the sum of its months, each as first published.
Complaints may change from revision to revision; rate and limits are computed anew from both.
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
    """Replace the orders of complaint rates by those that were published first, and compute rate and limits
    anew.

    ``rows``: rows of gold.complaint_rate of ``period``, one per unit; ``every``: the same table for all
    periods of the night, from which months that were never published are taken; ``earlier``: tables with the
    columns KEY and n_orders (missing where withheld): what the lake's register says that bundles and packages
    showed (`sent_trade`), and the complaint rates of each bundle ever published. The first table that has a
    unit's orders counts, so revisions of a period are given in ascending order.

    Returns ``rows`` with n_orders, n_without_orders, rate_per_10000, low and high (95% Poisson limits, per
    10,000 orders) replaced where the orders differ. Where a unit's orders become 0, all of its complaints
    count as without orders. Raises KeyError where a month of ``rows`` is not in ``every``.
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
    """Return the orders of one unit and period (``cell``): as first shown, else of a month the night's, else
    the sum of the period's months, each as first shown or, where no bundle has shown it, the night's."""
    if cell in first:
        return first[cell]
    if period.kind == "month":
        return now[cell]
    months = between(Span(period.start, "month"), Span(_last_month(period), "month"))
    parts = [("month", month.start, *cell[2:]) for month in months]
    return sum(first.get(part, now.get(part, 0)) for part in parts)


def _last_month(period: Span) -> date:
    """Return the first day of the period's last month."""
    return period.end.replace(day=1)


def _first_shown(earlier: Iterable[pd.DataFrame]) -> dict[Cell, int]:
    """Return the orders of each cell (values of KEY) in the first of the tables that has a number for it."""
    found: dict[Cell, int] = {}
    for table in earlier:
        there = table[table["n_orders"].notna()]
        for cell, n in zip(_cells(there), there["n_orders"].tolist(), strict=True):
            found.setdefault(cell, int(n))
    return found


def _cells(rows: pd.DataFrame) -> list[Cell]:
    return list(rows[KEY].itertuples(index=False, name=None))
