"""Quality complaints, negative quality reviews and quality returns per 10,000 orders. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.filing import among, told, withheld
from jobs.marts.quality_index.units import KEY, PLATFORM, Units, measured, per

PER_ORDERS = 10_000
CELL = ["month", "platform_code", "category_code", "region_code"]
# The first of each tells whether anything was measured.
_COMPLAINTS = ["n_received", "n_quality_matters"]
_REVIEWS = ["n_rated", "n_low_ratings", "n_low_texts", "n_low_quality"]
_RETURNS = ["n_returned", "n_returned_stated", "n_returned_quality"]


def consumer_experience(
    complaint_state: pd.DataFrame, commerce_state: pd.DataFrame, silent: pd.DataFrame, units: Units
) -> pd.DataFrame:
    """KEY, indicator, numerator, denominator (orders), value (per 10,000) and ``withheld``.

    Complaints are matters, in the month of receipt, and orders, returns and reviews in theirs. Low ratings
    without words, and returns without a reason, speak of quality as often as those of the same unit and
    period that say so; where none says anything, all do. A period in which the nation has no complaint, rated
    review or return at all has no such rate.
    """
    orders = ["n_orders"]
    complaints = pd.concat(
        [
            told(commerce_state, silent, "orders")[[*CELL, *orders]],
            told(complaint_state, silent, "orders")[[*CELL, *_COMPLAINTS]],
        ],
        ignore_index=True,
    ).fillna(dict.fromkeys([*orders, *_COMPLAINTS], 0))
    complaints = complaints.astype(dict.fromkeys([*orders, *_COMPLAINTS], "int64"))
    reviews, returns = (
        told(commerce_state, silent, what)[[*CELL, *orders, *counts]] for what, counts in _PARTS
    )
    parts = []
    for indicator, rows, counts, what in (
        ("quality_complaints", complaints, _COMPLAINTS, "orders"),
        ("negative_reviews", reviews, _REVIEWS, "reviews"),
        ("quality_returns", returns, _RETURNS, "returns"),
    ):
        table = measured(units.by_period(units.sums(rows, [*orders, *counts]), [*orders, *counts]), counts[0])
        table = table.assign(
            indicator=indicator,
            numerator=_NUMERATORS[indicator](table),
            denominator=table["n_orders"].astype(float),
        )
        value = per(table["numerator"], table["denominator"], PER_ORDERS)
        table = table.assign(value=value, withheld=among(table, withheld(silent, what, units)))
        if (
            indicator == "negative_reviews"
        ):  # its own file: none at all in a whole period is no file, however few the orders
            table["withheld"] |= table["dimension_type"].eq(PLATFORM) & table["n_rated"].eq(0)
        parts.append(table[[*KEY, "indicator", "numerator", "denominator", "value", "withheld"]])
    return pd.concat(parts, ignore_index=True)


def spread(whole: pd.Series, stated: pd.Series, of_quality: pd.Series) -> np.ndarray:
    """How many of ``whole`` concern quality, if those that do not say are like the ``stated`` ones; all,
    where none says."""
    share = np.divide(
        of_quality.to_numpy(float),
        stated.to_numpy(float),
        out=np.ones(len(whole)),
        where=stated.to_numpy() > 0,
    )
    return whole.to_numpy(float) * share


_PARTS = (("reviews", _REVIEWS), ("returns", _RETURNS))
_NUMERATORS = {
    "quality_complaints": lambda t: t["n_quality_matters"].astype(float),
    "negative_reviews": lambda t: spread(t["n_low_ratings"], t["n_low_texts"], t["n_low_quality"]),
    "quality_returns": lambda t: spread(t["n_returned"], t["n_returned_stated"], t["n_returned_quality"]),
}
