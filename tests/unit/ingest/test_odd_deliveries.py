"""Further files as hostile and careless people hand them in, and as other programs write them: what they say
is taken exactly, or the record or the file is named with the reason; nothing is guessed."""

from __future__ import annotations

import dataclasses
import json

import ingest_world
import pytest
from ingest_world import SOURCE, World
from odd_files import DAY, FILES, LOST, NAMES, cells, table
from program_files import PROGRAMS
from test_further_hostile_files import source

from jobs.contracts.catalog import Catalog
from jobs.ingest.patterns import contradiction


def feeds() -> str:
    """A feed for each format, and one in GB 18030; each reads a price and a kind too."""
    further = "      name:     {from: name}\n      price:    {from: price}\n      kind:     {from: kind}\n"
    text = source().replace("      name:     {from: name}\n", further)
    feed = (
        text.split("  csv:\n")[1]
        .split("  tsv:\n")[0]
        .replace("['*.csv', '*.csv.gz', '*.csv.zip']", "['*.gb']")
    )
    return f"{text}  gb:\n" + feed.replace("format: csv", "format: csv\n    encoding: gb18030")


@pytest.mark.drill(
    fault="some sixty further careless, hostile and damaged files, and those of other programs, in one inbox",
    invariant="every record is taken as it says, or listed, or the file says why it is refused",
)
def test_what_an_odd_file_says_is_taken_exactly_or_named(world: World):
    files = FILES | PROGRAMS
    assert len(files) == len(FILES) + len(PROGRAMS)
    world.source(feeds())
    for name, (content, _) in files.items():
        world.drop(name, content)
    world.land()
    found = {row["file"]: row for row in world.ledger()}
    assert found.keys() == files.keys()
    for name, (_, becomes) in files.items():
        row = found[name]
        if isinstance(becomes, str):
            assert row["status"] == "refused" and becomes in row["reason_en"] and row["reason_zh"], (
                name,
                row,
            )
            continue
        counts = tuple(map(row.get, ("records", "unreadable", "loaded")))
        assert counts == becomes[:3], (name, counts, row["reason_en"], row["unreadable_list"])
        assert len(json.loads(row["unreadable_list"])) == row["unreadable"], name
        if len(becomes) > 3:
            assert [r[becomes[3]] for r in world.rows(row)] == becomes[4], name
    assert world.land().recorded == 0


@pytest.mark.drill(
    fault="a file in which each of 20,000 records names a separate field",
    invariant="its records land, a thousand of the fields are named and all are counted",
)
def test_as_many_fields_as_records_land(world: World):
    world.source(feeds())
    lines = [json.dumps({"id": str(n), "made": DAY, "name": "a", f"field {n}": 1}) for n in range(20_000)]
    world.drop("fields.jsonl", "\n".join([*lines, ""]))
    world.land()
    assert world.one()["loaded"] == 20_000 and len(world.one()["drift"]) == 1_000
    assert "only the first 1000 of 20000 columns" in world.one()["warnings"][-1]


@pytest.mark.drill(
    fault="names of files that mean something else elsewhere", invariant="each is landed under its name"
)
def test_a_file_is_landed_whatever_its_name_would_mean_elsewhere(world: World):
    world.source(feeds())
    for number, name in enumerate(NAMES):
        world.drop(name, table(f"{number},{DAY},a,,"))
    world.land()
    landed = {row["file"]: [r["thing_id"] for r in world.rows(row)] for row in world.ledger()}
    assert landed == {name: [str(number)] for number, name in enumerate(NAMES)}


def with_codes(monkeypatch) -> None:
    """The table's `kind` is a code as its key is, but not required."""
    thing = ingest_world.CATALOG.contracts["silver.thing"]
    columns = tuple(dataclasses.replace(c, code=c.name in ("thing_id", "kind")) for c in thing.columns)
    changed = {"silver.thing": dataclasses.replace(thing, columns=columns)}
    monkeypatch.setattr(ingest_world, "CATALOG", Catalog(ingest_world.CATALOG.contracts | changed))


