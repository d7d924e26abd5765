"""A file that kills, starves or holds up the process that reads it costs itself, and is remembered."""

from __future__ import annotations

import dataclasses
import io
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path, PosixPath

import pytest
from ingest_world import CATALOG, DAY, SOURCE, World
from joined_world import JOINED, THINGS
from test_file_sizes import HEADER, XLSX, sheet

from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.file_limits import MIB, Limits
from jobs.ingest import cage, pool
from jobs.ingest.check import check_source
from jobs.ingest.joins import JoinedFile
from jobs.ingest.model import Refused
from jobs.ingest.unit import Unit, land_unit

GOOD = "id,made,name\n1,2026-01-01,a\n2,2026-01-02,b\n"
SMALL = Limits(memory=512 * MIB, seconds=60)
ROOMY = Limits(memory=1024 * MIB, seconds=60)
SHORT = Limits(seconds=3)
HELD: list[bytearray] = []


class Path_(PosixPath):
    """A raw copy whose reading in a child goes wrong in the way of ``stat``."""

    def stat(self, **options):
        if multiprocessing.parent_process() is not None:
            self.wrong()
        return super().stat(**options)


class Aborting(Path_):
    def wrong(self):
        os.abort()


class Killed(Path_):
    def wrong(self):
        os.kill(os.getpid(), signal.SIGKILL)


class Endless(Path_):
    def wrong(self):
        while True:
            pass


class Hungry(Path_):
    def wrong(self):
        held = []
        while True:
            held.append(bytearray(32 * MIB))


class Opened(PosixPath):
    """A sample whose opening in a child ends that child."""

    def open(self, *arguments, **options):
        if multiprocessing.parent_process() is not None:
            os.abort()
        return super().open(*arguments, **options)


class Sleeping(Path_):
    def wrong(self):
        time.sleep(600)


class Greedy(Path_):
    def wrong(self):
        held = []
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))


