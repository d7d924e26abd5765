"""Agreement of laboratories against published figures, and what it must do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from jobs.methods.agreement import bias, kappa, shift

# Bland & Altman 1986, table 1: first readings of peak flow by the Wright and the mini Wright meter, l/min.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
# Fleiss, Cohen & Everitt 1969: two raters, 200 subjects.
RATERS = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])


def test_kappa_and_its_error_are_those_of_fleiss_cohen_and_everitt():
    got = kappa(RATERS)
    assert got.value == pytest.approx(0.429, abs=5e-4)
    assert (got.high - got.low) / 2 / 1.959964 == pytest.approx(np.sqrt(0.002885), abs=5e-5)


def test_bias_and_limits_of_agreement_are_those_of_bland_and_altman():
    got = bias(WRIGHT, MINI)
    assert (got.value, got.spread) == (pytest.approx(-2.1, abs=0.05), pytest.approx(38.8, abs=0.05))
    # They take 2 standard deviations where 1.96 stand here: -79.7 to 75.5.
    assert got.value + got.spread * np.array([-2, 2]) == pytest.approx([-79.7, 75.5], abs=0.1)
    assert (got.low, got.high) == (pytest.approx(-22.1, abs=0.1), pytest.approx(17.8, abs=0.1))


def test_without_clusters_the_limits_are_those_of_a_mean_by_student():
    rng = np.random.default_rng(5)
    one, other = rng.normal(0.3, 1, 40), rng.normal(0, 1, 40)
    low, high = stats.ttest_rel(one, other).confidence_interval(0.9)
    got = bias(one, other, level=0.9)
    assert (got.low, got.high) == (pytest.approx(low), pytest.approx(high))


def test_values_of_one_sample_are_no_independent_pairs():
    one, zero = np.repeat([1.0, 2.0, 3.0, 2.5], 5), np.zeros(20)
    apart, together = bias(one, zero), bias(one, zero, cluster=np.repeat([1, 2, 3, 4], 5))
    of_means = bias([1.0, 2.0, 3.0, 2.5], [0.0] * 4)
    assert together.value == apart.value and together.clusters == 4
    assert (together.low, together.high) == (pytest.approx(of_means.low), pytest.approx(of_means.high))


def test_kappa_is_that_of_statsmodels():
    generator = np.random.default_rng(1)
    for size in (2, 3):
        for table in generator.integers(1, 60, (50, size, size)):
            wanted = cohens_kappa(table)
            got = kappa(table)
            assert got.value == wanted.kappa
            reach = stats.norm.ppf(0.975) * np.sqrt(wanted.var_kappa)
            assert got.low == pytest.approx(max(wanted.kappa - reach, -1), rel=1e-12)


def test_a_verdict_that_never_varies_gives_no_kappa():
    assert np.isnan(kappa([[9, 1], [0, 0]])).all()
    full = kappa([[9, 0], [0, 4]])
    assert full.value == 1 and np.isnan(full.low)


def test_limits_hold_the_true_bias_as_often_as_they_say():
    rng = np.random.default_rng(8)
    held = []
    for _ in range(400):
        sample = np.repeat(rng.normal(0, 0.05, 25), 3)
        got = bias(0.04 + sample + rng.normal(0, 0.03, 75), np.zeros(75), cluster=np.repeat(np.arange(25), 3))
        held.append(got.low <= 0.04 <= got.high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_the_pseudo_median_and_its_limits_are_those_of_hollander_and_wolfe():
    """Depression of nine patients before and after a tranquilliser (Hamilton's scale, 1970), example 3.1 of
    the book: -0.46, with the limits -0.786 and -0.010 at 96.1 %."""
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    got = shift(after, before, level=0.961)
    assert (got.value, got.low, got.high) == pytest.approx((-0.46, -0.786, -0.010), abs=5e-4)


@pytest.mark.parametrize("far, least", [(0.0, 0.93), (0.024, 0.85)])
def test_the_shift_of_a_laboratory_is_what_it_reads_more_however_high_it_reads_a_few_goods(far, least):
    """6 % more, and goods that it alone fails (2.4% of values) three times as high: these would add 3 % to a
    mean. Limits of shifts hold the truth as often as they say, and nearly so beside such values."""
    rng, held, values = np.random.default_rng(9), [], []
    for _ in range(300):
        high = np.where(rng.random(150) < far, 1.2, 0.0)
        got = shift(0.06 + rng.normal(0, 0.03, 150) + high, np.zeros(150), cluster=np.arange(150) // 2)
        held.append(got.low <= 0.06 <= got.high)
        values.append(got.value)
    assert np.mean(held) >= least and np.mean(held) <= 0.98
    assert min(values) > 0.05 and max(values) < 0.075


def test_few_samples_have_a_shift_without_limits():
    few = shift([1.0, 2.0, 4.0], [0.0, 0.0, 0.0])
    assert few.value == 2.25 and np.isnan([few.low, few.high]).all()
    assert np.isnan(shift([], [])).all()


@pytest.mark.parametrize("table", [[[1, 2, 3]], [[0, 0], [0, 0]], [[1, -1], [2, 3]], [[1, np.nan], [2, 3]]])
def test_no_square_table_of_counts_is_an_error(table):
    with pytest.raises(ValueError):
        kappa(table)


def test_pairs_must_be_complete_and_few_of_them_have_no_limits():
    with pytest.raises(ValueError, match="lengths differ"):
        bias([1, 2], [1])
    with pytest.raises(ValueError, match="missing"):
        bias([1, np.nan], [1, 2])
    assert np.isnan(bias([1.0], [0.5]).low) and bias([1.0], [0.5]).value == 0.5
    assert bias([], []).n == 0
