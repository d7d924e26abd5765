"""Decides which rates may be shown, and how reliable they are: a rule on the number of batches and the width
of the limits (definitions.md#insufficient). Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.sampling import outcomes
from jobs.marts.sampling.counts import DESIGNS, NUMBERS, Design
from jobs.methods import intervals

FEWEST = 30  # batches of a rate's denominator, and effective ones: below either it is not shown
INSUFFICIENT = "insufficient"
CLASSES = {"A": 0.03, "B": 0.06, "C": 0.10, "D": np.inf}  # by the greatest half-width of the limits
EXPOSURE = ["exposure_rate", "exposure_low", "exposure_high"]
EXPOSURE_VIOLATION = [f"exposure_violation_{part}" for part in ("rate", "low", "high")]
VIOLATION = ["violation_rate", "violation_low", "violation_high", *EXPOSURE_VIOLATION]
SHOWN = [
    *("rate ci_low ci_high violation_rate violation_low violation_high listing_rate".split()),
    *EXPOSURE,
    *EXPOSURE_VIOLATION,
    "design_effect",
    "cv",
]


def rates(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rates of each row of ``rows`` before any is hidden, with its index: judged; n_effective;
    rate, ci_low, ci_high (Wilson); violation_rate, violation_low, violation_high (Clopper–Pearson); cv;
    insufficient and violation_insufficient (bool); reliability. Rates are shares in 0-1, limits of 95%.

    ``rows``: COUNTS, and of `weighted_rates` n_effective, violation_n_effective, exposure_rate,
    exposure_se, exposure_low, exposure_high (NaN where no sample has a weight).

    ``n_effective`` is Kish's effective number of the exposure rate, at most the judged batches; where no
    sample has a weight, the judged batches. ``insufficient``: it is below FEWEST (30).
    ``violation_insufficient``: the effective number of the denominator of the violation rate
    (`outcomes.violation_base`) is below it; by tested batches alone, rows would be shown or not by their
    outcome, as each violation leaves one batch fewer to be tested. ``reliability``: a class (CLASSES) by the
    half-width of the limits of the exposure rate, or of ``rate`` where no sample has a weight; INSUFFICIENT
    also where there are no limits. ``cv``: standard error of that rate divided by it; NaN where it is 0."""
    failed = rows["n_nonconforming"].to_numpy(float)
    judged, base = (of(rows).to_numpy(float) for of in (outcomes.judged, outcomes.violation_base))
    found = failed + rows["n_exited_violation"].to_numpy(float)
    effective, of_violation = (
        np.minimum(rows[name].fillna(np.inf).to_numpy(float), n)
        for name, n in (("n_effective", judged), ("violation_n_effective", base))
    )
    low, high = intervals.binomial(failed, judged)
    violation_low, violation_high = intervals.binomial(found, base, method="clopper_pearson")
    rate = _share(failed, judged)
    weighted = rows["exposure_high"].notna().to_numpy()
    insufficient = effective < FEWEST
    half = np.where(weighted, rows["exposure_high"] - rows["exposure_low"], high - low) / 2
    order = np.searchsorted(list(CLASSES.values()), half)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(weighted, rows["exposure_se"], np.sqrt(rate * (1 - rate) / judged))
        cv = error / np.where(weighted, rows["exposure_rate"], rate)
    return pd.DataFrame(
        {
            "judged": judged,
            "n_effective": effective,
            "rate": rate,
            "ci_low": low,
            "ci_high": high,
            "violation_rate": _share(found, base),
            "violation_low": violation_low,
            "violation_high": violation_high,
            "cv": np.where(np.isfinite(cv), cv, np.nan),
            "insufficient": insufficient,
            "violation_insufficient": of_violation < FEWEST,
            "reliability": np.where(
                insufficient,
                INSUFFICIENT,
                np.array([*CLASSES, INSUFFICIENT], dtype=object)[np.minimum(order, len(CLASSES))],
            ),
        },
        index=rows.index,
    )


def for_year_on_year(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that `year_on_year` needs, one row per row of ``rows``: NUMBERS (the row's key), x
    (non-conforming batches), n (judged), reliable (not insufficient), and exposure, exposure_low,
    exposure_high, NaN where any of the three is missing. ``rows``: counts and weighted rates together with
    the columns of `rates`."""
    exposed = rows[EXPOSURE].where(rows[EXPOSURE].notna().all(axis=1))
    exposed = exposed.set_axis(["exposure", "exposure_low", "exposure_high"], axis=1)
    own = rows[[*NUMBERS, "n_nonconforming"]].rename(columns={"n_nonconforming": "x"})
    return own.assign(n=rows["judged"], reliable=~rows["insufficient"], **exposed)


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns SHOWN, with the index of ``rows``: the rates, NaN where a figure must not be
    published. ``rows``: counts and weighted rates together with the columns of `rates`.

    Where a row is insufficient all figures are NaN, except the violation rates, which are NaN where
    violation_insufficient. Rows of the design ``all`` are exempt from both rules: bulletins account for every
    batch with them. An exposure rate without limits is NaN. Where a rate is 0 its lower limit is NaN."""
    assessed = rows["design"] != DESIGNS.index(Design.ALL)
    few = {name: (rows[name] & assessed).to_numpy() for name in ("insufficient", "violation_insufficient")}
    table = {
        name: np.where(
            few["violation_insufficient" if name in VIOLATION else "insufficient"],
            np.nan,
            rows[name].to_numpy(float),
        )
        for name in SHOWN
    }
    for names in (EXPOSURE, EXPOSURE_VIOLATION):
        without = np.isnan(table[names[2]])
        for name in names:
            table[name] = np.where(without, np.nan, table[name])
    for rate, low in (
        ("rate", "ci_low"),
        ("violation_rate", "violation_low"),
        ("exposure_rate", "exposure_low"),
        ("exposure_violation_rate", "exposure_violation_low"),
    ):
        table[low] = np.where(table[rate] == 0, np.nan, table[low])
    return pd.DataFrame(table, index=rows.index)[SHOWN]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
