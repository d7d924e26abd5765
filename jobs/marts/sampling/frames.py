"""Which probability plans of one month could have drawn a listing: their frames overlap. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Hierarchy


@dataclass(frozen=True)
class Frame:
    """What a plan draws from: sellers in ``region``, goods of ``categories`` and below, ``platforms``; None
    is everything. ``month``: of its start, None where it is not known."""

    month: str | None
    region: str | None
    categories: frozenset[str] | None
    platforms: frozenset[str] | None

    def reaches(self, regions: tuple[str, ...], categories: tuple[str, ...], platform: str | None) -> bool:
        """``regions``, ``categories``: codes with those above them."""
        return (
            (self.region is None or self.region in regions)
            and (self.categories is None or not self.categories.isdisjoint(categories))
            and (self.platforms is None or platform in self.platforms)
        )


def multiplicity(
    listings: pd.DataFrame, plans: pd.DataFrame, strata: pd.DataFrame, trees: Mapping[str, Hierarchy]
) -> np.ndarray:
    """The number of plans that could have drawn each listing, at least 1.

    ``listings``: rows of silver.sample; ``plans``: probability plans, ``strata``: silver.sampling_stratum. A
    plan reaches the region of its issuer, and the categories and platforms of its strata, everything where
    one of them names none. Plans of one month share a frame.
    """
    frames = _frames(plans, strata)
    in_month: dict[str, list[Frame]] = {}
    for frame in frames.values():
        if frame.month is not None:
            in_month.setdefault(frame.month, []).append(frame)
    counts = np.ones(len(listings))
    known: dict[tuple, int] = {}
    columns = ["plan_id", "seller_region_code", "category_code", "platform_code"]
    texts = listings[columns].astype(object).where(listings[columns].notna(), None)
    for i, (plan, area, goods, platform) in enumerate(texts.itertuples(index=False, name=None)):
        own = frames[plan]
        key = (own.month, area or own.region, goods, platform)
        if key not in known:
            places, kinds = trees["region"].path(key[1]), trees["category"].path(goods)
            known[key] = sum(
                frame.reaches(places, kinds, platform) for frame in in_month.get(own.month or "", [])
            )
        counts[i] = max(known[key], 1)
    return counts


def _frames(plans: pd.DataFrame, strata: pd.DataFrame) -> dict[str, Frame]:
    months = pd.to_datetime(plans["starts_on"]).dt.to_period("M").astype(str)
    goods, platforms = _named(strata, "category_code"), _named(strata, "platform_code")
    return {
        plan: Frame(
            None if month == "NaT" else month,
            area if isinstance(area, str) else None,
            goods.get(plan),
            platforms.get(plan),
        )
        for plan, month, area in zip(plans["plan_id"], months, plans["issuer_region_code"], strict=True)
    }


def _named(strata: pd.DataFrame, column: str) -> dict[str, frozenset[str]]:
    """Codes of the plans all of whose strata name one."""
    groups = strata[column].groupby(strata["plan_id"])
    return {plan: frozenset(codes) for plan, codes in groups if codes.notna().all()}
