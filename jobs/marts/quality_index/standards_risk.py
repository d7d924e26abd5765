"""Computes three indicators of standards and risk: listings that cite a valid standard, valid certificates,
and open serious signals per 10,000 listings. Pure.

Units and periods are those of `units`, and so is KEY, which identifies a unit in a period: period_type,
period_start, dimension_type, dimension_code."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.authenticity import rates
from jobs.marts.quality_index.units import (
    CATEGORY,
    NATIONAL,
    PLATFORM,
    REGION,
    Units,
    month_number,
)

PER_LISTINGS = 10_000  # to which open signals are scaled
DIMENSIONS = (NATIONAL, PLATFORM, REGION, CATEGORY)  # of the first two indicators


def standards_risk(standard_coverage: pd.DataFrame, risk_signal: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Return the three indicators: one row per period, unit and indicator with KEY, indicator, numerator,
    denominator and value. ``standard_coverage``, ``risk_signal``: gold; ``units``: the units and months that
    have an index.

    - `standards_valid` (0-1): listings whose cited standard is valid, among all listings but those that cite
      a standard which the register does not hold. A listing that cites none counts as not valid, as one that
      cites a withdrawn standard does; else leaving it out would pay.
    - `certificates_valid` (0-1): certificates that are required and valid, among those that the register can
      judge, whether or not the listing states one.
    - `serious_signals`: as returned by `open_signals`."""
    rows = standard_coverage.rename(columns={"province_code": "region_code"})
    unknown = rows["n_citing"] - rows["n_standard_known"]
    rows = rows.assign(n_standard_counted=rows["n_listings"] - unknown)
    families = (
        ("standards_valid", "n_standard_valid", "n_standard_counted"),
        ("certificates_valid", "n_certificate_valid", "n_certificate_checkable"),
    )
    parts = [
        rates(units, rows, DIMENSIONS, met, due, 1.0).assign(indicator=name) for name, met, due in families
    ]
    return pd.concat([*parts, open_signals(rows, risk_signal, units)], ignore_index=True)


def open_signals(listings: pd.DataFrame, risk_signal: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Return the indicator `serious_signals`, with the columns of `standards_risk`: serious signals open at
    the end of each month, per 10,000 listings of the month, both added up over the months of a period.

    ``listings``: month, category_code, n_listings; ``risk_signal``: gold, of which category_code, serious,
    opened_on, news_on and closed_on are read. A signal counts from the month of news_on until the month
    before that of closed_on. One that is usual (definitions.md#signal: it repeats what was known of the
    goods) is never serious, as it would return each quarter and no work would lower it.

    Months before the first signal of any kind opened are left out, as nothing was watched then, and so are
    months in which a unit has no listings. No rows where there is no signal. Only signals of a category ×
    hazard can be serious, so the nation and categories have this indicator, platforms and regions do not."""
    opened = month_number(risk_signal["opened_on"]).to_numpy(np.int64)
    if len(opened):
        watched = listings[(month_number(listings["month"]) >= opened.min()).to_numpy()]
        serious = risk_signal["serious"].to_numpy(bool)
        mine = risk_signal[serious]
        begins = month_number(mine["news_on"]).to_numpy(np.int64)
        closed = mine["closed_on"].notna().to_numpy()
        ends = np.full(len(mine), units.last + 1)
        ends[closed] = month_number(mine.loc[closed, "closed_on"]).to_numpy(np.int64)
        months = [np.arange(a, min(b, units.last + 1)) for a, b in zip(begins, ends, strict=True)]
        counts = pd.DataFrame(
            {
                "month": np.concatenate([*months, np.empty(0, np.int64)]).astype(np.int64),
                "category_code": mine["category_code"].to_numpy(object).repeat([len(m) for m in months]),
                "n_serious": 1,
            }
        )
    else:
        watched, counts = listings.iloc[:0], pd.DataFrame({"month": [], "category_code": [], "n_serious": []})
    goods = watched[["month", "category_code", "n_listings"]].assign(
        month=month_number(watched["month"]),
        category_code=watched["category_code"].astype(object),
        n_serious=0,
    )
    goods = pd.concat([goods, counts.assign(n_listings=0)], ignore_index=True)
    goods = goods.astype({"month": "int64", "n_serious": "int64", "n_listings": "int64"})
    found = rates(units, goods, (NATIONAL, CATEGORY), "n_serious", "n_listings", PER_LISTINGS)
    return found.assign(indicator="serious_signals")
