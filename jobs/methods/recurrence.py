"""An exact test whether a unit (such as a producer) fails more often than by chance, compared with others in
the same strata (such as goods categories)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import hypergeom

from jobs.methods.checked import floats, one_order


def upper_tail(size: ArrayLike, failing: ArrayLike, own: ArrayLike, observed: int) -> float:
    """Compute the one-sided p value of a unit's failures: the probability of ``observed`` or more if the
    failures of each stratum fell on its members at random.

    ``size``: tested members of each stratum; ``failing``: how many of them failed; ``own``: how many of the
    members are the unit's; vectors of whole numbers, one element per stratum. ``observed``: failures of the
    unit over all strata. Given these, the unit's failures are a sum of independent hypergeometric counts (the
    exact permutation test within strata, also the one-sided Mantel-Haenszel test made exact: N. Mantel, W.
    Haenszel, JNCI 22, 1959, 719-748; A. Agresti, Categorical Data Analysis, 2013, 7.3.5). No rate is
    estimated, so the test keeps its level at any size of a stratum; a stratum with no other unit's members
    has no effect.

    Raises ValueError for counts that are negative, not whole, missing or do not fit one another, text, dates,
    or vectors of different lengths or labels.
    """
    named = one_order(size=size, failing=failing, own=own)
    sizes, failed, mine = (floats(n, v) for n, v in zip(("size", "failing", "own"), named, strict=True))
    if not (sizes.shape == failed.shape == mine.shape):
        raise ValueError("size, failing and own must be of one length")
    if any((v != np.floor(v)).any() for v in (sizes, failed, mine)):
        raise ValueError("size, failing and own must be whole numbers")
    sizes, failed, mine = (v.astype(np.int64) for v in (sizes, failed, mine))
    if (np.minimum(failed, mine) < 0).any() or (np.maximum(failed, mine) > sizes).any():
        raise ValueError("failing and own must lie between 0 and size")
    if not 0 <= observed <= int(mine.sum()):
        raise ValueError(f"observed is {observed}; it must lie between 0 and the unit's {int(mine.sum())}")
    some = (mine > 0) & (failed > 0)
    sizes, failed, mine = sizes[some], failed[some], mine[some]
    chances = np.ones(1)
    for stratum in zip(sizes.tolist(), failed.tolist(), mine.tolist(), strict=True):
        chances = np.convolve(chances, _chances(*stratum))
    return float(min(1.0, chances[observed:].sum()))


@lru_cache(maxsize=4096)  # units that are tested one after the other share their strata
def _chances(size: int, failed: int, mine: int) -> np.ndarray:
    """The probabilities that 0, 1, … ``mine`` of a unit's members of one stratum are among its failures."""
    return np.asarray(hypergeom.pmf(np.arange(mine + 1), size, failed, mine))


def expected(size: ArrayLike, failing: ArrayLike, own: ArrayLike) -> np.ndarray:
    """Compute the mean number of failures of units if the failures of each stratum fell on its members at
    random: the sum of own x failing / size over the strata. Arguments as in `upper_tail`, but not checked,
    taken by position, and ``own`` has the strata as its last axis: one unit per row of a matrix. Returns an
    array with one number per unit, of no dimension where ``own`` is a vector."""
    sizes, failed, mine = (np.asarray(v, dtype=float) for v in (size, failing, own))
    share = np.divide(failed, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    return np.asarray((mine * share).sum(axis=-1))
