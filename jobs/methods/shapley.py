"""Compute indices, and the parts of their changes, for many units at once, from arrays units x indicators.
What indicators, pillars and goalposts are: see `jobs.methods.composite`; states and transforms:
`jobs.methods.change.index_of`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

FACTORS = ("values", "weights", "goalposts", "availability", "method")  # what can change an index
STATES = ("available", "not_applicable", "not_filed")
TRANSFORMS = ("none", "log", "sqrt")
ACROSS = ("geometric", "arithmetic")  # the mean over pillars
# Factor → the arrays (keys of `Arrays`) that belong to it: one side's are taken together.
TAKES = {
    "values": ("value",),
    "weights": ("weight", "pillar_weight"),
    "goalposts": ("low", "high", "direction", "transform"),
    "availability": ("state",),
    "method": ("across",),
}

# Units x indicators: value low high direction weight (numbers), state transform (positions in STATES and
# TRANSFORMS). Units x pillars: pillar_weight. One per unit: across (position in ACROSS).
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Parts:
    """The parts of the change of each unit's index. ``change``: one per unit; ``factors``: for each of
    FACTORS its part, one per unit (they add up to ``change``); ``pillars``: the part of the values, units x
    pillars."""

    change: np.ndarray
    factors: Mapping[str, np.ndarray]
    pillars: np.ndarray


def evaluated(arrays: Arrays, pillar: np.ndarray, to: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Compute indices: ``(index, pillars)``, arrays with one index per unit (NaN without any pillar) and
    units x pillars. ``arrays``: those that the comment at `Arrays` lists; ``pillar``: for each indicator the
    position of its pillar; ``to``: the scale, such as (1, 100)."""
    score = scored(arrays, to)
    score = np.where(arrays["state"] == STATES.index("not_filed"), to[0], score)
    used = np.where(arrays["state"] == STATES.index("not_applicable"), 0.0, arrays["weight"])
    pillar_weight = arrays["pillar_weight"]
    member = np.equal.outer(pillar, np.arange(pillar_weight.shape[1])).astype(float)
    total = used @ member
    summed = (used * np.where(used > 0, score, 0.0)) @ member
    pillars = np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0)
    return across_pillars(pillars, pillar_weight, arrays["across"]), pillars


def scored(arrays: Arrays, to: tuple[float, float]) -> np.ndarray:
    """Scale the values to ``to`` and clip them: scores, units x indicators, NaN where there is no value."""
    return np.clip(unclipped(arrays, to), *to)


def unclipped(arrays: Arrays, to: tuple[float, float]) -> np.ndarray:
    """Scale the values to ``to`` without clipping: scores, units x indicators; a value beyond its goalposts
    has a score beyond the scale, a missing one NaN."""
    value, low, high = (transformed(arrays[name], arrays["transform"]) for name in ("value", "low", "high"))
    share = np.where(arrays["direction"] > 0, value - low, high - value) / (high - low)
    return to[0] + share * (to[1] - to[0])


def transformed(column: np.ndarray, transform: np.ndarray) -> np.ndarray:
    """Apply the transform of each cell to ``column``, an array of values; returns an array of that shape
    (``column`` itself where no cell has a transform), NaN or -inf where a logarithm or root does not exist.
    ``transform``: positions in TRANSFORMS, in the shape of ``column`` or one that broadcasts to it."""
    if not transform.any():
        return column
    found = np.array(column, dtype=float)
    # Whole columns, where a transform holds for all rows: they take less time than single cells.
    alike = found.ndim == 2 and transform.shape == (1, found.shape[1])
    with np.errstate(all="ignore"):
        for place, turned in ((TRANSFORMS.index("log"), np.log), (TRANSFORMS.index("sqrt"), np.sqrt)):
            cells = transform == place
            if alike:
                found[:, cells[0]] = turned(found[:, cells[0]])
            else:
                at = np.broadcast_to(cells, found.shape)
                found[at] = turned(found[at])
    return found


