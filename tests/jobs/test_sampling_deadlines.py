"""Deadlines of the procedure: the rule of the day, rest days, pauses, unknown years, and how each timer
stands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from procedures import life, reference

from jobs.marts.sampling.deadlines import TIMERS

NOTICE = "ordered 2026-03-01, received 2026-03-03, result_issued 2026-03-06, result_notified 2026-03-10"
ORDERED = f"{NOTICE}, rectification_ordered 2026-03-12"
RULE = {"subject": "x", "status": "house_rule", "citation": "x", "valid_from": date(2015, 1, 1)}


def timer(name: str, history: str, as_of: date = date(2026, 12, 1), **tables) -> tuple:
    row = life(history, as_of, **tables)
    return row[f"{name}_timer"], row[f"{name}_due"], row[f"{name}_unknown"]


def notice_rule(amount: int, unit: str) -> list[dict]:
    return [
        RULE
        | {
            "rule_id": "r",
            "from_event": "result_issued",
            "to_event": "result_notified",
            "amount": amount,
            "unit": unit,
            "bound": "latest",
        }
    ]


# Sixty days from 12 March 2026 end on Monday 11 May.
@pytest.mark.parametrize(
    ("history", "as_of", "state"),
    [
        (ORDERED, date(2026, 5, 11), "running"),
        (ORDERED, date(2026, 5, 12), "overdue"),
        (f"{ORDERED}, rectified 2026-05-11T23:59+08:00", date(2026, 5, 12), "met"),
        (f"{ORDERED}, rectified 2026-05-12", date(2026, 5, 12), "late"),
        (NOTICE, date(2026, 5, 12), "not_applicable"),
    ],
)
def test_a_timer_is_met_late_running_overdue_or_not_applicable(history, as_of, state):
    assert timer("rectification", history, as_of)[0] == state


def test_status_and_citation_of_the_rule_stand_beside_the_timer():
    row = life(ORDERED)
    assert (row["rectification_rule"], row["rectification_due"], row["rectification_rule_status"]) == (
        "rectification", date(2026, 5, 11), "mirror",
    )  # fmt: skip
    assert row["rectification_citation"].endswith("art 46")
    assert row["n_overdue"] == 2  # rectification and recheck


def test_the_rule_valid_on_the_day_of_the_event_applies():
    """Parties were notified within five working days until the end of 2019; no rule says so since."""
    old = "ordered 2019-12-01, received 2019-12-02, result_issued 2019-12-31, result_notified 2020-01-09"
    assert timer("notice", old) == ("late", date(2020, 1, 8), None)
    assert timer("notice", old.replace("2019-12-31", "2020-01-01")) == ("not_applicable", None, None)


@pytest.mark.parametrize(("issued", "due"), [("2026-03-06", date(2026, 3, 11)), ("2026-03-05", None)])
def test_a_rule_does_not_hold_for_an_event_before_its_first_day(issued, due):
    history = f"ordered 2026-03-01, received 2026-03-03, result_issued {issued}"
    rules = [rule | {"valid_from": date(2026, 3, 6)} for rule in notice_rule(5, "calendar_day")]
    assert timer("notice", history, statutory_timer=rules)[1] == due


def test_of_two_rules_that_are_valid_the_newer_applies():
    old, new = notice_rule(5, "calendar_day"), notice_rule(10, "calendar_day")
    new = [rule | {"valid_from": date(2026, 3, 6)} for rule in new]
    for rules in (old + new, new + old):
        for issued, due in (("2026-03-06", date(2026, 3, 16)), ("2026-03-05", date(2026, 3, 10))):
            history = f"ordered 2026-03-01, received 2026-03-03, result_issued {issued}"
            assert timer("notice", history, statutory_timer=rules)[1] == due


@pytest.mark.parametrize(
    ("issued", "days", "due"),
    [
        (
            "2025-01-24",
            4,
            date(2025, 2, 6),
        ),  # Spring Festival 2025: 28 January to 4 February off, Sunday 26 January worked
        (
            "2026-02-11",
            4,
            date(2026, 2, 24),
        ),  # Spring Festival 2026: 15 to 23 February off, Saturday 14 February worked
        (
            "2025-09-26",
            5,
            date(2025, 10, 10),
        ),  # National Day 2025: 1 to 8 October off, Sunday 28 September worked
        (
            "2026-09-30",
            4,
            date(2026, 10, 12),
        ),  # National Day 2026: 1 to 7 October off, Saturday 10 October worked
    ],
)
def test_working_days_follow_the_state_council_with_its_make_up_days(issued, days, due):
    history = f"ordered 2025-01-01, received 2025-01-02, result_issued {issued}"
    assert timer("notice", history, statutory_timer=notice_rule(days, "working_day"))[1] == due


@pytest.mark.parametrize(
    ("notified", "due"),
    [
        (
            "2025-01-14",
            date(2025, 2, 5),
        ),  # the fifteenth day lies in the Spring Festival of 2025: Wednesday 5 February
        ("2025-01-11", date(2025, 1, 26)),  # a Sunday that is worked for it: no rest day
        ("2026-02-01", date(2026, 2, 24)),  # Spring Festival of 2026, to Monday 23 February
        ("2026-01-30", date(2026, 2, 14)),  # a Saturday that is worked for it
        ("2025-09-18", date(2025, 10, 9)),  # National Day of 2025, to Wednesday 8 October
        ("2025-09-13", date(2025, 9, 28)),  # a Sunday that is worked for it
        ("2026-09-18", date(2026, 10, 8)),  # National Day of 2026, to Wednesday 7 October
        ("2026-09-25", date(2026, 10, 10)),  # a Saturday that is worked for it
    ],
)
def test_the_time_to_object_ends_after_a_holiday_and_on_a_make_up_day(notified, due):
    history = f"ordered 2024-12-01, received 2024-12-02, result_issued 2024-12-03, result_notified {notified}"
    assert timer("objection", history, due) == ("running", due, None)
    assert timer("objection", history, due + timedelta(days=1))[0] == "not_applicable"


def test_three_years_from_29_february_end_on_28_february_or_the_next_working_day():
    """28 February 2027 is a Sunday: the Monday after, 1 March, once the year's calendar is known."""
    history = "ordered 2024-02-01, received 2024-02-02, result_issued 2024-02-29"
    calendar = [
        {"day": date(2027, 2, 6), "is_working_day": False},
        {"day": date(2027, 2, 20), "is_working_day": True},
    ]
    three = notice_rule(3, "year")
    assert timer("notice", history, statutory_timer=three, calendar=calendar)[1] == date(2027, 3, 1)
    works = [*calendar, {"day": date(2027, 2, 28), "is_working_day": True}]
    assert timer("notice", history, statutory_timer=three, calendar=works)[1] == date(2027, 2, 28)


