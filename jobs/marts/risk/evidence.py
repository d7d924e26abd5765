"""What samples, recalls and penalties show about each key, week by week; signals are confirmed or refuted by
it (jobs.marts.risk.life). Keys and numbers of weeks are explained in jobs.marts.risk.series. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.risk.series import PAIR, pair_code, week_number
from jobs.marts.sampling.outcomes import has_verdict, outcomes

KEY = ["key_type", "key_code"]  # what a signal is about
# Events of a key in a week, explained in `evidence`.
COUNTS = [
    *"n_targeted_judged n_failing_targeted n_recalls n_penalties".split(),
    *"n_random_judged n_random_failing".split(),
]
_PLATFORM, _BRAND, _UNKNOWN = "platform_category", "brand", "unknown"


def evidence(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    product_category: pd.DataFrame,
    hazard_count: pd.DataFrame,
    recall: pd.DataFrame,
    penalty: pd.DataFrame,
    enforcement_case: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per key and week in which something happened: KEY, ``peers``, ``week`` (its number) and
    COUNTS, whole numbers that may be added up over weeks. standing_conclusion and hazard_count are gold
    tables, the others silver.

    - n_targeted_judged, n_failing_targeted: samples of the key that were not drawn by chance and were judged
      or left the procedure for a violation; those of them that failed or left so.
    - n_random_judged, n_random_failing: judged samples of probability plans, and those that failed.
    - n_recalls: recalls of the brand, or of the category and hazard; 0 for platform × category. n_penalties:
      penalties, not revoked, that followed from a sample of the key; 0 for category × hazard.

    For category × hazard all counts are those of gold.hazard_count, of batches judged on the hazard.
    Otherwise a sample counts in the week of its first conclusion, or of the day on which it left the
    procedure, a recall or penalty in that of its date. ``peers``: keys of one key_type with the same value
    are each other's peers: for platform × category the other platforms in that category, for category ×
    hazard the other categories with that hazard, for a brand all other brands."""
    judged = _samples(sample, standing_conclusion, sampling_plan, product_category)
    case = penalty[penalty["revoked_on"].isna() & penalty["case_id"].notna()].merge(
        enforcement_case[["case_id", "sample_id"]].dropna(), on="case_id"
    )
    fined = case[["sample_id", "decided_on"]].merge(
        judged[["sample_id", "platform_key", "category", "brand"]]
    )
    fined = fined.assign(day=fined["decided_on"], n_penalties=1)
    named = recall[recall["brand"].notna()]
    recalled = pd.DataFrame({"brand": brand_key(named["brand"]), "day": named["recalled_on"], "n_recalls": 1})
    parts = [_hazards(hazard_count)]
    for rows in (judged, fined):
        parts.append(_keyed(rows, _PLATFORM, rows["platform_key"], rows["category"]))
    for rows in (judged, fined, recalled):
        parts.append(_keyed(rows, _BRAND, rows["brand"], pd.Series("", rows.index)))
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return table.groupby([*KEY, "peers", "week"], as_index=False)[COUNTS].sum()


def _keyed(rows: pd.DataFrame, kind: str, code: pd.Series, peers: pd.Series) -> pd.DataFrame:
    """KEY, peers, week and COUNTS of rows with a day and a key."""
    known = rows["day"].notna() & code.notna()
    counts = rows.reindex(columns=COUNTS, fill_value=0).astype(np.int64)
    table = pd.concat([pd.DataFrame({"key_type": kind, "key_code": code, "peers": peers}), counts], axis=1)[
        known
    ]
    return table.assign(week=week_number(rows.loc[known, "day"]))


def brand_key(brand: pd.Series) -> pd.Series:
    """Return brands as the key_code of gold.risk_count has them: without blanks at the ends, in capitals,
    pd.NA where empty or missing. An object series with the index of ``brand``."""
    return brand.astype("string").str.strip().str.upper().replace("", None).astype(object)


def _samples(
    sample: pd.DataFrame, standing: pd.DataFrame, plan: pd.DataFrame, category: pd.DataFrame
) -> pd.DataFrame:
    """One row per sample: keys, the day of its first conclusion (of its exit, where it left for a violation),
    and counts of 0 or 1, of probability samples (random) and of all others (targeted)."""
    outcome = outcomes(sample, standing)
    first = pd.to_datetime(standing["issued_on"]).groupby(standing["sample_id"].to_numpy()).min()
    left = outcome["n_exited_violation"].to_numpy() > 0
    day = pd.to_datetime(sample["sample_id"].map(first)).to_numpy()
    day = np.where(left, pd.to_datetime(sample["exited_on"]).to_numpy(), day)
    parent = category.set_index("category_code")["parent_code"].dropna()
    top = (
        sample["category_code"].map(parent).fillna(sample["category_code"]).fillna(_UNKNOWN).to_numpy(object)
    )
    random = sample["plan_id"].isin(plan.loc[plan["type"] == "probability", "plan_id"]).to_numpy()
    failing = outcome["n_nonconforming"].to_numpy() > 0
    known = has_verdict(outcome).to_numpy()
    platform = sample["platform_code"].fillna(_UNKNOWN).astype(str).to_numpy(object)
    return pd.DataFrame(
        {
            "sample_id": sample["sample_id"].to_numpy(object),
            "platform_key": platform + "/" + top,
            "category": top,
            "brand": brand_key(sample["brand"]).to_numpy(object),
            "day": day,
            "n_targeted_judged": ((known | left) & ~random).astype(np.int64),
            "n_failing_targeted": ((failing | left) & ~random).astype(np.int64),
            "n_random_judged": (known & random).astype(np.int64),
            "n_random_failing": (failing & random).astype(np.int64),
        }
    )


def _hazards(hazard_count: pd.DataFrame) -> pd.DataFrame:
    hazard_count = hazard_count[hazard_count["stream"].isin(["test", "recall"])]
    tested, recalled = (hazard_count["stream"] == stream for stream in ("test", "recall"))
    counts = {
        "n_targeted_judged": (hazard_count["n_judged"] - hazard_count["n_random_judged"]).where(tested, 0),
        "n_failing_targeted": (hazard_count["n"] - hazard_count["n_random"]).where(tested, 0),
        "n_recalls": hazard_count["n"].where(recalled, 0),
        "n_penalties": pd.Series(0, hazard_count.index),
        "n_random_judged": hazard_count["n_random_judged"].where(tested, 0),
        "n_random_failing": hazard_count["n_random"].where(tested, 0),
    }
    return pd.DataFrame(
        {
            "key_type": PAIR,
            "key_code": pair_code(hazard_count["category_code"], hazard_count["hazard_code"]),
            "peers": hazard_count["hazard_code"],
            **{name: counts[name].astype(np.int64) for name in COUNTS},
            "week": week_number(hazard_count["week"]),
        }
    )
