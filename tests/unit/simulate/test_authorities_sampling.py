"""The authorities' sampling: probability plans keep their word, targeted ones are aimed, events follow the
procedure."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from silver_like import silver_like

from jobs.marts.standards import judgement_audit
from jobs.period import Period
from jobs.simulate.country.authorities.dossier import Dossier, dossier
from jobs.simulate.country.authorities.draws import LEAST, Plan, chances, drawn_by_chance, strata
from jobs.simulate.country.authorities.ground_truth import true_rates
from jobs.simulate.country.authorities.illegal import HISTORIES
from jobs.simulate.country.authorities.plans import plans
from jobs.simulate.country.authorities.procedure import STEPS
from jobs.simulate.country.authorities.results import TEXT_LIMIT
from jobs.simulate.country.world import world

D = "datetime64[D]"
UNTIL = date(2026, 6, 17)  # in a month under way


@pytest.fixture(scope="module")
def book() -> Dossier:
    return dossier(world(7, 200_000, UNTIL, 18))


@pytest.fixture(scope="module")
def truth(book) -> pd.DataFrame:
    return pd.concat(book.truth["samples"], ignore_index=True)


@pytest.fixture(scope="module")
def events(book) -> pd.DataFrame:
    """Events that the procedure allows."""
    filed = book.table("sampling_event")
    added = set(pd.concat(book.truth["illegal"]).event_id)
    return filed[~filed.event_id.isin(added)]


def judged(truth: pd.DataFrame) -> pd.DataFrame:
    return truth[truth.outcome.isin(["conforming", "nonconforming"])]


def probability_plans(book: Dossier) -> pd.DataFrame:
    every = plans(book.market)
    return every[every.type == "probability"]


@pytest.mark.slow
def test_the_strata_of_a_plan_partition_what_was_sold_in_its_frame_month(book):
    for plan in probability_plans(book).itertuples(index=False):
        filed, of = strata(book.market, plan)
        units = book.market.units(plan.quarter)
        inside = units > 0
        if plan.office != "CN":
            inside &= book.market.provinces[book.market.province] == plan.office
        assert ((of >= 0) == inside).all(), plan.plan_id
        assert list(filed.population) == list(np.bincount(of[of >= 0], minlength=len(filed))), plan.plan_id
        assert filed.units_sold.sum() == units[inside].sum(), plan.plan_id
        assert not filed.stratum.duplicated().any(), plan.plan_id


def first_plan(book: Dossier, proportional: bool) -> Plan:
    every = probability_plans(book)
    chosen = every[(every.proportional == proportional) & (every.office == "CN")]
    return next(chosen.itertuples(index=False))


def test_draws_are_proportional_to_sales_in_the_last_twelve_months(book):
    every = probability_plans(book)
    assert every.quarter[every.proportional].min() == np.datetime64("2025-07", "M")


def test_no_stratum_has_more_purchases_than_listings_or_fewer_than_two(book):
    for plan in probability_plans(book).itertuples(index=False):
        filed, _ = strata(book.market, plan)
        assert (filed.planned <= filed.population).all(), plan.plan_id
        assert (filed.planned >= np.minimum(LEAST, filed.population)).all(), plan.plan_id


@pytest.mark.parametrize("proportional", [False, True])
def test_every_listing_of_a_stratum_has_the_stated_chance(book, proportional):
    """Over many seeds the share of draws that hold a listing is its π: within six standard errors of a
    binomial."""
    plan = first_plan(book, proportional)
    filed, of = strata(book.market, plan)
    hits, times = np.zeros(len(of)), 300
    for number in range(times):
        again = plan._replace(plan_id=f"again {number}")  # other random numbers
        drawn = drawn_by_chance(book.market, again, filed, of)
        assert not drawn.listing.duplicated().any()
        assert (drawn.groupby("stratum").size()[filed.stratum].to_numpy() == filed.planned).all()
        hits[drawn.listing] += 1
    inside = np.flatnonzero(of >= 0)
    chance = chances(filed, of[inside], book.market.units(plan.quarter)[inside], proportional)
    error = np.sqrt(chance * (1 - chance) / times)
    certain = chance == 1
    assert (hits[inside][certain] == times).all() and certain.any() == proportional
    z = (hits[inside] / times - chance)[~certain] / np.maximum(error[~certain], 0.5 / times)
    assert abs(z.mean()) < 4 / np.sqrt(len(z)) + 1e-9 and np.abs(z).max() < 6


def test_exposure_weights_of_a_proportional_draw_are_even_and_add_up_to_what_was_sold(book):
    """units / π is the same for all listings of a stratum that are not drawn for certain; these sell at least
    as much; the weights of a stratum add up to its units sold."""
    for plan in probability_plans(book).query("proportional").itertuples(index=False):
        filed, of = strata(book.market, plan)
        drawn = drawn_by_chance(book.market, plan, filed, of)
        drawn["weight"] = drawn.units_sold / drawn.inclusion_probability
        assert ((drawn.inclusion_probability > 0) & (drawn.inclusion_probability <= 1)).all()
        sold = filed.set_index("stratum").units_sold
        assert np.allclose(drawn.groupby("stratum").weight.sum(), sold[sorted(filed.stratum)])
        by_chance = drawn[drawn.inclusion_probability < 1].groupby("stratum").weight
        assert np.allclose(by_chance.min(), by_chance.max())
        for_certain = drawn[drawn.inclusion_probability == 1].groupby("stratum").units_sold.min()
        both = for_certain.index.intersection(by_chance.groups)
        assert (for_certain[both] >= by_chance.min()[both] - 1e-9).all()


def test_a_plan_drawn_in_proportion_to_sales_has_limits_at_most_seven_tenths_as_wide(book):
    """By the effective sizes (L. Kish) of one plan drawn both ways."""
    plan, size = first_plan(book, True), {}
    filed, of = strata(book.market, plan)
    for proportional in (False, True):
        drawn = drawn_by_chance(book.market, plan._replace(proportional=proportional), filed, of)
        weight = drawn.units_sold / drawn.inclusion_probability
        size[proportional] = weight.sum() ** 2 / (weight**2).sum()
    assert np.sqrt(size[False] / size[True]) <= 0.7


def test_a_sample_states_the_probability_of_its_draw(book):
    samples = book.table("sample")
    for plan in probability_plans(book).itertuples(index=False):
        filed, of = strata(book.market, plan)
        drawn = drawn_by_chance(book.market, plan, filed, of)
        listing_id = book.market.world.listings["listing_id"].to_numpy(object)[drawn.listing]
        of_listing = pd.Series(drawn.inclusion_probability.to_numpy(), listing_id)
        mine = samples[samples.plan_id == plan.plan_id]
        assert np.allclose(mine.inclusion_probability.astype(float), of_listing[mine.listing_id])
        if not plan.proportional:
            share = (filed.planned / filed.population).set_axis(filed.stratum)
            assert np.allclose(mine.inclusion_probability.astype(float), share[mine.stratum])
    filed = book.table("sampling_stratum").set_index(["plan_id", "stratum"])
    orders = book.table("sampling_order").groupby(["plan_id", "stratum"]).size()
    assert (orders == filed.planned.reindex(orders.index)).all()


def test_only_probability_plans_state_probabilities(book, truth):
    merged = book.table("sample").merge(truth[["sample_id", "type"]], on="sample_id")
    assert (merged.inclusion_probability.notna() == (merged.type == "probability")).all()


@pytest.mark.parametrize(("proportional", "rate"), [(False, "listing"), (True, "exposure")])
def test_weighted_samples_estimate_the_true_rate_of_the_market(book, truth, proportional, rate):
    """Σ w·p over the nation's samples that are tested is near the true rate among such goods: the design is
    unbiased."""
    chosen = probability_plans(book).query("office == 'CN' and proportional == @proportional")
    merged = book.table("sample").merge(truth, on="sample_id", suffixes=("", "_t"))
    nation = merged[merged.plan_id.isin(chosen.plan_id) & merged.outcome.notna()]
    weight = (nation.units_sold if proportional else 1) / nation.inclusion_probability
    estimate = (weight * nation.true_rate).sum() / weight.sum()
    months = sorted({str(quarter)[:7] for quarter in chosen.quarter})
    rates = pd.concat([true_rates(book.market, np.datetime64(m, "M")) for m in months])
    part = rates.tested_listings if rate == "listing" else rates.tested_units
    true = (rates[f"tested_{rate}_rate"] * part).sum() / part.sum()
    error = np.sqrt((weight**2 * (nation.true_rate - estimate) ** 2).sum()) / weight.sum()
    assert len(nation) > 100 and abs(estimate - true) < 3 * error


def test_a_country_of_two_million_records_has_twelve_thousand_batches_a_year_half_of_them_by_chance(book):
    """The sizes of its plans, in all provinces every quarter; smaller countries have as much less."""
    market = copy(book.market)
    market.world = replace(market.world, records=2_000_000)
    large, small = (
        plans(m).groupby(["type", "quarter"]).purchases.sum().unstack() for m in (market, book.market)
    )
    assert (large.sum() * 4).between(11_900, 12_100).all() and (large.loc["probability"] * 4 == 6_000).all()
    assert (small.sum() * 4).between(1_150, 1_250).all()
    offices = plans(market).query("type == 'probability' and office != 'CN'").groupby("quarter").office
    assert (offices.nunique() == 31).all()


def test_the_share_of_failures_in_probability_samples_is_what_truth_and_bias_make_it(truth):
    rows = judged(truth[truth.type == "probability"])
    expected = np.clip(rows.true_rate + rows.lab_bias, 0, 1)
    error = np.sqrt((expected * (1 - expected)).sum()) / len(rows)
    assert abs((rows.outcome == "nonconforming").mean() - expected.mean()) < 3.5 * error


def test_the_biased_laboratory_finds_more_and_the_slow_one_takes_longer(book, truth):
    labs = book.market.world.labs
    biased, slow = labs.lab_id[labs.bias.argmax()], labs.lab_id[labs.speed_days.argmax()]
    found = (
        judged(truth)
        .assign(wrong=lambda r: (r.outcome == "nonconforming") & ~r.true_fail)
        .groupby("lab_id")
        .wrong.mean()
    )
    assert found[biased] > 0.04 and (found.drop(biased) < 0.03).all()
    lines = (
        book.table("test_result")
        .drop_duplicates("sample_id")
        .merge(
            book.table("sample")[["sample_id", "lab_id", "purchased_on"]],
            on="sample_id",
        )
    )
    days = (lines.tested_on - lines.purchased_on).dt.days.groupby(lines.lab_id).median()
    assert days.idxmax() == slow and days[slow] > 1.5 * days.drop(slow).median()


def test_a_re_inspection_overturns_exactly_what_the_second_laboratory_does_not_find(book, truth):
    again = pd.concat(book.truth["reinspections"], ignore_index=True).merge(
        truth[["sample_id", "outcome"]], on="sample_id"
    )
    assert (again.outcome == "nonconforming").all() and again.overturned.any() and not again.overturned.all()
    second = book.table("conclusion")
    second = second[second.stage == "reinspection"].set_index("sample_id").outcome
    assert (again.overturned.to_numpy() == (second[again.sample_id] == "conforming").to_numpy()).all()


def test_a_conclusion_agrees_with_its_items_and_a_failing_class_a_item_is_serious(book):
    lines, first = book.table("test_result"), book.table("conclusion")
    first = first[first.stage == "first"].set_index("sample_id")
    fails = (lines.lab_verdict == "nonconforming").groupby(lines.sample_id).any()
    grave = (
        ((lines.lab_verdict == "nonconforming") & (lines.item_class == "A")).groupby(lines.sample_id).any()
    )
    assert (fails == (first.outcome == "nonconforming").reindex(fails.index)).all()
    assert (grave == first.serious.astype(bool).reindex(grave.index)).all()
    assert lines.groupby("sample_id").size().between(2, 6).all()


def test_values_bear_out_the_verdicts_except_where_truth_says_so(book, truth):
    lines = book.table("test_result")
    lines = lines[lines.lab_verdict != "not_judged"]
    low = pd.to_numeric(lines.limit_low.fillna(lines.claim_low), errors="coerce")
    high = pd.to_numeric(lines.limit_high.fillna(lines.claim_high), errors="coerce")
    value = pd.to_numeric(lines.value_text, errors="coerce")
    beyond = (value < low) | (value > high) | (lines.value_text == "不符合")
    odd = set(lines.sample_id[beyond != (lines.lab_verdict == "nonconforming")])
    assert odd == set(truth.sample_id[truth.contradicts_its_values])
    assert lines.value_text.str.startswith("<").any() and (low.notna() & high.notna()).any()


def test_the_audit_finds_exactly_the_verdicts_that_values_do_not_bear_out(book, truth):
    keys = {
        "test_result": ("sample_id", "item_code"),
        "sample": ("sample_id",),
        "conclusion": ("sample_id", "stage"),
        "standard": ("standard_no",),
    }
    given = {name: silver_like(book.table(name), *key) for name, key in keys.items()}
    requirement = silver_like(book.table("standard_requirement"), "requirement_id")
    pages = given["sample"].merge(
        book.market.world.listings[["listing_id", "standard_no"]].astype(object), on="listing_id"
    )
    lines = given["test_result"]
    turned = lines.index[lines.lab_verdict == "conforming"][::500]
    lines.loc[turned, "lab_verdict"] = "nonconforming"
    categories = book.market.world.references.categories[["category_code", "parent_code"]].astype(object)
    found = judgement_audit.build(
        **given,
        standard_requirement=requirement,
        page_claim=pages[["sample_id", "listing_id", "standard_no"]],
        product_category=categories,
        period=Period(lines.tested_on.max()),
    )
    items = found[(found.item_code != "") & (found.agreement == "contradicted")]
    assert set(items.sample_id) == set(truth.sample_id[truth.contradicts_its_values]) | set(
        lines.sample_id[turned]
    )
    assert len(turned) > 5 and set(items.reason) <= {"value", "rounding"}


def test_limits_are_those_of_the_requirement_of_the_edition(book):
    lines = book.table("test_result").merge(
        book.table("sample")[["sample_id", "category_code"]], on="sample_id"
    )
    lines = lines[lines.limit_low.notna() | (lines.limit_high.notna() & (lines.limit_high != TEXT_LIMIT))]
    known = book.table("standard_requirement").rename(columns={"product_code": "category_code"})
    both = lines.merge(known, on=["standard_no", "category_code", "item_code"], suffixes=("", "_r"))
    assert len(both) == len(lines) > 500
    assert (both.limit_high.fillna("") == both.limit_high_r).all() and (
        both.limit_low.fillna("") == both.limit_low_r
    ).all()


def test_the_edition_valid_on_the_production_date_judges(book):
    lines = book.table("test_result").merge(
        book.table("sample")[["sample_id", "produced_on"]], on="sample_id"
    )
    dated = book.table("standard").drop_duplicates("standard_no", keep="last").set_index("standard_no")
    lines = lines[lines.standard_no.notna()]
    since, until = (dated[c].reindex(lines.standard_no).to_numpy(D) for c in ("valid_from", "valid_to"))
    made = lines.produced_on.to_numpy(D)
    assert (since <= made).all() and (np.isnat(until) | (made <= until)).all()


def moments(events: pd.DataFrame) -> pd.DataFrame:
    return events.pivot(index="sample_id", columns="event", values="happened_at")


ORDER = [
    ("tested", "result_issued"),
    ("result_issued", "result_notified"),
    ("result_notified", "objected"),
    ("objected", "reinspection_requested"),
    ("reinspection_requested", "reinspection_issued"),
    ("reinspection_issued", "objection_overturned"),
    ("result_notified", "finalised"),
    ("finalised", "published"),
    ("takedown_ordered", "taken_down"),
    ("rectification_ordered", "rectified"),
    ("rectified", "recheck_organised"),
    ("recheck_organised", "recheck_passed"),
    ("recheck_failed", "recheck_failure_announced"),
    (
        "recheck_failure_announced",
        "second_recheck_organised",
    ),
    ("enforcement_opened", "enforcement_closed"),
    ("result_notified", "takedown_ordered"),
    ("result_notified", "rectification_ordered"),
]


@pytest.mark.parametrize(("before", "after"), ORDER)
def test_events_are_in_order(events, before, after):
    filed = moments(events)
    both = filed[[before, after]].dropna()
    assert len(both) and (both[before] < both[after]).all()


def test_events_are_learned_of_after_they_happen_and_nothing_is_twice(book):
    filed = book.table("sampling_event")
    assert (filed.learned_at > filed.happened_at).all() and not filed.event_id.duplicated().any()


def test_objections_come_within_fifteen_days_and_second_rechecks_between_sixty_and_ninety(events):
    filed = moments(events)
    days = {
        pair: (filed[pair[1]].dt.normalize() - filed[pair[0]].dt.normalize()).dt.days.dropna()
        for pair in (
            ("result_notified", "objected"),
            ("result_notified", "reinspection_requested"),
            (
                "recheck_failure_announced",
                "second_recheck_organised",
            ),
        )
    }
    first, second, third = days.values()
    assert first.between(0, 15).all() and second.between(0, 15).all() and third.between(60, 90).all()


def test_each_refusal_of_the_procedure_is_planted_and_told_with_its_reason(book):
    added = pd.concat(book.truth["illegal"], ignore_index=True)
    assert set(HISTORIES) | {"same_lab", "after_exit"} == set(added.reason)
    filed = book.table("sampling_event").set_index("event_id")
    assert set(added.event_id) <= set(filed.index)
    assert (filed.event[added.event_id].to_numpy() == added.event.to_numpy()).all()
    assert not added.sample_id.duplicated().any()


def test_every_step_of_the_procedure_occurs(book):
    assert set(STEPS) | {"exited"} == set(book.table("sampling_event").event)


def test_split_samples_show_the_laboratory_that_reads_values_too_high(book):
    results = book.table("split_result")
    assert (results.groupby("split_id")["lab_id"].nunique() == 3).all()
    first = results.merge(book.table("sample")[["sample_id", "lab_id"]], on=["sample_id", "lab_id"])
    assert first.split_id.nunique() == results.split_id.nunique()  # the first test's laboratory has a share
    value = np.log(pd.to_numeric(results.value_text, errors="coerce").where(lambda v: v > 0))
    same = [results.split_id, results.item_code]
    away = value - value.groupby(same).transform("median")
    # Where one finds a failure that the others do not, its value is another one altogether.
    agreed = results.lab_verdict.groupby(same).transform("nunique") == 1
    shift = away[agreed].groupby(results.lab_id).mean()
    assert shift.idxmax() == "LAB02" and 0.03 < shift["LAB02"] < 0.08
    assert (shift.drop("LAB02").abs() < 0.02).all()
    planted = book.market.world.labs.set_index("lab_id")
    assert planted.value_bias["LAB02"] == 0.06 and (planted.value_bias.drop("LAB02").abs() < 0.02).all()
