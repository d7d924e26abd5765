"""An edition without records takes the rows of the one before it away only where its feed lets files shrink,
and says so; elsewhere it is held."""

from __future__ import annotations

import itertools

import pytest
from ingest_world import SOURCE, World

from jobs.ingest.units import current, units
from jobs.lake.tables import Lake

HEADER = "id,made,name\n"
ROWS = HEADER + "1,2026-01-01,a\n2,2026-01-02,b\n"
OTHERS = HEADER + "3,2026-02-01,c\n"
WHOLE = SOURCE.replace("format: csv", "format: csv\n    volume: {shrink: 0}")
TAKEN = "replaces the edition before it (2 records, 2 keys)"


def live(world: World) -> set[str]:
    """The ids of the rows that count."""
    state = units(Lake(world.environment.lake).frame("ops.ingest_file"))["thing"]
    keys = {each.load_key for each in state.live}
    mine = [unit for unit in state.landed.to_dict("records") if unit["load_key"] in keys and unit["loaded"]]
    return {row["thing_id"] for unit in mine for row in world.rows(unit)}


def warned(world: World) -> dict[str, list[str]]:
    """By file the warnings of its newest row in the ledger."""
    return {row["file"]: row["warnings"] for row in world.ledger()}


@pytest.mark.drill(fault="a month handed in again without rows", invariant="no row of it counts")
def test_where_files_may_shrink_an_edition_without_records_takes_its_rows_away_and_says_so(world: World):
    world.source(WHOLE)
    world.drop("things_01.csv", ROWS, mtime=1)
    world.drop("things_02.csv", OTHERS, mtime=1)
    world.land()
    world.drop("things_01.csv", HEADER, mtime=2)
    report = world.land()
    assert (report.clean, report.empty, live(world)) == (True, 1, {"3"})
    (warning,) = report.warnings
    assert (
        warning.startswith("acme/things_01.csv: 本版没有数据，取代上一版（2条记录、2个键）")
        and TAKEN in warning
    )
    row = world.ledger()[-1]
    assert (row["status"], row["reason_en"], row["records"]) == ("empty", "holds no record", 0)
    assert world.land().recorded == 0  # and nothing is said twice
    world.drop("things_01.csv", ROWS, mtime=3)
    world.land()
    assert live(world) == {"1", "2", "3"}


@pytest.mark.parametrize("content", [HEADER, ""], ids=["header", "nothing"])
@pytest.mark.drill(fault="a file without rows in place of one with rows", invariant="its rows go on to count")
def test_elsewhere_an_edition_without_records_is_held_and_takes_nothing_away(world: World, content: str):
    world.source()
    world.drop("things.csv", ROWS, mtime=1)
    world.land()
    world.drop("things.csv", content, mtime=2)
    report = world.land()
    assert (len(report.held), report.empty, report.warnings, live(world)) == (1, 0, [], {"1", "2"})
    world.land(accept=["acme/things.csv"])
    row = world.ledger()[-1]
    assert (row["status"], row["reason_en"], live(world)) == ("empty", "holds no record", set())
    assert TAKEN in row["warnings"][0]


@pytest.mark.drill(fault="a file of no byte in place of a month", invariant="the month goes on to count")
def test_a_file_that_was_cut_off_before_its_first_byte_clears_no_month_unless_it_is_accepted(world: World):
    """Neither does it hide a header without rows that comes after it."""
    world.source(WHOLE)
    world.drop("things_01.csv", ROWS, mtime=1)
    world.land()
    world.drop("things_01.csv", "", mtime=2)
    report = world.land()
    assert (len(report.held), report.empty, live(world)) == (1, 0, {"1", "2"})
    assert "no byte (before: 2 records, 2 keys)" in world.ledger()[-1]["reason_en"]
    world.drop("things_01.csv", HEADER, mtime=3)
    world.land()
    assert live(world) == set() and TAKEN in warned(world)["things_01.csv"][0]
    world.drop("things_02.csv", OTHERS, mtime=1)
    world.land()
    world.drop("things_02.csv", "", mtime=2)
    world.land()
    world.land(accept=["acme/things_02.csv"])
    assert live(world) == set()


@pytest.mark.parametrize("text", [SOURCE, WHOLE], ids=["default", "whole"])
def test_a_file_of_another_name_without_records_takes_nothing_away(world: World, text: str):
    world.source(text)
    world.drop("things_01.csv", ROWS, mtime=1)
    world.drop("things_02.csv", HEADER, mtime=2)
    report = world.land()
    assert (report.clean, report.empty, report.warnings, live(world)) == (True, 1, [], {"1", "2"})


def test_two_months_may_be_emptied_by_one_content(world: World):
    world.source(WHOLE)
    world.drop("things_01.csv", ROWS, mtime=1)
    world.drop("things_02.csv", OTHERS, mtime=1)
    world.land()
    for name in ("things_01.csv", "things_02.csv"):
        world.drop(name, HEADER, mtime=2)
        world.land()
    assert live(world) == set() and TAKEN in warned(world)["things_01.csv"][0]
    assert "(1 record, 1 key)" in warned(world)["things_02.csv"][0]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[:6])
def test_what_is_taken_away_does_not_depend_on_the_order_of_arrival(world: World, order: tuple[int, ...]):
    world.source(WHOLE)
    contents = [OTHERS, ROWS, HEADER]  # by time of change
    for place in order:
        world.drop("things.csv", contents[place], mtime=place + 1)
        world.land()
    files = current(Lake(world.environment.lake).frame("ops.ingest_file"))
    (empty,) = files[files["live"]].to_dict("records")
    assert empty["status"] == "empty" and live(world) == set()
    assert len(empty["warnings"]) == 1 and TAKEN in empty["warnings"][0]


def test_a_snapshot_without_records_says_that_every_key_ends(world: World):
    world.source(
        SOURCE.replace("format: csv", 'format: csv\n    mode: snapshot\n    delivered: "{yyyyMMdd}"')
    )
    world.drop("things_20260601.csv", ROWS, mtime=1)
    world.land()
    world.drop("things_20260602.csv", HEADER, mtime=2)
    report = world.land()
    assert report.empty == 1 and "every key before it ends" in report.warnings[0]
    state = units(Lake(world.environment.lake).frame("ops.ingest_file"))["thing"]
    assert [f"{day}" for _, _, day in state.deliveries] == ["2026-06-01", "2026-06-02"]
