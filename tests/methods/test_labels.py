"""What vectors may be, the same for every method: Series go by their labels, the first of them giving the
order, lists and arrays by position; text, dates and infinite values are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jobs.methods import (
    agreement,
    composite,
    disproportion,
    funnel,
    intervals,
    recurrence,
    robustness,
    scorecard,
    small_area,
    surveillance,
    survival,
    targeting,
    trend,
)
from jobs.methods.checked import along, one_order

COUNT, TRIALS = np.array([1, 9, 4, 6, 2, 7]), np.array([50, 52, 60, 44, 90, 71])
YES, SCORE = np.array([0, 1, 0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.3, 0.8, 0.2])
TABLE = np.array([[2.0, 2, 1], [1, 1, 2], [3, 1, 5], [1, 4, 4], [2, 5, 1], [6, 1, 1]])


def _excess(keys: Any, days: Any, known: Any, since: Any, fails: Any, expected: Any) -> np.ndarray:
    return targeting.past_excess(
        keys, days, known_keys=known, known_days=since, fails=fails, expected=expected, weight=2.0
    )


# Name → method, and vectors of one length that it takes.
METHODS: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "binomial": (intervals.binomial, (COUNT, TRIALS)),
    "poisson": (intervals.poisson, (COUNT, TRIALS)),
    "difference": (intervals.difference, (COUNT, TRIALS, COUNT[::-1], TRIALS)),
    "beta_binomial": (lambda x, n: small_area.beta_binomial(x, n).mean, (COUNT, TRIALS)),
    "benchmark": (lambda t, w: small_area.benchmark(t, w, total=0.2).theta, (SCORE, TRIALS)),
    "funnel": (funnel.funnel, (COUNT, TRIALS)),
    "standardised": (funnel.standardised, (COUNT, TRIALS / 10, TRIALS / 20)),
    "two_by_two": (disproportion.two_by_two, (COUNT, TRIALS, COUNT[::-1], TRIALS * 2)),
    "ears": (lambda c, e: surveillance.ears(c, baseline=3, exposure=e), (COUNT, TRIALS)),
    "auc": (lambda y, s: scorecard.auc(y, s).value, (YES, SCORE)),
    "calibration": (lambda y, p: scorecard.calibration(y, p, bins=2), (YES, SCORE)),
    "median_lag": (survival.median_lag, (TRIALS, YES.astype(bool))),
    "bias": (lambda a, b, c: agreement.bias(a, b, cluster=c), (COUNT, TRIALS, YES)),
    "shift": (lambda a, b, c: agreement.shift(a, b, cluster=c), (COUNT, TRIALS, TRIALS)),
    "cochran_armitage": (trend.cochran_armitage, (COUNT, TRIALS, SCORE)),
    "upper_tail": (lambda s, f, o: recurrence.upper_tail(s, f, o, 4), (TRIALS, COUNT, COUNT[::-1])),
    "past_excess": (_excess, (YES, TRIALS, YES[::-1], COUNT, YES, SCORE)),
    "aggregate": (composite.aggregate, (SCORE, TRIALS)),
    "scale": (lambda x, low, high: composite.scale(x, low=low, high=high), (SCORE, COUNT, TRIALS)),
}


def _numbers(found: Any) -> np.ndarray:
    parts = found if isinstance(found, tuple) else (found,)
    return np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in parts])


@pytest.mark.parametrize("name", METHODS)
def test_series_in_another_order_give_what_the_vectors_give(name):
    method, vectors = METHODS[name]
    labels = list("abcdef")
    first, *others = (pd.Series(vector, labels) for vector in vectors)
    orders = ([3, 0, 5, 1, 4, 2], [5, 4, 3, 2, 1, 0])
    turned = [other.iloc[orders[place % 2]] for place, other in enumerate(others)]
    assert _numbers(method(first, *turned)) == pytest.approx(_numbers(method(*vectors)), nan_ok=True)
    with pytest.raises(ValueError, match="label"):
        method(first, *(other.rename({"a": "z"}) for other in others))


WRONG = {
    "text": lambda vector: [str(value) for value in vector],
    "dates": lambda vector: pd.Series(pd.date_range("2026-01-01", periods=len(vector))),
    "infinite": lambda vector: np.append(np.asarray(vector, float)[:-1], np.inf),
}
LABELS = {("bias", 2), ("shift", 2), ("past_excess", 0), ("past_excess", 2)}  # vectors of any values


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", METHODS)
def test_text_dates_and_infinite_values_are_refused(name, wrong):
    method, vectors = METHODS[name]
    for place, vector in enumerate(vectors):
        if (name, place) not in LABELS:
            with pytest.raises(ValueError):
                method(*vectors[:place], WRONG[wrong](vector), *vectors[place + 1 :])


def test_counts_of_strata_are_whole_and_every_pair_has_its_cluster():
    with pytest.raises(ValueError, match="whole"):
        recurrence.upper_tail([60.5], [4], [8], 1)
    with pytest.raises(ValueError, match="missing"):
        agreement.bias([1, 2], [2, 3], cluster=["a", None])


def test_weights_of_columns_go_by_their_names():
    frame = pd.DataFrame(TABLE, columns=list("xyz"))
    for method in (robustness.copeland, lambda v, w: robustness.benefit_of_the_doubt(v, shares=w, slack=0.5)):
        weights = pd.Series([0.2, 0.3, 0.5], list("xyz"))
        assert method(frame, weights[["z", "x", "y"]]) == pytest.approx(method(TABLE, weights.to_numpy()))
        with pytest.raises(ValueError, match="labels of the columns"):
            method(frame, weights.rename({"x": "w"}))


def test_the_model_of_targeting_takes_outcomes_by_label():
    draw = np.random.default_rng(3)
    rows = pd.DataFrame({"goods": draw.choice(list("pqr"), 80), "size": draw.normal(size=80)})
    fails = pd.Series((rows["size"] + draw.normal(size=80) > 1).astype(float))
    one, two = (
        targeting.fit(rows, outcomes, np.arange(80), categorical=["goods"], numeric=["size"])
        for outcomes in (fails, fails.sample(frac=1, random_state=1))
    )
    assert one.coefficients == pytest.approx(two.coefficients)


def test_what_has_no_labels_goes_by_position():
    given = [pd.Series([1, 2], ["a", "b"]), [3, 4], None, pd.Series([6, 5], ["b", "a"])]
    got = one_order(a=given[0], b=given[1], c=given[2], d=given[3])
    assert got[1] is given[1] and got[2] is None and got[3].tolist() == [5, 6]
    assert along("w", [1, 2], given[0]) == [1, 2] and along("w", given[3], TABLE) is given[3]
