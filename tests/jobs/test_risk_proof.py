"""Proofs of gold.risk_signal on seeded series, through the build that makes the table: planted outbreaks are
found soon, and a November of five times the orders raises no alarm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from risk_frames import counts, signals, week_of

WEEKS, BRANDS = 104, 60
OUTBREAK, FACTOR, LASTS = 80, 3.0, 4
NOVEMBER = slice(60, 64)
SOON = 3  # weeks
SEEDS = range(20)


def trade(
    seed: int, *, november: float = 1.0, outbreaks: int = 0, smallest: float = 4.0
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], list[str]]:
    """Reports and orders of brands by week, and the brands with an outbreak. Usual reports a week are
    log-normal, orders vary by 10 %; a report comes in the week of its order or one to three weeks later,
    evenly. Outbreaks hit brands of ``smallest`` usual reports a week and more: of fewer, three times as many
    are often chance."""
    rng = np.random.default_rng([seed, 17])
    usual = rng.lognormal(1.5, 0.9, BRANDS)
    orders = np.rint(2000 * rng.lognormal(0, 0.1, (BRANDS, WEEKS))).astype(int)
    orders[:, NOVEMBER] = (orders[:, NOVEMBER] * november).astype(int)
    trailing = sum(np.pad(orders, ((0, 0), (lag, 0)), mode="edge")[:, :WEEKS] for lag in range(4)) / 4
    mean = usual[:, None] * trailing / 2000
    hit = rng.choice(np.flatnonzero(usual >= smallest), outbreaks, replace=False)
    mean[hit, OUTBREAK : OUTBREAK + LASTS] *= FACTOR
    reports = rng.poisson(mean)
    names = [f"B{i:02}" for i in range(BRANDS)]
    return {n: (reports[i], orders[i]) for i, n in enumerate(names)}, [names[i] for i in hit]


@pytest.mark.proof
def test_four_in_five_outbreaks_of_three_times_the_rate_are_found_within_three_weeks() -> None:
    found: list[bool] = []
    delays: list[int] = []
    for seed in SEEDS:
        series, hit = trade(seed, november=5.0, outbreaks=4)
        table = signals(counts(series))
        for name in hit:
            mine = [week_of(w + 1) for w in range(OUTBREAK, OUTBREAK + SOON)]
            opened = table[(table["key_code"] == name) & table["opened_on"].isin(mine)]["opened_on"]
            found.append(len(opened) > 0)
            delays += [mine.index(day) + 1 for day in opened]
    share = float(np.mean(found))
    print(f"outbreaks x{FACTOR:g} found within {SOON} weeks: {sum(found)} of {len(found)} = {share:.1%}, ")
    print(f"in week {dict(sorted(pd.Series(delays).value_counts().items()))}")
    assert share >= 0.8


@pytest.mark.proof
def test_five_times_the_orders_in_november_at_a_constant_rate_raise_at_most_one_in_a_hundred() -> None:
    """False alarms: brand-weeks from the first week of November to eight weeks after it in which a signal
    opens."""
    alarms, tested = 0, 0
    for seed in SEEDS:
        series, _ = trade(seed, november=5.0)
        table = signals(counts(series))
        weeks = range(NOVEMBER.start, NOVEMBER.stop + 8)
        alarms += int(table["opened_on"].isin([week_of(w + 1) for w in weeks]).sum())
        tested += BRANDS * len(weeks)
    print(f"false alarms around November: {alarms} of {tested} brand-weeks = {alarms / tested:.3%}")
    assert alarms / tested <= 0.01


@pytest.mark.proof
def test_the_same_november_unscaled_is_full_of_alarms() -> None:
    """The orders are what explains it: given steady orders, the build opens signals by the dozen."""
    series, _ = trade(0, november=5.0)
    blind = {name: (reports, np.full(WEEKS, 2000)) for name, (reports, _) in series.items()}
    opened = signals(counts(blind))["opened_on"].isin([week_of(w + 1) for w in range(60, 64)]).sum()
    assert opened > BRANDS / 3
