"""What became of each planned purchase: its month, where it counts, and a count of 0 or 1 for each end. Pure,
one row per order."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from jobs.marts.sampling.happenings import first_known
from jobs.marts.sampling.outcomes import days, months


class Status(StrEnum):
    """How far a planned purchase has got (silver.sampling_order)."""

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
PLACE = ("plan_id", "platform_code", "seller_region_code", "category_code")
_BOUGHT = (Status.ORDERED, Status.RECEIVED, Status.LOST)


def purchases(
    sampling_order: pd.DataFrame, sample: pd.DataFrame, shop: pd.DataFrame, sampling_stratum: pd.DataFrame
) -> pd.DataFrame:
    """PLACE, ``month`` (months since 1970-01, UNDATED where no date is known) and PURCHASES (int64, 0 or 1)
    of each planned purchase.

    Arguments are the silver tables so named. A purchase counts where its sample does; without a sample on its
    own platform, in the region of its shop and in the category of its stratum. Its month is that of its
    order, else that of its sample's purchase; one that was cancelled before it was ordered has none.
    ``n_unrecorded``: received, but no sample refers to it. Each count is found from the status for itself, so
    that the identities of the ledger can fail where a status is unknown here.
    """
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
