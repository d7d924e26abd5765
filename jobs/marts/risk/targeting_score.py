"""gold.targeting_score: listings on sale in order of how likely they fail, with reasons; internal, never
published (definitions.md#targeting-score)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.marts.risk.targeting import (
    CATEGORICAL,
    DECILES,
    NUMERIC,
    SCORED,
    learnt_before,
    places,
    prepared,
    tenths,
)
from jobs.marts.sampling.allocation import OTHER
from jobs.period import Period

VERSION = "targeting_score/3"
MOST_REASONS, LEAST_PART = 3, 0.05  # of log-odds: a feature that adds less is no reason
# Features that say one thing together, and the code of the reason (silver.risk_reason).
REASONS = {
    "targeting_category": ("category", "kind", "past_category"),
    "targeting_platform": ("platform",),
    "targeting_province": ("province",),
    "targeting_producer": ("past_producer", "producer_named"),
    "targeting_operator": ("past_operator",),
    "targeting_brand": ("past_brand", "brand_known"),
    "targeting_reviews": ("low_listing", "low_shop", "low_producer"),
    "targeting_reports": ("reports_listing", "reports_shop", "reports_producer"),
    "targeting_price": ("price_low", "price_high"),
    "targeting_standard": ("cites_standard",),
    "targeting_certificate": ("certificate_missing",),
    "targeting_age": ("shop_age", "listing_age"),
    "targeting_signal": ("signals",),
}
KEPT = "listing_id platform_code category_code shop_id".split()
COLUMNS = [*KEPT, *"scored_on score decile place n_considered reasons n_learnt method_version".split()]


def build(
    *,
    targeting_feature: pd.DataFrame,
    targeting_report: pd.DataFrame,
    sampling_proposal: pd.DataFrame,
    risk_signal: pd.DataFrame,
    product_category: pd.DataFrame,
    region: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.targeting_score: one row per listing that targeted purchases may need, sorted
    by listing_id. Columns: COLUMNS, each explained in schemas/gold/targeting_score.odcs.yaml.
    targeting_feature, targeting_report, sampling_proposal and risk_signal are gold tables, the others silver.
    No rows where gold.targeting_report says that listings are not scored. ``period`` is not used.

    All listings of the proposed plan's frame are scored. Kept are the highest tenth and, of each platform ×
    level-1 category whose stratum has targeted purchases, the highest listings: twice as many as those
    purchases, as some turn out to be impossible, plus as many as the stratum draws by chance."""
    state = targeting_report.loc[targeting_report["part"] == "summary", "state"]
    if not (state == SCORED).any():
        return pd.DataFrame(columns=COLUMNS)
    known = prepared(
        targeting_feature, risk_signal=risk_signal, product_category=product_category, region=region
    )
    learnt = None if known.day is None else learnt_before(known.samples, known.day)
    if learnt is None or known.listings.empty:
        return pd.DataFrame(columns=COLUMNS)
    assert known.day is not None, "there are listings"
    rows = known.listings.assign(score=learnt.predict(known.listings))
    rows["place"] = places(rows["score"], rows["listing_id"])
    rows["decile"] = tenths(rows["place"])
    rows = rows.sort_values("place", ignore_index=True)
    rows = rows.assign(
        n_considered=len(rows),
        scored_on=date(1970, 1, 1) + timedelta(days=known.day),
        n_learnt=int((known.samples["known"] < known.day).sum()),
        method_version=VERSION,
    )
    rows = rows[_needed(rows, sampling_proposal)].reset_index(drop=True)
    rows["reasons"] = reasons(learnt.model.contributions(learnt.with_past(rows)))
    return rows[COLUMNS].sort_values("listing_id", ignore_index=True)


def reasons(parts: pd.DataFrame) -> pd.Series:
    """Return for each row the codes of up to MOST_REASONS reasons why its probability is high, greatest
    effect first: an object series of lists, with the index of ``parts``. A reason is a key of REASONS whose
    features together add at least LEAST_PART to the log-odds of failing; the list may be empty.

    ``parts``: one row per listing, one column per feature: what it adds to the log-odds, compared with the
    average sample (`Model.contributions`)."""
    groups = pd.DataFrame({code: parts[list(names)].sum(axis=1) for code, names in REASONS.items()})
    values, codes = groups.round(6).to_numpy(), np.array(groups.columns, dtype=object)
    turn = np.argsort(-values, axis=1, kind="stable")[:, :MOST_REASONS]
    return pd.Series(
        [
            [str(codes[at]) for at in row if mine[at] >= LEAST_PART]
            for row, mine in zip(turn, values, strict=True)
        ],
        index=parts.index,
        dtype=object,
    )


def _needed(rows: pd.DataFrame, sampling_proposal: pd.DataFrame) -> np.ndarray:
    """Which of ``rows``, in order of their places, are kept."""
    strata = sampling_proposal[sampling_proposal["dimension_type"] == "stratum"]
    want = 2 * strata["n_targeted"].astype(float) + strata["n_probability"].astype(float)
    of = pd.Series(
        want.where(strata["n_targeted"] > 0, 0.0).to_numpy(),
        index=pd.MultiIndex.from_frame(strata[["platform_code", "category_code"]]),
    )
    own = pd.MultiIndex.from_frame(rows[["platform", "category"]])
    other = pd.MultiIndex.from_arrays([rows["platform"], np.full(len(rows), OTHER)])
    most = np.where(own.isin(of.index), of.reindex(own).to_numpy(), of.reindex(other).fillna(0).to_numpy())
    turn = rows.groupby(["platform", "category"]).cumcount().to_numpy()
    return (rows["decile"] == DECILES).to_numpy() | (turn < most)


_SAME = {"channel"}  # of all listings: no reason for one of them
assert {f for names in REASONS.values() for f in names} | _SAME == {*CATEGORICAL, *NUMERIC}, "each has a code"
