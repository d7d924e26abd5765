"""Measures of a score against their definitions and brute force."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from jobs.methods import scorecard


def drawn(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    y = draw.random(120) < 0.3
    score = draw.normal(size=120) + 0.8 * y
    return y, score.round(0) if ties else score


@pytest.mark.parametrize("ties", [False, True])
def test_auc_is_the_share_of_pairs_in_order_with_delongs_variance(ties):
    y, score = drawn(1, ties)
    pairs = (score[y][:, None] > score[~y]) + 0.5 * (score[y][:, None] == score[~y])
    error = np.sqrt(pairs.mean(axis=1).var(ddof=1) / y.sum() + pairs.mean(axis=0).var(ddof=1) / (~y).sum())
    got = scorecard.auc(y, score)
    assert got.value == pytest.approx(pairs.mean(), rel=1e-12)
    assert (got.low, got.high) == pytest.approx(
        (pairs.mean() - 1.959963984540054 * error, pairs.mean() + 1.959963984540054 * error), rel=1e-9
    )
    assert got.value == pytest.approx(
        stats.mannwhitneyu(score[y], score[~y]).statistic / pairs.size, rel=1e-12
    )


def test_a_perfect_score_has_area_1_and_a_turned_one_0():
    assert scorecard.auc([0, 0, 1, 1], [1, 2, 3, 4]) == scorecard.Auc(1.0, 1.0, 1.0)
    assert scorecard.auc([1, 1, 0, 0], [1, 2, 3, 4]).value == 0
    single = scorecard.auc([0, 0, 1], [1, 3, 2])
    assert single.value == 0.5 and np.isnan([single.low, single.high]).all()


def test_areas_of_strata_count_by_their_pairs_and_no_pair_of_two_strata_counts():
    parts = [drawn(seed, False) for seed in (1, 2)]
    areas = [scorecard.auc(y, score) for y, score in parts]
    ordered = [(score[y][:, None] > score[~y]) for y, score in parts]
    got = scorecard.stratified(areas, [pairs.size for pairs in ordered])
    assert got.value == pytest.approx(sum(p.sum() for p in ordered) / sum(p.size for p in ordered), rel=1e-12)
    assert got.low > min(a.low for a in areas) and got.high < max(a.high for a in areas)  # two say more


def test_one_stratum_is_its_area_and_a_clipped_limit_takes_no_width_away():
    one = scorecard.Auc(0.98, 0.94, 1.0)
    assert scorecard.stratified([one], [50]) == scorecard.Auc(0.98, pytest.approx(0.94), 1.0)
    with pytest.raises(ValueError, match="every stratum"):
        scorecard.stratified([scorecard.Auc(0.5, np.nan, np.nan)], [1])


def test_ks_is_the_greatest_distance_of_the_distributions():
    y, score = drawn(2, True)
    distances = [abs((score[y] <= cut).mean() - (score[~y] <= cut).mean()) for cut in score]
    assert scorecard.ks(y, score) == pytest.approx(max(distances), rel=1e-12)


def test_psi_of_two_classes_by_hand():
    got = scorecard.psi([1, 1, 2, 2], [1, 2, 2, 2], bins=2)
    assert got == pytest.approx((0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5))


def test_psi_is_0_for_the_same_scores_and_large_for_others_even_in_empty_classes():
    scores = np.random.default_rng(3).normal(size=500)
    assert scorecard.psi(scores, scores) == 0
    assert 0.25 < scorecard.psi(scores, scores + 10) < np.inf
    assert scorecard.psi(np.ones(10), np.ones(20)) == 0  # one class only


def test_calibration_compares_means_within_classes_of_equal_size():
    p, y = (
        np.repeat([0.1, 0.4, 0.8], 20),
        np.concatenate([np.arange(20) < 2, np.arange(20) < 10, np.arange(20) < 16]),
    )
    got = scorecard.calibration(y, p, bins=3)
    assert got.n.tolist() == [20, 20, 20]
    assert got.predicted.tolist() == pytest.approx(
        [0.1, 0.4, 0.8]
    ) and got.observed.tolist() == pytest.approx([0.1, 0.5, 0.8])
    assert (got.low < got.observed).all() and (got.observed < got.high).all()
    assert scorecard.calibration([0, 1], [0.5, 0.5]).n.tolist() == [2]


def test_scores_go_by_label():
    y, score = pd.Series([0, 1, 0], index=list("abc")), pd.Series([5.0, 1, 2], index=list("bca"))
    assert scorecard.auc(y, score).value == 1  # b has 5, a 2, c 1


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: scorecard.auc([1, 1], [1, 2]), "both classes"),
        (lambda: scorecard.auc([0, 2], [1, 2]), "0 or 1"),
        (lambda: scorecard.ks([0, 1], [1, None]), "missing"),
        (lambda: scorecard.psi([], [1]), "not empty"),
        (lambda: scorecard.psi([1], [1], bins=1), "bins"),
        (lambda: scorecard.calibration([0], [1.2]), "between 0 and 1"),
        (lambda: scorecard.auc([0, 1], [1, 2, 3]), "lengths"),
    ],
)
def test_what_is_no_score_is_refused(call, reason):
    with pytest.raises(ValueError, match=reason):
        call()


def test_auc_of_109_rated_tomograms_is_the_published_one_with_its_limits():
    """J. A. Hanley & B. J. McNeil, Radiology 143, 1982, 29-36, table 1; limits as Stata's manual prints them
    for these data ([R] roctab: 0.8932, 0.83295, 0.95339)."""
    ratings = [1, 2, 3, 4, 5]
    normal, abnormal = np.repeat(ratings, [33, 6, 6, 11, 2]), np.repeat(ratings, [3, 2, 2, 11, 33])
    got = scorecard.auc(np.repeat([0, 1], [58, 51]), np.concatenate([normal, abnormal]))
    assert (got.value, got.low, got.high) == pytest.approx((0.8932, 0.83295, 0.95339), abs=5e-5)


def test_ks_of_the_published_learning_errors_is_seven_tenths():
    """S. Siegel, Nonparametric Statistics, 1956, the two-sample case of errors in serial learning, after
    Lepley: D = 0.70."""
    older = [35.2, 39.2, 40.9, 38.1, 34.4, 29.1, 41.8, 24.3, 32.4]
    younger = [39.1, 41.2, 45.2, 46.2, 48.4, 48.7, 55.0, 40.6, 52.1, 47.2]
    assert scorecard.ks(np.repeat([0, 1], [9, 10]), older + younger) == pytest.approx(0.70, abs=1e-12)


def test_psi_of_three_income_classes_is_that_of_the_worked_case():
    """Shares of 40, 30, 30 % expected and 35, 25, 40 % found (the worked case of geeksforgeeks.org,
    "Population Stability Index"): 0.0067 + 0.0091 + 0.0288."""
    got = scorecard.psi(np.repeat([1, 2, 3], [40, 30, 30]), np.repeat([1, 2, 3], [35, 25, 40]))
    assert got == pytest.approx(0.0446, abs=5e-5)
