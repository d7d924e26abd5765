"""gold.buyer_exposure: how often a shop could have recognised the mystery buyers of the spot checks, because
an account, address or name had been used there before.

Counts only: no pseudonym of a buyer, an account or an address is published."""

from __future__ import annotations

import pandas as pd

from jobs.marts.dimensions import UNKNOWN
from jobs.period import Period

BOUGHT = ("ordered", "received", "lost")
# What of a buyer a shop sees → the name under which it is counted.
SEEN = {"account_ref": "account", "address_ref": "address", "buyer_ref": "buyer"}
COLUMNS = [
    "platform_code",
    "shop_id",
    "n_orders",
    "n_cancelled",
    *(f"n_{name}s" if name != "address" else "n_addresses" for name in SEEN.values()),
    *(f"n_{name}_reused" for name in SEEN.values()),
    *(f"max_{name}_uses" for name in SEEN.values()),
    "n_untold",
    "n_exposed",
    "exposed_share",
    "first_ordered_on",
    "last_ordered_on",
]


def build(*, sampling_order: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the rows of gold.buyer_exposure: one row per platform and shop where a purchase was made, sorted
    by them. Columns: COLUMNS, each explained in schemas/gold/buyer_exposure.odcs.yaml. ``period`` is not
    used.

    ``sampling_order``: silver.sampling_order; purchases with a day of ordering or a status of BOUGHT. A
    purchase is exposed if its account, its address or its buyer's name was used in that shop before, in the
    order of the days and then of the ids: the first use shows nothing, every later one may be recognised.
    Purchases whose three pseudonyms are all missing are counted in `n_untold` and are in no share. Those that
    were cancelled after the order (`n_cancelled`) count: the shop saw the buyer."""
    bought = sampling_order[sampling_order["ordered_on"].notna() | sampling_order["status"].isin(BOUGHT)]
    rows = bought.sort_values(["ordered_on", "sampling_order_id"], na_position="last", ignore_index=True)
    place = pd.DataFrame(
        {
            name: rows[name].astype(object).where(rows[name].notna(), UNKNOWN)
            for name in ("platform_code", "shop_id")
        }
    )
    again = pd.DataFrame({name: _seen_before(place, rows[ref]) for ref, name in SEEN.items()})
    stated = rows[list(SEEN)].notna().any(axis=1)
    keys = [place["platform_code"], place["shop_id"]]
    counts = pd.DataFrame({"n_orders": rows.groupby(keys).size()})
    counts["n_cancelled"] = rows["status"].eq("cancelled").groupby(keys).sum()
    for ref, name in SEEN.items():
        uses = rows.groupby([*keys, rows[ref]]).size().groupby(level=[0, 1])
        counts[f"n_{name}es" if name == "address" else f"n_{name}s"] = uses.size()
        counts[f"max_{name}_uses"] = uses.max()
        counts[f"n_{name}_reused"] = again[name].groupby(keys).sum()
    counts["n_untold"], counts["n_exposed"] = (
        (~stated).groupby(keys).sum(),
        again.any(axis=1).groupby(keys).sum(),
    )
    counts = counts.fillna(0).astype("int64")
    known = counts["n_orders"] - counts["n_untold"]
    counts["exposed_share"] = (counts["n_exposed"] / known).where(known > 0)
    days = rows["ordered_on"].dropna().groupby(keys)
    counts["first_ordered_on"], counts["last_ordered_on"] = (
        days.first().astype(object),
        days.last().astype(object),
    )
    found = (
        counts.rename_axis(["platform_code", "shop_id"])
        .reset_index()
        .sort_values(["platform_code", "shop_id"], ignore_index=True)
    )
    return found.astype({"first_ordered_on": object, "last_ordered_on": object}).where(found.notna(), None)[
        COLUMNS
    ]


def _seen_before(place: pd.DataFrame, ref: pd.Series) -> pd.Series:
    """Whether this pseudonym was used in the shop before, in the order of the rows."""
    seen = place.assign(ref=ref.to_numpy())
    return seen.duplicated() & seen["ref"].notna()
