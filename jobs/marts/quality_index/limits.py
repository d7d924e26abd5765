"""Limits of index and rank by Monte Carlo: only sampled rates are redrawn, each unit from a stream of its
own. Pure."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from jobs.marts.quality_index.panel import KEY, SCALE, Panel
from jobs.methods import composite
from jobs.methods.shapley import ACROSS, scored

RANKS = ["rank", "rank_low", "rank_high"]


def limits(panel: Panel) -> pd.DataFrame:
    """low, high, rank, rank_low, rank_high of each published unit of ``panel`` (index: its number), by peers
    and period.

    Sampled rates are drawn from Beta(mean x precision, (1 - mean) x precision). The point lies within its
    limits and its rank within those of the rank, though a skewed distribution clipped by goalposts may have
    it outside by a hair. Ranked are only units with enough batches judged (`Panel.ranked`).
    """
    drawn = _drawn(panel)
    chosen = panel.key[panel.published]
    enough = panel.ranked
    parts = []
    for name, group in chosen.groupby(["period_type", "period_start", "peers"]):
        units = group.index.to_numpy()
        for some, ranked in ((units[enough[units]], True), (units[~enough[units]], False)):
            if len(some):
                found = _of_group(panel, some, drawn, name)
                parts.append(found if ranked else found.assign(**dict.fromkeys(RANKS, np.nan)))
    return pd.concat(parts) if parts else pd.DataFrame(columns=["low", "high", *RANKS], dtype=float)


def seeded(seed: float, *words: object) -> np.random.Generator:
    """A stream that depends on the seed and the words only: another unit's coming changes nothing."""
    text = "|".join([str(int(seed)), *map(str, words)])
    return np.random.Generator(
        np.random.Philox(key=int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big"))
    )


def _drawn(panel: Panel) -> dict[int, list[tuple[int, np.ndarray]]]:
    """By unit: columns and their redrawn scores."""
    found: dict[int, list[tuple[int, np.ndarray]]] = {}
    published = panel.published
    names = panel.key[KEY].astype(str).agg("|".join, axis=1).to_numpy() if len(panel.key) else []
    count, seed = panel.method["draws"].to_numpy(int), panel.method["seed"].to_numpy()
    for unit, column, mean, precision in panel.sampled.itertuples(index=False, name=None):
        shapes = mean * precision, (1 - mean) * precision
        if not published[unit] or min(shapes) <= 0:  # a rate of 0 or 1 beyond doubt is not redrawn
            continue
        draws = seeded(seed[unit], names[unit], panel.indicators[column]).beta(*shapes, count[unit])
        own = {name: panel.arrays[name][unit, column] for name in ("low", "high", "direction", "transform")}
        score = scored(
            {name: np.full(len(draws), value) for name, value in own.items()} | {"value": draws}, SCALE
        )
        found.setdefault(unit, []).append((column, score))
    return found


def _of_group(
    panel: Panel, units: np.ndarray, drawn: dict[int, list[tuple[int, np.ndarray]]], name: tuple
) -> pd.DataFrame:
    method = panel.method.iloc[units[0]]
    weight, above = panel.arrays["weight"][units[0]], panel.arrays["above"][units[0]]
    inside, there = np.flatnonzero(weight > 0), np.flatnonzero(above > 0)
    cube = np.repeat(panel.scores[units][None], int(method["draws"]), axis=0)
    for place, unit in enumerate(units):
        for column, score in drawn.get(unit, []):
            cube[:, place, column] = score
    decimals, index = int(method["decimals"]), panel.index[units]
    got = composite.monte_carlo(
        cube[:, :, inside],
        weight[inside],
        np.searchsorted(there, panel.pillar[inside]),
        above[there],
        seed=seeded(method["seed"], *name),
        level=method["level"],
        spread=method["weight_spread"],
        decimals=decimals,
        across=ACROSS[int(method["across"])],
    )
    rank = composite.rank(index, decimals=decimals)
    return pd.DataFrame({
        "low": np.minimum(got.low, index), "high": np.maximum(got.high, index), "rank": rank,
        "rank_low": np.minimum(got.rank_low, rank), "rank_high": np.maximum(got.rank_high, rank),
    }, index=units)  # fmt: skip
