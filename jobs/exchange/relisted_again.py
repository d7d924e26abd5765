"""The platform's listings that were taken down and are on sale again, time after time, as its own orders
show. Pure. Parcels and kinds of files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only, recipient_of_platform

TABLE = "gold.repeated_relisting"
# Without again_since, last_bought_on, n_times_taken_down and n_times_relisted, which count what inspectors
# bought: the seller could find their orders by them.
AGAIN = Kind(
    "relisted_again",
    "1.0.0",
    TABLE,
    of(
        TABLE,
        "listing_id shop_id category_code n_takedown_days n_times_ordered first_taken_down_on "
        "last_taken_down_on ordered_since last_ordered_on",
    ),
    whole=True,
    key=("listing_id",),
    about=(
        "两次以上下架后又有订单、仍在售的商品链接：请核查是否整改到位，未到位的下架 | "
        "listings that were ordered after two takedowns or more and are on sale: look into whether they were "
        "put right, and take down those that were not"
    ),
)
KINDS = {AGAIN.name: AGAIN}


def relisted_again(rows: pd.DataFrame, platforms: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (AGAIN) per platform of ``platforms`` (codes) with such listings, one row each, those
    ordered most often after a takedown first. ``rows``: gold.repeated_relisting. Listings whose return is
    known by samples alone are left out, so that no purchase of an inspector shows."""
    shown = rows[rows["live_by_orders"].eq(True) & rows["platform_code"].isin(platforms)]
    shown = shown.sort_values(["n_times_ordered", "listing_id"], ascending=[False, True], kind="stable")
    for code, mine in shown.groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), AGAIN, only(mine, AGAIN))
