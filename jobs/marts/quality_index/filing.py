"""Finds the months that platforms did not file. Where absent data cannot be distinguished from data not
filed, they count as not filed, so that not filing never raises a score. Pure.

A platform is silent about orders in a month that it owed if it filed none, and then about reviews and
returns too. About these it is also silent where it filed none over a run of owed months in which a number of
them would be expected (`silent_months`). Months are numbers since 1970-01. Units are those of `units`, and so
is KEY, which identifies a unit in a period: period_type, period_start, dimension_type, dimension_code."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.units import (
    EXPECTED,
    KEY,
    PERIODS,
    PLATFORM,
    Units,
    month_number,
    month_start,
    per,
)


def silent_months(duty: pd.DataFrame, commerce_state: pd.DataFrame) -> pd.DataFrame:
    """Return what platforms did not file: one row per platform and month owed, with platform_code, month, and
    the bools orders, reviews and returns, True where the platform was silent.

    ``duty``: gold.platform_duty, the months owed; ``commerce_state``: gold. Without orders nothing is known
    of reviews and returns, so all three are True. No reviews (returns) at all are accepted as true where few
    would be expected; over a run of such months in which `EXPECTED` (7) or more would be expected they count
    as not filed. A run goes over months owed: months between them that were not owed do not end it. Expected
    numbers use the rate of the other platforms (the platform's where there is no other), so that what a
    platform files for one month does not decide whether another month is accepted."""
    counts = ["n_orders", "n_rated", "n_returned"]
    trade = commerce_state[["platform_code", *counts]].assign(month=month_number(commerce_state["month"]))
    filed = trade.groupby(["platform_code", "month"], as_index=False, observed=True)[counts].sum()
    filed = filed.astype({"platform_code": object})
    due = pd.DataFrame({"platform_code": duty["platform_code"], "month": month_number(duty["month"])})
    rows = due.merge(filed, on=["platform_code", "month"], how="left").fillna(dict.fromkeys(counts, 0))
    rows = rows.sort_values(["platform_code", "month"], ignore_index=True)
    own = (
        rows[["platform_code"]]
        .merge(filed.groupby("platform_code", as_index=False)[counts].sum(), on="platform_code", how="left")[
            counts
        ]
        .fillna(0)
    )
    others = filed[counts].sum() - own
    others = others.where(others["n_orders"] > 0, own)
    none = (rows["n_orders"] == 0).to_numpy()
    found = {"orders": none}
    for what, count in (("reviews", "n_rated"), ("returns", "n_returned")):
        rate = per(others[count], others["n_orders"])
        nothing = rows[count] == 0
        run = (nothing != nothing.groupby(rows["platform_code"]).shift()).cumsum()
        expected = (rows["n_orders"] * rate).groupby([rows["platform_code"], run]).transform("sum")
        found[what] = none | (nothing & (expected >= EXPECTED)).to_numpy()
    return rows[["platform_code", "month"]].assign(**found)


def filed(rows: pd.DataFrame, silent: pd.DataFrame, what: str) -> pd.DataFrame:
    """Return ``rows`` without those of months about which their platform was silent: the rates of regions and
    categories must not fall because one platform stops filing.

    ``rows``: any frame with platform_code and month; ``silent``: as returned by `silent_months`; ``what``:
    its column (`orders`, `reviews`, `returns`)."""
    gone = silent.loc[silent[what].astype(bool), ["platform_code", "month"]]
    platforms, span = pd.Categorical(rows["platform_code"]), 100_000
    silenced = platforms.categories.get_indexer(gone["platform_code"]) * span + gone["month"]
    keys = platforms.codes.astype(np.int64) * span + month_number(rows["month"])
    silent_rows = (keys.isin(silenced) & (platforms.codes >= 0)).to_numpy()
    return rows[~silent_rows] if silent_rows.any() else rows  # not a copy of all, which pandas makes


def withheld(silent: pd.DataFrame, what: str, units: Units) -> pd.DataFrame:
    """Return the KEY of the platforms and periods in which the platform was silent about ``what`` in any
    month owed: one row each. One month is enough: a platform that leaves out its worst month would otherwise
    gain by it, and it may still file late.

    ``silent``: as returned by `silent_months`; ``what``: its column; ``units``: of the index, whose platforms
    and periods count."""
    rows = silent[silent[what].astype(bool) & units.known(PLATFORM, silent["platform_code"])]
    parts = []
    for kind, size in PERIODS.items():
        first = rows["month"] // size * size
        part = rows.assign(first=first)[first + size - 1 <= units.last].drop_duplicates(
            ["platform_code", "first"]
        )
        parts.append(
            pd.DataFrame(
                {
                    "period_type": kind,
                    "period_start": month_start(part["first"]),
                    "dimension_type": PLATFORM,
                    "dimension_code": part["platform_code"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[KEY]


def among(rows: pd.DataFrame, keys: pd.DataFrame) -> np.ndarray:
    """Return whether the KEY of each row of ``rows`` is in ``keys``: one bool per row. Both have the columns
    KEY."""
    return pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(keys[KEY]))
