"""The world: whose identifiers are whole, how large and how uneven things are, what follows from a defect."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from stdnum.cn import ric, uscc

from jobs.environment import SCHEMAS
from jobs.simulate.country.authorities.standards import RENEWED, editions
from jobs.simulate.country.calendars import calendar
from jobs.simulate.country.counterfeits import CHEAPER, LIKENESS, WITHIN, courses, ring_of
from jobs.simulate.country.identities import wrong_check
from jobs.simulate.country.sales import order_rows
from jobs.simulate.country.streams import shared_out, stream
from jobs.simulate.country.trade import defect_rates, n_lines, outbreak_factors, together, trade, units_sold
from jobs.simulate.country.words import standard_of
from jobs.simulate.country.world import ORDER_LINES, World, started, world

UNTIL = date(2026, 6, 17)  # in a month under way


@pytest.fixture(scope="module")
def country() -> World:
    return world(7, 400_000, UNTIL, 18)


@pytest.fixture(scope="module")
def sales(country) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines and reviews of the five giants in four months."""
    return together([trade(country, p, m) for p in range(5) for m in country.months[8:12]])


def test_identifiers_have_valid_check_digits_and_belong_to_one(country):
    everyone = country.enterprises
    codes = everyone.uscc.dropna()
    assert codes.map(uscc.is_valid).all() and codes.is_unique and (codes.str[8] == "Y").all()
    assert (everyone.uscc.isna() == (everyone.type == "natural_person")).all()
    assert all(ric.calc_check_digit(i) == i[-1] for i in everyone.person_id) and everyone.person_id.is_unique
    assert everyone.phone.is_unique and everyone.phone.str.fullmatch("154[0-9]{8}").all()
    assert everyone.name[everyone.type != "natural_person"].is_unique
    barcodes, likeness = country.listings.barcode, country.listings.likeness
    assert barcodes[likeness != "barcode"].is_unique and barcodes.str.fullmatch("29[0-9]{11}").all()


def test_a_wrong_check_digit_keeps_the_form():
    (wrong,) = wrong_check(np.array(["91330101Y12345775X"], object))
    assert len(wrong) == 18 and not uscc.is_valid(wrong)


def test_a_shop_is_called_by_the_whole_word_of_its_operator_without_its_city(country):
    """阿拉善简峰建材有限公司 has the shop 简峰建材惠民店."""
    shops = country.shops[["enterprise", "name"]]
    owners = country.enterprises.loc[shops.enterprise, ["name", "city", "type"]].reset_index(drop=True)
    kept = (owners.type != "natural_person").to_numpy()
    rows = zip(shops.name[kept], owners.name[kept], owners.city[kept], strict=True)
    cut = [name for name, owner, city in rows if name[:4] != owner.removeprefix(city)[:4]]
    assert cut == [] and kept.sum() > 100


def test_no_office_and_no_address_says_a_place_twice(country):
    """石家庄高新技术产业开发区 bears its city's name; 淮安区 is a district of 淮安市, and says so."""
    names, places = country.references.names, country.references.regions.place
    assert names["130171"][0] == "石家庄高新技术产业开发区"
    assert names["320803"] == ("淮安市淮安区", "Huai'an District, Huai'an")
    assert names["110105"][0] == "北京市朝阳区"
    twice = re.compile(r"(.{2,})\1|(.{2,}?)市\2(?!区$)")
    assert [zh for zh, _ in names.values() if twice.search(zh) and "直辖" not in zh] == []
    assert [place for place in places if re.search(r"(.{2,})\1", place)] == []
    assert all(en for _, en in names.values())


def test_goods_name_the_standard_that_is_for_them(country):
    named = country.listings.dropna(subset=["standard_no"])
    assert (named.standard_no == named.category_code.map(standard_of)).all()
    taps, panels = standard_of("BD03"), standard_of("BD02")
    assert taps.startswith("GB 18145") and panels.startswith("GB 18580")
    assert {taps, panels} <= set(named.standard_no) and set(RENEWED) <= set(editions(country))


def test_every_code_stands_in_the_reference_files(country):
    regions = set(
        pd.read_csv(SCHEMAS / "reference" / "region.csv", dtype=str).query("valid_to.isna()").region_code
    )
    categories = set(
        pd.read_csv(
            SCHEMAS / "reference" / "product_category.csv", dtype=str, keep_default_na=False
        ).category_code
    )
    assert (
        set(country.enterprises.region_code) <= regions
        and set(country.references.regions.region_code) <= regions
    )
    assert (
        set(country.listings.category_code) <= categories
        and set(country.enterprises.category_code) <= categories
    )


