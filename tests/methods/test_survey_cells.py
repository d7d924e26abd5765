"""Domains of a stratified sample from sums: equal to those of the library, no matter what the cells
overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from jobs.methods import intervals, survey, survey_cells


def sample(seed: int, spread: float = 40.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"stratum": np.repeat(np.arange(6), rng.integers(8, 30, 6))})
    frame["y"] = rng.binomial(1, 0.25, len(frame))
    frame["w"] = rng.uniform(1, spread, len(frame))
    frame["cell"] = rng.integers(0, 5, len(frame))
    return frame


def shares(frame: pd.DataFrame) -> pd.DataFrame:
    parts = pd.concat(
        [frame[["cell", "stratum"]], survey_cells.contributions(frame.y.to_numpy(), frame.w.to_numpy())],
        axis=1,
    )
    sums = parts.groupby(["cell", "stratum"], as_index=False).sum()
    drawn = frame.groupby("stratum").size().to_numpy()
    return survey_cells.shares(sums, cell="cell", stratum="stratum", drawn=drawn)


@pytest.mark.parametrize("seed", range(4))
def test_value_and_variance_of_every_cell_are_what_the_library_estimates_for_that_domain(seed: int):
    frame = sample(seed)
    wanted = survey.estimate_by(frame, "y", by="cell", kind="proportion", weights="w", strata="stratum")
    got = shares(frame)
    pd.testing.assert_frame_equal(got[["value", "se"]], wanted[["value", "se"]], rtol=1e-9)
    assert got[["df", "n"]].to_numpy().tolist() == wanted[["df", "n"]].to_numpy().tolist()


@pytest.mark.parametrize("seed", range(4))
def test_no_limits_are_tighter_than_korn_and_graubards_on_the_smallest_effective_size(seed: int):
    frame = sample(seed, spread=400.0)
    got = shares(frame)
    of_variance = survey.estimate_by(
        frame, "y", by="cell", kind="proportion", weights="w", strata="stratum", interval="beta"
    )
    weights = frame.groupby("cell").w
    kish = weights.sum() ** 2 / weights.agg(lambda w: (w**2).sum())
    pd.testing.assert_series_equal(got.n_effective, kish, check_names=False)
    for size in (got.n, kish, got.n / got.deff):
        reduced = size * (stats.t.ppf(0.975, got.n - 1) / stats.t.ppf(0.975, got.df)) ** 2
        low, high = intervals.binomial(reduced * got.value, reduced, method="clopper_pearson")
        assert (got.low <= low + 1e-12).all() and (got.high >= high - 1e-12).all()
    assert (got.low <= of_variance.low + 1e-12).all() and (got.high >= of_variance.high - 1e-12).all()


def test_even_weights_of_one_stratum_have_the_exact_limits_of_a_plain_sample():
    frame = pd.DataFrame({"stratum": 0, "cell": 0, "y": [1] * 6 + [0] * 54, "w": 3.0})
    row = shares(frame).loc[0]
    # n/(n - 1) of the linearised variance makes the effective size 59 rather than 60.
    low, high = intervals.binomial(5.9, 59, method="clopper_pearson")
    assert (row.n_effective, row.deff) == (pytest.approx(60), pytest.approx(60 / 59))
    assert (row.low, row.high) == (pytest.approx(low), pytest.approx(high))


def test_a_cell_without_events_has_an_upper_limit_only_above_zero():
    frame = sample(1)
    frame.loc[frame.cell == 2, "y"] = 0
    row = shares(frame).loc[2]
    assert row.value == 0 and row.low == 0 and 0 < row.high < 0.5 and np.isnan(row.deff)


def test_a_cell_of_one_unit_a_stratum_has_limits_of_one_degree_of_freedom():
    frame = sample(3).assign(cell=1)
    frame.loc[~frame.duplicated("stratum"), "cell"] = 0
    row = shares(frame).loc[0]
    assert row.df == 0 and np.isfinite(row.low) and row.high > 0.9


def test_a_stratum_with_one_unit_leaves_no_limits():
    frame = pd.concat(
        [sample(2), pd.DataFrame({"stratum": [6], "y": [1], "w": [3.0], "cell": [0]})], ignore_index=True
    )
    assert np.isnan(shares(frame).loc[0, ["se", "low", "high"]].astype(float)).all()


def test_a_unit_without_weight_is_outside():
    got = survey_cells.contributions(np.array([1.0, 1.0, 0.0]), np.array([2.0, np.nan, 0.0]))
    assert got.to_numpy().tolist() == [[1, 2, 2, 4, 4], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_limits_of_a_standardised_rate_cover_where_most_groups_have_no_event():
    """Twelve groups of six batches, of which one in twenty fails, weighted to given shares, 2,000 times:
    normal limits give a group without failures no error, and cover in fewer than nine of ten."""
    draws, n, share = 2000, 6, np.linspace(0.5, 1.5, 12) / 12
    truth = np.linspace(0.02, 0.08, 12)
    rate = np.random.default_rng(3).binomial(n, truth, (draws, 12)) / n
    cell, stratum = np.divmod(np.arange(draws * 12), 12)
    weight, square = np.tile(share, draws), np.tile(share**2 / n, draws)
    sums = pd.DataFrame({"cell": cell, "stratum": stratum, "n": n, "w": weight, "w2": square})
    sums = sums.assign(wy=weight * rate.ravel(), w2y=square * rate.ravel())
    found = survey_cells.shares(sums, cell="cell", stratum="stratum", drawn=np.full(12, n))
    below, above = found.high < share @ truth, found.low > share @ truth
    normal = 1.96 * np.sqrt((share**2 * rate * (1 - rate) / n).sum(axis=1))
    assert (abs(rate @ share - share @ truth) <= normal).mean() < 0.9
    assert 1 - below.mean() - above.mean() >= 0.94 and max(below.mean(), above.mean()) <= 0.04
