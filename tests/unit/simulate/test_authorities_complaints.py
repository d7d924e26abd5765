"""Complaints follow defects and outbreaks; registers agree with the world; what is true is kept apart."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from stdnum.cn import ric, uscc

from jobs.environment import SCHEMAS
from jobs.simulate.country.authorities import complaints
from jobs.simulate.country.authorities.controls import controls
from jobs.simulate.country.authorities.dossier import Dossier, dossier
from jobs.simulate.country.authorities.ground_truth import true_rates
from jobs.simulate.country.authorities.standards import RENEWED, editions, renewed_on
from jobs.simulate.country.citing import cited
from jobs.simulate.country.hazard_words import COMPLAINTS
from jobs.simulate.country.trade import defect_rates, n_lines, outbreak_hazards
from jobs.simulate.country.words import SYNTHETIC
from jobs.simulate.country.world import world

D = "datetime64[D]"
MORE = 40  # times as many complaints as in life: as many as show what they follow
UNTIL = date(2026, 6, 17)  # in a month under way


@pytest.fixture(scope="module")
def book() -> Dossier:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(complaints, "MATTERS", MORE * complaints.MATTERS)
        return dossier(world(7, 400_000, UNTIL, 18))


@pytest.fixture(scope="module")
def matters(book) -> pd.DataFrame:
    return book.table("complaint")


@pytest.mark.slow
def test_complaints_per_unit_rise_with_the_failing_rate(book, matters):
    market, months = book.market, matters.received_on.to_numpy("datetime64[M]")
    units, failing, many = [], [], []
    for month in np.unique(months)[:12]:
        sold = market.units(month)
        units.append(sold)
        failing.append(market.failing(month) * sold)
        many.append(np.bincount(matters["_listing"][months == month], minlength=len(sold)))
    u, f, n = (np.sum(x, axis=0) for x in (units, failing, many))
    rate = f / np.maximum(u, 1)
    cut = np.quantile(rate[u > 0], [0.25, 0.75])
    low, high = (u > 0) & (rate <= cut[0]), (u > 0) & (rate >= cut[1])
    assert n[high].sum() / u[high].sum() > 2.5 * n[low].sum() / u[low].sum()


def test_an_outbreak_shows_in_the_complaints_of_its_goods(book, matters):
    """Complaints per unit of the goods of an outbreak, in its months against the others, rise by more than
    half of its factor's share."""
    market, w = book.market, book.market.world
    months = matters.received_on.to_numpy("datetime64[M]")
    inside, outside = np.zeros(2), np.zeros(2)
    for outbreak in w.outbreaks.itertuples():
        makers = (w.enterprises.cluster_code == outbreak.cluster_code).to_numpy()[
            w.listings.producer.to_numpy()
        ]
        hit = makers & (w.listings.category_code == outbreak.category_code).to_numpy()
        for month in np.arange(np.datetime64(w.start, "M"), np.datetime64(w.end, "M") + 1):
            count = hit[matters["_listing"].to_numpy()[months == month]].sum(), market.units(month)[hit].sum()
            if np.datetime64(outbreak.first_month, "M") <= month <= np.datetime64(outbreak.last_month, "M"):
                inside += count
            else:
                outside += count
    assert inside[0] / inside[1] > 1.5 * outside[0] / outside[1]


def test_matters_are_one_to_eight_of_ten_thousand_orders(book, matters):
    """Of the fixture's forty times as many as in life: those for quality and all of the year's orders."""
    world = book.market.world
    months = world.months[-13:-1]  # the last one is under way
    year = matters[
        (matters.received_on >= pd.Timestamp(months[0]))
        & (matters.received_on < pd.Timestamp(world.months[-1]))
    ]
    orders = 0.78 * sum(n_lines(world, month).sum() for month in months)  # an order has 1.28 lines
    rate = year.drop_duplicates("matter_id").quality.sum() / MORE / orders * 1e4
    assert 3 < rate < 6 and year.matter_id.nunique() / MORE / orders * 1e4 < 8


def test_a_matter_through_two_channels_has_one_matter_id_and_a_letter_may_hold_two(matters):
    shared = matters.groupby("matter_id").channel.agg(["size", "nunique"])
    assert shared["size"].max() == 2 and (shared["nunique"][shared["size"] == 2] == 2).all()
    assert 0.05 < (shared["size"] == 2).mean() < 0.15
    assert matters.complaint_id.str.endswith("-2").any() and not matters.complaint_id.duplicated().any()


