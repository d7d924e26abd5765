"""Joined files over nights: what is awaited, what a new edition lands anew, and that the order of arrival
never matters."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pytest
from ingest_world import DAY, World
from joined_world import JOINED, SHOP_FEED, SHOPS, THINGS, state

from jobs.ingest.raw import RawStore
from jobs.ingest.units import current, units
from jobs.lake.tables import Lake

LATER = DAY + dt.timedelta(1)


def test_a_file_that_awaits_another_says_so_and_lands_when_it_comes(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    (refused,) = world.land().refused
    assert (
        refused.reason_en == "awaits a file shops*.csv of the same delivery" and "等待" in refused.reason_zh
    )
    assert world.land(LATER).recorded == 0
    world.drop("shops.csv", SHOPS)
    report = world.land(LATER)
    assert (report.landed, report.relanded, report.refused) == (2, 1, [])
    row = [r for r in world.ledger() if r["feed"] == "things"][-1]
    assert [r["kind"] for r in world.rows(row)] == ["One", "Two"]
    # as of the day before, no one could have known these rows
    assert row["received_on"] == LATER


def test_a_file_that_is_only_joined_is_remembered_as_such(world: World):
    world.source(JOINED)
    world.drop("shops.csv", SHOPS)
    report = world.land()
    row = world.one()
    assert (row["feed"], row["target"], row["status"], row["records"], row["loaded"]) == (
        "",
        "",
        "landed",
        0,
        0,
    )
    assert row["reason_en"] == "is only joined, by things" and row["landed_path"] is None and report.clean
    assert report.targets == set() and units(Lake(world.environment.lake).frame("ops.ingest_file")) == {}
    assert world.land(LATER).recorded == 0


def test_an_idle_night_reads_and_writes_nothing(world: World, monkeypatch):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    world.land()
    monkeypatch.setattr(RawStore, "keep", lambda *_: pytest.fail("a known file was read again"))
    assert world.land(LATER).recorded == 0


def test_a_new_edition_of_a_joined_file_lands_the_file_anew(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS, mtime=1000)
    world.land()
    (first,) = [r for r in world.ledger() if r["feed"] == "things"]
    world.drop("shops.csv", SHOPS.replace("One", "New"), mtime=2000)
    report = world.land(LATER)
    second = [r for r in world.ledger() if r["feed"] == "things"][-1]
    assert report.relanded == 1 and second["load_key"] != first["load_key"] and second["received_on"] == DAY
    (landed,) = units(Lake(world.environment.lake).frame("ops.ingest_file"))["thing"].landed["load_key"]
    assert landed == second["load_key"]  # so the rows of the first leave bronze
    assert state(world)[0] == {("things.csv", "1", "New"), ("things.csv", "2", "Two")}


def test_an_older_edition_that_comes_later_changes_nothing(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS, mtime=2000)
    world.land()
    world.drop("shops.csv", SHOPS.replace("One", "Old"), mtime=1000)
    assert world.land(LATER).relanded == 0
    assert ("things.csv", "1", "One") in state(world)[0]


def test_a_joined_content_that_is_put_back_counts_again(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS, mtime=1000)
    world.land()
    world.drop("shops.csv", SHOPS.replace("One", "New"), mtime=2000)
    world.land()
    world.drop("shops.csv", SHOPS, mtime=3000)
    assert world.land().relanded == 1
    assert ("things.csv", "1", "One") in state(world)[0]
    assert world.land().recorded == 0


def test_a_correction_of_a_joined_file_is_an_edition_of_it(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS, mtime=1000)
    world.land()
    world.drop("acme/shops.csv", SHOPS.replace("One", "Mended"), source="corrections", mtime=2000)
    world.land()
    assert ("things.csv", "1", "Mended") in state(world)[0]


DELIVERIES = (
    ("things.csv", THINGS, 1000),
    ("things.csv", THINGS.replace(",a,", ",z,"), 1500),
    ("shops.csv", SHOPS, 1000),
    ("shops.csv", SHOPS.replace("One", "New"), 2000),
    ("shops.csv", "no,name\nS1,lacks the title\n", 3000),
)


@pytest.mark.parametrize("feed", [SHOP_FEED, ""], ids=["with its own feed", "only joined"])
@pytest.mark.parametrize("step", [51, pytest.param(17, marks=pytest.mark.slow)], ids=["few", "more"])
def test_the_order_of_arrival_never_matters(tmp_path: Path, feed: str, step: int):
    states = []
    orders = [*itertools.permutations(range(5))][::step]
    for n, order in enumerate(orders):
        world = World(tmp_path / str(n))
        world.source(JOINED + feed)
        for i in order:
            name, content, mtime = DELIVERIES[i]
            world.drop(name, content, mtime=mtime)
            world.land()
        states.append(state(world))
        assert world.land().recorded == 0
    assert all(state == states[0] for state in states)
    assert states[0][0] == {("things.csv", "1", "New"), ("things.csv", "2", "Two")}


def test_one_by_one_ends_as_all_at_once(tmp_path: Path):
    states = []
    for at_once in (False, True):
        world = World(tmp_path / str(at_once))
        world.source(JOINED)
        for name, content, mtime in DELIVERIES[:4]:
            place = {"source": "acme"} if mtime == 1000 else {"source": "corrections"}
            world.drop(name if mtime == 1000 else f"acme/{name}", content, mtime=mtime, **place)
            if not at_once:
                world.land()
        world.land()
        states.append(state(world))
    assert states[0] == states[1] and states[0][0] == {("things.csv", "1", "New"), ("things.csv", "2", "Two")}


def test_an_edition_that_its_own_feed_refuses_is_not_joined(world: World):
    world.source(JOINED + SHOP_FEED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS, mtime=1000)
    world.land()
    world.drop("shops.csv", "no,title\n", mtime=2000)  # below its volume
    report = world.land()
    assert [r.file for r in report.refused] == ["shops.csv"] and report.relanded == 0
    assert state(world)[0] == {("things.csv", "1", "One"), ("things.csv", "2", "Two")}


def test_a_damaged_file_that_is_only_joined_is_refused_by_itself(world: World):
    world.source(JOINED.replace("shops*.csv", "shops*"))
    world.drop("things.csv", THINGS)
    world.drop("shops.csv.gz", b"\x1f\x8bbroken")
    refused = {r.file: r.reason_en for r in world.land().refused}
    assert "gzip" in refused["shops.csv.gz"] and "awaits" in refused["things.csv"]
    world.drop("shops.csv.gz", SHOPS)
    assert world.land().refused == []
    assert ("things.csv", "1", "One") in state(world)[0]


def test_a_file_that_no_feed_took_is_joined_once_a_feed_says_so(world: World):
    world.source()
    world.drop("shops.csv", SHOPS)
    world.land()
    assert world.one()["reason_en"] == "no feed takes this file"
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    assert world.land().refused == []
    assert current(Lake(world.environment.lake).frame("ops.ingest_file"))["status"].tolist() == [
        "landed",
        "landed",
    ]


def test_a_joined_file_whose_raw_copy_is_gone_is_told_and_nothing_is_lost(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    shops = world.drop("shops.csv", SHOPS)
    world.land()
    shops.unlink()
    for stored in (world.environment.landing / "raw").rglob("*"):
        if stored.is_file() and stored.read_bytes() == SHOPS.encode():
            stored.unlink()
    world.source(JOINED.replace("{from: name}", "{from: name, map: {a: A}, on_unmapped: keep}"))
    report = world.land()
    assert report.recorded == 0 and "raw copies of 1 file are gone" in report.warnings[0]
    assert len(state(world)[0]) == 2


def test_feeds_that_join_each_other_both_land(world: World):
    world.source(
        JOINED + SHOP_FEED + "    join:\n      - {file: 'things*.csv', by: {no: shop}, take: [name]}\n"
    )
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    assert (world.land().landed, world.land().recorded) == (2, 0)
