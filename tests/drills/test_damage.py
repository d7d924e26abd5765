"""Damage and disorder around a night: no matter what happens, the next one ends in the tables of an
undisturbed one."""

from __future__ import annotations

import errno
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from homes import DAY, HEADER, Home, few_tables

import jobs.night.runner as runner
from jobs.ingest.raw import RawStore
from jobs.lake.lock import writer_lock
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.night.runner import RunResult
from jobs.upkeep.doctor import problems, table_hash
from jobs.upkeep.maintenance import maintain

FIRST = {
    "samples_1.csv": HEADER
    + "1,甲,2026-01-05,,,2026-01-05 10:00\n2,甲,2026-01-06,违法,2026-01-20,2026-01-06 10:00\n",
    "conclusions_1.csv": "样品编号,结论,日期\n1,不合格,2026-02-10\n",
}
SECOND = {
    "samples_2.csv": HEADER + "1,乙,2026-01-07,,,2026-01-08 10:00\n3,乙,2026-02-01,,,2026-02-01 10:00\n",
    "conclusions_2.csv": "样品编号,结论,日期\n3,合格,2026-03-10\n",
}
NEXT = DAY + timedelta(days=1)


def night(home: Home, day: date) -> RunResult:
    return home.night(day)[1]


def put(home: Home, files: dict[str, str], mtime: int) -> None:
    for file, content in files.items():
        home.put(file, content, mtime=mtime)


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Home:
    """One night behind it."""
    home = Home(tmp_path_factory.mktemp("damage") / "home", tables=few_tables())
    put(home, FIRST, 1_000)
    night(home, DAY)
    return home


@pytest.fixture
def home(before, tmp_path) -> Home:
    """A copy of it, with the files of the second night in the inbox."""
    home = before.copied(tmp_path / "home")
    put(home, SECOND, 2_000)
    return home


@pytest.fixture(scope="module")
def expected(before, tmp_path_factory) -> dict[str, str]:
    """The tables after an undisturbed second night."""
    home = Home(tmp_path_factory.mktemp("calm") / "home", tables=few_tables())
    put(home, FIRST, 1_000)
    put(home, SECOND, 2_000)
    night(home, NEXT)
    return home.hashes()


def ends_as(home: Home, expected: dict[str, str]) -> None:
    result = night(home, NEXT)
    assert result.exit_code == 0 and home.hashes() == expected and problems(home.env.lake) == []


@pytest.mark.slow
@pytest.mark.drill(
    fault="disk full while files are received",
    invariant="the next night ends in the tables of an undisturbed one",
)
def test_a_disk_that_is_full_while_files_are_received_loses_none_of_them(home, expected, monkeypatch):
    keep = RawStore.keep

    def full(self: RawStore, received: Path, *more: object) -> str:
        if received.name == "samples_2.csv":
            raise OSError(errno.ENOSPC, "No space left on device")
        return keep(self, received, *more)

    with monkeypatch.context() as patch:
        patch.setattr(RawStore, "keep", full)
        with pytest.raises(OSError, match="No space left"):
            night(home, NEXT)
    ends_as(home, expected)


@pytest.mark.slow  # quick: test_machine_causes
@pytest.mark.drill(
    fault="disk full while the ledger is written",
    invariant="the next night ends in the tables of an undisturbed one",
)
def test_a_disk_that_is_full_while_the_ledger_is_written_lands_again(home, expected, monkeypatch):
    def full(self: Lake, table: str, rows) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "append", full)
        with pytest.raises(OSError, match="No space left"):
            night(home, NEXT)
    ends_as(home, expected)


@pytest.mark.slow  # quick: test_lost_tables
@pytest.mark.drill(
    fault="truncated checkpoints of all tables",
    invariant="the next night ends in the tables of an undisturbed one",
)
def test_truncated_checkpoints_of_every_table_are_done_without(home, expected):
    lake = Lake(home.env.lake)
    for table in lake.tables():
        lake.open(table).create_checkpoint()
        [checkpoint] = (lake.path(table) / "_delta_log").glob("*.checkpoint.parquet")
        checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    ends_as(home, expected)


@pytest.mark.slow
@pytest.mark.drill(
    fault="commits half written",
    invariant="the next night ends in the tables of an undisturbed one",
)
def test_commits_that_were_half_written_are_none(home, expected):
    lake = Lake(home.env.lake)
    for table in ("silver.sample", "gold.sampling_ledger", "bronze.sample", "ops.ingest_file", "ops.night"):
        log = lake.path(table) / "_delta_log"
        newest = max(log.glob("*.json"))
        half = newest.read_bytes()[: newest.stat().st_size // 2]
        (log / f"{int(newest.stem) + 1:020}.json").write_bytes(half)
    ends_as(home, expected)


@pytest.mark.slow
@pytest.mark.drill(fault="clock set back two days", invariant="readers see the night of the later date")
def test_the_clock_set_back_between_two_nights_does_not_put_the_older_one_current(
    home, expected, monkeypatch
):
    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) - timedelta(days=2)

    with monkeypatch.context() as patch:
        patch.setattr(runner, "datetime", Yesterday)
        night(home, NEXT)
    assert newest_snapshot(Lake(home.env.lake)).date == NEXT and home.hashes() == expected
    result = night(home, NEXT)
    assert result.run_id is None and home.hashes() == expected


@pytest.mark.slow
@pytest.mark.drill(fault="one content under two names, an old edition late", invariant="tables do not change")
def test_the_same_content_twice_and_an_older_edition_delivered_late_change_nothing(home, expected):
    night(home, NEXT)
    home.put("samples_2_again.csv", SECOND["samples_2.csv"], mtime=3_000)
    home.put(
        "samples_1.csv", HEADER + "9,旧,2020-01-05,,,2020-01-05 10:00\n", mtime=500
    )  # the earlier edition, found later
    ends_as(home, expected)


@pytest.mark.slow
@pytest.mark.drill(
    fault="VACUUM and a new night under a reader",
    invariant="the reader's tables stay readable and equal",
)
def test_a_reader_that_has_opened_a_night_reads_on_while_the_next_one_and_maintenance_go_by(home, expected):
    opened = newest_snapshot(Lake(home.env.lake))
    tables = {
        t: (opened.lake.dataset(t, opened.version(t)), table_hash(opened.arrow(t))) for t in opened.tables
    }
    wrong: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            wrong.extend(
                t for t, (dataset, known) in tables.items() if table_hash(dataset.to_table()) != known
            )

    reader = threading.Thread(target=read)
    reader.start()
    try:
        night(home, NEXT)
        with writer_lock(home.env.lake, wait_seconds=5):
            maintain(home.env, day=NEXT + timedelta(days=30))
    finally:
        stop.set()
        reader.join()
    assert wrong == [] and home.hashes() == expected
