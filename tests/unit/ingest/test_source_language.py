"""A source YAML is read under a closed language; each mistake is a line with file, line and field."""

from __future__ import annotations

import pytest
from ingest_world import CATALOG, SOURCE, World

from jobs.contracts.catalog import load_catalog
from jobs.ingest import source
from jobs.ingest.model import Value
from jobs.strict_yaml import load_text


def test_a_good_yaml_becomes_a_source(world: World):
    feed = world.feed(
        SOURCE.replace(
            "files:", "volume: {min: 1, max: 9}\n    ignore: [remark]\n    mode: append\n    files:"
        )
    )
    source = world.sources().good["acme"]
    assert (source.publisher_zh, source.cadence, source.family, source.synthetic) == (
        "某厂",
        "daily",
        "",
        False,
    )
    assert (feed.target, feed.encoding, feed.volume_min, feed.volume_max, feed.ignore) == (
        "thing",
        "utf-8",
        1,
        9,
        ("remark",),
    )
    assert feed.policies == ";mode=append;" and feed.event_date == "made_on"
    assert [c.name for c in feed.columns] == ["thing_id", "made_on", "name"]
    assert feed.columns[0].value == Value("from", column="id")


def test_a_feed_may_have_a_cadence_of_its_own_which_does_not_change_how_its_files_land(world):
    own = world.feed(SOURCE.replace("files:", "cadence: monthly\n    files:"))
    plain = world.feed(SOURCE)
    assert (own.cadence, plain.cadence) == ("monthly", None) and own.mapping == plain.mapping


def test_jurisdiction_and_currency_stand_at_the_top_and_a_feed_may_have_its_own(world):
    top = SOURCE.replace("cadence: daily", "cadence: daily\njurisdiction: GB\ncurrency: GBP")
    whole, own = world.feed(top), world.feed(top.replace("files:", "jurisdiction: IE\n    files:"))
    assert (
        whole.policies == ";jurisdiction=GB;currency=GBP;"
        and own.policies == ";jurisdiction=IE;currency=GBP;"
    )
    plain = world.feed(SOURCE)
    assert plain.policies == "" and len({plain.mapping, whole.mapping, own.mapping}) == 3, "landed anew"


