"""An edition with less than half of the one before it is held, and the earlier one goes on to count."""

from __future__ import annotations

import itertools
from datetime import datetime
from fractions import Fraction

import pytest
from ingest_world import CATALOG, DAY, SOURCE, World
from joined_world import JOINED, state

from jobs.commands.landing import land_files
from jobs.errors import UsageError
from jobs.ingest import landing
from jobs.ingest.holding import Size, held
from jobs.ingest.units import current, units
from jobs.lake.tables import Lake

HALF = Fraction(1, 2)


def table(size: int, first: int = 1, keys: int | None = None) -> str:
    """A file of ``size`` records, with so many different ids."""
    ids = [first + i % (keys or size) for i in range(size)]
    return "id,made,name\n" + "".join(f"{i},2026-01-01,{n}\n" for n, i in enumerate(ids))


def counting(world: World) -> tuple[dict[str, set[str]], set[str]]:
    """By file the statuses of its contents, and the ids of the rows that count."""
    ingest = Lake(world.environment.lake).frame("ops.ingest_file")
    files = current(ingest)
    live = set(files.loc[files["live"], "load_key"])
    ids = {
        row["thing_id"]
        for unit in units(ingest)["thing"].landed.to_dict("records")
        if unit["load_key"] in live and unit["loaded"]
        for row in world.rows(unit)
    }
    statuses: dict[str, set[str]] = {}
    for row in files.itertuples():
        statuses.setdefault(row.file, set()).add(row.status)
    return statuses, ids


def of(*ids: int) -> set[str]:
    return {str(i) for i in ids}


def test_a_file_cut_in_half_does_not_replace_the_whole_one(world: World):
    world.source()
    world.drop("things.csv", table(9), mtime=1)
    world.land()
    world.drop("things.csv", table(4), mtime=2)
    report = world.land()
    assert counting(world) == ({"things.csv": {"landed", "held"}}, of(*range(1, 10)))
    (line,) = report.held
    assert "4 records, 4 keys; before: 9 records, 9 keys" in line.reason_en
    assert "本版4条记录、4个键，上一版9条记录、9个键" in line.reason_zh
    assert not report.clean and not report.refused
    assert world.land().recorded == 0  # and nothing is said twice


def test_contents_count_from_the_landing_that_takes_them_in_and_held_ones_once_they_are_let_through(
    world: World,
):
    """Texts that look for earlier filings order them by it: what was never let through was never filed."""

    def counted() -> list[tuple[int, datetime]]:
        unit = units(Lake(world.environment.lake).frame("ops.ingest_file"))["thing"]
        records = dict(zip(unit.landed["load_key"], unit.landed["loaded"], strict=True))
        return sorted((int(records[t.load_key]), t.landed_at) for t in unit.times)

    world.source()
    world.drop("things.csv", table(9), mtime=1)
    world.drop("things_b.csv", table(8, first=20), mtime=1)
    world.land()
    (eight, first), (nine, same) = counted()
    assert (eight, nine) == (8, 9) and first == same
    world.drop("things.csv", table(4), mtime=2)
    world.land()
    assert counted() == [(8, first), (9, first)]
    before = units(Lake(world.environment.lake).frame("ops.ingest_file"))["thing"].editions
    world.land(accept=["acme/things.csv"])
    (four, later), *others = counted()
    assert four == 4 and later > first and others == [(8, first), (9, first)]
    assert units(Lake(world.environment.lake).frame("ops.ingest_file"))["thing"].editions != before


