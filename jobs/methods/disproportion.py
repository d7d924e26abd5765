"""Which product-event pairs are reported more often than expected: the proportional reporting ratio (PRR) and
the gamma-Poisson shrinker. Made for reports of adverse drug reactions; here a report is a complaint, a
product a group of goods, an event a hazard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from jobs.methods.checked import columns, complete, floats


@dataclass(frozen=True)
class Gps:
    """Result of :func:`gps`.

    ``theta`` = (alpha1, beta1, alpha2, beta2, P): the fitted prior of the ratio of reported to expected, P
    Gamma(alpha1, rate beta1) + (1 - P) Gamma(alpha2, rate beta2), the component with the higher mean first;
    ``log_likelihood`` of the counts at theta; ``scores``: one row per pair that occurs, ordered by product
    and event, columns product, event, N, E, RR, PRR, ebgm, eb05, eb95 as :func:`gps` defines them.
    """

    theta: tuple[float, float, float, float, float]
    log_likelihood: float
    scores: pd.DataFrame


def two_by_two(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> pd.DataFrame:
    """Compute the proportional reporting ratios of 2 x 2 tables of reports.

    ``a``: reports of the event with the product, ``b``: of other events with the product, ``c``: of the event
    with other products, ``d``: of other events with other products; scalars, or vectors with one element per
    table. Returns one row per table, in order (a Series' index is kept): ``prr`` = (a / (a + b)) / (c / (c +
    d)); ``prr_low`` and ``prr_high``, its 95% log-normal limits; ``chi2``, Pearson's without Yates'
    correction. Where one of the four counts is 0, the first three are NaN; chi2 is NaN only where a row or
    column of the table is empty. S. J. W. Evans et al., Pharmacoepidemiology and Drug Safety 10, 2001,
    483-486.

    Raises ValueError for negative, missing or infinite counts or different lengths.
    """
    table = complete(columns(a=a, b=b, c=c, d=d))
    if (table < 0).any(axis=None):
        raise ValueError("counts must not be negative")
    return _ratios(table)


def _ratios(table: pd.DataFrame) -> pd.DataFrame:
    """prr, prr_low, prr_high, chi2 of complete counts a, b, c, d that are not negative."""
    a, b, c, d = (table[name] for name in "abcd")
    with np.errstate(all="ignore"):
        prr = (a / (a + b) / (c / (c + d))).where((table > 0).all(axis=1))
        error = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
        width = np.exp(stats.norm.ppf(0.975) * error)
        margins = (a + b) * (c + d) * (a + c) * (b + d)
        chi2 = (table.sum(axis=1) * (a * d - b * c) ** 2 / margins).where(margins > 0)
    return pd.DataFrame({"prr": prr, "prr_low": prr / width, "prr_high": prr * width, "chi2": chi2})


def gps(
    reports: pd.DataFrame,
    *,
    report: str,
    product: str,
    event: str,
    stratum: str | Sequence[str] | None = None,
) -> Gps:
    """Fit the multi-item gamma-Poisson shrinker to reports and score every pair of product and event that
    occurs (W. DuMouchel, The American Statistician 53, 1999, 177-190).

    ``reports``: one row per report, product and event (repeated rows count once); ``report``, ``product``,
    ``event`` and ``stratum`` name its columns. All counts are of distinct reports. Columns of ``scores``:
    ``N``, reports of the pair; ``E``, expected: reports of the product x reports of the event / all reports,
    summed over strata; ``RR`` = N / E; ``PRR`` as in :func:`two_by_two`, without strata (NaN where no other
    product has the event); ``ebgm``, the geometric mean of the posterior of the pair's ratio, shrunk from RR
    towards the prior; ``eb05`` and ``eb95``, its 5% and 95% quantiles.

    theta maximises the likelihood of the counts N, each a mixture of negative binomials that are truncated at
    0 before they are mixed, without squashing (W. DuMouchel & D. Pregibon, KDD 2001; I. Ihrie & T. Canida,
    openEBGM). The posterior's weights are those of the distributions that are not truncated.

    Raises ValueError for absent columns, missing values, a report in two strata, or no reports.
    """
    strata = [] if stratum is None else [stratum] if isinstance(stratum, str) else list(stratum)
    for name in (report, product, event, *strata):
        if name not in reports:
            raise ValueError(f"reports has no column {name!r}")
        if reports[name].isna().any():
            raise ValueError(f"{name} has missing values")
    if reports.empty:
        raise ValueError("there are no reports")
    frame = pd.DataFrame({"report": reports[report], "product": reports[product], "event": reports[event]})
    frame["stratum"] = reports.groupby(strata, sort=False).ngroup() if strata else 0
    if (frame.groupby("report").stratum.nunique() > 1).any():
        raise ValueError("a report lies in two strata")
    pairs = _pairs(frame)
    theta, likelihood = _fitted(pairs.N.to_numpy(float), pairs.E.to_numpy())
    ebgm, eb05, eb95 = scores(pairs.N.to_numpy(float), pairs.E.to_numpy(), theta)
    return Gps(theta, likelihood, pairs.assign(ebgm=ebgm, eb05=eb05, eb95=eb95))


def _pairs(frame: pd.DataFrame) -> pd.DataFrame:
    """product, event, N, E, RR, PRR of the pairs that occur."""
    distinct = frame.drop_duplicates()
    total = distinct.report.nunique()
    by = {name: distinct.groupby(name).report.nunique() for name in ("product", "event")}
    pairs = distinct.groupby(["product", "event"]).report.nunique().rename("N").reset_index()
    expected = pd.Series(0.0, index=pairs.index)
    for _, part in distinct.groupby("stratum"):
        sizes = [
            pairs[name].map(part.groupby(name).report.nunique()).fillna(0) for name in ("product", "event")
        ]
        expected += sizes[0] * sizes[1] / part.report.nunique()
    pairs["E"], pairs["RR"] = expected, pairs.N / expected
    b, c = pairs["product"].map(by["product"]) - pairs.N, pairs["event"].map(by["event"]) - pairs.N
    rest = c / (c + (total - pairs.N - b - c))
    pairs["PRR"] = (pairs.N / (pairs.N + b) / rest.where(rest > 0)).astype(float)
    return pairs


def _log_mixture(n: np.ndarray, e: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log of P NB1(n) and of (1 - P) NB2(n), the marginal distributions of a count with expectation e."""
    a1, b1, a2, b2, p = theta
    return np.log(p) + _log_negative_binomial(n, e, a1, b1), np.log1p(-p) + _log_negative_binomial(
        n, e, a2, b2
    )


