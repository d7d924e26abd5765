"""A CSV or JSON Lines file whose last record breaks off without a line end is refused whole."""

from __future__ import annotations

import gzip

import pytest
from ingest_world import SOURCE, World

from jobs.ingest import delimited

HEAD = "id,made,name\n"
ROWS = "1,2026-01-01,a\n2,2026-01-02,b\n"
JSONL = SOURCE.replace("csv", "jsonl")
LINES = '{"id": "1", "made": "2026-01-01"}\n'


def land(world: World, content: str | bytes, name: str = "things.csv", text: str = SOURCE) -> dict:
    world.source(text)
    world.drop(name, content)
    world.land()
    return world.ledger()[-1]


@pytest.mark.parametrize(
    "last",
    [
        "3,2026-01-03",
        "3",
        "3,2026-01-03,",  # as many fields as the header: a whole record with an empty cell
        '3,2026-01-03,"open',
        '3,"2026-',
    ],
)
def test_a_last_record_without_line_end_that_lacks_something_refuses_the_file(world: World, last: str):
    row = land(world, HEAD + ROWS + last)
    if last.endswith(","):
        assert (row["status"], row["loaded"]) == ("landed", 3)
        return
    assert (row["status"], row["loaded"]) == ("refused", 0)
    assert row["reason_en"] == (
        "breaks off in its last record, number 3, which has no line end: the file is cut off"
    )
    assert "第3条" in row["reason_zh"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n", "\n  ", "\n\x1a", "\n\n\n"])
def test_a_whole_last_record_needs_no_line_end(world: World, end: str):
    row = land(world, HEAD + ROWS.removesuffix("\n") + end)
    assert (row["status"], row["loaded"]) == ("landed", 2)


def test_a_short_record_with_a_line_end_costs_itself_only(world: World):
    row = land(world, HEAD + ROWS + "3,2026-01-03\n")
    assert (row["status"], row["loaded"], row["unreadable"]) == ("landed", 2, 1)


def test_a_short_record_in_the_middle_does_not_make_a_whole_file_cut_off(world: World):
    row = land(world, HEAD + "0,x\n" + ROWS.removesuffix("\n"))
    assert (row["status"], row["loaded"], row["unreadable"]) == ("landed", 2, 1)


def test_too_many_fields_are_no_cut(world: World):
    row = land(world, HEAD + ROWS + "3,2026-01-03,c,d")
    assert (row["status"], row["loaded"], row["unreadable"]) == ("landed", 2, 1)


def test_a_quote_opened_earlier_costs_its_line_and_a_whole_last_record_is_kept(world: World):
    row = land(world, HEAD + '0,2026-01-01,"open\n' + ROWS.removesuffix("\n"))
    assert (row["status"], row["loaded"], row["unreadable"]) == ("landed", 2, 1)


def test_a_file_that_is_cut_in_the_second_line_of_a_quoted_cell_is_refused(world: World):
    row = land(world, HEAD + ROWS + '3,2026-01-03,"first line\nsecond li')
    assert row["status"] == "refused" and "breaks off in its last record" in row["reason_en"]


def test_a_file_that_is_cut_inside_a_character_is_refused(world: World):
    whole = (HEAD + ROWS + "3,2026-01-03,质量").encode("gb18030")
    row = land(world, whole[:-1], text=SOURCE.replace("format: csv", "format: csv\n    encoding: gb18030"))
    assert row["status"] == "refused" and "breaks off in its last record, number 3" in row["reason_en"]


def test_a_byte_that_does_not_decode_inside_a_last_record_costs_that_record_only(world: World):
    row = land(world, (HEAD + ROWS).encode() + b"3,2026-01-03,\xffc")
    assert (row["status"], row["loaded"], row["unreadable"]) == ("landed", 2, 1)


@pytest.mark.parametrize("where", range(1, 31))
def test_wherever_it_is_cut_nothing_wrong_is_loaded_beside_the_last_cell(world: World, where: int):
    whole = HEAD + ROWS
    row = land(world, whole[:-where])
    if row["status"] == "landed" and row["loaded"]:
        ids = [r["thing_id"] for r in world.rows(row)]
        assert ids == ["1", "2"][: len(ids)] and row["unreadable"] == 0
        # A cut inside the last cell cannot be seen: whole[:-2] ends in an empty one, whole[:-1] is whole.
        assert whole[:-where].endswith(("a\n", "2026-01-02,", "2026-01-02,b", "2026-01-01,", "a"))


def test_both_readers_agree_on_a_cut_gzip_member(world: World):
    row = land(
        world,
        gzip.compress((HEAD + ROWS + "3,2026").encode()),
        "things_1.csv.gz",
        text=(SOURCE.replace("things*.csv", "things*.csv*")),
    )
    assert row["status"] == "refused" and "breaks off" in row["reason_en"]


def test_the_careful_reader_says_the_same_without_the_fast_one(world: World, monkeypatch: pytest.MonkeyPatch):
    from jobs.ingest import reading

    monkeypatch.setitem(reading.READERS, "csv", (delimited.careful,))
    assert land(world, HEAD + ROWS + "3,2026-01-03")["status"] == "refused"
    world.drop("things.csv", HEAD + ROWS.removesuffix("\n"))
    world.land()
    assert world.ledger()[-1]["status"] == "landed"


@pytest.mark.parametrize("last", ['{"id": "2", "made"', '{"id": "2"', '{"id": "2", "made": "2026-01-0'])
def test_a_json_lines_file_that_breaks_off_is_refused(world: World, last: str):
    row = land(world, LINES + last, "things.jsonl", JSONL)
    assert row["status"] == "refused" and "breaks off in its last record, number 2" in row["reason_en"]


def test_a_json_line_cut_inside_a_character_is_refused(world: World):
    whole = LINES.encode() + '{"id": "2", "name": "质'.encode()
    row = land(world, whole[:-1], "things.jsonl", JSONL)
    assert row["status"] == "refused"


def test_a_whole_last_json_line_needs_no_line_end_and_a_bad_one_with_it_costs_itself(world: World):
    row = land(world, LINES + '{"id": "2", "made": "2026-01-01"}', "things.jsonl", JSONL)
    assert (row["status"], row["loaded"]) == ("landed", 2)
    row = land(world, LINES + '{"id": "2"\n', "things_2.jsonl", JSONL)
    assert (row["status"], row["loaded"], row["unreadable"]) == ("landed", 1, 1)


def test_json_lines_that_hold_lists_are_cut_off_alike(world: World):
    text = JSONL.replace("format: jsonl", "format: jsonl\n    options: {record_path: rows}")
    row = land(world, '{"rows": [' + LINES.strip() + ']}\n{"rows": [{"id"', "things.jsonl", text)
    assert row["status"] == "refused" and "breaks off" in row["reason_en"]
