"""Landing survives errors, full disks, dead workers, kills and a clock that goes back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from ingest_world import World

from jobs.ingest import cage, landing

GOOD = "id,made,name\n1,2026-01-01,a\n2,2026-01-02,b\n"


@pytest.mark.drill(fault="a file that grows while it is read", invariant="it waits for the next landing")
def test_a_file_that_changes_while_it_is_read_waits_for_the_next_time(world: World, monkeypatch):
    world.source()
    world.drop("things.csv", GOOD)
    monkeypatch.setattr(landing.boxes, "unchanged", lambda arrival: False)
    report = world.land()
    assert report.recorded == 0 and "changed or removed while it was read" in report.warnings[0]
    monkeypatch.undo()
    assert world.land().landed == 1


@pytest.mark.drill(
    fault="a file that its provider removes while it is read", invariant="it costs itself alone"
)
def test_a_file_that_is_removed_right_after_its_copy_costs_itself_alone(world: World, monkeypatch):
    world.source()
    world.drop("things_a.csv", GOOD)
    world.drop("things_b.csv", GOOD.replace("1,", "9,"))
    keep = landing.RawStore.keep

    def kept(self, received: Path, *rest, **options):
        sha256 = keep(self, received, *rest, **options)
        if received.name == "things_a.csv":
            received.unlink()
        return sha256

    monkeypatch.setattr(landing.RawStore, "keep", kept)
    report = world.land()
    (warning,) = report.warnings
    assert report.landed == 1 and "things_a.csv: not read (changed or removed" in warning


def test_equal_content_gives_equal_rows_whatever_the_order_of_arrival(tmp_path: Path):
    landed = []
    for i, order in enumerate((("a", "b"), ("b", "a"))):
        world = World(tmp_path / str(i))
        world.source()
        for name in order:
            world.drop(f"things_{name}.csv", GOOD.replace(",a", f",{name}"))
            world.land()
        landed.append(
            {p.name: p.read_bytes() for p in (world.environment.landing / "rows").rglob("*.parquet")}
        )
    assert len(landed[0]) == 2 and landed[0] == landed[1]


def test_an_unexpected_error_costs_its_file_only_and_is_tried_again_without_repeating_itself(
    world: World, monkeypatch, uncaged
):
    world.source()
    world.drop("things_a.csv", GOOD)
    world.drop("things_b.csv", GOOD.replace("1,", "9,"))
    real = cage.land_unit

    def fails(unit):
        if unit.file == "things_a.csv":
            raise RuntimeError("boom")
        return real(unit)

    with monkeypatch.context() as patch:
        patch.setattr(cage, "land_unit", fails)
        report = world.land()
        (refused,) = report.refused
        assert report.landed == 1 and refused.reason_zh
        assert "RuntimeError (jobs/ingest/cage.py:" in refused.reason_en
        assert "boom" not in str(refused)  # the text of an error could quote a cell
        assert world.land().recorded == 0
    assert world.land().landed == 1


def test_a_full_disk_ends_the_landing_and_the_next_call_does_the_same_work(
    world: World, monkeypatch, uncaged
):
    world.source()
    world.drop("things.csv", GOOD)

    def full(unit):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cage, "land_unit", full)
        with pytest.raises(OSError, match="No space"):
            world.land()
    assert world.ledger() == []
    assert world.land().landed == 1


@pytest.mark.drill(fault="kill -9 of a landing", invariant="half-written files are removed")
def test_what_a_killed_landing_left_half_written_is_swept(world: World):
    world.source()
    world.drop("things.csv", GOOD)
    for left in ("raw/.1-1.part", "rows/acme/things/.x.parquet.1.part"):
        path = world.environment.landing / left
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    world.land()
    assert not list(world.environment.landing.rglob("*.part"))


@pytest.mark.drill(fault="clock set back between two landings", invariant="the ledger's times never go back")
def test_the_ledger_never_goes_back_in_time(world: World, monkeypatch):
    from jobs.ingest import ledger

    world.source()
    world.drop("things_a.csv", GOOD)
    world.land()

    class Past(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr(ledger, "datetime", Past)
    world.drop("things_b.csv", GOOD.replace("1,", "9,"))
    world.land()
    assert [r["file"] for r in world.ledger()] == ["things_a.csv", "things_b.csv"]
