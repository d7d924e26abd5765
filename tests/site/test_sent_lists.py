"""What pages say of the lists of restricted shops that platforms were sent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jobs.lake import ops
from jobs.lake.night import Snapshot
from jobs.lake.tables import Lake
from jobs.reports.gathered import Gathered
from jobs.reports.pages import units
from jobs.reports.sent_lists import restricted

NIGHT = date(2026, 7, 3)


def sent(day: int, rows: int, **other: Any) -> dict[str, Any]:
    return {
        "recipient": "platform_P1",
        "date": date(2026, 7, day),
        "sent_at": datetime(2026, 7, day, 4, tzinfo=UTC),
        "file": "restricted_operators.csv",
        "op": "upsert",
        "rows": rows,
        **other,
    }


def snapshot(root: Path) -> Snapshot:
    return Snapshot(Lake(root), "n3", "nightly", NIGHT, {})


def test_a_platform_counts_by_the_list_sent_last_before_the_night_and_not_by_withdrawn_rows(
    tmp_path: Path,
) -> None:
    log = [
        sent(2, 12),
        sent(1, 10),
        sent(2, 99, file="restricted_operators_withdrawn.csv", op="withdraw"),
        sent(2, 12, file="restricted_operators.jsonl"),
        sent(1, 4, recipient="platform_P0"),
    ]
    Lake(tmp_path).append("ops.export_log", ops.rows("ops.export_log", log))
    assert restricted(snapshot(tmp_path)).values.tolist() == [["P0", 4], ["P1", 12]]


def test_what_a_night_sends_after_its_site_does_not_change_the_site(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append("ops.export_log", ops.rows("ops.export_log", [sent(2, 12)]))
    before = restricted(snapshot(tmp_path))
    lake.append("ops.export_log", ops.rows("ops.export_log", [sent(NIGHT.day, 13)]))
    assert restricted(snapshot(tmp_path)).equals(before) and len(before) == 1


def test_a_lake_that_has_sent_nothing_has_no_lists(tmp_path: Path) -> None:
    assert restricted(snapshot(tmp_path)).empty


def test_a_platforms_page_counts_what_is_overdue_in_the_list_that_it_is_sent_by_its_rules(
    known: Gathered,
) -> None:
    """A takedown whose limit by this project has passed, and a complaint whose office is late: the page said
    0 overdue and the package 4, and one long sentence why."""
    row = known.night.frame("gold.work_queue").iloc[0].to_dict()
    old, new = date(known.night.date.year - 1, 1, 6), known.night.date
    down = row | {"task": "take_down", "status": "undated", "since": old}
    queue = [down, down | {"since": new}, down | {"since": None}, row | {"task": "publish", "since": old}]
    handed = [row | {"status": "overdue"}, row | {"status": "running"}]
    said = units._sent(known, "P01", 0, queue, handed)
    assert "本页待办清单0项，发给平台的清单2项（下架1项、投诉1项、" in said.zh
    assert "2 in the list that the platform is sent (takedowns 1, complaints 1, " in said.en
    assert max(map(len, said.zh.split("（有则列出）")[0].split("。"))) < 60
