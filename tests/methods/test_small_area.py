"""Shrunk estimates against the reference and published sets, and their properties."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from jobs.methods import small_area
from jobs.methods.beta_binomial_bootstraps import limits, mixture_quantiles
from jobs.methods.beta_binomials import Samples, means, means_without, rise, trigamma

# Geissler's Saxon families with 12 children by number of boys (Lindsey & Altham 1998): 34.096 and 31.572 are
# published.
SAXONY = np.array([3, 24, 104, 286, 670, 1033, 1343, 1112, 829, 478, 181, 45, 7])


def milk(shared) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    data = pd.read_csv(shared / "anchors/sae_milk/input.csv")
    design = pd.get_dummies(data.MajorArea, drop_first=True).astype(float)
    design.insert(0, "one", 1.0)
    return data, design, json.loads((shared / "anchors/sae_milk/expected.json").read_text())["REML"]


def test_fay_herriot_is_that_of_the_reference(shared):
    data, design, expected = milk(shared)
    got = small_area.fay_herriot(data.yi, data.SD**2, design)
    areas = pd.DataFrame(expected["areas"])
    assert pytest.approx(expected["refvar"], rel=1e-6) == got.A
    assert got.beta == pytest.approx([term["coef"] for term in expected["beta"]], rel=1e-6)
    for name in ("eblup", "mse", "gamma"):
        assert getattr(got, name) == pytest.approx(areas[name].to_numpy(), rel=1e-6)


def test_fay_herriot_takes_lists_and_goes_by_label(shared):
    data, design, _ = milk(shared)
    whole = small_area.fay_herriot(data.yi, data.SD**2, design)
    listed = small_area.fay_herriot(data.yi.tolist(), (data.SD**2).tolist(), design.to_numpy())
    turned = small_area.fay_herriot(data.yi, (data.SD**2)[::-1], design[::-1])
    assert listed.eblup == pytest.approx(whole.eblup, rel=1e-14)
    assert turned.eblup == pytest.approx(whole.eblup, rel=1e-14)


def test_areas_that_differ_no_more_than_chance_are_synthetic():
    got = small_area.fay_herriot([1.0, 1.1, 0.9, 1.0], [1.0] * 4, np.ones((4, 1)))
    assert got.A == 0
    assert got.eblup == pytest.approx([1.0] * 4)
    assert got.gamma == pytest.approx([0.0] * 4)


def test_restricted_likelihood_has_no_higher_point():
    """The A that is found is compared with a fine grid of the textbook's likelihood (Rao & Molina 2015,
    6.1)."""
    draw = np.random.default_rng(4)
    error, design = draw.uniform(0.1, 2, 30), np.column_stack([np.ones(30), draw.normal(size=30)])
    y = design @ [1, 2] + draw.normal(size=30) * np.sqrt(0.5 + error)

    def likelihood(A: float) -> float:
        V = np.diag(A + error)
        W = np.linalg.inv(V)
        P = W - W @ design @ np.linalg.inv(design.T @ W @ design) @ design.T @ W
        return -0.5 * (np.linalg.slogdet(V)[1] + np.linalg.slogdet(design.T @ W @ design)[1] + y @ P @ y)

    found = small_area.fay_herriot(y, error, design).A
    assert likelihood(found) >= max(likelihood(A) for A in np.linspace(0, 4, 2001)) - 1e-12


@pytest.mark.parametrize(("y", "variances", "X", "reason"), [
    ([1, 2, 3], [1, 0, 1], np.ones((3, 1)), "positive"),
    ([1, np.nan, 3], [1, 1, 1], np.ones((3, 1)), "y has missing"),
    ([1, 2, 3], [1, 1], np.ones((3, 1)), "lengths differ"),
    ([1, 2, 3], [1, 1, 1], np.ones((2, 1)), "3 complete rows"),
    ([1, 2, 3], [1, 1, 1], np.ones((3, 2)), "independent"),
    ([1, 2], [1, 1], np.eye(2), "fewer than areas"),
    ([1, 2, 3], [1, 1, 1], np.ones(3), "dimensions"),
])  # fmt: skip
def test_a_model_that_cannot_be_fitted_is_refused(y, variances, X, reason):
    with pytest.raises(ValueError, match=reason):
        small_area.fay_herriot(y, variances, X)


def test_rat_tumours_are_shrunk_as_published(shared):
    data = pd.read_csv(shared / "anchors/eb_shrinkage/input_rat_tumors.csv")
    expected = json.loads((shared / "anchors/eb_shrinkage/expected.json").read_text())["beta_binomial"]
    got = small_area.beta_binomial(data.y, data.n)
    assert (got.alpha, got.beta) == pytest.approx(
        (expected["mle_all71"]["alpha"], expected["mle_all71"]["beta"]), rel=1e-5
    )
    assert got.mean == pytest.approx([unit["mean"] for unit in expected["posterior"]], rel=1e-5)
    limits = np.array([unit["ci95"] for unit in expected["posterior"]])
    assert np.column_stack([got.low, got.high]) == pytest.approx(limits, rel=1e-5)


def test_saxon_families_have_the_published_prior_and_a_flat_likelihood_there():
    got = small_area.beta_binomial(np.repeat(np.arange(13), SAXONY), np.full(SAXONY.sum(), 12))
    assert (got.alpha, got.beta) == pytest.approx((34.09558, 31.5715), rel=3e-4)
    boys, a, b = np.arange(13), got.alpha, got.beta
    both = special.digamma(a + b) - special.digamma(a + b + 12)
    slopes = [
        (SAXONY * (special.digamma(a + boys) - special.digamma(a) + both)).sum() * a,
        (SAXONY * (special.digamma(b + 12 - boys) - special.digamma(b) + both)).sum() * b,
    ]
    assert slopes == pytest.approx([0, 0], abs=1e-6)


def test_baseball_averages_are_drawn_together_by_four_fifths(shared):
    """Efron & Morris shrink 45 at-bats by 0.79; the beta-binomial prior weighs like 793 at-bats, so a little
    more."""
    data = pd.read_csv(shared / "anchors/eb_shrinkage/input_baseball.csv")
    got = small_area.beta_binomial(data.hits, data.ab)
    average = (data.hits / data.ab).to_numpy()
    kept = (got.mean - got.mean.mean()) / (average - average.mean())
    assert kept == pytest.approx(np.full(18, 45 / (45 + got.alpha + got.beta)), rel=1e-9)
    assert not got.pooled


def test_effective_sizes_need_not_be_whole():
    whole = small_area.beta_binomial([1, 9, 3, 30], [40, 50, 60, 100])
    halves = small_area.beta_binomial([1.0, 9.2, 3.1, 29.7], [40.5, 50.3, 59.9, 100.2])
    assert halves.mean == pytest.approx(whole.mean, rel=0.05)


def test_a_unit_without_trials_gets_the_prior():
    got = small_area.beta_binomial([1, 9, 3, 30, 0], [40, 50, 60, 100, 0])
    assert got.mean[4] == pytest.approx(got.alpha / (got.alpha + got.beta))
    assert got.low[4] == pytest.approx(stats.beta.ppf(0.025, got.alpha, got.beta))


@pytest.mark.parametrize(("x", "n", "rate"), [
    ([2, 2, 2, 2], [40] * 4, 0.05),  # nothing differs
    ([0, 0, 0], [50, 60, 70], 0.0),  # no event at all
    ([5, 6], [5, 6], 1.0),
    ([0, 1, 1, 0], [1] * 4, 0.5),  # one trial each: over-dispersion cannot be seen
    ([3], [30], 0.1),
])  # fmt: skip
def test_without_over_dispersion_all_have_the_pooled_rate(x, n, rate):
    got = small_area.beta_binomial(x, n)
    assert got.pooled
    assert got.mean == pytest.approx(np.full(len(x), rate))
    assert (got.low <= got.mean).all() and (got.mean <= got.high).all() and (got.low < got.high).all()


@pytest.mark.parametrize(
    ("x", "n", "reason"),
    [
        ([3], [2], "between 0 and n"),
        ([-1], [2], "between 0 and n"),
        ([np.nan], [2], "x has missing"),
        ([0, 0], [0, 0], "no trial"),
        ([1, 2], [3], "lengths differ"),
        (["1"], [3], "numbers"),
    ],
)
def test_counts_that_cannot_be_are_refused(x, n, reason):
    for function in (small_area.beta_binomial, lambda *a: small_area.beta_binomial_bootstrap(*a, seed=1)):
        with pytest.raises(ValueError, match=reason):
            function(x, n)


def test_the_bootstrap_is_repeatable_and_near_the_plug_in_where_the_prior_is_well_known():
    data = np.repeat(np.arange(13), SAXONY), np.full(SAXONY.sum(), 12)
    plug_in = small_area.beta_binomial(*data)
    low, high = small_area.beta_binomial_bootstrap(*data, seed=7, replicates=5)
    again = small_area.beta_binomial_bootstrap(*data, seed=7, replicates=5)
    assert (low == again[0]).all() and (high == again[1]).all()
    assert low == pytest.approx(plug_in.low, abs=0.02) and high == pytest.approx(plug_in.high, abs=0.02)


@pytest.mark.parametrize(("units", "size"), [(12, 160), pytest.param(40, 160, marks=pytest.mark.slow)])
def test_bootstrap_limits_cover_where_plug_in_limits_do_not(units, size):
    """Units from Beta with mean 5 %, 20 to 200 trials each, 95% limits: a dozen hold over 90 %, forty 95 %
    within noise."""
    draw, held, plug_in = np.random.default_rng(11), [], []
    for _ in range(25):
        rate, n = draw.beta(0.05 * size, 0.95 * size, units), draw.integers(20, 200, units)
        x = draw.binomial(n, rate)
        low, high = small_area.beta_binomial_bootstrap(x, n, seed=1, replicates=60)
        held.append(((low <= rate) & (rate <= high)).mean())
        fitted = small_area.beta_binomial(x, n)
        plug_in.append(((fitted.low <= rate) & (rate <= fitted.high)).mean())
    error = np.std(held, ddof=1) / np.sqrt(len(held))
    assert np.mean(held) + 2 * error > 0.9 and np.mean(held) > np.mean(plug_in) + 2 * error
    if units == 40:
        assert np.mean(held) == pytest.approx(0.95, abs=max(0.02, 2 * error))


def test_the_bootstrap_without_events_gives_the_limits_of_the_pooled_rate():
    low, high = small_area.beta_binomial_bootstrap([0, 0, 0], [50, 60, 70], seed=1)
    assert high == pytest.approx(np.full(3, stats.beta.ppf(0.975, 0.5, 180.5)), rel=1e-6)
    assert (low < 1e-4).all()


def test_groups_worked_out_together_give_what_each_gives_alone_to_the_last_bit():
    """Groups of several sizes; without an event, with events only, with units that are all alike, with trials
    that are not whole."""
    draw = np.random.default_rng(3)
    groups = [
        (draw.binomial(n := draw.integers(1, 60, size), 0.1).astype(float), n.astype(float))
        for size in (12, 40, 12, 300, 2)
    ]
    groups += [
        (np.zeros(11), np.full(11, 3.0)),
        (np.full(11, 3.0), np.full(11, 3.0)),
        (np.full(12, 2.0), np.full(12, 9.0)),
    ]
    groups += [(x * 0.7, n * 0.7) for x, n in groups[:2]]
    together = Samples(
        *(np.concatenate(side) for side in zip(*groups, strict=True)), np.array([len(x) for x, _ in groups])
    )
    seeds = list(range(len(groups)))
    low, high = limits(together, seeds, replicates=20, level=0.95)
    mean, pooled = means(together)
    start = 0
    for seed, (x, n), of_all in zip(seeds, groups, pooled, strict=True):
        own, alone = (
            slice(start, start + len(x)),
            small_area.beta_binomial_bootstrap(x, n, seed=seed, replicates=20),
        )
        fitted = small_area.beta_binomial(x, n)
        assert (low[own] == alone[0]).all() and (high[own] == alone[1]).all()
        assert (mean[own] == fitted.mean).all() and of_all == fitted.pooled
        start += len(x)


def test_trigamma_is_scipys():
    z = np.exp(np.random.default_rng(1).uniform(-20, 20, 4000))
    assert trigamma(z) == pytest.approx(special.polygamma(1, z), rel=5e-15, abs=0)


@pytest.mark.parametrize("tail", [0.025, 0.05, 0.95, 0.975])
def test_quantiles_of_mixtures_leave_the_share_below_them_and_come_alone_as_together(tail):
    """Priors from nearly all at 0 to nearly none, of one replicate and of a hundred."""
    draw = np.random.default_rng(2)
    for replicates in (1, 100):
        shape = (60, replicates)
        size = np.exp(draw.uniform(-7, 12, (60, 1)) + draw.normal(size=shape))
        mean = special.expit(draw.uniform(-7, 2, (60, 1)) + draw.normal(size=shape) / 3)
        a, b = mean * size + draw.integers(0, 3, (60, 1)), (1 - mean) * size + draw.integers(0, 40, (60, 1))
        found = mixture_quantiles(tail, a, b)
        share = special.betainc(a, b, found[:, None]).mean(axis=1)
        least = 1e-300 if tail < 0.5 else 1e-15
        inner = (found > least) & (found < 1 - 1e-12)  # outside, a float holds no rate between
        assert inner.sum() > 40 and share[inner] == pytest.approx(np.full(inner.sum(), tail), abs=1e-7)
        assert (share[found <= least] >= tail).all() and (share[found >= 1 - 1e-12] <= tail).all()
        alone = [mixture_quantiles(tail, a[i : i + 1], b[i : i + 1])[0] for i in range(60)]
        assert (found == alone).all()


def test_benchmarked_estimates_add_up_to_the_total():
    draw = np.random.default_rng(1)
    theta, weights = draw.uniform(0, 0.3, 40), draw.dirichlet(np.ones(40))
    got = small_area.benchmark(theta, weights, total=0.123)
    assert (weights * got.theta).sum() == pytest.approx(0.123, abs=1e-12)
    assert got.theta == pytest.approx(theta * got.factor)


@pytest.mark.parametrize(
    ("theta", "total", "reason"),
    [([0, 0], 0.1, "every weighted"), ([0.1, np.nan], 0.1, "missing"), ([0.1, 0.2], -1, "negative")],
)
def test_a_benchmark_that_no_factor_reaches_is_refused(theta, total, reason):
    with pytest.raises(ValueError, match=reason):
        small_area.benchmark(theta, [0.5, 0.5], total=total)


def test_a_benchmark_of_nothing_is_nothing():
    assert small_area.benchmark([0, 0], [0.5, 0.5], total=0).factor == 1


def test_a_prior_of_more_trials_leaves_limits_as_wide_as_the_units_differ():
    """Rates of 0.02 to 0.2: cut to a third of their trials they look alike, and limits draw together."""
    rates, n = np.linspace(0.02, 0.2, 12), np.full(12, 300.0)
    few, all_ = (Samples.of_rows((rates * size)[None], size[None]) for size in (n / 3, n))
    alone, with_prior = (limits(few, [3], replicates=100, level=0.95, prior=p) for p in (None, all_))
    assert with_prior[0][0] < alone[0][0] < rates[0] and with_prior[1][-1] > alone[1][-1] > rates[-1]
    np.testing.assert_array_equal(alone, limits(few, [3], replicates=100, level=0.95, prior=few))


@pytest.mark.parametrize("seed", [130, 167, 354, 382, 395])
def test_a_share_shrunk_to_the_others_is_stable_where_their_likelihood_is_flat(seed):
    """Counts moved by 1e-12 of themselves, as by the order of a sum. Shares of these seeds moved by up
    to 2e-5 while the prior was found to a ten-thousandth."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(10, 60))
    n = np.where(draw.random(size) < 0.2, draw.integers(300, 5000, size), draw.integers(1, 60, size)) + 0.0
    rate, alike = draw.choice([0.005, 0.02, 0.08]), draw.choice([5, 30, 300, 1e6])
    x = draw.binomial(n.astype(int), draw.beta(rate * alike, (1 - rate) * alike, size)) + 0.0
    before = means_without(Samples(x, n, np.array([size])))
    for _ in range(3):
        moved = 1 + 1e-12 * draw.uniform(-1, 1, size)
        after = means_without(Samples(np.minimum(x * moved, n * moved), n * moved, np.array([size])))
        assert np.allclose(after, before, rtol=1e-6, atol=0)