class Wide(Path_):
    """Takes memory that comes back only with its process, at each of the two looks of a reading: one fits
    beside the libraries and what their threads reserve, six do not."""

    def wrong(self):
        HELD.append(bytearray(ROOMY.memory // 10))


class Full(Path_):
    def wrong(self):
        raise OSError(28, "No space left on device")


def units(world: World, *kinds: type[Path]) -> list[Unit]:
    feed = world.feed()
    made = []
    for i, kind in enumerate(kinds):
        path = world.home / f"raw{i}.csv"
        path.write_text(GOOD)
        made.append(Unit(feed, path.name, "s", "k", kind(path), DAY, world.home / f"{i}.parquet"))
    return made


def test_units_land_in_child_processes_with_the_same_outcome(world: World):
    three = units(world, Path, Path, Path)
    three[1].path.write_text(GOOD * 2)
    three[2].path.write_text("id,name\n1,a\n")
    seen = []
    outcomes = pool.land_all(three, lambda now, done, total: seen.append((done, total)))
    assert outcomes == [cage.land_safely(unit, Limits()) for unit in three]
    assert [o.status for o in outcomes] == ["landed", "landed", "refused"]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_the_feeds_of_a_small_file_stand_beside_each_other_and_a_large_file_is_alone(
    world: World, monkeypatch
):
    a, b, c = units(world, Path, Path, Path)
    c.path.write_text(GOOD * 3)
    monkeypatch.setattr(pool, "BATCH_BYTES", 2 * len(GOOD))
    other = dataclasses.replace(a.feed, name="other")
    feeds = [dataclasses.replace(unit, feed=feed) for feed in (a.feed, other) for unit in (a, b, c)]
    assert pool._batches(feeds) == [[0, 3, 1, 4], [2], [5]]
    elsewhere = dataclasses.replace(a.feed, source="elsewhere")
    assert pool._batches([a, dataclasses.replace(b, feed=elsewhere)]) == [[0], [1]]


@pytest.mark.drill(fault="a landing worker that dies", invariant="one file is lost")
@pytest.mark.parametrize(
    ("kind", "en", "setting"),
    [
        (Aborting, "ended the process that read it (SIGABRT)", "QUALITY_FILE_MEMORY"),
        (Killed, "ended the process that read it (SIGKILL)", "QUALITY_FILE_MEMORY"),
        (Hungry, "takes more memory than one file may take (512 MiB)", "QUALITY_FILE_MEMORY"),
        (Endless, "takes longer than one file may take (3 s of the processor", "QUALITY_FILE_SECONDS"),
        pytest.param(
            Sleeping,
            "takes longer than one file may take (3 s of the processor, or 6 s)",
            "QUALITY_FILE_SECONDS",
            marks=pytest.mark.slow,
        ),
        (Greedy, "needs more open files than one file may (256)", "QUALITY_FILE_HANDLES"),
    ],
)
def test_a_child_that_ends_costs_its_file_only_and_the_reason_names_the_limit(
    world: World, kind, en, setting
):
    pool.land_all(units(world, Path), limits=SMALL)  # the process that children are forked from is there
    limits = SHORT if setting == "QUALITY_FILE_SECONDS" else SMALL
    outcomes = pool.land_all(units(world, Path, kind, Path, Path), limits=limits)
    assert [o.status for o in outcomes] == ["landed", "refused", "landed", "landed"]
    assert outcomes[1].limited and not outcomes[1].unexpected
    assert en in outcomes[1].reason.en and all(setting in text for text in outcomes[1].reason)


def test_a_file_that_others_left_too_little_room_for_is_tried_again_alone(world: World):
    outcomes = pool.land_all(units(world, *[Wide] * 6), limits=ROOMY)
    assert [o.status for o in outcomes] == ["landed"] * 6


def test_a_full_disk_in_a_child_ends_the_landing(world: World):
    with pytest.raises(OSError, match="No space"):
        pool.land_all(units(world, Path, Full, Path))


def test_a_workbook_that_aborts_its_reader_is_refused_once_and_remembered(world: World, monkeypatch):
    """A shared text that many cells name is written out by calamine for each of them: 3 GB here."""
    texts = f"<sst><si><t>{'x' * (3 * MIB)}</t></si></sst>".encode()
    header = HEADER.replace('t="inlineStr"', 't="inlineStr"')
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(2, 1000))
    content = sheet(f'<row r="1">{header}</row>{cells}', shared=texts)
    world.source(SOURCE + XLSX[XLSX.index("  things:") :].replace("things:", "sheets:"))
    world.drop("things.xlsx", content)
    world.drop("things.csv", GOOD)
    world.environment = dataclasses.replace(world.environment, file_limits=SMALL)
    report = world.land()
    (refused,) = report.refused
    assert report.landed == 1 and "(512 MiB)" in refused.reason_en and len(content) < 100_000
    assert world.land().recorded == 0
    world.environment = dataclasses.replace(world.environment, file_limits=Limits(memory=600 * MIB))
    again = world.land()
    assert (
        len(again.refused) == 1 and "(600 MiB)" in again.refused[0].reason_en
    )  # a raised limit is a new try
    assert world.land().recorded == 0


def test_the_limits_are_those_of_the_environment(monkeypatch):
    monkeypatch.setenv("QUALITY_FILE_MEMORY", "512")
    monkeypatch.setenv("QUALITY_FILE_SECONDS", "5")
    assert Environment.from_variables().file_limits == Limits(512 * MIB, 5)
    monkeypatch.setenv("QUALITY_FILE_HANDLES", "many")
    with pytest.raises(UsageError, match="QUALITY_FILE_HANDLES is 'many' and must be a whole number from 32"):
        Environment.from_variables()


def test_an_idle_night_starts_no_process(world: World, monkeypatch):
    world.source()
    world.drop("things.csv", GOOD)
    world.land()
    monkeypatch.setattr("jobs.ingest.landing.warm", lambda: pytest.fail("nothing is new"))
    assert world.land().recorded == 0


PARENT = """
import sys, time
from jobs.file_limits import Limits
from jobs.ingest.pool import _Child

class Endless:
    def __reduce__(self):
        return time.sleep, (600,)

if __name__ == "__main__":
    child = _Child(Limits())
    if sys.argv[1] == "busy":
        child.give([0], [Endless()])
    print(child._process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.drill(fault="kill -9 of a landing", invariant="no worker is left")
@pytest.mark.parametrize("state", ["busy", pytest.param("idle", marks=pytest.mark.slow)])
def test_children_die_with_a_landing_that_is_killed(tmp_path: Path, state: str):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    path = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        [sys.executable, str(script), state],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    ) as parent:
        child = int(parent.stdout.readline())
        time.sleep(0.5)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, "the child outlived its landing"
        time.sleep(0.1)


def test_this_process_keeps_its_own_limits(world: World):
    before = resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_NOFILE)
    pool.land_all(units(world, Path), limits=SMALL)
    assert (resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_NOFILE)) == before


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


WIDE = sheet(f'<row r="1">{HEADER}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def test_a_member_of_an_archive_beyond_a_limit_is_read_again_under_another(world: World):
    world.source(XLSX.replace("*.xlsx", "*.zip"))
    world.drop("things.zip", zipped("a.xlsx", WIDE))
    for mib in (512, 600):
        world.environment = dataclasses.replace(world.environment, file_limits=Limits(memory=mib * MIB))
        (refused,) = world.land().refused
        assert f"({mib} MiB)" in refused.reason_en
        assert world.land().recorded == 0


def test_a_joined_file_beyond_a_limit_is_limited_and_so_is_the_file_that_joins_it(world: World):
    path, joined = world.home / "things.csv", world.home / "shops.xlsx"
    path.write_text(THINGS)
    joined.write_bytes(WIDE)
    feed = world.feed(JOINED.replace("shops*.csv", "shops*.xlsx"))
    unit = Unit(feed, path.name, "s", "k", path, DAY, world.home / "0.parquet")
    files = ((JoinedFile(joined.name, joined),),)
    only_joined = dataclasses.replace(feed, target="", columns=())
    for one in (
        dataclasses.replace(unit, joined=files),
        dataclasses.replace(unit, feed=only_joined, file=joined.name, path=joined, feeds=(feed,)),
    ):
        outcome = land_unit(one)
        assert outcome.limited, outcome.reason
        assert outcome.reason.en.startswith("joined file shops.xlsx: the sheet has 1,048,576 rows")


def test_a_sample_that_ends_the_process_that_reads_it_is_refused_with_the_reason(world: World):
    yaml, sample = world.source(SOURCE), Opened(world.home / "things_1.csv")
    sample.write_text(GOOD)
    (found,) = check_source(yaml, world.environment.source_roots, sample, catalog=CATALOG).samples
    assert found.outcome.status == "refused" and found.outcome.limited
    assert "ended the process that read it (SIGABRT)" in found.outcome.reason.en
    assert found.landed is None and found.rows.empty


@pytest.mark.parametrize("name", ["things.xlsx", "things.zip"])
def test_a_sample_beyond_a_limit_is_marked_as_limited(world: World, name: str):
    sample = world.home / name
    sample.write_bytes(WIDE if name.endswith("xlsx") else zipped("a.xlsx", WIDE))
    yaml = world.source(XLSX.replace("*.xlsx", "*"))
    (found,) = check_source(yaml, world.environment.source_roots, sample, catalog=CATALOG).samples
    assert found.outcome.limited and "QUALITY_FILE_MEMORY" in found.outcome.reason.en


def test_a_sample_that_takes_more_memory_than_one_file_may_is_refused(world: World):
    yaml, sample = world.source(SOURCE), world.home / "things_1.csv"
    sample.write_text("id,made,name\n" + "1,2026-01-01,a\n" * 400_000)
    tight = Limits(memory=1 * MIB)
    (found,) = check_source(
        yaml, world.environment.source_roots, sample, catalog=CATALOG, limits=tight
    ).samples
    assert found.outcome.limited and "QUALITY_FILE_MEMORY" in found.outcome.reason.en


def test_what_a_child_refuses_or_raises_for_its_user_is_raised_by_the_caller():
    with pytest.raises(UsageError, match="as given"):
        pool.in_child(partial(_raise, UsageError("as given")), SMALL)
    with pytest.raises(Refused, match="ValueError"):
        pool.in_child(partial(_raise, ValueError("a cell")), SMALL)
    with pytest.raises(OSError, match="No space left"):
        pool.in_child(partial(_raise, OSError(28, "No space left on device")), SMALL)
    assert pool.in_child(partial(max, 1, 2), SMALL) == 2


def _raise(error: Exception) -> None:
    raise error
