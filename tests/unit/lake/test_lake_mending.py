"""Log entries that were left half written: what they repeat is kept, what they alone would say is done again.
No Spark."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from jobs.lake.lock import writer_lock
from jobs.lake.mending import mend
from jobs.lake.tables import Lake

TABLE = "gold.thing"


@pytest.fixture
def lake(tmp_path) -> Lake:
    """Versions 0 to 5 of one row each, with a checkpoint at 3."""
    lake = Lake(tmp_path)
    for number in range(6):
        lake.append(TABLE, pa.table({"x": [number]}))
        if number == 3:
            lake.open(TABLE).create_checkpoint()
    return lake


def entry(lake: Lake, version: int, kind: str) -> Path:
    return lake.path(TABLE) / "_delta_log" / f"{version:020}.{kind}"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def content(lake: Lake) -> list[int]:
    return sorted(Lake(lake.root).arrow(TABLE)["x"].to_pylist())  # as a process that has opened nothing yet


def test_a_whole_log_is_left_alone(lake):
    before = {p: p.read_bytes() for p in (lake.path(TABLE) / "_delta_log").iterdir()}
    assert mend(lake) == []
    assert {p: p.read_bytes() for p in (lake.path(TABLE) / "_delta_log").iterdir()} == before


def test_a_truncated_checkpoint_goes_where_the_commits_tell_the_same(lake):
    cut(entry(lake, 3, "checkpoint.parquet"))
    with pytest.raises(Exception, match="Parquet"):
        content(lake)
    assert [line.split()[-1] for line in mend(lake)] == [f"{3:020}.checkpoint.parquet", "_last_checkpoint"]
    assert content(lake) == [0, 1, 2, 3, 4, 5]


def test_a_truncated_checkpoint_falls_back_on_an_older_one(lake):
    lake.open(TABLE).create_checkpoint()
    cut(entry(lake, 5, "checkpoint.parquet"))
    for version in range(3):
        entry(lake, version, "json").unlink()  # trimmed: only the older checkpoint has them
    mend(lake)
    assert content(lake) == [0, 1, 2, 3, 4, 5]


def test_a_truncated_checkpoint_that_nothing_else_tells_stays_for_the_doctor(lake):
    entry(lake, 1, "json").unlink()
    cut(entry(lake, 3, "checkpoint.parquet"))
    assert mend(lake) == [] and entry(lake, 3, "checkpoint.parquet").exists()


@pytest.mark.parametrize("rest", ["half", "empty"])
def test_a_commit_that_was_half_written_is_none(lake, rest):
    entry(lake, 5, "crc").write_text("{}")  # the checksum of a version that is not one
    if rest == "half":
        cut(entry(lake, 5, "json"))
    else:
        entry(lake, 5, "json").write_bytes(b"")
    mend(lake)
    assert content(lake) == [0, 1, 2, 3, 4] and not entry(lake, 5, "crc").exists()
    assert lake.append(TABLE, pa.table({"x": [5]})) == 5 and content(lake) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_a_commit_whose_statistics_hold_a_sign_that_ends_lines_elsewhere_is_whole(tmp_path, sign):
    lake = Lake(tmp_path)
    lake.append(TABLE, pa.table({"x": [f"红{sign}酒"]}))
    assert mend(lake) == [] and content(lake) == [f"红{sign}酒"]


@pytest.mark.drill(fault="garbage in a transaction log", invariant="the log is mended before the next write")
def test_who_takes_the_writers_lock_finds_every_log_readable_and_hears_what_was_mended(lake, tmp_path):
    cut(entry(lake, 5, "json"))
    heard: list[str] = []
    with writer_lock(tmp_path, say=heard.append):
        assert content(lake) == [0, 1, 2, 3, 4]
    assert heard == [f"{TABLE}: a log entry was half written and is taken away: {5:020}.json"]
