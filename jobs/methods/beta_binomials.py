"""Maximum likelihood fits of many beta-binomial samples at once: a sample is a set of units, each with events
among trials, whose rates come from one Beta distribution (the prior). ``small_area`` fits one sample for the
data and a thousand for the bootstrap. Over-dispersion: rates differ between units by more than chance alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.special import betaln, digamma

# Beyond this alpha + beta the prior's standard deviation is below a thousandth of a rate's own: no
# over-dispersion.
_WIDEST, _NARROWEST = -12.0, 16.0
_GAIN = 1e-6  # of log-likelihood over the binomial; less is rounding
_SHIFT = 10
_AT_ONCE = 200_000  # units: what a processor's cache holds of a dozen arrays
_LARGE = 1e4  # from here on the series' next term is below 1e-17 of the first
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B2 to B14


@dataclass(frozen=True)
class Samples:
    """Several samples in one pair of arrays, one after the other: ``x`` events among ``n`` trials, one
    element per unit; ``units``: number of units of each sample, in order.

    Samples may differ in size. The results for one sample do not depend on the others, to the last bit, as
    each sum is made over a row of a block of samples of one size.
    """

    x: np.ndarray
    n: np.ndarray
    units: np.ndarray

    @classmethod
    def of_rows(cls, x: np.ndarray, n: np.ndarray) -> Samples:
        """Make samples of one size from arrays with one row per sample and one column per unit."""
        return cls(np.ravel(x), np.ravel(n), np.full(len(x), x.shape[1]))

    @cached_property
    def row(self) -> np.ndarray:
        """For each unit, the position of its sample."""
        return np.repeat(np.arange(len(self.units)), self.units)

    @cached_property
    def hit(self) -> np.ndarray:
        """The positions of the units with at least one event."""
        return np.flatnonzero(self.x > 0)

    @cached_property
    def _runs(self) -> list[tuple[int, int, int, int, int]]:
        """Runs of samples of one size: first and last sample, first and last unit, size."""
        edges = np.flatnonzero(np.diff(self.units, prepend=-1, append=-1))
        ends = np.concatenate([[0], np.cumsum(self.units)])
        return [(i, j, int(ends[i]), int(ends[j]), int(self.units[i])) for i, j in pairwise(edges.tolist())]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The sum of ``values`` (one per unit) over the units of each sample; one per sample."""
        found = np.empty(len(self.units))
        for i, j, start, end, size in self._runs:
            found[i:j] = values[start:end].reshape(-1, size).sum(axis=1)
        return found

    def chosen(self, rows: np.ndarray) -> Samples:
        """The samples for which ``rows`` (one boolean per sample) is true."""
        units = rows[self.row]
        return Samples(self.x[units], self.n[units], self.units[rows])

    def middle(self) -> np.ndarray:
        """Return for each sample the median number of trials of its units that have any: the size that
        sets the prior of `fit` with ``shrinkage``. NaN for a sample in which no unit has a trial."""
        ends = np.cumsum(self.units)
        tried = np.where(self.n > 0, self.n, np.nan)
        return np.array(
            [np.nanmedian(tried[end - size : end]) for end, size in zip(ends, self.units, strict=True)]
        )


