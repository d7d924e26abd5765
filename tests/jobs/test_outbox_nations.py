"""What sources of another jurisdiction file moves no outbox, whoever's codes and manifests they name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from desks import Desk

from jobs.exchange.answers import refused
from jobs.lake.night import newest_snapshot
from jobs.reports.counting import filed_orders

OURS, THEIRS = {"_jurisdiction": "CN"}, {"_jurisdiction": "US"}


def test_order_files_of_another_jurisdiction_are_no_platforms_of_ours(tmp_path: Path):
    lines = [
        {"order_line_id": f"{source}/{n}", "platform_code": "P1", "_source": source, **of}
        for source, of in (("platform_01", OURS), ("us_shop", THEIRS))
        for n in range(2)
    ]
    desk = Desk(tmp_path).night(silver__transaction=lines)
    found = filed_orders(newest_snapshot(desk.lake))
    assert found.to_dict("records") == [{"source": "platform_01", "platform_code": "P1", "n": 2}]


def test_an_answer_from_another_jurisdiction_has_nothing_sent_again(tmp_path: Path):
    said = {"acknowledged_on": date(2026, 7, 1), "status": "refused", "note": "cut off"}
    answers = [
        {"acknowledgement_id": "a", "item_id": "m1", **said, **OURS},
        {"acknowledgement_id": "b", "item_id": "m2", **said, **THEIRS},
    ]
    desk = Desk(tmp_path).night(silver__acknowledgement=answers)
    assert refused(newest_snapshot(desk.lake)) == {"m1": "cut off"}
