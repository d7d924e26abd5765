"""Proofs of what gold.risk_signal calls news, on seeded countries of pairs through the build: pairs of which
everybody knows stay usual, planted outbreaks in them are news."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from risk_frames import nothing, signals, week_of

WEEKS, GOODS, HAZARDS, KNOWN = 118, 14, 6, 10
BEGINS, LASTS, FACTOR, OUTBREAKS = 93, 9, 4.0, 3  # of outbreaks: week, weeks, times as many, how many
SEEDS = range(8)


def country(seed: int) -> tuple[pd.DataFrame, list[str], list[str]]:
    """gold.hazard_count of texts, the known pairs and those of them with an outbreak. Texts of goods are
    log-normal with a season, of 40 to some hundred a week; a hazard is read in 1 in 200 of them, that of a
    known pair in 4 in 100."""
    rng = np.random.default_rng([seed, 17])
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(WEEKS + 1) / 52)
    texts = rng.poisson(rng.lognormal(4.5, 0.5, (GOODS, 1)) * season)
    chance = np.full((GOODS, HAZARDS), 0.005)
    at = rng.choice(GOODS, KNOWN, replace=False), rng.integers(0, HAZARDS, KNOWN)
    chance[at] = 0.04
    rate = np.repeat(chance[:, :, None], WEEKS + 1, axis=2)
    hit = rng.choice(KNOWN, OUTBREAKS, replace=False)
    rate[at[0][hit], at[1][hit], BEGINS : BEGINS + LASTS] *= FACTOR
    n = rng.binomial(texts[:, None, :], rate)
    g, h, w = (index.ravel() for index in np.indices(n.shape))
    table = pd.DataFrame({"category_code": [f"G{i:02}" for i in g], "hazard_code": [f"h{i}" for i in h]})
    table = table.assign(week=[week_of(i) for i in w], n=n.ravel(), n_home=n.ravel(), n_judged=texts[g, w])
    names = [f"G{a:02}/h{b}" for a, b in zip(*at, strict=True)]
    return table.assign(stream="text", n_random=0, n_random_judged=0), names, [names[i] for i in hit]


@pytest.mark.proof
def test_known_pairs_stay_usual_and_outbreaks_in_them_are_news() -> None:
    """Alarms at a known pair after its first year: in an outbreak they are to be news, elsewhere usual."""
    found, planted, looks, false = 0, 0, 0, 0
    for seed in SEEDS:
        table, known, hit = country(seed)
        opened = signals(nothing("risk_count"), hazard_count=table)
        opened = opened[opened["key_code"].isin(known) & (opened["opened_on"] >= week_of(52))]
        news = opened[opened["news"] != "usual"]
        inside = news["key_code"].isin(hit) & (news["news_on"] > week_of(BEGINS))
        found += news.loc[inside & (news["news_on"] <= week_of(BEGINS + LASTS + 2)), "key_code"].nunique()
        planted += len(hit)
        looks += len(opened)
        false += int((~inside).sum())
    print(f"outbreaks x{FACTOR:g} in known pairs, news within two weeks of their end: {found} of {planted}")
    print(f"signals of known pairs after the first year: {looks}, news without an outbreak: {false}")
    assert found / planted >= 0.9
    assert false / looks <= 0.05
