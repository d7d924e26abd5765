"""Rates and means of small domains (areas or units with few observations), shrunk towards what they have in
common (EBLUP, empirical Bayes), and benchmarked, that is, scaled so that they add up to a known total."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, stats

from jobs.methods.beta_binomial_bootstraps import limits
from jobs.methods.beta_binomials import Samples, fit_all
from jobs.methods.checked import columns, complete, counts, in_order, level_of, matrix
from jobs.plurals import plural


@dataclass(frozen=True)
class FayHerriot:
    """Result of :func:`fay_herriot`: the variance ``A`` between areas, the coefficients ``beta`` (one per
    column of X), and arrays with one element per area, in input order: ``eblup``, the estimate; ``mse``, its
    mean squared error; ``gamma``, the weight of the direct estimate in it, 0-1."""

    A: float
    beta: np.ndarray
    eblup: np.ndarray
    mse: np.ndarray
    gamma: np.ndarray


@dataclass(frozen=True)
class BetaBinomial:
    """Result of :func:`beta_binomial`: the prior Beta(``alpha``, ``beta``) and arrays with one rate (0-1) per
    unit, in input order: the posterior ``mean`` and the limits ``low`` and ``high``.

    ``alpha = beta = inf``: the units differ no more than by chance; all have the pooled rate and its limits.
    """

    alpha: float
    beta: float
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def pooled(self) -> bool:
        """Whether no over-dispersion was found, so that all units have the pooled rate."""
        return bool(np.isinf(self.alpha + self.beta))


@dataclass(frozen=True)
class Benchmarked:
    """Result of :func:`benchmark`: ``theta``, the estimates after multiplication by ``factor``, in input
    order."""

    theta: np.ndarray
    factor: float


def fay_herriot(y: ArrayLike, variances: ArrayLike, X: ArrayLike) -> FayHerriot:
    """Fit the area-level model y = X b + u + e, with Var(u) = A estimated by REML and Var(e) known, and
    estimate each area.

    ``y``: direct estimates, one per area; ``variances``: their sampling variances, positive (smooth them
    first where an area without events would have 0); ``X``: areas x covariates, with a column of ones if an
    intercept is wanted (a frame goes by label if y or variances are Series). ``mse`` is the second-order
    approximation for REML of Datta & Lahiri (Statistica Sinica 10, 2000, 613-627). A may be 0: then each
    estimate is synthetic, X beta. R. E. Fay & R. A. Herriot, JASA 74, 1979, 269-277.

    Raises ValueError for missing or infinite values, a variance that is not positive, different lengths,
    areas no more numerous than covariates, or covariates that depend on each other.
    """
    frame = complete(columns(y=y, variances=variances))
    if isinstance(X, pd.DataFrame) and any(isinstance(vector, pd.Series) for vector in (y, variances)):
        X = in_order("X", X, frame.index)
    design = matrix("X", X)
    if design.shape[0] != len(frame) or np.isnan(design).any():
        raise ValueError(f"X must have {plural(len(frame), 'complete row')}")
    if np.linalg.matrix_rank(design) < design.shape[1] or len(frame) <= design.shape[1]:
        raise ValueError("X must have independent columns, fewer than areas")
    direct, error = frame.y.to_numpy(), frame.variances.to_numpy()
    if (error <= 0).any():
        raise ValueError("variances must be positive")
    A = _reml(direct, error, design)
    total = A + error
    covariance = np.linalg.inv(design.T / total @ design)
    beta = covariance @ (design.T @ (direct / total))
    gamma, synthetic = A / total, design @ beta
    g1 = gamma * error
    g2 = (1 - gamma) ** 2 * np.einsum("ij,jk,ik->i", design, covariance, design)
    g3 = error**2 / total**3 * 2 / (1 / total**2).sum()
    return FayHerriot(float(A), beta, synthetic + gamma * (direct - synthetic), g1 + g2 + 2 * g3, gamma)


def _reml(y: np.ndarray, error: np.ndarray, design: np.ndarray) -> float:
    """The A >= 0 of the greatest restricted likelihood: a grid finds the hill, the root of the score its
    top."""

    def parts(A: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        inverse = 1 / (A + error)
        information = design.T * inverse @ design
        beta = np.linalg.solve(information, design.T @ (inverse * y))
        return (
            inverse,
            information,
            y - design @ beta,
            np.linalg.solve(information, (design.T * inverse**2) @ design),
        )

    def likelihood(A: float) -> float:
        inverse, information, residual, _ = parts(A)
        return 0.5 * (
            np.log(inverse).sum() - np.linalg.slogdet(information)[1] - (inverse * residual**2).sum()
        )

    def score(A: float) -> float:
        inverse, _, residual, leverage = parts(A)
        return 0.5 * ((inverse**2 * residual**2).sum() - inverse.sum() + np.trace(leverage))

    widest = 10 * (np.var(y) + error.max())
    grid = np.concatenate([[0.0], np.geomspace(1e-8 * error.min(), widest, 200)])
    best = int(np.argmax([likelihood(A) for A in grid]))
    below, above = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if score(below) <= 0:  # falls from 0 on
        return float(below) if below == 0 else float(grid[best])
    return float(optimize.brentq(score, below, above, xtol=1e-300, rtol=1e-14))


def beta_binomial(x: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> BetaBinomial:
    """Estimate the rates of units that share a Beta prior, fitted by maximum likelihood.

    ``x`` events among ``n`` trials, one pair per unit; they need not be whole (effective sizes). A unit
    without trials gets the prior. Limits are the quantiles of each unit's plug-in posterior Beta(alpha + x,
    beta + n - x), with probability ``level`` between them; they ignore that the prior is estimated
    (:func:`beta_binomial_bootstrap` includes it). Where the likelihood is highest without over-dispersion,
    the result is ``pooled``: each unit has the rate of all, with the limits of that rate (Jeffreys'
    posterior). R. Tarone, Biometrics 38, 1982, 215-220.

    Raises ValueError for x outside 0-n, missing or infinite values, no trial at all, different lengths, a
    level outside (0, 1).
    """
    events, trials = _checked(x, n, level)
    (alpha,), (beta,) = fit_all(events[None], trials[None])
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if np.isinf(alpha):
        low, high = _pooled_limits(events, trials, tails)
        same = np.ones_like(trials)
        return BetaBinomial(np.inf, np.inf, same * events.sum() / trials.sum(), same * low, same * high)
    a, b = alpha + events, beta + trials - events
    low, high = (stats.beta.ppf(tail, a, b) for tail in tails)
    return BetaBinomial(float(alpha), float(beta), a / (a + b), low, high)


def beta_binomial_bootstrap(
    x: ArrayLike, n: ArrayLike, *, seed: int, replicates: int = 400, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Compute limits of rates that share a Beta prior, including the uncertainty of the prior: arrays ``(low,
    high)``, rates in 0-1, one per unit in order.

    Parametric bootstrap (N. M. Laird & T. A. Louis, JASA 82, 1987, 739-750): ``replicates`` times, rates are
    drawn from the fitted prior, counts from the rates, and the prior is fitted anew; the limits are quantiles
    of the equal mixture of the posteriors of the observed counts under these priors. With a dozen units
    maximum likelihood often sees no over-dispersion where there is some, and its limits are far too narrow;
    so these fits weigh the likelihood with a prior of uniform shrinkage (M. J. Daniels, Canadian Journal of
    Statistics 27, 1999). Trials that are not whole are drawn at the next whole number and scaled. Without any
    event, or with events only, all units have the limits of the pooled rate. ``seed``: the same seed gives
    the same limits.

    Other arguments and errors as in :func:`beta_binomial`.
    """
    events, trials = _checked(x, n, level)
    return limits(Samples.of_rows(events[None], trials[None]), [seed], replicates=replicates, level=level)