def _log_negative_binomial(n: np.ndarray, e: np.ndarray, a: float, b: float) -> np.ndarray:
    choose = special.gammaln(a + n) - special.gammaln(a) - special.gammaln(n + 1)
    return choose - a * np.log1p(e / b) - n * np.log1p(b / e)


class _Observed:
    """Counts ``n`` with expectations ``e``. Counts are equal so often that functions of them are computed of
    the distinct ones (``counts``), of which ``place`` gives that of each pair."""

    def __init__(self, n: np.ndarray, e: np.ndarray):
        self.n, self.e = n, e
        self.counts, self.place = np.unique(n, return_inverse=True)
        self.factorials = special.gammaln(n + 1)  # log of n!


def _loss(point: np.ndarray, seen: _Observed) -> tuple[float, np.ndarray]:
    """Minus the log-likelihood of :func:`gps`, and its gradient, in (log alpha1, log beta1, log alpha2, log
    beta2, logit P)."""
    theta = _theta(point)
    p, n, e = theta[4], seen.n, seen.e
    logs, slopes = [], []
    for start, share in ((0, p), (2, 1 - p)):
        a, b = theta[start], theta[start + 1]
        wide = np.log1p(e / b)
        none = np.minimum(-a * wide, -1e-300)  # log of the probability of no report
        some = -np.expm1(none)
        choose = special.gammaln(a + seen.counts)[seen.place] - special.gammaln(a) - seen.factorials
        logs.append(np.log(share) + (choose - a * wide - n * np.log1p(b / e)) - np.log(some))
        odds = np.exp(none) / some
        by_a = special.digamma(a + seen.counts)[seen.place] - special.digamma(a) - (1 + odds) * wide
        by_b = a / b - (a + n) / (b + e) + odds * (a / b - a / (b + e))
        slopes.append((a * by_a, b * by_b))
    both = np.logaddexp(*logs)
    q = np.exp(logs[0] - both)
    gradient = [(q * slope).sum() for slope in slopes[0]] + [((1 - q) * slope).sum() for slope in slopes[1]]
    return -float(both.sum()), -np.array([*gradient, (q - p).sum()])


