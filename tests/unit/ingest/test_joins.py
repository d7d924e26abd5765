"""Columns taken from other files of the same delivery (definitions.md#join), one delivery at a time."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from ingest_world import SOURCE, World

from jobs.ingest.records import joint_key as key
from jobs.ingest.records import strings

JOIN = """\
    join:
      - {file: "shops*.csv", by: {shop: no}, take: [title, town]}
"""
COLUMNS = """\
      kind:     {from: title}
      story:    {from: town}
"""
JOINED = SOURCE + COLUMNS + JOIN
SHOP_FEED = """\
  shops:
    target: pair
    files: "shops*.csv"
    format: csv
    key: [a, b]
    columns:
      a: {from: no}
      b: {from: title}
"""
THINGS = "id,made,name,shop\n1,2026-01-01,a,S1\n2,2026-01-02,b,S2\n3,2026-01-03,c,S9\n4,2026-01-04,d,\n"
SHOPS = "no,title,town\nS1,One,Wuhan\nS2,Two,\nS3,Three,Xian\n,No one,Lost\n"


def newest(world: World) -> dict:
    """The newest row of the ledger about things.csv."""
    return [row for row in world.ledger() if row["feed"] == "things"][-1]


def test_taken_columns_become_columns_of_the_record(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    world.land()
    row = newest(world)
    assert [(r["thing_id"], r["kind"], r["story"]) for r in world.rows(row)] == [
        ("1", "One", "Wuhan"),
        ("2", "Two", None),
        ("3", None, None),
        ("4", None, None),
    ]
    # S9 and an empty key find nothing; S3 and the shop without a number are taken by no one
    assert (row["records"], row["loaded"], row["rejected"], row["unjoined"], row["unused"]) == (4, 4, 0, 2, 2)


def test_missing_reject_lists_the_record_and_counts_it(world: World):
    world.source(JOINED.replace("town]}", "town], missing: reject}"))
    world.drop("things.csv", THINGS + "5,2026-01-05\n")
    world.drop("shops.csv", SHOPS)
    world.land()
    row = newest(world)
    assert [r["thing_id"] for r in world.rows(row)] == ["1", "2"]
    assert (row["records"], row["unreadable"], row["rejected"], row["loaded"], row["unjoined"]) == (
        5,
        1,
        2,
        2,
        0,
    )
    listed = json.loads(row["unreadable_list"])
    assert [(e["record"], e["reason_en"]) for e in listed] == [
        (3, "finds no record in shops*.csv"),
        (4, "finds no record in shops*.csv"),
        (5, "has 2 fields instead of 4"),
    ]
    assert all(e["reason_zh"] for e in listed)


def test_a_later_join_uses_what_an_earlier_one_took(world: World):
    chained = JOIN + '      - {file: "towns.csv", by: {town: name}, take: [code], missing: reject}\n'
    world.source(SOURCE + "      kind: {from: code}\n" + chained)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    world.drop("towns.csv", "name,code\nWuhan,4201\nXian,6101\n")
    world.land()
    row = newest(world)
    assert [(r["thing_id"], r["kind"]) for r in world.rows(row)] == [("1", "4201")]
    # rejected rows took nothing: of the shops S2, S3 and the nameless one are unused
    assert (row["rejected"], row["unjoined"], row["unused"]) == (3, 0, 3)


def test_what_an_unused_record_leads_to_is_not_unused_once_more(world: World):
    world.source(
        SOURCE
        + "      kind: {from: code}\n"
        + JOIN
        + '      - {file: "towns.csv", by: {town: name}, take: [code]}\n'
    )
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    world.drop("towns.csv", "name,code\nWuhan,4201\nXian,6101\nHarbin,2301\n")
    world.land()
    # the shops S3 and the nameless one; Xian is the town of S3, but no one's town is Harbin
    assert newest(world)["unused"] == 3


def test_a_row_without_a_match_in_two_joins_is_unjoined_once(world: World):
    world.source(SOURCE + JOIN + '      - {file: "towns.csv", by: {town: name}, take: [code]}\n')
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    world.drop("towns.csv", "name,code\nWuhan,4201\n")
    world.land()
    assert (newest(world)["unjoined"], newest(world)["loaded"]) == (3, 4)


def test_a_key_of_several_columns_is_compared_part_by_part():
    left = [strings(["a", "ab", None, "a:1"]), strings(["bc", "c", "x", "b"])]
    assert len(set(key(left).to_pylist())) == 4 and key(left)[2].as_py() is None
    assert key(left)[0].as_py() == key([strings(["a"]), strings(["bc"])])[0].as_py()


def test_a_composite_key_joins(world: World):
    world.source(SOURCE + COLUMNS + JOIN.replace("{shop: no}", "{shop: no, name: owner}"))
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", "no,owner,title,town\nS1,a,One,\nS1,b,Other,\nS2,a,Two,\n")
    world.land()
    assert [r["kind"] for r in world.rows(newest(world))] == ["One", None, None, None]


def test_two_matches_refuse_the_delivery_and_quote_no_value(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS + "S2,Again,There\n")
    (refused,) = world.land().refused
    assert refused.file == "things.csv" and refused.reason_zh
    assert refused.reason_en.startswith(
        "record 2 meets two records of shops.csv that differ (and so do at least 1 record); if shops*.csv"
    )
    assert "delivered: …_{yyyyMMdd}" in refused.reason_en and "delivered" in refused.reason_zh


def test_a_key_that_stands_twice_and_that_nobody_meets_does_no_harm(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS + "S3,Again,There\n,No one,Again\n")
    world.land()
    assert (newest(world)["status"], newest(world)["unused"]) == ("landed", 4)


def test_several_files_that_match_count_as_one(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops_a.csv", SHOPS)
    world.drop("shops_b.csv", "no,title,town\nS9,Nine,Harbin\n")
    world.land()
    assert [r["kind"] for r in world.rows(newest(world))] == ["One", "Two", "Nine", None]


def test_equal_content_under_two_names_is_joined_once(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops_a.csv", SHOPS)
    world.drop("shops_b.csv", SHOPS)
    world.land()
    assert newest(world)["status"] == "landed"


def test_a_taken_name_that_the_file_has_refuses_it(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS.replace("shop\n", "shop,town\n", 1).replace("S1\n", "S1,x\n"))
    world.drop("shops.csv", SHOPS)
    (refused,) = world.land().refused
    assert refused.reason_en == "has columns already that are taken from shops*.csv: town"


def test_a_file_without_the_column_that_joins_it_is_refused(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS.replace("shop\n", "store\n", 1))
    world.drop("shops.csv", SHOPS)
    (refused,) = world.land().refused
    assert refused.reason_en == "lacks columns that are required: shop"


def test_an_empty_file_needs_no_joined_file(world: World):
    world.source(JOINED)
    world.drop("things.csv", "id,made,name,shop\n")
    world.land()
    assert world.one()["status"] == "empty"


def test_a_required_column_may_be_a_taken_one(world: World):
    world.source(SOURCE.replace("from: made", "from: town") + JOIN)
    world.drop("things.csv", "id,name,shop\n1,a,S1\n")
    world.drop("shops.csv", "no,title,town\nS1,One,2026-01-01\n")
    world.land()
    assert (world.rows(newest(world))[0]["made_on"], newest(world)["missing"]) == ("2026-01-01", [])


def test_unreadable_records_of_a_joined_file_are_listed_with_its_name(world: World):
    world.source(JOINED)
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS + "S4,too,many,fields\n")
    world.land()
    row = newest(world)
    assert (row["records"], row["unreadable"], row["loaded"]) == (4, 0, 4)  # the ledger is of the file itself
    assert [(e["file"], e["record"]) for e in json.loads(row["unreadable_list"])] == [("shops.csv", 5)]
    assert "unreadable records of joined files: 1: shops.csv" in row["warnings"][0]


@pytest.mark.parametrize("shops_inside", [True, False])
def test_members_of_the_same_archive_go_before_other_files(world: World, shops_inside: bool):
    members = {"data/things.csv": THINGS} | (
        {"data/shops.csv": SHOPS.replace("One", "Inside")} if shops_inside else {}
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    world.source(JOINED.replace('"things*.csv"', '"drop*.zip"\n    member: "things*.csv"'))
    world.drop("drop.zip", archive.getvalue())
    world.drop("shops.csv", SHOPS)
    world.land()
    row = newest(world)
    assert world.rows(row)[0]["kind"] == ("Inside" if shops_inside else "One")
    assert (row["unused"], row["warnings"]) == (2, [])


def test_elements_of_exploded_records_are_joined(world: World):
    source = (
        SOURCE.replace("csv", "jsonl", 2).replace("format: jsonl", "format: jsonl\n    explode: lines")
        + COLUMNS
    )
    join = JOIN.replace("{shop: no}", '{"..shop": no}').replace("town]}", "town], missing: reject}")
    world.source(source.replace("{from: made,", '{from: "..made",') + join + SHOP_FEED)
    world.drop(
        "things.jsonl",
        "".join(
            json.dumps(record) + "\n"
            for record in (
                {
                    "shop": "S1",
                    "made": "2026-01-01",
                    "lines": [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}],
                },
                {"shop": "S9", "made": "2026-01-01", "lines": [{"id": "3", "name": "c"}]},
            )
        ),
    )
    world.drop("shops.csv", SHOPS)
    world.land()
    row = newest(world)
    assert [(r["thing_id"], r["kind"]) for r in world.rows(row)] == [("1", "One"), ("2", "One")]
    assert (row["records"], row["exploded"], row["produced"], row["rejected"], row["loaded"]) == (
        2,
        2,
        3,
        1,
        2,
    )
    assert [(e["record"], e["element"]) for e in json.loads(row["unreadable_list"])] == [(2, 1)]
