"""Computes limits of index and rank, and tiers, by Monte Carlo: each value of an indicator is redrawn from
its law (`counted`), with an independent stream of random numbers for each unit. Pure.

A tier is a group of units whose ranks cannot be separated. `Panel` and positions (scores that are not clipped
to 1-100) are defined in `panel`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.quality_index.counted import quantiles, redrawn, shared
from jobs.marts.quality_index.panel import HEADLINE, KEY, SCALE, SERIOUS, Panel
from jobs.methods import composite
from jobs.methods.shapley import ACROSS, unclipped

RANKS = ["tier", "rank", "rank_low", "rank_high"]  # 1 is the best
GROUP = ["period_type", "period_start", "peers"]  # units of one group are ranked among each other


def limits(panel: Panel) -> pd.DataFrame:
    """Return the limits of each published unit: one row per unit with low, high, tier, rank, rank_low and
    rank_high; the frame's index holds the unit's row number in the panel. Ranks are among the units of the
    same peers and period.

    low and high are quantiles of the quality index whose values are redrawn from laws whose centres give the
    published one, so it lies within them. Where nearly all of a law is beyond a goalpost the published index
    may be outside by less than is printed; the limit is then moved to it, and likewise for ranks. Only units
    with enough judged batches have a tier and ranks (`Panel.ranked`), else NaN; a rank is given only where
    its interval is at most the share `rank_share` of the units ranked."""
    chosen = panel.key[panel.published]
    enough = panel.ranked
    names = panel.key[KEY].astype(str).agg("|".join, axis=1).to_numpy() if len(panel.key) else []
    own = panel.estimates.groupby("unit").indices

    def of_group(name: tuple[Any, ...], units: np.ndarray) -> list[pd.DataFrame]:
        cube = drawn(panel, units, [names[unit] for unit in units], own)
        found = []
        for part, compute in ((enough[units], _ranked), (~enough[units], _unranked)):
            if part.any():
                found.append(compute(panel, units[part], cube[:, part], name))
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


def drawn(panel: Panel, units: np.ndarray, names: list[str], own: Mapping[int, np.ndarray]) -> np.ndarray:
    """Return redrawn positions (scores that are not clipped): an array of draws x units x indicators.

    ``units``: rows of ``panel`` of one method, each with a row in ``panel.estimates``, as every published one
    has; ``names``: text that seeds the stream of each unit; ``own``: row of a unit → the places of its rows
    in ``panel.estimates``. An indicator without a law has the same position in all draws. A serious failure
    is also a failure, so both rates of a unit are redrawn together (normal copula); else their common error
    would count as two that cancel each other. The normal draws of an indicator depend neither on its counts
    nor on which other indicators exist, so that no draw falls where counts are better."""
    method = panel.method.iloc[units[0]]
    draws, seed = int(method["draws"]), method["seed"]
    cube = np.repeat(panel.positions[units][None], draws, axis=0)
    laws = panel.estimates.iloc[np.concatenate([own[unit] for unit in units])]
    sizes = np.cumsum([len(own[unit]) for unit in units])[:-1]
    nodes = quantiles(*(laws[name].to_numpy() for name in ("mean", "precision", "gamma")))
    column = laws["column"].to_numpy(int)
    parts = zip(np.split(nodes, sizes), np.split(column, sizes), units, names, strict=True)
    for place, (of_unit, columns, unit, name) in enumerate(parts):
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
    """Return the weights of one unit (row of ``panel``) as four arrays: the columns of the indicators that
    have a weight; their weights; for each the number of its pillar (0, 1, … among pillars with a weight); and
    the weights of these pillars."""
    weight, pillar_weight = panel.arrays["weight"][unit], panel.arrays["pillar_weight"][unit]
    inside, there = np.flatnonzero(weight > 0), np.flatnonzero(pillar_weight > 0)
    return inside, weight[inside], np.searchsorted(there, panel.pillar[inside]), pillar_weight[there]


def _ranked(panel: Panel, units: np.ndarray, cube: np.ndarray, name: tuple[Any, ...]) -> pd.DataFrame:
    """Limits, tier and rank of units that are compared with one another (``units``: rows of ``panel``, all of
    one method). ``cube``: as `drawn` returns it, of these units; ``name``: of the group, from which the seed
    is made."""
    method, index = panel.method.iloc[units[0]], panel.index[units]
    inside, weight, pillar, pillar_weight = structure(panel, units[0])
    decimals = int(method["decimals"])
    got = composite.monte_carlo(
        cube[:, :, inside],
        weight,
        pillar,
        pillar_weight,
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


def _unranked(panel: Panel, units: np.ndarray, cube: np.ndarray, name: tuple[Any, ...]) -> pd.DataFrame:
    """Limits of units with too few judged batches to be ranked; RANKS are NaN. Arguments as in `_ranked`;
    ``name`` is not used, as nothing but the scores is redrawn."""
    method, index = panel.method.iloc[units[0]], panel.index[units]
    inside, weight, pillar, pillar_weight = structure(panel, units[0])
    low, high = composite.index_limits(
        cube[:, :, inside],
        weight,
        pillar,
        pillar_weight,
        level=method["level"],
        across=ACROSS[int(method["across"])],
        scale=SCALE,
    )
    return pd.DataFrame(
        {"low": np.minimum(low, index), "high": np.maximum(high, index), **dict.fromkeys(RANKS, np.nan)},
        index=units,
    )
