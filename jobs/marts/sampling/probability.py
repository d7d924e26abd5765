"""Survey weights of the probability samples, adjusted for purchases that gave no usable sample and for plans
whose frames overlap, and their strata for the estimation of variances. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Hierarchy
from jobs.marts.sampling.frames import multiplicity

NEVER_SAMPLES = ("cancelled", "lost")


@dataclass(frozen=True)
class SurveyDesign:
    """Weights and strata of the probability samples; the first two arrays are in the order of the samples.

    ``weight``: how many listings a sample stands for; NaN where it is outside of the design (no probability
    plan, no inclusion probability, or void). ``stratum``: number of its stratum after strata were joined, -1
    outside of the design. ``drawn``: for each of these numbers, how many samples in the design the stratum
    has."""

    weight: np.ndarray
    stratum: np.ndarray
    drawn: np.ndarray


def survey_design(
    *,
    sample: pd.DataFrame,
    void: np.ndarray,
    sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sampling_order: pd.DataFrame,
    trees: Mapping[str, Hierarchy],
) -> SurveyDesign:
    """Return the SurveyDesign of the probability samples: weights 1/π (π: inclusion_probability), adjusted
    within each stratum for non-response, and shared among overlapping frames.

    ``void``: whether each row of ``sample`` is void. ``trees``: as `hierarchies` returns them. The others are
    silver tables. A void sample, and an order that was cancelled or lost and has no sample, are non-response:
    the weights of the other samples of their stratum are multiplied by drawn / responding, as counts
    (response homogeneity groups; C.-E. Särndal et al., Model Assisted Survey Sampling, 1992, 15.6.2). Sums of
    1/π instead of counts would distort a plan drawn by units sold: where a listing of few sales is lost, one
    of many would get many times its weight. A sample without an outcome yet keeps its weight. The weight of a
    listing that several plans could have drawn in its month is divided by their number
    (`frames.multiplicity`; F. Mecatti, Survey Methodology 33, 2007, 151-157).

    A stratum of which no sample responded is left out. One of which only one sample responded has no
    variance, so it is joined to the next one of its plan, the last to the one before, and that of a plan with
    one stratum to the next plan's, of the last plan to that of the plan before (collapsed strata,
    whose variances tend to be too large; K. M. Wolter, Introduction to Variance Estimation, 2007, 2.5). The
    batches of a listing are draws from what it sells, so a test of one batch of each listing does not make
    their rate certain: there is no finite-population correction."""
    plans = sampling_plan[sampling_plan["type"] == "probability"]
    pi = pd.to_numeric(sample["inclusion_probability"]).to_numpy(float)
    inside = np.flatnonzero(sample["plan_id"].isin(plans["plan_id"]).to_numpy() & (np.nan_to_num(pi) > 0))
    weight, stratum = np.full(len(sample), np.nan), np.full(len(sample), -1, dtype=np.int64)
    drawn = sample.iloc[inside].reset_index(drop=True)
    drawn = drawn.assign(stratum=drawn["stratum"].fillna(""), base=1 / pi[inside], responds=~void[inside])
    if not drawn["responds"].any():
        return SurveyDesign(weight, stratum, np.zeros(0))
    strata = _strata(drawn, _without_sample(sampling_order, sample))
    kept = drawn[drawn["responds"]].join(strata[["factor", "joined"]], on=["plan_id", "stratum"])
    where = inside[kept.index.to_numpy()]
    weight[where] = kept["base"] * kept["factor"] / multiplicity(kept, plans, sampling_stratum, trees)
    stratum[where] = kept["joined"]
    return SurveyDesign(weight, stratum, strata.groupby("joined")["n"].sum().to_numpy(float))


def _without_sample(sampling_order: pd.DataFrame, sample: pd.DataFrame) -> pd.Series:
    """Orders that were cancelled or lost and of which no sample is known, by plan and stratum."""
    gone = sampling_order["status"].isin(NEVER_SAMPLES) & ~sampling_order["sampling_order_id"].isin(
        sample["sampling_order_id"].dropna()
    )
    orders = sampling_order[gone]
    return orders.assign(stratum=orders["stratum"].fillna("")).groupby(["plan_id", "stratum"]).size()


def _strata(drawn: pd.DataFrame, without_sample: pd.Series) -> pd.DataFrame:
    """By plan and stratum in which something responded, sorted: n (responding), factor (all drawn /
    responding), joined."""
    groups = drawn.groupby(["plan_id", "stratum"])["responds"]
    strata = pd.DataFrame({"all": groups.size(), "n": groups.sum()})
    lost = without_sample.reindex(strata.index, fill_value=0)
    strata = strata[strata["n"] > 0].assign(factor=(strata["all"] + lost) / strata["n"])
    plans = strata.index.get_level_values(0).to_numpy()
    return strata.assign(joined=_joined(strata["n"].to_numpy(), plans))


def _joined(n: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """Numbers of joined strata, in order: each with one sample is linked to a neighbour."""
    last = len(n) - 1
    linked = np.zeros(len(n), dtype=bool)  # with the stratum behind it
    for i in np.flatnonzero(n == 1):
        own_next, own_before = i < last and plan[i + 1] == plan[i], i > 0 and plan[i - 1] == plan[i]
        ahead = own_next or (not own_before and i < last)
        if ahead:
            linked[i] = True
        elif i > 0:
            linked[i - 1] = True
    return np.cumsum(np.concatenate([[0], ~linked[:-1]]))
