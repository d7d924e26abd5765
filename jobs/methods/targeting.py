"""Predict how likely a unit (a sample of goods) fails, from random samples: logistic regression with a ridge
penalty, calibrated on samples that it was not fitted to, and the part of each feature in each prediction.
Pure functions: no input or output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.sparse import csr_array, hstack
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from jobs.methods.checked import floats, one_order

STRENGTH = 0.1  # inverse strength of the ridge penalty (scikit-learn's C)
FOLDS = 5  # parts of the samples in calibration, each predicted by a model of the others
SLOPE_SD = 0.25  # standard deviation of the normal prior, with mean 1, of the calibrating slope
BEND_SD = 0.1  # the same, with mean 0, of the calibrating bend
_LEAST_RISE = 0.25  # of calibrated log-odds, as a share of the slope: a higher prediction stays higher
_RARE = 5  # a code with fewer samples gets no coefficient
_STEPS, _TOLERANCE, _GRADIENT = 100, 1e-8, 1e-7
_NEAR = 1e-9  # log-odds that differ by less are one


@dataclass(frozen=True)
class Model:
    """A fitted model of the probability of failing.

    ``categorical``, ``numeric``: names of the feature columns; ``levels``: categorical column → its codes
    that have a coefficient; ``mean``, ``scale``: of the numeric columns; ``coefficients``: one for each of
    ``levels``, column by column, then one for each standardised numeric column; ``average``: the mean part of
    each feature in the log-odds over the samples, which the parts of a unit are compared with; ``slope``: the
    factor by which calibration multiplied the log-odds, already contained in coefficients, intercept and
    average. ``level``, ``bend``: log-odds v become v + bend · (v - level)², so that both ends may rise faster
    than the middle or more slowly.
    """

    categorical: tuple[str, ...]
    numeric: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    mean: np.ndarray
    scale: np.ndarray
    intercept: float
    coefficients: np.ndarray
    average: np.ndarray
    slope: float = 1.0
    level: float = 0.0
    bend: float = 0.0

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """The probability of failing, 0-1, of each row of ``features`` (columns ``categorical`` and
        ``numeric``): an array, in order. A code without a coefficient, or a missing one, adds 0; a missing
        number gives NaN."""
        return expit(self._bent(self.intercept + self._parts(features).sum(axis=1)))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """What each feature adds to each row's log-odds, compared with the average sample: a frame with one
        row per row of ``features`` (its index) and one column per feature, categorical ones first. What the
        bend adds to a row is divided among its features in proportion to their parts."""
        parts = self._parts(features) - self.average
        middle = np.array([self.intercept + self.average.sum()])
        straight = parts.sum(axis=1)
        bent = self._bent(middle + straight) - self._bent(middle)
        near = np.abs(straight) < _NEAR
        factor = np.where(near, self._rise(middle), bent / np.where(near, 1.0, straight))
        columns = [*self.categorical, *self.numeric]
        return pd.DataFrame(parts * factor[:, None], index=features.index, columns=columns)

    def _bent(self, odds: np.ndarray) -> np.ndarray:
        """Log-odds with the bend; where their rise would fall below _LEAST_RISE they go on straight."""
        inside = self._inside(odds)
        return odds + self.bend * inside * (2 * (odds - self.level) - inside)

    def _rise(self, odds: np.ndarray) -> np.ndarray:
        """The derivative of `_bent`."""
        return 1 + 2 * self.bend * self._inside(odds)

    def _inside(self, odds: np.ndarray) -> np.ndarray:
        """``odds`` less the level, cut off where the rise is _LEAST_RISE."""
        away = odds - self.level
        if self.bend == 0:
            return away
        end = (_LEAST_RISE - 1) / (2 * self.bend)
        return np.maximum(away, end) if self.bend > 0 else np.minimum(away, end)

    def _parts(self, features: pd.DataFrame) -> np.ndarray:
        parts = np.zeros((len(features), len(self.categorical) + len(self.numeric)))
        at = 0
        for place, column in enumerate(self.categorical):
            known = self.levels[column]
            value = np.append(self.coefficients[at : at + len(known)], 0.0)
            parts[:, place] = value[_places(features[column], known)]
            at += len(known)
        standard = (_numbers(features, self.numeric) - self.mean) / self.scale
        parts[:, len(self.categorical) :] = standard * self.coefficients[at:]
        return parts


def fit(
    features: pd.DataFrame,
    fails: ArrayLike,
    order: ArrayLike,
    *,
    categorical: Sequence[str],
    numeric: Sequence[str],
) -> Model:
    """Fit a :class:`Model` to samples and calibrate it.

    ``features``: one row per sample, with the columns ``categorical`` (codes; null is no code) and
    ``numeric`` (no nulls); ``fails``: 0 or 1 per sample; ``order``: a number per sample that orders them in
    time.

    The highest predictions of a fit are partly the luck of the samples that it was fitted to. So each of
    FOLDS parts of the samples is predicted by a fit to the others, and log-odds get the intercept, the slope
    and the bend by which these predictions are most likely (J. C. Platt, 1999, in Advances in Large Margin
    Classifiers, with a quadratic term), slope and bend with normal priors around 1 and 0. The bend is for
    units of which few are far worse than most: a straight line puts the highest too low. Nothing is
    calibrated where the others of a part all have one outcome. Rows are sorted first, so the result does not
    depend on their order. A. E. Hoerl & R. W. Kennard, Technometrics 12, 1970; S. le Cessie & J. C. van
    Houwelingen, Applied Statistics 41, 1992.

    Raises ValueError for other values of ``fails``, different lengths or labels, missing numbers, or where no
    sample or every one failed.
    """
    features, fails, order = one_order(features=features, fails=fails, order=order)
    y, when = floats("fails", fails), floats("order", order)
    if len(y) != len(features) or len(when) != len(features):
        raise ValueError("features, fails and order must have one length")
    if not np.isin(y, [0, 1]).all() or not 0 < y.sum() < len(y):
        raise ValueError("fails must be 0 or 1 and hold both")
    x = features[[*categorical, *numeric]].copy()
    if np.isnan(_numbers(x, tuple(numeric))).any():
        raise ValueError("a numeric feature is missing")
    row = x.astype(dict.fromkeys(categorical, "string")).assign(_when=when, _y=y)
    row[list(categorical)] = row[list(categorical)].fillna("")
    turn = row.reset_index(drop=True).sort_values(["_when", *row.columns.drop("_when")]).index.to_numpy()
    x, y = x.iloc[turn].astype(dict.fromkeys(categorical, "category")), y[turn]
    return _calibrated(_fit(x, y, tuple(categorical), tuple(numeric)), x, y)


def _calibrated(model: Model, x: pd.DataFrame, y: np.ndarray) -> Model:
    fold, odds = np.arange(len(y)) % FOLDS, np.empty(len(y))
    for number in range(FOLDS):
        other = fold != number
        if not 0 < y[other].sum() < other.sum() or other.all():
            return model
        apart = _fit(x[other], y[other], model.categorical, model.numeric)
        odds[~other] = apart.intercept + apart._parts(x[~other]).sum(axis=1)
    middle = odds.mean()
    centred = odds - middle

    def surprise(at: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log posterior of intercept, slope and bend (the latter two in their priors' standard
        deviations), and its gradient."""
        slope, bend = 1 + SLOPE_SD * at[1], BEND_SD * at[2]
        eta = at[0] + slope * centred + bend * centred**2
        value = (np.logaddexp(0, eta) - y * eta).sum() + (at[1:] ** 2).sum() / 2
        off = expit(eta) - y
        slopes = SLOPE_SD * (off * centred).sum(), BEND_SD * (off * centred**2).sum()
        return float(value), np.array([off.sum(), slopes[0] + at[1], slopes[1] + at[2]])

    start = np.array([logit(y.mean()), 0.0, 0.0])
    found = minimize(surprise, start, jac=True, method="BFGS", options={"gtol": _GRADIENT}).x
    level, slope, bend = float(found[0]), 1 + SLOPE_SD * found[1], BEND_SD * found[2]
    return replace(
        model,
        intercept=float(level + slope * (model.intercept - middle)),
        coefficients=slope * model.coefficients,
        average=slope * model.average,
        slope=float(slope),
        level=level,
        bend=float(bend / slope**2) if slope > 0 else 0.0,  # without any order there is nothing to bend
    )