def test_beyond_the_years_that_are_announced_a_timer_is_null_with_its_reason_and_nobody_is_late():
    history = "ordered 2030-01-01, received 2030-01-02, result_issued 2030-02-01, result_notified 2030-02-05"
    row = life(f"{history}, objected 2030-06-01", date(2030, 7, 1))
    assert (row["objection_timer"], row["objection_due"], row["objection_unknown"]) == (
        None,
        None,
        "calendar_unknown",
    )
    assert row["objection_rule"] == "reinspection_request"
    assert (row["n_refused"], row["final_on"]) == (0, None)


def test_an_open_pause_stops_the_clock_and_a_closed_one_puts_the_deadline_off():
    paused = f"{ORDERED}, timer_suspended 2026-04-01"
    assert timer("rectification", paused, date(2026, 8, 1)) == (None, None, "suspended")
    assert life(paused, date(2026, 8, 1))["suspended"]
    resumed = f"{paused}, timer_resumed 2026-04-11, rectified 2026-05-21"  # ten days: 21 May
    assert timer("rectification", resumed, date(2026, 8, 1)) == ("met", date(2026, 5, 21), None)


def test_a_pause_does_not_prolong_the_time_to_object_nor_a_deadline_that_had_run_out():
    paused = (
        f"{ORDERED}, timer_suspended 2026-03-12T11:00+08:00, timer_resumed 2026-03-22, "
        f"timer_suspended 2026-06-01, timer_resumed 2026-06-20"
    )
    assert timer("objection", paused) == ("not_applicable", date(2026, 3, 25), None)
    assert timer("rectification", paused)[:2] == ("overdue", date(2026, 5, 21))


def test_a_right_that_nobody_used_is_not_overdue():
    assert timer("objection", NOTICE, date(2026, 3, 25)) == ("running", date(2026, 3, 25), None)
    assert timer("objection", NOTICE, date(2026, 3, 26)) == ("not_applicable", date(2026, 3, 25), None)


def test_an_earliest_bound_falls_on_a_rest_day_without_moving_and_a_latest_one_rolls():
    history = f"{ORDERED}, rectified 2026-03-13, recheck_organised 2026-03-14, recheck_failed 2026-03-15"
    # the sixtieth day is Friday 15 May, the ninetieth Sunday 14 June
    announced = f"{history}, recheck_failure_announced 2026-03-16"
    assert timer("second_recheck_from", announced, date(2026, 5, 14)) == ("running", date(2026, 5, 15), None)
    assert timer("second_recheck_from", announced, date(2026, 5, 15))[0] == "met"
    assert timer("second_recheck", announced, date(2026, 6, 15)) == ("running", date(2026, 6, 15), None)
    assert timer("second_recheck", announced, date(2026, 6, 16))[0] == "overdue"
    sunday = f"{history}, recheck_failure_announced 2026-03-18"  # the sixtieth day is Sunday 17 May
    assert timer("second_recheck_from", sunday)[1] == date(2026, 5, 17)


