"""Landing survives errors, full disks, dead workers, kills and a clock that goes back."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path, PosixPath

import pytest
from ingest_world import DAY, World

from jobs.ingest import landing, pool


class Deadly(PosixPath):
    """A file that kills the worker process which reads it (as the kernel does when memory runs out)."""

    def stat(self, **options):
        if multiprocessing.parent_process() is not None:
            os._exit(9)
        return super().stat(**options)


GOOD = "id,made,name\n1,2026-01-01,a\n2,2026-01-02,b\n"


@pytest.mark.drill(fault="a file that grows while it is read", invariant="it waits for the next landing")
def test_a_file_that_changes_while_it_is_read_waits_for_the_next_time(world: World, monkeypatch):
    world.source()
    world.drop("things.csv", GOOD)
    monkeypatch.setattr(landing.boxes, "unchanged", lambda arrival: False)
    report = world.land()
    assert report.recorded == 0 and "changed while it was read" in report.warnings[0]
    monkeypatch.undo()
    assert world.land().landed == 1


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
    world: World, monkeypatch
):
    world.source()
    world.drop("things_a.csv", GOOD)
    world.drop("things_b.csv", GOOD.replace("1,", "9,"))
    real = pool.land_unit

    def fails(unit):
        if unit.file == "things_a.csv":
            raise RuntimeError("boom")
        return real(unit)

    monkeypatch.setattr(pool, "land_unit", fails)
    report = world.land()
    (refused,) = report.refused
    assert (
        report.landed == 1 and "RuntimeError (jobs/ingest/pool.py:" in refused.reason_en and refused.reason_zh
    )
    assert "boom" not in str(refused)  # the text of an error could quote a cell
    assert world.land().recorded == 0
    monkeypatch.undo()
    assert world.land().landed == 1


def test_a_full_disk_ends_the_landing_and_the_next_call_does_the_same_work(world: World, monkeypatch):
    world.source()
    world.drop("things.csv", GOOD)

    def full(unit):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pool, "land_unit", full)
    with pytest.raises(OSError, match="No space"):
        world.land()
    assert world.ledger() == []
    monkeypatch.undo()
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


def test_units_land_in_worker_processes_with_the_same_outcome(world: World):
    from jobs.ingest.unit import Unit

    feed = world.feed()
    units = []
    for name, content in (("a", GOOD), ("b", GOOD * 2), ("c", "id,name\n1,a\n")):
        path = world.home / f"{name}.csv"
        path.write_text(content)
        units.append(Unit(feed, path.name, name, name, path, DAY, world.home / f"{name}.parquet"))
    told = []
    outcomes = pool.land_all(units, lambda done, total, file: told.append((done, total)), alone_below=0)
    assert outcomes == pool.land_all(units)
    assert [o.status for o in outcomes] == ["landed", "landed", "refused"] and sorted(told) == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]


@pytest.mark.drill(fault="a landing worker that dies", invariant="one file is lost")
def test_a_worker_that_dies_costs_its_file_only(world: World):
    from jobs.ingest.unit import Unit

    feed = world.feed()
    units = []
    for name, kind in (("a", Path), ("b", Deadly), ("c", Path)):
        path = world.home / f"{name}.csv"
        path.write_text(GOOD)
        units.append(Unit(feed, path.name, name, name, kind(path), DAY, world.home / f"{name}.parquet"))
    outcomes = pool.land_all(units, alone_below=0)
    assert [o.status for o in outcomes] == ["landed", "refused", "landed"]
    assert outcomes[1].unexpected and "a worker process died" in outcomes[1].reason.en


@pytest.mark.drill(fault="kill -9 of a landing", invariant="no worker is left")
def test_workers_die_with_a_landing_that_is_killed(tmp_path: Path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time\nfrom jobs.ingest.pool import _pool\n"
        "if __name__ == '__main__':\n    pool = _pool(1)\n    print(pool.submit(os.getpid).result(), "
        "flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and Path(f"/proc/{worker}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, "the worker outlived its landing"
        time.sleep(0.1)
