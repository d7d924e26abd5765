"""Finite populations of listings of which every truth is known, and samples from them, for tests of the
statistics: an estimate from a sample can be compared with the true value. All of it is simulated.

This is separate from the simulated country: no files, no Spark, made within seconds. One seed gives the same
population and the same samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Population:
    """A population of listings. ``listings``: one row per listing; columns category, platform, stratum
    (category and platform as one text), units, defective, suspicion.

    ``units``: units sold in a month, ≥ 1, of a skewed distribution; ``defective`` (bool): whether a unit
    bought from the listing fails the test; ``suspicion``: a positive number by which a targeted inspection
    chooses, higher where listings are defective.
    """

    listings: pd.DataFrame

    def rates(self, by: str) -> pd.DataFrame:
        """Return the true rates by a column: one row per value of the column ``by``, which is the index, in
        sorted order.

        Columns: ``listing`` (share of its listings that are defective), ``exposure`` (share of its units
        that come from defective listings), ``share`` (its share of the units of the whole population); all
        0–1.
        """
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
    """Return a population of about ``listings`` listings in ``platforms`` × ``categories`` strata of uneven
    size. Each stratum has at least 20 listings.

    ``seed``: equal seeds give equal populations; ``rate``: about the share of listings that are defective
    (0–1); ``spread``: standard deviation of the logarithm of the factor by which a platform, and a category,
    is worse than the average; ``skew``: standard deviation of the logarithm of units sold. Listings that
    sell much are defective less often, so the share of defective units is below that of listings.
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
    """Draw a probability sample from ``population``: a simple random sample without replacement from each
    stratum. Returns one row per drawn listing, sorted by stratum.

    ``n``: about the size of the sample. A stratum gets at least 2 listings (or all, where it has fewer), and
    its part of ``n`` in proportion to the square root of its units sold. Columns: those of
    `Population.listings`, ``N`` (listings of the stratum), ``pi`` (inclusion probability, 0–1), ``weight``
    (1 / pi) and ``exposure_weight`` (units / pi).
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
    """Draw ``n`` listings without replacement as a targeted inspection does, with chances in proportion to
    suspicion. Returns one row per listing, with the columns of `Population.listings` only: such a sample has
    no known probabilities. Raises ValueError where ``n`` exceeds the population."""
    draw = np.random.default_rng([seed, 3])
    chance = population.listings.suspicion / population.listings.suspicion.sum()
    return population.listings.iloc[draw.choice(len(chance), n, replace=False, p=chance)].reset_index(
        drop=True
    )
