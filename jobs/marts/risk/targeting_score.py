"""gold.targeting_score: listings on sale in order of how likely they fail, with reasons; internal, never
published (definitions.md#targeting-score)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.risk.targeting import DECILES, tenths
from jobs.marts.sampling.allocation import OTHER
from jobs.period import Period

VERSION = "targeting_score/4"
KEPT = "listing_id platform_code category_code shop_id".split()
COLUMNS = [*KEPT, *"scored_on score decile place n_considered reasons n_learnt method_version".split()]
# Input of build → the columns of it that build reads.
READS = {
    "targeting_prediction": [
        *"role unit_id day platform_code category_code top_category_code shop_id".split(),
        *"score place reasons n_learnt".split(),
    ],
    "sampling_proposal": "dimension_type platform_code category_code n_probability n_targeted".split(),
}


def build(
    *, targeting_prediction: pd.DataFrame, sampling_proposal: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """Return the rows of gold.targeting_score: one row per listing that targeted purchases may need, sorted
    by listing_id. Columns: COLUMNS, each explained in schemas/gold/targeting_score.odcs.yaml. The arguments
    are gold tables. No rows where gold.targeting_prediction has no listings, as gold.targeting_report says
    that none are scored. ``period`` is not used.

    All listings of the proposed plan's frame are scored. Kept are the highest tenth and, of each platform ×
    level-1 category whose stratum has targeted purchases, the highest listings: twice as many as those
    purchases, as some turn out to be impossible, plus as many as the stratum draws by chance."""
    rows = targeting_prediction[targeting_prediction["role"] == "listing"]
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = rows.rename(columns={"unit_id": "listing_id", "day": "scored_on"})
    rows["decile"] = tenths(rows["place"])
    rows = rows.sort_values("place", ignore_index=True)
    rows = rows.assign(n_considered=len(rows), method_version=VERSION)
    rows = rows[_needed(rows, sampling_proposal)]
    return rows[COLUMNS].sort_values("listing_id", ignore_index=True)


def _needed(rows: pd.DataFrame, sampling_proposal: pd.DataFrame) -> np.ndarray:
    """Which of ``rows``, in order of their places, are kept."""
    strata = sampling_proposal[sampling_proposal["dimension_type"] == "stratum"]
    want = 2 * strata["n_targeted"].astype(float) + strata["n_probability"].astype(float)
    of = pd.Series(
        want.where(strata["n_targeted"] > 0, 0.0).to_numpy(),
        index=pd.MultiIndex.from_frame(strata[["platform_code", "category_code"]]),
    )
    own = pd.MultiIndex.from_frame(rows[["platform_code", "top_category_code"]])
    other = pd.MultiIndex.from_arrays([rows["platform_code"], np.full(len(rows), OTHER)])
    most = np.where(own.isin(of.index), of.reindex(own).to_numpy(), of.reindex(other).fillna(0).to_numpy())
    turn = rows.groupby(["platform_code", "top_category_code"]).cumcount().to_numpy()
    return (rows["decile"] == DECILES).to_numpy() | (turn < most)
