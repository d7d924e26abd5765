"""JSON: a document with a list of records, and record_path in documents and in lines."""

from __future__ import annotations

import io
import json

import pytest
from ingest_world import SOURCE, World

from jobs.ingest import json_files
from jobs.ingest.json_files import record_paths
from jobs.ingest.model import Refused
from jobs.ingest.nested import decoder
from jobs.ingest.records import Found

JSON = SOURCE.replace("csv", "json")
RECORDS = [{"id": 1, "made": "2026-01-01", "name": "a"}, {"id": 2, "made": "2026-01-02", "name": "b"}]


def source(world: World, path: str | None = None, *, style: str = "json") -> None:
    options = "" if path is None else f"\n    options: {{record_path: '{path}'}}"
    world.source(SOURCE.replace("csv", style).replace(f"format: {style}", f"format: {style}{options}"))


@pytest.mark.parametrize(
    ("path", "document", "ids"),
    [
        (None, RECORDS, ["1", "2"]),
        ("data.items", {"data": {"items": RECORDS}}, ["1", "2"]),
        (
            "pages[*].items",
            {"pages": [{"items": RECORDS[:1]}, {"items": None}, {"items": RECORDS[1:]}]},
            ["1", "2"],
        ),
        ("[*].items", [{"items": RECORDS[:1]}, {"items": RECORDS[1:]}], ["1", "2"]),
        ("[1]", [[], RECORDS], ["1", "2"]),
        ("[*]", [RECORDS[:1], RECORDS[1:]], ["1", "2"]),
    ],
)
def test_the_records_are_the_list_at_record_path_and_count_from_one(
    world: World, path: str | None, document, ids: list[str]
):
    source(world, path)
    world.drop("things.json", json.dumps(document, indent=1))
    world.land()
    assert world.column("thing_id") == ids and world.column("_record") == [1, 2]


def test_numbers_stay_as_written_and_what_is_no_object_is_unreadable(world: World):
    world.source(JSON + "      price: {from: p}\n      ok: {from: ok}\n")
    world.drop(
        "things.json",
        '[{"id": 1, "made": "2026-01-01", "p": 1e400, "ok": true}, 5, ["x"], {"id": "\\ud800", "made": '
        '"2026-01-01"},'
        '{"id": 10000000000000000000001, "made": "2026-01-01", "p": 1.10}]',
    )
    world.land()
    assert world.column("thing_id") == ["1", "10000000000000000000001"] and world.column("price") == [
        "1e400",
        "1.10",
    ]
    assert world.column("_record") == [1, 5]
    assert world.unreadable() == [
        (2, "is not a JSON object"),
        (3, "is not a JSON object"),
        (4, "holds half of a surrogate pair"),
    ]


