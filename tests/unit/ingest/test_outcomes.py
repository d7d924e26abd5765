"""Each odd file gets a clear outcome in the ledger."""

from __future__ import annotations

import json

import pytest
from ingest_world import SOURCE, World

GOOD = "id,made,name\n1,2026-01-01,a\n2,2026-01-02,b\n"


@pytest.mark.parametrize(
    ("name", "content", "status", "en"),
    [
        ("things.csv", "", "empty", "holds no record"),
        ("things.csv", "\n\n", "empty", "holds no record"),
        ("things.csv", "id,made,name\n", "empty", "holds no record"),
        ("things.csv", "id,name\n", "refused", "lacks columns that are required: made"),
        ("things.csv", b"id,m\xffde,name\n", "refused", "the header does not decode as utf-8"),
        ("things.csv", b"id,m\xffde,name", "refused", "the header does not decode as utf-8"),
        ("things.csv", "a page that is no table", "refused", "lacks columns that are required: id, made"),
        ("things.csv", "id,name\n1,a\n", "refused", "lacks columns that are required: made"),
        ("things.csv", "a,b,c\n1,a,d\n", "refused", "lacks columns that are required: id, made"),
        ("other.csv", GOOD, "refused", "no feed takes this file"),
    ],
)
@pytest.mark.drill(
    fault="empty, header-only, foreign and unnamed files",
    invariant="each has an outcome and a reason",
)
def test_each_odd_file_gets_a_clear_outcome_in_both_languages(
    world: World, name: str, content: str | bytes, status: str, en: str
):
    world.source()
    world.drop(name, content)
    report = world.land()
    row = world.one()
    assert (row["status"], row["reason_en"], row["loaded"], row["landed_path"]) == (status, en, 0, None)
    assert row["reason_zh"] and row["reason_zh"] != en
    assert len(report.refused) == (status == "refused")
    assert (row["feed"], row["target"]) == (("", "") if "feed" in en else ("things", "thing"))


def test_a_bad_edition_that_holds_no_record_replaces_nothing(world: World):
    world.source()
    world.drop("things.csv", GOOD, mtime=1)
    world.land()
    world.drop("things.csv", "id,name\n", mtime=2)
    world.land()
    assert [row["status"] for row in world.ledger()] == ["landed", "refused"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("title\n\nid,made,name\n", "empty"),
        ("title\n", "refused"),
        ("\n\n\n1,2,3\n", "refused"),
        ("\n\n\n\n", "empty"),
    ],
)
def test_a_file_without_a_header_where_it_should_stand_is_refused_unless_it_is_blank(
    world: World, content: str, status: str
):
    world.source(SOURCE.replace("format: csv", "format: csv\n    options: {header_row: 3}"))
    world.drop("things.csv", content)
    world.land()
    assert world.one()["status"] == status
    assert status == "empty" or world.one()["reason_en"] == "has no column names in row 3"


def test_a_missing_optional_column_is_listed_and_an_unknown_one_drifts_unless_ignored(world: World):
    world.source(SOURCE.replace("format:", "ignore: [remark]\n    format:"))
    world.drop("things.csv", "id,made,nom,remark\n1,2026-01-01,a,b\n")
    world.land()
    assert (world.one()["missing"], world.one()["drift"]) == (["name"], ["nom"])
    assert world.column("name") == [None]


def test_a_column_that_a_required_one_can_do_without_is_no_reason_to_refuse(world: World):
    world.source(SOURCE.replace("{from: id}", "{coalesce: [id, code]}"))
    world.drop("things.csv", GOOD)
    world.land()
    assert world.column("thing_id") == ["1", "2"] and world.one()["missing"] == ["code"]


@pytest.mark.parametrize(
    ("volume", "status", "en"),
    [
        ("{min: 3}", "refused", "has 2 usable rows, fewer than 3"),
        ("{min: 2, max: 2}", "landed", ""),
        ("{max: 1}", "landed", ""),
    ],
)
def test_volume_below_its_bounds_refuses_and_above_warns(world: World, volume: str, status: str, en: str):
    world.source(SOURCE.replace("format:", f"volume: {volume}\n    format:"))
    world.drop("things.csv", GOOD)
    world.land()
    assert (world.one()["status"], world.one()["reason_en"]) == (status, en)
    assert len(world.one()["warnings"]) == (volume == "{max: 1}")