def test_kinds_have_their_own_steps_and_days_are_in_order(matters):
    assert set(matters.kind) == {"complaint", "report", "enquiry"}
    assert (
        matters.decided_on[matters.kind != "complaint"].isna().all()
        and matters.verified_on[matters.kind != "report"].isna().all()
    )
    for before, after in (
        ("received_on", "decided_on"),
        ("decided_on", "mediation_ended_on"),
        ("mediation_ended_on", "parties_told_on"),
        ("received_on", "verified_on"),
        ("verified_on", "case_decided_on"),
        ("case_decided_on", "reporter_told_on"),
    ):
        both = matters[[before, after]].dropna()
        assert len(both) and (both[before] <= both[after]).all(), after
    assert matters.mediation_ended_on[matters.accepted.ne(True)].isna().all()


def test_statutory_days_are_kept_or_missed_with_a_margin(matters):
    """No decision falls between 5 and 15 working days (the limit is 7), so that no holiday decides what is
    late."""
    rows = matters[matters.decided_on.notna()]
    days = np.busday_count(rows.received_on.to_numpy(D), rows.decided_on.to_numpy(D))
    assert not ((days > 5) & (days < 15)).any() and 0.03 < (days >= 15).mean() < 0.12


def test_texts_hold_planted_personal_data_and_truth_knows_all_of_it(book, matters):
    contacts = pd.concat(book.truth["contacts"], ignore_index=True).merge(
        matters[["complaint_id", "text"]], on="complaint_id"
    )
    assert set(contacts.kind) == {"phone", "id", "email"}
    assert all(value in text for value, text in zip(contacts.value, contacts.text, strict=True))
    bare = matters[~matters.complaint_id.isin(contacts.complaint_id)]
    assert (
        not bare.text.str.contains(r"@|\d{7}", regex=True).any()
        and bare.text.str.startswith("【合成】").all()
    )
    assert all(v[-1] == ric.calc_check_digit(v) for v in matters.complainant_ref.head(200))


def test_the_register_holds_every_enterprise_with_a_code_and_its_changes(book):
    rows, w = book.table("registration"), book.market.world
    assert set(rows.uscc) == set(w.enterprises.uscc.dropna()) and all(
        uscc.is_valid(c) for c in rows.uscc.head(300)
    )
    first, last = rows.drop_duplicates("uscc"), rows.drop_duplicates("uscc", keep="last")
    assert (first.status == "active").all() and {"revoked", "cancelled"} <= set(last.status)
    changed = rows[rows.duplicated("uscc")]
    assert (
        (changed["_known"] > pd.Timestamp(w.start)).all()
        and changed.former_names.map(len).any()
        and changed.address_text.str.endswith("（新址）").any()
    )
    assert not rows.duplicated("uscc", keep=False)[rows["_known"] < pd.Timestamp(w.start)].any()


def test_a_link_decision_says_who_runs_a_shop_or_who_does_not(book):
    w, rows = book.market.world, book.table("link_decision")
    true = w.enterprises.uscc.to_numpy(object)[w.shops.set_index("shop_id").enterprise[rows.shop_id]]
    assert (
        ((rows.uscc.to_numpy() == true) == rows.same.to_numpy()).all()
        and rows.same.any()
        and not rows.same.all()
    )


def test_whoever_is_found_dishonest_is_entered_on_the_day(book):
    rows, w = book.table("dishonesty_entry"), book.market.world
    found = w.enterprises[w.enterprises.dishonest_from.notna()]
    assert (
        len(rows) == len(found) > 20
        and (rows.listed_on.to_numpy(D) == found.dishonest_from.to_numpy(D)).all()
    )
    person = rows.operator_type == "natural_person"
    assert (rows.person_ref.notna() == person).all() and (rows.operator_uscc.isna() == person).all()


def test_counterfeits_are_found_out_and_rings_list_again(book):
    rows, w = book.table("counterfeit_report"), book.market.world
    false = w.listings.counterfeit.to_numpy()[rows["_listing"].to_numpy()]
    assert ((rows.finding == "counterfeit") <= false).all() and ((rows.finding == "genuine") <= ~false).all()
    again = rows[rows.relisted_as.notna()]
    new = w.listings.set_index("listing_id").loc[again.relisted_as]
    assert (
        len(again)
        and (new.listed_on.to_numpy(D) > again.taken_down_on.to_numpy(D)).all()
        and new.counterfeit.all()
    )
    old = w.listings.iloc[again["_listing"]]
    assert (new.brand.to_numpy() == old.brand.to_numpy()).all()
    assert (new.category_code.to_numpy() == old.category_code.to_numpy()).all()