def test_a_share_shrunk_to_the_others_does_not_hang_on_the_samples_beside_it():
    """To the last bit: samples of one unit, of units alike, of one event and of widely different sizes."""
    draw = np.random.default_rng(8)
    trials = [draw.integers(1, most, size) + 0.0 for size, most in ((12, 40), (40, 3000), (12, 9), (2, 5))]
    samples = [(draw.binomial(n.astype(int), draw.beta(2, 30, len(n))) + 0.0, n) for n in trials]
    samples += [(np.array([2.0]), np.array([9.0])), (np.eye(12)[3], np.full(12, 20.0))]
    x, n = (np.concatenate(side) for side in zip(*samples, strict=True))
    together = means_without(Samples(x, n, np.array([len(n) for _, n in samples])))
    alone = [means_without(Samples(x, n, np.array([len(n)]))) for x, n in samples]
    assert together.tobytes() == np.concatenate(alone).tobytes()
    assert together[len(x) - 13] == 2 / 9


@pytest.mark.parametrize("z", [3.5, 9.9e3, 1.1e4, 2.5e5, 8e6])
@pytest.mark.parametrize("by", [1, 7, 400])
def test_the_rise_of_digamma_keeps_its_digits_where_both_ends_are_nearly_equal(z, by):
    exact = math.fsum(1 / (z + step) for step in range(by))  # by the recurrence
    tolerance = 1e-15 * max(1.0, math.log(z)) / exact if z < 1e4 else 4e-15
    assert rise(np.array([z]), np.array([float(by)]))[0] == pytest.approx(exact, rel=max(tolerance, 4e-15))