def test_the_command_names_what_is_held_and_strict_exits_1(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(landing, "load_catalog", lambda: CATALOG)
    world.source()
    world.drop("things.csv", table(9), mtime=1)
    world.land()
    world.drop("things.csv", table(4), mtime=2)
    lines: list[str] = []
    options = {"family": None, "source": None, "day": DAY, "leave_if_busy": False, "say": lines.append}
    assert land_files(world.environment, strict=True, **options) == 1
    (line,) = [each for each in lines if each.startswith("held: ")]
    assert line.startswith("held: acme/things.csv: has less than 0.5 of") and "不到上一版的0.5倍" in line
    assert any("0 refused, 1 held" in each for each in lines)
    assert land_files(world.environment, strict=True, accept=["acme/things.csv"], **options) == 0


def test_half_of_the_records_is_enough(world: World):
    world.source()
    for time, size in ((1, 8), (2, 4)):
        world.drop("things.csv", table(size), mtime=time)
        assert world.land().clean
    assert counting(world)[1] == of(1, 2, 3, 4)


def test_as_many_records_with_less_than_half_of_the_keys_are_held(world: World):
    world.source()
    world.drop("things.csv", table(8), mtime=1)
    world.land()
    world.drop("things.csv", table(8, keys=3), mtime=2)
    (line,) = world.land().held
    assert "8 records, 3 keys; before: 8 records, 8 keys" in line.reason_en


def test_an_empty_edition_is_held(world: World):
    world.source()
    world.drop("things.csv", table(2), mtime=1)
    world.land()
    world.drop("things.csv", "id,made,name\n", mtime=2)
    assert len(world.land().held) == 1 and counting(world)[1] == of(1, 2)


def test_a_held_edition_counts_nothing_in_the_ledger(world: World):
    test_a_file_cut_in_half_does_not_replace_the_whole_one(world)
    files = current(Lake(world.environment.lake).frame("ops.ingest_file"))
    (row,) = files[files["status"] == "held"].to_dict("records")
    assert (row["records"], row["loaded"], row["live"]) == (0, 0, False)


def test_through_corrections_a_small_edition_counts(world: World):
    world.source()
    world.drop("things.csv", table(9), mtime=1)
    world.land()
    world.drop("things.csv", table(2), source="corrections/acme", mtime=2)
    assert world.land().clean
    assert counting(world)[1] == of(1, 2)


def test_a_held_edition_counts_once_it_comes_through_corrections_too(world: World):
    test_a_file_cut_in_half_does_not_replace_the_whole_one(world)
    world.drop("things.csv", table(4), source="corrections/acme", mtime=3)
    assert world.land().clean
    assert counting(world) == ({"things.csv": {"landed"}}, of(1, 2, 3, 4))


def test_a_held_edition_is_let_through_by_name_and_stays_so(world: World):
    test_a_file_cut_in_half_does_not_replace_the_whole_one(world)
    report = world.land(accept=["acme/things.csv"])
    assert (report.clean, report.landed, report.recorded) == (True, 1, 1)
    assert counting(world) == ({"things.csv": {"landed"}}, of(1, 2, 3, 4))
    world.source(SOURCE + "      kind: {const: x}\n")  # another mapping reads both editions anew
    assert world.land().clean and counting(world)[1] == of(1, 2, 3, 4)
    world.drop("things.csv", table(2), mtime=4)
    assert world.land().clean  # half of what counts now


@pytest.mark.parametrize("name", ["acme/thing.csv", "acme/other.csv"])
def test_only_a_held_edition_can_be_let_through(world: World, name: str):
    test_a_file_cut_in_half_does_not_replace_the_whole_one(world)
    with pytest.raises(UsageError, match="no held edition of this name.*acme/things.csv"):
        world.land(accept=[name])


@pytest.mark.parametrize(
    "line",
    ["mode: snapshot\n    delivered: '{yyyyMMdd}'", "volume: {shrink: 0}", "volume: {shrink: 0.4}"],
)
def test_a_feed_may_allow_its_files_to_shrink(world: World, line: str):
    text = SOURCE.replace("format: csv", f"format: csv\n    {line}")
    world.source(text)
    for time, size in ((1, 9), (2, 4)):
        world.drop("things_20260101.csv", table(size), mtime=time)
        assert world.land().clean
    assert counting(world)[1] == of(1, 2, 3, 4)


@pytest.mark.parametrize("value", ["some", "1.5", "-1"])
def test_shrink_is_a_share(world: World, value: str):
    text = SOURCE.replace("format: csv", f"volume: {{shrink: {value}}}\n    format: csv")
    assert f"volume.shrink: must be from 0 to 1, not '{value}'" in world.problems(text)[0]


def test_a_file_of_another_name_is_no_edition_and_never_held(world: World):
    world.source()
    world.drop("things_1.csv", table(9), mtime=1)
    world.drop("things_2.csv", table(1, first=20), mtime=2)
    assert world.land().clean and counting(world)[1] == of(*range(1, 10), 20)


def test_a_content_held_under_one_name_counts_under_another(world: World):
    test_a_file_cut_in_half_does_not_replace_the_whole_one(world)
    world.drop("things_2.csv", table(4), mtime=5)
    assert world.land().clean
    ingest = Lake(world.environment.lake).frame("ops.ingest_file")
    files = current(ingest)
    assert sorted(files.loc[files["live"], "file"]) == ["things.csv", "things_2.csv"]
    live = {each.load_key for each in units(ingest)["thing"].live}
    assert live == set(files.loc[files["live"], "load_key"]) and len(live) == 2


def test_a_content_that_counts_under_one_name_may_be_held_under_another(world: World):
    world.source()
    world.drop("things_1.csv", table(2), mtime=1)
    world.drop("things_2.csv", table(9, first=20), mtime=1)
    world.land()
    world.drop("things_2.csv", table(2), mtime=2)
    assert [f.file for f in world.land().held] == ["things_2.csv"]
    assert counting(world)[1] == of(1, 2, *range(20, 29))
    assert world.land().recorded == 0
    world.land(accept=["acme/things_2.csv"])
    assert counting(world)[1] == of(1, 2)


EDITIONS = [(1, 9), (2, 4), (3, 5), (4, 2), (5, 3)]  # mtime, records: the second and the fourth are held


ORDERS = list(itertools.permutations(range(5)))[::17]


@pytest.mark.parametrize(
    "order",
    [*ORDERS[::4], *(pytest.param(o, marks=pytest.mark.slow) for o in ORDERS if o not in ORDERS[::4])],
)
def test_the_order_of_arrival_never_matters(world: World, order: tuple[int, ...]):
    world.source()
    for place in order:
        time, size = EDITIONS[place]
        world.drop("things.csv", table(size), mtime=time)
        world.land()
    ingest = Lake(world.environment.lake).frame("ops.ingest_file")
    files = current(ingest)
    assert {row.keys_: row.status for row in files.rename(columns={"keys": "keys_"}).itertuples()} == {
        9: "landed",
        4: "held",
        5: "landed",
        2: "held",
        3: "landed",
    }
    assert counting(world)[1] == of(1, 2, 3)


def test_a_joined_file_that_is_held_is_not_joined(world: World):
    shops = """\
  shops:
    target: pair
    files: "shops*.csv"
    format: csv
    key: [a, b]
    columns:
      a: {from: no}
      b: {from: title}
"""
    world.source(JOINED + shops)
    world.drop("things.csv", "id,made,name,shop\n1,2026-01-01,a,S1\n2,2026-01-02,b,S3\n", mtime=1)
    world.drop("shops.csv", "no,title\nS1,One\nS2,Two\nS3,Three\n", mtime=1)
    world.land()
    before = state(world)
    world.drop("shops.csv", "no,title\nS1,Uno\n", mtime=2)
    assert [f.file for f in world.land().held] == ["shops.csv"]
    assert state(world) == before


def test_each_edition_is_compared_with_the_last_one_that_counts():
    def size(changed: int, records: int, **more: bool) -> Size:
        return Size(f"{changed}", (changed, changed), records, records, **more)

    chain = [size(1, 100), size(2, 49), size(3, 60), size(4, 29, let_through=True), size(5, 20)]
    assert set(held(chain, HALF)) == {"2"}
    assert set(held([*chain[:3], size(4, 29), size(5, 20)], HALF)) == {"2", "4", "5"}
    assert held([size(1, 0), size(2, 0)], HALF) == {}
