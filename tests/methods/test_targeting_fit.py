"""jobs.methods.targeting against formulas written out anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from jobs.methods.targeting import FOLDS, SLOPE_SD, STRENGTH, fit, past_excess


def units(n: int = 800) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"place": rng.choice(["a", "b", "c"], n), "x": rng.normal(2, 3, n)})
    logit = -2 + 0.8 * (frame["place"] == "b") + 0.3 * (frame["x"] - 2)
    return frame, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float), np.arange(n, dtype=float)


def design(frame: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """One, the places and x by the mean and spread of ``rows``."""
    z = (frame["x"] - frame["x"][rows].mean()) / frame["x"][rows].std(ddof=0)
    return np.column_stack([np.ones(len(frame)), *((frame["place"] == c).astype(float) for c in "abc"), z])


def ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    def loss(b: np.ndarray) -> float:
        eta = x @ b
        return float((np.logaddexp(0, eta) - y * eta).sum() + (b[1:] ** 2).sum() / 2 / STRENGTH)

    return optimize.minimize(loss, np.zeros(x.shape[1]), method="BFGS", options={"gtol": 1e-7}).x


def test_the_fit_is_the_penalised_likelihood_calibrated_on_samples_that_it_was_not_fitted_to() -> None:
    frame, y, order = units()
    model = fit(frame, y, order, categorical=["place"], numeric=["x"])
    apart = np.empty(len(y))
    for number in range(FOLDS):
        other = np.arange(len(y)) % FOLDS != number
        x = design(frame, other)
        apart[~other] = x[~other] @ ridge(x[other], y[other])

    def loss(b: np.ndarray) -> float:
        eta = b[0] + b[1] * apart
        return float((np.logaddexp(0, eta) - y * eta).sum() + (b[1] - 1) ** 2 / 2 / SLOPE_SD**2)

    level, slope = optimize.minimize(loss, np.array([0.0, 1.0]), method="BFGS", options={"gtol": 1e-7}).x
    x = design(frame, np.ones(len(y), dtype=bool))
    odds = level + slope * (x @ ridge(x, y))
    assert model.slope == pytest.approx(slope, abs=1e-5)
    assert model.predict(frame) == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-5)


def test_a_fit_to_chance_alone_is_flattened() -> None:
    """Thirty columns that say nothing: the highest tenth of the predictions owes its place to luck."""
    rng = np.random.default_rng(5)
    names = [f"x{number}" for number in range(30)]
    frame = pd.DataFrame(rng.normal(size=(600, 30)), columns=names)
    y = (rng.random(600) < 0.1).astype(float)
    model = fit(frame, y, np.arange(600.0), categorical=[], numeric=names)
    assert model.slope < 0.6
    new = model.predict(pd.DataFrame(rng.normal(size=(5000, 30)), columns=names))
    assert np.sort(new)[-500:].mean() < 0.2
    raw = np.log(new / (1 - new))
    luck = 1 / (1 + np.exp(-(raw.mean() + (raw - raw.mean()) / model.slope)))
    assert np.sort(luck)[-500:].mean() > np.sort(new)[-500:].mean() + 0.05


def test_contributions_add_up_to_the_log_odds_and_to_nothing_on_average() -> None:
    frame, y, order = units()
    model = fit(frame, y, order, categorical=["place"], numeric=["x"])
    parts, p = model.contributions(frame), model.predict(frame)
    assert list(parts.columns) == ["place", "x"]
    assert np.log(p / (1 - p)) == pytest.approx(model.intercept + model.average.sum() + parts.sum(axis=1))
    assert parts.mean().abs().max() < 1e-9


def test_a_code_that_was_never_seen_has_no_part() -> None:
    frame, y, order = units()
    model = fit(frame, y, order, categorical=["place"], numeric=["x"])
    new = pd.DataFrame({"place": ["z", None], "x": [2.0, 2.0]})
    assert model.predict(new)[0] == model.predict(new)[1]


def test_the_order_of_rows_does_not_matter() -> None:
    frame, y, order = units()
    turn = np.random.default_rng(1).permutation(len(y))
    one = fit(frame, y, order, categorical=["place"], numeric=["x"])
    other = fit(frame.iloc[turn], y[turn], order[turn], categorical=["place"], numeric=["x"])
    assert (one.coefficients == other.coefficients).all() and one.intercept == other.intercept


@pytest.mark.parametrize("wrong", [np.zeros(800), np.ones(800), np.full(800, 2.0)])
def test_outcomes_other_than_0_and_1_or_of_one_kind_are_an_error(wrong: np.ndarray) -> None:
    frame, _, order = units()
    with pytest.raises(ValueError, match="0 or 1"):
        fit(frame, wrong, order, categorical=["place"], numeric=["x"])


def test_past_excess_counts_what_was_known_before_the_day_only() -> None:
    value = past_excess(
        ["m", "m", "m", "n", None],
        [10, 11, 21, 99, 99],
        known_keys=["m", "m", "o"],
        known_days=[10, 20, 1],
        fails=[1, 0, 1],
        expected=[0.1, 0.3, 0.2],
        weight=2.0,
    )
    odds = [0.1 * 3 / 2.1, 0.1, 0.2 * 3 / 2.4, 0.2]
    first, usual, both, usually = (np.log(p / (1 - p)) for p in odds)
    assert value == pytest.approx([0, first - usual, both - usually, 0, 0])


def test_past_excess_goes_by_the_place_of_a_row_and_not_by_its_index() -> None:
    given = {"known_days": [1, 1], "fails": [1, 0], "expected": [0.2, 0.3], "weight": 1.0}
    plain = past_excess(["m", "n"], [5, 5], known_keys=["m", "n"], **given)
    keys = pd.Series(["m", "n"], index=[7, 3])
    assert past_excess(keys, [5, 5], known_keys=keys, **given) == pytest.approx(plain, abs=0)
    assert plain[0] > 0 > plain[1]


def test_a_key_that_always_failed_has_a_chance_below_one() -> None:
    value = past_excess(
        ["m"],
        [9],
        known_keys=["m"] * 50,
        known_days=[1] * 50,
        fails=[1] * 50,
        expected=[0.9] * 50,
        weight=0.5,
    )
    assert np.isfinite(value[0]) and value[0] > 0
