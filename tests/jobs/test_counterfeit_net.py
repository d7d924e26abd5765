"""The anti-counterfeit net on a synthetic country: rings and goods that came back are found, and no one
else is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import pytest
from counterfeit_country import Country, country

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Engine
from jobs.lake.tables import Lake
from jobs.marts.counterfeit import counterfeit_task, counterfeit_time, relisting, repeat_offender
from jobs.marts.counterfeit.titles import plain, similarity
from jobs.period import Period

SEED, RECORDS = 5, 100_000
CASE = (
    "report_id reported_on brand_id platform_code category_code region_code shop_id listing_id "
    "finding verified_on taken_down_on confirmed_on enterprise_id operator_link state"
).split()


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = Embedded(Lake(tmp_path_factory.mktemp("lake")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def small(catalog: Catalog, engine: Engine) -> Country:
    return country(SEED, RECORDS, catalog, engine)


def test_goods_that_came_back_are_found_and_no_others(small: Country) -> None:
    found, true = set(small.tables["relisting"].listing_id), set(small.relistings.relisted_as)
    assert len(true) >= 5
    assert len(found & true) / len(found) >= 0.9 and len(found & true) / len(true) >= 0.7


def test_pairs_are_those_of_the_truth(small: Country) -> None:
    rows = small.tables["relisting"]
    true = set(zip(small.relistings.listing_id, small.relistings.relisted_as, strict=True))
    right = [pair in true for pair in zip(rows.first_listing_id, rows.listing_id, strict=True)]
    assert np.mean(right) >= 0.9


def test_sellers_of_rings_are_repeat_offenders_and_no_others(small: Country) -> None:
    codes = [c if isinstance(c, str) else f"N-{i}" for i, c in enumerate(small.world.enterprises.uscc)]
    ring = np.array(codes, object)[small.rings.enterprise]
    twice = set(ring[(small.rings.n_confirmed >= 2).to_numpy()])
    found = set(small.tables["repeat_offender"].enterprise_id)
    assert len(twice) >= 2 and found <= set(ring)
    assert len(found & twice) / len(twice) >= 0.7


def test_pairs_grow_with_the_listings_and_not_with_their_square(small: Country) -> None:
    removed = small.tables["relisting_candidate"].first_listing_id.nunique()
    assert len(small.tables["relisting_candidate"]) < 0.001 * removed * len(small.world.listings)


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        ("【正品】海龙电水壶 HL-200 包邮", "海龍電水壺 ＨＬ２００（合成）", True),
        ("海龙电水壶 HL-200", "海龙电水壶 HL-300", False),
        ("海龙电水壶 HL-200", "海龙电水壶", True),
        ("海龙电水壶 HL-200", "华棠电水壶", False),
        ("", "海龙电水壶", False),
    ],
)
def test_titles_are_alike_whatever_is_advertised_and_not_where_models_differ(
    one: str, two: str, alike: bool
) -> None:
    first, second = plain(pd.Series([one, two]))
    assert (similarity(first, second) >= 0.6) == alike
    assert similarity(first, second) == similarity(second, first)


@pytest.mark.parametrize(
    ("today", "taken_down", "due", "met"),
    [
        (date(2026, 3, 9), None, False, False),  # its last day is not over
        (date(2026, 3, 10), None, True, False),
        (date(2026, 3, 10), date(2026, 3, 9), True, True),  # on the last day
        (date(2026, 3, 11), date(2026, 3, 10), True, False),
    ],
)
def test_a_takedown_is_due_once_its_last_day_is_over(
    today: date, taken_down: date | None, due: bool, met: bool
) -> None:
    row = {"report_id": "r", "finding": "counterfeit", "verified_on": date(2026, 3, 2)}
    cases = pd.DataFrame([row | {"taken_down_on": taken_down}])
    last = pd.Series([pd.Timestamp(2026, 3, 9)])
    step = counterfeit_time.STEPS["verification_to_takedown"]
    found = counterfeit_time.begun(cases, step, last, pd.Timestamp(today)).iloc[0]
    assert (bool(pd.notna(found["due"])), bool(found["met"])) == (due, met)


def test_a_lake_without_reports_has_no_offender_no_relisting_and_no_task() -> None:
    """Nor does it need any setting, and no figure is made up."""
    case = pd.DataFrame(columns=CASE)
    none, period = pd.DataFrame(), Period(date(2026, 6, 30))
    again = relisting.build(
        relisting_candidate=none, counterfeit_case=case, counterfeit_setting=none, period=period
    )
    often = repeat_offender.build(
        counterfeit_case=case, relisting=again, counterfeit_setting=none, period=period
    )
    region = pd.DataFrame(columns=["region_code", "level", "parent_code"])
    times = counterfeit_time.build(counterfeit_case=case, calendar=none, region=region, period=period)
    tasks = counterfeit_task.build(
        counterfeit_case=case, relisting=again, repeat_offender=often, calendar=none, period=period
    )
    assert [len(t) for t in (again, often, times, tasks)] == [0, 0, 0, 0]


def test_rows_may_arrive_in_any_order(small: Country) -> None:
    names = ("relisting_candidate", "counterfeit_case")
    mixed = {n: small.tables[n].sample(frac=1, random_state=3).reset_index(drop=True) for n in names}
    setting = pd.DataFrame(
        {
            "version": "1",
            "setting": ["title_threshold", "repeat_window_months", "repeat_least"],
            "value": [0.7, 24.0, 2.0],
            "valid_from": date(2015, 1, 1),
            "valid_to": None,
        }
    )
    period = Period(date(2026, 6, 30))
    again = relisting.build(**mixed, counterfeit_setting=setting, period=period)
    often = repeat_offender.build(
        counterfeit_case=mixed["counterfeit_case"],
        relisting=again.sample(frac=1, random_state=4),
        counterfeit_setting=setting,
        period=period,
    )
    for name, frame in (("relisting", again), ("repeat_offender", often)):
        wanted = small.tables[name].map(lambda v: list(v) if isinstance(v, np.ndarray) else v)
        same = frame.astype(object).map(str) == wanted.astype(object).map(str)
        assert same.to_numpy().all(), name