# What is replaced in the good YAML, by what, and how the line that must come of it goes on behind
# `acme.yaml`.
WRONG = [
    ("cadence: daily", "cadense: daily", ":4: cadense: unknown field; did you mean cadence?"),
    ("cadence: daily", "cadence: dayly", ":4: cadence: 'dayly' is not one of"),
    ("cadence: daily", "jurisdiction: Uk", ":4: jurisdiction: 'Uk' is not a country code (ISO 3166-1"),
    (
        "cadence: daily",
        "jurisdiction: gb",
        ":4: jurisdiction: 'gb' is not a country code (ISO 3166-1, two letters); did you mean GB?",
    ),
    (
        "cadence: daily",
        "currency: Eur",
        ":4: currency: 'Eur' is not a currency code (ISO 4217, three letters); did you mean EUR?",
    ),
    (
        "target: thing",
        "target: thing\n    currency: RMB",
        ":8: feeds.things.currency: 'RMB' is not a currency code",
    ),
    ("target: thing", "target: thing\n    cadence: dayly", ":8: feeds.things.cadence: 'dayly' is not one of"),
    ("timezone: Asia/Shanghai", "timezone: Asia/Peking", ":3: timezone: 'Asia/Peking' is not a time zone"),
    ("source: acme", "source: Acme 1", ":1: source: 'Acme 1' must be small letters"),
    (
        "target: thing",
        "target: think",
        ":7: feeds.things.target: no silver table 'think' takes feeds; did you mean thing?",
    ),
    ("target: thing", "target: quarantine", ":7: feeds.things.target: no silver table 'quarantine'"),
    ("    target: thing\n", "", ":6: feeds.things.target: is missing"),
    (
        "format: csv",
        "format: cvs",
        (
            ":9: feeds.things.format: 'cvs' is not one of csv, tsv, jsonl, json, xlsx, parquet, sqlite; "
            "did you mean csv?"
        ),
    ),
    (
        "format: csv",
        "format: json\n    explode: 'items[*]'",
        ":10: feeds.things.explode: items[*] must name one list",
    ),
    (
        "format: csv",
        "format: json\n    explode: items..a",
        ":10: feeds.things.explode: 'items..a' is not a path",
    ),
    (
        "format: csv",
        "format: json\n    options: {record_path: 'a[x]'}",
        ":10: feeds.things.options.record_path: 'a[x]' is not a path",
    ),
    ("format: csv", "format: csv\n    member: []", ":10: feeds.things.member: must be text"),
    (
        "format: csv",
        "format: csv\n    options: {shet: a}",
        ":10: feeds.things.options.shet: unknown field; did you mean sheet?",
    ),
    (
        "format: csv",
        "format: csv\n    options: {delimiter: '||'}",
        ":10: feeds.things.options.delimiter: must be one character",
    ),
    (
        "format: csv",
        "format: csv\n    options: {header_row: 0}",
        ":10: feeds.things.options.header_row: counts from 1",
    ),
    (
        "format: csv",
        "format: csv\n    encoding: gb99",
        ":10: feeds.things.encoding: 'gb99' is not a text encoding",
    ),
    (
        "format: csv",
        "format: csv\n    encoding: base64",
        ":10: feeds.things.encoding: 'base64' is not a text encoding",
    ),
    (
        "format: csv",
        "format: csv\n    delivered: x",
        ":10: feeds.things.delivered: 'x' must hold one date pattern in braces",
    ),
    ("format: csv", "format: csv\n    delivered: 'a{YYYY}'", ":10: feeds.things.delivered: 'YYYY'"),
    (
        "format: csv",
        "format: csv\n    volume: {min: 5, max: 4}",
        ":10: feeds.things.volume: min is above max",
    ),
    (
        "format: csv",
        "format: csv\n    volume: {min: few}",
        ":10: feeds.things.volume.min: must be a whole number",
    ),
    (
        "format: csv",
        "format: csv\n    version: changed",
        ":10: feeds.things.version: 'changed' is not one of the columns",
    ),
    ("key: [thing_id]", "key: [name]", ":10: feeds.things.key: must be exactly the key of thing: [thing_id]"),
    ("key: [thing_id]", "key: [thing_id, name]", ":10: feeds.things.key: must be exactly the key of thing"),
    (
        "      made_on:  {from: made, date: [yyyy-MM-dd]}\n",
        "",
        ":11: feeds.things.columns.made_on: is required by thing but not mapped",
    ),
    ("name:     {", "nahme:     {", ":14: feeds.things.columns.nahme: unknown field; did you mean name?"),
    (
        "{from: name}",
        "{form: name}",
        ":14: feeds.things.columns.name.form: unknown field; did you mean from?",
    ),
    ("{from: name}", "{from: name, const: x}", ":14: feeds.things.columns.name: needs exactly one of"),
    (
        "{from: name}",
        "{from: name, map: {a: b}, scale: 2}",
        ":14: feeds.things.columns.name: map and scale cannot stand together",
    ),
    (
        "{from: name}",
        "{const: a, scale: 2}",
        ":14: feeds.things.columns.name: const and scale cannot stand together",
    ),
    (
        "{from: name}",
        "{from: name, split: ','}",
        ":14: feeds.things.columns.name.split: does not fit a column of type string",
    ),
    (
        "{from: name}",
        "{from: name, scale: many}",
        ":14: feeds.things.columns.name.scale: must be a decimal number",
    ),
    (
        "{from: name}",
        "{from: name, on_unmapped: drop}",
        ":14: feeds.things.columns.name.on_unmapped: 'drop' is not one of",
    ),
    (
        "{from: name}",
        "{from: name, lookup: things}",
        ":14: feeds.things.columns.name.lookup: no root holds lookups/things.csv",
    ),
    ("{from: name}", "{extract: [name, 'a+']}", ":14: feeds.things.columns.name.extract: 'a+' has no group"),
    (
        "{from: name}",
        "{extract: [name, '(a']}",
        ":14: feeds.things.columns.name.extract: '(a' is not a regular expression of RE2",
    ),
    (
        "{from: name}",
        "{substr: [name, 0, 4]}",
        ":14: feeds.things.columns.name.substr: first character and length",
    ),
    ("{from: name}", "{concat: [{text: a}]}", ":14: feeds.things.columns.name.concat: names no column"),
    (
        "{from: name}",
        "{concat: [{txt: a}, name]}",
        ":14: feeds.things.columns.name.concat[0].txt: unknown field; did you mean text?",
    ),
    ("[yyyy-MM-dd]", "[yyyy-mm-dd]", ":13: feeds.things.columns.made_on.date: 'yyyy-mm-dd' holds no month"),
    (
        "name:     {from: name}",
        "seen_at: {from: s, date: [yyyy-MM-dd]}",
        ":14: feeds.things.columns.seen_at.date: does not fit a column of type timestamp; write instant",
    ),
    ("cadence: daily", "cadence: daily\ncadence: weekly", ":5: cadence: occurs twice"),
]


