"""gold.detection_rate: of the batches that were judged, the share that does not conform, with its limits (definitions.md 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import hierarchies
from jobs.marts.sampling.counts import KEY, Design, by_period, monthly
from jobs.marts.sampling.dimensions import RATE_DIMENSIONS
from jobs.marts.sampling.outcomes import COUNTS, outcomes, serious
from jobs.methods import intervals
from jobs.period import Period

METHOD_VERSION = "detection_rate/1"
FEWEST_JUDGED = 30     # below it no rate is shown
WIDEST_INTERVAL = 0.2  # nor where the 95 % limits lie further apart than 20 points


def build(
    *, sample: pd.DataFrame, conclusion: pd.DataFrame, test_result: pd.DataFrame, sampling_plan: pd.DataFrame,
    region: pd.DataFrame, product_category: pd.DataFrame, period: Period,
) -> pd.DataFrame:
    """One row per period, unit and design, sorted by key; arguments are the silver tables of these names.

    Rates are shares in 0-1, null where nothing was judged. rate = n_nonconforming / (n_tested - n_not_judged), by final
    conclusions; exits before the test stand outside the denominator (market regulation's spot-check bulletins count so).
    Limits: Wilson, 95 %.
    """
    outcome = outcomes(sample, conclusion)
    outcome["n_serious"] = serious(sample, conclusion, test_result)
    trees = hierarchies(region=region, product_category=product_category)
    counts = by_period(monthly(sample, outcome, designs(sample, sampling_plan), RATE_DIMENSIONS, trees))
    return pd.concat([counts[[*KEY, *COUNTS]], rates(counts)], axis=1)


def designs(sample: pd.DataFrame, sampling_plan: pd.DataFrame) -> np.ndarray:
    """The Design of each sample: ``probability`` by its plan's type; targeted, complaint-led and follow-up plans, and a plan
    that is not known to be of any type, are ``targeted``, as nothing shows that their samples speak for the market."""
    probability = sampling_plan.loc[sampling_plan["type"] == "probability", "plan_id"]
    return np.where(sample["plan_id"].isin(probability), Design.PROBABILITY, Design.TARGETED)


def rates(counts: pd.DataFrame) -> pd.DataFrame:
    """rate, ci_low, ci_high, violation_rate, unreliable, method_version of rows of counts with their ``design``.

    No failure: rate 0, ``ci_low`` null, ``ci_high`` kept. Unreliable: rate and limits null. Design ``all`` is bookkeeping for
    bulletins: it is neither reliable nor unreliable, ``unreliable`` is null and the rate stands.
    """
    failed = counts["n_nonconforming"].to_numpy(float)
    judged = (counts["n_tested"] - counts["n_not_judged"]).to_numpy(float)
    violations = counts["n_exited_violation"].to_numpy(float)
    low, high = intervals.binomial(failed, judged)
    pooled = (counts["design"] == Design.ALL).to_numpy()
    unreliable = (judged < FEWEST_JUDGED) | (high - low > WIDEST_INTERVAL)
    hidden = unreliable & ~pooled
    return pd.DataFrame({
        "rate": np.where(hidden, np.nan, _share(failed, judged)),
        "ci_low": np.where(hidden | (failed == 0), np.nan, low),
        "ci_high": np.where(hidden, np.nan, high),
        "violation_rate": _share(failed + violations, judged + violations),
        "unreliable": pd.arrays.BooleanArray(unreliable, mask=pooled),
        "method_version": np.full(len(counts), METHOD_VERSION, dtype=object),
    }, index=counts.index)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
