"""Estimates the effect of measures: whether fewer failing goods are sold in platforms × categories in which a
measure was taken than in those without. Pure.

The exposure rate is the share of failing goods among the goods sold, estimated from probability samples. A
cell is a platform with a level-1 category; an arm is the treated or the untreated cells, a side the period
before or after the measure, a group an arm with a side. Months are numbers since 1970-01.

CELL: platform_code, category. EFFECT: treated_before, treated_after, untreated_before, untreated_after,
n_treated_before, n_treated_after, n_untreated_before, n_untreated_after, n_treated_cells, n_untreated_cells,
effect_pp, effect_low, effect_high."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION
from jobs.marts.sampling import outcomes
from jobs.marts.sampling.probability import SurveyDesign
from jobs.marts.sampling.weighted_rates import units_weight
from jobs.methods import intervals, survey_cells

CELL = ["platform_code", "category"]
FEWEST_JUDGED = 30  # judged samples that each group needs for an effect to be stated
ALL = (1900 - 1970) * 12  # 1900-01: not a period
_ARMS, _SIDES = ("treated", "untreated"), ("before", "after")
_GROUPS = [f"{arm}_{side}" for arm in _ARMS for side in _SIDES]
# Exposure rate (0-1) and number of judged samples of each group; numbers of cells; effect with 95% limits.
EFFECT = [
    *_GROUPS,
    *(f"n_{name}" for name in _GROUPS),
    "n_treated_cells",
    "n_untreated_cells",
    "effect_pp",
    "effect_low",
    "effect_high",
]


def judged_rows(
    sample: pd.DataFrame, outcome: pd.DataFrame, design: SurveyDesign, category: np.ndarray
) -> pd.DataFrame:
    """Return the judged probability samples that have a weight, a platform and a category: one row per sample
    with CELL, ``month`` (of the outcome), ``stratum``, and the sums from which `survey_cells` computes the
    exposure rate. The index is new.

    ``sample``: silver; ``outcome``: its outcomes, row by row in the same order (`outcomes.outcomes`);
    ``design``: strata and weights of the samples; ``category``: level-1 category of each sample, missing
    where not known."""
    failed = outcome["n_nonconforming"].to_numpy(float)
    inside = (outcomes.judged(outcome).to_numpy() > 0) & (design.stratum >= 0)
    sums = survey_cells.contributions(failed, np.where(inside, units_weight(design, sample), np.nan))
    rows = sums.assign(
        platform_code=sample["platform_code"].to_numpy(object),
        category=category,
        month=outcome["month"].to_numpy(),
        stratum=design.stratum,
    )
    return rows[(rows["n"] > 0) & rows["platform_code"].notna() & rows["category"].notna()].reset_index(
        drop=True
    )


def effects(
    judged: pd.DataFrame, measures: pd.DataFrame, design: SurveyDesign, size: int, *, pooled: bool = False
) -> pd.DataFrame:
    """Return one row per ``period`` (its first month), ``category`` (the nation's code: all) and ``measure``,
    with EFFECT.

    ``judged``: as returned by `judged_rows`; ``measures``: one row per finding and measure with CELL,
    ``measure``, ``month`` (in which it was taken) and ``result_month`` of the finding that led to it (NaN:
    not known); ``design``: as for `judged_rows`; ``size``: months of a period; ``pooled``: also all periods
    together, as the period 1900-01 (ALL).

    Treated cells have the measure in the period; untreated ones are of the same category and have none of any
    kind. The rate of the period before is compared with that of the period after. What was found in between
    is on neither side: else a bad sample that led to a measure would look like its success when the next
    sample is an ordinary one (regression to the mean). For that reason cells with a measure that follows a
    result of an earlier period, or of an unknown day, are in no arm.

    effect_pp is the difference in differences in percentage points, with 95% limits by MOVER; for all
    categories each group is given the treated cells' mix of categories. It is NaN unless each group has
    FEWEST_JUDGED (30) samples."""
    # A measure whose result has no date cannot be distinguished from one of the period before.
    known = measures.assign(
        period=measures["month"] // size * size, source=measures["result_month"] // size * size
    )
    tainted = known.loc[
        known["source"].isna() | (known["source"] < known["period"]), [*CELL, "period"]
    ].drop_duplicates()
    parts = [_groups(judged, known, tainted, name, size) for name in known["measure"].unique()]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=["period", "category", "measure", *EFFECT])
    sums = pd.concat(parts, ignore_index=True)
    wholes = [_standardised(sums), *([_standardised(sums, of_all=True)] if pooled else [])]
    sums = pd.concat([sums, *wholes], ignore_index=True)
    by = ["period", "category", "measure", "group"]
    keys = sums[by].drop_duplicates(ignore_index=True)
    sums = sums.merge(keys.assign(number=np.arange(len(keys))), on=by)
    rates = survey_cells.shares(sums, cell="number", stratum="stratum", drawn=design.drawn)
    wide = keys.join(rates[["value", "low", "high", "n"]]).pivot(
        index=by[:3], columns="group", values=["value", "low", "high", "n"]
    )
    wide = wide.reindex(columns=pd.MultiIndex.from_product([["value", "low", "high", "n"], _GROUPS]))
    found = _differences(wide)
    cells = (
        sums.drop_duplicates([*by[:3], "arm"])
        .pivot(index=by[:3], columns="arm", values="cells")
        .reindex(columns=list(_ARMS))
        .fillna(0)
    )
    found[["n_treated_cells", "n_untreated_cells"]] = cells.reindex(found.index).to_numpy()
    return found.reset_index()


def _groups(
    judged: pd.DataFrame, known: pd.DataFrame, tainted: pd.DataFrame, measure: str, size: int
) -> pd.DataFrame:
    """Sums by period of the measure, category, group (arm and side) and stratum; ``cells`` of the arm."""
    treated = known.loc[known["measure"] == measure, [*CELL, "period"]].drop_duplicates().assign(has="own")
    touched = known[[*CELL, "period"]].drop_duplicates().assign(any="any")
    sides = []
    for side, step in (("before", size), ("after", -size)):
        part = judged.assign(period=judged["month"] // size * size + step, side=side)
        sides.append(
            part[
                part.set_index(["category", "period"]).index.isin(
                    treated.set_index(["category", "period"]).index
                )
            ]
        )
    rows = (
        pd.concat(sides, ignore_index=True)
        .merge(treated, on=[*CELL, "period"], how="left")
        .merge(touched, on=[*CELL, "period"], how="left")
    )
    rows = rows.merge(tainted.assign(out="out"), on=[*CELL, "period"], how="left")
    rows["arm"] = np.select([rows["has"].notna(), rows["any"].isna()], _ARMS, default="")
    rows = rows[(rows["arm"] != "") & rows["out"].isna()]
    of_arm = ["period", "category", "arm"]
    cells = rows.groupby(of_arm)["platform_code"].nunique().rename("cells").reset_index()
    sums = (
        rows.groupby([*of_arm, "side", "stratum"], as_index=False)[survey_cells.SUMS]
        .sum()
        .merge(cells, on=of_arm)
    )
    return sums.assign(measure=measure, group=sums["arm"] + "_" + sums["side"])


def _differences(wide: pd.DataFrame) -> pd.DataFrame:
    enough = (
        (wide["n"] >= FEWEST_JUDGED).all(axis=1)
        & wide["low"].notna().all(axis=1)
        & wide["high"].notna().all(axis=1)
    )
    value, low, high = (wide[name].where(enough) for name in ("value", "low", "high"))
    changes = {}
    for arm in _ARMS:
        ends = [
            (
                value[f"{arm}_{side}"],
                np.minimum(low[f"{arm}_{side}"], value[f"{arm}_{side}"]),
                np.maximum(high[f"{arm}_{side}"], value[f"{arm}_{side}"]),
            )
            for side in ("after", "before")
        ]
        changes[arm] = (ends[0][0] - ends[1][0], *intervals.mover(*ends[0], *ends[1]))
    effect = changes["treated"][0] - changes["untreated"][0]
    below, above = intervals.mover(*changes["treated"], *changes["untreated"])
    found = value[_GROUPS].copy()
    found[[f"n_{name}" for name in _GROUPS]] = wide["n"][_GROUPS].fillna(0).to_numpy()
    return found.assign(effect_pp=100 * effect, effect_low=100 * below, effect_high=100 * above)


def _standardised(sums: pd.DataFrame, of_all: bool = False) -> pd.DataFrame:
    """All categories together (code NATION), each group weighted so that it has the treated cells' mix of
    categories, by units sold over both sides: like is compared with like. Categories that lack a group are
    left out. ``of_all``: all periods together too, with the same mix of both."""
    of = ["period", "measure", "category"]
    wide = (
        sums.pivot_table(index=of, columns="group", values="w", aggfunc="sum")
        .reindex(columns=_GROUPS)
        .dropna()
    )
    wide = wide[(wide > 0).all(axis=1)]
    target = wide[["treated_before", "treated_after"]].sum(axis=1)
    factor = (
        (1 / wide).mul(target, axis=0).rename_axis(columns="group").stack().rename("factor").reset_index()
    )
    rows = sums.merge(factor, on=[*of, "group"])
    for names, power in ((["w", "wy"], 1), (["w2", "w2y"], 2)):
        rows[names] = rows[names].mul(rows["factor"] ** power, axis=0)
    by = ["period", "measure", "group", "arm"]
    cells = rows.drop_duplicates([*by, "category"]).assign(period=lambda t: ALL if of_all else t["period"])
    cells = cells.groupby(by)["cells"].sum().rename("cells").reset_index()
    rows = rows.assign(period=ALL) if of_all else rows
    pooled = rows.groupby([*by, "stratum"], as_index=False)[survey_cells.SUMS].sum()
    return pooled.merge(cells, on=by).assign(category=NATION)
