"""Eighteen months and thirty single nights of a country, in any order and on each engine, end where the same
files at once end, and as the truth says."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from country_home import (
    Country,
    day_by_day,
    differing,
    home_of,
    ledger_differences,
    quarantine_differences,
    unbalanced,
)
from homes import few_tables

from jobs.simulate.country.country import Settings

pytestmark = pytest.mark.proof
UNTIL = date(2026, 6, 17)  # in a month under way
# What Spark builds in the thirty nights: a night of all tables there takes minutes.
ON_SPARK = (
    "gold.commerce_concentration",
    "gold.standard_coverage",
    "gold.sampling_ledger",
    "silver.quarantine",
)


def test_thirty_single_nights_end_in_the_tables_of_one(tmp_path: Path):
    country = Country(
        tmp_path / "country", Settings(records=30_000, until=date(2026, 6, 17), months=18, nights=30)
    )
    at_once = home_of(tmp_path / "at_once")
    country.arrive(at_once, None, country.days[-1])
    at_once.night(country.days[-1])
    assert quarantine_differences(at_once, country, country.days[-1]) == []
    assert ledger_differences(at_once, country, country.days[-1]) == [] and unbalanced(at_once) == []
    home = home_of(tmp_path / "home", at_once)
    day_by_day(country, home)
    assert len(at_once.hashes()) >= 50 and differing(home, at_once) == []


@pytest.mark.parametrize("engine", ["embedded", "spark"])
def test_thirty_nights_in_random_order_end_in_the_tables_of_one(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
):
    country = Country(
        tmp_path / "country", Settings(records=20_000, until=date(2026, 6, 17), months=4, nights=30)
    )
    tables = None
    if engine == "spark":
        request.getfixturevalue("spark")
        tables = few_tables(*ON_SPARK)
    at_once = home_of(tmp_path / "at_once")
    one_by_one = home_of(tmp_path / "one_by_one", at_once)
    for home in (at_once, one_by_one):
        home.tables, home.env = tables, replace(home.env, engine=engine)
    country.arrive(at_once, None, country.days[-1])
    shuffled = list(enumerate(country.days))
    random.Random(1).shuffle(shuffled)
    # Files arrive in any order, and each night has the next date.
    last = country.days[-1] + timedelta(days=len(shuffled))
    for left, (number, day) in enumerate(shuffled, 1 - len(shuffled)):
        country.arrive(one_by_one, day if number else None, day)
        one_by_one.night(last + timedelta(days=left))
    _, result = at_once.night(last)
    assert (result.stale, unbalanced(one_by_one)) == ({}, [])
    assert len(at_once.hashes()) > 20 and differing(one_by_one, at_once) == []