def test_clusters_sit_in_their_places_and_make_their_goods(country):
    clusters = country.references.clusters.set_index("cluster_code")
    made = country.enterprises[country.enterprises.cluster_code != ""]
    assert len(set(made.cluster_code)) == len(clusters)
    for row in made.itertuples():
        cluster = clusters.loc[row.cluster_code]
        assert row.category_code in cluster.categories
        assert row.region_code.startswith(
            re.sub("(00)+$", "", cluster.region_code)
        )  # a county, or any of a prefecture


def test_five_giants_hold_two_thirds_of_the_sales_and_the_tail_is_long(country):
    lines = sum(n_lines(country, m) for m in country.months)
    assert 0.6 < lines[:5].sum() / lines.sum() < 0.7
    assert lines[-1] < lines.sum() / 300 and (lines > 0).all()
    shops = country.shops.platform.value_counts()
    assert len(shops) == 57 and shops.min() >= 2


def test_a_fifth_of_the_listings_brings_most_of_the_units(country):
    units = np.sort(sum(units_sold(country, m) for m in country.months))[::-1]
    assert units[: len(units) // 5].sum() > 0.7 * units.sum()


def test_some_operators_have_shops_on_many_platforms(country):
    spread = country.shops.groupby("enterprise").platform.nunique()
    assert spread.max() >= 10 and (spread > 1).mean() > 0.15 and (spread == 1).mean() > 0.5


def test_sales_peak_in_november_and_dip_at_spring_festival(country):
    lines = pd.Series([n_lines(country, m).sum() for m in country.months], country.months)
    assert lines.idxmax() == date(2025, 11, 1) and lines[date(2025, 11, 1)] > 1.5 * lines.mean()
    assert lines.idxmin().month == 2 and lines[date(2025, 2, 1)] < 0.8 * lines.mean()


def test_units_sold_are_what_the_orders_add_up_to(country):
    month = country.months[10]
    lines = pd.concat([trade(country, p, month).lines for p in range(57)])
    added = np.bincount(lines.listing, lines.quantity, len(country.listings))
    assert (units_sold(country, month) == added).all()


def test_what_is_ordered_was_on_sale(country, sales):
    lines, _ = sales
    goods = country.listings.iloc[lines.listing]
    ordered = lines.ordered_on.to_numpy()
    assert (goods.listed_on.to_numpy() <= ordered).all()
    assert ((goods.delisted_on.isna().to_numpy()) | (goods.delisted_on.to_numpy() > ordered)).all()
    shop = country.shops.opened_on.to_numpy()[goods.shop]
    assert (shop <= goods.listed_on.to_numpy()).all()


def test_lines_of_an_order_share_shop_day_and_place(country, sales):
    lines, _ = sales
    lines = lines.assign(
        shop=country.listings.shop.to_numpy()[lines.listing],
        platform=country.listings.platform.to_numpy()[lines.listing],
    )
    orders = lines.groupby(["platform", "month", "order"])
    assert (orders[["shop", "ordered_on", "region"]].nunique() == 1).all().all()
    assert (orders.line.max() == orders.size()).all() and (orders.size() > 1).mean() > 0.05


def test_defects_bring_returns_for_quality_and_bad_reviews(sales):
    lines, reviews = sales
    back = lines.returned_on.notna() & lines.for_quality
    assert back[lines.defective].mean() > 20 * back[~lines.defective].mean()
    bad = lines.defective.to_numpy()[reviews.line]
    assert (reviews.rating[bad] <= 2).mean() > 8 * (reviews.rating[~bad] <= 2).mean()
    assert (reviews.reviewed_on.to_numpy() > lines.ordered_on.to_numpy()[reviews.line]).all()


def test_the_share_of_defective_lines_is_the_true_rate(country):
    found = expected = variance = 0.0
    for month in country.months[:6]:
        for platform in range(5):
            lines = trade(country, platform, month).lines
            rate = defect_rates(country, month, lines.listing.to_numpy())
            found, expected, variance = (
                found + lines.defective.sum(),
                expected + rate.sum(),
                variance + (rate * (1 - rate)).sum(),
            )
    assert abs(found - expected) < 4 * variance**0.5


def test_rates_are_those_of_real_life(country, sales):
    """Shares of units that fail, by category and in all; returns for quality of 10,000 orders, by category;
    stars; standards cited."""
    category = country.listings.category_code.astype(str).str[:2].to_numpy()
    sold, failing = np.zeros(len(category)), np.zeros(len(category))
    for month in country.months[-12:]:
        units = units_sold(country, month)
        sold, failing = sold + units, failing + units * defect_rates(country, month)
    of_units = pd.DataFrame({"sold": sold, "failing": failing}).groupby(category).sum()
    rates = of_units.failing / of_units.sold
    assert 0.08 < failing.sum() / sold.sum() < 0.12
    assert 0.01 < rates.min() < 0.03 and 0.18 < rates.max() < 0.27
    lines, reviews = sales
    orders, back = lines.line.eq(1).sum(), lines.returned_on.notna() & lines.for_quality
    of_lines = back.groupby(lines.defective).mean() * 1e4 * len(lines) / orders  # of 10,000 orders
    for rate in (rates.min(), rates.max(), lines.defective.mean()):
        assert 20 < rate * of_lines[True] + (1 - rate) * of_lines[False] < 150
    assert 0.7 < (reviews.rating == 5).mean() < 0.9
    assert (reviews.rating == 1).mean() > (reviews.rating == 2).mean()
    assert 0.94 < country.listings.standard_no.notna().mean() < 0.96


@pytest.mark.slow
@pytest.mark.parametrize("until", [UNTIL, date(2026, 6, 30), date(2026, 6, 1)])
def test_a_history_ends_on_its_last_day_with_its_share_of_the_records(until):
    made = world(7, 50_000, until, 18)
    assert made.start == date(2025, 1, 1) and made.end == until
    days = calendar(made, 0, "orders")
    assert days.days[-1] == until and set(days.arrives) == {until}
    total = 0
    for platform in range(57):
        lines = together([trade(made, platform, month) for month in made.months])[0]
        total += (lines.ordered_on <= pd.Timestamp(until)).sum()
    rows = order_rows(made, 0, days.array, together([trade(made, 0, month) for month in made.months])[0])
    assert max(rows.columns["ordered_on"].to_pylist()) == until
    assert total == pytest.approx(ORDER_LINES * 50_000, rel=0.03)


@pytest.mark.parametrize(
    ("until", "months", "first"),
    [
        (date(2026, 6, 30), 18, date(2025, 1, 1)),
        (date(2026, 11, 25), 24, date(2024, 10, 1)),
        (date(2026, 1, 1), 3, date(2025, 10, 1)),
        (date(2026, 3, 31), 1, date(2026, 1, 1)),
    ],
)
def test_a_history_begins_with_the_quarter_in_which_its_months_begin(until, months, first):
    assert started(until, months) == first


def test_an_outbreak_multiplies_the_rate_of_its_goods_in_its_months_only(country):
    outbreak = country.outbreaks.iloc[0]
    makers = (country.enterprises.cluster_code == outbreak.cluster_code).to_numpy()
    hit = (
        makers[country.listings.producer]
        & (country.listings.category_code == outbreak.category_code).to_numpy()
    )
    inside = outbreak_factors(country, outbreak.first_month.date())
    before = outbreak_factors(country, (outbreak.first_month - pd.DateOffset(months=1)).date())
    assert hit.any() and (inside[hit] >= outbreak.factor).all() and (before[hit] < outbreak.factor).all()


def test_counterfeits_come_from_rings_and_bear_known_brands(country):
    false = country.listings[country.listings.counterfeit]
    assert (
        len(false) > 50
        and (country.enterprises.ring.to_numpy()[country.shops.enterprise.to_numpy()[false.shop]] >= 0).all()
    )
    assert (false.brand >= 0).all() and (false.brand < 40).all()
    assert (country.enterprises.ring.to_numpy()[false.producer] >= 0).all()
    assert false.defect_rate.mean() > 2 * country.listings.defect_rate.mean()


def test_most_confirmed_counterfeits_are_taken_down_within_a_week():
    """Of 100 deadlines 80 to 95 are kept."""
    day = np.datetime64("2026-01-05", "D")
    listings = pd.DataFrame({"counterfeit": True, "brand": 0, "listed_on": day}, index=range(20_000))
    course = courses(7, listings, day).query("finding == 'counterfeit'")
    assert len(course) > 5000
    assert 0.82 < (course.taken - course.verified <= pd.Timedelta(days=7)).mean() < 0.95


def test_relisted_goods_are_those_that_were_taken_down_before(country):
    """By bar code, by brand and model, or by what is left of the title; a ring sells them, whoever of it."""
    listings = country.listings
    new = listings[listings.relists >= 0]
    old = listings.iloc[new.relists.to_numpy()].set_axis(new.index)
    course = courses(country.seed, listings, np.datetime64(country.start, "D")).set_index("row")
    taken = course.taken.reindex(new.relists).set_axis(new.index)
    assert len(new) > 5 and set(new.likeness) == set(LIKENESS) and new.relists.is_unique
    assert (new.listed_on > taken).all() and (new.listed_on <= taken + pd.Timedelta(days=WITHIN)).all()
    for column in ("category_code", "brand", "producer", "claimed"):
        assert (new[column] == old[column]).all()
    # Price and certificate are those of such goods, not of what the listing was drawn for.
    assert np.allclose(new.price, old.price * CHEAPER, atol=0.01)
    assert not (new.certificate_no.notna() & old.certificate_no.isna()).any()
    assert ((new.barcode == old.barcode) == (new.likeness == "barcode")).all()
    assert (new.model == old.model)[new.likeness == "brand_model"].all()
    assert new.model.isna()[new.likeness == "title"].all()
    ring = ring_of(listings, country.shops, country.enterprises)
    assert (ring[new.index] == ring[new.relists]).all() and (ring[new.index] >= 0).all()


@pytest.mark.slow
def test_nights_that_follow_change_no_goods_that_came_back():
    """What later months list takes no listing away from earlier takedowns."""
    names = ["listing_id", "title", "barcode", "relists"]
    short, long = (world(7, 20_000, date(2026, 6, 30), nights=n).listings[names] for n in (0, 90))
    assert len(long) > len(short) and (short.relists >= 0).any()
    pd.testing.assert_frame_equal(long.iloc[: len(short)], short)


def test_filings_are_noisy_and_still_tell_the_operator(country):
    """Of each shop at least the code, or the telephone, or the address as in the register is left."""
    shops, true = country.shops, country.enterprises.iloc[country.shops.enterprise].reset_index(drop=True)
    company = (true.type != "natural_person").to_numpy()
    code = shops.filed_uscc.fillna("") == true.uscc.fillna("-")
    phone = shops.filed_phone.str.replace("[^0-9]", "", regex=True).str[-11:] == true.phone
    address = shops.filed_address == true.address
    assert 0.75 < code[company].mean() < 0.9 and 0.9 < phone.mean() < 0.95
    assert (code | phone | address | (shops.filed_person_id == true.person_id)).all()
    kinds = set(shops.how.str.split(";").explode()) - {""}
    assert kinds == {
        "uscc_missing",
        "uscc_wrong",
        "uscc_full_width",
        "traditional",
        "full_width",
        "abbreviated",
        "no_suffix",
        "branch",
        "brand_word",
        "phone_changed",
        "phone_spelled",
        "address_rewritten",
        "representative_missing",
        "person_id_missing",
    }


def test_no_two_operators_file_one_telephone():
    """Months after the history have equally many shops, whose numbers must not begin anew."""
    country = world(7, 200_000, UNTIL, 5, nights=95)
    shops = country.shops
    phone = shops.filed_phone.str.replace("[^0-9]", "", regex=True).str[-11:]
    assert len(shops) > country.n_history_shops + 300
    assert shops.enterprise.groupby(phone).nunique().max() == 1


def test_further_nights_change_no_earlier_row(country):
    more = world(7, 400_000, UNTIL, 18, nights=100)
    for name in ("enterprises", "platforms", "shops", "listings", "brands", "labs", "outbreaks"):
        frame = getattr(country, name)
        pd.testing.assert_frame_equal(frame, getattr(more, name).iloc[: len(frame)])
    assert len(more.listings) > len(country.listings) and len(more.shops) > len(country.shops)


def test_streams_are_told_apart_by_their_names():
    assert stream(7, "a", "b").random() == stream(7, "a", "b").random()
    assert (
        len(
            {
                stream(7, "a", "b").random(),
                stream(7, "ab").random(),
                stream(7, "b", "a").random(),
                stream(8, "a", "b").random(),
            }
        )
        == 4
    )


@pytest.mark.parametrize(
    ("total", "weights", "least", "shares"),
    [
        (10, [1, 1], 0, [5, 5]),
        (10, [2, 1], 0, [7, 3]),
        (3, [1, 1], 2, [2, 2]),
        (0, [1], 0, [0]),
        (7, [0, 1], 1, [1, 6]),
    ],
)
def test_a_total_is_shared_out_in_whole_numbers(total, weights, least, shares):
    assert list(shared_out(total, np.array(weights), least)) == shares