def test_every_certificate_and_standard_that_a_listing_names_is_in_a_register(book):
    listings = book.market.world.listings
    assert set(listings.certificate_no.dropna()) == set(book.table("certificate").certificate_no)
    assert set(listings.standard_no.dropna()) <= set(book.table("standard").standard_no)
    assert set(book.table("standard_requirement").standard_no) <= set(book.table("standard").standard_no)
    assert {"valid", "superseded", "upcoming"} <= set(book.table("standard").status)


def test_recalls_match_listings_by_barcode_or_by_brand_and_model(book):
    rows = book.table("recall")
    home = rows[rows["_listing"] >= 0]
    listing = book.market.world.listings.iloc[home["_listing"].to_numpy()]
    assert (
        home.model.fillna("").to_numpy() == listing.model.astype(object).fillna("").to_numpy()
    ).all() and 0.2 < home.barcode.notna().mean() < 0.8
    assert (home.barcode.dropna() == listing.barcode.astype(object).to_numpy()[home.barcode.notna()]).all()


def test_the_text_of_a_recall_names_its_brand_and_its_model(book):
    rows = book.table("recall")
    assert set(rows["_listing"] >= 0) == {True, False}
    for row in rows.to_dict("records"):
        for part in (row["brand"], row["model"]):
            assert part is None or part.removesuffix(SYNTHETIC) in row["product_text"], row
    foreign = rows[rows["_listing"] < 0]
    assert foreign.model.is_unique and not foreign.model.isin(book.market.world.listings.model).any()


def test_hazards_and_certificate_types_stand_in_the_references(book):
    hazards = set(pd.read_csv(SCHEMAS / "reference" / "hazard.csv").hazard_code)
    assert set(book.table("customs_inspection").hazard_code.dropna()) <= hazards
    assert set(book.table("certificate").certificate_type) <= set(
        pd.read_csv(SCHEMAS / "reference" / "certificate_type.csv").certificate_type,
    )
    assert set(book.table("sampling_event").event) <= set(
        pd.read_csv(SCHEMAS / "reference" / "sampling_event_type.csv").event
    )


def test_goods_state_a_kind_of_certificate_that_is_for_their_category(book):
    types = pd.read_csv(SCHEMAS / "reference" / "certificate_type.csv").set_index("certificate_type")
    stated = book.table("certificate")[["certificate_type", "category_code"]].drop_duplicates()
    assert set(stated.certificate_type) == {"ccc", "medical_device", "radio_type_approval", "voluntary"}
    for kind, category in stated.itertuples(index=False):
        due = str(types.loc[kind, "category_codes"]).split(";")
        assert kind == "voluntary" or {category, category[:2]} & set(due), (kind, category)


def test_what_platforms_tell_answers_what_was_ordered(book):
    rows = controls(book)
    assert (
        set(rows.kind) == {"takedown", "acknowledgement", "self_inspection"}
        and not rows.control_id.duplicated().any()
    )
    samples = set(book.table("sample").sample_id)
    assert set(rows.sample_id.dropna()) <= samples
    taken = rows[rows.kind == "takedown"]
    assert (taken.learned_on <= taken.happened_on).all() and (taken.happened_on < taken["_known"]).all()
    own = rows[rows.kind == "self_inspection"]
    assert (own.n_removed <= own.n_checked).all() and 40 < own.platform_code.nunique() < 57


def test_true_rates_are_those_of_the_finite_population(book):
    month = np.datetime64("2025-05", "M")
    rates, market = true_rates(book.market, month), book.market
    sold, p = market.units(month), defect_rates(market.world, month.astype(D).astype(object))
    assert rates.n_listings.sum() == (sold > 0).sum() and rates.units_sold.sum() == sold.sum()
    assert (rates.listing_rate * rates.n_listings).sum() == pytest.approx(p[sold > 0].sum())
    assert (rates.exposure_rate * rates.units_sold).sum() == pytest.approx((p * sold).sum())


