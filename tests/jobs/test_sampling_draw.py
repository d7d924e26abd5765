"""The draw of gold.sampling_purchase: over many strata alike, listings come with the probabilities that are recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jobs.marts.sampling.sampling_purchase import drawn

STRATA = 4_000
UNITS = np.array([1, 1, 2, 3, 4, 9, 5])
BLOCKED = 6  # the place of a listing whose product was checked
N = 3


@pytest.fixture(scope="module")
def draws(spark) -> pd.DataFrame:
    """The same seven listings in each of 4,000 strata, under other names: as if one stratum was drawn with so many seeds."""
    place = np.tile(np.arange(len(UNITS)), STRATA)
    stratum = np.repeat(np.arange(STRATA), len(UNITS))
    rows = pd.DataFrame({
        "stratum": stratum, "place": place, "listing_id": [f"{s}-{p}" for s, p in zip(stratum, place, strict=True)],
        "units_sold": UNITS[place], "n_probability": N, "blocked": place == BLOCKED, "seed": 20150101,
    })  # fmt: skip
    return drawn(spark.createDataFrame(rows)).toPandas()


def test_every_stratum_gets_its_number_and_never_a_blocked_listing(draws):
    assert (draws.groupby("stratum")["by_chance"].sum() == N).all()
    assert not draws.loc[draws["place"] == BLOCKED, "by_chance"].any()


def test_listings_are_drawn_as_often_as_their_probability_says(draws):
    by = draws[draws["place"] != BLOCKED].groupby("place")
    often, said = by["by_chance"].mean(), by["pi"].mean()
    # The one with 9 of the 20 units, more than a third, is certain. Two are left for those that sold 11, none of which is.
    assert said.tolist() == pytest.approx([2 / 11, 2 / 11, 4 / 11, 6 / 11, 8 / 11, 1.0])
    assert (often - said).abs().max() < 0.02  # three standard errors; the order of u / units would miss by 0.04


def test_units_over_probabilities_add_up_to_the_units_of_the_frame(draws):
    taken = draws[draws["by_chance"]]
    assert (taken["units_sold"] / taken["pi"]).groupby(taken["stratum"]).sum().mean() == pytest.approx(UNITS[:BLOCKED].sum())


def test_random_numbers_are_even_over_nought_to_one(draws):
    counts, _ = np.histogram(draws["u"], bins=10, range=(0, 1))
    assert ((counts - counts.mean()) ** 2 / counts.mean()).sum() < 27.9  # chi-square with 9 degrees of freedom, 0.1 %
