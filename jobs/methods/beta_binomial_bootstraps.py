"""Bootstrap limits of many groups of beta-binomial rates at once; `small_area.beta_binomial_bootstrap` is
that of one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy import special, stats

from jobs.methods.beta_binomials import Samples, fit

_AT_ONCE = 200_000  # replicates x units: what a processor's cache holds of a dozen arrays


def limits(
    groups: Samples, seeds: Sequence[int], *, replicates: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the units of each group, as `small_area.beta_binomial_bootstrap` describes them: ``(low,
    high)``, one per unit.

    ``seeds``: one per group. What a group gives does not depend on those beside it.
    """
    low, high = np.empty(len(groups.x)), np.empty(len(groups.x))
    start = np.cumsum(groups.units) - groups.units

    def fill(part: np.ndarray) -> None:
        units = np.concatenate([np.arange(start[g], start[g] + groups.units[g]) for g in part])
        own = Samples(groups.x[units], groups.n[units], groups.units[part])
        low[units], high[units] = _limits(own, [seeds[g] for g in part], replicates, level)

    # Groups of one size next to each other: their sums are taken together. scipy's functions of arrays let
    # other threads run.
    parts = _parts(groups.units, np.argsort(groups.units, kind="stable"), replicates)
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="limits") as pool:
        for done in [pool.submit(fill, part) for part in parts]:
            done.result()
    return low, high


def _parts(sizes: np.ndarray, order: np.ndarray, replicates: int) -> Iterator[np.ndarray]:
    """Groups in ``order``, as many at once as _AT_ONCE allows."""
    part = np.cumsum(sizes[order]) * replicates // _AT_ONCE
    for number in np.unique(part):
        yield order[part == number]


def _limits(
    groups: Samples, seeds: list[int], replicates: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    middle = groups.middle()
    alpha, beta = fit(groups, shrinkage=True, middle=middle)
    cuts = np.cumsum(groups.units)[:-1]
    events, trials = np.split(groups.x, cuts), np.split(groups.n, cuts)
    drawn = [_drawn(*one, replicates) for one in zip(events, trials, alpha, beta, seeds, strict=True)]
    again = Samples(
        np.concatenate([counts.ravel() for counts in drawn]),
        np.concatenate([np.tile(n, replicates) for n in trials]),
        np.repeat(groups.units, replicates),
    )
    fitted = fit(again, exact=False, shrinkage=True, middle=np.repeat(middle, replicates))
    priors = zip(*(found.reshape(-1, replicates) for found in fitted), strict=True)
    posteriors, places = [], []
    for x, n, (alphas, betas) in zip(events, trials, priors, strict=True):
        none = np.isinf(alphas)
        # Units with the same counts have the same limits: found once.
        alike, unit = np.unique(np.stack([x, n], axis=1), axis=0, return_inverse=True)
        hits, misses = alike[:, 0], alike[:, 1] - alike[:, 0]
        a = np.where(none[:, None], x.sum() + 0.5, np.where(none, 0, alphas)[:, None] + hits)
        b = np.where(none[:, None], (n - x).sum() + 0.5, np.where(none, 0, betas)[:, None] + misses)
        posteriors.append((a, b))
        places.append(unit.ravel())
    ends = [_quantiles(tail, posteriors) for tail in ((1 - level) / 2, (1 + level) / 2)]
    low, high = (
        np.concatenate([found[unit] for found, unit in zip(end, places, strict=True)]) for end in ends
    )
    return low, high


def _quantiles(tail: float, posteriors: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """The mixture's quantile of each column of each group.

    A group of one column is worked out alone: numpy adds up a single column in another order than one of
    several.
    """
    found: list[np.ndarray] = [np.empty(0)] * len(posteriors)
    several = [i for i, (a, _) in enumerate(posteriors) if a.shape[1] > 1]
    for part in [several, *([i] for i in range(len(posteriors)) if i not in set(several))]:
        if part:
            a, b = (np.concatenate(side, axis=1) for side in zip(*(posteriors[i] for i in part), strict=True))
            sizes = [posteriors[i][0].shape[1] for i in part]
            quantiles = mixture_quantiles(tail, a, b, np.repeat(np.arange(len(part)), sizes))
            for i, own in zip(part, np.split(quantiles, np.cumsum(sizes)[:-1]), strict=True):
                found[i] = own
    return found


def _drawn(x: np.ndarray, n: np.ndarray, alpha: float, beta: float, seed: int, replicates: int) -> np.ndarray:
    """Counts of ``replicates`` draws of a group: replicates x units. Trials that are not whole are drawn at
    the next whole number."""
    generator, shape = np.random.default_rng(seed), (replicates, len(n))
    rate = (
        np.broadcast_to(x.sum() / n.sum(), shape) if np.isinf(alpha) else generator.beta(alpha, beta, shape)
    )
    whole = np.ceil(n).astype(int)
    return generator.binomial(whole, rate) * np.divide(n, whole, out=np.zeros_like(n), where=whole > 0)


def mixture_quantiles(tail: float, a: np.ndarray, b: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Quantile of each column's equal mixture of Beta(a, b): Newton steps within a bracket, from the middle
    prior's quantile.

    ``group``: of each column, ascending; the columns of a group take steps until all of them are exact.
    """
    found = stats.beta.ppf(tail, np.median(a, axis=0), np.median(b, axis=0))
    left, at = np.arange(len(group)), found
    low, high, constant = np.zeros(len(group)), np.ones(len(group)), special.betaln(a, b)
    for _ in range(40):
        excess = special.betainc(a, b, at).mean(axis=0) - tail
        going = np.isin(group[left], group[left][~(np.abs(excess) < 1e-9)])
        if not going.all():
            found[left] = at
            left, at, excess, low, high = left[going], at[going], excess[going], low[going], high[going]
            # Copied row by row: means over another layout would differ in the last bit.
            a, b, constant = (np.compress(going, each, axis=1) for each in (a, b, constant))
        if not len(left):
            break
        low, high = np.where(excess < 0, at, low), np.where(excess > 0, at, high)
        with np.errstate(divide="ignore"):
            density = np.exp(special.xlogy(a - 1, at) + special.xlog1py(b - 1, -at) - constant).mean(axis=0)
            step = at - excess / density
        at = np.where((step > low) & (step < high), step, (low + high) / 2)
    found[left] = at
    return found
