"""gold.quality_index_change: why an index changed since the period before, in points: by the values of each
pillar, and separately by weights, goalposts, availability and method.

KEY identifies a unit in a period: period_type, period_start, dimension_type, dimension_code; KEY and part
identify a row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.panel import KEY, MONTHS, SCALE, Panel, panel, whole
from jobs.methods.shapley import shapley_parts
from jobs.period import Period

OTHER = ("goalposts", "weights", "availability", "method")  # parts that are not a pillar


def build(
    *,
    quality_index_indicator: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the parts of changes: one row per unit, period and part (each pillar and each of OTHER), sorted
    by KEY and part, with previous_start, points and change. Arguments are the gold and silver tables of these
    names; ``period`` is not used: all periods are built.

    A change is that of a unit's published index from one period to the next of its type (`pairs`); the rows
    are those of the later one, and previous_start is the first day of the earlier one. A period without such
    an earlier one has no rows, nor has a quarter or year of which the data do not cover all months.

    ``change``: difference of the two indices in points, the same in all rows of a change; ``points`` of its
    parts add up to it. They are Shapley values (A. F. Shorrocks, Journal of Economic Inequality 11, 2013),
    that of the values split by pillar. `availability`: of indicators that became applicable, ceased to be,
    were due and not filed, or were set aside, in one of the two periods only; so a value that a unit
    withholds is no part of a pillar."""
    units = panel(
        indicator=quality_index_indicator,
        goalpost=goalpost,
        index_weight=index_weight,
        index_method=index_method,
        product_category=product_category,
    )
    before, after = pairs(units)
    got = shapley_parts(*_sides(units, before, after), units.pillar, SCALE)
    points = np.concatenate([got.pillars, np.stack([got.factors[name] for name in OTHER], axis=1)], axis=1)
    names = np.array([*units.pillars, *OTHER], dtype=object)
    table = units.key[KEY].loc[np.repeat(after, len(names))].reset_index(drop=True)
    table["part"] = np.tile(names, len(after))
    table["previous_start"] = units.key["period_start"].to_numpy(object)[np.repeat(before, len(names))]
    table["points"], table["change"] = points.ravel(), np.repeat(got.change, len(names))
    return table.sort_values([*KEY, "part"], ignore_index=True)


def pairs(units: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays of rows of the panel, of equal length: the earlier and the later of two successive
    periods of one type in which the index of one unit is published. Quarters and years of which the data do
    not cover all months (`panel.whole`) are left out: they would compare different seasons."""
    starts = pd.to_datetime(units.key["period_start"]).dt.to_period("M")
    key = units.key.assign(
        unit=np.arange(len(units.key)), month=starts.map(lambda month: month.ordinal).astype("int64")
    )
    key = key[units.published & whole(key)]
    earlier = key.assign(month=key["month"] + key["period_type"].map(MONTHS).astype("int64"))
    on = ["period_type", "dimension_type", "dimension_code", "month"]
    both = key.merge(earlier, on=on, suffixes=("", "_before"), validate="one_to_one").sort_values("unit")
    return both["unit_before"].to_numpy(int), both["unit"].to_numpy(int)


def _sides(
    units: Panel, before: np.ndarray, after: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Both sides as arrays: a value that only one side has is filled in on the other, so that its coming or
    going counts as availability."""
    one, two = ({name: array[rows] for name, array in units.arrays.items()} for rows in (before, after))
    for name in ("value", "low", "high"):
        first, second = one[name], two[name]
        one[name], two[name] = (
            np.where(np.isnan(first), second, first),
            np.where(np.isnan(second), first, second),
        )
    for side in (one, two):  # known on neither side: never used; some numbers keep the arithmetic quiet
        side["low"], side["high"] = np.nan_to_num(side["low"], nan=0.0), np.nan_to_num(side["high"], nan=1.0)
        side["value"] = np.where(np.isnan(side["value"]), side["low"], side["value"])
    for name in ("direction", "transform"):
        gone = [np.isnan(units.arrays["low"][rows]) for rows in (before, after)]
        one[name], two[name] = (
            np.where(gone[0], two[name], one[name]),
            np.where(gone[1], one[name], two[name]),
        )
    return one, two
