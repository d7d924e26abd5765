"""Which contents count (definitions.md#inbox), from rows of ops.ingest_file."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from jobs.ingest.ledger import STEP
from jobs.ingest.units import COUNTS, current, units

BASE = {
    "source": "s",
    "feed": "f",
    "target": "sample",
    "mode": "upsert",
    "file": "a.csv",
    "mapping": "m1",
    "loaded": 2,
    "status": "landed",
    "delivered_on": None,
    "keys": 2,
    "reason_zh": "",
    "reason_en": "",
} | {name: 2 for name in COUNTS if name != "loaded"}


def _ingest(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(
        [
            BASE
            | {
                "recorded_at": datetime(2026, 1, n + 1, tzinfo=UTC),
                "load_key": f"k{row['sha256']}",
                "mtime_ns": n,
                "received_on": datetime(2026, 1, n + 1).date(),
            }
            | row
            for n, row in enumerate(rows)
        ]
    )


def _state(*rows: dict) -> tuple[list[str], tuple[str, ...]]:
    state = units(_ingest(*rows))["sample"]
    return list(state.landed["load_key"]), tuple(each.load_key for each in state.live)


@pytest.mark.drill(fault="editions in any order", invariant="the later file counts")
def test_the_later_mtime_is_the_live_edition_whatever_came_first():
    assert _state({"sha256": "A", "mtime_ns": 9}, {"sha256": "B", "mtime_ns": 5}) == (["kA", "kB"], ("kA",))


def test_a_touched_file_keeps_its_rows():
    rows = ({"sha256": "A"}, {"sha256": "A", "status": "repeated", "loaded": 0, "mtime_ns": 7})
    assert _state(*rows) == (["kA"], ("kA",))
    assert list(current(_ingest(*rows))["loaded"]) == [2]


def test_a_content_that_is_put_back_is_live_again():
    back = {"sha256": "A", "status": "repeated", "loaded": 0, "mtime_ns": 9}
    assert _state({"sha256": "A"}, {"sha256": "B"}, back) == (["kA", "kB"], ("kA",))


def test_the_same_content_under_another_name_is_live_through_either():
    twin = {"sha256": "A", "file": "b.csv", "status": "repeated", "loaded": 0}
    assert _state({"sha256": "A"}, twin, {"sha256": "B", "mtime_ns": 9}) == (["kA", "kB"], ("kA", "kB"))


def test_a_refused_edition_replaces_nothing_and_an_empty_one_replaces_all():
    assert _state({"sha256": "A"}, {"sha256": "B", "status": "refused", "loaded": 0}) == (["kA"], ("kA",))
    assert _state({"sha256": "A"}, {"sha256": "B", "status": "empty", "loaded": 0}) == (["kA"], ())


def test_a_refused_edition_that_is_touched_still_replaces_nothing():
    touched = {"sha256": "B", "status": "repeated", "loaded": 0, "mtime_ns": 9}
    rows = ({"sha256": "A"}, {"sha256": "B", "status": "refused", "loaded": 0}, touched)
    assert _state(*rows) == (["kA"], ("kA",))
    assert list(current(_ingest(*rows))["status"]) == ["landed", "refused"]


def test_other_contents_of_joined_files_give_another_load_key_and_the_newest_counts():
    first, second = {"sha256": "A", "load_key": "k1"}, {"sha256": "A", "load_key": "k2"}
    assert _state(first, second) == (["k2"], ("k2",))
    assert _state(first, second, first) == (["k1"], ("k1",))
    refused = second | {"status": "refused", "loaded": 0}
    assert _state(first, refused) == (["k1"], ("k1",))
    twin = {"sha256": "A", "file": "b.csv", "status": "repeated", "loaded": 0, "load_key": "k1"}
    assert _state(first, twin, second) == (["k1", "k2"], ("k1", "k2"))


def test_a_touched_file_keeps_its_time_when_it_is_landed_anew_with_other_joined_files():
    rows = (
        {"sha256": "A", "load_key": "k1", "mtime_ns": 1},
        {"sha256": "B", "mtime_ns": 5},
        {"sha256": "A", "load_key": "k1", "mtime_ns": 9, "status": "repeated", "loaded": 0},
        {"sha256": "A", "load_key": "k2", "mtime_ns": 1},
    )
    assert _state(*rows) == (["k2", "kB"], ("k2",))


def test_a_file_that_is_only_joined_fills_no_table():
    assert units(_ingest({"sha256": "A", "feed": "", "target": "", "loaded": 0})) == {}


def test_a_landing_under_an_edited_mapping_counts_and_a_refusal_under_it_hides_nothing():
    anew = {"sha256": "A", "mapping": "m2"}
    assert list(units(_ingest({"sha256": "A"}, anew))["sample"].landed["mapping"]) == ["m2"]
    refused = anew | {"status": "refused", "loaded": 0}
    assert list(units(_ingest({"sha256": "A"}, refused))["sample"].landed["mapping"]) == ["m1"]


def _counted(*rows: dict) -> dict[str, int]:
    """By load key the day from which it first counted."""
    times = units(_ingest(*rows))["sample"].times
    return {t.load_key: t.landed_at.day for t in reversed(times)}


def test_a_held_content_counts_from_the_landing_that_brings_it_under_another_name():
    held = {"sha256": "A", "status": "held", "landed_path": "rows"}
    again = {"sha256": "A", "file": "a_0701.csv", "status": "repeated", "loaded": 0, "keys": None}
    assert _counted({"sha256": "B"}, held) == {"kB": 1}
    assert _counted({"sha256": "B"}, held, again) == {"kA": 3, "kB": 1}
    assert _counted({"sha256": "B"}, held, again, again) == {"kA": 3, "kB": 1}


def test_what_repeats_a_refused_content_counts_from_the_landing_that_reads_it():
    refused = {"sha256": "A", "status": "refused", "loaded": 0}
    again = {"sha256": "A", "file": "b.csv", "status": "repeated", "loaded": 0}
    assert _counted(refused, again, {"sha256": "A", "mapping": "m2"}) == {"kA": 3}


def test_an_expired_file_neither_begins_a_landing_nor_parts_one():
    """Ledgers of old lakes have it at the moment of the landing's last row, and the next one behind it."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    gone = [
        {"sha256": content, "file": content, "status": "expired", "loaded": 0, "recorded_at": at + n * STEP}
        for content, n in (("X", 2), ("Y", 3))
    ]
    rows = [
        {"sha256": content, "file": content, "recorded_at": at + n * STEP} for n, content in enumerate("ABC")
    ]
    for ingest in ([*rows, *gone], [*gone, *rows]):
        assert [t.landed_at for t in units(_ingest(*ingest))["sample"].times] == [at] * 3
