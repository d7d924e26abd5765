"""Limits of index and rank, and tiers, by Monte Carlo: every value is redrawn from its law (`counted`), with
an independent stream of random numbers for each unit. Pure."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.quality_index.counted import quantiles, redrawn, shared
from jobs.marts.quality_index.panel import HEADLINE, KEY, SCALE, SERIOUS, Panel
from jobs.methods import composite
from jobs.methods.shapley import ACROSS, unclipped

RANKS = ["tier", "rank", "rank_low", "rank_high"]
GROUP = ["period_type", "period_start", "peers"]


def limits(panel: Panel) -> pd.DataFrame:
    """Return low, high, tier, rank, rank_low, rank_high of each published unit of ``panel``; the index is its
    row in the panel. Ranks are among the units of the same peers and period.

    Limits are quantiles of an index whose values are redrawn from laws whose centres give the published
    index, so it lies within them. Where nearly all of a law lies beyond a goalpost it may lie outside by less
    than is printed; the limit is then moved to it. The same holds for ranks. Only units with enough judged
    batches have a tier and ranks (`Panel.ranked`); a rank is given only where its interval is at most the
    share ``rank_share`` of the units ranked."""
    chosen = panel.key[panel.published]
    enough = panel.ranked
    names = panel.key[KEY].astype(str).agg("|".join, axis=1).to_numpy() if len(panel.key) else []
    own = dict(iter(panel.estimates.groupby("unit")))

    def of_group(name: tuple[Any, ...], units: np.ndarray) -> list[pd.DataFrame]:
        cube = drawn(panel, units, [names[unit] for unit in units], own)
        found = []
        for part, ranked in ((enough[units], True), (~enough[units], False)):
            if part.any():
                rows = _of_group(panel, units[part], cube[:, part], name)
                found.append(rows if ranked else rows.assign(**dict.fromkeys(RANKS, np.nan)))
        return found

    groups = [(name, group.index.to_numpy()) for name, group in chosen.groupby(GROUP)]
    # numpy lets other threads run while it draws; each unit has its own stream.
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="limits") as pool:
        parts = [rows for found in pool.map(lambda group: of_group(*group), groups) for rows in found]
    return pd.concat(parts) if parts else pd.DataFrame(columns=["low", "high", *RANKS], dtype=float)


def seeded(seed: float, *words: object) -> np.random.Generator:
    """Return a random number generator that depends on ``seed`` and ``words`` only, so that a new unit does
    not change the draws of the others."""
    text = "|".join([str(int(seed)), *map(str, words)])
    return np.random.Generator(
        np.random.Philox(key=int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big"))
    )


def drawn(panel: Panel, units: np.ndarray, names: list[str], own: dict[int, pd.DataFrame]) -> np.ndarray:
    """Return redrawn positions on the scale, not clipped: draws x units x indicators.

    ``units``: rows of ``panel``; ``names``: text that seeds the stream of each; ``own``: their rows of
    ``panel.estimates``, by unit. Serious failures are failures, so both rates of a unit are redrawn together
    (normal copula); else their common error would count as two that make up for each other. The normal draws
    of an indicator depend neither on its counts nor on which other indicators exist, so that no draw falls
    where counts are better."""
    method = panel.method.iloc[units[0]]
    draws, seed = int(method["draws"]), method["seed"]
    cube = np.repeat(panel.positions[units][None], draws, axis=0)
    laws = pd.concat([own[unit] for unit in units])
    sizes = np.cumsum([len(own[unit]) for unit in units])[:-1]
    nodes = quantiles(*(laws[name].to_numpy() for name in ("mean", "precision", "gamma")))
    parts = zip(np.split(nodes, sizes), units, names, strict=True)
    for place, (of_unit, unit, name) in enumerate(parts):
        columns = own[unit]["column"].to_numpy(int)
        normal = seeded(seed, name).standard_normal((draws, len(panel.indicators)))
        normal = _together(panel, unit, normal)[:, columns]
        posts = {
            end: panel.arrays[end][unit, columns][None] for end in ("low", "high", "direction", "transform")
        }
        cube[:, place, columns] = unclipped(posts | {"value": redrawn(of_unit, normal)}, SCALE)
    return cube


def _together(panel: Panel, unit: int, normal: np.ndarray) -> np.ndarray:
    """``normal`` (draws x indicators) with that of serious failures correlated with that of failures.

    The correlation is that of counts at the rates half-way between the goalposts. By a unit's own rates it
    would move with them: a serious failure fewer would lower some draws, and a limit with them."""
    if HEADLINE in panel.indicators and SERIOUS in panel.indicators:
        whole, part = (panel.indicators.index(name) for name in (HEADLINE, SERIOUS))
        middle = (panel.arrays["low"][unit] + panel.arrays["high"][unit]) / 2
        correlation = shared(middle[part], middle[whole])
        normal[:, part] = correlation * normal[:, whole] + np.sqrt(1 - correlation**2) * normal[:, part]
    return normal


def structure(panel: Panel, unit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return of one unit the indicators that have a weight, as columns, their weights and the numbers of
    their pillars (0, 1, … among pillars with a weight), and the weights of these pillars."""
    weight, above = panel.arrays["weight"][unit], panel.arrays["above"][unit]
    inside, there = np.flatnonzero(weight > 0), np.flatnonzero(above > 0)
    return inside, weight[inside], np.searchsorted(there, panel.pillar[inside]), above[there]


def _of_group(panel: Panel, units: np.ndarray, cube: np.ndarray, name: tuple[Any, ...]) -> pd.DataFrame:
    method = panel.method.iloc[units[0]]
    inside, weight, pillar, above = structure(panel, units[0])
    decimals, index = int(method["decimals"]), panel.index[units]
    got = composite.monte_carlo(
        cube[:, :, inside],
        weight,
        pillar,
        above,
        seed=seeded(method["seed"], *name),
        level=method["level"],
        spread=method["weight_spread"],
        decimals=decimals,
        across=ACROSS[int(method["across"])],
        scale=SCALE,
        goalpost_spread=method["goalpost_spread"],
        score=index,
    )
    rank = np.asarray(composite.rank(index, decimals=decimals), float)
    best, worst = np.minimum(got.rank_low, rank), np.maximum(got.rank_high, rank)
    narrow = worst - best <= method["rank_share"] * len(units)
    return pd.DataFrame({
        "low": np.minimum(got.low, index), "high": np.maximum(got.high, index), "tier": got.tier,
        "rank": np.where(narrow, rank, np.nan), "rank_low": best, "rank_high": worst,
    }, index=units)  # fmt: skip
