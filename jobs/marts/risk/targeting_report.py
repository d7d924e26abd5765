"""gold.targeting_report: how well targeting scores order later failures (AUC, tenths of the scores,
calibration), and the platforms and provinces of the highest tenth compared with the random samples
(definitions.md#targeting-score). A score is the probability that a listing on sale fails if it is bought;
random samples are those of probability plans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.risk.signal_yield import lift
from jobs.marts.risk.targeting import (
    CHANCE,
    DECILES,
    FEWEST,
    FEWEST_FAILING,
    FEWEST_TESTED,
    NO_LISTING,
    SCORED,
    SHORT,
    dated,
    judged,
    newest_day,
    state_of,
    tenths,
)
from jobs.methods.intervals import binomial
from jobs.period import Period

KEY = ["part", "code"]
COLUMNS = [
    *KEY,
    *"state reason_zh reason_en n_learnt n_learnt_failing".split(),
    *"n n_failing rate rate_low rate_high predicted lift lift_low lift_high".split(),
    *"auc auc_low auc_high".split(),
    *"n_considered score share_highest share_random share_random_low share_random_high".split(),
]
_COUNTS = "n_learnt n_learnt_failing n n_failing n_considered".split()
_WORDS = "state reason_zh reason_en".split()
_WHY = {
    SCORED: ("达到评分条件", "there is enough to score by, and scores do better than chance"),
    SHORT: (
        f"历史不足：每季度之前须有{FEWEST}批次已判定的概率样本（其中不合格{FEWEST_FAILING}批次），"
        f"检验期须有{FEWEST_TESTED}批次不合格",
        f"history is too short: {FEWEST} judged probability samples ({FEWEST_FAILING} of them failing) must "
        f"be known before a quarter, and {FEWEST_TESTED} fail in the quarters of the test",
    ),
    CHANCE: (
        "尚不能认定以往评分的排序效果优于随机排序",
        "earlier scores are not shown to do better than chance",
    ),
    NO_LISTING: ("没有可购的在售商品链接", "no listing on sale can be bought"),
}
# Input of build → the columns of it that build reads.
READS = {
    "targeting_feature": "role unit_id day known_on fails".split(),
    "targeting_prediction": "role unit_id day fails platform_code province_code score place".split(),
}
_PARTS = {"platform": "platform_code", "province": "province_code"}


def build(
    *,
    targeting_feature: pd.DataFrame,
    targeting_prediction: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.targeting_report, sorted by KEY: one for the whole (part `summary`), one per
    tenth of the scores (part `decile`, code `01` for the lowest), and one per platform and province. Columns:
    COLUMNS, explained in schemas/gold/targeting_report.odcs.yaml. The arguments are gold tables. ``period``
    is not used.

    Each of the last four quarters' random samples is scored by a model of what was known before the quarter
    began (gold.targeting_prediction). ``lift``: failing share of a tenth divided by that of all, its limits
    from the score interval of the tenth against the others. Rows of platforms and provinces compare their
    share in the highest tenth of the listings with that in the random samples of the test. In state
    `short_history` there are no other rows, in `no_better_than_chance` and `no_listing` no rows of platforms
    and provinces."""
    known = dated(targeting_feature)
    day, samples = newest_day(known), judged(known)
    seen = samples[samples["known"] < (day or 0)]
    tested, scored = _predicted(targeting_prediction)
    n_listings = int((known["role"] != "sample").sum())
    whole = _tested(tested) | {
        "part": "summary",
        "code": "all",
        "n_learnt": len(seen),
        "n_learnt_failing": int(seen["fails"].sum()),
        "n_considered": n_listings,
    }
    state, area = state_of(seen, tested, n_listings)
    whole |= dict(zip(("state", "reason_zh", "reason_en"), (state, *_WHY[state]), strict=True))
    rows = [whole]
    if area is not None:
        whole |= {"auc": area.value, "auc_low": area.low, "auc_high": area.high}
        rows += _deciles(tested)
    if state == SCORED:
        whole["score"] = float(scored["score"].mean())
        for row in rows[1:]:
            mine = scored.loc[scored["decile"] == int(row["code"]), "score"]
            row |= {"n_considered": len(mine), "score": float(mine.mean())}
        for part in _PARTS:
            rows += _shares(part, scored, tested)
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    table[_COUNTS] = table[_COUNTS].astype("Int64")
    table[_WORDS] = table[_WORDS].astype(object).where(table[_WORDS].notna(), None)
    return table.sort_values(KEY, ignore_index=True)


def _predicted(targeting_prediction: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The samples of the test, with `fails` (0 or 1) and `predicted`, by day of purchase; and the listings
    with `score`. Both have their tenth, `decile`."""
    rows = targeting_prediction.rename(columns={column: part for part, column in _PARTS.items()})
    sample = rows["role"] == "sample"
    tested = rows[sample].sort_values(["day", "unit_id"], ignore_index=True)
    tested = tested.assign(fails=tested["fails"].astype(float), predicted=tested["score"].astype(float))
    scored = rows[~sample].sort_values("unit_id", ignore_index=True)
    return tested.assign(decile=tenths(tested["place"])), scored.assign(decile=tenths(scored["place"]))


def _tested(rows: pd.DataFrame) -> dict[str, Any]:
    n, x = len(rows), int(rows["fails"].sum())
    low, high = binomial(x, n) if n else (np.nan, np.nan)
    return {
        "n": n,
        "n_failing": x,
        "rate": x / n if n else np.nan,
        "rate_low": float(low),
        "rate_high": float(high),
        "predicted": float(rows["predicted"].mean()) if n else np.nan,
    }


def _deciles(tested: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for number in range(1, DECILES + 1):
        mine = tested[tested["decile"] == number]
        row = {"part": "decile", "code": f"{number:02}"} | _tested(mine)
        if len(mine):
            row |= dict(zip(("lift", "lift_low", "lift_high"), _lift(mine, tested), strict=True))
        rows.append(row)
    return rows


def _lift(mine: pd.DataFrame, whole: pd.DataFrame) -> tuple[float, float, float]:
    """Failing share of a part by that of the whole: r / (f r + 1 - f) with r, the ratio to the others, and f,
    the part's share of the whole; this rises with r, so limits of r give limits of it."""
    n, x = len(mine), int(mine["fails"].sum())
    of, failing = len(whole) - n, int(whole["fails"].sum()) - x
    value = x / n / (float(whole["fails"].mean())) if whole["fails"].any() else np.nan
    share = n / len(whole)
    _, low, high = lift(x, n, failing, of)
    return (
        value,
        low / (share * low + 1 - share),
        high / (share * high + 1 - share) if not np.isnan(high) else np.nan,
    )


def _shares(part: str, scored: pd.DataFrame, tested: pd.DataFrame) -> list[dict[str, Any]]:
    highest = scored[scored["decile"] == DECILES][part].value_counts()
    random, considered = tested[part].value_counts(), scored[part].value_counts()
    of, failing = scored.groupby(part).indices, tested.groupby(part)["fails"].sum()
    rows = []
    for code in sorted({*considered.index, *random.index}):
        n = int(random.get(code, 0))
        low, high = binomial(n, len(tested))
        mine = scored["score"].iloc[of.get(code, [])]
        rows.append(
            {
                "part": part,
                "code": code,
                "n": n,
                "n_failing": int(failing.get(code, 0)),
                "n_considered": len(mine),
                "score": float(mine.mean()) if len(mine) else np.nan,
                "share_highest": float(highest.get(code, 0) / highest.sum()),
                "share_random": n / len(tested),
                "share_random_low": float(low),
                "share_random_high": float(high),
            }
        )
    return rows
