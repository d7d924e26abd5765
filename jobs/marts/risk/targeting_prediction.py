"""gold.targeting_prediction: how likely the probability samples of the last quarters and the listings on sale
fail, each by a model of what was known before (definitions.md#targeting-score). Here each model is fitted
once; gold.targeting_report and gold.targeting_score are made from the predictions. Internal, never published.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.risk.targeting import (
    CATEGORICAL,
    NUMERIC,
    SCORED,
    learnt_before,
    out_of_time,
    places,
    prepared,
    state_of,
)
from jobs.period import Period

KEY = ["role", "unit_id"]
COLUMNS = [
    *KEY,
    *"day fails platform_code category_code top_category_code province_code shop_id".split(),
    *"score place reasons n_learnt".split(),
]
_CALLED = {"category": "top_category_code", "province": "province_code"}
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
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "targeting_feature": [
        *"role unit_id day known_on fails platform_code channel shop_id category_code brand producer".split(),
        *"operator_id region_code price cites_standard has_certificate listed_on opened_on".split(),
        *(
            f"n_{what}_{level}"
            for level in ("listing", "shop", "producer")
            for what in ("orders", "reports", "reviews", "low")
        ),
    ],
    "risk_signal": "key_type key_code category_code opened_on closed_on".split(),
}


def build(
    *,
    targeting_feature: pd.DataFrame,
    risk_signal: pd.DataFrame,
    product_category: pd.DataFrame,
    region: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.targeting_prediction, sorted by KEY: one per probability sample that was bought
    in the last four quarters, scored by a model of what was known before its quarter began; and, where
    `state_of` says that listings are scored, one per listing on sale, scored by a model of what was known
    before its day. Columns: COLUMNS, each explained in schemas/gold/targeting_prediction.odcs.yaml.
    targeting_feature and risk_signal are gold tables, the others silver. ``period`` is not used."""
    known = prepared(
        targeting_feature, risk_signal=risk_signal, product_category=product_category, region=region
    )
    if known.day is None:
        return pd.DataFrame(columns=COLUMNS)
    tested = out_of_time(known.samples, known.day)
    rows = [_columns(tested.assign(score=tested["predicted"], reasons=None)).sort_values("unit_id")]
    seen = known.samples[known.samples["known"] < known.day]
    state, _ = state_of(seen, tested, len(known.listings))
    if state == SCORED:
        learnt = learnt_before(known.samples, known.day)
        assert learnt is not None, "state_of asks for enough samples"
        listings = learnt.with_past(known.listings)
        why = reasons(learnt.model.contributions(listings))
        listings = listings.assign(score=learnt.chance(listings), reasons=why, n_learnt=len(seen))
        rows.insert(0, _columns(listings))  # sorted by unit_id, and `listing` goes before `sample`
    return pd.concat(rows, ignore_index=True)


def reasons(parts: pd.DataFrame) -> pd.Series:
    """Return for each row the codes of up to MOST_REASONS reasons why its probability is high, greatest
    effect first: an object series of lists, with the index of ``parts``. A reason is a key of REASONS whose
    features together add at least LEAST_PART to the log-odds of failing; the list may be empty.

    ``parts``: one row per listing, one column per feature: what it adds to the log-odds, compared with the
    average sample (`Model.contributions`)."""
    groups = pd.DataFrame({code: parts[list(names)].sum(axis=1) for code, names in REASONS.items()})
    values, codes = groups.round(6).to_numpy(), np.array(groups.columns, dtype=object)
    turn = np.argsort(-values, axis=1, kind="stable")[:, :MOST_REASONS]
    turn[np.take_along_axis(values, turn, axis=1) < LEAST_PART] = -1
    different, which = np.unique(turn, axis=0, return_inverse=True)  # many rows have the same reasons
    found = pd.Series([codes[row[row >= 0]].tolist() for row in different], dtype=object)
    return found.iloc[which].set_axis(parts.index)


def _columns(rows: pd.DataFrame) -> pd.DataFrame:
    """The COLUMNS of samples or listings that have a score."""
    place = places(rows["score"], rows["unit_id"])
    fails = rows["fails"].astype("boolean").astype(object).where(rows["fails"].notna(), None)
    return rows.rename(columns=_CALLED).assign(place=place, fails=fails)[COLUMNS]


_SAME = {"channel"}  # of all listings: no reason for one of them
assert {f for names in REASONS.values() for f in names} | _SAME == {*CATEGORICAL, *NUMERIC}, "each has a code"
