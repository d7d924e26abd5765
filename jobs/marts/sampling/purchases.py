"""What became of each planned purchase (silver.sampling_order): the month and place in which it counts, and a
count of 0 or 1 for each state. Pure."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from jobs.marts.sampling.happenings import first_known
from jobs.marts.sampling.outcomes import days, months


class Status(StrEnum):
    """The state of a planned purchase, the values of silver.sampling_order.status."""

    PLANNED = "planned"
    ORDERED = "ordered"
    CANCELLED = "cancelled"
    RECEIVED = "received"
    LOST = "lost"


# planned = to order + cancelled + ordered; ordered = under way + received + lost. One that was ordered and
# then cancelled is cancelled.
PURCHASES = (
    "n_planned",
    "n_to_order",
    "n_cancelled",
    "n_ordered",
    "n_under_way",
    "n_received",
    "n_lost",
    "n_unrecorded",
)
# What says in which units of the ledger a purchase counts.
PLACE = ("plan_id", "platform_code", "seller_region_code", "category_code")
_BOUGHT = (Status.ORDERED, Status.RECEIVED, Status.LOST)


def purchases(
    sampling_order: pd.DataFrame, sample: pd.DataFrame, shop: pd.DataFrame, sampling_stratum: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per planned purchase, in the order of ``sampling_order``: PLACE, ``month`` (months since
    1970-01, UNDATED where no date is known) and PURCHASES (int64, 0 or 1). The arguments are silver tables.

    A purchase with a sample has the sample's platform, region and category; without one, the order's
    platform, the region of its shop and the category of its stratum. Its month is that of the order, else
    that in which its sample was purchased; one that was cancelled before it was ordered has neither.
    ``n_unrecorded``: received, but no sample refers to it. Each count is found from the status alone, so that
    the identities of the ledger fail where a status is not one of Status."""
    order = sampling_order.reset_index(drop=True)
    bought = (
        sample.dropna(subset="sampling_order_id")
        .sort_values("sample_id")
        .drop_duplicates("sampling_order_id")
    )
    own = (
        bought.set_index("sampling_order_id")[[*PLACE[1:], "purchased_on"]]
        .reindex(order["sampling_order_id"])
        .reset_index(drop=True)
    )
    goods = sampling_stratum.set_index(["plan_id", "stratum"])["category_code"]
    has_sample = order["sampling_order_id"].isin(bought["sampling_order_id"])
    elsewhere = {
        "platform_code": order["platform_code"],
        "seller_region_code": order["shop_id"].map(shop.set_index("shop_id")["region_code"]),
        "category_code": pd.Series(
            goods.reindex(pd.MultiIndex.from_frame(order[["plan_id", "stratum"]])).to_numpy(), order.index
        ),
    }
    place = {
        name: own[name].astype(object).where(has_sample, known.astype(object))
        for name, known in elsewhere.items()
    }
    status = order["status"]
    counts = {
        "n_planned": status.notna(),
        "n_to_order": status == Status.PLANNED,
        "n_cancelled": status == Status.CANCELLED,
        "n_ordered": status.isin(_BOUGHT),
        "n_under_way": status == Status.ORDERED,
        "n_received": status == Status.RECEIVED,
        "n_lost": status == Status.LOST,
        "n_unrecorded": (status == Status.RECEIVED) & ~has_sample,
    }
    return pd.DataFrame(
        {
            "plan_id": order["plan_id"].astype(object),
            **place,
            "month": months(days(first_known(order["ordered_on"], own["purchased_on"]))),
            **{name: flag.to_numpy(bool).astype(np.int64) for name, flag in counts.items()},
        },
        columns=[*PLACE, "month", *PURCHASES],
    )
