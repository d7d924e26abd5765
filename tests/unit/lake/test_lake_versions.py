"""What a table keeps of its past: nothing that a kept night reads goes, everything else does in time. No
Spark, tiny tables."""

from __future__ import annotations

import os
import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.lake import versions
from jobs.lake.night import holds
from jobs.lake.tables import LOG, Lake

TABLE = "gold.thing"
LATER = datetime.now(UTC) + timedelta(days=100)  # seen from there, everything written now is old
EARLIER = datetime.now(UTC) - timedelta(days=1)


def rows(*values: int) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.int64())})


@pytest.fixture
def lake(tmp_path) -> Lake:
    """Versions 0 to 4, each with its number as its only row."""
    lake = Lake(tmp_path)
    for number in range(5):
        lake.overwrite(TABLE, rows(number))
    return lake


def read(lake: Lake, version: int) -> list[int]:
    return lake.arrow(TABLE, version)["x"].to_pylist()


def tidy(lake: Lake, lowest: int, before: datetime = LATER) -> None:
    """What `quality maintain` does to one table."""
    log = versions.old_log(lake, TABLE, lowest)
    if log.files:
        versions.stand_in(lake, TABLE, lowest)
    versions.unread_files(lake, TABLE, lowest, before).remove()
    log.remove()


def test_the_lowest_version_that_a_kept_night_names_is_the_floor_however_old_it_is(lake):
    assert versions.floor(lake.open(TABLE), {2, 4}, LATER) == 2


def test_a_table_that_no_night_names_keeps_what_was_newest_at_that_time(lake):
    assert versions.floor(lake.open(TABLE), (), LATER) == 4
    assert versions.floor(lake.open(TABLE), (), EARLIER) == 0  # all of it is younger


def test_a_clock_that_was_set_back_makes_it_keep_more_and_never_less(lake):
    log = lake.path(TABLE) / "_delta_log" / f"{3:020}.json"
    stamp = str(lake.open(TABLE, 3).history(1)[0]["timestamp"])
    log.write_text(log.read_text().replace(stamp, "1000"))  # committed in 1970, between two commits of today
    assert versions.floor(lake.open(TABLE), (), EARLIER) == 0


def test_every_version_from_the_floor_on_reads_as_before_and_none_below_it_does(lake):
    tidy(lake, 2)
    assert [read(lake, v) for v in (2, 3, 4)] == [[2], [3], [4]]
    assert len(list(lake.path(TABLE).glob("*.parquet"))) == 3
    assert sorted(p.name for p in (lake.path(TABLE) / "_delta_log").glob("*.json")) == [
        f"{v:020}.json" for v in (2, 3, 4)
    ]
    with pytest.raises(KeyError):
        read(lake, 1)


def test_a_table_tidied_twice_is_left_alone_the_second_time_and_can_be_written_again(lake):
    tidy(lake, 2)
    assert versions.old_log(lake, TABLE, 2).files == [] == versions.unread_files(lake, TABLE, 2, LATER).files
    assert lake.append(TABLE, rows(9)) == 5
    assert read(lake, 5) == [9, 4] or read(lake, 5) == [4, 9]


def test_a_file_that_is_younger_than_the_term_stays_even_where_no_version_reads_it(lake):
    orphan = lake.path(TABLE) / "part-of-a-killed-writer.parquet"
    orphan.write_bytes(b"half")
    assert versions.unread_files(lake, TABLE, 4, EARLIER).files == []
    assert orphan in versions.unread_files(lake, TABLE, 4, LATER).files


def test_the_checksum_beside_a_data_file_goes_and_stays_with_it(lake):
    for path in list(lake.path(TABLE).glob("*.parquet")):
        path.with_name(f".{path.name}.crc").write_bytes(b"crc")
    versions.unread_files(lake, TABLE, 3, LATER).remove()
    assert len(list(lake.path(TABLE).glob("*.parquet"))) == len(list(lake.path(TABLE).glob(".*.crc"))) == 2


def test_files_in_folders_of_months_are_known_by_their_names(tmp_path):
    lake, months = Lake(tmp_path), [date(2026, 1, 1), date(2026, 2, 1)]
    table = pa.table({"x": [1, 2], "_month": pa.array(months, pa.date32())})
    lake.overwrite(TABLE, table)
    lake.overwrite(TABLE, table.slice(0, 1), months=months[:1])
    gone = versions.unread_files(lake, TABLE, 1, LATER)
    assert [p.parent.name for p in gone.files] == ["_month=2026-01-01"] and gone.bytes > 0
    tidy(lake, 1)
    assert sorted(lake.arrow(TABLE, 1)["x"].to_pylist()) == [1, 2]


def test_files_are_known_in_a_folder_whose_name_has_a_space_and_chinese_signs(tmp_path):
    lake = Lake(tmp_path / "质量 湖")
    for number in range(3):
        lake.overwrite(TABLE, rows(number))
    gone = {p.name for p in versions.unread_files(lake, TABLE, 1, LATER).files}
    tidy(lake, 1)
    assert len(gone) == 1 and [read(lake, v) for v in (1, 2)] == [[1], [2]]