def _fit(x: pd.DataFrame, y: np.ndarray, categorical: tuple[str, ...], numeric: tuple[str, ...]) -> Model:
    """Fit a logistic regression with a ridge penalty: each level of a categorical column is a column of 0 and
    1, numbers are standardised. ``average`` of the model is the mean contribution of each column."""
    numbers = _numbers(x, numeric)
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    levels = {column: _levels(x[column]) for column in categorical}
    parts = []
    for column, known in levels.items():
        place = _places(x[column], known)
        row = np.flatnonzero(place >= 0)
        parts.append(csr_array((np.ones(len(row)), (row, place[row])), shape=(len(x), len(known))))
    # Sparse: a row has one level of each column, and the Hessian of some hundred levels costs the most.
    design = hstack([*parts, csr_array((numbers - mean) / scale)], format="csr")
    with threadpool_limits(limits=1):  # sums of several threads come in any order
        fitted = LogisticRegression(
            C=STRENGTH, solver="newton-cholesky", max_iter=_STEPS, tol=_TOLERANCE
        ).fit(design, y)
    coefficients, intercept = fitted.coef_[0], float(fitted.intercept_[0])
    model = Model(
        categorical,
        numeric,
        levels,
        mean,
        scale,
        intercept,
        coefficients,
        np.zeros(len(categorical) + len(numeric)),
    )
    return replace(model, average=model._parts(x).mean(axis=0))