def fit_all(
    x: np.ndarray, n: np.ndarray, *, exact: bool = True, shrinkage: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Do the same as :func:`fit` for arrays with one row per sample and one column per unit: events ``x``
    among trials ``n``."""
    return fit(Samples.of_rows(np.asarray(x, float), np.asarray(n, float)), exact=exact, shrinkage=shrinkage)


def fit(
    samples: Samples, *, exact: bool = True, shrinkage: bool = False, middle: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a Beta(alpha, beta) distribution of rates to each sample by maximum likelihood. Returns the arrays
    ``(alpha, beta)``, one element per sample; both are inf where the likelihood is highest without
    over-dispersion, and for a sample without events or with only events.

    ``samples``: 0 <= x <= n, not necessarily whole, each sample with a trial. ``shrinkage``: maximise the
    likelihood times a prior under which the shrinkage of a unit with the median number of trials is uniform;
    the maximum then always has over-dispersion (M. J. Daniels, Canadian Journal of Statistics 27, 1999,
    567-578), and inf only occurs without or with only events. ``middle``: that median for each sample
    (`Samples.middle`), to save computing it. ``exact``: fit to rounding, else to a relative precision of
    1e-4.
    """
    pooled = samples.sums(samples.x) / samples.sums(samples.n)
    mixed = (pooled > 0) & (pooled < 1)
    alpha, beta = np.full(len(pooled), np.inf), np.full(len(pooled), np.inf)
    if mixed.any():
        own = samples.chosen(mixed)
        size = np.zeros(len(own.units))
        if shrinkage:
            size = own.middle() if middle is None else middle[mixed]
        alpha[mixed], beta[mixed] = _fit(own, pooled[mixed], size, exact, shrinkage)
    return alpha, beta


def means(samples: Samples) -> tuple[np.ndarray, np.ndarray]:
    """Shrink the rate of each unit towards the fitted prior of its sample. Returns ``(rates, pooled)``: rates
    in 0-1, one per unit, and one boolean per sample, true where no over-dispersion was found, so that all its
    units have the sample's rate."""
    alpha, beta = fit(samples)
    pooled = np.isinf(alpha)
    one = samples.sums(samples.x) / samples.sums(samples.n)
    a, b = (np.where(pooled, 1.0, side)[samples.row] for side in (alpha, beta))
    a, b = a + samples.x, b + samples.n - samples.x
    return np.where(pooled[samples.row], one[samples.row], a / (a + b)), pooled


def means_without(samples: Samples) -> np.ndarray:
    """Shrink the rate of each unit towards the prior that is fitted to the other units of its sample. Returns
    rates in 0-1, one per unit, in order.

    The result rises with the unit's events and falls with its trials, since the prior does not depend on them
    (C. N. Morris, JASA 78, 1983, 47-55, describes the estimate with a prior that does). Where the other units
    show no over-dispersion, or a sample has only one unit, it is the rate of the whole sample. The fits are
    to rounding, because with a flat likelihood a coarser fit would change when a count changes in its last
    digit.
    """
    found = np.empty(len(samples.x))
    ends = np.cumsum(samples.units)
    alone = ends[samples.units == 1] - 1
    found[alone] = samples.x[alone] / samples.n[alone]
    groups = [
        _Alike.of(samples.x[end - size : end], samples.n[end - size : end], end - size)
        for end, size in zip(ends, samples.units, strict=True)
        if size > 1
    ]
    for part in _parts(groups):
        x, n = (np.concatenate(side) for side in zip(*(group.others() for group in part), strict=True))
        pairs = [len(group.pairs) for group in part]
        alpha, beta = fit(Samples(x, n, np.repeat([len(group.x) - 1 for group in part], pairs)))
        cuts = np.cumsum(pairs)[:-1]
        for group, a, b in zip(part, np.split(alpha, cuts), np.split(beta, cuts), strict=True):
            found[group.start : group.start + len(group.x)] = group.means(a, b)
    return found


@dataclass(frozen=True)
class _Alike:
    """One sample, its units with the same counts taken together: they have the same others. ``pairs``: the
    counts, x and n; ``unit``: of each unit the position of its pair; ``start``: the position of the first
    unit."""

    x: np.ndarray
    n: np.ndarray
    start: int
    pairs: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, n: np.ndarray, start: int) -> _Alike:
        pairs, unit = np.unique(np.stack([x, n], axis=1), axis=0, return_inverse=True)
        return cls(x, n, start, pairs, unit.ravel())

    def others(self) -> tuple[np.ndarray, np.ndarray]:
        """x and n of all units but one of each pair, pair after pair."""
        first = np.array([np.flatnonzero(self.unit == u)[0] for u in range(len(self.pairs))])
        others = np.concatenate([np.delete(np.arange(len(self.x)), u) for u in first])
        return self.x[others], self.n[others]

    def means(self, alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
        """The rate of each unit shrunk towards the prior of its pair's others, inf where that is none."""
        x, n = self.pairs[:, 0], self.pairs[:, 1]
        pooled = np.isinf(alpha)
        a, b = np.where(pooled, self.x.sum() - x, alpha), np.where(pooled, 0.0, beta)
        b = np.where(pooled, (self.n - self.x).sum() - (n - x), b)
        return ((a + x) / (a + b + n))[self.unit]


def _parts(groups: Sequence[_Alike]) -> Iterator[list[_Alike]]:
    """Groups that are fitted together, those of one size next to each other: a fit of a few hundred units
    spends its time on the way into numpy."""
    order = sorted(groups, key=lambda group: len(group.x))
    number = np.cumsum([len(group.pairs) * len(group.x) for group in order]) // _AT_ONCE
    for part in np.unique(number):
        yield [order[i] for i in np.flatnonzero(number == part)]


def _fit(
    samples: Samples, pooled: np.ndarray, middle: np.ndarray, polish: bool, shrinkage: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Damped Newton steps in logit(mean) and log(alpha + beta), from the best of a few starting sizes."""
    logit = np.log(pooled / (1 - pooled))
    starts = np.linspace(0.0, 10.0, 6)
    tops = np.array([_likelihood(samples, middle, logit, np.full_like(logit, size)) for size in starts])
    point = np.stack([logit, starts[np.argmax(tops, axis=0)]], axis=1)
    value = tops.max(axis=0)
    tolerance = 1e-11 if polish else 1e-4
    damping, active, left = np.full(len(pooled), 1e-3), np.arange(len(pooled)), samples
    for _ in range(200):
        here = point[active]
        gradient, hessian = _derivatives(left, middle[active], here)
        # A matrix that is not negative definite is replaced by minus its absolute value, so that every step
        # climbs.
        roots, vectors = np.linalg.eigh(hessian)
        strength = np.abs(roots)
        curvature = np.maximum(strength, 1e-12) + (damping[active] * strength.max(axis=1))[:, None]
        step = np.einsum("bij,bj->bi", vectors, np.einsum("bji,bj->bi", vectors, gradient) / curvature)
        tried = here + np.clip(step, -2, 2)
        tried[:, 1] = np.clip(tried[:, 1], _WIDEST, _NARROWEST)
        reached = _likelihood(left, middle[active], tried[:, 0], tried[:, 1])
        better = reached >= value[active]
        still = np.abs(tried - here).max(axis=1) > tolerance
        point[active[better]], value[active[better]] = tried[better], reached[better]
        damping[active] *= np.where(better, 0.1, 10.0)
        going = still & (damping[active] < 1e8)
        if not going.any():
            break
        if not going.all():
            active, left = active[going], left.chosen(going)
    if polish:
        point = _polished(samples, middle, point)
    size = np.exp(point[:, 1])
    mean = 1 / (1 + np.exp(-point[:, 0]))
    if shrinkage:
        return mean * size, (1 - mean) * size
    none = (point[:, 1] >= _NARROWEST - 1e-6) | (value - _binomial(samples, pooled) < _GAIN)
    return np.where(none, np.inf, mean * size), np.where(none, np.inf, (1 - mean) * size)


def _polished(samples: Samples, middle: np.ndarray, point: np.ndarray) -> np.ndarray:
    """A few plain Newton steps where they lessen what a further one would gain: near the top that is more
    exact than the likelihood, and a long flat ridge does not stop it as the gradient alone would."""
    step, gain = _newton(samples, middle, point)
    for _ in range(6):
        tried = point + step
        tried[:, 1] = np.clip(tried[:, 1], _WIDEST, _NARROWEST)
        further, left = _newton(samples, middle, tried)
        better = left < gain
        point, gain = np.where(better[:, None], tried, point), np.where(better, left, gain)
        step = np.where(better[:, None], further, step)
    return point


def _newton(samples: Samples, middle: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The plain Newton step of each sample, and twice what it gains by the quadratic at the point."""
    gradient, hessian = _derivatives(samples, middle, point)
    with np.errstate(all="ignore"):
        step = -np.linalg.solve(hessian - 1e-300 * np.eye(2), gradient[..., None])[..., 0]
        return step, np.abs((gradient * step).sum(axis=1))


def _likelihood(samples: Samples, middle: np.ndarray, logit: np.ndarray, size: np.ndarray) -> np.ndarray:
    """With the log density of log(alpha + beta) where ``middle``, the trials of a middle unit, is not 0."""
    a, b = _shapes(logit, size)
    prior = np.where(middle > 0, size - 2 * np.log(middle + np.exp(size)), 0.0)
    row, x, n = samples.row, samples.x, samples.n
    return samples.sums(betaln(a[row] + x, b[row] + n - x) - betaln(a, b)[row]) + prior


def _binomial(samples: Samples, pooled: np.ndarray) -> np.ndarray:
    """The same, up to the same constant, without over-dispersion."""
    return samples.sums(samples.x) * np.log(pooled) + samples.sums(samples.n - samples.x) * np.log1p(-pooled)


def _shapes(logit: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, total = 1 / (1 + np.exp(-logit)), np.exp(size)
    return mean * total, (1 - mean) * total


def _derivatives(samples: Samples, middle: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and Hessian in (logit of the mean, log of the size), by the chain rule from alpha and beta."""
    a, b = _shapes(point[:, 0], point[:, 1])
    row, x, n, hit = samples.row, samples.x, samples.n, samples.hit
    of, misses, every = row[hit], b[row] + n - x, (a + b)[row] + n
    both = -rise((a + b)[row], n)
    joint = trigamma(a + b)[row] - trigamma(every)
    # A unit without an event adds nothing of alpha alone.
    events, curved = np.zeros(len(x)), np.zeros(len(x))
    events[hit] = rise(a[of], x[hit])
    curved[hit] = trigamma(a[of] + x[hit]) - trigamma(a)[of]
    by_a = samples.sums(events + both)
    by_b = samples.sums(rise(b[row], n - x) + both)
    aa = samples.sums(curved + joint)
    bb = samples.sums(trigamma(misses) - trigamma(b)[row] + joint)
    ab = samples.sums(joint)
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


def rise(z: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Compute digamma(z + by) - digamma(z), element by element, precisely also where both are nearly equal.
    ``z`` above 0, ``by`` at least 0, arrays of one shape.

    From z = _LARGE on it is the difference of the asymptotic series (Abramowitz & Stegun 6.3.18), each term
    of which is small with ``by / z``.
    """
    end = z + by
    near = np.log1p(by / z) + by / (2 * z * end) * (1 + (z + end) / (6 * z * end))
    return np.where(z < _LARGE, digamma(end) - digamma(z), near)


def trigamma(z: np.ndarray) -> np.ndarray:
    """The second derivative of log gamma of positive numbers, element by element, to 16 digits. It replaces
    scipy.special.polygamma(1, z), which takes fifty times as long.

    Recurrence to z + 10 and the asymptotic series there (M. Abramowitz & I. A. Stegun, Handbook of
    Mathematical Functions, 1964, 6.4.6 and 6.4.12). Only sums, products and quotients are used, so that the
    result for one number does not depend on the others.
    """
    below = np.zeros_like(z)
    for step in range(_SHIFT - 1, -1, -1):  # small terms first
        term = z + step
        term *= term
        below += 1 / term
    inverse = 1 / (z + _SHIFT)
    square = inverse * inverse
    series = np.full_like(z, _BERNOULLI[-1])
    for number in _BERNOULLI[-2::-1]:
        series *= square
        series += number
    return below + (series * square * inverse + square * 0.5 + inverse)
