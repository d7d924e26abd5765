"""A rate is provisional while a failing batch in it may still be objected to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sampling_frames import frames

from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.objection_windows import open_windows
from jobs.period import Period

TIMER = {
    "rule_id": "reinspection_request", "subject": "复检", "from_event": "result_notified", "to_event": "reinspection_requested", "amount": 15,
    "unit": "calendar_day", "bound": "latest", "valid_from": date(2000, 9, 1),
}
ISSUED = date(2026, 6, 1)  # a Monday; 15 days later is Tuesday 16 June


def is_open(as_of: date, rows: dict[str, list[dict[str, Any]]] | None = None, outcome: str = "nonconforming") -> bool:
    conclusion = [{"sample_id": "s", "stage": "first", "outcome": outcome, "issued_on": ISSUED}]
    given = frames({"sample": [{"sample_id": "s", "plan_id": "p"}], "conclusion": conclusion, "statutory_timer": [TIMER]} | (rows or {}))
    names = ("sample", "conclusion", "sampling_event", "objection", "statutory_timer", "calendar")
    [found] = open_windows(**{name: given[name] for name in names}, as_of=as_of)
    return bool(found)


def told(moment: datetime, event: str = "result_notified") -> dict[str, list[dict[str, Any]]]:
    return {"sampling_event": [{"event_id": "e", "sample_id": "s", "event": event, "happened_at": moment}]}


@pytest.mark.parametrize(("day", "wanted"), [(1, True), (16, True), (17, False)])
def test_without_a_notification_the_window_runs_fifteen_days_from_issue(day: int, wanted: bool):
    assert is_open(date(2026, 6, day)) is wanted


@pytest.mark.parametrize("event", ["result_notified", "notified_by_announcement"])
def test_it_runs_from_the_notification_where_there_is_one(event: str):
    assert is_open(date(2026, 6, 23), told(datetime(2026, 6, 8, 2, tzinfo=UTC), event))
    assert not is_open(date(2026, 6, 24), told(datetime(2026, 6, 8, 2, tzinfo=UTC), event))


def test_it_runs_from_the_last_notification_that_has_happened():
    """The producer is told a week after the seller: the 8th and the 15th of June; 15 days later is Tuesday the 30th."""
    both = [told(datetime(2026, 6, day, 2, tzinfo=UTC))["sampling_event"][0] | {"event_id": f"e{day}"} for day in (15, 8)]
    assert is_open(date(2026, 6, 30), {"sampling_event": both}) and not is_open(date(2026, 7, 1), {"sampling_event": both})
    july = [both[1], both[0] | {"happened_at": datetime(2026, 7, 10, tzinfo=UTC)}]
    assert not is_open(date(2026, 6, 24), {"sampling_event": july})


def test_half_past_eleven_in_the_evening_utc_is_the_next_day_in_shanghai():
    assert is_open(date(2026, 6, 24), told(datetime(2026, 6, 8, 23, 30, tzinfo=UTC)))


def test_a_last_day_in_the_national_holiday_rolls_to_the_next_working_day():
    late = told(datetime(2025, 9, 18, 2, tzinfo=UTC))  # 15 days: 3 October; work begins again on Thursday the 9th
    assert is_open(date(2025, 10, 9), late)
    assert not is_open(date(2025, 10, 10), late)


def test_an_objection_keeps_it_open_until_it_is_decided():
    filed = {"objection_id": "o", "sample_id": "s", "filed_on": date(2026, 6, 10)}
    assert is_open(date(2026, 9, 1), {"objection": [filed]})
    assert not is_open(date(2026, 9, 1), {"objection": [filed | {"decided_on": date(2026, 7, 1), "decision": "rejected"}]})


def test_what_no_one_objects_to_is_final():
    assert not is_open(ISSUED, outcome="conforming")


def test_a_re_inspection_ends_it():
    both = [
        {"sample_id": "s", "stage": "first", "outcome": "nonconforming", "issued_on": ISSUED},
        {"sample_id": "s", "stage": "reinspection", "outcome": "nonconforming", "issued_on": date(2026, 6, 5)},
    ]
    assert not is_open(date(2026, 6, 6), {"conclusion": both})


def test_only_the_rows_that_hold_such_a_batch_are_provisional():
    rows = {
        "sample": [{"sample_id": name, "plan_id": name, "purchased_on": ISSUED} for name in ("s", "t")],
        "conclusion": [{"sample_id": "s", "stage": "first", "outcome": "nonconforming", "issued_on": ISSUED},
                       {"sample_id": "t", "stage": "first", "outcome": "conforming", "issued_on": ISSUED}],
        "statutory_timer": [TIMER],
    }
    table = detection_rate.build(**frames(rows), period=Period(date(2026, 6, 16)))
    plans = table.query("dimension_type == 'plan' and period_type == 'month' and design == 'all'").set_index("dimension_code")
    assert plans["provisional"].to_dict() == {"s": True, "t": False}
    assert not detection_rate.build(**frames(rows), period=Period(date(2026, 6, 17)))["provisional"].any()