@pytest.mark.parametrize("name", LOST)
@pytest.mark.drill(
    fault="two numbers that a spreadsheet wrote as one (6.92E+12), where codes stand",
    invariant="both are put aside with the reason, and neither replaces the other",
)
def test_codes_that_lost_their_last_digits_are_not_taken_for_one(world: World, name: str, monkeypatch):
    with_codes(monkeypatch)
    world.source(feeds())
    world.drop(name, LOST[name])
    world.land()
    marked = [(row["name"], row["_unmapped"]) for row in world.rows()]
    assert marked == [("甲", ";thing_id;"), ("乙", ";thing_id;"), ("丙", "")]
    (warning,) = [text for text in world.one()["warnings"] if "6.92E+12" in text]
    assert "thing_id: 2 values, first in record 1" in warning and "首见于第1条记录" in warning


def test_a_code_that_is_not_required_is_left_empty_where_it_lost_digits_and_flagged(
    world: World, monkeypatch
):
    """Its row counts; 1E+5 with one digit is a code that somebody chose."""
    with_codes(monkeypatch)
    world.source(feeds())
    world.drop(
        "a.csv",
        table(f"1,{DAY},a,,6.92E+12", f"2,{DAY},a,,1E+5", f"3,{DAY},6.92E+12,6.92E+12,", f"4,{DAY},a,,"),
    )
    world.land()
    kept = [(row["kind"], row["_unmapped"], row["price"], row["_original_kind"]) for row in world.rows()]
    assert kept == [
        (None, ";kind;", None, "6.92E+12"),
        ("1E+5", "", None, None),
        (None, "", "6.92E+12", None),
        (None, "", None, None),
    ]


def test_codes_that_a_source_keeps_as_they_are_are_kept(world: World, monkeypatch):
    with_codes(monkeypatch)
    world.source(SOURCE + "      kind: {from: kind, on_unmapped: keep}\n")
    world.drop("things.csv", table(f"1,{DAY},a,,6.92E+12"))
    world.land()
    assert [(row["kind"], row["_unmapped"]) for row in world.rows()] == [("6.92E+12", "")]


def test_whole_numbers_of_a_workbook_that_kept_their_digits_are_codes(world: World):
    world.source(feeds())
    world.drop("a.xlsx", cells((6923456789012.0, DAY, "a"), (999999999999999.0, DAY, "b")))
    world.land()
    assert world.column("thing_id") == ["6923456789012", "999999999999999"]


@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        (["dd/MM/yyyy", "MM/dd/yyyy"], "01/02/2001"),
        (["yy-M-d", "d-M-yy"], "11-1-01"),
        (["yyyyMMdd", "ddMMyyyy"], None),  # no day of these years is one of both
        (["yyyy-MM-dd", "yyyy/MM/dd", "yyyyMMdd", "d MMM yyyy"], None),
        (["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd"], None),
    ],
)
def test_patterns_that_read_one_text_as_two_days_contradict_each_other(patterns: list[str], text: str | None):
    assert contradiction(patterns) == (None if text is None else (*patterns, text))


def test_a_source_whose_patterns_contradict_each_other_is_not_read(world: World):
    text = SOURCE.replace("[yyyy-MM-dd]", '["dd/MM/yyyy", "MM/dd/yyyy"]')
    (problem, *_) = world.problems(text)
    assert "would be one day by 'dd/MM/yyyy' and another by 'MM/dd/yyyy'" in problem


def test_each_bad_pattern_is_named_and_the_good_ones_are_compared(world: World):
    text = SOURCE.replace("[yyyy-MM-dd]", '["dd/MM/yyyy", "qq", "MM/dd/yyyy", "ww-dd"]')
    problems = "\n".join(world.problems(text))
    assert all(said in problems for said in ("qq", "ww-dd", "another by 'MM/dd/yyyy'"))
