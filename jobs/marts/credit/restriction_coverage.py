"""gold.restriction_coverage: how many restrictions of shops the platforms learned of, acknowledged and acted
on, and after how many days, for the nation and each platform. A shop counts once for each restriction.

KEY identifies a row: dimension_type, dimension_code. LAGS: median_days, median_low, median_high, p90_days.
COLUMNS: the table's columns, which schemas/gold/restriction_coverage.odcs.yaml explains."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from jobs.marts.credit.restrictions import IN_EFFECT
from jobs.marts.dimensions import NATION
from jobs.methods.intervals import binomial
from jobs.methods.survival import median_lag
from jobs.period import Period

KEY = ["dimension_type", "dimension_code"]
# Numbers of restrictions in effect, of their operators and (n_shops) of restrictions × shops; n_ended: of
# ended restrictions of shops, of which n_ban_left have a ban that is still open; n_reviews: of open reviews
# whose shop is known.
COUNTS = (
    "n_restrictions n_operators n_shops n_learned n_acknowledged n_acted n_must_stop n_still_selling "
    "n_on_offer n_ended n_ban_left n_reviews"
).split()
# Name of a share → its numerator and denominator.
SHARES = {
    "learned": ("n_learned", "n_shops"),
    "acknowledged": ("n_acknowledged", "n_shops"),
    "still_selling": ("n_still_selling", "n_must_stop"),
    "ban_left": ("n_ban_left", "n_ended"),
}
LAGS = ["median_days", "median_low", "median_high", "p90_days"]
COLUMNS = [*KEY, *COUNTS, *(f"{s}_{part}" for s in SHARES for part in ("share", "low", "high")), *LAGS]
SELLING = timedelta(days=30)  # a shop sells that had an order in these days, the last of which is the run's
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "joint_restriction": ["basis", "basis_id", "shop_id", "operator_id"],
    "restriction_response": [
        "basis",
        "basis_id",
        "shop_id",
        "platform_code",
        "state",
        "stops_sales",
        "starts_on",
        "learned_on",
        "acknowledged_on",
        "acted_on",
        "ban_open",
        "last_ordered_on",
        "n_listings",
    ],
}


def build(
    *,
    joint_restriction: pd.DataFrame,
    restriction_response: pd.DataFrame,
    restriction_review: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the coverage: one row for the nation and one per platform that has a restricted shop, an ended
    restriction or an open review, sorted by KEY, with COLUMNS. Arguments are the gold tables of these names.

    Shares (_share, with Wilson's 95% limits _low and _high) are in 0-1 and are of rows of
    gold.restriction_response that are in effect, ban_left_share of those that have ended; NaN where there are
    none. still_selling: of the shops that must stop, those with an order in the 30 days that end with
    ``period.as_of``.

    LAGS: median and 90th percentile of the days from the first day of a restriction to its acknowledgement
    (Kaplan–Meier), of restrictions in effect alone; one that is not yet acknowledged is censored at its age.
    NaN where not so many have been acknowledged."""
    who = joint_restriction[["basis", "basis_id", "shop_id", "operator_id"]]
    rows = restriction_response.merge(who, on=["basis", "basis_id", "shop_id"], how="left")
    today = pd.Timestamp(period.as_of)
    last = pd.to_datetime(rows["last_ordered_on"])
    rows = rows.assign(
        held=rows["state"].eq(IN_EFFECT).to_numpy(bool),
        sells=(last > today - pd.Timedelta(SELLING)).to_numpy(bool),
        lag=(pd.to_datetime(rows["acknowledged_on"]) - pd.to_datetime(rows["starts_on"])).dt.days,
        age=(today - pd.to_datetime(rows["starts_on"])).dt.days,
    )
    reviews = restriction_review[
        restriction_review["state"].eq("open") & restriction_review["shop_id"].ne("")
    ]
    units = [("nation", NATION, rows, reviews)] if len(rows) + len(reviews) else []
    shops, asked = (dict([*each.groupby("platform_code")]) for each in (rows, reviews))
    units += [
        ("platform", c, shops.get(c, rows.iloc[:0]), asked.get(c, reviews.iloc[:0]))
        for c in sorted({*shops, *asked})
    ]
    table = pd.DataFrame([_unit(*unit) for unit in units], columns=[*KEY, *COUNTS, *LAGS])
    for share, (part, whole) in SHARES.items():
        n = table[whole].to_numpy(float)
        some = n > 0
        low, high = (np.full(len(table), np.nan) for _ in range(2))
        if some.any():
            low[some], high[some] = binomial(table[part].to_numpy(float)[some], n[some])
        table[f"{share}_share"] = np.divide(
            table[part].to_numpy(float), n, out=np.full(len(table), np.nan), where=some
        )
        table[f"{share}_low"], table[f"{share}_high"] = low, high
    return table[COLUMNS].sort_values(KEY, ignore_index=True)


def _unit(kind: str, code: str, rows: pd.DataFrame, reviews: pd.DataFrame) -> dict[str, object]:
    held, ended = rows[rows["held"]], rows[~rows["held"]]
    stop = held[held["stops_sales"].eq(True)]
    return {
        "dimension_type": kind,
        "dimension_code": code,
        "n_restrictions": len(held[["basis", "basis_id"]].drop_duplicates()),
        "n_operators": held["operator_id"].nunique(),
        "n_shops": len(held),
        "n_learned": int(held["learned_on"].notna().sum()),
        "n_acknowledged": int(held["acknowledged_on"].notna().sum()),
        "n_acted": int(held["acted_on"].notna().sum()),
        "n_must_stop": len(stop),
        "n_still_selling": int(stop["sells"].sum()),
        "n_on_offer": int((stop["n_listings"] > 0).sum()),
        "n_ended": len(ended),
        "n_ban_left": int(ended["ban_open"].eq(True).sum()),
        "n_reviews": len(reviews),
        **_lags(held),
    }


def _lags(held: pd.DataFrame) -> dict[str, float]:
    """Days until the acknowledgement: median with limits, and 90th percentile (null until nine in ten
    have)."""
    if held.empty:
        return dict.fromkeys(LAGS, np.nan)
    done = held["lag"].notna().to_numpy(bool)
    days = np.maximum(np.where(done, held["lag"], held["age"]).astype(float), 0)
    lag = median_lag(days, done)
    found = (lag.median, lag.low, lag.high if np.isfinite(lag.high) else np.nan, lag.p90)
    return dict(zip(LAGS, found, strict=True))
