"""Files whose time of change lies in the future: they count as of their landing, and later corrections win
(definitions.md#inbox)."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from ingest_world import CATALOG, SOURCE, World

from jobs.ingest import bronze, ledger
from jobs.ingest.ledger import TICK_NS, place_in_order
from jobs.ingest.units import units
from jobs.lake.tables import Lake

HEADER = "id,made,name\n"
YEAR = 365 * 86_400


def counting(world: World) -> list[str]:
    """What the newest edition of each file says of its name, from the rows of bronze that are live."""
    lake = Lake(world.environment.lake)
    state = units(lake.frame("ops.ingest_file"))["thing"]
    bronze.load(lake, world.environment.landing, CATALOG.contracts["silver.thing"], state)
    rows = lake.arrow("bronze.thing", columns=["name", "_load_key"]).to_pylist()
    live = {each.load_key for each in state.live}
    return sorted(row["name"] for row in rows if row["_load_key"] in live)


def edition(world: World, name: str, **more) -> None:
    world.drop("things.csv", f"{HEADER}1,2026-01-01,{name}\n", **more)


@pytest.mark.drill(fault="a time of change in the future", invariant="a later correction counts")
def test_a_correction_counts_though_the_file_before_it_states_a_time_in_the_future(world: World):
    world.source()
    edition(world, "wrong", mtime=time.time() + 4 * YEAR)
    (warning,) = world.land().warnings
    assert "its time of change lies in the future (" in warning and "修改时间在将来" in warning
    assert counting(world) == ["wrong"]
    assert world.land().recorded == 0
    edition(world, "right", source="corrections/acme")
    assert world.land().warnings == []
    assert counting(world) == ["right"]


def test_landing_such_a_file_anew_does_not_bring_it_before_its_correction(world: World):
    world.source()
    edition(world, "wrong", mtime=time.time() + 4 * YEAR)
    world.land()
    edition(world, "right", source="corrections/acme")
    world.land()
    world.source(SOURCE.replace("name}", "name, on_unmapped: keep}"))
    assert world.land().relanded == 2
    assert counting(world) == ["right"]


def test_of_two_such_files_that_come_together_the_later_one_counts(world: World):
    world.source()
    edition(world, "first", mtime=time.time() + YEAR)
    edition(world, "second", source="corrections/acme", mtime=time.time() + 2 * YEAR)
    world.land()
    assert counting(world) == ["second"]


@pytest.fixture
def at(monkeypatch):
    """Sets the second of a minute at which the next landing begins."""
    minute = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)

    def begins(second: float) -> float:
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return minute + timedelta(seconds=second)

        monkeypatch.setattr(ledger, "datetime", Clock)
        return minute.timestamp()

    return begins


def test_of_two_editions_around_the_begin_of_a_landing_the_later_one_counts(world: World, at):
    """One was written half a second before the landing began, the other while it ran: both in one second."""
    minute = at(10.9)
    world.source()
    edition(world, "before", mtime=minute + 10.4)
    edition(world, "while", source="corrections/acme", mtime=minute + 10.95)
    world.land()
    assert counting(world) == ["while"]


def test_what_is_written_while_a_landing_runs_comes_behind_an_edition_of_the_same_second(world: World, at):
    minute = at(10.5)
    world.source()
    edition(world, "first", mtime=minute + 10.4)
    world.land()
    at(10.9)
    edition(world, "second", source="corrections/acme", mtime=minute + 10.95)
    world.land()
    assert counting(world) == ["second"]


def test_a_correction_a_moment_after_a_landing_beats_a_time_in_the_future(world: World, at):
    """The system's clock for times of change may be a few milliseconds behind."""
    minute = at(10.9)
    world.source()
    edition(world, "future", mtime=minute + YEAR)
    world.land()
    at(11.5)
    edition(world, "right", source="corrections/acme", mtime=minute + 10.9 - 0.01)
    world.land()
    assert counting(world) == ["right"]


def test_an_edition_keeps_its_time_until_the_begin_of_its_landing_and_never_comes_later():
    begin = datetime(2026, 6, 30, 12, 0, 10, 900_000, tzinfo=UTC)
    ns = int(begin.timestamp()) * 10**9 + 900_000_000 - TICK_NS
    assert place_in_order(ns - 1, begin) == (ns - 1, ns - 1)
    assert place_in_order(ns + 1, begin) == (ns, ns + 1)
    assert place_in_order(2**63 - 1, begin) == (ns, 2**63 - 1)


def test_a_clock_that_differs_by_minutes_is_no_warning(world: World):
    world.source()
    edition(world, "a", mtime=time.time() + 120)
    assert world.land().warnings == []


def test_a_joined_file_with_such_a_time_gives_way_to_its_correction(world: World):
    world.source(SOURCE + "    join:\n      - {file: 'names.csv', by: {id: id}, take: [name]}\n")
    world.drop("things.csv", "id,made\n1,2026-01-01\n")
    world.drop("names.csv", "id,name\n1,wrong\n", mtime=time.time() + YEAR)
    world.land()
    world.drop("names.csv", "id,name\n1,right\n", source="corrections/acme")
    world.land()
    assert counting(world) == ["right"]


def test_such_a_file_settles_by_the_time_at_which_the_system_saw_it_change(world: World):
    world.source(SOURCE.replace("cadence: daily", "cadence: daily\nsettle_seconds: 30"))
    edition(world, "a", mtime=time.time() + YEAR)
    assert "has not settled yet" in world.land().warnings[0]
    path = world.environment.inbox / "acme" / "things.csv"
    assert abs(path.lstat().st_ctime - time.time()) < 30
    world.source(SOURCE.replace("cadence: daily", "cadence: daily\nsettle_seconds: 1"))
    while time.time() - os.lstat(path).st_ctime < 1:
        time.sleep(0.1)
    assert world.land().landed == 1
