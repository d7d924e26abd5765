"""Agreement of laboratories against published figures, and what it must do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobs.methods.agreement import bias, kappa

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