def test_an_empty_file_is_refused_where_a_delivery_has_a_least_size(world: World):
    world.source(SOURCE.replace("format:", "volume: {min: 1}\n    format:"))
    world.drop("things.csv", "id,made,name\n")
    world.land()
    assert world.one()["status"] == "refused"


def test_a_file_whose_records_are_all_unreadable_lands_with_none(world: World):
    world.source()
    world.drop("things.csv", "id,made,name\n1\n2\n")
    world.land()
    row = world.one()
    assert (row["status"], row["records"], row["unreadable"], row["loaded"]) == (
        "landed",
        2,
        2,
        0,
    ) and world.rows() == []


def test_the_list_of_unreadable_records_is_cut_and_says_so(world: World, monkeypatch, uncaged):
    from jobs.ingest import verdict

    monkeypatch.setattr(verdict, "LISTED", 2)
    world.source()
    world.drop("things.csv", "id,made,name\n1\n2\n3\n")
    world.land()
    assert [n for n, _ in world.unreadable()] == [1, 2] and world.one()["unreadable"] == 3
    assert "only the first 2 of 3" in world.one()["warnings"][0]


@pytest.mark.parametrize("style", ["csv", "jsonl"])
def test_the_columns_that_nothing_reads_are_named_up_to_a_thousand_and_the_rest_counted(
    world: World, style: str
):
    """A file of sixty thousand made a page of sixteen million bytes."""
    more = [f"c{n:04}" for n in range(1_001)] + ["d" * 5_000]
    world.source(SOURCE.replace("csv", style))
    record = {"id": "1", "made": "2026-01-01", "name": "a"} | dict.fromkeys(more, "x")
    table = f"{','.join(record)}\n{','.join(record.values())}\n"
    world.drop(f"things.{style}", table if style == "csv" else json.dumps(record) + "\n")
    world.land()
    row = world.one()
    assert (row["loaded"], row["drift"]) == (1, more[:1_000])
    assert "only the first 1000 of 1002 columns that are not mapped are listed" in row["warnings"][0]


def test_a_long_name_of_a_column_that_nothing_reads_is_cut(world: World):
    world.source()
    world.drop("things.csv", f"id,made,name,{'d' * 5_000}\n1,2026-01-01,a,b\n")
    world.land()
    assert world.one()["drift"] == ["d" * 200 + "…"]


@pytest.mark.parametrize("number", ["13812345678", "110101199003071233"])
def test_a_personal_number_across_the_cut_of_a_columns_name_is_masked(world: World, number: str):
    world.source()
    world.drop("things.csv", f"id,made,name,{'x' * 190} {number}\n1,2026-01-01,a,b\n")
    world.land()
    [name] = world.one()["drift"]
    assert number[:9] not in name and name.startswith("x" * 190)


def test_columns_of_an_empty_file_that_are_not_all_named_are_counted(world: World):
    world.source()
    world.drop("things.csv", f"id,made,name,{','.join(f'c{n:04}' for n in range(1_001))}\n")
    world.land()
    row = world.one()
    assert row["status"] == "empty" and len(row["drift"]) == 1_000
    assert "only the first 1000 of 1001 columns" in row["warnings"][0]


SNAPSHOT = SOURCE.replace(
    "    format: csv\n", '    format: csv\n    mode: snapshot\n    delivered: "things_{yyyyMMdd}"\n'
)


@pytest.mark.parametrize(
    ("name", "content", "status", "en"),
    [
        ("things_20260601.csv", GOOD, "landed", ""),
        (
            "things_20260601.csv",
            "id,made,name\n1\n2,x\n",
            "refused",
            "is a snapshot of which no record can be used",
        ),
        ("things_20260601.csv", "id,made,name\n", "empty", "holds no record"),
        (
            "things.csv",
            "id,made,name\n",
            "refused",
            "has no delivery date, and a snapshot needs one: state `delivered`",
        ),
    ],
)
@pytest.mark.drill(fault="a damaged snapshot", invariant="refused; no key ends")
def test_a_damaged_snapshot_or_one_without_a_day_is_refused_lest_it_end_every_key(
    world: World, name: str, content: str, status: str, en: str
):
    world.source(SNAPSHOT)
    world.drop(name, content)
    world.land()
    assert (world.one()["status"], world.one()["reason_en"]) == (status, en)
