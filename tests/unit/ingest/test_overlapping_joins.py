"""Joined files that overlap: what agrees is one record, of what differs the later delivery counts."""

from __future__ import annotations

import itertools

import pytest
from ingest_world import World
from joined_world import JOINED, THINGS
from test_archives import zipped

DROPS = {  # S1 agrees in all, S2 differs in the second, S3 in the third
    "shops_a.csv": "no,title\nS1,One\nS2,Two\nS3,Three\n",
    "shops_b.csv": "no,title\nS1,One\nS2,Zwei\nS3,Three\n",
    "shops_c.csv": "no,title\nS1,One\nS3,Drei\n",
}
MAIN = "id,made,name,shop\n" + "".join(f"{i},2026-01-0{i},a,S{i}\n" for i in (1, 2, 3))


def kinds(world: World) -> list[str | None]:
    rows = [row for row in world.ledger() if row["feed"] == "things" and row["status"] == "landed"]
    return [row["kind"] for row in world.rows(rows[-1])]


ORDERS = list(itertools.permutations(range(4)))


@pytest.mark.parametrize(
    "order",
    [*ORDERS[::5], *(pytest.param(o, marks=pytest.mark.slow) for o in ORDERS if o not in ORDERS[::5])],
)
def test_three_overlapping_drops_without_dates_give_the_later_delivery_in_any_order(
    world: World, order: tuple[int, ...]
):
    world.source(JOINED)
    files = [*((name, text, 10 + i) for i, (name, text) in enumerate(DROPS.items())), ("things.csv", MAIN, 1)]
    for place in order:
        name, text, time = files[place]
        world.drop(name, text, mtime=time)
        world.land()
    assert kinds(world) == ["One", "Zwei", "Drei"]
    assert not world.land().refused


def test_the_date_in_a_name_goes_before_the_time_of_change(world: World):
    # The main file has no date, so it is joined with all deliveries.
    text = JOINED.replace("format: csv", "delivered: 'things_{yyyyMMdd}'\n    format: csv")
    world.source(text)
    world.drop("things.csv", THINGS, mtime=1)
    world.drop("shops_20260102.csv", "no,title\nS1,Later\nS2,Two\n", mtime=5)
    world.drop("shops_20260101.csv", "no,title\nS1,Earlier\n", mtime=9)
    world.land()
    assert kinds(world) == ["Later", "Two"]


def test_equal_records_of_one_file_are_one(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", "no,title,note\nS1,One,x\nS1,One,y\nS2,,\nS2,,z\n")
    world.land()
    assert kinds(world) == ["One", None]
    rows = [row for row in world.ledger() if row["feed"] == "things"]
    assert (rows[-1]["unused"], rows[-1]["unjoined"]) == (0, 0)


def test_what_differs_in_an_earlier_file_is_settled_by_a_later_one(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS, mtime=1)
    world.drop("shops_1.csv", "no,title\nS1,One\nS1,Uno\nS2,Two\n", mtime=2)
    world.land()
    assert [r["status"] for r in world.ledger() if r["feed"] == "things"] == ["refused"]
    world.drop("shops_2.csv", "no,title\nS1,Eins\n", mtime=3)
    world.land()
    assert kinds(world) == ["Eins", "Two"]


def test_a_difference_in_the_later_file_is_refused_though_an_earlier_one_is_clear(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS, mtime=1)
    world.drop("shops_1.csv", "no,title\nS1,One\nS2,Two\n", mtime=2)
    world.drop("shops_2.csv", "no,title\nS1,One\nS1,Uno\n", mtime=3)
    (refused,) = world.land().refused
    assert "record 1 meets two records of shops_2.csv that differ" in refused.reason_en


def test_an_empty_cell_differs_from_a_text_and_two_columns_from_one(world: World):
    world.source(JOINED.replace("take: [title]", "take: [title, town]"))
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", "no,title,town\nS1,a,\nS1,,a\nS2,b,c\nS2,b,c\n")
    (refused,) = world.land().refused
    assert "record 1 meets two records of shops.csv that differ (and so do at least 1 record)" in (
        refused.reason_en
    )


def test_a_record_that_a_later_delivery_replaced_is_unused_only_if_its_key_is(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS, mtime=1)
    world.drop("shops_1.csv", "no,title\nS1,One\nS2,Two\nS9,Nine\n", mtime=2)
    world.drop("shops_2.csv", "no,title\nS1,Uno\nS9,Neun\n", mtime=3)
    world.land()
    rows = [row for row in world.ledger() if row["feed"] == "things"]
    assert (kinds(world), rows[-1]["unused"]) == (["Uno", "Two"], 2)


def test_members_of_one_archive_are_one_delivery(world: World):
    text = JOINED.replace('files: "things*.csv"', 'files: "*.zip"').replace(
        "format: csv", "member: 'things*.csv'\n    format: csv"
    )
    world.source(text)
    same = {
        "things.csv": THINGS,
        "shops_1.csv": "no,title\nS1,One\nS2,Two\n",
        "shops_2.csv": "no,title\nS1,One\n",
    }
    world.drop("a.zip", zipped(same))
    world.land()
    assert kinds(world) == ["One", "Two"]
    world.drop("b.zip", zipped(same | {"shops_2.csv": "no,title\nS1,Uno\n"}))
    (refused,) = world.land().refused
    assert "record 1 meets two records of b.zip that differ" in refused.reason_en
