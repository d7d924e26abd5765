"""gold.relisting: goods that were taken down as counterfeits in one listing and are offered again in another
(definitions.md#relisting).

METHODS, the surest first: stated, barcode, brand_model, title. CLOSEST, the closest operator first: same,
probably_same, other, probably_other, unknown. COLUMNS: the table's columns, which
schemas/gold/relisting.odcs.yaml explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.counterfeit.settings import settings_on
from jobs.marts.counterfeit.titles import plain, similarity
from jobs.period import Period

METHOD_VERSION = "relisting/2"
KEY = ["listing_id"]
# How two listings were found to offer the same goods, the surest first: a brand owner's report names the new
# one; equal bar code; equal brand and model; similar titles.
METHODS = ("stated", "barcode", "brand_model", "title")
# Whether the two listings have the same operator (column operator_link), the closest first.
CLOSEST = ("same", "probably_same", "other", "probably_other", "unknown")


def build(
    *,
    relisting_candidate: pd.DataFrame,
    counterfeit_case: pd.DataFrame,
    counterfeit_setting: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the listings that offer goods again: one row per new listing, sorted by listing_id, with
    COLUMNS.

    ``relisting_candidate``: gold, one row per pair of a listing that was taken down (first_…) and a later
    one; ``counterfeit_case``: gold, one row per report; ``counterfeit_setting``: silver. Raises ValueError
    where there are candidates and no setting is valid on ``period.as_of`` (`settings.settings_on`).

    Of several pairs of one new listing the row shows the one with the surest method (METHODS), then the
    closest operator (CLOSEST), the most similar title, the latest takedown and the smallest first_listing_id;
    ``n_earlier`` counts the listings that were taken down. ``live``: the new listing was not delisted by
    ``period.as_of``, and `taken_down` does not name it. ``own_state``: the state of the newest report about
    it, null where there is none. days_since_takedown: days from the takedown to the new listing; null where
    either is missing."""
    if relisting_candidate.empty:
        return pd.DataFrame(columns=COLUMNS)
    settings = settings_on(counterfeit_setting, period.as_of)
    pairs = matched(relisting_candidate, settings.title_threshold)
    order = ["listing_id", "_method", "_operator", "similarity", "taken_down_on", "first_listing_id"]
    pairs = pairs.sort_values(order, ascending=[True, True, True, False, False, True], kind="stable")
    rows = pairs.drop_duplicates("listing_id").reset_index(drop=True)
    earlier = pairs.groupby("listing_id")["first_listing_id"].nunique()
    own = counterfeit_case.dropna(subset=["listing_id"]).sort_values(["reported_on", "report_id"])
    newest = own.drop_duplicates("listing_id", keep="last").set_index("listing_id")
    gone = pd.to_datetime(rows["delisted_on"]).le(pd.Timestamp(period.as_of)).to_numpy()
    state = newest["state"].reindex(rows["listing_id"]).astype(object).to_numpy()
    since = pd.to_datetime(rows["listed_on"]) - pd.to_datetime(rows["taken_down_on"])
    return rows.assign(
        days_since_takedown=since.dt.days.astype("Int64"),
        n_earlier=earlier.reindex(rows["listing_id"]).to_numpy(dtype="int64"),
        live=~gone & ~rows["listing_id"].isin(taken_down(own)),
        own_state=np.where(pd.isna(state), None, state),
        title_threshold=settings.title_threshold,
        setting_version=settings.version,
        method_version=METHOD_VERSION,
    )[COLUMNS].sort_values(KEY, ignore_index=True)


def taken_down(reports: pd.DataFrame) -> pd.Series:
    """Return the listings that are down by the reports about them: their listing_id, which may be repeated.

    A listing is down where a report that was not found genuine has a takedown on or after the day of the
    newest report about the listing; of reports of that day any takedown counts, also one dated before it.
    After an earlier takedown the newest report found the listing on sale. ``reports``: rows of
    gold.counterfeit_case that name a listing."""
    reported, taken = (pd.to_datetime(reports[name]) for name in ("reported_on", "taken_down_on"))
    newest = reported.groupby(reports["listing_id"]).transform("max")
    counts = taken.ge(newest) | (taken.notna() & reported.eq(newest))
    return reports.loc[counts & reports["state"].ne("genuine"), "listing_id"]


def came_on(rows: pd.DataFrame) -> pd.Series:
    """Return the day from which each listing counts as relisted goods: a datetime64 series with the index of
    ``rows``. ``rows``: rows of gold.relisting.

    It is `listed_on`, the day on which the new listing appeared, but `taken_down_on`, the day of the first
    listing's takedown, where `listed_on` is missing or earlier than that."""
    down = pd.to_datetime(rows["taken_down_on"])
    return pd.to_datetime(rows["listed_on"]).fillna(down).clip(lower=down)


def matched(candidates: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return the pairs of ``candidates`` that offer the same goods, with ``similarity`` of the two titles
    (0-1), ``method`` (the surest of METHODS that applies), and ``_method`` and ``_operator``: its position in
    METHODS and that of operator_link in CLOSEST, by which `build` sorts.

    ``candidates``: rows of gold.relisting_candidate; ``threshold``: the least similarity at which titles
    alone suffice."""
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
