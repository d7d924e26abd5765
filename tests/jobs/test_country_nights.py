"""A small country, its history and two single nights: what is planted ends as the truth says, and day by
day ends where all at once does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from country_home import (
    Country,
    day_by_day,
    differing,
    flag_differences,
    home_of,
    ledger_differences,
    operator_scores,
    quarantine_differences,
    silver_tables,
    unbalanced,
)
from homes import Home, few_tables
from leaks import leaks
from traced_country import beside_truth, records_elsewhere, traced

from jobs.contracts.catalog import Catalog
from jobs.simulate.country.country import Settings

BY_GROUP = (
    "gold.bulletin",
    "gold.complaint_matter",
    "gold.judgement_audit",
    "gold.sampling_lifecycle",
    "gold.sampling_refusal",
)

pytestmark = [
    pytest.mark.slow,  # tests/golden hold each rule
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.lineage,
]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    return Country(
        tmp_path_factory.mktemp("country"),
        Settings(records=4_000, until=date(2026, 6, 17), months=4, nights=2),
    )


@pytest.fixture(scope="module")
def at_once(country: Country, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = home_of(tmp_path_factory.mktemp("at_once") / "home")
    home.tables = Catalog({**silver_tables().contracts, **few_tables(*BY_GROUP).contracts})
    country.arrive(home, None, country.days[-1])
    home.night(country.days[-1])
    return home


def test_exactly_the_planted_rows_are_quarantined_each_by_its_rule(country: Country, at_once: Home):
    assert quarantine_differences(at_once, country, country.days[-1]) == []


def test_the_ledger_counts_what_was_planted_and_balances(country: Country, at_once: Home):
    assert ledger_differences(at_once, country, country.days[-1]) == [] and unbalanced(at_once) == []


def test_rows_that_are_only_flagged_are_there_and_say_so(country: Country, at_once: Home):
    assert flag_differences(at_once, country, country.days[-1]) == []


def test_shops_are_tied_to_the_operators_that_run_them(country: Country, at_once: Home):
    scores = operator_scores(at_once, country)
    assert scores["precision"] >= 0.99 and scores["recall"] >= 0.95 and scores["f1"] >= 0.97, scores


def test_batches_are_traced_to_those_who_really_made_and_sold_them(country: Country, at_once: Home):
    hops = beside_truth(country, traced(at_once))
    reached = hops[hops["break_reason"].isna()]
    right = reached["node_id"] == reached["truth"]
    assert reached.groupby("hop").size().min() >= 10
    assert right.groupby(reached["hop"]).mean().min() >= 0.99, reached[~right]
    sold = hops[hops["hop"] == "operator"]
    assert sold["break_reason"].isna().mean() >= 0.95


def test_a_maker_without_a_code_is_found_by_its_name(country: Country, at_once: Home):
    hops = beside_truth(country, traced(at_once, nameless_codes=True))
    made = hops[hops["hop"] == "producer"]
    by_name = made[made["method"].isin(["name", "name_place"])]
    assert len(by_name) >= 5 and (by_name["node_id"] == by_name["truth"]).all()
    assert (
        set(by_name["link_kind"]) == {"probabilistic"} and by_name["probability"].between(0.9, 0.9999).all()
    )
    assert not made["break_reason"].isin(["producer_not_registered", "producer_ambiguous"]).any()


def test_each_hop_leads_to_the_record_of_the_raw_file_that_it_comes_from(country: Country, at_once: Home):
    looked_up, wrong = records_elsewhere(at_once, traced(at_once))
    assert wrong == [] and {"silver.sample", "silver.listing", "silver.shop"} <= set(looked_up), looked_up


def test_a_history_and_two_single_nights_by_group_end_in_the_tables_of_one(
    country: Country, at_once: Home, tmp_path: Path
):
    home = home_of(tmp_path / "home", at_once)
    grouped = day_by_day(country, home)
    assert {"gold.bulletin", "gold.sampling_lifecycle"} <= set(grouped)
    assert set(BY_GROUP) <= set(at_once.hashes()) and differing(home, at_once) == []


def test_no_planted_personal_value_leaves_the_raw_store(country: Country, at_once: Home):
    personal = country.truth("personal")
    assert {"name", "phone", "id", "address", "email", "account"} <= set(personal.kind)
    assert leaks(at_once.root, personal) == []
    inbox = pd.concat([personal.query("kind == @kind").head(1) for kind in ("phone", "id", "name")])
    copy = at_once.root / "lake" / "planted.txt"
    copy.write_text(
        f"电话{inbox.value.iloc[0]}，证{inbox.value.iloc[1]}，{inbox.value.iloc[2]} {'。' * 40}",
        encoding="utf-8",
    )
    try:
        assert len(leaks(at_once.root, inbox)) == 3, "the search does not find what is there"
    finally:
        copy.unlink()
