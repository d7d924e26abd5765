"""Steps of the Monte Carlo of `jobs.methods.composite`, on arrays of draws: scores after goalposts were
moved, indices, and random weights."""

from __future__ import annotations

import numpy as np


def at_goalposts(
    cube: np.ndarray, bad: np.ndarray, good: np.ndarray, scale: tuple[float, float]
) -> np.ndarray:
    """Recompute scores after the goalposts were moved: an array of the shape of ``cube``, clipped to
    ``scale``.

    ``cube``: scores on ``scale`` (its worst and best end), draws x units x indicators; ``bad``, ``good``:
    moves of the worst and the best goalpost, as shares of the distance between them, positive towards better
    values, in a shape that broadcasts to ``cube``.
    """
    size = scale[1] - scale[0]
    share = ((cube - scale[0]) / size - bad) / (1 + good - bad)
    return np.clip(scale[0] + share * size, *scale)


def indices(
    cube: np.ndarray, weight: np.ndarray, group: np.ndarray, above: np.ndarray, geometric: np.ndarray
) -> np.ndarray:
    """Aggregate scores to indices, by an arithmetic mean within groups: an array draws x units, NaN for a
    unit without scores. The weight of a missing score is divided among the others of its group.

    ``cube``: scores, draws x units x indicators, above 0, NaN where not applicable; ``weight``: of
    indicators, draws x indicators (or one row for all draws); ``group``: one per indicator, the position of
    its group; ``above``: weights of groups, draws x groups (or one row); ``geometric``: for each draw,
    whether the mean across groups is geometric, else it is arithmetic. Raises ValueError for a score <= 0.
    """
    known = ~np.isnan(cube)
    member = weight[:, :, None] * np.equal.outer(group, np.arange(above.shape[1]))
    total, summed = known.astype(float) @ member, np.where(known, cube, 0.0) @ member
    if (cube <= 0).any():
        raise ValueError("draws must be above 0")
    there = total > 0
    pillars = np.divide(summed, total, out=np.ones_like(total), where=there)
    shares = np.where(there, above[:, None], 0.0)
    used = shares.sum(axis=2)
    found = np.empty(used.shape)
    for kind, draws in (("geometric", geometric), ("arithmetic", ~geometric)):
        at = slice(None) if draws.all() else draws
        part, below = pillars[at], used[at]
        summed = (shares[at] * (np.log(part) if kind == "geometric" else part)).sum(axis=2)
        mean = np.divide(summed, below, out=np.full(below.shape, np.nan), where=below > 0)
        found[at] = np.exp(mean) if kind == "geometric" else mean
    return found


def weights_around(
    generator: np.random.Generator, weight: np.ndarray, draws: int, spread: float
) -> np.ndarray:
    """Draw random weights around ``weight`` (a vector, positive) from a Dirichlet distribution: an array
    draws x weights, each row with the sum 1. A weight of 1/k, k the number of weights, has a relative
    standard deviation of spread / 1.645, so it stays within the share ±``spread`` in nine of ten draws."""
    share = weight / weight.sum()
    if len(share) == 1:
        return np.ones((draws, 1))
    concentration = (len(share) - 1) / (spread / 1.645) ** 2 - 1
    return generator.dirichlet(share * concentration, draws)
