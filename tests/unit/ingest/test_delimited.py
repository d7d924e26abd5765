"""CSV and TSV: the fast and the careful reader give the same records; a damaged record costs itself only."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from ingest_world import SOURCE, World

from jobs.ingest import delimited
from jobs.ingest.model import Feed, Options, Refused
from jobs.ingest.opening import contents
from jobs.ingest.records import Found, Unclean

HEADER = "id,made,name\n"


def read(reader, feed: Feed, content: bytes) -> tuple[list[tuple], list[tuple[int, str]], list[str]]:
    """(record number, cells…), the unreadable records and the names that a reader gives."""
    found = Found()
    rows = []
    for batch in reader(io.BufferedReader(io.BytesIO(content)), feed, found):
        columns = [batch.columns[name].to_pylist() for name in sorted(batch.columns)]
        rows += zip(batch.record.to_pylist(), *columns, strict=True)
    return rows, sorted((n, r.en) for n, r in found.unreadable), list(found.names)


@pytest.fixture
def feed(world: World) -> Feed:
    return world.feed()


# Content behind the header; all of it is clean enough for the fast reader.
CLEAN = {
    "plain": "1,2026-01-01,a\n2,2026-01-02,b\n",
    "no_line_end_at_the_end": "1,2026-01-01,a\n2,2026-01-02,b",
    "windows_line_ends": "1,2026-01-01,a\r\n2,2026-01-02,b\r\n",
    "old_mac_line_ends": "1,2026-01-01,a\r2,2026-01-02,b\r",
    "blank_lines": "\n1,2026-01-01,a\n\n\r\n2,2026-01-02,b\n\n\n",
    "quoted_delimiter_quote_and_line_end": '1,"2026-01-01","a,""b""\nc"\n2,x,"d\r\ne"\n',
    "quote_inside_a_field": '1,x,5"x\n2,y,"7"z\n',
    "empty_and_space_cells": '1,"",\n2, ,\u3000a\u00a0\n',
    "short_and_long_records": "1,2026-01-01\n2,2026-01-02,b\n\n3,x,y,z\n4,x,y\n5\n",
    "a_line_of_spaces": "  \n1,x,y\n",
    "mixed_line_ends": "1,2026-01-01,a\r\n2,2026-01-02,b\n3,2026-01-03,c\r4,2026-01-04,d",
    "header_only": "",
    "formula": "1,=cmd|'/c'!A0,@SUM(1)\n",
    "wide": "1,汉字,\U0001f600\n",
}


@pytest.mark.parametrize("content", CLEAN.values(), ids=CLEAN)
def test_both_readers_give_the_same_records(feed: Feed, content: str):
    whole = (HEADER + content).encode()
    assert read(delimited.fast, feed, whole) == read(delimited.careful, feed, whole)


@pytest.mark.parametrize("content", CLEAN.values(), ids=CLEAN)
def test_both_readers_give_the_same_records_in_gb18030_with_pipes(world: World, content: str):
    dialect = "format: csv\n    encoding: gb18030\n    options: {delimiter: '|', quote: \"'\"}"
    feed = world.feed(SOURCE.replace("format: csv", dialect))
    whole = (HEADER + content).replace(",", "|").replace('"', "'").replace("|'/c'!A0", "x").encode("gb18030")
    assert read(delimited.fast, feed, whole) == read(delimited.careful, feed, whole)


def test_both_readers_agree_across_blocks(feed: Feed, monkeypatch, uncaged):
    monkeypatch.setattr(delimited, "_BLOCK", 200)
    monkeypatch.setattr(delimited, "BATCH", 7)

    def line(i: int) -> str:
        if i % 11 == 0:
            return f"{i},x"
        return f'{i},"x\n{i}",y' if i % 5 == 0 else "" if i % 7 == 0 else f"{i},x,y"

    lines = [line(i) for i in range(300)]
    whole = (HEADER + "\n".join(lines)).encode()
    fast, careful = read(delimited.fast, feed, whole), read(delimited.careful, feed, whole)
    assert fast == careful and len(fast[0]) > 200 and len(fast[1]) == 28


def test_record_numbers_count_unreadable_records_but_no_blank_lines(feed: Feed):
    rows, unreadable, _ = read(delimited.fast, feed, (HEADER + "1,x,y\n\n2,x\n3,x,y\n").encode())
    assert [r[0] for r in rows] == [1, 3]
    assert unreadable == [(2, "has 2 fields instead of 3")]


UNCLEAN = {
    "bad byte": (b"1,x,y\n2,\xff,y\n3,x,y\n", ["1", "3"], [(2, "holds a byte that does not decode")]),
    "nul": (b"1,x,y\n2,x\0,y\n3,x,y\n", ["1", "3"], [(2, "holds a NUL byte")]),
    "nul to the end": (b"1,x,y\n\0\0\0\0", ["1"], [(2, "holds a NUL byte")]),
    "nul in a record of two lines": (b'1,x,y\n2,"x\n\0",y\n3,x,y\n', ["1", "3"], [(2, "holds a NUL byte")]),
    "quote open to the end": (b'1,x,y\n2,"x,y\n3,x,y\n', ["1", "3"], [(2, "has a quote that is not closed")]),
    "quote open in the last line": (b'1,x,y\n2,x,"y\n', ["1"], [(2, "has a quote that is not closed")]),
    # The stray quote of record 2 ends at that of record 4: only these two are lost, record 3 between them is
    # not.
    "two stray quotes": (
        b'1,x,y\n2,"x,y\n3,x,y\n4,x,"y\n5,x,y\n',
        ["1", "3", "5"],
        [(2, "has 2 fields instead of 3"), (4, "has a quote that is not closed")],
    ),
}


@pytest.mark.parametrize(("content", "ids", "lost"), UNCLEAN.values(), ids=UNCLEAN)
def test_a_damaged_record_costs_itself_only(feed: Feed, content: bytes, ids: list[str], lost: list):
    with pytest.raises(Unclean):
        read(delimited.fast, feed, HEADER.encode() + content)
    rows, unreadable, _ = read(delimited.careful, feed, HEADER.encode() + content)
    assert [r[1] for r in rows] == ids and unreadable == lost


@pytest.mark.drill(fault="bytes that are not of the encoding", invariant="one record is lost")
def test_a_damaged_gb18030_character_swallows_neither_delimiter_nor_line_end(world: World):
    feed = world.feed(
        SOURCE.replace("format: csv", "format: csv\n    encoding: gb18030\n    options: {delimiter: '|'}")
    )
    good = "1|2026-01-01|甲\n".encode("gb18030")
    lead = "2|2026-01-01|乙".encode("gb18030")[:-1] + b"\n"  # half a character before the line end
    eaten = b"3|2026\x81|x\n"  # \x81| is one (legal) character: a field is missing
    rows, unreadable, _ = read(delimited.careful, feed, b"id|made|name\n" + good + lead + eaten + good)
    assert [r[0] for r in rows] == [1, 4]
    assert unreadable == [(2, "holds a byte that does not decode"), (3, "has 2 fields instead of 3")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "big5", "shift_jis", "utf-32"])
def test_any_encoding_is_read(world: World, encoding: str):
    world.source(SOURCE.replace("format: csv", f"format: csv\n    encoding: {encoding}"))
    world.drop("things.csv", (HEADER + "1,2026-01-01,日本\n").encode(encoding))
    world.land()
    assert world.column("name") == ["日本"]


@pytest.mark.parametrize("actual", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.drill(fault="a byte order mark against the stated encoding", invariant="the mark counts")
def test_a_byte_order_mark_goes_before_the_stated_encoding(world: World, actual: str):
    world.source(SOURCE.replace("format: csv", "format: csv\n    encoding: gb18030"))
    world.drop("things.csv", (HEADER + "1,2026-01-01,é\n").encode(actual))
    world.land()
    assert world.column("name") == ["é"]


def test_half_a_utf16_character_costs_its_record_only(world: World):
    world.source(SOURCE.replace("format: csv", "format: csv\n    encoding: utf-16-le"))
    before, after = (
        text.encode("utf-16-le") for text in (HEADER + "1,2026-01-01,a\n2,", ",x\n3,2026-01-01,c\n")
    )
    world.drop("things.csv", before + b"\x00\xdc" + after)
    world.land()
    assert world.column("name") == ["a", "c"] and world.unreadable() == [
        (2, "holds a byte that does not decode")
    ]


def test_tab_separated_files_need_no_option(world: World):
    world.source(SOURCE.replace("format: csv", "format: tsv"))
    world.drop("things.csv", "id\tmade\tname\n1\t2026-01-01\ta,b\n")
    world.land()
    assert world.column("name") == ["a,b"]


def test_a_file_without_quotes_takes_them_as_text(world: World):
    world.source(SOURCE.replace("format: csv", "format: csv\n    options: {quote: ''}"))
    world.drop("things.csv", HEADER + '1,2026-01-01,"a\n')
    world.land()
    assert world.column("name") == ['"a']


def test_a_delimiter_beyond_ascii_is_read_by_the_careful_reader(world: World):
    world.source(SOURCE.replace("format: csv", "format: csv\n    options: {delimiter: '｜'}"))
    world.drop("things.csv", "id｜made｜name\n1｜2026-01-01｜a\n")
    world.land()
    assert world.column("name") == ["a"]


def test_a_header_further_down_counts_lines(world: World):
    world.source(SOURCE.replace("format: csv", "format: csv\n    options: {header_row: 3}"))
    world.drop("things.csv", "synthetic data\n\n" + HEADER + "1,2026-01-01,a\n")
    world.land()
    assert world.rows()[0]["_record"] == 1 and world.column("name") == ["a"]


@pytest.mark.parametrize(
    ("header", "en"),
    [
        (b"id,made,made\n1,2,3\n", "column names occur twice in the header: made"),
        (b"id,m\xffde,name\n1,2,3\n", "the header does not decode as utf-8"),
        ("id,made,name\n1,2,3\n".encode("utf-16-le"), "the header holds a NUL byte"),
    ],
)
def test_a_bad_header_refuses_the_file(feed: Feed, header: bytes, en: str):
    with pytest.raises(Refused, match=en):
        read(delimited.careful, feed, header)


def test_columns_without_a_name_are_drift_and_no_duplicates(world: World):
    world.source()
    world.drop("things.csv", "id,made,name,,\n1,2026-01-01,a,,x\n")
    world.land()
    assert world.column("name") == ["a"] and world.one()["drift"] == ["(column 4)", "(column 5)"]


@pytest.mark.drill(fault="a truncated gzip file", invariant="refused whole")
def test_a_damaged_gzip_file_is_refused_as_a_whole(feed: Feed, tmp_path: Path):
    import gzip

    whole = gzip.compress((HEADER + "".join(f"{i},2026-01-01,a\n" for i in range(5000))).encode())
    for content, en in (
        (whole[:-20], "truncated or damaged"),
        (whole[:60] + b"\0\0\0" + whole[63:], "truncated or damaged"),
        (b"id,made\n", "not a gzip file"),
    ):
        path = tmp_path / "x"
        path.write_bytes(content)
        with (
            pytest.raises(Refused, match=en),
            contents(path, "x.csv.gz", feed) as ((content,), _),
            content.open() as stream,
        ):
            list(delimited.fast(stream, feed, Found()))


def test_options_default_to_comma_and_double_quote():
    assert Options() == Options(",", '"', 1, None)


def test_a_column_of_numbers_that_is_not_read_is_no_obstacle_in_a_file_of_several_blocks(
    world: World, monkeypatch: pytest.MonkeyPatch, uncaged
):
    """Its type must not be guessed: numbers in the first block, a text in a later one."""
    monkeypatch.setattr(delimited, "_BLOCK", 200)
    monkeypatch.setattr(delimited, "_rows", None)  # the careful reader takes ten times as long
    world.source(SOURCE)
    rows = "".join(f"{n},2026-01-01,a,{n}\n" for n in range(50))
    world.drop("things.csv", f"id,made,name,count\n{rows}50,2026-01-01,a,many\n")
    world.land()
    assert len(world.rows()) == 51
