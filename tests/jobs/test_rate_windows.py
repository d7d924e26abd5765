"""Until when a rate is provisional: as long as a failing batch in it may still be objected to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sampling_frames import frames

from jobs.contracts.catalog import load_catalog
from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.objection_windows import UNDECIDED, open_until
from jobs.period import Period

TIMER = {
    "rule_id": "reinspection_request",
    "subject": "复检",
    "from_event": "result_notified",
    "to_event": "reinspection_requested",
    "amount": 15,
    "unit": "calendar_day",
    "bound": "latest",
    "valid_from": date(2000, 9, 1),
}
ISSUED = date(2026, 6, 1)  # a Monday; 15 days later is Tuesday 16 June
Rows = dict[str, list[dict[str, Any]]]


def until(
    rows: Rows | None = None, outcome: str = "nonconforming", issued: date | None = ISSUED
) -> date | None:
    conclusion = [{"sample_id": "s", "stage": "first", "outcome": outcome, "issued_on": issued}]
    given = frames(
        {
            "sample": [{"sample_id": "s", "plan_id": "p"}],
            "standing_conclusion": conclusion,
            "statutory_timer": [TIMER],
        }
        | (rows or {})
    )
    names = ("sample", "sampling_event", "objection", "statutory_timer", "calendar")
    [found] = open_until(conclusion=given["standing_conclusion"], **{name: given[name] for name in names})
    return None if np.isnat(found) else found.item()


def notice(moment: datetime, event: str = "result_notified") -> Rows:
    return {"sampling_event": [{"event_id": "e", "sample_id": "s", "event": event, "happened_at": moment}]}


def test_without_a_notification_the_window_runs_fifteen_days_from_issue():
    assert until() == date(2026, 6, 16)


@pytest.mark.parametrize("event", ["result_notified", "notified_by_announcement"])
def test_it_runs_from_the_notification_where_there_is_one(event: str):
    assert until(notice(datetime(2026, 6, 8, 2, tzinfo=UTC), event)) == date(2026, 6, 23)


def test_it_runs_from_the_last_notification():
    """The producer is notified a week after the seller: the 8th and the 15th of June; 15 days later is
    Tuesday the 30th."""
    both = [
        notice(datetime(2026, 6, day, 2, tzinfo=UTC))["sampling_event"][0] | {"event_id": f"e{day}"}
        for day in (15, 8)
    ]
    assert until({"sampling_event": both}) == date(2026, 6, 30)


def test_half_past_eleven_in_the_evening_utc_is_the_next_day_in_shanghai():
    assert until(notice(datetime(2026, 6, 8, 23, 30, tzinfo=UTC))) == date(2026, 6, 24)


def test_a_last_day_in_the_national_holiday_moves_to_the_next_working_day():
    """15 days after 18 September are 3 October; work begins again on Thursday the 9th."""
    assert until(notice(datetime(2025, 9, 18, 2, tzinfo=UTC))) == date(2025, 10, 9)


def test_a_last_day_beyond_the_known_holidays_stays_and_stops_nothing():
    assert until(issued=date(2060, 12, 20)) == date(2061, 1, 4)
    assert until(issued=date(1990, 6, 2)) == date(1990, 6, 2)  # no timer held then: the day itself


def test_rows_of_the_calendar_move_a_last_day():
    rest = [{"day": date(2026, 6, day), "is_working_day": False} for day in (16, 17)]
    assert until({"calendar": rest}) == date(2026, 6, 18)


@pytest.mark.parametrize(
    ("unit", "amount", "wanted"),
    [
        ("working_day", 15, date(2026, 6, 23)),  # the 19th of June is a holiday
        ("month", 1, date(2026, 7, 1)),
    ],
)
def test_the_timer_of_the_day_says_how_long(unit: str, amount: int, wanted: date):
    older = TIMER | {"rule_id": "older", "amount": 5, "valid_from": None, "valid_to": date(2026, 5, 31)}
    assert (
        until({"statutory_timer": [older, TIMER | {"unit": unit, "amount": amount, "valid_from": ISSUED}]})
        == wanted
    )
    assert until({"statutory_timer": [older]}, issued=date(2026, 5, 31)) == date(2026, 6, 5)


def test_of_two_timers_that_are_valid_the_newer_counts():
    newer = TIMER | {"amount": 10, "valid_from": ISSUED}
    for timers in ([TIMER, newer], [newer, TIMER]):
        assert until({"statutory_timer": timers}) == date(2026, 6, 11)
        assert until({"statutory_timer": timers}, issued=date(2026, 5, 29)) == date(2026, 6, 15)


def test_an_objection_without_a_decision_has_no_last_day():
    filed = {"objection_id": "o", "sample_id": "s", "filed_on": date(2026, 6, 10)}
    assert until({"objection": [filed]}) == UNDECIDED == date(9999, 12, 31)
    decided = filed | {"decided_on": date(2026, 7, 1), "decision": "rejected"}
    assert until({"objection": [decided]}) == date(2026, 6, 16)
    assert until({"objection": [filed]}, issued=None) == UNDECIDED
    assert until({"objection": [filed]}, outcome="not_judged") == UNDECIDED
    assert until({"objection": [decided]}, outcome="not_judged") is None
    assert until({"objection": [filed]}, outcome="conforming") is None


def test_what_cannot_be_objected_to_has_none():
    assert until(outcome="conforming") is None and until(issued=None) is None


def test_a_re_inspection_ends_it():
    both = [
        {"sample_id": "s", "stage": "first", "outcome": "nonconforming", "issued_on": ISSUED},
        {
            "sample_id": "s",
            "stage": "reinspection",
            "outcome": "nonconforming",
            "issued_on": date(2026, 6, 5),
        },
    ]
    assert until({"standing_conclusion": both}) is None


FOUR = {
    "sample": [
        {"sample_id": name, "plan_id": plan, "purchased_on": date(2026, 6, 1)}
        for name, plan in (("s", "one"), ("t", "one"), ("u", "two"), ("v", "three"))
    ],
    "standing_conclusion": [
        {"sample_id": name, "stage": "first", "outcome": outcome, "issued_on": day}
        for name, outcome, day in (
            ("s", "nonconforming", ISSUED), ("t", "nonconforming", date(2026, 6, 3)),
            ("u", "conforming", ISSUED), ("v", "nonconforming", date(2026, 6, 8)),
        )
    ],
    "objection": [{"objection_id": "o", "sample_id": "v", "filed_on": date(2026, 6, 10)}],
    "statutory_timer": [TIMER], "sampling_plan": [{"plan_id": "one", "type": "probability"}],
}  # fmt: skip


def test_a_row_is_provisional_until_the_latest_of_its_batches():
    table = detection_rate.build(**frames(FOUR), period=Period(date(2026, 6, 30)))
    plans = table.query(
        "dimension_type == 'plan' and period_type == 'quarter' and design == 'all'"
    ).set_index("dimension_code")
    assert plans["provisional_until"].to_dict() == {"one": date(2026, 6, 18), "two": None, "three": UNDECIDED}
    nation = table.query("dimension_type == 'nation' and period_type == 'month'").set_index("design")
    assert nation["provisional_until"].to_dict() == {
        "all": UNDECIDED,
        "probability": date(2026, 6, 18),
        "targeted": UNDECIDED,
    }


def test_another_day_makes_the_same_table_and_the_contract_says_so():
    assert not load_catalog().contracts["gold.detection_rate"].depends_on_day
    one, two = (
        detection_rate.build(**frames(FOUR), period=Period(day))
        for day in (date(2026, 6, 2), date(2027, 6, 30))
    )
    pd.testing.assert_frame_equal(one, two)
