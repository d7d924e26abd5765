"""Proof by simulation, through the published table itself: how often its 95% limits hold the truth, each
side apart, where units sold are as skewed as on the market."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sampling_frames import frames

from jobs.deployment import deployment
from jobs.environment import REPOSITORY
from jobs.marts.sampling import detection_rate
from jobs.period import Period

pytestmark = pytest.mark.proof
DRAWS = 600  # samples drawn of each population
STRATA, LISTINGS = 8, 4000
SIZES, RATES, SKEWS = (30, 100, 400), (0.02, 0.08, 0.15), (1.0, 1.8)
DESIGNS = ("even", "by_sales")
KEPT = REPOSITORY / "jobs" / "reports" / "proofs" / "rate_coverage.csv"
CASES = list(product(DESIGNS, SKEWS, SIZES))


def population(rate: float, skew: float, draw: np.random.Generator) -> pd.DataFrame:
    """Listings of 8 strata: ``units`` log-normal with standard deviation ``skew``, ``p`` the share of a
    listing's batches that fail, of a beta distribution with mean ``rate``. Strata differ in rate."""
    stratum = np.arange(LISTINGS) % STRATA
    units = np.ceil(np.exp(3 + skew * draw.standard_normal(LISTINGS)))
    mean = rate * np.linspace(0.5, 1.5, STRATA)[stratum]
    p = draw.beta(2 * mean, 2 * (1 - mean))
    return pd.DataFrame({"stratum": stratum, "units": units, "p": p})


def drawn(listings: pd.DataFrame, n: int, design: str, draw: np.random.Generator) -> pd.DataFrame:
    """n/8 batches of each stratum: of listings drawn evenly without replacement, or in proportion to units
    sold with replacement (a listing's batches are draws from what it sells)."""
    parts = []
    for _, part in listings.groupby("stratum"):
        size = max(2, round(n / STRATA))
        share = part.units / part.units.sum()
        if design == "even":
            chosen = part.iloc[draw.choice(len(part), size, replace=False)]
            parts.append(chosen.assign(pi=size / len(part)))
        else:
            at = draw.choice(len(part), size, p=share)
            parts.append(part.iloc[at].assign(pi=(size * share).iloc[at]))
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(failed=draw.random(len(rows)) < rows.p)


