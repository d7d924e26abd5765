"""Random samples and listings on sale as gold.targeting_feature has them, of which the chance of failing is
known; and the builds of the targeting tables on them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.risk import targeting_prediction, targeting_report, targeting_score
from jobs.marts.risk.targeting import LEVELS, places, tenths
from jobs.period import Period

PERIOD = Period(as_of=date(2026, 6, 15))
FIRST, DAY = date(2024, 7, 1), date(2026, 6, 1)  # of purchases; of the listings
PLATFORMS, CATEGORIES, PRODUCERS = 12, 8, 300


def features(
    seed: int = 5, samples: int = 12_000, listings: int = 1500, *, signal: float = 1.0
) -> pd.DataFrame:
    """Units of which platform, category and producer each have their part in the chance of failing (`chance`,
    which no build reads), as have low reviews of the producer. ``signal``: 0 for chance alone."""
    rng = np.random.default_rng([seed, 23])
    n = samples + listings
    platform, category = rng.integers(0, PLATFORMS, n), rng.integers(0, CATEGORIES, n)
    producer = rng.integers(0, PRODUCERS, n)
    logit = -2.6 + signal * (
        rng.normal(0, 0.3, PLATFORMS)[platform]
        + rng.normal(0, 0.7, CATEGORIES)[category]
        + (own := rng.normal(0, 0.7, PRODUCERS))[producer]
    )
    chance = 1 / (1 + np.exp(-logit))
    sample = np.arange(n) < samples
    bought = np.where(sample, rng.integers(0, (DAY - FIRST).days, n), (DAY - FIRST).days)
    low = rng.poisson(40 * 0.05 * np.exp(signal * own))[producer]
    fails = rng.random(n) < chance
    frame = pd.DataFrame(
        {
            "role": np.where(sample, "sample", "listing"),
            "unit_id": [f"U{i:05}" for i in range(n)],
            "day": [FIRST + timedelta(days=int(d)) for d in bought],
            "known_on": [FIRST + timedelta(days=int(d) + 40) for d in bought],
            "fails": fails.astype(object),
            "units_sold": pd.array(np.where(sample, 0, rng.integers(1, 50, n)), "Int64"),
            "platform_code": [f"P{p:02}" for p in platform],
            "channel": "online",
            "shop_id": [f"S{p:03}" for p in producer],
            "category_code": [f"C{c}" for c in category],
            "brand": None,
            "producer": [f"M{p:03}" for p in producer],
            "operator_id": None,
            "region_code": None,
            "price": rng.lognormal(3, 0.4, n),
            "cites_standard": True,
            "has_certificate": False,
            "listed_on": FIRST,
            "opened_on": FIRST,
            "chance": chance,
        }
    )
    frame["listing_id"] = frame["unit_id"]
    frame.loc[~sample, ["known_on", "fails"]] = None
    for level in LEVELS:
        seen = level == "producer"
        frame[f"n_orders_{level}"], frame[f"n_reports_{level}"] = 100, 0
        frame[f"n_reviews_{level}"], frame[f"n_low_{level}"] = 40 if seen else 0, low if seen else 0
    return frame


def shops(spread: float, n: int = 7200, number: int = 900) -> pd.DataFrame:
    """Random purchases in shops that each have their own chance of failing, log-odds of standard deviation
    ``spread``; of brand, producer and category nothing is known."""
    rng = np.random.default_rng([number, 3])
    shop = rng.integers(0, number, n)
    chance = 1 / (1 + np.exp(1.6 - spread * rng.normal(size=number)[shop]))
    frame = features(samples=n, listings=1)
    day = [FIRST + timedelta(days=int(d)) for d in rng.integers(0, (DAY - FIRST).days, n)]
    sample = frame["role"] == "sample"
    frame.loc[sample, "operator_id"] = [f"E{s:03}" for s in shop]
    frame.loc[sample, "fails"] = rng.random(n) < chance
    frame.loc[sample, "chance"] = chance
    frame.loc[sample, "day"] = frame.loc[sample, "known_on"] = day
    nothing = {"producer": None, "brand": None, "category_code": "C0", "platform_code": "P00", "price": 1.0}
    return frame.assign(**nothing, n_reviews_producer=0, n_low_producer=0)


def proposal(n_targeted: int = 5, n_probability: int = 10) -> pd.DataFrame:
    """A stratum `other` on each platform."""
    rows = [
        {"dimension_type": "stratum", "platform_code": f"P{p:02}", "category_code": "other"}
        for p in range(PLATFORMS)
    ]
    return pd.DataFrame(rows).assign(n_targeted=n_targeted, n_probability=n_probability)


def inputs(frame: pd.DataFrame) -> dict[str, Any]:
    signal = "key_type key_code opened_on closed_on category_code".split()
    return {
        "targeting_feature": frame.drop(columns="chance", errors="ignore"),
        "risk_signal": pd.DataFrame(columns=signal, dtype=object),
        "product_category": pd.DataFrame(columns=["category_code", "parent_code", "level"], dtype=object),
        "region": pd.DataFrame(columns=["region_code", "parent_code", "level"], dtype=object),
        "period": PERIOD,
    }


def predictions(frame: pd.DataFrame) -> pd.DataFrame:
    return targeting_prediction.build(**inputs(frame))


def report(frame: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """``predicted``: the predictions of the same frame."""
    return targeting_report.build(targeting_feature=frame, targeting_prediction=predicted, period=PERIOD)


def scores(predicted: pd.DataFrame, plan: pd.DataFrame | None = None) -> pd.DataFrame:
    given = proposal() if plan is None else plan
    return targeting_score.build(targeting_prediction=predicted, sampling_proposal=given, period=PERIOD)


def deciles(p: pd.Series, unit_id: pd.Series) -> pd.Series:
    """The tenth of each unit by its probability ``p``."""
    return tenths(places(p, unit_id))
