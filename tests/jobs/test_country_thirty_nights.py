"""Eighteen months and thirty single nights of a country end where the same files at once end, and as the
truth says."""

from __future__ import annotations

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

from jobs.simulate.country.country import Settings

pytestmark = pytest.mark.proof


def test_thirty_single_nights_end_in_the_tables_of_one(tmp_path: Path):
    country = Country(tmp_path / "country", Settings(records=30_000, nights=30))
    at_once = home_of(tmp_path / "at_once")
    country.arrive(at_once, None, country.days[-1])
    at_once.night(country.days[-1])
    assert quarantine_differences(at_once, country, country.days[-1]) == []
    assert ledger_differences(at_once, country, country.days[-1]) == [] and unbalanced(at_once) == []
    home = home_of(tmp_path / "home", at_once)
    day_by_day(country, home)
    assert len(at_once.hashes()) >= 50 and differing(home, at_once) == []