def test_a_result_becomes_final_by_declaration_decision_or_the_end_of_the_window():
    def final(history: str, as_of: date = date(2026, 12, 1)) -> tuple:
        row = life(history, as_of)
        return row["final_on"], row["final_basis"]

    again = f"{NOTICE}, objected 2026-03-11, reinspection_requested 2026-03-12"
    assert final(NOTICE, date(2026, 3, 25)) == (None, None)
    assert final(NOTICE, date(2026, 3, 26)) == (date(2026, 3, 26), "lapsed")
    assert final(f"{NOTICE}, finalised 2026-03-28") == (date(2026, 3, 28), "declared")
    assert final(again) == (None, None)
    assert final(f"{again}, reinspection_issued 2026-04-02 lab_id=L2") == (date(2026, 4, 2), "decided")
    assert final(f"{NOTICE}, objected 2026-03-11") == (None, None)
    assert final(f"{NOTICE}, objected 2026-03-11, objection_rejected 2026-03-15") == (
        date(2026, 3, 26),
        "lapsed",
    )
    assert final(f"{NOTICE}, objected 2026-03-11, objection_rejected 2026-04-15") == (
        date(2026, 4, 15),
        "decided",
    )


def test_a_sample_is_closed_when_every_obligatory_branch_has_ended():
    done = (
        f"{NOTICE}, finalised 2026-03-28, taken_down 2026-03-12, rectification_ordered 2026-03-12, "
        f"rectified 2026-03-20, recheck_organised 2026-03-21"
    )
    assert not life(f"{done}, recheck_passed 2026-03-25")["closed"]  # not published
    assert life(f"{done}, recheck_passed 2026-03-25, published 2026-04-01")["state"] == "closed"
    prosecuted = f"{done}, recheck_passed 2026-03-25, published 2026-04-01, enforcement_opened 2026-03-20"
    assert not life(prosecuted)["closed"]
    assert life(f"{prosecuted}, enforcement_closed 2026-04-20")["closed"]
    passed = [{"sample_id": "s", "stage": "first", "outcome": "conforming"}]
    assert (
        life(NOTICE, conclusion=passed)["closed"]
        and not life(NOTICE, date(2026, 3, 20), conclusion=passed)["closed"]
    )
    # Since the last of them, not since the last event of the main line; a result that lapses into finality
    # since the day after the window.
    assert life(f"{done}, recheck_passed 2026-03-25, published 2026-04-01")["state_since"] == date(2026, 4, 1)
    assert life(f"{prosecuted}, enforcement_closed 2026-04-20")["state_since"] == date(2026, 4, 20)
    lapsed = life(NOTICE, conclusion=passed)
    assert lapsed["state_since"] == lapsed["final_on"] > date(2026, 3, 20)


@pytest.mark.parametrize(
    ("page", "record", "photo", "complete"),
    [
        (True, True, True, True),
        (True, False, True, False),
        (True, None, True, None),
        (None, False, True, False),
        (None, None, None, None),
    ],
)
def test_evidence_is_complete_if_all_is_there_and_unknown_if_something_is_not_told(
    page, record, photo, complete
):
    sample = {
        "sample_id": "s",
        "plan_id": "p",
        "has_order_page": page,
        "has_unboxing_record": record,
        "has_seal_photo": photo,
    }
    found = life(sample=[sample], conclusion=[])["evidence_complete"]
    assert (None if found is not True and found is not False else found) == complete


def test_lags_are_calendar_days_between_first_events_and_not_below_zero():
    row = life(
        f"{NOTICE}, result_notified 2026-03-20, taken_down 2026-03-08, rectification_ordered "
        f"2026-03-12, rectified 2026-03-13, recheck_organised 2026-03-30"
    )
    lags = [
        row[f"{name}_days"]
        for name in (
            "buy_to_receive",
            "receive_to_result",
            "result_to_notice",
            "notice_to_takedown",
            "order_to_recheck",
        )
    ]
    assert lags == [2, 3, 4, 0, 18]


def test_every_statutory_timer_of_the_procedure_is_a_timer_of_the_lifecycle():
    """A rule that is added to the reference between events of the procedure needs its columns."""
    events = {row["event"] for row in reference("sampling_event_type")}
    ruled = {
        (r["from_event"], r["to_event"], r["bound"])
        for r in reference("statutory_timer")
        if {r["from_event"], r["to_event"]} <= events
    }
    assert ruled == set(TIMERS.values())
