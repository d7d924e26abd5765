"""Which listings a plan of spot checks draws: by chance with a stated probability, or aimed at bad goods.

A plan (``plan``) is a row of `plans.plans`. The frame of a probability plan is the set of listings that it
draws from; the frame month is the first month of the plan's quarter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.goods import Market, objects
from jobs.simulate.country.authorities.plans import NATION, POWER
from jobs.simulate.country.streams import stream

AIM = 1.5  # power of the failing rate by which a targeted plan draws
LEAST = 2  # samples of a stratum: one has no variance
Plan = Any  # a row of `plans.plans`
LARGER = 30  # the first so many platforms have separate strata


def strata(market: Market, plan: Plan) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the strata of a probability plan, one row each (stratum, population, units_sold, planned,
    platform_code, category_code), and an int array over World.listings: the row of each listing's stratum,
    -1 outside the frame.

    The frame is the listings that were sold in the frame month, for a provincial plan only those of sellers
    in the province. ``population``: listings of the stratum; ``planned``: its purchases, at least LEAST where
    it has so many listings, and rounded, so that those of all strata need not add up to the plan's purchases.
    A stratum is a platform and a level-1 category. The first LARGER platforms have strata each, all others
    are joined, as are platforms and then categories of a platform to which fewer than LEAST purchases would
    fall; the code of joined ones is None. The nation's purchases go to platforms in proportion to a power
    (POWER) of what they sell, a province's in proportion to it; within a platform always in proportion.
    """
    units = market.units(plan.quarter)
    rows = np.flatnonzero(market.sold_from(plan.quarter, None if plan.office == NATION else plan.office))
    width = len(market.parents) + 1  # the last place is what is joined
    sold, parent, platform = units[rows], market.parent[rows], np.minimum(market.platform[rows], LARGER)
    power = POWER if plan.office == NATION else 1.0
    due, _ = _of_platforms(platform, sold, plan.purchases, power)
    platform = np.where(due[platform] < LEAST, LARGER, platform)
    due, by_unit = _of_platforms(platform, sold, plan.purchases, power)
    of_cell = np.bincount(platform * width + parent, sold * by_unit[platform], (LARGER + 1) * width)
    parent = np.where(of_cell[platform * width + parent] < LEAST, width - 1, parent)
    cells, at = np.unique(platform * width + parent, return_inverse=True)
    population = np.bincount(at, minlength=len(cells))
    wanted = np.round(np.bincount(at, sold * by_unit[platform], len(cells))).astype(int)
    platform_code = np.append(objects(market.world.platforms["platform_code"])[:LARGER], NOTHING)[
        cells // width
    ]
    category_code = np.append(market.parents, NOTHING)[cells % width]
    allotted = pd.DataFrame(
        {
            "stratum": [
                f"{c or '其他'}/{p or '其他'}" for c, p in zip(category_code, platform_code, strict=True)
            ],
            "population": population,
            "units_sold": np.bincount(at, sold, len(cells)).astype(np.int64),
            "planned": np.minimum(population, np.maximum(LEAST, wanted)),
            "platform_code": platform_code,
            "category_code": category_code,
        }
    )
    of = np.full(len(units), -1)
    of[rows] = at
    return allotted, of


def _of_platforms(
    platform: np.ndarray, sold: np.ndarray, size: int, power: float
) -> tuple[np.ndarray, np.ndarray]:
    """How many of ``size`` purchases fall to each platform, and to each unit sold on it (neither is rounded).
    ``platform`` and ``sold``: for each listing its platform, LARGER for a joined one, and its units sold."""
    units = np.bincount(platform, sold, LARGER + 1)
    share = units**power
    due = share / max(share.sum(), 1.0) * size
    return due, due / np.maximum(units, 1.0)


