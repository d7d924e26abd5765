"""Counts the records that each party of the network files, by kind of data, platform, province and day: the
input of network coverage. Pure.

A party is a kind of organisation that files data, such as `platform`, `regulator` or `lab` (PARTIES); a
provider is one such organisation. The kinds of data are `basic`, `supervision`, `control` and `testing`
(KINDS).

COLUMNS: party, kind, provider, platform_code, province_code, day, n."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Hierarchy

KINDS = ("basic", "supervision", "control", "testing")  # of data; FEEDS says what belongs to which
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


@dataclass(frozen=True)
class Feed:
    """What a table of records is in the network. ``party``: who files it; ``kind``: kind of data, of KINDS;
    ``day``, ``region``: its columns with a record's day and region (None: it has no region)."""

    party: str
    kind: str
    day: str
    region: str | None = None


# 基础 basic: who and what there is, and trade; 监管 supervision: what authorities hear, plan and decide; 管控
# control: what was done about it; 检测 testing: samples and results.
# Keys are names of silver tables.
FEEDS: Mapping[str, Feed] = {
    "shop": Feed("platform", "basic", "opened_on", "region_code"),
    "platform_control": Feed("platform", "control", "happened_on"),
    "sampling_plan": Feed("regulator", "supervision", "starts_on", "issuer_region_code"),
    "enforcement_case": Feed("regulator", "supervision", "opened_on", "region_code"),
    "penalty": Feed("regulator", "supervision", "decided_on", "region_code"),
    "disposal": Feed("regulator", "control", "happened_on", "region_code"),
    "sample": Feed("regulator", "testing", "purchased_on", "seller_region_code"),
    "complaint": Feed("complaint_centre", "supervision", "received_on", "region_code"),
    "conclusion": Feed("lab", "testing", "issued_on"),
    "counterfeit_report": Feed("brand", "supervision", "reported_on"),
    "customs_inspection": Feed("customs", "testing", "inspected_on"),
    "standards_activity": Feed("standards_body", "basic", "happened_on", "region_code"),
    "dishonesty_entry": Feed("planning", "supervision", "listed_on", "region_code"),
    "recall": Feed("overseas", "supervision", "recalled_on"),
    "overseas_alert": Feed("overseas", "supervision", "published_on"),
    "acknowledgement": Feed("exchange", "control", "acknowledged_on"),
}
COLUMNS = ["party", "kind", "provider", "platform_code", "province_code", "day", "n"]


def records(
    facts: Mapping[str, pd.DataFrame], commerce_state: pd.DataFrame, provinces: Hierarchy
) -> pd.DataFrame:
    """Return the number of records: one row per party, kind of data, provider, platform, province and day,
    with COLUMNS; ``n`` is the number.

    ``facts``: the silver tables of FEEDS by name; ``commerce_state``: gold, whose order lines and reviews
    come as monthly sums: their day is the first of the month, their region that of the shop; ``provinces``:
    the tree of regions in which provinces are shown (`dimensions.province_tree`). ``provider`` is the source
    that filed the records; a platform is one provider, named by its code, no matter which of its sources
    filed."""
    about = facts["sample"].set_index("sample_id")[["platform_code", "seller_region_code"]]
    parts = [_of_feed(rows, FEEDS[name], about) for name, rows in facts.items()]
    sums = commerce_state.groupby(["platform_code", "region_code", "month"], as_index=False)[
        ["n_lines", "n_reviews"]
    ].sum()
    trade = sums.assign(
        party="platform",
        kind="basic",
        provider=sums["platform_code"],
        day=pd.to_datetime(sums["month"]),
        n=sums["n_lines"] + sums["n_reviews"],
    )
    whole = pd.concat([*parts, trade], ignore_index=True)
    above = {code: provinces.units(code)[-1] for code in whole["region_code"].dropna().unique()}
    whole["province_code"] = whole["region_code"].map(above)
    return whole.groupby(COLUMNS[:-1], dropna=False, as_index=False)["n"].sum()


def _of_feed(rows: pd.DataFrame, feed: Feed, about: pd.DataFrame) -> pd.DataFrame:
    nothing = pd.Series(None, rows.index, dtype=object)
    sample = about.reindex(rows["sample_id"]).set_axis(rows.index) if "sample_id" in rows else None
    platform = rows["platform_code"].astype(object) if "platform_code" in rows else nothing
    region = rows[feed.region].astype(object) if feed.region else nothing
    if sample is not None:
        platform = platform.where(platform.notna(), sample["platform_code"])
        region = region.where(region.notna(), sample["seller_region_code"]) if feed.region is None else region
    provider = platform if feed.party == "platform" else rows["_source"]
    return pd.DataFrame(
        {
            "party": feed.party,
            "kind": feed.kind,
            "provider": provider.astype(object),
            "platform_code": platform,
            "region_code": region,
            "day": pd.to_datetime(rows[feed.day]),
            "n": np.ones(len(rows), dtype=np.int64),
        }
    )
