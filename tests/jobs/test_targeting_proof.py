"""Proof of gold.targeting_score on seeded countries, through the night that builds it, against the true
defect rates of their listings, which no table reads."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from country_home import Country
from homes import Home

from jobs.simulate.country.country import Settings

UNTIL = date(2026, 6, 29)
RECORDS = 600_000  # some 1,600 random samples a year
SEEDS = (11, 12, 13)


def against_truth(
    scores: pd.DataFrame, listings: pd.Series, report: pd.DataFrame, truth: pd.DataFrame
) -> dict:
    """Mean score and true defect rate of the highest tenth and of all ``listings`` considered."""
    rate = truth.set_index("listing_id")["defect_rate"]
    top = scores[scores["decile"] == 10]
    whole = report[report["part"] == "summary"].iloc[0]
    assert len(top) and abs(len(top) - len(listings) / 10) <= 1
    true_top, true_all = float(top["listing_id"].map(rate).mean()), float(listings.map(rate).mean())
    return {
        "lift": true_top / true_all,
        "top": float(top["score"].mean()) - true_top,
        "all": float(whole["score"]) - true_all,
        "auc": float(whole["auc"]),
    }


@pytest.mark.proof
@pytest.mark.parametrize("seed", SEEDS)
def test_the_highest_tenth_of_a_country_fails_1_8_times_as_often_and_is_calibrated_within_3_points(
    tmp_path: Path, seed: int
) -> None:
    country = Country(tmp_path / "country", Settings(seed=seed, records=RECORDS, until=UNTIL, months=24))
    home = Home(tmp_path / "home", None, "commerce")
    assert country.arrive(home, None, UNTIL) > 0
    _, result = home.night(UNTIL + timedelta(days=1), select="+gold.targeting_score")
    assert result.exit_code == 0, result.stale
    ask = {
        name: pd.DataFrame(home.ask(f"SELECT * FROM gold.{name}", latest=True))
        for name in ("targeting_score", "targeting_report", "targeting_feature")
    }
    feature = ask["targeting_feature"]
    listings = feature.loc[feature["role"] == "listing", "listing_id"]
    found = against_truth(ask["targeting_score"], listings, ask["targeting_report"], country.truth("listing"))
    print(f"seed {seed}: {found}")
    assert found["lift"] >= 1.8
    assert abs(found["top"]) <= 0.03 and abs(found["all"]) <= 0.03
