"""Which files a file is joined with, by the dates in their names; and one content under several names."""

from __future__ import annotations

from ingest_world import World
from joined_world import JOINED, SHOP_FEED, SHOPS, THINGS, state


def test_with_dates_in_the_names_only_the_same_day_is_joined(world: World):
    dated = JOINED.replace("format:", "delivered: 'things_{yyyyMMdd}'\n    format:")
    world.source(dated)
    world.drop("things_20260105.csv", THINGS)
    world.drop("things_20260106.csv", THINGS.replace("1,", "8,").replace("2,2", "9,2"))
    world.drop("shops_20260105.csv", SHOPS)
    (refused,) = world.land().refused
    assert refused.file == "things_20260106.csv" and "of the same delivery 2026-01-06" in refused.reason_en
    world.drop("shops_20260106.csv", SHOPS.replace("One", "New"))
    assert world.land().relanded == 1
    assert {kind for file, _, kind in state(world)[0] if file == "things_20260105.csv"} == {"One", "Two"}
    assert {kind for file, _, kind in state(world)[0] if file == "things_20260106.csv"} == {"New", "Two"}


def test_a_joined_file_without_a_date_is_of_every_delivery(world: World):
    world.source(JOINED.replace("format:", "delivered: 'things_{yyyyMMdd}'\n    format:"))
    world.drop("things_20260105.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    assert world.land().refused == []


def test_the_date_of_a_joined_file_stands_where_its_own_feed_says(world: World):
    own = SHOP_FEED.replace("format:", "delivered: 'shops_v2026_{ddMMyyyy}'\n    format:")
    world.source(JOINED.replace("format:", "delivered: 'things_{yyyyMMdd}'\n    format:") + own)
    world.drop("things_20260105.csv", THINGS)
    world.drop("shops_v2026_06012026.csv", SHOPS)
    assert [r.file for r in world.land().refused] == ["things_20260105.csv"]
    world.drop("shops_v2026_05012026.csv", SHOPS)
    assert world.land().refused == []


def test_the_same_content_under_two_names_moves_to_other_joined_files_together(world: World):
    world.source(JOINED)
    world.drop("things_a.csv", THINGS)
    world.drop("things_b.csv", THINGS)
    world.drop("shops.csv", SHOPS, mtime=1000)
    world.land()
    world.drop("shops.csv", SHOPS.replace("One", "New"), mtime=2000)
    world.land()
    assert state(world)[0] == {("things_a.csv", "1", "New"), ("things_a.csv", "2", "Two")}
    assert world.land().recorded == 0


def test_the_same_content_lands_under_each_name_that_is_joined_with_other_files(world: World):
    world.source(JOINED.replace("format:", "delivered: 'things_{yyyyMMdd}'\n    format:"))
    world.drop("things_20260105.csv", THINGS)
    world.drop("things_20260106.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    world.land()
    world.drop("shops_20260105.csv", "no,title\nS9,Nine\n")
    world.land()
    rows, ledger = state(world)
    assert {(file, i) for file, i, _ in rows} == {
        (f"things_2026010{d}.csv", i) for d in (5, 6) for i in ("1", "2")
    }
    assert sorted(ledger.values()) == [("landed", 2, 0, 0), ("landed", 2, 0, 1)]
    assert world.land().recorded == 0
