"""Counts how many probability plans could have drawn a listing in its month, where the frames of several
plans overlap. A frame is the set of listings from which a plan draws. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.marts.dimensions import Hierarchy
from jobs.marts.sampling.outcomes import days, months

Cell = tuple[str | None, str | None]  # platform, category; None is everything


@dataclass(frozen=True)
class Frame:
    """The frame of a plan: listings of sellers in ``region`` (None: everywhere), in the ``cells`` (platform,
    category) of its strata, in the months from ``first`` to ``last`` (months since 1970-01; both None where
    the plan's start is not known)."""

    first: int | None
    last: int | None
    region: str | None
    cells: frozenset[Cell]

    def month_of(self, bought: int | None) -> int | None:
        """Return the month in whose frame a listing was drawn, as months since 1970-01: the month ``bought``
        of its purchase, moved to the nearest month of the plan. The plan's first month where ``bought`` is
        None; None where the plan's months are not known."""
        if self.first is None or self.last is None or bought is None:
            return self.first
        return min(max(bought, self.first), self.last)


def multiplicity(
    listings: pd.DataFrame, plans: pd.DataFrame, strata: pd.DataFrame, trees: Mapping[str, Hierarchy]
) -> np.ndarray:
    """Return for each listing the number of plans that could have drawn it: an array of floats, at least 1.
    Its survey weight is divided by that number, so that it does not count several times.

    ``listings``: rows of silver.sample, one per sample drawn. ``plans``: the rows of silver.sampling_plan of
    probability plans, those of all listings among them. ``strata``: silver.sampling_stratum. ``trees``: as
    `hierarchies` returns them.

    A plan reaches the region of its issuer and the cells (platform × category) of its strata; a plan for toys
    on one platform and kettles on another does not reach kettles on the first. A stratum that names no
    platform or category reaches all of them, and so does a plan without strata. A plan reaches the months
    from its start to its end, or only that of its start where it has no end; a listing counts in the month in
    which it was bought."""
    frames = _frames(plans, strata)
    in_place = _by_place(frames)
    above_region, above_category = trees["region"].path, cache(trees["category"].path)

    @cache
    def drawn_in(month: int | None, area: str | None) -> tuple[tuple[int | None, str | None], ...]:
        places = [(month, region) for region in (None, *above_region(area))]
        return tuple(place for place in places if place in in_place)

    counts = np.ones(len(listings))
    known: dict[tuple[Any, ...], int] = {}
    columns = ["plan_id", "seller_region_code", "category_code", "platform_code"]
    texts = listings[columns].astype(object).where(listings[columns].notna(), None)
    bought = _months(listings["purchased_on"])
    for i, (plan, area, goods, platform) in enumerate(texts.itertuples(index=False, name=None)):
        own = frames[plan]
        key = (drawn_in(own.month_of(bought[i]), area or own.region), goods, platform)
        if key not in known:
            kinds = above_category(goods) or ((goods,) if goods else ())
            cells = [(on, of) for on in {None, platform} for of in (None, *kinds)]
            known[key] = len({plan for at in key[0] for cell in cells for plan in in_place[at].get(cell, ())})
        counts[i] = max(known[key], 1)
    return counts


def _frames(plans: pd.DataFrame, strata: pd.DataFrame) -> dict[str, Frame]:
    columns = strata[["plan_id", "platform_code", "category_code"]].astype(object)
    texts = columns.where(columns.notna(), None)
    cells: dict[str, set[Cell]] = {}
    for plan, platform, category in texts.itertuples(index=False, name=None):
        cells.setdefault(plan, set()).add((platform, category))
    ids = plans["plan_id"].tolist()
    starts, ends = _months(plans["starts_on"]), _months(plans["ends_on"])
    everything = frozenset[Cell]({(None, None)})
    return {
        plan: Frame(
            start,
            start if start is None or end is None else max(start, end),
            area if isinstance(area, str) else None,
            frozenset(cells.get(plan, everything)),
        )
        for plan, start, end, area in zip(ids, starts, ends, plans["issuer_region_code"], strict=True)
    }


def _by_place(
    frames: Mapping[str, Frame],
) -> dict[tuple[int | None, str | None], dict[Cell, list[str]]]:
    """The plans that draw in each month from each region, by cell."""
    found: dict[tuple[int | None, str | None], dict[Cell, list[str]]] = {}
    for plan, frame in frames.items():
        if frame.first is not None and frame.last is not None:
            for month, cell in product(range(frame.first, frame.last + 1), frame.cells):
                found.setdefault((month, frame.region), {}).setdefault(cell, []).append(plan)
    return found


def _months(dates: pd.Series) -> list[int | None]:
    """Months since 1970-01, None without a day."""
    day = days(dates)
    return np.where(np.isnat(day), NOTHING, months(day)).tolist()
