"""gold.platform_duty: what each platform had to file and do in a month, and what it did: data filed, takedown
orders acknowledged, goods inspected.

A control is a measure that a platform reports (silver.platform_control), such as a takedown, a ban or a
self-inspection. A platform owes a month if it has to file the data of that month.

KEY identifies a row: month, platform_code. COUNTS: n_kinds_due, n_kinds_filed, orders_filed, reviews_filed,
controls_filed, n_takedown_orders, n_acknowledged, n_takedowns, n_bans, n_self_inspections, n_checked,
n_removed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.period import Period

KEY = ["month", "platform_code"]
# Kind of control → the column that counts it.
CONTROLS = {"takedown": "n_takedowns", "ban": "n_bans", "self_inspection": "n_self_inspections"}
COUNTS = [
    *(
        "n_kinds_due n_kinds_filed orders_filed reviews_filed controls_filed n_takedown_orders n_acknowledged"
    ).split(),
    *CONTROLS.values(),
    "n_checked",
    "n_removed",
]
KINDS = ("orders_filed", "reviews_filed", "controls_filed")  # data due each month; 1 where filed, else 0
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "shop": ["shop_id", "platform_code", "_source"],
    "platform_control": [
        "kind",
        "happened_on",
        "platform_code",
        "shop_id",
        "sample_id",
        "n_checked",
        "n_removed",
        "_source",
    ],
    "commerce_state": ["month", "platform_code", "n_lines", "n_reviews"],
    "sampling_lifecycle": ["sample_id", "platform_code", "takedown_ordered_on"],
}
# Columns of an input that build adds up: rows that are equal in the other columns may come as one.
SUMS = {"commerce_state": ["n_lines", "n_reviews"]}


def build(
    *,
    platform: pd.DataFrame,
    shop: pd.DataFrame,
    platform_control: pd.DataFrame,
    commerce_state: pd.DataFrame,
    sampling_lifecycle: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the duties: one row per platform and month that it owes (`owed`; ``month`` is its first day),
    sorted by KEY, with COUNTS. Arguments are the silver and gold tables of these names.

    Three kinds of data are due each month (n_kinds_due): orders, reviews, and controls (at least a
    self-inspection, so that a month in which nothing was found differs from one that was not filed). A kind
    is filed where anything of that month arrived, on any day. n_takedown_orders counts in the month of the
    order; n_acknowledged: those of them whose sample is named by an acknowledgement of the platform."""
    rows = owed(platform, commerce_state["month"], period.as_of)
    controls = placed(platform_control, shop, period.as_of)
    parts = [trade(commerce_state), measures(controls), orders(sampling_lifecycle, controls)]
    for part in parts:
        rows = rows.merge(part, on=KEY, how="left")
    rows = rows.assign(n_kinds_due=len(KINDS), n_kinds_filed=sum(rows[kind].fillna(0) for kind in KINDS))
    counts = rows[COUNTS].fillna(0).astype("int64")
    months = rows["month"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return (
        rows[["platform_code"]]
        .join(counts)
        .assign(month=months)[[*KEY, *COUNTS]]
        .sort_values(KEY, ignore_index=True)
    )


def last_due(as_of: date, filing: int) -> int:
    """Return the newest month (months since 1970-01) whose data were due before ``as_of``. ``filing``: the
    day of the following month by which they are due. With 10, June is due on 10 July, so it is returned from
    11 July on."""
    return int(np.datetime64(as_of - timedelta(days=filing), "M").astype(np.int64)) - 1


def owed(platform: pd.DataFrame, months: pd.Series, as_of: date) -> pd.DataFrame:
    """Return one row per platform and month that it owes: platform_code and ``month`` (months since 1970-01).
    These are the months in which the platform is registered throughout, from the earliest of ``months`` to
    `last_due`; none where the deployment states no time to file.

    ``platform``: silver, with valid_from and valid_to; ``months``: dates of the months with any trade."""
    filing = deployment().deadline("filing")
    if months.empty or filing is None:
        return pd.DataFrame({"platform_code": pd.Series(dtype=object), "month": pd.Series(dtype=np.int64)})
    seen = pd.DataFrame({"month": np.arange(month_number(months).min(), last_due(as_of, filing) + 1)})
    grid = platform[["platform_code", "valid_from", "valid_to"]].merge(seen, how="cross")
    begin, end = pd.to_datetime(grid["valid_from"]), pd.to_datetime(grid["valid_to"])
    month = pd.Series(
        grid["month"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[ns]"), grid.index
    )
    # Whole months only: who comes or goes within one owes nothing for it.
    here = (begin.isna() | (begin <= month)) & (end.isna() | (end >= month + pd.offsets.MonthEnd(0)))
    return grid.loc[here, ["platform_code", "month"]]


def placed(control: pd.DataFrame, shop: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the controls up to ``as_of`` with platform_code and ``month`` (months since 1970-01). A control
    that names no platform gets that of its shop, else the one platform to which all shops of its source
    belong; else platform_code stays missing.

    ``control``: silver.platform_control; ``shop``: silver."""
    rows = control[control["happened_on"] <= as_of]
    by_shop = shop.set_index("shop_id")["platform_code"]
    sources = (
        shop.dropna(subset=["platform_code"]).groupby("_source")["platform_code"].agg(["first", "nunique"])
    )
    by_source = sources.loc[sources["nunique"] == 1, "first"]
    platform = rows["platform_code"].to_numpy(dtype=object)
    for known in (rows["shop_id"].map(by_shop), rows["_source"].map(by_source)):
        platform = np.where(pd.isna(platform), known.to_numpy(dtype=object), platform)
    # Text also where no platform is known, which pandas would take for numbers.
    codes = pd.Series(platform, rows.index, dtype=object)
    return rows.assign(platform_code=codes, month=month_number(rows["happened_on"]))


def trade(commerce_state: pd.DataFrame) -> pd.DataFrame:
    """Return one row per platform and month with trade, sorted by them: KEY, orders_filed and reviews_filed
    (1 where there are any, else 0); ``month`` is the number of months since 1970-01. ``commerce_state``:
    gold."""
    rows = (
        commerce_state.assign(month=month_number(commerce_state["month"]))
        .groupby(KEY, as_index=False)[["n_lines", "n_reviews"]]
        .sum()
    )
    return rows[KEY].assign(
        orders_filed=(rows["n_lines"] > 0).astype(int), reviews_filed=(rows["n_reviews"] > 0).astype(int)
    )


def measures(controls: pd.DataFrame) -> pd.DataFrame:
    """Return one row per platform and month with controls: KEY, controls_filed (1), the number of controls of
    each kind (columns of CONTROLS), and n_checked and n_removed, listings that self-inspections checked and
    removed. ``controls``: as returned by `placed`."""
    flags = {name: controls["kind"].eq(kind).astype(int) for kind, name in CONTROLS.items()}
    inspected = controls["kind"].eq("self_inspection")
    numbers = {
        name: pd.to_numeric(controls[name]).fillna(0).where(inspected, 0)
        for name in ("n_checked", "n_removed")
    }
    return controls[KEY].assign(controls_filed=1, **flags, **numbers).groupby(KEY, as_index=False).agg(
        {"controls_filed": "max", **dict.fromkeys([*flags, *numbers], "sum")}
    )  # fmt: skip


def orders(lifecycle: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Return one row per platform and month with takedown orders, sorted by them: KEY, n_takedown_orders, and
    n_acknowledged, those whose sample is named by a control of the kind `acknowledgement` of the same
    platform; one whose platform is missing counts for none. The month is that of the order, as months since
    1970-01.

    ``lifecycle``: gold.sampling_lifecycle; ``controls``: as returned by `placed`."""
    own = ["platform_code", "sample_id"]
    said = controls.loc[controls["kind"] == "acknowledgement", own].dropna()
    rows = lifecycle[lifecycle["takedown_ordered_on"].notna() & lifecycle["platform_code"].notna()]
    acknowledged = pd.MultiIndex.from_frame(rows[own]).isin(pd.MultiIndex.from_frame(said)).astype(int)
    rows = rows.assign(
        month=month_number(rows["takedown_ordered_on"]), n_takedown_orders=1, n_acknowledged=acknowledged
    )
    return rows.groupby(KEY, as_index=False)[["n_takedown_orders", "n_acknowledged"]].sum()


def month_number(days: pd.Series) -> np.ndarray:
    """Return each day's month as the number of months since 1970-01: an int64 array in the order of ``days``,
    which must not be missing."""
    return pd.to_datetime(days).to_numpy("datetime64[M]").astype(np.int64)
