"""jobs.methods.targeting against formulas written out anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from jobs.methods.targeting import BEND_SD, FOLDS, SLOPE_SD, STRENGTH, Model, fit, past_excess


def units(n: int = 800) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"place": rng.choice(["a", "b", "c"], n), "x": rng.normal(2, 3, n)})
    logit = -2 + 0.8 * (frame["place"] == "b") + 0.3 * (frame["x"] - 2)
    return frame, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float), np.arange(n, dtype=float)


def base(model: Model) -> float:
    """Calibrated log-odds of the average unit."""
    middle = model.intercept + model.average.sum()
    return float(middle + model.bend * (middle - model.level) ** 2)


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

    def odds(b: np.ndarray, raw: np.ndarray) -> np.ndarray:
        away = raw - apart.mean()
        return b[0] + b[1] * away + b[2] * away**2

    def loss(b: np.ndarray) -> float:
        eta = odds(b, apart)
        prior = ((b[1] - 1) / SLOPE_SD) ** 2 / 2 + (b[2] / BEND_SD) ** 2 / 2
        return float((np.logaddexp(0, eta) - y * eta).sum() + prior)

    b = optimize.minimize(loss, np.array([0.0, 1.0, 0.0]), method="BFGS", options={"gtol": 1e-6}).x
    x = design(frame, np.ones(len(y), dtype=bool))
    assert (model.slope, model.bend) == pytest.approx((b[1], b[2] / b[1] ** 2), abs=1e-4)
    assert model.predict(frame) == pytest.approx(1 / (1 + np.exp(-odds(b, x @ ridge(x, y)))), abs=1e-4)


def test_a_few_units_far_worse_than_the_rest_are_not_put_too_low() -> None:
    """Log-odds rise ever faster with x, as they do where few goods are far worse than most. A straight line
    of log-odds put the highest tenth 3 points below its share."""
    error = []
    for seed in range(6):
        rng = np.random.default_rng([seed, 17])
        x = rng.normal(size=12_000)
        chance = 1 / (1 + np.exp(-(-2.6 + 0.6 * x + 0.15 * x**2)))
        y = (rng.random(len(x)) < chance).astype(float)
        frame = pd.DataFrame({"x": x})
        model = fit(frame, y, np.arange(len(x), dtype=float), categorical=[], numeric=["x"])
        p, top = model.predict(frame), np.argsort(x)[-len(x) // 10 :]
        assert (np.diff(p[np.argsort(x)]) >= 0).all(), "the order stays"
        error.append(p[top].mean() - chance[top].mean())
    assert abs(np.mean(error)) < 0.01


@pytest.mark.parametrize("bend", [0.3, -0.3])
def test_a_bend_leaves_the_order_of_units_and_their_parts_add_up(bend: float) -> None:
    """At both ends, where a parabola would turn."""
    frame, y, order = units()
    straight = fit(frame, y, order, categorical=["place"], numeric=["x"])
    model = replace(straight, level=-1.5, bend=bend)
    new = pd.DataFrame({"place": "b", "x": np.linspace(-60, 60, 4001)})
    odds = special.logit(np.clip(model.predict(new), 1e-300, 1 - 1e-16))
    seen = (odds > -600) & (odds < 30)
    assert (np.diff(odds[seen]) > 0).all() and seen.sum() > 1000
    parts = model.contributions(frame).sum(axis=1).to_numpy()
    assert special.logit(model.predict(frame)) - parts == pytest.approx(np.full(len(frame), base(model)))


def test_a_fit_to_chance_alone_is_flattened() -> None:
    """Thirty columns that say nothing: the highest tenth of the predictions owes its place to luck."""
    rng = np.random.default_rng(5)
    names = [f"x{number}" for number in range(30)]
    frame = pd.DataFrame(rng.normal(size=(600, 30)), columns=names)
    y = (rng.random(600) < 0.1).astype(float)
    model = fit(frame, y, np.arange(600.0), categorical=[], numeric=names)
    assert model.slope < 0.6 and abs(model.bend) * model.slope**2 < 2 * BEND_SD
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
    straight = replace(model, bend=0.0)
    assert np.log(p / (1 - p)) == pytest.approx(base(model) + parts.sum(axis=1))
    assert straight.contributions(frame).mean().abs().max() < 1e-9


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