def test_a_commit_whose_statistics_hold_a_sign_that_ends_lines_elsewhere_says_what_is_read(tmp_path):
    lake = Lake(tmp_path)
    for name in ("a", "红\u2028酒\x85", "b"):
        lake.append(TABLE, pa.table({"x": [name]}))
    assert versions.unread_files(lake, TABLE, 0, LATER).files == []


def test_a_log_trimmed_half_way_leaves_an_unbroken_tail_and_trimming_goes_on(lake):
    versions.stand_in(lake, TABLE, 3)
    for path in versions.old_log(lake, TABLE, 3).files[:2]:  # killed after two
        path.unlink()
    assert [read(lake, v) for v in (3, 4)] == [[3], [4]]
    tidy(lake, 3)
    assert [read(lake, v) for v in (3, 4)] == [[3], [4]]


def test_a_compaction_has_the_content_of_the_named_version_and_other_commits_have_not(lake):
    for number in range(8):
        lake.append(TABLE, rows(number))
    named = lake.version(TABLE)
    assert versions.scattered(lake.open(TABLE))
    before, after = lake.compact(TABLE, target_bytes=versions.TARGET_BYTES)
    assert (before, after) == (9, 1) and not versions.scattered(lake.open(TABLE))
    assert holds(lake, TABLE, named) and not holds(lake, TABLE, named - 1)
    lake.append(TABLE, rows(1))
    assert not holds(lake, TABLE, named)
    lake.restore(TABLE, named)
    assert holds(lake, TABLE, named)


def test_few_small_files_are_not_worth_a_commit(lake):
    lake.append(TABLE, rows(1))
    assert not versions.scattered(lake.open(TABLE))


def test_an_empty_folder_of_a_table_is_no_table(tmp_path: Path):
    os.makedirs(tmp_path / "gold" / "thing")
    assert not holds(Lake(tmp_path), TABLE, 0)


def test_a_version_is_opened_once_while_the_entry_of_its_commit_is_the_same_file(tmp_path):
    lake = Lake(tmp_path)
    lake.overwrite("silver.sample", pa.table({"a": [1]}))
    lake.overwrite("silver.sample", pa.table({"a": [1, 2]}))
    first = lake.opened("silver.sample", 0)
    assert lake.opened("silver.sample", 0) is first and lake.opened("silver.sample", 1) is not first
    lake.drop("silver.sample")  # a table that did not pass; the next run writes another version 0
    assert lake.open("silver.sample", 0) is None
    lake.overwrite("silver.sample", pa.table({"a": [7]}))
    assert lake.arrow("silver.sample", 0).to_pylist() == [{"a": 7}]


def test_the_newest_version_is_opened_once_until_someone_commits(lake):
    first = lake.opened(TABLE)
    assert lake.opened(TABLE) is first is lake.opened(TABLE, 4) and lake.exists(TABLE)
    Lake(lake.root).append(TABLE, rows(5))  # another process
    assert (lake.opened(TABLE).version(), lake.version(TABLE), first.version()) == (5, 5, 4)
    assert sorted(lake.arrow(TABLE)["x"].to_pylist()) == [4, 5]


def test_the_files_of_a_version_are_listed_once_and_again_after_its_commit_was_replaced(tmp_path):
    lake = Lake(tmp_path)
    lake.overwrite("silver.sample", pa.table({"a": [1]}))
    lake.overwrite("silver.sample", pa.table({"a": [1, 2]}))
    first = lake.files("silver.sample", 0)
    assert lake.files("silver.sample", 0) is first and lake.rows("silver.sample", 0) == 1
    assert lake.dataset("silver.sample", 0) is lake.dataset("silver.sample", 0)
    assert lake.rows("silver.sample") == 2  # another version, other files
    lake.drop("silver.sample")
    with pytest.raises(KeyError):
        lake.files("silver.sample", 0)
    lake.overwrite("silver.sample", pa.table({"a": [7, 8, 9]}))  # another version 0
    assert lake.rows("silver.sample", 0) == 3 == lake.dataset("silver.sample", 0).count_rows()


def test_the_newest_version_is_found_where_a_checkpoint_alone_leads_to_it(lake):
    lake.opened(TABLE).create_checkpoint()
    for entry in (lake.path(TABLE) / LOG).glob("*.json"):
        entry.unlink()
    assert lake.version(TABLE) == 4 and lake.arrow(TABLE)["x"].to_pylist() == [4]


@pytest.mark.parametrize("change", [lambda lake: lake.restore(TABLE, 0), lambda lake: compacted(lake)])
def test_what_is_open_stays_the_version_that_it_was_where_this_lake_changes_the_table(lake, change):
    before = lake.opened(TABLE)
    change(lake)
    assert before.version() == 4 and lake.version(TABLE) > 4


def compacted(lake: Lake) -> None:
    for number in range(2):
        lake.append(TABLE, rows(number))
    lake.compact(TABLE, target_bytes=versions.TARGET_BYTES)


def test_a_lake_travels_to_a_worker_without_what_it_keeps_open(lake):
    assert lake.opened(TABLE, 0) is lake.opened(TABLE, 0)
    assert read(pickle.loads(pickle.dumps(lake)), 0) == [0]