@pytest.mark.parametrize(("old", "new", "line"), WRONG, ids=[w[2].split(": ", 1)[1][:60] for w in WRONG])
def test_a_mistake_is_told_by_file_line_and_field(world: World, old: str, new: str, line: str):
    assert SOURCE.count(old) == 1
    problems = world.problems(SOURCE.replace(old, new))
    assert any(problem.startswith("acme.yaml" + line) for problem in problems), problems


def test_all_mistakes_of_a_file_are_told_at_once(world: World):
    problems = world.problems(SOURCE.replace("daily", "dayly").replace("target: thing", "target: think"))
    assert len(problems) == 2


def test_scalars_are_text_and_never_yaml_1_1(world: World):
    feed = world.feed(SOURCE.replace("{from: name}", "{from: no, map: {yes: on, 010: 1_0, 2024-01-01: ~}}"))
    assert feed.columns[2].inputs == ("no",)
    assert feed.columns[2].operation.values == {"yes": "on", "010": "1_0", "2024-01-01": "~"}


def test_a_path_is_read_in_json_and_is_the_header_itself_in_csv(world: World):
    odd = SOURCE.replace("{from: name}", "{from: 'a.b[0'}")
    assert world.feed(odd).columns[2].value == Value("from", column="a.b[0")
    assert "not a path" in world.problems(odd.replace("csv", "jsonl"))[0]
    assert "gives a list" in world.problems(odd.replace("csv", "jsonl").replace("a.b[0", "a[*].b"))[0]


def test_a_name_that_begins_with_a_point_needs_explode(world: World):
    odd = SOURCE.replace("csv", "json").replace("{from: name}", "{from: ..a.b}")
    assert "a name that begins with a point needs explode" in world.problems(odd)[0]
    good = world.feed(odd.replace("format: json", "format: json\n    explode: items"))
    assert (good.explode, good.columns[2].value) == ("items", Value("from", column="..a.b"))
    assert (
        "not a path"
        in world.problems(
            odd.replace("format: json", "format: json\n    explode: items").replace("..a.b", "...a")
        )[0]
    )


def test_a_bad_yaml_does_not_stop_the_others(world: World):
    world.source()
    world.source(SOURCE.replace("acme", "bolt").replace("daily", "dayly"), "bolt.yaml")
    world.source("source: [", "broken.yaml")
    sources = world.sources()
    assert list(sources.good) == ["acme"] and sorted(b.name for b in sources.bad) == ["", "bolt"]


def test_one_name_in_two_files_is_an_error_of_both(world: World):
    world.source()
    (world.root / "sources/brand/acme.yaml").write_text(SOURCE, encoding="utf-8")
    sources = world.sources()
    assert not sources.good and len(sources.bad) == 2
    assert all("is also in" in b.problems[0] for b in sources.bad)


def test_the_family_is_the_folder_and_a_yaml_of_the_first_root_has_one(world: World):
    (world.root / "sources/brand/acme.yaml").write_text(SOURCE, encoding="utf-8")
    assert world.sources().good["acme"].family == "brand"
    (world.root / "sources/brand/acme.yaml").rename(world.root / "sources/acme.yaml")
    assert "must lie in a folder named after its family" in world.sources().bad[0].problems[0]


def test_a_flat_yaml_may_name_its_family(world: World):
    world.source(SOURCE.replace("cadence:", "family: lab\ncadence:"))
    assert world.sources().good["acme"].family == "lab"


