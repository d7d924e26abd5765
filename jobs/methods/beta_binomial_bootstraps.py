"""Bootstrap limits of the rates of many groups of units at once. A group is a set of units (such as
provinces) whose rates share one Beta prior. For one group: `small_area.beta_binomial_bootstrap`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy import special

from jobs.methods.beta_binomials import Samples, fit

_AT_ONCE = 200_000  # replicates x units: what a processor's cache holds of a dozen arrays
_RATES = (-700.0, 36.0)  # logits of rates that as floats are neither 0 nor 1
_NEAR = 1e-7  # of the share


def limits(
    groups: Samples, seeds: Sequence[int], *, replicates: int, level: float, prior: Samples | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Compute bootstrap limits of the rates of all units, as `small_area.beta_binomial_bootstrap` describes
    them: arrays ``(low, high)``, rates in 0-1, one element per unit in the order of ``groups``.

    ``groups``: one sample per group; ``seeds``: one per group; ``replicates``: bootstrap draws per group;
    ``level``: the probability within the limits. The limits of a group do not depend on the other groups.
    ``prior``: other counts of the same units, to which the prior is fitted (None: ``groups``). Give it where
    ``groups`` has fewer trials than were made, so that limits are wide enough: a prior fitted to those would
    be too narrow, as it would attribute too much of the differences between units to chance.
    """
    basis = groups if prior is None else prior
    low, high = np.empty(len(groups.x)), np.empty(len(groups.x))
    start = np.cumsum(groups.units) - groups.units

    def fill(part: np.ndarray) -> None:
        units = np.concatenate([np.arange(start[g], start[g] + groups.units[g]) for g in part])
        own, to = (Samples(of.x[units], of.n[units], of.units[part]) for of in (groups, basis))
        low[units], high[units] = _limits(own, to, [seeds[g] for g in part], replicates, level)

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
    groups: Samples, prior: Samples, seeds: list[int], replicates: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of all units of some groups, in the order of ``groups``. Arguments as above, for these groups
    only, with ``prior`` given."""
    middle = prior.middle()
    alpha, beta = fit(prior, shrinkage=True, middle=middle)
    cuts = np.cumsum(groups.units)[:-1]
    events, trials = np.split(groups.x, cuts), np.split(groups.n, cuts)
    tried = np.split(prior.n, cuts)
    fits = zip(np.split(prior.x, cuts), tried, alpha, beta, seeds, strict=True)
    drawn = [_drawn(*one, replicates) for one in fits]
    again = Samples(
        np.concatenate([counts.ravel() for counts in drawn]),
        np.concatenate([np.tile(n, replicates) for n in tried]),
        np.repeat(groups.units, replicates),
    )
    fitted = fit(again, exact=False, shrinkage=True, middle=np.repeat(middle, replicates))
    priors = zip(*(found.reshape(-1, replicates) for found in fitted), strict=True)
    posteriors, places, before = [], [], 0
    for x, n, (alphas, betas) in zip(events, trials, priors, strict=True):
        none = np.isinf(alphas)
        # Units with the same counts have the same limits: found once.
        alike, unit = np.unique(np.stack([x, n], axis=1), axis=0, return_inverse=True)
        hits, misses = alike[:, :1], alike[:, 1:] - alike[:, :1]
        a = np.where(none, x.sum() + 0.5, np.where(none, 0, alphas) + hits)
        b = np.where(none, (n - x).sum() + 0.5, np.where(none, 0, betas) + misses)
        posteriors.append((a, b))
        places.append(before + unit.ravel())
        before += len(alike)
    a, b = (np.concatenate(side) for side in zip(*posteriors, strict=True))
    unit = np.concatenate(places)
    low, high = (mixture_quantiles(tail, a, b)[unit] for tail in ((1 - level) / 2, (1 + level) / 2))
    return low, high


def _drawn(x: np.ndarray, n: np.ndarray, alpha: float, beta: float, seed: int, replicates: int) -> np.ndarray:
    """Counts of ``replicates`` draws of a group: replicates x units. Trials that are not whole are drawn at
    the next whole number."""
    generator, shape = np.random.default_rng(seed), (replicates, len(n))
    rate = (
        np.broadcast_to(x.sum() / n.sum(), shape) if np.isinf(alpha) else generator.beta(alpha, beta, shape)
    )
    whole = np.ceil(n).astype(int)
    return generator.binomial(whole, rate) * np.divide(n, whole, out=np.zeros_like(n), where=whole > 0)


def mixture_quantiles(tail: float, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compute the ``tail`` quantile (``tail`` is a probability, 0-1) of mixtures of beta distributions: one
    rate per row.

    ``a``, ``b``: arrays mixtures x components; the components of a row have equal weight, Beta(a, b) each.
    Newton steps of the log probability by the logit of the rate, in which a beta distribution's tail is
    nearly straight, within a bracket of rates that as floats are neither 0 nor 1. The probability is met to
    _NEAR before a last step, mostly to 1e-12 after it. The result for a row does not depend on the other
    rows.
    """
    # From the nearer end, as the other share's logarithm is flat.
    end, sign = (tail, 1.0) if tail <= 0.5 else (1 - tail, -1.0)
    found = special.logit(special.betaincinv(np.median(a, axis=1), np.median(b, axis=1), tail))
    found = np.clip(found, *_RATES)
    low, high = (np.full(len(a), edge) for edge in _RATES)
    left, at, constant = np.arange(len(a)), found, special.betaln(a, b)
    for _ in range(100):
        rate = special.expit(at)[:, None]
        # Not betaincc, which takes ten times as long.
        above = special.expit(-at)[:, None]
        reached = (special.betainc(a, b, rate) if sign > 0 else special.betainc(b, a, above)).mean(axis=1)
        # By the logit: the density times rate (1 - rate).
        slope = np.exp(a * np.log(rate) + b * np.log1p(-rate) - constant).mean(axis=1)
        short = sign * (end - reached)
        low, high = np.where(short > 0, at, low), np.where(short < 0, at, high)
        with np.errstate(all="ignore"):  # outside what a float holds: the bracket is halved
            step = at + sign * reached / slope * np.log(end / reached)
        inside = (step > low) & (step < high)
        at = np.where(inside, step, (low + high) / 2)
        found[left] = at
        going = ~inside | (np.abs(short) > _NEAR)
        if not going.any():
            break
        if going.all():
            continue
        left, at, low, high, a, b, constant = (of[going] for of in (left, at, low, high, a, b, constant))
    return special.expit(found)