def _theta(point: np.ndarray) -> np.ndarray:
    return np.append(np.exp(point[:4]), special.expit(point[4]))


def _starts(n: np.ndarray, e: np.ndarray) -> list[tuple[float, float, float, float, float]]:
    """Values of theta from which the likelihood is climbed: it has several tops, and from starts that do not
    look at the data the highest is missed for some small tables. DuMouchel's own, one of openEBGM, and the
    pairs split by their ratios: of both parts the mean ratio, with a narrow or a wide distribution; once by
    the deviance of their counts, as the highest ratios of a sparse table are single reports."""
    starts = [(0.2, 0.1, 2.0, 4.0, 1 / 3), (0.1, 0.1, 10.0, 10.0, 0.2)]
    ratios, deviances = n / e, np.sign(n - e) * (special.xlogy(n, n / e) - (n - e))
    splits = ((0.1, 20.0), (0.03, 1000.0), (0.25, 20.0), (0.25, 1000.0))
    for by, share, alpha in [*((ratios, *split) for split in splits), (deviances, 0.1, 20.0)]:
        order = np.argsort(-by, kind="stable")
        cut = min(max(round(share * len(n)), 1), len(n) - 1)
        if cut > 0:
            high, low = (n[part].sum() / e[part].sum() for part in (order[:cut], order[cut:]))
            starts.append((alpha, alpha / high, alpha, alpha / low, cut / len(n)))
    return starts


def _fitted(n: np.ndarray, e: np.ndarray) -> tuple[tuple[float, float, float, float, float], float]:
    """The best of several starts, by quasi-Newton steps, the best one until nothing is gained."""
    bounds = [(-12, 12)] * 4 + [(-16, 16)]
    quick, exact = (
        {"maxiter": 300, "ftol": 1e-9},
        {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20},
    )
    seen = _Observed(n, e)
    points = [np.append(np.log(start[:4]), special.logit(start[4])) for start in _starts(n, e)]
    found = [
        optimize.minimize(
            _loss, point, args=(seen,), jac=True, method="L-BFGS-B", bounds=bounds, options=quick
        )
        for point in points
    ]
    best = min(found, key=lambda result: result.fun)
    again = optimize.minimize(
        _loss, best.x, args=(seen,), jac=True, method="L-BFGS-B", bounds=bounds, options=exact
    )
    point = _polished(min(best, again, key=lambda result: result.fun).x, seen, np.array(bounds))
    a1, b1, a2, b2, p = (float(value) for value in _theta(point))
    ordered = (a1, b1, a2, b2, p) if a1 / b1 >= a2 / b2 else (a2, b2, a1, b1, 1 - p)
    return ordered, -float(_loss(point, seen)[0])


def _polished(point: np.ndarray, seen: _Observed, bounds: np.ndarray) -> np.ndarray:
    """A few Newton steps where they lessen the gradient: the likelihood is too flat for its value to show the
    top."""
    gradient = _loss(point, seen)[1]
    for _ in range(5):
        step = 1e-4
        curve = np.array(
            [
                (_loss(point + by, seen)[1] - _loss(point - by, seen)[1]) / (2 * step)
                for by in np.eye(5) * step
            ]
        )
        tried = np.clip(point - np.linalg.lstsq(curve, gradient, rcond=1e-12)[0], *bounds.T)
        slope = _loss(tried, seen)[1]
        if not np.abs(slope).max() < np.abs(gradient).max():
            break
        point, gradient = tried, slope
    return point


