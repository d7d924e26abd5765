"""How often limits that are published miss the truth, each side apart: exactly, by the binomial chances of
every outcome, through the functions that give gold.detection_rate its rates and hide them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from jobs.marts.sampling import reliability
from jobs.marts.sampling.counts import DESIGNS, Design
from jobs.marts.sampling.outcomes import all_judged

SIZES = (30, 40, 50, 70, 100, 300)
RATES = np.arange(0.01, 0.401, 0.0025)
TARGETED = (0.1, 0.3)  # where finding rates of targeted samples lie


@cache
def published(n: int) -> pd.DataFrame:
    """What is shown of rows with 0, 1, …, n failures of n batches, none of them an exit before the test: both
    rates are then of the same counts."""
    events = np.arange(n + 1)
    rows = pd.DataFrame(all_judged(np.full(n + 1, n), events)).assign(design=DESIGNS.index(Design.TARGETED))
    absent = ("n_effective", "exposure_rate", "exposure_se", "exposure_low", "exposure_high")
    absent += ("exposure_violation_rate", "exposure_violation_low", "exposure_violation_high")
    absent += ("listing_rate", "design_effect", "violation_n_effective")
    rows = rows.assign(**dict.fromkeys(absent, np.nan))
    rows = pd.concat([rows.drop(columns="n_effective"), reliability.rates(rows)], axis=1)
    return reliability.shown(rows)


def missed(low: pd.Series, high: pd.Series) -> np.ndarray:
    """Chance that the truth lies below the lower limit, and above the upper one: 2 x RATES."""
    n = len(low) - 1
    chance = binom.pmf(np.arange(n + 1), n, RATES[:, None])
    ends = low.fillna(0.0).to_numpy(), high.to_numpy()
    return np.array([
        (chance * (ends[0] > RATES[:, None])).sum(axis=1), (chance * (ends[1] < RATES[:, None])).sum(axis=1)
    ])  # fmt: skip


@pytest.mark.parametrize("n", SIZES)
def test_limits_of_the_violation_rate_miss_on_neither_side_in_more_than_2_5_per_cent_at_any_rate(n):
    table = published(n)
    assert missed(table["violation_low"], table["violation_high"]).max() <= 0.025 + 1e-9


@pytest.mark.parametrize("n", SIZES)
def test_limits_of_the_finding_rate_miss_on_neither_side_in_4_per_cent_at_rates_of_targeted_samples(n):
    """On average over rates near each other, as those of a country's units are: an interval by counts cannot
    be exact at each (L. D. Brown, T. T. Cai & A. DasGupta, Statistical Science 16, 2001)."""
    table = published(n)
    found = missed(table["ci_low"], table["ci_high"])
    usual = (TARGETED[0] <= RATES) & (TARGETED[1] >= RATES)
    assert found[:, usual].mean(axis=1).max() <= 0.04
    assert 1 - found[:, usual].sum(axis=0).mean() >= 0.945


def test_exact_limits_are_hardly_wider():
    for n in SIZES:
        table = published(n)
        chance = binom.pmf(np.arange(n + 1), n, RATES[:, None])
        wilson, exact = (
            (table[f"{name}_high"] - table[f"{name}_low"].fillna(0.0)).to_numpy()
            for name in ("ci", "violation")
        )
        assert ((chance * exact).sum(axis=1) <= 1.12 * (chance * wilson).sum(axis=1)).all()
