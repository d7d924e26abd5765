"""Computes three indicators of consumers' experience: quality complaints, negative quality reviews and
quality returns per 10,000 orders. Pure.

Units and periods are those of `units`, and so is KEY, which identifies a unit in a period: period_type,
period_start, dimension_type, dimension_code."""

from __future__ import annotations

import pandas as pd

from jobs.marts.quality_index.filing import among, filed, withheld
from jobs.marts.quality_index.units import KEY, PLATFORM, Units, measured, per

PER_ORDERS = 10_000
CELL = ["month", "platform_code", "category_code", "region_code"]
# The first of each says whether anything was measured.
_COMPLAINTS = ["n_received", "n_quality_matters"]
_REVIEWS = ["n_rated", "n_low_ratings", "n_low_texts", "n_low_quality"]
_RETURNS = ["n_returned", "n_returned_stated", "n_returned_quality"]


def consumer_experience(
    complaint_state: pd.DataFrame, commerce_state: pd.DataFrame, silent: pd.DataFrame, units: Units
) -> pd.DataFrame:
    """Return the three indicators (`quality_complaints`, `negative_reviews`, `quality_returns`): one row per
    period, unit and indicator with KEY, indicator, numerator, denominator (orders), value (per 10,000 orders)
    and ``withheld``: whether the platform did not file data of the period. A platform that did not may have a
    row with ``withheld`` alone.

    ``complaint_state``, ``commerce_state``: gold; ``silent``: as returned by `filing.silent_months`. A
    platform's months about which it was silent count in no unit. Complaints are counted as matters, in the
    month of receipt; orders, returns and reviews in their months. Complaints of a month in which the unit has
    no orders are left out. ``withheld`` of `negative_reviews` is also True where the platform has no rated
    review in the period.

    Low ratings without words, and returns without a reason, count as being about quality: if they were
    divided like those that give a reason, a platform would gain by not filing reasons. Where no complaint,
    rated review or return was reported in the nation in a period, the indicator has no value
    (`units.measured`)."""
    orders = ["n_orders"]
    complaints = pd.concat(
        [
            filed(commerce_state, silent, "orders")[[*CELL, *orders]],
            filed(complaint_state, silent, "orders")[[*CELL, *_COMPLAINTS]],
        ],
        ignore_index=True,
    )  # a count that is missing is 0 in sums
    reviews, returns = (
        filed(commerce_state, silent, what)[[*CELL, *orders, *counts]] for what, counts in _PARTS
    )
    parts = []
    for indicator, rows, counts, what in (
        ("quality_complaints", complaints, _COMPLAINTS, "orders"),
        ("negative_reviews", reviews, _REVIEWS, "reviews"),
        ("quality_returns", returns, _RETURNS, "returns"),
    ):
        sums = units.sums(rows, [*orders, *counts])
        sums[counts] = sums[counts].where(sums["n_orders"] > 0, 0)
        table = measured(units.by_period(sums, [*orders, *counts]), counts[0], "n_orders")
        kept_back = withheld(silent, what, units)
        table = table.assign(
            indicator=indicator,
            numerator=_NUMERATORS[indicator](table),
            denominator=table["n_orders"].astype(float),
        )
        value = per(table["numerator"], table["denominator"], PER_ORDERS)
        table = table.assign(value=value, withheld=among(table, kept_back))
        if (
            indicator == "negative_reviews"
        ):  # its own file: none at all in a whole period is no file, however few the orders
            table["withheld"] |= table["dimension_type"].eq(PLATFORM) & table["n_rated"].eq(0)
        # Platforms that kept silent where no one in the nation filed anything.
        alone = kept_back[~among(kept_back, table)].assign(indicator=indicator, withheld=True)
        parts.append(
            pd.concat([table, alone], ignore_index=True)[
                [*KEY, "indicator", "numerator", "denominator", "value", "withheld"]
            ]
        )
    return pd.concat(parts, ignore_index=True)


def at_most(whole: pd.Series, stated: pd.Series, of_quality: pd.Series) -> pd.Series:
    """Return the highest number of ``whole`` that can concern quality: those that say so (``of_quality``) and
    all that give no reason (``whole`` - ``stated``). ``stated``: how many give a reason. Floats, row by row.
    """
    return (of_quality + whole - stated).astype(float)


_PARTS = (("reviews", _REVIEWS), ("returns", _RETURNS))
_NUMERATORS = {
    "quality_complaints": lambda t: t["n_quality_matters"].astype(float),
    "negative_reviews": lambda t: at_most(t["n_low_ratings"], t["n_low_texts"], t["n_low_quality"]),
    "quality_returns": lambda t: at_most(t["n_returned"], t["n_returned_stated"], t["n_returned_quality"]),
}
