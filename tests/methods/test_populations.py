"""The population generator: same seed same numbers, probabilities that hold, a truth that targeted samples
miss."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jobs.simulate import populations


@pytest.fixture(scope="module")
def population() -> populations.Population:
    return populations.population(1, platforms=6, categories=4, listings=6000)


def test_one_seed_gives_the_same_population_and_samples(population):
    again = populations.population(1, platforms=6, categories=4, listings=6000)
    pd.testing.assert_frame_equal(again.listings, population.listings)
    for draw in (populations.stratified, populations.targeted):
        pd.testing.assert_frame_equal(draw(population, 300, 5), draw(again, 300, 5))
        assert not draw(population, 300, 6).equals(draw(population, 300, 5))


def test_true_rates_add_up_to_the_whole(population):
    for by in ("platform", "category", "stratum"):
        rates = population.rates(by)
        assert rates.share.sum() == pytest.approx(1)
        assert (rates.share * rates.exposure).sum() == pytest.approx(population.exposure, rel=1e-12)
    assert population.exposure < population.listings.defective.mean()  # what sells much fails less


def test_a_stratified_sample_knows_its_probabilities(population):
    sample = populations.stratified(population, 400, 1)
    sizes = population.listings.groupby("stratum").size()
    drawn = sample.groupby("stratum").size()
    assert drawn.index.equals(sizes.index) and (drawn >= 2).all()
    assert (sample.pi == sample.stratum.map(drawn / sizes)).all() and (
        sample.stratum.map(sizes) == sample.N
    ).all()
    assert sample.groupby("stratum").weight.sum().to_numpy() == pytest.approx(sizes.to_numpy())
    assert not sample.duplicated(["units", "suspicion"]).any()


def test_estimates_from_many_samples_are_centred_on_the_truth(population):
    estimates = []
    for seed in range(60):
        sample = populations.stratified(population, 300, seed)
        estimates.append((sample.exposure_weight * sample.defective).sum() / sample.exposure_weight.sum())
    assert np.mean(estimates) == pytest.approx(population.exposure, abs=4 * np.std(estimates) / np.sqrt(60))


def test_a_targeted_sample_finds_far_more_than_there_is(population):
    found = populations.targeted(population, 500, 1).defective.mean()
    assert found > 2 * population.listings.defective.mean()
