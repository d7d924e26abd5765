"""gold.relisting: goods that were taken down as counterfeits and are listed again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.counterfeit.settings import settings_on
from jobs.marts.counterfeit.titles import plain, similarity
from jobs.period import Period

METHOD_VERSION = "relisting/1"
KEY = ["listing_id"]
METHODS = ("stated", "barcode", "brand_model", "title")  # the surest first
CLOSEST = ("same", "probably_same", "other", "probably_other", "unknown")


def build(
    *,
    relisting_candidate: pd.DataFrame,
    counterfeit_case: pd.DataFrame,
    counterfeit_setting: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per listing that offers goods again that were taken down as counterfeits in another listing
    (definitions.md#relisting), sorted by listing_id. Arguments are the gold and silver tables of these names.

    Where a listing matches several that were taken down, the row shows the one with the surest method (first
    in METHODS), then the closest operator (first in CLOSEST), the most similar title, the latest takedown,
    the first first_listing_id; ``n_earlier`` counts them all. ``live``: not delisted, and not itself taken
    down as a counterfeit, by the end of the night's day. ``own_state``: the state of the newest report about
    the new listing, null where there is none.
    """
    if relisting_candidate.empty:
        return pd.DataFrame(columns=COLUMNS)
    settings = settings_on(counterfeit_setting, period.as_of)
    pairs = matched(relisting_candidate, settings.title_threshold)
    order = ["listing_id", "_method", "_operator", "similarity", "taken_down_on", "first_listing_id"]
    pairs = pairs.sort_values(order, ascending=[True, True, True, False, False, True], kind="stable")
    rows = pairs.drop_duplicates("listing_id").reset_index(drop=True)
    earlier = pairs.groupby("listing_id")["first_listing_id"].nunique()
    own = counterfeit_case.dropna(subset=["listing_id"]).sort_values(["reported_on", "report_id"])
    own = own.drop_duplicates("listing_id", keep="last").set_index("listing_id")
    reports = own.reindex(rows["listing_id"])
    gone = pd.to_datetime(rows["delisted_on"]).le(pd.Timestamp(period.as_of)).to_numpy()
    state = reports["state"].astype(object).to_numpy()
    taken = pd.notna(reports["taken_down_on"]).to_numpy() & (state != "genuine")
    since = pd.to_datetime(rows["listed_on"]) - pd.to_datetime(rows["taken_down_on"])
    return rows.assign(
        days_since_takedown=since.dt.days.astype("Int64"),
        n_earlier=earlier.reindex(rows["listing_id"]).to_numpy(dtype="int64"),
        live=~gone & ~taken,
        own_state=np.where(pd.isna(state), None, state),
        title_threshold=settings.title_threshold,
        setting_version=settings.version,
        method_version=METHOD_VERSION,
    )[COLUMNS].sort_values(KEY, ignore_index=True)


def came_on(rows: pd.DataFrame) -> pd.Series:
    """For each row of gold.relisting the day (datetime64) from which the listing counts as one of goods that
    were taken down: `listed_on`, but `taken_down_on` where `listed_on` is missing or earlier."""
    down = pd.to_datetime(rows["taken_down_on"])
    return pd.to_datetime(rows["listed_on"]).fillna(down).clip(lower=down)


def matched(candidates: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return the rows of gold.relisting_candidate that offer the same goods, with ``similarity`` of the
    titles (0-1), ``method`` (of METHODS, the surest that matches), and the positions ``_method`` in METHODS
    and ``_operator`` in CLOSEST. ``threshold``: the similarity from which a title alone is enough."""
    pairs = candidates.reset_index(drop=True)
    words = pd.concat([pairs["first_title"], pairs["title"]]).drop_duplicates()
    known = dict(zip(words, plain(words), strict=True))
    alike = [
        similarity(known[one], known[two])
        for one, two in zip(pairs["first_title"], pairs["title"], strict=True)
    ]
    pairs = pairs.assign(similarity=np.array(alike, dtype="float64"))
    place = np.select(
        [pairs["stated"], pairs["same_barcode"], pairs["same_model"], pairs["similarity"] >= threshold],
        range(len(METHODS)),
        default=len(METHODS),
    )
    pairs = pairs.assign(_method=place)[place < len(METHODS)]
    return pairs.assign(
        method=np.array(METHODS, object)[pairs["_method"].to_numpy(int)],
        _operator=pairs["operator_link"].map({link: i for i, link in enumerate(CLOSEST)}),
    )


COLUMNS = [
    *"listing_id platform_code shop_id category_code listed_on delisted_on live own_state".split(),
    *"first_listing_id report_id brand_id taken_down_on days_since_takedown method similarity".split(),
    *"operator_link enterprise_id enterprise_link first_enterprise_id n_earlier title first_title".split(),
    *"title_threshold setting_version method_version".split(),
]
