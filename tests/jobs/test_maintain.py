"""`quality maintain` on an installation with nights behind it: what is current reads as before, what is past
its term is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.deployment import today
from jobs.errors import UsageError
from jobs.ingest.landing import LandingReport
from jobs.lake import versions
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.night.runner import RunResult
from jobs.upkeep.doctor import problems, table_hash
from jobs.upkeep.stores import landing_problems

NIGHTS = 4
LATE = max(today(), DAY) + timedelta(days=100)  # seen from there, all that is written now is past every term


def night(home: Home, day: date) -> tuple[LandingReport, RunResult]:
    return home.night(day)


def sample(number: int) -> str:
    return HEADER + f"{number},计划{number % 3},2026-01-{number + 1:02},,,2026-01-{number + 1:02} 10:00\n"


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> tuple[Home, Home]:
    """A home after nights, each with a separate file, and a copy of it."""
    home = Home(tmp_path_factory.mktemp("maintain") / "home", tables=few_tables())
    for number in range(NIGHTS):
        home.put(f"samples_{number}.csv", sample(number), mtime=1_000 + number)
        night(home, DAY + timedelta(days=number))
    return home, home.copied(tmp_path_factory.mktemp("untouched") / "home")


@pytest.fixture(scope="module", autouse=True)
def three_small_files_are_worth_a_compaction() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "SMALL_FILES", 3)
        yield


@pytest.fixture(scope="module")
def home(lived) -> Home:
    """Maintained in the order of this file."""
    return lived[0]


@pytest.fixture(scope="module")
def untouched(lived) -> Home:
    """The same nights before any maintenance."""
    return lived[1]


def kept(home: Home, day: date = LATE, *, dry_run: bool = False) -> list[dict]:
    return home.maintain(day, dry_run=dry_run)


def nights(home: Home) -> dict[str, dict[str, str]]:
    """Run id → table → hash, of every night that ops.night has."""
    lake = Lake(home.env.lake)
    found: dict[str, dict[str, str]] = {}
    for row in lake.arrow("ops.night").to_pylist():
        if row["version"] is not None:
            found.setdefault(row["run_id"], {})[row["table"]] = table_hash(
                lake.arrow(row["table"], row["version"])
            )
    return found


def files(home: Home) -> set[str]:
    return {str(p) for p in home.root.rglob("*") if p.is_file() and p.name != ".lock"}


@pytest.fixture(scope="module")
def compacted(home: Home) -> tuple[dict[str, dict[str, str]], list[dict]]:
    """Every night before the first maintenance, and what that did."""
    return nights(home), kept(home, DAY + timedelta(days=NIGHTS))


def test_a_dry_run_says_what_would_go_and_touches_nothing(home):
    before = files(home)
    steps = kept(home, dry_run=True)
    assert {"trim", "vacuum", "trim log of", "compact"} <= {row["step"] for row in steps} and files(
        home
    ) == before


def test_within_thirty_days_every_night_reads_as_before(home, compacted):
    before, steps = compacted
    assert len(before) == NIGHTS
    assert {row["subject"] for row in steps if row["step"] == "compact"} >= {
        "bronze.sample",
        "ops.night",
        "ops.ingest_file",
    }
    assert nights(home) == before and problems(home.env.lake) == []


def test_a_compaction_leaves_nothing_to_recover_and_a_night_with_nothing_new_starts_no_jvm(home, compacted):
    _, result = night(home, DAY + timedelta(days=NIGHTS - 1))
    assert (result.run_id, result.used_spark) == (None, False)


def test_maintained_again_there_is_nothing_left_to_do(home, compacted):
    assert kept(home, DAY + timedelta(days=NIGHTS)) == []


@pytest.mark.slow
def test_a_night_after_a_compaction_builds_on_it(home, compacted):
    home.put("samples_more.csv", sample(NIGHTS), mtime=2_000)
    _, result = night(home, DAY + timedelta(days=NIGHTS))
    snapshot = newest_snapshot(Lake(home.env.lake))
    assert result.exit_code == 0 and snapshot.arrow("bronze.sample").num_rows == NIGHTS + 1
    assert len(Lake(home.env.lake).open("bronze.sample", snapshot.version("bronze.sample")).file_uris()) == 2


@pytest.mark.slow  # quick: test_old_logs, whose night is maintained as late
def test_after_a_hundred_days_only_the_newest_night_is_left_and_it_reads_as_before(home):
    before, hashes = nights(home), home.hashes()
    newest = newest_snapshot(Lake(home.env.lake)).run_id
    steps = kept(home)
    assert nights(home) == {newest: before[newest]} and home.hashes() == hashes
    assert sum(row["bytes"] for row in steps) > 0 and problems(home.env.lake) == [] == landing_problems(
        home.env, deep=True
    )


@pytest.mark.slow  # quick: tests/unit/upkeep/test_trimming
def test_no_table_keeps_a_file_that_no_kept_version_reads_nor_a_log_below_it(home):
    lake, snapshot = Lake(home.env.lake), newest_snapshot(Lake(home.env.lake))
    for table in ("silver.sample", "gold.sampling_ledger"):
        assert len(list(lake.path(table).rglob("*.parquet"))) == len(lake.open(table).file_uris()) + len(
            list((lake.path(table) / "_delta_log").glob("*.checkpoint.parquet"))
        )
        lowest = min(int(p.stem) for p in (lake.path(table) / "_delta_log").glob("*.json"))
        assert lowest == snapshot.version(table)


@pytest.mark.slow
def test_spark_and_duckdb_read_what_was_maintained(home, spark):
    lake, snapshot = Lake(home.env.lake), newest_snapshot(Lake(home.env.lake))
    for table in ("bronze.sample", "silver.sample", "gold.sampling_ledger", "ops.night"):
        rows = lake.dataset(table, snapshot.version(table)).count_rows()
        reader = spark.read.format("delta")
        if snapshot.version(table) is not None:
            reader = reader.option("versionAsOf", snapshot.version(table))
        assert reader.load(str(lake.path(table))).count() == rows
        with duckdb.connect() as connection:
            connection.register("here", lake.dataset(table, snapshot.version(table)))
            assert connection.sql("SELECT count(*) FROM here").fetchall() == [(rows,)]


@pytest.mark.slow
def test_raw_copies_and_landed_rows_go_after_ninety_days_and_the_night_after_still_needs_neither(home):
    day = DAY + timedelta(days=NIGHTS + 91)
    kept(home, day)
    assert not list((home.env.landing / "raw").glob("??/*")) and not list(
        (home.env.landing / "rows" / "town").rglob("*.parquet")
    )
    assert problems(home.env.lake) == [] == landing_problems(home.env, deep=True)
    before = home.hashes()
    home.put("samples_last.csv", sample(NIGHTS + 1), mtime=3_000)
    _, result = night(home, day)
    assert result.exit_code == 0 and home.hashes() != before
    assert home.ask("SELECT count(*) AS n FROM silver.sample") == [{"n": NIGHTS + 2}]


@pytest.mark.slow
def test_an_edited_mapping_after_that_applies_to_new_files_only_and_loses_no_row(home):
    yaml = home.root / "sources" / "town.yaml"
    yaml.write_text(yaml.read_text().replace("无效: void", "无效: void, 作废: void"))
    for path in (home.root / "inbox" / "town").iterdir():  # what still lies there would be received again
        path.unlink()
    landed, result = night(home, DAY + timedelta(days=NIGHTS + 92))
    assert any("raw copies of" in warning and "gone" in warning for warning in landed.warnings)
    assert (
        home.ask("SELECT count(*) AS n FROM silver.sample") == [{"n": NIGHTS + 2}] and result.exit_code == 0
    )


def test_a_date_before_the_newest_night_is_refused(home):
    with pytest.raises(UsageError, match="is before the newest night"):
        kept(home, DAY)


def test_a_lake_without_a_night_has_nothing_to_maintain(tmp_path):
    with pytest.raises(UsageError, match="no night in"):
        kept(Home(tmp_path / "new", tables=few_tables()))


def test_old_logs_go_and_young_ones_stay(home):
    day = DAY + timedelta(days=NIGHTS + 92)
    for name, age in (("old.log", 91), ("young.log", 89)):
        path = home.env.logs / "runs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        stamp = (day - timedelta(days=age)).toordinal() - date(1970, 1, 1).toordinal()
        os.utime(path, (stamp * 86_400, stamp * 86_400))
    kept(home, day)
    assert [p.name for p in (home.env.logs / "runs").iterdir()] == ["young.log"]


class Killed(BaseException):
    """Stands for kill -9: nothing in maintain may catch it."""


def _change_by_change(patch: pytest.MonkeyPatch, last: int | None) -> list[int]:
    """Count changes to the disk in the list returned; after ``last`` of them the next one is a kill."""
    done = [0]

    def counted(change):
        def call(*args, **kwargs):
            if done[0] == last:
                raise Killed
            done[0] += 1
            return change(*args, **kwargs)

        return call

    for owner, name in (
        (Path, "unlink"),
        (Path, "rmdir"),
        (Lake, "overwrite"),
        (Lake, "append"),
        (Lake, "compact"),
        (versions, "stand_in"),
    ):
        patch.setattr(owner, name, counted(getattr(owner, name)))
    return done


@pytest.mark.slow
@pytest.mark.drill(
    fault="kill of maintenance at any change to the disk",
    invariant="the night stays readable; made again, an undisturbed end",
)
def test_maintenance_killed_at_any_change_to_the_disk_leaves_the_night_and_made_again_ends_as_undisturbed(
    untouched, tmp_path
):
    calm = untouched.copied(tmp_path / "calm")
    with pytest.MonkeyPatch.context() as patch:
        counted = _change_by_change(patch, None)
        kept(calm)
    expected, steps, tables = shape(calm), counted[0], untouched.hashes()
    assert steps > 50
    killed = untouched.copied(tmp_path / "killed")
    for last in [
        *range(8),
        *range(8, steps, steps // 12),
    ]:
        # Each call goes on from where the one before was killed.
        with pytest.MonkeyPatch.context() as patch:
            _change_by_change(patch, last)
            with suppress(Killed):
                kept(killed)
        assert problems(killed.env.lake) == [] == landing_problems(killed.env, deep=True)
        assert killed.hashes() == tables
    kept(killed)
    assert shape(killed) == expected


def shape(home: Home) -> dict[str, tuple]:
    """What a maintained lake comes to, no matter what its files are called: of each table its versions,
    files and rows."""
    lake, found = Lake(home.env.lake), {}
    for table in lake.tables():
        opened = lake.open(table)
        versions_left = sorted(int(p.stem) for p in (lake.path(table) / "_delta_log").glob("*.json"))
        data = [p for p in lake.path(table).rglob("*.parquet") if "_delta_log" not in p.parts]
        found[table] = (versions_left, len(data), len(opened.file_uris()), table_hash(lake.arrow(table)))
    return found