@pytest.mark.parametrize(
    ("path", "content", "en"),
    [
        (None, json.dumps(RECORDS)[:-1], "is not a whole JSON document (Expecting ',' delimiter at line 1)"),
        (None, json.dumps(RECORDS) + "x", "is not a whole JSON document (Extra data at line 1)"),
        (None, '[{"id": "\udcff"}]'.encode("utf-8", "surrogateescape"), "does not decode as utf-8"),
        (
            None,
            json.dumps({"data": {"items": RECORDS}, "n": 2}),
            (
                "record_path: there is no list at the document (the document has: data, n); lists are at: "
                "data.items"
            ),
        ),
        (
            "data.item",
            json.dumps({"data": {"items": RECORDS, "total": 2}}),
            "record_path: there is no list at data.item (data has: items, total); lists are at: data.items",
        ),
        (
            "data",
            json.dumps({"data": {"items": RECORDS}}),
            "record_path: there is no list at data (data has: items); lists are at: data.items",
        ),
        (
            "pages[*].items",
            json.dumps({"pages": [{"items": RECORDS}, {"error": "too many requests"}]}),
            "record_path: there is no list at pages[*].items (pages[*] has: error)",
        ),
        (
            "pages[*].items",
            json.dumps({"pages": {"items": RECORDS}}),
            "record_path: there is no list at pages[*] (pages has: items); lists are at: pages.items",
        ),
        (None, '"text"', "record_path: there is no list at the document"),
        (None, "[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_document_without_its_records_is_refused_whole_and_says_what_is_there(
    world: World, path: str | None, content, en: str
):
    source(world, path)
    world.drop("things.json", content)
    world.land()
    row = world.one()
    assert (row["status"], row["reason_en"]) == ("refused", en) and row["reason_zh"] not in ("", en)


def test_a_document_with_an_empty_list_is_empty(world: World):
    source(world, "data")
    world.drop("things.json", '{"data": []}')
    world.land()
    assert world.one()["status"] == "empty"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_a_document_is_decoded_by_its_byte_order_mark_or_its_encoding(world: World, encoding: str):
    world.source(
        JSON.replace(
            "format: json", f"format: json\n    encoding: {'utf-8' if 'utf' in encoding else encoding}"
        )
    )
    world.drop(
        "things.json", json.dumps([{**RECORDS[0], "name": "质量"}], ensure_ascii=False).encode(encoding)
    )
    world.land()
    assert world.column("name") == ["质量"]


def test_lines_with_record_path_count_the_records_that_they_hold(world: World):
    source(world, "hit.source", style="jsonl")
    lines = [
        {"hit": {"source": RECORDS[0]}},
        {"hit": {}},
        {"hit": {"source": []}},
        {"hit": {"source": [RECORDS[1], 7, RECORDS[0]]}},
    ]
    world.drop("things.jsonl", "\n".join(map(json.dumps, lines)) + "\n{\n")
    world.land()
    assert world.column("thing_id") == ["1", "2", "1"] and world.column("_record") == [1, 3, 5]
    assert [(n, r.split(" (")[0]) for n, r in world.unreadable()] == [
        (2, "holds nothing at record_path"),
        (4, "is not a JSON object"),
        (6, "is not JSON"),
    ]


def test_a_document_that_is_too_large_to_be_read_whole_is_refused(world: World, monkeypatch, uncaged):
    from jobs.ingest import opening

    monkeypatch.setattr(opening, "WHOLE", 20)
    source(world)
    world.drop("things.json", json.dumps(RECORDS))
    world.land()
    assert "must be read whole: split it" in world.one()["reason_en"]


@pytest.mark.parametrize("style", ["json", "jsonl"])
def test_an_object_that_names_a_field_twice_is_unreadable_unless_both_values_are_equal(
    world: World, style: str
):
    source(world, style=style)
    records = [
        '{"id": 1, "made": "2026-01-01", "name": "a", "name": "b"}',  # which of the two is meant?
        '{"id": 2, "made": "2026-01-02", "name": "b", "name": "b"}',
        '{"id": 3, "made": "2026-01-03", "name": "c", "more": [{"x": 1, "x": 2}]}',  # within it, too
    ]
    text = f"[{', '.join(records)}]" if style == "json" else "".join(f"{r}\n" for r in records)
    world.drop(f"things.{style}", text)
    world.land()
    assert world.column("thing_id") == ["2"] and world.column("_record") == [2]
    twice = "names a field twice, with different values"
    assert world.unreadable() == [(1, twice), (3, twice)]


def test_a_document_is_not_searched_anew_for_each_record(world: World, monkeypatch):
    """An emoji as ensure_ascii writes it and an escaped NUL: each record is judged without the whole text."""
    searched: list[int] = []
    judge = json_files._object

    def noted(value, source, doubled):
        searched.append(len(source))
        return judge(value, source, doubled)

    monkeypatch.setattr(json_files, "_object", noted)
    text = json.dumps([*RECORDS, {"id": 3, "made": "2026-01-03", "name": "😀"}, {"id": "\x00"}])
    stream = io.BufferedReader(io.BytesIO(text.encode()))
    read = list(json_files.document(stream, world.feed(JSON), Found()))
    assert len(searched) == 4 and max(searched) < 20 < len(text) and read


@pytest.mark.parametrize("style", ["json", "jsonl"])
def test_a_field_that_only_a_late_record_of_many_has_is_present(world: World, style: str):
    records = [{"id": n, "made": "2026-01-01"} for n in range(1, 2_601)]
    records[1_700]["name"] = "late"
    records[2_500] |= {"name": None, "made": ["2026-01-01"]}
    source(world, style=style)
    text = json.dumps(records) if style == "json" else "\n".join(map(json.dumps, records))
    world.drop(f"things.{style}", text)
    world.land()
    assert world.column("thing_id") == [str(n) for n in range(1, 2_601)]
    assert [(n, name) for n, name in enumerate(world.column("name")) if name is not None] == [(1_700, "late")]
    assert (world.one()["records"], world.one()["missing"]) == (2_600, [])


def test_a_document_that_feeds_read_one_after_another_is_decoded_once(world: World, monkeypatch):
    feed, decoded = world.feed(JSON), list[int]()
    monkeypatch.setattr(json_files, "_LAST", {})
    monkeypatch.setattr(json_files, "decoder", lambda doubled: decoded.append(1) or decoder(doubled))

    def read(text: str):
        found = Found()
        stream = io.BufferedReader(io.BytesIO(text.encode()))
        return [batch.columns for batch in json_files.document(stream, feed, found)], found

    text = '[{"id": 1, "id": 2}, {"id": 3, "name": "\\u0000"}, {"id": 4, "name": "\\ud83d"}, {"id": 5}]'
    first, again = read(text), read(text)
    assert first == again and [number for number, _ in again[1].unreadable] == [1, 2, 3]
    assert len(decoded) == 1
    for _ in range(2):
        with pytest.raises(Refused, match="not a whole JSON document"):
            read(text[:-1])
    assert read(text) == first and len(decoded) == 4


def test_a_large_document_is_not_kept_for_the_next_feed(world: World, monkeypatch):
    text = json.dumps(RECORDS)
    monkeypatch.setattr(json_files, "_LAST", {b"before": None})
    monkeypatch.setattr(json_files, "_SHARED", len(text) - 1)
    assert list(json_files.document(io.BufferedReader(io.BytesIO(text.encode())), world.feed(JSON), Found()))
    assert json_files._LAST == {}


def test_lists_below_keys_that_a_path_cannot_name_are_left_out():
    document = {"a.b": [{"x": 1}], "a[": [{"x": 1}], "": [{"x": 1}], "c": {"d": [{"x": 1}]}}
    stream = io.BufferedReader(io.BytesIO(json.dumps(document).encode()))
    assert record_paths(stream, "utf-8") == ["c.d"]