def past_excess(
    keys: ArrayLike,
    days: ArrayLike,
    *,
    known_keys: ArrayLike,
    known_days: ArrayLike,
    fails: ArrayLike,
    expected: ArrayLike,
    weight: float,
) -> np.ndarray:
    """Compute how much more a key (such as a seller) failed before a day than expected, as log-odds shrunk
    towards 0: one number per element of ``keys``, in order; 0 where nothing was known.

    ``keys``, ``days`` (numbers): for whom and as of when; a null key gives 0. ``known_keys``, ``known_days``,
    ``fails``, ``expected``: one element per sample: its key, the day from which its outcome is known, 0 or 1,
    and its probability of failing without its key (above 0, below 1); samples with a missing value are left
    out. Of the key's samples with known day < day let x be the failures, e the sum of expected and p its
    mean: a gamma-Poisson rate ratio with a prior worth ``weight`` failures gives the probability q = p (x +
    weight) / (e + weight), which is below 1, and the result is logit(q) - logit(p). A difference of log-odds
    is returned because the model adds log-odds; the log of the ratio would say too little of keys that fail
    often.
    """
    keys, days = one_order(keys=keys, days=days)
    known_keys, known_days, fails, expected = one_order(
        known_keys=known_keys, known_days=known_days, fails=fails, expected=expected
    )
    theirs, others = np.asarray(keys), np.asarray(known_keys)
    code = pd.factorize(np.concatenate([theirs, others]))[0]
    code = np.where(code < 0, np.nan, code)
    asked = pd.DataFrame({"key": code[: len(theirs)], "day": floats("days", days)})
    known = pd.DataFrame(
        {
            "key": code[len(theirs) :],
            "day": floats("known_days", known_days),
            "fails": floats("fails", fails),
            "expected": floats("expected", expected),
        }
    ).dropna()
    known = known.assign(n=1.0)
    columns = ["fails", "expected", "n"]
    sums = known.groupby(["key", "day"], as_index=False, sort=True)[columns].sum()
    sums[columns] = sums.groupby("key")[columns].cumsum()
    value = np.zeros(len(asked))
    there = asked[asked["key"].notna() & asked["day"].notna()].sort_values("day", kind="stable")
    if there.empty or sums.empty:
        return value
    found = pd.merge_asof(
        there.reset_index(names="row"), sums.sort_values(["day", "key"]), on="day", by="key",
        allow_exact_matches=False,
    )  # fmt: skip
    usual = found["expected"] / found["n"]
    shrunk = usual * (found["fails"] + weight) / (found["expected"] + weight)
    value[found["row"].to_numpy()] = (logit(shrunk) - logit(usual)).fillna(0.0).to_numpy()
    return value


def _levels(codes: pd.Series) -> tuple[str, ...]:
    counts = codes.value_counts()
    return tuple(sorted(counts.index[counts >= _RARE]))


def _places(codes: pd.Series, known: tuple[str, ...]) -> np.ndarray:
    """The place of each code in ``known``, -1 where it is not there."""
    return pd.Categorical(codes, categories=list(known)).codes.astype(np.intp)


def _numbers(features: pd.DataFrame, numeric: tuple[str, ...]) -> np.ndarray:
    return features[list(numeric)].to_numpy(float)
