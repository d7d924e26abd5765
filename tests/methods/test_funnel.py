"""Funnel plots against the reference, and what limits must do."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from jobs.methods.funnel import funnel, left_of_a_normal, standardised


def tumours(shared) -> tuple[pd.DataFrame, dict]:
    folder = shared / "anchors/funnel_overdispersion"
    return pd.read_csv(folder / "input.csv"), json.loads((folder / "expected.json").read_text())


@pytest.mark.parametrize(
    ("overdispersion", "key"),
    [("none", "z_naive"), ("multiplicative", "z_multiplicative"), ("additive", "z_additive")],
)
def test_raw_scores_are_those_of_the_reference(shared, overdispersion, key):
    data, expected = tumours(shared)
    assert funnel(data.y, data.n, overdispersion=overdispersion).z.to_numpy() == pytest.approx(
        expected[key], rel=1e-6
    )


@pytest.mark.parametrize(
    ("overdispersion", "key", "outliers"), [("none", "z_unadjusted", 14), ("additive", "z_additive", 0)]
)
def test_arcsine_scores_are_those_of_the_reference(shared, overdispersion, key, outliers):
    data, expected = tumours(shared)
    got = funnel(data.y, data.n, overdispersion=overdispersion, scale="arcsine")
    assert got.z.to_numpy() == pytest.approx(expected["arcsine_FunnelPlotR_PR"][key], rel=1e-6)
    assert got.outlier.sum() == outliers


def test_exact_limits_are_those_of_the_reference(shared):
    data, expected = tumours(shared)
    got = funnel(data.y, data.n, overdispersion="none")
    for n, limit in expected["exact_limits_at_n"]["upper998"].items():
        assert got.high998[data.n == int(n)].unique() == pytest.approx([limit], rel=1e-6)


@pytest.mark.parametrize("scale", ["raw", "arcsine"])
def test_over_dispersion_leaves_no_tumour_experiment_an_outlier(shared, scale):
    data, _ = tumours(shared)
    assert funnel(data.y, data.n, scale=scale).outlier.sum() == 0


@pytest.mark.parametrize("overdispersion", ["none", "additive", "multiplicative"])
@pytest.mark.parametrize("scale", ["raw", "arcsine"])
def test_limits_are_nested_around_the_target_within_0_and_1_and_flag_what_is_outside(overdispersion, scale):
    draw = np.random.default_rng(6)
    n = draw.integers(5, 2000, 300)
    x = draw.binomial(n, draw.beta(3, 40, 300))
    got = funnel(x, n, overdispersion=overdispersion, scale=scale)
    assert (
        (got.low998 >= 0).all()
        and (got.low998 <= got.low95).all()
        and (got.high95 <= got.high998).all()
        and (got.high998 <= 1).all()
    )
    assert (got.low95 < x.sum() / n.sum()).all() and (x.sum() / n.sum() < got.high95).all()
    assert (got.outlier == ((x / n < got.low998) | (x / n > got.high998))).all()


def test_zero_cells_count_and_providers_without_trials_do_not():
    got = funnel(
        pd.Series([0, 0, 3], index=["a", "b", "c"]),
        pd.Series([10, 0, 20], index=["a", "b", "c"]),
        overdispersion="none",
    )
    assert got.loc["b"].drop("outlier").isna().all() and not got.outlier["b"]
    assert got.z["a"] == pytest.approx(-0.1 / np.sqrt(0.09 / 10))
    assert got.low95["a"] == 0


def test_no_event_anywhere_is_no_difference():
    got = funnel([0, 0], [10, 500])
    assert got.z.tolist() == [0, 0] and not got.outlier.any()


def test_a_given_target_is_the_centre():
    got = funnel([30, 5], [100, 100], target=0.05, overdispersion="none")
    assert got.z.tolist() == pytest.approx([0.25 / np.sqrt(0.05 * 0.95 / 100), 0])
    assert got.outlier.tolist() == [True, False]


def test_providers_that_differ_by_chance_only_are_not_made_wider():
    """They differ less than chance makes them: tau2 is 0, and phi below 1 narrows nothing."""
    n = np.full(50, 200)
    x = np.repeat([19, 20, 21, 20, 20], 10)
    plain, additive, multiplied = (
        funnel(x, n, overdispersion=kind, scale="arcsine") for kind in ("none", "additive", "multiplicative")
    )
    assert additive.high998.tolist() == multiplied.high998.tolist() == plain.high998.tolist()
    assert plain.high998[0] == pytest.approx(
        np.sin(np.arcsin(np.sqrt(0.1)) + stats.norm.ppf(0.999) / (2 * np.sqrt(200))) ** 2
    )


def test_labels_may_repeat_and_order_is_kept():
    got = funnel(pd.Series([1, 0, 2], index=["a", "a", "b"]), [10, 0, 10])
    assert got.index.tolist() == ["a", "a", "b"] and got.z.isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"x": [3], "n": [2]}, "between 0 and n"),
        ({"x": [0], "n": [0]}, "no trial"),
        ({"x": [None], "n": [2]}, "missing"),
        ({"x": [1], "n": [2], "target": 1.0}, "target"),
        ({"x": [1], "n": [2], "winsor": 0.5}, "winsor"),
        ({"x": [1], "n": [2], "scale": "logit"}, "scale"),
        ({"x": [1], "n": [2], "overdispersion": "mixed"}, "overdispersion"),
        ({"x": [1, 2], "n": [2]}, "lengths"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, reason):
    with pytest.raises(ValueError, match=reason):
        funnel(**arguments)


def test_standardised_ratios_of_one_kind_of_goods_have_the_scores_of_the_reference(shared):
    data, expected = tumours(shared)
    rate = data.y.sum() / data.n.sum()
    got = standardised(data.y, data.n * rate, data.n * rate * (1 - rate))
    assert got.z.to_numpy() == pytest.approx(expected["z_naive"], rel=1e-6)
    assert got.score.to_numpy() == pytest.approx(expected["z_additive"], rel=1e-6)
    assert got.tau.iloc[0] * rate == pytest.approx(np.sqrt(expected["tau2"]), rel=1e-6)
    plain = funnel(data.y, data.n)
    inside = plain.high998 < 1
    assert (got.high998 * rate)[inside].to_numpy() == pytest.approx(plain.high998[inside].to_numpy())
    assert (got.outlier == plain.outlier).all()


def test_what_winsorising_leaves_of_a_normal_is_what_a_large_sample_shows():
    z = np.random.default_rng(1).standard_normal(400_000)
    for share in (0.0, 0.1, 0.2):
        kept = z.clip(*np.quantile(z, [share, 1 - share]))
        assert left_of_a_normal(share) == pytest.approx((kept**2).mean(), abs=0.01)


def test_consistent_over_dispersion_finds_the_spread_that_is_there():
    """2,000 providers whose true ratios vary by 0.2: the plain estimate after winsorising a fifth is too
    small."""
    rng = np.random.default_rng(2)
    expected = np.full(2000, 60.0)
    observed = rng.poisson(expected * rng.normal(1, 0.2, 2000))
    plain = standardised(observed, expected, expected, winsor=0.2)
    consistent = standardised(observed, expected, expected, winsor=0.2, consistent=True)
    assert consistent.tau.iloc[0] == pytest.approx(0.2, abs=0.02)
    assert plain.tau.iloc[0] < 0.1


def test_two_of_twelve_far_out_do_not_hide_each_other():
    expected = np.full(12, 100.0)
    observed = np.array([100, 95, 104, 98, 103, 101, 96, 99, 105, 97, 180, 185.0])
    wide = standardised(observed, expected, expected * 0.9, winsor=0.2, consistent=True)
    assert wide.outlier.tolist() == [False] * 10 + [True] * 2


@pytest.mark.parametrize(
    "given", [([1], [0], [1]), ([1], [1], [0]), ([-1], [1], [1]), ([], [], []), ([np.nan], [1], [1])]
)
def test_standardised_refuses_what_no_ratio_can_be_made_of(given):
    with pytest.raises(ValueError):
        standardised(*given)
    with pytest.raises(ValueError, match="winsor"):
        standardised([1], [1], [1], winsor=0.5)