def chances(allotted: pd.DataFrame, stratum: np.ndarray, units: np.ndarray, proportional: bool) -> np.ndarray:
    """Return the probability (0–1) with which each listing is drawn: one number per entry of ``stratum``.

    ``allotted``: strata with ``planned`` purchases and ``population``, one row each; ``stratum``: for each
    listing its row; ``units``: for each listing its units sold; ``proportional``: whether chances within a
    stratum are in proportion to units, else they are equal. Listings whose proportional chance would exceed
    1 are drawn for certain, and the others share the rest.
    """
    planned, population = allotted.planned.to_numpy(float), allotted.population.to_numpy(float)
    if not proportional:
        return (planned / population)[stratum]
    certain = np.zeros(len(units), bool)
    while True:
        left = planned - np.bincount(stratum, certain, len(allotted))
        open_units = np.bincount(stratum, np.where(certain, 0.0, units), len(allotted))
        chance = np.where(certain, 1.0, units * (left / np.maximum(open_units, 1.0))[stratum])
        more = ~certain & (chance >= 1.0)
        if not more.any():
            return chance
        certain |= more


def drawn_by_chance(market: Market, plan: Plan, allotted: pd.DataFrame, of: np.ndarray) -> pd.DataFrame:
    """Return the listings that a probability plan draws, the planned number of each stratum: listing (row),
    stratum, inclusion_probability (0–1), units_sold.

    ``allotted``, ``of``: both results of `strata`. Systematic sampling from the listings of a stratum in
    random order, which keeps any chances exactly (H. O. Hartley and J. N. K. Rao, The Annals of Mathematical
    Statistics 33, 1962, 350-374).
    """
    rows = np.flatnonzero(of >= 0)
    rng = stream(market.world.seed, "draw", plan.plan_id)
    rows = rows[np.lexsort((rng.random(len(rows)), of[rows]))]
    stratum, units = of[rows], market.units(plan.quarter)[rows]
    chance = chances(allotted, stratum, units, bool(plan.proportional))
    certain = chance >= 1.0
    steps = np.cumsum(np.where(certain, 0.0, chance))
    steps -= np.append(0.0, steps)[np.searchsorted(stratum, stratum)]  # each stratum begins at zero
    start = rng.random(len(allotted))[stratum]
    first = np.append(True, stratum[1:] != stratum[:-1])
    before = np.where(first, 0.0, np.append(0.0, steps[:-1]))
    taken = certain | (np.floor(steps - start) > np.floor(before - start))
    return pd.DataFrame(
        {
            "listing": rows[taken],
            "stratum": objects(allotted["stratum"])[stratum[taken]],
            "inclusion_probability": chance[taken],
            "units_sold": units[taken],
        }
    )


def drawn_by_aim(market: Market, plan: Plan, weight: np.ndarray) -> pd.DataFrame:
    """Return as many listings as the plan has purchases (fewer where fewer have a weight), drawn without
    replacement: listing (row), stratum (None), inclusion_probability (NaN), units_sold. ``weight``: one
    number ≥ 0 per listing of World.listings. Each draw takes one of those left with a chance in proportion to
    its weight. A listing's chance to be among all that are drawn is nearly in proportion to its weight only
    where few of the listings are drawn."""
    rows = np.flatnonzero(weight > 0)
    luck = stream(market.world.seed, "draw", plan.plan_id).exponential(size=len(rows)) / weight[rows]
    chosen = np.sort(rows[np.argsort(luck, kind="stable")[: plan.purchases]])
    return pd.DataFrame(
        {
            "listing": chosen,
            "stratum": None,
            "inclusion_probability": np.nan,
            "units_sold": market.units(plan.quarter)[chosen],
        },
    )


def aim(market: Market, plan: Plan) -> np.ndarray:
    """Return how a targeted plan weighs each listing: array over World.listings, 0 for what is not sold, or
    not of the plan's theme and province, else the true failing rate to the power AIM."""
    inside = market.sold_from(plan.quarter, None if plan.office == NATION else plan.office)
    if plan.theme:
        inside &= np.isin(market.parents, plan.theme)[market.parent]
    weight, rows = np.zeros(len(inside)), np.flatnonzero(inside)
    weight[rows] = market.failing(plan.quarter, rows) ** AIM
    return weight
