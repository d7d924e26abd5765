"""57 platforms in nine dialects: their YAMLs read their files; what is planted ends in landing as the truth
says."""

from __future__ import annotations

import json
import re
from collections import Counter

import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.ingest.check import check_source
from jobs.ingest.source_files import resolve, roots_of
from jobs.simulate.country.dialects import FAMILIES
from jobs.simulate.country.words import FAMILIES as FAMILY_OF

LANDED_ROWS = ("shops", "listings", "orders", "reviews", "controls")


@pytest.fixture(scope="module")
def planted(country) -> pd.DataFrame:
    frame = country.truth("planted")
    return frame[frame.source.str.startswith("platform_")]


def rows(country, feed: str) -> pd.DataFrame:
    """All landed rows of a feed."""
    files = country.files
    mine = files[(files.feed == feed) & (files.status == "landed")]
    return pd.concat(
        [
            pd.read_parquet(country.environment.landing / r.landed_path).assign(
                source=r.source, file=r.file, path=r.path
            )
            for r in mine.itertuples()
        ],
        ignore_index=True,
    )


def test_57_platforms_in_nine_dialects_each_a_few_lines():
    paths = sorted((SCHEMAS / "sources" / "platform").glob("platform_[0-9][0-9].yaml"))
    assert len(paths) == len(FAMILY_OF) == 57 and set(FAMILY_OF) == set(FAMILIES) and len(FAMILIES) == 9
    for path, family in zip(paths, FAMILY_OF, strict=True):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 6 and f"extends: families/{family}" in text
        data, _, _ = resolve(path, roots_of((SCHEMAS,)))
        assert data["synthetic"] == "true" and "synthetic" in data["publisher"]["name_en"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_source_check_of_a_platform_is_clean_but_for_what_is_planted(country, planted, family):
    number = FAMILY_OF.index(family) + 1
    name = f"platform_{number:02d}"
    checked = check_source(
        SCHEMAS / "sources" / "platform" / f"{name}.yaml",
        (SCHEMAS,),
        country.folder / "inbox" / name,
        catalog=load_catalog(),
    )
    assert checked.ok, checked.problems
    mine = planted[planted.source == name]
    for sample in checked.samples:
        here = mine[(mine.file == sample.file) & (mine.feed == sample.feed)]
        if (here.ends_as == "refused").any():
            assert sample.outcome.status == "refused"
            continue
        outcome, unreadable = sample.outcome, (here.ends_as == "unreadable").sum()
        assert (
            outcome.status in ("landed", "empty")
            and not outcome.drift
            and not outcome.missing
            and outcome.unreadable == unreadable
        ), sample.file
        assert unreadable or outcome.status == "empty" or not sample.hints, (
            sample.hints
        )  # a byte that does not decode is hinted at


def test_files_end_as_the_truth_says(country, planted):
    whole = planted[(planted.record == 0) & planted.ends_as.isin(["refused", "repeated", "empty"])]
    expected = set(zip(whole.source, whole.feed, whole.file, whole.ends_as, strict=True))
    files = country.files
    odd = files[files.status != "landed"]
    found = set(zip(odd.source, odd.feed, odd.file, odd.status, strict=True))
    # In a file of several feeds one may have nothing to report; and no feed is given a file that none takes.
    shared = {
        f
        for f in found - expected
        if f[3] == "empty" and FAMILIES[FAMILY_OF[int(f[0][-2:]) - 1]].form in ("zip", "xlsx", "json")
    }
    assert found - shared == {(s, feed, f, e) for s, feed, f, e in expected}
    assert Counter(e for *_, e in expected)["refused"] >= 4 and all(
        odd[odd.status == "refused"].reason_zh.str.len() > 5
    )


def test_unreadable_and_rejected_records_are_those_planted(country, planted):
    mine = planted[planted.ends_as.isin(["unreadable", "rejected"])]
    found = {
        (r.source, r.feed, r.file, u.get("member") or "", u["record"])
        for r in country.files.itertuples()
        for u in json.loads(r.unreadable_list or "[]")
    }
    assert (
        found == set(zip(mine.source, mine.feed, mine.file, mine.member, mine.record, strict=True))
        and len(found) > 80
    )
    assert {
        "a byte that does not decode",
        "a short line",
        "a long line",
        "a line that is no JSON",
        "a line whose order is in no file",
    } <= set(mine.fault)


def test_the_truth_names_each_row_by_its_place(country, planted):
    """Every planted row stands in landing under its key where the truth says, elements of orders included."""
    for feed, key in (
        ("shops", "shop_id"),
        ("listings", "listing_id"),
        ("orders", "order_line_id"),
        ("reviews", "review_id"),
    ):
        landed = rows(country, feed)
        landed = landed[~landed.path.str.contains("/corrections/")]
        place = landed.assign(
            member=landed["_member"].fillna(""), element=landed["_element"].fillna(0).astype(int)
        ).set_index(["source", "file", "member", "_record", "element"])[key]
        mine = planted[
            (planted.feed == feed) & (planted.record > 0) & ~planted.ends_as.isin(["unreadable", "rejected"])
        ]
        assert len(mine) > 20
        found = place.loc[
            list(zip(mine.source, mine.file, mine.member, mine.record, mine.element, strict=True))
        ]
        assert found.fillna("").to_list() == mine.key.fillna("").to_list(), feed


@pytest.mark.slow  # quick: the test before, of rows by their place
def test_a_superseded_row_has_a_later_row_of_its_key_and_no_other_has(country, planted):
    """By version, then delivery: all but the last row of a key are superseded (or repeated); the truth lists
    exactly these."""
    for feed, key in (("listings", "listing_id"), ("orders", "order_line_id"), ("shops", "shop_id")):
        landed = rows(country, feed)
        landed = landed[~landed.file.str.contains("_again") & landed[key].notna()]
        twice = landed[landed.path.str.contains("/corrections/")][["source", "file"]].drop_duplicates()
        first = landed.merge(twice, how="left", indicator=True)
        landed = first[
            (first["_merge"] == "left_only") | first.path.str.contains("/corrections/")
        ]  # an edition that is replaced does not count
        landed = landed.assign(element=landed["_element"].fillna(0))
        order = [key, *(["_version"] if "_version" in landed else []), "_delivered_on", "_record", "element"]
        landed = landed.sort_values(order)
        lost = landed[landed.duplicated(key, keep="last")]
        mine = planted[
            (planted.feed == feed) & planted.ends_as.isin(["superseded", "repeated"]) & (planted.record > 0)
        ]
        columns = ["source", "file", "_record", "element"]
        assert set(map(tuple, lost[columns].astype(str).to_numpy())) == set(
            map(
                tuple,
                mine.assign(_record=mine.record, element=mine.element.astype(float))[columns]
                .astype(str)
                .to_numpy(),
            )
        ), feed
        assert len(lost) > 3 or feed == "shops"


def test_what_lands_is_what_the_world_holds(country, settings):
    """Through nine dialects: prices, categories, operators, days and amounts are those of the world."""
    world = settings.world()
    listings = rows(country, "listings").sort_values("_version").drop_duplicates("listing_id")
    listings = listings[listings.listing_id.str.len() == 12].set_index("listing_id")
    true = (
        world.listings.assign(listing_id=world.listings.listing_id.astype(str))
        .set_index("listing_id")
        .loc[listings.index]
    )
    good = true[
        (listings.listed_on == true.listed_on.dt.strftime("%Y-%m-%d"))
        & (listings.category_code == true.category_code)
    ]
    assert len(good) == len(listings) and listings.source.nunique() == 57
    assert (listings.barcode == true.barcode.astype(str)).all() and (
        listings.platform_code == listings.index.str[:3]
    ).all()
    shops = rows(country, "shops")
    shops = shops[shops.shop_id.str.len() == 10].drop_duplicates("shop_id").set_index("shop_id")
    filed = world.shops.assign(shop_id=world.shops.shop_id.astype(str)).set_index("shop_id").loc[shops.index]
    assert (shops.operator_type == filed.filed_type).all() and (
        shops.operator_uscc.fillna("") == filed.filed_uscc.fillna("")
    ).all()
    assert (shops.operator_name.notna() == (filed.filed_type != "natural_person")).all()
    orders = rows(country, "orders").drop_duplicates("order_line_id")
    orders = orders[~orders.order_line_id.fillna("F").str.contains("F")]
    price = orders.amount.astype(float) / orders.quantity.astype(float)
    listed = (
        world.listings.assign(listing_id=world.listings.listing_id.astype(str)).set_index("listing_id").price
    )
    ratio = price / listed.reindex(orders.listing_id).to_numpy()
    assert ratio.between(0.79, 1.01).all() and orders.source.nunique() >= 55


def test_no_clear_personal_value_leaves_the_raw_store(country):
    personal = country.truth("personal")
    personal = personal[personal.source.str.startswith("platform_")]
    assert {"phone", "name", "id", "address", "email"} == set(personal.kind)
    numbers = set(personal.value[personal.kind != "name"])
    names = set(personal.value[personal.kind == "name"])
    for feed in LANDED_ROWS:
        landed = rows(country, feed)
        cells = set(landed.drop(columns=["source", "file", "path"]).astype(str).to_numpy().ravel())
        assert not cells & numbers and not cells & names, feed
        if "text" in landed:
            said = "\n".join(landed.text.fillna(""))
            assert "〔电话〕" in said and "〔证件号〕" in said and "〔邮箱〕" in said
            assert not [v for v in personal.value[personal.column == "text"] if v in said]
            assert not re.search("154[0-9]{8}|@example", said)
