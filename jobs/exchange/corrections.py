"""What each platform gets so that pages are corrected: its listings on offer whose page cites a standard that
is not valid (definitions.md#citation). Pure."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, as_text, only, recipient_of_platform

TABLE = "gold.standard_citation"
CORRECTIONS = Kind(
    "standard_corrections",
    "1.1.0",
    TABLE,
    dict.fromkeys(
        (
            "listing_id number shop_id category_code cited_text standard_no status since current_no "
            "listed_on while_valid"
        ).split(),
        TABLE,
    ),
    whole=True,
    key=("listing_id", "number"),
    about="页面标注无效标准的链接 | listings whose page cites a standard that is not valid",
)
KINDS = {CORRECTIONS.name: CORRECTIONS}


def standard_corrections(citation: pd.DataFrame, platforms: set[str]) -> Iterator[Parcel]:
    """Yield one parcel per platform of ``platforms`` (codes) that has such listings: its rows of
    gold.standard_citation (``citation``), one per listing and cited number, sorted by shop, listing and
    number. Column current_no holds the editions that replace the cited one as one text, joined by ；."""
    mine = citation[citation["platform_code"].isin(platforms)]
    rows = mine.assign(current_no=as_text(mine["current_no"]))
    for code, own in rows.sort_values(["shop_id", "listing_id", "number"]).groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), CORRECTIONS, only(own, CORRECTIONS))
