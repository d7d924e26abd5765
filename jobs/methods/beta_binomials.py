"""Maximum likelihood of many beta-binomial samples at once (small_area uses one for the data, a thousand for the bootstrap)."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, digamma, zeta

# Beyond this alpha + beta the prior's standard deviation is below a thousandth of a rate's own: no over-dispersion.
_WIDEST, _NARROWEST = -12.0, 16.0
_GAIN = 1e-6  # of log-likelihood over the binomial; less is rounding


def fit_all(x: np.ndarray, n: np.ndarray, *, exact: bool = True, shrinkage: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """alpha and beta of the greatest likelihood of each row; inf, inf where that lies at no over-dispersion.

    ``shrinkage``: of the greatest likelihood x density of a prior under which a middle unit's shrinkage is uniform, and the maximum never
    at no over-dispersion (M. J. Daniels, Canadian Journal of Statistics 27, 1999, 567-578); inf only without or with only events.

    ``x`` events among ``n`` trials: arrays samples x units, 0 <= x <= n, not necessarily whole. ``exact``: to rounding, else to
    a ten-thousandth of each.
    """
    pooled = x.sum(axis=1) / n.sum(axis=1)
    mixed = (pooled > 0) & (pooled < 1)
    alpha, beta = np.full(len(x), np.inf), np.full(len(x), np.inf)
    if mixed.any():
        alpha[mixed], beta[mixed] = _fit(x[mixed], n[mixed], pooled[mixed], exact, shrinkage)
    return alpha, beta


def _fit(x: np.ndarray, n: np.ndarray, pooled: np.ndarray, polish: bool, shrinkage: bool) -> tuple[np.ndarray, np.ndarray]:
    """Damped Newton steps in logit(mean) and log(alpha + beta), from the best of a few starting sizes."""
    middle = np.nanmedian(np.where(n > 0, n, np.nan), axis=1) if shrinkage else np.zeros(len(n))
    logit = np.log(pooled / (1 - pooled))
    starts = np.linspace(0.0, 10.0, 6)
    found = np.argmax([_likelihood(x, n, middle, logit, np.full_like(logit, size)) for size in starts], axis=0)
    point = np.stack([logit, starts[found]], axis=1)
    value = _likelihood(x, n, middle, point[:, 0], point[:, 1])
    tolerance = 1e-11 if polish else 1e-4
    damping, active = np.full(len(x), 1e-3), np.arange(len(x))
    for _ in range(200):
        here, at = point[active], (x[active], n[active], middle[active])
        gradient, hessian = _derivatives(*at, here)
        # A matrix that is not negative definite is replaced by minus its absolute value, so that every step climbs.
        roots, vectors = np.linalg.eigh(hessian)
        strength = np.abs(roots)
        curvature = np.maximum(strength, 1e-12) + (damping[active] * strength.max(axis=1))[:, None]
        step = np.einsum("bij,bj->bi", vectors, np.einsum("bji,bj->bi", vectors, gradient) / curvature)
        tried = here + np.clip(step, -2, 2)
        tried[:, 1] = np.clip(tried[:, 1], _WIDEST, _NARROWEST)
        reached = _likelihood(*at, tried[:, 0], tried[:, 1])
        better = reached >= value[active]
        still = np.abs(tried - here).max(axis=1) > tolerance
        point[active[better]], value[active[better]] = tried[better], reached[better]
        damping[active] *= np.where(better, 0.1, 10.0)
        active = active[still & (damping[active] < 1e8)]
        if not len(active):
            break
    if polish:
        point = _polished(x, n, middle, point)
    size = np.exp(point[:, 1])
    mean = 1 / (1 + np.exp(-point[:, 0]))
    if shrinkage:
        return mean * size, (1 - mean) * size
    none = (point[:, 1] >= _NARROWEST - 1e-6) | (value - _binomial(x, n, pooled) < _GAIN)
    return np.where(none, np.inf, mean * size), np.where(none, np.inf, (1 - mean) * size)


def _polished(x: np.ndarray, n: np.ndarray, middle: np.ndarray, point: np.ndarray) -> np.ndarray:
    """A few plain Newton steps where they lessen the gradient: near the top it is more exact than the likelihood."""
    gradient, hessian = _derivatives(x, n, middle, point)
    for _ in range(4):
        with np.errstate(all="ignore"):
            step = np.linalg.solve(hessian - 1e-300 * np.eye(2), gradient[..., None])[..., 0]
        tried = point - step
        tried[:, 1] = np.clip(tried[:, 1], _WIDEST, _NARROWEST)
        slope, curve = _derivatives(x, n, middle, tried)
        better = np.abs(slope).max(axis=1) < np.abs(gradient).max(axis=1)
        point = np.where(better[:, None], tried, point)
        gradient, hessian = np.where(better[:, None], slope, gradient), np.where(better[:, None, None], curve, hessian)
    return point


def _likelihood(x: np.ndarray, n: np.ndarray, middle: np.ndarray, logit: np.ndarray, size: np.ndarray) -> np.ndarray:
    """With the log density of log(alpha + beta) where ``middle``, the trials of a middle unit, is not 0."""
    a, b = _shapes(logit, size)
    prior = np.where(middle > 0, size - 2 * np.log(middle + np.exp(size)), 0.0)
    return (betaln(a + x, b + n - x) - betaln(a, b)).sum(axis=1) + prior


def _binomial(x: np.ndarray, n: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    """The same, up to the same constant, without over-dispersion."""
    return x.sum(axis=1) * np.log(pooled) + (n - x).sum(axis=1) * np.log1p(-pooled)


def _shapes(logit: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = (1 / (1 + np.exp(-logit)))[:, None]
    total = np.exp(size)[:, None]
    return mean * total, (1 - mean) * total


def _derivatives(x: np.ndarray, n: np.ndarray, middle: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and Hessian in (logit of the mean, log of the size), by the chain rule from alpha and beta."""
    a, b = _shapes(point[:, 0], point[:, 1])
    both = digamma(a + b) - digamma(a + b + n)
    by_a = (digamma(a + x) - digamma(a) + both).sum(axis=1)
    by_b = (digamma(b + n - x) - digamma(b) + both).sum(axis=1)
    joint = _trigamma(a + b) - _trigamma(a + b + n)
    aa = (_trigamma(a + x) - _trigamma(a) + joint).sum(axis=1)
    bb = (_trigamma(b + n - x) - _trigamma(b) + joint).sum(axis=1)
    ab = joint.sum(axis=1)
    a, b = a[:, 0], b[:, 0]
    slope = a * b / (a + b)  # of alpha by the logit; minus that of beta
    turn = slope * (b - a) / (a + b)
    gradient = np.stack([slope * (by_a - by_b), a * by_a + b * by_b], axis=1)
    cross = slope * (a * aa - b * bb + (b - a) * ab) + slope * (by_a - by_b)
    hessian = np.empty((len(a), 2, 2))
    hessian[:, 0, 0] = slope**2 * (aa + bb - 2 * ab) + turn * (by_a - by_b)
    hessian[:, 0, 1] = hessian[:, 1, 0] = cross
    hessian[:, 1, 1] = a * a * aa + b * b * bb + 2 * a * b * ab + a * by_a + b * by_b
    share = np.where(middle > 0, (a + b) / (middle + a + b), 0.5)
    gradient[:, 1] += 1 - 2 * share
    hessian[:, 1, 1] -= np.where(middle > 0, 2 * share * (1 - share), 0.0)
    return gradient, hessian


def _trigamma(z: np.ndarray) -> np.ndarray:
    """scipy's polygamma(1, z) without the digamma that it also computes."""
    return zeta(2, z)
