"""Where a platform stands beside its peers in each indicator of the preview of its index: the points that it
would gain at the upper quartile of its peers, or why none are given. They are those of the platform's page on
the site (weak points). Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from jobs.arrays import dicts
from jobs.marts.overview.weak_point import FEWEST_PEERS
from jobs.marts.quality_index.panel import KEY
from jobs.methods.rounding import half_up_all
from jobs.reports.confidential import shown
from jobs.reports.numbers import missing
from jobs.reports.procedure import STATUS
from jobs.reports.wording import WITHHELD, Text, label

TABLE = "gold.weak_point"
COLUMNS = {
    "points_to_quartile": (
        "double | 达到同类平台得分上四分位时指数提高的分数，两位小数；只列薄弱环节，即与同类相比的"
        "落后超出随机波动的指标；为空的，原因见quartile_zh | points that the index would gain at the upper "
        "quartile of the other platforms by score, two decimals; of weak points alone (behind their peers "
        "beyond chance); where it is null, quartile_en says why"
    ),
    "weak_place": (
        "bigint | 在本平台薄弱环节中按失分排的次序，1为失分最多；不属薄弱环节的为空 | place among the weak "
        "points of the platform by points lost, 1 the most; null of what is none"
    ),
    "quartile_zh": (
        "string | 没有上四分位分数的原因（中文）；有分数的为空 | why there are no points at the quartile, in "
        "Chinese; null where there are"
    ),
    "quartile_en": (
        "string | 没有上四分位分数的原因（英文）；有分数的为空 | why there are no points at the quartile, in "
        "English; null where there are"
    ),
}
FEW = Text(f"同类平台不足{FEWEST_PEERS}个，无从比较", f"fewer than {FEWEST_PEERS} peers to compare with")
NOT_BEHIND = Text("不落后于同类平台的中位数", "not behind the median of its peers")
CHANCE = Text("落后于同类平台的中位数，但未超出随机波动", "behind the median of its peers, not beyond chance")
_EACH = [*KEY, "indicator"]
_PEERS = ["period_type", "period_start", "indicator"]  # of platforms


def beside_peers(
    rows: pd.DataFrame, measured: pd.DataFrame, weak: pd.DataFrame, flags: pd.DataFrame
) -> pd.DataFrame:
    """Return a copy of ``rows``, in their order and with their index, with the columns COLUMNS: what a
    platform would gain at the upper quartile of its peers, and its place, of its weak points alone; of the
    others why there is no figure.

    ``rows``: indicators of platforms whose index may be published, with points_to_gain; ``measured``: the
    same rows of gold.quality_index_indicator, with what is withheld from ``rows``; ``weak``: gold.weak_point;
    ``flags``: whose orders are confidential (`confidential.flags_of`)."""
    mine = weak[weak["dimension_type"].eq("platform")].reset_index(drop=True)
    columns = [*_EACH, "gain", "place", "weak"]
    open_ = (shown(TABLE, mine, flags) if len(mine) else mine)[columns]
    known = mine[_EACH].assign(behind=True)
    found = rows[_EACH].merge(open_, on=_EACH, how="left").merge(known, on=_EACH, how="left")
    peers = measured[measured["estimate"].notna()].groupby(_PEERS).size().rename("n_peers").reset_index()
    found = found.merge(peers, on=_PEERS, how="left").assign(
        scored=rows["points_to_gain"].notna().to_numpy(bool), status=rows["status"].to_numpy(object)
    )
    weakest = found["weak"].eq(True).to_numpy(bool)
    reasons = [None if own else _reason(row) for own, row in zip(weakest, dicts(found), strict=True)]
    place = [int(n) if own else None for own, n in zip(weakest, found["place"], strict=True)]
    gain = half_up_all(found["gain"].to_numpy(float), 2)
    return rows.assign(
        points_to_quartile=np.where(weakest, gain, np.nan),
        weak_place=np.array(place, dtype=object),
        quartile_zh=np.array([None if said is None else said.zh for said in reasons], dtype=object),
        quartile_en=np.array([None if said is None else said.en for said in reasons], dtype=object),
    )


def _reason(row: dict[str, Any]) -> Text:
    """Why an indicator that is no weak point has no points at the quartile."""
    if not row["scored"]:
        return label(STATUS, row["status"])
    if not missing(row["weak"]):
        return CHANCE
    if not missing(row["behind"]):
        return WITHHELD
    return FEW if missing(row["n_peers"]) or row["n_peers"] < FEWEST_PEERS else NOT_BEHIND
