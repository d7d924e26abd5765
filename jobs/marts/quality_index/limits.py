"""Limits of index and rank, and tiers, by Monte Carlo: every value is redrawn by what it was counted from,
each unit from its own stream. Pure."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.quality_index.counted import redrawn, shared, together
from jobs.marts.quality_index.panel import HEADLINE, KEY, SCALE, SERIOUS, Panel
from jobs.methods import composite
from jobs.methods.shapley import ACROSS, unclipped

RANKS = ["tier", "rank", "rank_low", "rank_high"]
GROUP = ["period_type", "period_start", "peers"]


def limits(panel: Panel) -> pd.DataFrame:
    """low, high, tier, rank, rank_low, rank_high of each published unit of ``panel`` (index: its number), by
    peers and period.

    The point lies within its limits and its rank within those of the rank, though a skewed distribution
    clipped by goalposts may have it outside by a hair. Tiers and ranks are of units with enough batches
    judged (`Panel.ranked`); a rank is given only where its interval is at most ``rank_share`` of those
    ranked.
    """
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
    """A stream that depends on the seed and the words only: another unit's coming changes nothing."""
    text = "|".join([str(int(seed)), *map(str, words)])
    return np.random.Generator(
        np.random.Philox(key=int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big"))
    )


def drawn(panel: Panel, units: np.ndarray, names: list[str], own: dict[int, pd.DataFrame]) -> np.ndarray:
    """Positions on the scale (not clipped) of the units numbered ``units``, redrawn: draws x units x
    indicators. ``own``: their rows of ``panel.estimates``; ``names``: what their streams are seeded with.

    Serious failures are failures: both rates of a unit are redrawn together, or their common error would
    count as two that make up for each other.
    """
    method = panel.method.iloc[units[0]]
    draws = int(method["draws"])
    cube = np.repeat(panel.positions[units][None], draws, axis=0)
    whole, part = (
        panel.indicators.index(name) if name in panel.indicators else -1 for name in (HEADLINE, SERIOUS)
    )
    for place, unit in enumerate(units):
        laws = own[unit]
        columns = laws["column"].to_numpy(int)
        stream, mean = seeded(method["seed"], names[place]), laws["mean"].to_numpy()
        values = redrawn(
            stream,
            mean,
            laws["precision"].to_numpy(),
            laws["gamma"].to_numpy(bool),
            draws,
        )
        if {whole, part} <= set(columns):
            first, second = columns.tolist().index(whole), columns.tolist().index(part)
            correlation = shared(mean[second], mean[first])
            values[:, second] = together(stream, values[:, first], values[:, second], correlation)
        posts = {
            name: panel.arrays[name][unit, columns][None]
            for name in ("low", "high", "direction", "transform")
        }
        cube[:, place, columns] = unclipped(posts | {"value": values}, SCALE)
    return cube


def structure(panel: Panel, unit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of the indicators with a weight: their columns, weights and pillars (0, 1, …), and the pillars'
    weights."""
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
