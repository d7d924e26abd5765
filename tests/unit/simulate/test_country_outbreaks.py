"""Outbreaks of the synthetic country: which there are, and what buyers write of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.simulate.country.hazard_words import HAZARDS, REVIEWS, naming
from jobs.simulate.country.sales import review_rows
from jobs.simulate.country.trade import defect_rates, outbreak_hazards, together, trade, units_sold
from jobs.simulate.country.world import World, month_after, months_between, world

UNTIL = date(2026, 6, 17)


@pytest.fixture(scope="module")
def country() -> World:
    return world(7, 400_000, UNTIL, 18)


def calm(country: World) -> World:
    """The same country without outbreaks."""
    return replace(country, outbreaks=country.outbreaks.iloc[:0])


def naming_reviews(country: World, month: date, category: str, hazard: str) -> int:
    """Reviews of a month's orders that name a hazard of goods of a category, on the five giants."""
    many = 0
    for platform in range(5):
        lines, reviews = together([trade(country, platform, month)])
        rows, _ = review_rows(
            country, platform, np.array([date(2027, 1, 1)], "datetime64[D]"), lines, reviews
        )
        listing = lines.listing.to_numpy()[reviews.line.to_numpy()]
        of = country.listings.category_code.to_numpy(object)[listing] == category
        texts = np.array(rows.columns["text"].to_pylist(), object)
        many += sum(text.startswith(REVIEWS[hazard]) for text in texts[of])
    return many


def test_outbreaks_strike_unlike_goods_at_least_three_times_as_badly_in_unlike_months(country):
    rows = country.outbreaks
    assert len(rows) >= 2 and rows.category_code.is_unique and rows.first_month.is_unique
    assert (rows.factor >= 3).all() and (rows.pair_factor >= 3).all()
    assert rows.first_month.is_monotonic_increasing
    assert ((rows.last_month - rows.first_month).dt.days >= 28).all()
    assert (rows.first_month >= pd.Timestamp(month_after(country.start, 12))).all()


@pytest.mark.parametrize(
    "until",
    [date(2026, 6, 1), *(pytest.param(day, marks=pytest.mark.slow) for day in (UNTIL, date(2026, 6, 30)))],
)
def test_the_last_outbreak_is_under_way_on_the_last_day_and_can_be_seen_for_three_weeks(until):
    last = world(7, 200_000, until, 18).outbreaks.iloc[-1]
    assert (until - last.first_month.date()).days >= 28
    assert months_between(until, last.last_month.date()) >= 0


@pytest.mark.slow
def test_a_small_country_has_outbreaks_all_the_same():
    made = [world(seed, 8_000, date(2026, 2, 28), 5) for seed in (1, 2, 3)]
    assert all(len(w.outbreaks) == 2 and (w.outbreaks.factor >= 3).all() for w in made)


def test_in_an_outbreak_three_times_as_many_reviews_name_its_hazard(country):
    for one in country.outbreaks.head(2).itertuples():
        month = one.first_month.date()
        inside, usual = (
            naming_reviews(w, month, one.category_code, one.hazard) for w in (country, calm(country))
        )
        assert inside >= 3 * max(usual, 3), one


def test_who_is_hurt_writes_within_a_week_and_praises_nothing(country):
    month = country.outbreaks.first_month.iloc[0].date()
    found = []
    for platform in range(5):
        lines, reviews = together([trade(country, platform, month)])
        struck = ~pd.isna(outbreak_hazards(country, month, lines.listing.to_numpy()))
        hurt = struck & lines.defective.to_numpy()
        mine = reviews[hurt[reviews.line.to_numpy()]]
        after = mine.reviewed_on.to_numpy() - lines.known_on.to_numpy()[mine.line.to_numpy()]
        found.append(
            (hurt.sum(), len(mine), (mine.rating <= 3).sum(), (after <= np.timedelta64(7, "D")).sum())
        )
    hurt, written, low, soon = np.sum(found, axis=0)
    assert written > 0.8 * hurt > 10
    assert low > 0.9 * written and soon == written


def test_outbreaks_change_neither_what_is_ordered_nor_other_months(country):
    first = country.outbreaks.first_month.iloc[0].date()
    same = ["listing", "order", "line", "ordered_on", "quantity", "paid_fen", "region", "known_on"]
    inside, usual = (trade(w, 0, first) for w in (country, calm(country)))
    pd.testing.assert_frame_equal(inside.lines[same], usual.lines[same])
    before, as_usual = (trade(w, 0, month_after(first, -1)) for w in (country, calm(country)))
    pd.testing.assert_frame_equal(before.lines, as_usual.lines)
    pd.testing.assert_frame_equal(before.reviews, as_usual.reviews)


def test_outbreaks_raise_the_failing_share_of_all_units_by_less_than_a_point(country):
    """Over the last twelve months."""
    sold = failing = usual = 0.0
    for month in country.months[-12:]:
        units = units_sold(country, month)
        sold += units.sum()
        failing += (units * defect_rates(country, month)).sum()
        usual += (units * country.listings.defect_rate.to_numpy()).sum()
    assert usual < failing < usual + 0.01 * sold


def test_half_of_the_reviews_of_a_defect_name_one_of_the_hazards_of_the_goods():
    for parent, hazards in HAZARDS.items():
        assert sum(naming(parent, hazard) for hazard in hazards) == pytest.approx(0.5)
    assert naming("TX", "chemical") == 0.5