def test_extends_merges_maps_deeply_replaces_lists_and_is_found_in_any_root(world: World):
    (world.root / "sources/families").mkdir()
    (world.root / "sources/families/pipes.yaml").write_text(
        "timezone: UTC\nfeeds:\n  things:\n    format: csv\n    encoding: gb18030\n"
        "    options: {delimiter: '|', header_row: 3}\n    ignore: [a, b]\n",
        encoding="utf-8",
    )
    feed = world.feed(
        SOURCE.replace("cadence", "extends: families/pipes\ncadence").replace(
            "    format: csv\n", "    options: {header_row: 2}\n    ignore: [c]\n"
        )
    )
    assert (feed.format, feed.encoding, feed.options.delimiter, feed.options.header_row) == (
        "csv",
        "gb18030",
        "|",
        2,
    )
    assert feed.ignore == ("c",) and feed.timezone == "Asia/Shanghai"


def test_a_feed_may_extend_a_dialect(world: World):
    world.source("format: csv\nencoding: gb18030\n", "families/gb.yaml")
    feed = world.feed(SOURCE.replace("    format: csv\n", "    extends: families/gb\n"))
    assert feed.encoding == "gb18030"


def test_two_sources_of_one_dialect_read_it_once_and_neither_changes_it_for_the_other(world, monkeypatch):
    world.source("format: csv\nencoding: gb18030\n", "families/gb.yaml")
    first = SOURCE.replace("    format: csv\n", "    extends: families/gb\n    options: {delimiter: '|'}\n")
    world.source(first)
    world.source(
        first.replace("source: acme", "source: other").replace("    options: {delimiter: '|'}\n", ""),
        "other.yaml",
    )
    seen = []
    monkeypatch.setattr(source, "load_text", lambda path: (seen.append(path.name), load_text(path))[1])
    found = world.sources()
    assert not found.bad and seen.count("gb.yaml") == 1
    assert [found.good[n].feed("things").options.delimiter for n in ("acme", "other")] == ["|", ","]


def test_a_mistake_in_a_shared_dialect_is_told_there(world: World):
    world.source("feeds:\n  things:\n    encoding: gb99\n", "families/gb.yaml")
    (problem,) = world.problems(SOURCE.replace("cadence", "extends: families/gb\ncadence"))
    assert problem.startswith("families/gb.yaml:3: feeds.things.encoding")


@pytest.mark.parametrize(
    ("parent", "text", "complaint"),
    [
        ("families/gc", "x: y\n", "no root holds families/gc.yaml; did you mean families/gb?"),
        ("families/gb", "extends: families/gb\n", "the files extend each other"),
    ],
)
def test_a_parent_that_is_absent_or_extends_itself_is_refused(
    world: World, parent: str, text: str, complaint: str
):
    world.source(text, "families/gb.yaml")
    assert any(
        complaint in p for p in world.problems(SOURCE.replace("cadence", f"extends: {parent}\ncadence"))
    )


def test_a_yaml_without_source_that_nothing_extends_is_told(world: World):
    assert "source: is missing" in world.problems("format: csv\n", "dialect.yaml")[0]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("from;to\na;b\n", "must have the columns from,to"),
        ("from,to\na,b\na,c\n", "'a' is mapped twice"),
        ("from,to\n,b\n", "'from' is empty"),
    ],
)
def test_a_bad_lookup_is_told(world: World, content: str, complaint: str):
    (world.further / "kinds.csv").write_text(content, encoding="utf-8")
    assert complaint in world.problems(SOURCE.replace("{from: name}", "{from: name, lookup: kinds}"))[0]


def test_the_mapping_hash_follows_what_decides_how_a_file_lands_and_nothing_else(world: World):
    lookup = world.root / "lookups" / "kinds.csv"
    lookup.write_text("from,to\na,b\n", encoding="utf-8")
    text = SOURCE.replace("{from: name}", "{from: name, lookup: kinds}")
    first = world.feed(text).mapping
    assert (
        world.feed(text.replace("Acme", "Acme Ltd").replace("daily", "weekly") + "# remark\n").mapping
        == first
    )
    assert world.feed(text.replace("Asia/Shanghai", "UTC")).mapping != first
    assert world.feed(text.replace("format: csv", "format: csv\n    volume: {min: 1}")).mapping != first
    lookup.write_text("from,to\na,c\n", encoding="utf-8")
    assert world.feed(text).mapping != first


def test_targets_are_the_silver_tables_that_are_not_derived():
    assert CATALOG.targets() == ["pair", "thing"]


def test_every_source_of_the_repository_is_good():
    from jobs.environment import SCHEMAS
    from jobs.ingest.source import load_sources

    sources = load_sources([SCHEMAS], load_catalog())
    assert not sources.bad, [str(b) for b in sources.bad]
    assert "reference" in sources.good
