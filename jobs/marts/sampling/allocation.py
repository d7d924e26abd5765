"""How many purchases each stratum of a plan gets: Neyman's optimal allocation in whole numbers, subject to
least numbers (floors) for strata, platforms and categories. A stratum is named by its position in the arrays.
Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

OTHER = "other"  # the stratum of a platform's small categories


@dataclass(frozen=True)
class Floor:
    """A least number of purchases, ``least``, for a group of goods such as a platform or category. ``share``:
    position of the stratum → share of its purchases that are expected to be of the group (0-1). To reach the
    floor only strata that belong to the group entirely (share 1) get more purchases."""

    share: Mapping[int, float]
    least: float


def allocate(
    spread: np.ndarray, most: np.ndarray, *, budget: int, least: int, floors: Sequence[Floor] = ()
) -> np.ndarray:
    """Return the number of purchases of each stratum: an int64 array.

    ``spread``: W_h S_h of each stratum: its share of units sold times the standard deviation within it.
    ``most``: number of listings in it that may be bought. ``budget``: purchases of all strata together.
    ``least``: purchases that each stratum gets, at most its ``most``. ``floors``: met in their order, as far
    as ``most`` allows.

    What is left of the budget is given one by one to the stratum where the next purchase most reduces Σ (W_h
    S_h)² / n_h, which in whole numbers is Neyman's optimum (T. Wright, The American Statistician 66, 2012,
    217-224). Floors precede the budget: where it does not cover them, the sum is above it; where no stratum
    may take more, it is below. Ties go to the
    stratum of the smaller position."""
    n = np.minimum(np.full(len(most), least), most).astype(np.int64)
    for floor in floors:
        held = sum(n[h] * share for h, share in floor.share.items())
        _spend(n, spread, most, [h for h, share in floor.share.items() if share == 1], floor.least - held)
    _spend(n, spread, most, range(len(most)), budget - float(n.sum()))
    return n


def shared(weight: np.ndarray, most: np.ndarray, budget: int) -> np.ndarray:
    """Return ``budget`` purchases divided among strata in proportion to ``weight``, in whole numbers by
    D'Hondt's method of highest averages (divisors 1, 2, 3, …): an int64 array. Ties go to the smaller
    position. A stratum of weight 0 gets none, and none gets more than its ``most``; the sum is below
    ``budget`` where no stratum can take more."""
    n = np.zeros(len(most), dtype=np.int64)
    inside = [h for h in range(len(most)) if weight[h] > 0]
    heap = [(-weight[h], h) for h in inside if most[h] > 0]
    heapq.heapify(heap)
    for _ in range(budget):
        if not heap:
            break
        _, h = heapq.heappop(heap)
        n[h] += 1
        if n[h] < most[h]:
            heapq.heappush(heap, (-weight[h] / (n[h] + 1), h))
    return n


def _spend(
    n: np.ndarray, spread: np.ndarray, most: np.ndarray, strata: Iterable[int], lacking: float
) -> None:
    """Give one purchase after the other to the stratum where it takes off most variance, until nothing is
    lacking."""

    def gain(h: int) -> float:
        return float(spread[h] ** 2 / (n[h] * (n[h] + 1))) if n[h] else float("inf")

    heap = [(-gain(h), h) for h in strata if n[h] < most[h]]
    heapq.heapify(heap)
    while heap and lacking > 1e-9:
        _, h = heapq.heappop(heap)
        n[h] += 1
        lacking -= 1
        if n[h] < most[h]:
            heapq.heappush(heap, (-gain(h), h))
