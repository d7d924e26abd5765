"""Proof of gold.repeat_offender and gold.relisting on seeded countries, through files, landing, linkage and
the night: planted rings and goods that came back are found, and hardly anything else is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from country_home import Country
from homes import Home, few_tables

from jobs.simulate.country.country import Settings

pytestmark = [pytest.mark.proof, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
SEEDS = range(11, 31)
RECORDS, UNTIL = 60_000, date(2026, 6, 30)
TABLES = ("gold.repeat_offender", "gold.relisting", "gold.counterfeit_task", "gold.counterfeit_time")


class Found(NamedTuple):
    """Of one country: gold, and what is true."""

    offenders: pd.DataFrame
    relistings: pd.DataFrame
    rings: pd.DataFrame
    truth: pd.DataFrame
    operators: dict[str, int]  # enterprise of the truth by identifier in the lake


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> list[Found]:
    return [lived(tmp_path_factory.mktemp(f"seed{seed}"), seed) for seed in SEEDS]


def lived(folder: Path, seed: int) -> Found:
    country = Country(folder / "country", Settings(RECORDS, UNTIL, seed))
    home = Home(folder / "home", None, "commerce", tables=few_tables(*TABLES))
    country.arrive(home, None, UNTIL)
    home.night(UNTIL)
    shops = country.truth("shop").set_index("shop_id")["enterprise"]
    linked = pd.DataFrame(home.ask("SELECT shop_id, enterprise_id FROM silver.shop_operator"))
    owner = linked["shop_id"].map(shops)
    code = country.truth("enterprise").set_index("uscc")["enterprise"].to_dict()
    # A code is its own truth; an identifier that linkage made stands for the operator of most of its shops.
    most = owner.groupby(linked["enterprise_id"]).agg(lambda s: s.mode().iloc[0])
    operators = {e: int(code.get(e, most[e])) for e in most.index}
    return Found(
        pd.DataFrame(home.ask("SELECT * FROM gold.repeat_offender")),
        pd.DataFrame(home.ask("SELECT * FROM gold.relisting")),
        country.truth("ring_truth"),
        country.truth("relisting_truth"),
        operators,
    )


def scores(found: set[object], true: set[object], wanted: set[object]) -> tuple[int, int, int, int]:
    """Right and all of ``found`` by ``true``, found and all of ``wanted``."""
    return len(found & true), len(found), len(found & wanted), len(wanted)


def judged(name: str, rows: list[tuple[int, int, int, int]]) -> None:
    right, found, met, wanted = (sum(column) for column in zip(*rows, strict=True))
    print(
        f"{name}: precision {right}/{found} = {right / found:.3f}, recall {met}/{wanted} = {met / wanted:.3f}"
    )
    assert found >= 10 and wanted >= 10
    assert right / found >= 0.9 and met / wanted >= 0.7


def test_goods_that_came_back_are_found(countries: list[Found]) -> None:
    judged(
        "relisted goods",
        [
            scores(set(c.relistings["listing_id"]), true := set(c.truth["relisted_as"]), true)
            for c in countries
        ],
    )


def test_goods_that_no_report_names_are_found_as_well(countries: list[Found]) -> None:
    rows = []
    for c in countries:
        stated = set(c.relistings.loc[c.relistings["method"] == "stated", "listing_id"])
        own, true = set(c.relistings["listing_id"]) - stated, set(c.truth["relisted_as"]) - stated
        rows.append(scores(own, true, true))
    judged("relisted goods that no report names", rows)


def test_who_lists_again_is_the_same_or_another_as_it_is_in_truth(countries: list[Found]) -> None:
    """Of pairs whose operators are certain, at least nine in ten say rightly whether they are one."""
    right = []
    for c in countries:
        pairs = c.relistings.merge(
            c.truth, left_on=["first_listing_id", "listing_id"], right_on=["listing_id", "relisted_as"]
        )
        sure = pairs[pairs["operator_link"].isin(["same", "other"])]
        right += list((sure["operator_link"] == "same") == sure["same_operator"])
    print(f"same operator or another: {sum(right)} of {len(right)} right")
    assert len(right) >= 10 and sum(right) / len(right) >= 0.9


@pytest.mark.parametrize("grades", [("certain",), ("certain", "probable")])
def test_sellers_of_rings_are_found(countries: list[Found], grades: tuple[str, ...]) -> None:
    """Those with two confirmed counterfeits or more; certain ones alone, and with the probable ones."""
    rows = []
    for c in countries:
        shown = c.offenders[c.offenders["grade"].isin(grades)]
        found = {c.operators[e] for e in shown["enterprise_id"]}
        twice = c.rings[c.rings["n_confirmed"] >= 2]
        rows.append(scores(found, set(c.rings["enterprise"]), set(twice["enterprise"])))
    judged(f"repeat offenders ({', '.join(grades)})", rows)


def test_every_ring_is_found_by_a_seller_of_it(countries: list[Found]) -> None:
    found = wanted = 0
    for c in countries:
        ring = c.rings.set_index("enterprise")["ring"]
        many = c.rings.groupby("ring")["n_confirmed"].sum()
        rings = set(many.index[many >= 4])
        sellers = [c.operators[e] for e in c.offenders["enterprise_id"]]
        found += len(rings & {ring[s] for s in sellers if s in ring.index})
        wanted += len(rings)
    print(f"rings with four confirmed counterfeits or more: {found} of {wanted} found")
    assert wanted >= 4 and found / wanted >= 0.7
