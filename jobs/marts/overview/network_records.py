"""The records that each party of the network files, orders and reviews too: the input of network coverage.
Pure.

A party is a kind of organisation that files data, such as `platform`, `regulator` or `lab` (PARTIES); a
provider is one such organisation. The kinds of data are `basic`, `supervision`, `control` and `testing`
(KINDS). What belongs to which stands in jobs/marts/overview/network_filing.sql.

COLUMNS: party, data_kind, provider, platform_code, province_code, day, n_records."""

from __future__ import annotations

import pandas as pd

from jobs.marts.dimensions import UNKNOWN, Hierarchy

KINDS = ("basic", "supervision", "control", "testing")  # of data
PARTIES = (
    "platform",
    "regulator",
    "complaint_centre",
    "lab",
    "brand",
    "customs",
    "standards_body",
    "planning",
    "overseas",
    "exchange",
)
COLUMNS = ["party", "data_kind", "provider", "platform_code", "province_code", "day", "n_records"]
# The day of gold.network_filing that stands for none.
UNDATED = pd.Timestamp("1900-01-01")


def records(network_filing: pd.DataFrame, commerce_state: pd.DataFrame, provinces: Hierarchy) -> pd.DataFrame:
    """Return numbers of records by party, kind of data, provider, platform, province and day, with COLUMNS;
    several rows may be of the same. day (datetime64) is missing where a record states none, the others are
    UNKNOWN where they are not known.

    ``network_filing``, ``commerce_state``: gold tables. Order lines and reviews come as monthly sums: their
    day is the first of the month, their region that of the shop, their provider the platform. ``provinces``:
    the tree of regions in which provinces are shown (`dimensions.province_tree`)."""
    trade = commerce_state[["platform_code", "region_code"]].assign(
        party="platform",
        data_kind="basic",
        provider=commerce_state["platform_code"],
        day=commerce_state["month"],
        n_records=commerce_state["n_lines"] + commerce_state["n_reviews"],
    )
    rows = pd.concat([network_filing, trade], ignore_index=True)
    above = {code: provinces.units(code)[-1] for code in rows["region_code"].unique() if code != UNKNOWN}
    rows["province_code"] = rows["region_code"].map(above).fillna(UNKNOWN)
    day = pd.to_datetime(rows["day"])
    return rows.assign(day=day.mask(day == UNDATED))[COLUMNS]