def published(design: str, skew: float, n: int) -> pd.DataFrame:
    """The yearly rows of platforms: each is one draw; with the truth and the rate of its population."""
    samples, strata, plans, truth = [], [], [], {}
    for number, rate in enumerate(RATES):
        draw = np.random.default_rng([20261126, DESIGNS.index(design), int(10 * skew), n, number])
        listings = population(rate, skew, draw)
        true = float((listings.units * listings.p).sum() / listings.units.sum())
        for i in range(DRAWS):
            name = f"{number}-{i:03d}"
            truth[name] = (rate, true)
            plans.append({"plan_id": name, "type": "probability", "starts_on": date(2026, 1, 1)})
            strata += [
                {"plan_id": name, "stratum": str(h), "platform_code": name, "population": LISTINGS // STRATA}
                for h in range(STRATA)
            ]
            samples.append(drawn(listings, n, design, draw).assign(plan_id=name))
    rows = pd.concat(samples, ignore_index=True)
    rows["sample_id"] = rows.index.astype(str)
    table = detection_rate.build(**given(rows, plans, strata), period=Period(date(2026, 12, 31)))
    table = table[(table.period_type == "year") & (table.dimension_type == "platform")]
    table = table[(table.design == "probability") & (table.dimension2_type == "")]
    known = pd.DataFrame.from_dict(truth, orient="index", columns=["of", "truth"])
    return table.set_index("dimension_code").join(known).assign(design=design, skew=skew, n=n)


def given(rows: pd.DataFrame, plans: list[dict[str, Any]], strata: list[dict[str, Any]]) -> dict[str, Any]:
    few = frames({"sampling_plan": plans, "sampling_stratum": strata})
    sample = pd.DataFrame({
        "sample_id": rows.sample_id, "plan_id": rows.plan_id, "platform_code": rows.plan_id,
        "stratum": rows.stratum.astype(str), "inclusion_probability": rows.pi, "units_sold": rows.units,
        "purchased_on": date(2026, 1, 10),
    })  # fmt: skip
    conclusion = pd.DataFrame({
        "sample_id": rows.sample_id, "stage": "first", "issued_on": date(2026, 1, 20),
        "outcome": np.where(rows.failed, "nonconforming", "conforming"),
    })  # fmt: skip
    for table, own in (("sample", sample), ("standing_conclusion", conclusion)):
        given = own.assign(_jurisdiction=deployment().code, _currency=deployment().currency)
        few[table] = given.reindex(columns=few[table].columns)
    return few


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Of each design, skew, n and rate: share of draws shown, share of the shown whose limits hold the truth
    and miss it on either side, median half-width, mean of published rates and truth."""
    shown = table[table.exposure_rate.notna()]
    held = shown.assign(
        below=shown.exposure_high < shown.truth, above=shown.exposure_low.fillna(0) > shown.truth,
        half=(shown.exposure_high - shown.exposure_low.fillna(0)) / 2,
    )  # fmt: skip
    by = ["design", "skew", "n", "of"]
    found = held.groupby(by).agg(
        draws=("truth", "size"), truth=("truth", "first"), published=("exposure_rate", "mean"),
        truth_above=("below", "mean"), truth_below=("above", "mean"), half_width=("half", "median"),
    )  # fmt: skip
    every = table.groupby(by).size()
    return found.assign(
        share_shown=found.draws / every, covered=1 - found.truth_above - found.truth_below
    ).reset_index()


@cache
def coverage(design: str, skew: float, n: int) -> pd.DataFrame:
    """The summary of one case, made once for all tests that read it."""
    return summary(published(design, skew, n))


@pytest.mark.parametrize(("design", "skew", "n"), CASES)
def test_limits_of_what_is_shown_cover_94_5_per_cent_and_neither_side_misses_more_than_3_5(design, skew, n):
    """And what is shown does not depend on the outcome: where it is most draws, its mean is the truth."""
    shown = coverage(design, skew, n).dropna()
    error = 2 * np.sqrt(0.035 * 0.965 / shown.draws)  # of the simulation itself
    assert (shown.covered >= 0.945 - error).all(), shown.to_string()
    assert (shown[["truth_above", "truth_below"]].max(axis=1) <= 0.035 + error).all(), shown.to_string()
    whole = shown[shown.draws > DRAWS / 2]
    assert (abs(whole.published - whole.truth) <= 0.005 + 2 * np.sqrt(whole.truth / 30 / whole.draws)).all()


@pytest.mark.parametrize(("skew", "n"), list(product(SKEWS, SIZES)))
def test_a_plan_drawn_by_sales_has_limits_at_most_seven_tenths_as_wide_where_both_are_shown(skew, n):
    even, by_sales = (coverage(design, skew, n).set_index("of") for design in DESIGNS)
    assert (by_sales.share_shown == 1).all()
    assert (by_sales.half_width <= 0.7 * even.half_width)[even.half_width.notna()].all(), (even, by_sales)


def test_the_page_shows_what_is_proven_here():
    proven = pd.concat([coverage(*case) for case in CASES], ignore_index=True)
    print(proven.round(4).to_string())
    shown = proven.dropna()
    assert len(shown) >= 24 and (shown.draws * shown.covered).sum() >= 0.945 * shown.draws.sum()
    with KEPT.open(encoding="utf-8", newline="") as file:
        kept = pd.DataFrame(list(csv.DictReader(file)))
    numbers = kept.drop(columns="design").replace("", np.nan).astype(float)
    pd.testing.assert_frame_equal(numbers, proven[numbers.columns].astype(float), rtol=0, atol=1e-4)
