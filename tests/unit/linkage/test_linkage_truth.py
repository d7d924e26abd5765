"""Operators as found against those of a country whose truth is known: several seeds and sizes, better and
worse filings.

Pairs of two certain records are left out of the second figure: the certain links must not hide a weak linker.
"""

from __future__ import annotations

import time

import pandas as pd
import pytest
from countries import Country, country, pairwise, with_register

from jobs.conform.linkage.resolve import resolve

pytestmark = pytest.mark.slow


def figures(made: Country) -> tuple[pd.DataFrame, dict[str, float], dict[str, float]]:
    """Links of the shops; precision, recall and F1 over all pairs of shops and register entries, and over
    those with one that is not certain."""
    links = resolve(**made.frames)
    found, truth = with_register(links, made)
    whole = pairwise(found["enterprise_id"], truth)
    return links, whole, pairwise(found["enterprise_id"], truth, found["kind"] == "deterministic")


@pytest.mark.parametrize(
    ("seed", "records"), [(1, 90_000), (2, 90_000), (3, 300_000)]
)  # 1,035 and 3,450 shops
def test_the_operators_of_the_country_are_found(seed: int, records: int) -> None:
    links, whole, probable = figures(country(seed, records))
    for found in (whole, probable):
        assert found["precision"] >= 0.99 and found["recall"] >= 0.95 and found["f1"] >= 0.97, (
            whole,
            probable,
        )
    share = links["basis"].value_counts(normalize=True)
    assert share["splink"] > 0.1 and share["operator_ref"] > 0.05, share


def test_the_linker_alone_finds_them_where_few_filed_a_code_and_filings_are_poor() -> None:
    made = country(9, 300_000, without_code=0.6, unregistered=0.2, of_one_owner=0.2, namesakes=0.2, worn=0.1)
    links, whole, probable = figures(made)
    assert (links["basis"] == "splink").mean() > 0.4
    assert probable["precision"] >= 0.99 and probable["recall"] >= 0.9, (whole, probable)


def test_links_are_the_same_in_any_order_of_the_rows() -> None:
    frames = country(4, 200_000, without_code=0.3, worn=0.1).frames
    one = resolve(**frames)
    other = resolve(**{name: frame.sample(frac=1, random_state=5) for name, frame in frames.items()})
    pd.testing.assert_frame_equal(one, other)


def test_later_shops_change_no_earlier_id() -> None:
    frames = country(6, 200_000, without_code=0.3).frames
    shop = frames["shop"]
    late = pd.to_datetime(shop["opened_on"]) >= pd.to_datetime(shop["opened_on"]).quantile(0.95)
    before = resolve(**{**frames, "shop": shop[~late].reset_index(drop=True)}).set_index("shop_id")[
        "enterprise_id"
    ]
    after = resolve(**frames).set_index("shop_id")["enterprise_id"].loc[before.index]
    assert late.any() and (before == after).mean() > 0.999


@pytest.mark.proof
def test_the_operators_of_120_000_shops_are_found() -> None:
    """With 70,000 register entries; prints how long it took."""
    made = country(7, 10_435_000)
    assert len(made.frames["shop"]) >= 120_000
    started, worked = time.perf_counter(), time.process_time()
    links = resolve(**made.frames)
    taken, cpu = time.perf_counter() - started, time.process_time() - worked
    found, truth = with_register(links, made)
    probable = pairwise(found["enterprise_id"], truth, found["kind"] == "deterministic")
    print(
        f"\n{len(links):,} shops, {len(made.registered):,} register entries: {taken:.1f} s, {cpu:.1f} s "
        f"of CPU; {probable}"
    )
    assert probable["precision"] >= 0.99 and probable["recall"] >= 0.95