def shapley_parts(before: Arrays, after: Arrays, pillar: np.ndarray, to: tuple[float, float]) -> Parts:
    """Compute the Shapley value, in points of the index, of each factor of the change from ``before`` to
    ``after``, for each unit.

    ``before``, ``after``: `Arrays` of one shape; ``pillar`` and ``to``: as in :func:`evaluated`. A factor
    that is the same on both sides for all units has the part 0 and is not computed. For a unit without an
    index before or after the change and the parts of the other factors are NaN.
    """
    sides = (before, after)
    moved = [
        factor
        for factor in FACTORS
        if any(not np.array_equal(before[c], after[c], equal_nan=True) for c in TAKES[factor])
    ]
    known: dict[frozenset[str], tuple[np.ndarray, np.ndarray, Arrays]] = {}

    def index(taken: frozenset[str]) -> tuple[np.ndarray, np.ndarray, Arrays]:
        if taken not in known:
            mixed = {
                column: sides[factor in taken][column]
                for factor, columns in TAKES.items()
                for column in columns
            }
            known[taken] = (*evaluated(mixed, pillar, to), mixed)
        return known[taken]

    start, end = index(frozenset())[0], index(frozenset(moved))[0]
    factors = {factor: np.zeros(len(start)) for factor in FACTORS}
    pillars = np.zeros(before["pillar_weight"].shape)
    for factor in moved:
        others = [name for name in moved if name != factor]
        for size in range(len(moved)):
            share = factorial(size) * factorial(len(others) - size) / factorial(len(moved))
            for taken in map(frozenset, combinations(others, size)):
                one, two = index(taken), index(taken | {factor})
                factors[factor] += share * (two[0] - one[0])
                if factor == "values":
                    mixed = one[2]
                    pillars += share * by_pillar(one[:2], two[:2], mixed["pillar_weight"], mixed["across"])
    return Parts(end - start, factors, pillars)


def across_pillars(pillars: np.ndarray, pillar_weight: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Compute the index of each unit from its pillars: one per unit, NaN without any pillar. ``pillars``:
    units x pillars, NaN where a pillar does not apply; ``pillar_weight``: weights of pillars, in that shape;
    ``across``: for each unit the kind of mean, as position in ACROSS."""
    there = ~np.isnan(pillars)
    used, known = np.where(there, pillar_weight, 0.0), np.where(there, pillars, 1.0)
    total = used.sum(axis=1)
    means = [
        np.divide((used * part).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
        for part in (np.log(known), known)
    ]
    return np.where(across == ACROSS.index("arithmetic"), means[1], np.exp(means[0]))


def by_pillar(
    start: tuple[np.ndarray, np.ndarray],
    end: tuple[np.ndarray, np.ndarray],
    pillar_weight: np.ndarray,
    across: np.ndarray,
) -> np.ndarray:
    """Split the difference of two indices by pillar: an array units x pillars, whose rows add up to end -
    start.

    ``start``, ``end``: index (one per unit) and pillars (units x pillars), as :func:`evaluated` returns them;
    ``pillar_weight`` and ``across``: as in `across_pillars`, the same for both. Differences of geometric
    means are split by LMDI (B. W. Ang, Energy Policy 32, 2004, 1131-1139), those of arithmetic means by
    weighted differences of pillars. A pillar that does not apply has the part 0.
    """
    (index0, pillars0), (index1, pillars1) = start, end
    there = ~np.isnan(pillars0)
    share = np.where(there, pillar_weight, 0.0)
    total = share.sum(axis=1, keepdims=True)
    share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    one, two = np.where(there, pillars0, 1.0), np.where(there, pillars1, 1.0)
    same = index0 == index1
    with np.errstate(all="ignore"):
        mean = np.where(same, index0, (index1 - index0) / np.where(same, 1.0, np.log(index1 / index0)))
    geometric = mean[:, None] * share * np.log(two / one)
    return np.where((across == ACROSS.index("arithmetic"))[:, None], share * (two - one), geometric)