def benchmark(theta: ArrayLike, weights: ArrayLike, *, total: float) -> Benchmarked:
    """Scale estimates by one factor so that their weighted sum is ``total``.

    ``theta`` (estimates), ``weights``: one per domain, neither negative nor missing; ``weights`` are shares
    of the domains in the whole, so that ``total`` is the rate of the whole, in the unit of ``theta``.
    Afterwards sum(weights * theta) is ``total`` to rounding. Ratio benchmarking: J. N. K. Rao & I. Molina,
    Small Area Estimation, 2015, 6.4.6.

    Raises ValueError for negative or missing values, a ``total`` that is negative or not finite, different
    lengths, or where every weighted estimate is 0 and ``total`` is not.
    """
    frame = complete(columns(theta=theta, weights=weights))
    if (frame < 0).any(axis=None) or not 0 <= total < np.inf:
        raise ValueError("theta, weights and total must not be negative")
    return benchmarked(frame.theta.to_numpy(), frame.weights.to_numpy(), total)


def benchmarked(theta: np.ndarray, weights: np.ndarray, total: float) -> Benchmarked:
    """Do the same as :func:`benchmark` for arrays of one length that are known to be complete and not
    negative, which is not checked: for callers with hundreds of groups. Raises ValueError where every
    weighted estimate is 0 and ``total`` is not."""
    now = float((theta * weights).sum())
    if now == 0 and total > 0:
        raise ValueError("every weighted estimate is 0; no factor makes their sum another")
    factor = 1.0 if now == 0 else total / now
    return Benchmarked(theta * factor, factor)


def _checked(x: ArrayLike, n: ArrayLike, level: float) -> tuple[np.ndarray, np.ndarray]:
    level_of(level)
    frame = counts(complete(columns(x=x, n=n)))
    if not frame.n.sum() > 0:
        raise ValueError("there is no trial")
    return frame.x.to_numpy(), frame.n.to_numpy()


def _pooled_limits(events: np.ndarray, trials: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Quantiles of Jeffreys' posterior of the pooled rate; 0 below no event, 1 above only events."""
    hits, misses = events.sum(), (trials - events).sum()
    limits = stats.beta.ppf(tails, hits + 0.5, misses + 0.5)
    return np.array([0.0 if hits == 0 else limits[0], 1.0 if misses == 0 else limits[1]])
