"""Proof by simulation: on 20 populations with known truth limits cover, shrinkage pays, benchmarks close,
targeted samples mislead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jobs.methods import composite, intervals, small_area, survey
from jobs.simulate import populations

pytestmark = pytest.mark.proof
SEEDS = range(20)
DESIGN = {"kind": "proportion", "strata": "stratum", "fpc": "N"}
RATES = {"listing": "weight", "exposure": "exposure_weight"}


def cells(seed: int, population: populations.Population) -> pd.DataFrame:
    """Both rates of every platform and category: n, expected failures, direct estimate and its limits, truth,
    share of units."""
    sample = populations.stratified(population, 2600, seed)
    parts = []
    for by in ("platform", "category"):
        truth, failures = population.rates(by), sample.groupby(by).defective.sum()
        share = sample.groupby(by).exposure_weight.sum() / sample.exposure_weight.sum()
        for rate, weight in RATES.items():
            logit, beta = (
                survey.estimate_by(sample, "defective", by=by, weights=weight, interval=i, **DESIGN)
                for i in ("logit", "beta")
            )
            part = logit.where(failures >= 5, beta)
            extra = {
                "seed": seed,
                "by": by,
                "rate": rate,
                "truth": truth[rate],
                "share": share,
                "expected": part.n * truth[rate],
            }
            parts.append(part.assign(**extra))
    return pd.concat(parts)


@pytest.fixture(scope="module")
def country() -> dict[int, populations.Population]:
    return {seed: populations.population(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def table(country) -> pd.DataFrame:
    return pd.concat([cells(seed, population) for seed, population in country.items()])


def clustered(held: pd.Series, seed: pd.Series) -> tuple[float, float]:
    """Share held, and its standard error with populations as clusters."""
    sums = (held - held.mean()).groupby(seed).sum()
    return held.mean(), float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(held))


def test_95_per_cent_limits_of_over_1000_cells_cover(table):
    judged = table[(table.n >= 30) & (table.expected >= 5)]
    assert len(judged) >= 1000
    for part in (judged, judged[judged.rate == "listing"], judged[judged.rate == "exposure"]):
        share, error = clustered((part.low <= part.truth) & (part.truth <= part.high), part.seed)
        print(f"cover {share:.3f} ± {error:.3f} of {len(part)}")
        assert 0.93 - 2 * error <= share <= 0.97 + 2 * error
    share, _ = clustered((judged.low <= judged.truth) & (judged.truth <= judged.high), judged.seed)
    assert 0.93 <= share <= 0.97


def test_limits_of_the_whole_cover_over_1000_samples_of_one_population():
    population = populations.population(99, platforms=6, categories=4, listings=8000)
    held = {rate: [] for rate in RATES}
    truth = {"listing": population.listings.defective.mean(), "exposure": population.exposure}
    for seed in range(1000):
        sample = populations.stratified(population, 300, seed)
        for rate, weight in RATES.items():
            got = survey.estimate(sample, "defective", weights=weight, **DESIGN)
            held[rate].append(got.low <= truth[rate] <= got.high)
    print({rate: np.mean(values) for rate, values in held.items()})
    assert all(0.93 <= np.mean(values) <= 0.97 for values in held.values())


def test_shrunk_rates_have_at_most_four_fifths_of_the_direct_error_and_add_up(table, country):
    squares, covered = [], []
    for seed, part in table[(table.by == "platform") & (table.rate == "exposure")].groupby("seed"):
        sample = populations.stratified(country[seed], 2600, seed)
        nation = survey.estimate(sample, "defective", weights="exposure_weight", **DESIGN).value
        deff = max(1.0, (part.se**2).sum() / (part.value * (1 - part.value) / part.n).sum())
        size = part.n / deff
        shrunk = small_area.beta_binomial(size * part.value, size)
        scaled = small_area.benchmark(shrunk.mean, part.share, total=nation)
        assert (part.share * scaled.theta).sum() == pytest.approx(nation, abs=1e-9)
        assert 0.9 < scaled.factor < 1.1
        squares.append((((part.value - part.truth) ** 2).mean(), ((scaled.theta - part.truth) ** 2).mean()))
        low, high = small_area.beta_binomial_bootstrap(size * part.value, size, seed=seed)
        covered.append(((low <= part.truth) & (part.truth <= high)).mean())
    direct, better = np.sum(squares, axis=0)
    error = np.std(covered, ddof=1) / np.sqrt(len(covered))
    print(
        f"error {better / direct:.2f} of the direct one's; bootstrap limits cover "
        f"{np.mean(covered):.3f} ± {error:.3f}"
    )
    assert better <= 0.8 * direct
    assert 0.93 - 2 * error <= np.mean(covered) <= 0.97 + 2 * error


def test_targeted_samples_are_visibly_biased(country):
    for seed, population in country.items():
        found = populations.targeted(population, 600, seed).defective
        low, _ = intervals.binomial(found.sum(), len(found))
        assert low > 1.5 * population.listings.defective.mean()


def test_limits_of_an_index_hold_the_index_of_the_true_rates():
    """60 units, 20 times: conformity from 40 to 400 judged, redrawn from Jeffreys' posterior; two more
    pillars known."""
    inside, ranks = [], []
    for seed in SEEDS:
        draw = np.random.default_rng([seed, 7])
        truth, n = draw.beta(4, 36, 60), draw.integers(40, 400, 60)
        x = draw.binomial(n, truth)
        known = draw.uniform(20, 90, (60, 2))

        def scored(rates: np.ndarray, known: np.ndarray = known) -> np.ndarray:
            scores = composite.scale(rates, low=0, high=0.5, direction=-1)
            return np.concatenate(
                [np.clip(scores, 1, 100)[..., None], np.broadcast_to(known, (*rates.shape, 2))], axis=-1
            )

        got = composite.monte_carlo(
            scored(draw.beta(x + 0.5, n - x + 0.5, (1000, 60))), [1, 1, 1], [0, 1, 2], [2, 1, 1], seed=seed
        )
        index = composite.aggregate(scored(truth), [2, 1, 1], how="geometric")
        unclipped = truth < 0.5
        inside += list(((got.low <= index) & (index <= got.high))[unclipped])
        rank = composite.rank(index, decimals=1)
        ranks += list(((got.rank_low <= rank) & (rank <= got.rank_high))[unclipped])
    print(f"index {np.mean(inside):.3f} of {len(inside)}, rank {np.mean(ranks):.3f}")
    assert len(inside) >= 1000
    assert 0.87 <= np.mean(inside) <= 0.93
    assert np.mean(ranks) >= 0.9
