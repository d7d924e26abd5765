"""Which months a platform did not file: what cannot be distinguished from not filing counts as not filed,
which never raises the score. Pure."""

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
    """platform_code, ``month`` (number) and whether a platform that owed the month kept silent about
    ``orders``, ``reviews``, ``returns``.

    ``duty``: gold.platform_duty, the months owed. Without orders nothing is known of the other two. Reviews
    and returns that a few orders may truly not have had are believed, though not for a run of months that
    together should have had them: see `EXPECTED`. Expected is at the rate of the other platforms (at the own
    one where there is no other): what a platform files of one month does not decide whether another is
    believed.
    """
    counts = ["n_orders", "n_rated", "n_returned"]
    trade = commerce_state.assign(month=month_number(commerce_state["month"]))
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
    """``rows`` (platform_code, month) without those of months about which their platform kept silent: a rate
    of others than the platform must not fall because one of it files no more."""
    gone = silent.loc[silent[what].astype(bool), ["platform_code", "month"]]
    platforms, span = pd.Categorical(rows["platform_code"]), 100_000
    silenced = platforms.categories.get_indexer(gone["platform_code"]) * span + gone["month"]
    keys = platforms.codes.astype(np.int64) * span + month_number(rows["month"])
    return rows[~(keys.isin(silenced) & (platforms.codes >= 0)).to_numpy()]


def withheld(silent: pd.DataFrame, what: str, units: Units) -> pd.DataFrame:
    """KEY of the platforms and periods in which any month owed was kept silent about. One month is enough: a
    platform that left out its worst month would gain by it, and it may file late."""
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
    """Whether the KEY of each row is one of ``keys``."""
    return pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(keys[KEY]))