def test_personal_buyers_are_few_and_used_often(book):
    orders = book.table("sampling_order")
    assert orders.buyer_ref.nunique() <= 5 * 32 and orders.groupby("_office").buyer_ref.nunique().max() <= 5
    assert not any(re.search("合成", name) for name in orders.buyer_ref.unique())


def test_complaints_of_goods_in_an_outbreak_name_its_hazard(book, matters):
    """Nine in ten of those about quality; a product × hazard count rises where the outbreak is."""
    world_ = book.market.world
    month = matters.received_on.to_numpy("datetime64[M]")
    named, about = 0, 0
    for first in np.unique(month):
        rows = matters[
            (month == first) & matters.quality.to_numpy(bool) & (matters.kind != "enquiry").to_numpy()
        ]
        struck = outbreak_hazards(world_, first.astype(D).astype(object), rows["_listing"].to_numpy())
        for text, hazard in zip(rows.text, struck, strict=True):
            if hazard is not None:
                words = [w.replace("【合成】", "").split("{}") for w in COMPLAINTS[hazard]]
                named += any(all(part in text for part in parts) for parts in words)
                about += 1
    assert about > 20 and named / about > 0.7


def test_regions_work_on_leads_and_platforms_answer_notices_mostly_in_time(book):
    """A confirmed counterfeit becomes a case within two weeks, some later, some never; who acknowledges
    does so within days, some late, and some do not."""
    reports = book.table("counterfeit_report")
    true = reports[(reports.finding == "counterfeit") & reports.verified_on.notna()]
    cases = book.table("enforcement_case").set_index("case_id")
    opened = ("AJ-" + true.report_id).map(cases.opened_on)
    days = (opened - true.verified_on).dt.days
    assert 0.8 < days.notna().mean() < 0.98 and 0.8 < (days.dropna() <= 15).mean() < 0.98
    answers = book.table("acknowledgement")
    assert not answers.acknowledgement_id.duplicated().any()
    assert {"lead", "takedown_order", "restriction"} == set(answers.item_kind)
    taken = book.table("platform_control").query("kind == 'takedown'")
    signed = answers[answers.item_kind == "takedown_order"].merge(
        taken[["control_id", "learned_on"]], left_on="item_id", right_on="control_id"
    )
    lag = (signed.acknowledged_on - signed.learned_on).dt.days
    assert 0.85 < len(signed) / len(taken) < 0.98 and (lag >= 0).all()
    assert 0.85 < (lag <= 3).mean() < 0.98


def test_regions_answer_the_leads_that_they_are_sent_and_no_others(book):
    """The producer of a sample that names none is that of the listing's page; a suspected counterfeit says
    nothing of its producer."""
    samples = book.table("sample").set_index("sample_id")
    answers = book.table("acknowledgement").query("item_kind == 'lead'")
    assert answers.item_id.str.match("XS-[JS]-YP-").all()
    about = samples.reindex(answers.item_id.str[5:])
    producers = answers.item_id.str.startswith("XS-S-").to_numpy()
    reasons = about.exit_reason[producers]
    assert (reasons == "no_maker").sum() > 10 and not (reasons == "suspected_counterfeit").any()
    world_ = book.market.world
    claimed = world_.listings.set_index(world_.listings.listing_id.astype(str)).claimed
    bare = producers & (about.exit_reason == "no_maker").to_numpy()
    homes = world_.enterprises.region_code.to_numpy()[claimed[about.listing_id[bare].astype(str)]]
    assert answers.recipient_code[bare].tolist() == [f"region_{home[:2]}0000" for home in homes]


def test_pages_name_the_new_edition_of_their_standard_once_it_holds(book):
    """Most new goods from the first day, half of the older pages in the months after, none before."""
    world_ = book.market.world
    rows = np.flatnonzero(world_.listings.standard_no.isin(RENEWED).to_numpy())
    new = {edition for edition in editions(world_).values() if edition}
    before, end = (np.full(len(rows), day) for day in (renewed_on(world_) - 1, np.datetime64(UNTIL)))
    assert not set(cited(world_, rows, before)) & new
    current = pd.Series(cited(world_, rows, end)).isin(new)
    listed = world_.listings.listed_on.to_numpy(D)[rows]
    fresh = (listed >= renewed_on(world_)) & (listed <= np.datetime64(UNTIL))
    assert current[fresh].mean() > 0.85 and 0.3 < current[listed < renewed_on(world_)].mean() < 0.65
