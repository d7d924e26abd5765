"""Finite populations of listings with every truth known, and samples from them, for tests of the statistics.
All of it is simulated.

Apart from the country: no files, no Spark, seconds. One seed gives the same population and the same samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Population:
    """``listings``: frame[category, platform, stratum (category × platform), units, defective, suspicion],
    one row per listing.

    ``units``: units sold in the frame month, ≥ 1, skewed; ``defective``: whether a unit bought from the
    listing fails the test;
    ``suspicion``: positive, what a targeted inspection goes by: higher where listings are defective.
    """

    listings: pd.DataFrame

    def rates(self, by: str) -> pd.DataFrame:
        """True rates of each value of a column: ``listing`` (share of listings), ``exposure`` (share of units
        sold), ``share`` (of all units)."""
        frame = self.listings.assign(bad_units=self.listings.units * self.listings.defective)
        sums = frame.groupby(by).agg(
            n=("defective", "size"),
            bad=("defective", "sum"),
            units=("units", "sum"),
            bad_units=("bad_units", "sum"),
        )
        table = {
            "listing": sums.bad / sums.n,
            "exposure": sums.bad_units / sums.units,
            "share": sums.units / sums.units.sum(),
        }
        return pd.DataFrame(table)

    @property
    def exposure(self) -> float:
        """True share of all units sold that come from defective listings."""
        return float((self.listings.units * self.listings.defective).sum() / self.listings.units.sum())


def population(
    seed: int,
    *,
    platforms: int = 24,
    categories: int = 8,
    listings: int = 30_000,
    rate: float = 0.12,
    spread: float = 0.35,
    skew: float = 0.6,
) -> Population:
    """A population of some ``listings`` listings over ``platforms`` × ``categories`` strata of uneven size,
    each with 20 at least.

    ``rate``: about the share that is defective; ``spread``: standard deviation of the logarithm of a
    platform's and of a category's own factor on it; ``skew``: that of the logarithm of units sold. Listings
    that sell much are defective less often, so that the share of units is below that of listings.
    """
    draw = np.random.default_rng([seed, 1])
    sizes = np.outer(draw.lognormal(0, 0.8, platforms), draw.lognormal(0, 0.5, categories)).ravel()
    counts = 20 + np.floor(sizes / sizes.sum() * max(0, listings - 20 * len(sizes))).astype(int)
    stratum = np.repeat(np.arange(len(sizes)), counts)
    platform, category = np.divmod(stratum, categories)
    factor = (
        np.exp(draw.normal(0, spread, platforms))[platform]
        * np.exp(draw.normal(0, spread, categories))[category]
    )
    popular = draw.normal(size=len(stratum))
    units = np.ceil(np.exp(3 + skew * popular)).astype(int)
    chance = np.clip(rate * factor * np.exp(-0.2 * popular), 0, 0.9)
    defective = draw.random(len(stratum)) < chance
    suspicion = np.exp(draw.normal(0, 0.5, len(stratum)) + 1.5 * defective)
    names = {
        "category": [f"c{code:02d}" for code in category],
        "platform": [f"P{code + 1:02d}" for code in platform],
    }
    frame = pd.DataFrame({**names, "units": units, "defective": defective, "suspicion": suspicion})
    frame.insert(2, "stratum", frame.category + frame.platform)
    return Population(frame)


def stratified(population: Population, n: int, seed: int) -> pd.DataFrame:
    """A probability sample: simple random within strata, without replacement.

    About ``n`` listings, at least 2 of each stratum (or all), the rest by the root of its units sold. Returns
    the drawn listings with
    ``N`` (listings of the stratum), ``pi`` (inclusion probability), ``weight`` (1 / pi) and
    ``exposure_weight`` (units / pi).
    """
    draw = np.random.default_rng([seed, 2])
    strata = population.listings.groupby("stratum").agg(N=("units", "size"), units=("units", "sum"))
    size = np.sqrt(strata.units)
    drawn = np.minimum(strata.N, np.maximum(2, np.floor(n * size / size.sum()))).astype(int)
    order = population.listings.assign(key=draw.random(len(population.listings))).sort_values(
        ["stratum", "key"]
    )
    place = order.groupby("stratum").cumcount()
    sample = order[place < order.stratum.map(drawn)].drop(columns="key")
    sample["N"], sample["pi"] = sample.stratum.map(strata.N), sample.stratum.map(drawn / strata.N)
    return sample.assign(weight=1 / sample.pi, exposure_weight=sample.units / sample.pi).reset_index(
        drop=True
    )


def targeted(population: Population, n: int, seed: int) -> pd.DataFrame:
    """``n`` listings as a targeted inspection picks them, in proportion to suspicion; no probability is
    known, none is given."""
    draw = np.random.default_rng([seed, 3])
    chance = population.listings.suspicion / population.listings.suspicion.sum()
    return population.listings.iloc[draw.choice(len(chance), n, replace=False, p=chance)].reset_index(
        drop=True
    )
