"""A landing looks at each file and each of its rows as often as it must, not once for each other one."""

from __future__ import annotations

import pytest
from ingest_world import SOURCE, World
from joined_world import JOINED, SHOP_FEED, SHOPS, THINGS

from jobs.ingest import holding, landing, plan, scrubbing
from jobs.ingest.landing import LandingReport

GOOD = "id,made,name\n1,2026-01-01,a\n"
OTHER = SOURCE.replace("source: acme", "source: plain")


@pytest.fixture
def planned(monkeypatch) -> list[list[str]]:
    """The sources of each plan."""
    seen, make = [], plan.make_plan

    def noted(found, ledger, sources, *more):
        assert {arrival.source for arrival, _ in found} <= {*sources, "unknown"}
        seen.append(list(sources))
        return make(found, ledger, sources, *more)

    monkeypatch.setattr(plan, "make_plan", noted)
    return seen


def two_sources(world: World) -> LandingReport:
    world.source(JOINED + SHOP_FEED)
    world.source(OTHER, "plain.yaml")
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", SHOPS)
    world.drop("things.csv", GOOD, source="plain")
    world.drop("x.csv", "?", source="unknown")
    return world.land()


def test_only_a_source_whose_files_wait_for_others_is_planned_again(world: World, planned: list[list[str]]):
    report = two_sources(world)
    assert planned == [["acme", "plain"], ["acme"]]
    assert (report.landed, [each.file for each in report.refused]) == (3, ["x.csv"])
    (joined,) = [row for row in world.ledger() if (row["source"], row["feed"]) == ("acme", "things")]
    assert [(row["thing_id"], row["kind"]) for row in world.rows(joined)] == [("1", "One"), ("2", "Two")]
    assert world.land().recorded == 0 and planned[2:] == [["acme", "plain"]]


def test_copies_that_are_gone_are_told_of_sources_that_wait_and_of_others(world: World):
    two_sources(world)
    for stored in (world.environment.landing / "raw").rglob("*"):
        if stored.is_file():
            stored.unlink()
    for name in ("acme/things.csv", "plain/things.csv"):
        (world.environment.inbox / name).unlink()
    mapped = "{from: name, map: {a: A}, on_unmapped: keep}"
    world.source((JOINED + SHOP_FEED).replace("{from: name}", mapped))
    world.source(OTHER.replace("{from: name}", mapped), "plain.yaml")
    world.drop("shops.csv", SHOPS + "S3,Three\n")
    warnings = [line for line in world.land().warnings if "raw copies" in line]
    assert [line.split("|")[1].split(":")[0].strip() for line in warnings] == ["acme.things", "plain.things"]


def test_each_row_of_a_landing_is_looked_at_once_for_all_empty_files(world: World, monkeypatch):
    looked, about = [], holding._about
    monkeypatch.setattr(holding, "_about", lambda row: looked.append(row["file"]) or about(row))
    world.source()
    for n in range(12):
        world.drop(f"things_{n}.csv", f"id,made,name,more_{n}\n")
    report = world.land()
    assert report.empty == 12 and len(looked) == 12


def test_a_file_that_is_known_is_not_read_and_one_that_is_new_is(world: World, monkeypatch):
    world.source()
    world.drop("things_1.csv", GOOD)
    world.land()
    stored, store = [], landing._stored
    monkeypatch.setattr(
        landing, "_stored", lambda raw, arrival: stored.append(arrival.file) or store(raw, arrival)
    )
    world.drop("things_0.csv", GOOD.replace("1,", "2,", 1))
    world.drop("things_2.csv", GOOD.replace("1,", "3,", 1))
    assert world.land().landed == 2 and sorted(stored) == ["things_0.csv", "things_2.csv"]


def test_a_name_that_can_hold_no_personal_data_is_not_searched_pattern_by_pattern(monkeypatch):
    monkeypatch.setattr(scrubbing, "scrubbed", lambda *_: pytest.fail("searched"))
    for name in ("delivery_20260705.zip", "抽检结果_2026年7月.xlsx", ""):
        assert scrubbing.hidden_name(name, lambda: pytest.fail("no key is needed")) == name
        assert scrubbing.masked(name) == name
    monkeypatch.undo()
    assert scrubbing.hidden_name("13812345678.csv", lambda: b"k") != "13812345678.csv"
    assert scrubbing.masked("call 13812345678") == "call 〔电话〕"
