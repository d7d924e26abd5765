"""Proof of gold.targeting_score on seeded countries, through the night that builds it, against the true
defect rates of their listings, which no table reads."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from country_home import Country
from homes import Home, few_tables

from jobs.simulate.country.country import Settings

pytestmark = pytest.mark.proof
UNTIL = date(2026, 6, 29)
RECORDS = 600_000  # some 1,600 random samples a year
SEEDS = (11, 12, 13)


class Against(NamedTuple):
    """Of one country: true defect rate of the highest tenth by that of all listings considered, mean score
    less true rate of the tenth and of all, and the AUC out of time."""

    lift: float
    top: float
    all: float
    auc: float


def lived(folder: Path, seed: int) -> Against:
    country = Country(folder / "country", Settings(seed=seed, records=RECORDS, until=UNTIL, months=24))
    home = Home(folder / "home", None, "commerce", tables=few_tables("gold.targeting_score"))
    assert country.arrive(home, None, UNTIL) > 0
    _, result = home.night(UNTIL + timedelta(days=1))
    assert result.exit_code == 0, result.stale
    scores, report, feature = (
        pd.DataFrame(home.ask(f"SELECT * FROM gold.targeting_{name}", latest=True))
        for name in ("score", "report", "feature")
    )
    listings = feature.loc[feature["role"] == "listing", "listing_id"]
    rate = country.truth("listing").set_index("listing_id")["defect_rate"]
    top, whole = scores[scores["decile"] == 10], report[report["part"] == "summary"].iloc[0]
    assert len(top) and abs(len(top) - len(listings) / 10) <= 1
    true_top, true_all = float(top["listing_id"].map(rate).mean()), float(listings.map(rate).mean())
    found = Against(
        true_top / true_all,
        float(top["score"].mean()) - true_top,
        float(whole["score"]) - true_all,
        float(whole["auc"]),
    )
    print(f"seed {seed}: " + ", ".join(f"{k} {v:.3f}" for k, v in found._asdict().items()))
    return found


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> list[Against]:
    return [lived(tmp_path_factory.mktemp(f"seed{seed}"), seed) for seed in SEEDS]


def test_the_highest_tenth_of_each_country_fails_1_8_times_as_often(countries: list[Against]) -> None:
    assert min(c.lift for c in countries) >= 1.8


def test_scores_of_each_country_are_calibrated_within_3_points(countries: list[Against]) -> None:
    assert max(abs(c.all) for c in countries) <= 0.03


def test_scores_of_the_highest_tenth_are_calibrated_within_3_points_on_average_and_within_6_each(
    countries: list[Against],
) -> None:
    """Three points in each country is not reached: with 1,600 random samples a year the error has a root mean
    square of 2.7 points (24 countries of other seeds by version 2 of the method, 18 of them within 3), of
    which the luck of the samples' outcomes is 1.9. With 5,300 a year it is 2.3 (eight countries, seven of
    them within 3)."""
    top = [c.top for c in countries]
    print(f"highest tenth: {np.mean(top):+.3f} together, standard deviation {np.std(top, ddof=1):.3f}")
    assert abs(np.mean(top)) <= 0.03
    assert max(map(abs, top)) <= 0.06