def log_likelihood(n: np.ndarray, e: np.ndarray, theta: tuple[float, ...]) -> float:
    """The log-likelihood that :func:`gps` maximises, at ``theta`` (as in :class:`Gps`), of counts ``n`` (at
    least 1) with expectations ``e``: vectors of one length, one element per pair. A number."""
    point = np.append(np.log(theta[:4]), special.logit(theta[4]))
    return -_loss(point, _Observed(n, e))[0]


def scores(
    n: np.ndarray, e: np.ndarray, theta: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score pairs under a fitted prior: arrays ``(ebgm, eb05, eb95)``, one element per pair, the geometric
    mean and the 5% and 95% quantiles of the posterior of each pair's ratio.

    ``n``: counts, ``e``: expectations above 0, vectors of one length; ``theta``: as in :class:`Gps`. W.
    DuMouchel, The American Statistician 53, 1999, 177-190.
    """
    a1, b1, a2, b2, _ = theta
    first, second = _log_mixture(n, e, np.array(theta))
    q = np.exp(first - np.logaddexp(first, second))
    mean = q * (special.digamma(a1 + n) - np.log(b1 + e)) + (1 - q) * (
        special.digamma(a2 + n) - np.log(b2 + e)
    )
    return np.exp(mean), *(_quantile(tail, q, a1 + n, b1 + e, a2 + n, b2 + e) for tail in (0.05, 0.95))


def _quantile(
    tail: float, q: np.ndarray, a1: np.ndarray, b1: np.ndarray, a2: np.ndarray, b2: np.ndarray
) -> np.ndarray:
    """Quantile of q Gamma(a1, rate b1) + (1 - q) Gamma(a2, b2), by bisection between the components'
    quantiles."""
    ends = np.stack([stats.gamma.ppf(tail, a1, scale=1 / b1), stats.gamma.ppf(tail, a2, scale=1 / b2)])
    low, high = ends.min(axis=0), ends.max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        below = q * special.gammainc(a1, b1 * middle) + (1 - q) * special.gammainc(a2, b2 * middle) < tail
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def rise(now: Sequence[int], before: Sequence[int]) -> float:
    """Test whether a pair of product and event is reported more often ``now`` than ``before``, relative to
    all reports: the one-sided p value, 1 where a period has no report.

    ``now``, ``before``: the four counts of a period as in :func:`two_by_two`: ``a`` reports of the event with
    the product, ``b`` of other events with it, ``c`` of the event with other products, ``d`` the rest. M.
    Zelen's exact test of two 2 x 2 tables with one odds ratio (Biometrika 58, 1971, 129-137): the probability
    of at least the observed ``a`` now, given the row and column totals of both tables and the sum of both
    ``a``. Where a pair is a small part of its product and of its event, this is the test of two Poisson rates
    with the expected counts as exposures.

    Where the pair is more than half of the reports of its product (or of its event) over both periods, that
    total rises with the pair and would explain any rise, so it is left out: the test is then Fisher's exact
    test of the pair's share of the other total; where both hold, of its share of all reports.

    Raises ValueError unless each period has four whole counts that are not negative.
    """
    tables = [floats(name, values) for name, values in (("now", now), ("before", before))]
    for name, table in zip(("now", "before"), tables, strict=True):
        if table.shape != (4,) or not ((table >= 0) & (table == np.floor(table))).all():
            raise ValueError(f"{name} must be four whole counts that are not negative")
    if not all(table.sum() for table in tables):
        return 1.0
    (x, n, row, column), (past, *of_past) = ((t[0], t.sum(), t[0] + t[1], t[0] + t[2]) for t in tables)
    every = x + past
    few_of_product, few_of_event = tables[0][1:3] + tables[1][1:3] < every
    if few_of_product or few_of_event:
        at = 0 if few_of_product and few_of_event else 1 if few_of_event else 2
        of = (n, row, column)[at]
        return float(stats.hypergeom.sf(x - 1, of + of_past[at], every, of))
    could = np.arange(min(row, column, every) + 1)
    weight = stats.hypergeom.logpmf(could, n, row, column) + stats.hypergeom.logpmf(every - could, *of_past)
    # Sums of logarithms leave rounding where nearly all tables count.
    return min(float(np.exp(special.logsumexp(weight[could >= x]) - special.logsumexp(weight))), 1.0)
