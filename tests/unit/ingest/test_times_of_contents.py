"""When a content counted follows from the ledger: what is held, put back, touched or joined anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
from ingest_world import World

from jobs.ingest.counting import countings
from jobs.ingest.units import units
from jobs.lake.tables import Lake

CLOCK = datetime(2026, 11, 1, 2, tzinfo=UTC)  # days of receipt may be earlier ones


def day(n: int) -> date:
    return date(2026, 6, n)


def ledger(*rows: tuple) -> pd.DataFrame:
    """Rows (day of the landing, file, content, status, day of receipt or None, load key or None, and a time
    of change in ns where it matters), in the order in which they were written; without one a row is changed
    after those before it."""
    frame, landed = [], {}
    for landing, file, sha256, status, received, key, *changed in rows:
        landed[landing] = landed.get(landing, -1) + 1
        frame.append(
            {
                "source": "s", "feed": "f", "file": file, "sha256": sha256, "status": status,
                "load_key": key or sha256, "received_on": received or day(landing), "delivered_on": None,
                "mtime_ns": changed[0] if changed else len(frame),
                "recorded_at": CLOCK + timedelta(days=landing, microseconds=landed[landing]),
            }
        )  # fmt: skip
    return pd.DataFrame(frame)


def found(*rows: tuple) -> list[tuple[str, int, int | None]]:
    """(load key, first day, day on which another content came)."""
    return [(c.load_key, c.begun_on.day, c.until and c.until.day) for c in countings(ledger(*rows))]


def test_a_content_that_is_put_back_counts_anew_and_one_that_is_touched_goes_on() -> None:
    assert found(
        (2, "a.csv", "A", "landed", None, None),
        (3, "a.csv", "B", "landed", None, None),
        (5, "a.csv", "A", "repeated", None, None),
        (7, "a.csv", "A", "repeated", None, None),
    ) == [("A", 2, 3), ("B", 3, 5), ("A", 5, None)]


def test_a_held_content_counts_from_the_day_on_which_it_was_let_through() -> None:
    assert found(
        (1, "a.csv", "A", "landed", None, None),
        (2, "a.csv", "B", "held", None, None),
        (4, "a.csv", "B", "landed", day(2), None),
        (5, "b.csv", "C", "held", None, None),
    ) == [("A", 1, 4), ("B", 4, None)]


def test_a_held_content_counts_where_it_comes_under_another_name() -> None:
    assert found(
        (1, "a.csv", "A", "landed", None, None),
        (2, "a.csv", "B", "held", None, None),
        (3, "c.csv", "B", "repeated", None, None),
    ) == [("A", 1, None), ("B", 3, None)]


def test_a_content_that_is_joined_anew_counts_from_its_first_landing_under_its_newest_load_key() -> None:
    assert found(
        (1, "a.csv", "A", "landed", None, "K1"),
        (3, "a.csv", "A", "landed", day(1), "K2"),
    ) == [("K2", 1, None)]


def test_what_is_replaced_in_its_own_landing_never_counted() -> None:
    assert found(
        (1, "a.csv", "A", "landed", None, None),
        (1, "a.csv", "B", "landed", None, None),
        (3, "a.csv", "E", "empty", None, None),
    ) == [("B", 1, 3)]


def test_an_older_edition_that_comes_late_never_counts() -> None:
    assert found(
        (1, "a.csv", "P", "landed", None, None, 5),
        (2, "a.csv", "R", "landed", None, None, 1),  # an older edition, and of the same file
        (2, "b.csv", "S", "landed", None, None, 1),
        (9, "a.csv", "Q", "landed", None, None, 9),
    ) == [("P", 1, 9), ("S", 2, None), ("Q", 9, None)]


def test_an_older_edition_that_is_touched_after_the_newer_one_counts_from_then() -> None:
    assert found(
        (1, "a.csv", "P", "landed", None, None, 5),
        (2, "a.csv", "R", "landed", None, None, 1),
        (3, "a.csv", "R", "repeated", None, None, 7),
    ) == [("P", 1, 3), ("R", 3, None)]


def test_a_held_edition_replaces_nothing_nor_does_it_a_newer_one_once_it_is_let_through() -> None:
    assert found(
        (1, "a.csv", "A", "landed", None, None, 1),
        (2, "a.csv", "B", "held", None, None, 9),
        (3, "a.csv", "C", "landed", None, None, 5),
        (4, "a.csv", "D", "landed", None, None, 10),
        (5, "a.csv", "B", "landed", day(2), None, 9),
    ) == [("A", 1, 3), ("C", 3, 4), ("D", 4, None)]


def test_a_time_of_change_in_the_future_gives_way_to_what_is_handed_in_later() -> None:
    ahead = int((CLOCK + timedelta(days=900)).timestamp()) * 10**9
    later = int((CLOCK + timedelta(days=3)).timestamp()) * 10**9
    assert found(
        (1, "a.csv", "A", "landed", None, None, ahead),
        (5, "a.csv", "B", "landed", None, None, later),
    ) == [("A", 1, 5), ("B", 5, None)]


def test_rows_of_expired_contents_begin_no_landing() -> None:
    rows = ledger((1, "a.csv", "A", "landed", None, None), (2, "b.csv", "B", "landed", None, None))
    gone = rows.iloc[[0]].assign(status="expired", recorded_at=rows["recorded_at"].iloc[1])
    whole = pd.concat([gone, rows], ignore_index=True)
    assert [c.landed_at for c in countings(whole)] == [*rows["recorded_at"]]


def test_a_file_that_names_its_delivery_says_so_of_a_content_that_came_before() -> None:
    rows = ledger((1, "a.csv", "A", "landed", None, None), (5, "a_0604.csv", "A", "repeated", None, None))
    rows["delivered_on"] = pd.Series([None, day(4)], dtype=object)
    assert [c.named_on for c in countings(rows)] == [None, day(4)]


def test_what_repeats_a_refused_content_counts_from_the_landing_that_reads_it() -> None:
    assert found(
        (1, "a.csv", "A", "refused", None, None),
        (2, "b.csv", "A", "repeated", None, None),
        (3, "a.csv", "A", "landed", day(1), None),
    ) == [("A", 3, None)]


def test_a_landing_writes_what_the_times_follow_from(world: World) -> None:
    world.source()
    one, other = "id,made,name\n1,2026-01-01,a\n", "id,made,name\n1,2026-01-01,b\n2,2026-01-01,b\n"
    for mtime, text in enumerate((one, other, one), start=1):
        world.drop("things.csv", text, mtime=mtime)
        world.land()
    unit = units(Lake(world.environment.lake).frame("ops.ingest_file"))["thing"]
    rows = dict(zip(unit.landed["load_key"], unit.landed["loaded"], strict=True))
    assert [(rows[t.load_key], t.until is None) for t in unit.times] == [(1, False), (2, False), (1, True)]
