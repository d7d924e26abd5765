"""A published table that can no longer be read is built anew, and the night says so; doctor --deep finds what
names and sizes do not show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.lake.tables import Lake
from jobs.lake.whole import note_sums
from jobs.upkeep.doctor import problems
from jobs.upkeep.stores import landing_problems


@pytest.fixture(scope="module")
def one_night(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("lost") / "home", tables=few_tables())
    rows = (
        "1,甲,2026-01-05,,,2026-01-05 10:00\n3,乙,2026-02-01,别的,,2026-02-01 10:00\n"  # one is quarantined
    )
    home.put("samples_1.csv", HEADER + rows, mtime=1_000)
    home.put("conclusions_1.csv", "样品编号,结论,日期\n1,不合格,2026-02-10\n", mtime=1_000)
    home.night(DAY)
    return home


@pytest.fixture
def home(one_night, tmp_path) -> Home:
    return one_night.copied(tmp_path / "home")


def garbage(home: Home, table: str) -> None:
    log = Lake(home.env.lake).path(table) / "_delta_log"
    max(log.glob("*.json")).write_text("garbage\n")


def data_files(home: Home, table: str) -> list[Path]:
    return sorted(Path(uri.removeprefix("file://")) for uri in Lake(home.env.lake).opened(table).file_uris())


def deleted(home: Home, table: str) -> None:
    data_files(home, table)[0].unlink()


@pytest.mark.parametrize("harm", [garbage, pytest.param(deleted, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "table",
    [
        "silver.sample",
        *(
            pytest.param(table, marks=pytest.mark.slow)
            for table in ("gold.sampling_ledger", "bronze.sample", "silver.quarantine", "ops.reconciliation")
        ),
    ],
)
@pytest.mark.drill(
    fault="a published version that cannot be read",
    invariant="the table is rebuilt and the night says so",
)
def test_a_current_version_that_cannot_be_read_is_built_anew(home, harm: Callable[[Home, str], None], table):
    before, ledger = home.hashes(), home.ask("SELECT * FROM ops.reconciliation ORDER BY source, feed, file")
    harm(home, table)
    assert problems(home.env.lake)
    said: list[str] = []
    _, result = home.night(DAY, say=said.append)
    assert result.exit_code == 0 and home.hashes() == before and problems(home.env.lake, deep=True) == []
    assert home.ask("SELECT * FROM ops.reconciliation ORDER BY source, feed, file") == ledger
    assert any(line.startswith(f"{table}: its current version cannot be read") for line in said)
    log = home.ask(
        f"SELECT \"table\", outcome FROM ops.run_log WHERE run_id = '{result.run_id}' AND stage = 'recover'"
    )
    assert log == [{"table": table, "outcome": "lost"}]
    assert home.night(DAY)[1].run_id is None  # and then all is well


@pytest.mark.drill(
    fault="damaged bronze without its landed rows",
    invariant="left as it is, named, nothing lost",
)
def test_bronze_whose_landed_rows_are_gone_is_left_as_it_is(home):
    for landed in (home.env.landing / "rows" / "town" / "samples").glob("*.parquet"):
        landed.unlink()
    deleted(home, "bronze.sample")
    said: list[str] = []
    home.night(DAY, say=said.append)
    assert any("bring its files back from a backup" in line for line in said)
    assert (home.env.lake / "bronze" / "sample" / "_delta_log").is_dir()


@pytest.mark.parametrize("table", ["silver.sample", "ops.ingest_file"])
@pytest.mark.drill(fault="flipped bytes in a data file", invariant="doctor --deep finds them by checksum")
def test_flipped_bytes_are_found_by_reading_and_by_nothing_else(home, table):
    assert problems(home.env.lake, deep=True) == []
    path = data_files(home, table)[0]
    content = bytearray(path.read_bytes())
    for at in range(8, 72):
        content[at] ^= 0xFF
    path.write_bytes(content)
    assert problems(home.env.lake) == []
    [said] = problems(home.env.lake, deep=True)
    assert said.startswith(f"{table}: data file damaged, its content is not what was written: ")
    assert said.endswith(path.name)


def test_a_damaged_log_of_a_table_that_no_run_names_is_a_finding(home):
    for path in (home.env.lake / "ops" / "ingest_file" / "_delta_log").iterdir():
        path.write_bytes(b"{")
    assert any(line.startswith("ops.ingest_file: ") for line in problems(home.env.lake, deep=True))


def test_a_lost_list_of_nights_is_a_finding_and_not_an_error(home):
    deleted(home, "ops.night")
    (tables,), landing = problems(home.env.lake), landing_problems(home.env, deep=False)
    assert tables.startswith("ops.night: cannot be read") and "cannot be read" in landing[-1]


def test_a_sum_that_is_kept_is_not_taken_again_from_a_file_that_changed(home):
    path = data_files(home, "silver.sample")[0]
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    note_sums(Lake(home.env.lake), ["silver.sample"])
    assert any("data file damaged" in line for line in problems(home.env.lake, deep=True))


def test_doctor_finds_the_files_of_a_lake_whose_path_has_a_space_and_chinese_signs(one_night, tmp_path):
    home = one_night.copied(tmp_path / "质量 湖")
    assert problems(home.env.lake) == []
