"""How many purchases each stratum gets: Neyman's optimum in whole numbers, above floors of strata, platforms
and categories. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

OTHER = "other"  # the stratum of a platform's small categories


@dataclass(frozen=True)
class Floor:
    """At least ``least`` purchases of a group; ``share[h]``: part of the purchases in stratum h that are
    expected to be the group's. Only strata that are wholly the group's (share 1) are given more for its
    sake."""

    share: Mapping[int, float]
    least: float


def allocate(
    spread: np.ndarray, most: np.ndarray, *, budget: int, least: int, floors: Sequence[Floor] = ()
) -> np.ndarray:
    """Purchases of each stratum (int64).

    ``spread``: W_h S_h, the stratum's share of units sold times the standard deviation within it; ``most``:
    listings that can be bought, whole; ``least``: purchases in each stratum, as far as it has so many;
    ``floors`` are met one after the other, as far as strata reach; what is left of ``budget`` goes where it
    buys the most. Each next purchase takes most off Σ (W_h S_h)² / n_h, which in whole numbers is Neyman's
    optimum (T. Wright, The American Statistician 66, 2012, 217-224). Floors go before the budget: where it
    does not pay for them, nothing is left and the sum is above it. Ties go to the stratum that stands first.
    """
    n = np.minimum(np.full(len(most), least), most).astype(np.int64)
    for floor in floors:
        held = sum(n[h] * share for h, share in floor.share.items())
        _spend(n, spread, most, [h for h, share in floor.share.items() if share == 1], floor.least - held)
    _spend(n, spread, most, range(len(most)), budget - float(n.sum()))
    return n


def shared(weight: np.ndarray, most: np.ndarray, budget: int) -> np.ndarray:
    """``budget`` purchases in proportion to ``weight`` (0 gets none), none above ``most``: highest averages
    in whole numbers (int64)."""
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
