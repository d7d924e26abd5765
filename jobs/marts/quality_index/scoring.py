"""Scores the indicators: which of them a unit has, which it did not file, the goalposts and weights that are
valid, and the score between the goalposts. Pure.

A goalpost is the value at which an indicator scores 1 (bad) or 100 (good). A duty is an indicator that is a
share of cases in which something due was done. Units are those of `units`, and so is KEY, which identifies a
unit in a period: period_type, period_start, dimension_type, dimension_code. ACROSS: geometric, arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.filing import among
from jobs.marts.quality_index.method import methods
from jobs.marts.quality_index.units import CATEGORY, CLUSTER, KEY, NATIONAL, PLATFORM, REGION
from jobs.methods.shapley import ACROSS

FLOOR, CEILING = 1.0, 100.0  # the lowest and the highest score
# Values of status: scored by its value; without a score; due but not filed, so that it scores 1; measured but
# not scored (`set_aside`).
USED, NOT_APPLICABLE, NOT_FILED, SET_ASIDE = "used", "not_applicable", "not_filed", "set_aside"
_EVERY = frozenset({NATIONAL, PLATFORM, REGION, CATEGORY, CLUSTER})
_SOLD = _EVERY - {CLUSTER}
# Which dimensions have an indicator. Clusters are regions below a province, whose listings are not counted;
# operators, licences and what platforms file have no category. Open serious signals are of a category and a
# hazard, so platforms and regions have none.
APPLIES = {
    "exposure_rate": _EVERY,
    "serious_rate": _EVERY,
    "quality_complaints": _EVERY,
    "negative_reviews": _EVERY,
    "quality_returns": _EVERY,
    "violation_exits": _EVERY,
    "confirmed_counterfeits": _SOLD,
    "dishonest_operators": frozenset({NATIONAL, PLATFORM, REGION}),
    "takedown_on_time": _EVERY,
    "disposal_on_time": _EVERY,
    "complaints_on_time": _EVERY,
    "self_inspection": frozenset({NATIONAL, PLATFORM}),
    "licences_verified": frozenset({NATIONAL, PLATFORM, REGION}),
    "data_filed": frozenset({NATIONAL, PLATFORM}),
    "standards_valid": _SOLD,
    "certificates_valid": _SOLD,
    "serious_signals": frozenset({NATIONAL, CATEGORY}),
}
# What is known from platforms alone: where the nation has none of it in a period, none of them filed it. Of
# others (complaints, reports, lists) the nation may have none because no one reported.
_OWN = frozenset({"self_inspection", "licences_verified", "standards_valid", "certificates_valid"})
# Indicators for which platforms have to file data: without what a platform files there is no value.
DUE = frozenset(
    {
        "quality_complaints",
        "negative_reviews",
        "quality_returns",
        "confirmed_counterfeits",
        "dishonest_operators",
        "self_inspection",
        "licences_verified",
        "data_filed",
        "standards_valid",
        "certificates_valid",
    }
)
# Duties: indicators that are shares of cases in which something that was due was done.
DUTIES = (
    "takedown_on_time disposal_on_time complaints_on_time licences_verified standards_valid "
    "certificates_valid"
).split()


def with_status(
    values: pd.DataFrame, owing: pd.DataFrame, exempt: pd.DataFrame, indicators: list[str]
) -> pd.DataFrame:
    """Return the indicators of each unit with their status: one row per unit and period and each of
    ``indicators``, with ``status`` (USED, NOT_FILED or NOT_APPLICABLE), for units and periods that have any
    value or owe data.

    ``values``: KEY, indicator, value, withheld (bool) and further columns, which are kept (also of rows
    without a value); ``owing``: KEY of platforms and periods that owe data; ``exempt``: KEY and indicator of
    what they do not owe after all.

    NOT_FILED: a platform owed it and withheld it or has no value, although it was measured in the nation; or
    all platforms withheld it, although the nation has it in other periods: that none files excuses no one. An
    indicator that the nation never has is not asked for. What else has no value is NOT_APPLICABLE."""
    nation = values["dimension_type"] == NATIONAL
    measured = pd.MultiIndex.from_frame(values.loc[nation, [*KEY[:2], "indicator"]])
    ever = values.loc[nation & values["value"].notna(), "indicator"].unique()
    given = values["value"].notna() | values["withheld"]
    units = pd.concat([values.loc[given, KEY], owing[KEY]], ignore_index=True).drop_duplicates()
    grid = units.merge(pd.DataFrame({"indicator": indicators}, dtype=object), how="cross")
    rows = grid.merge(values, on=[*KEY, "indicator"], how="left", validate="one_to_one")
    pairs = zip(rows["dimension_type"], rows["indicator"], strict=True)
    applies = np.array([dimension in APPLIES.get(name, ()) for dimension, name in pairs], dtype=bool)
    reported = pd.MultiIndex.from_frame(rows[[*KEY[:2], "indicator"]]).isin(measured)
    withheld = rows["withheld"].eq(True).to_numpy()
    asked = reported | withheld | rows["indicator"].isin(_OWN).to_numpy()
    spared = pd.MultiIndex.from_frame(rows[[*KEY, "indicator"]]).isin(
        pd.MultiIndex.from_frame(exempt[[*KEY, "indicator"]])
    )
    due = among(rows, owing) & rows["indicator"].isin(DUE.intersection(ever)).to_numpy() & asked & ~spared
    there = applies & rows["value"].notna().to_numpy()
    silent = due & applies & (withheld | ~there)
    return rows.assign(status=np.select([silent, there], [NOT_FILED, USED], default=NOT_APPLICABLE))


def with_goalposts(rows: pd.DataFrame, goalpost: pd.DataFrame, index_weight: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` with goal_low, goal_high, direction, transform, unit, pillar, weight, goalpost_version
    and weight_version of their indicator, by the versions valid on the first day of each period; null for an
    indicator that the version lacks. Raises ValueError for a period in which no version is valid.

    ``rows``: KEY and indicator; ``goalpost``, ``index_weight``: silver, one row per version and item."""
    posts = valid_versions(rows, goalpost, "goalpost_version").rename(
        columns={"low": "goal_low", "high": "goal_high"}
    )
    weights = valid_versions(rows, index_weight.rename(columns={"item": "indicator"}), "weight_version")
    on = ["period_start", "indicator"]
    return rows.merge(
        posts[[*on, "goal_low", "goal_high", "direction", "transform", "unit", "goalpost_version"]],
        on=on,
        how="left",
    ).merge(weights[[*on, "pillar", "weight", "weight_version"]], on=on, how="left")


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` with score (1-100) and clipped (bool). ``rows``: as returned by `with_goalposts`, with
    status and estimate.

    The score is 1 at the bad goalpost, 100 at the good one, and linear in between, in the transformed value
    where there is a transform. Beyond the goalposts it is 1 or 100, and ``clipped`` is True. What was due and
    not filed scores 1; what is not applicable has no score (NaN)."""
    value, low, high = (
        turned(rows[name].to_numpy(float), rows["transform"])
        for name in ("estimate", "goal_low", "goal_high")
    )
    share = np.where(rows["direction"] == "lower_better", high - value, value - low) / (high - low)
    used = (rows["status"] == USED).to_numpy()
    score = FLOOR + np.clip(share, 0, 1) * (CEILING - FLOOR)
    return rows.assign(
        score=np.select([used, rows["status"] == NOT_FILED], [score, FLOOR], default=np.nan),
        clipped=used & ((share < 0) | (share > 1)),
    )


def set_aside(rows: pd.DataFrame, index_weight: pd.DataFrame, index_method: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` in which some duties have the status SET_ASIDE and no score: those met in every case
    that would still lower their pillar or the index. ``rows``: as returned by `scored`, with numerator and
    denominator; ``index_weight``, ``index_method``: silver.

    They would lower it by the prior alone: a single deadline that was met scores half-way, since one case
    says little. Their weight is divided among the others, as for indicators that are not applicable. `aside`
    chooses them."""
    pillar = rows.groupby([*KEY, "weight_version", "pillar"], sort=False)
    first = rows.loc[~rows.duplicated([*KEY, "weight_version", "pillar"])]
    above = index_weight[index_weight["kind"] == "pillar"].set_index(["version", "item"])["weight"]
    across = methods(index_method, first.loc[~first.duplicated(KEY), "period_start"])["across"]
    share = above.reindex(pd.MultiIndex.from_frame(first[["weight_version", "pillar"]])).fillna(0.0)
    out = aside(
        rows["score"].to_numpy(float),
        rows["weight"].to_numpy(float),
        met_wholly(rows),
        pillar.ngroup().to_numpy(),
        first.groupby(KEY, sort=False).ngroup().to_numpy(),
        share.to_numpy(float),
        across.to_numpy(int),
    )
    return rows.assign(status=rows["status"].mask(out, SET_ASIDE), score=rows["score"].mask(out))


def met_wholly(rows: pd.DataFrame) -> np.ndarray:
    """Return whether each row is of a duty that was met in every case: one bool per row. False for what a
    platform files itself (DUE), or it would gain by filing little.

    ``rows``: KEY, indicator, status, numerator, denominator."""
    whole = (rows["numerator"] == rows["denominator"]) & (rows["denominator"] > 0)
    own = (rows["dimension_type"] == PLATFORM) & rows["indicator"].isin(DUE)
    measured = rows["status"].isin([USED, SET_ASIDE])
    return (measured & whole & rows["indicator"].isin(DUTIES) & ~own).to_numpy()


def aside(
    score: np.ndarray,
    weight: np.ndarray,
    may: np.ndarray,
    pillar: np.ndarray,
    unit: np.ndarray,
    share: np.ndarray,
    across: np.ndarray,
) -> np.ndarray:
    """Return which scores are set aside, of those that ``may`` be: one bool per score.

    ``score`` (1-100, NaN without), ``weight``, ``may``, ``pillar`` (0, 1, …): one per score; ``unit`` (0, 1,
    …) and ``share`` (weight): one per pillar; ``across``: one per unit, the rule of the mean over pillars
    (position in ACROSS). In a pillar the scores are kept with which its mean is highest; a pillar that has
    only scores that may be set aside is kept where the index is not lower with it. So pillar and index are
    the highest that any choice gives, and rise with each case that is met."""
    weight = np.where(np.isnan(score), 0.0, weight)
    out = lowering(score, weight, pillar, may)
    kept, size = np.where(out, 0.0, weight), len(unit)
    total, summed, firm = (
        np.bincount(pillar, part, size)
        for part in (kept, kept * np.nan_to_num(score), np.where(may, 0.0, weight))
    )
    there = total > 0
    mean = np.divide(summed, total, out=np.ones(size), where=there)
    level = np.where(across[unit] == ACROSS.index("arithmetic"), mean, np.log(mean))
    without = lowering(level, np.where(there, share, 0.0), unit, there & (firm <= 0))
    return out | (may & without[pillar])


def lowering(score: np.ndarray, weight: np.ndarray, group: np.ndarray, may: np.ndarray) -> np.ndarray:
    """Return which elements are left out, of those that ``may`` be, so that the weighted mean of each group
    is as high as possible: one bool per element. One is kept where a group has no other.

    ``score``, ``weight``, ``group`` (0, 1, …), ``may`` (bool): one per element."""
    size, points = int(group.max(initial=-1)) + 1, weight * np.nan_to_num(score)
    total, summed = (np.bincount(group, np.where(may, 0.0, part), size) for part in (weight, points))
    out = np.zeros(len(score), dtype=bool)
    best_first = pd.Series(score).where(may).groupby(group).rank(ascending=False, method="first").to_numpy()
    for place in range(1, int(np.max(best_first, where=may, initial=0)) + 1):
        at = np.flatnonzero(best_first == place)
        lowers = score[at] * total[group[at]] < summed[group[at]] - 1e-9
        out[at[lowers]] = True
        kept = at[~lowers]
        total[group[kept]] += weight[kept]
        summed[group[kept]] += points[kept]
    return out


def valid_versions(rows: pd.DataFrame, reference: pd.DataFrame, version: str) -> pd.DataFrame:
    """Return the rows of ``reference`` valid on each period_start of ``rows``, once for each such day, with
    that day as period_start and their version in a column named ``version``. Of several versions the one
    whose valid_from is latest. Raises ValueError where none is valid.

    ``reference``: version, valid_from, valid_to (inclusive; missing: open) and further columns."""
    first, last = pd.to_datetime(reference["valid_from"]), pd.to_datetime(reference["valid_to"])
    parts = []
    for start in rows["period_start"].unique():
        day = pd.Timestamp(start)
        valid = reference[(first.isna() | (first <= day)) & (last.isna() | (day <= last))]
        since = first[valid.index].fillna(pd.Timestamp.min)
        newest = valid[since == since.max()]
        if newest.empty:
            raise ValueError(f"no version of {version} is valid on {start}")
        parts.append(newest.rename(columns={"version": version}).assign(period_start=start))
    none = reference.iloc[:0].rename(columns={"version": version}).assign(period_start=None)
    return pd.concat(parts, ignore_index=True) if parts else none


def turned(values: np.ndarray, transform: pd.Series) -> np.ndarray:
    """Return ``values`` on the scale on which they are scored: square root, logarithm, or unchanged.
    ``transform``: `sqrt`, `log` or another text, one per value. NaN or infinite outside the domain, without a
    warning."""
    with np.errstate(all="ignore"):
        return np.select(
            [transform == "sqrt", transform == "log"], [np.sqrt(values), np.log(values)], default=values
        )


def turned_back(values: np.ndarray, transform: pd.Series) -> np.ndarray:
    """Return the inverse of `turned`: values from transformed ones. ``transform``: as in `turned`."""
    return np.select([transform == "sqrt", transform == "log"], [values**2, np.exp(values)], default=values)
