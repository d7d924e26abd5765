"""Which event may follow which: illegal histories are refused with their reason, and the sample stays where
it was."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from procedures import life, refusals, reported, tables

from jobs.marts.sampling import sampling_refusal
from jobs.marts.sampling.happenings import happened
from jobs.marts.sampling.procedure import REASONS
from jobs.period import Period

# 2026-03-01 is a Sunday; the window to object after a notice on the 10th ends on Wednesday the 25th.
RESULT = "ordered 2026-03-01, received 2026-03-03, tested 2026-03-05, result_issued 2026-03-06 lab_id=L1"
NOTICE = f"{RESULT}, result_notified 2026-03-10"
FINAL = f"{NOTICE}, finalised 2026-03-27"
AGAIN = f"{NOTICE}, objected 2026-03-11, reinspection_requested 2026-03-12"
FAILED_AGAIN = (
    f"{FINAL}, rectification_ordered 2026-03-11, rectified 2026-04-01, recheck_organised 2026-04-05, "
    f"recheck_failed 2026-04-08, "
    "recheck_failure_announced 2026-04-10"
)
PLANNED_PURCHASE = {
    "sample": [{"sample_id": "s", "plan_id": "p", "sampling_order_id": "o"}],
    "sampling_order": [{"sampling_order_id": "o", "plan_id": "p", "status": "ordered"}],
}

ILLEGAL = [
    ("ordered 2026-03-01, result_issued 2026-03-02, received 2026-03-03", "e2", "before_receipt", "ordered"),
    ("received 2026-03-02, ordered 2026-03-03", "e1", "not_planned", "planned"),
    (
        "ordered 2026-03-01, received 2026-03-03, result_notified 2026-03-04, result_issued 2026-03-06",
        "e3",
        "before_result",
        "received",
    ),
    (f"{RESULT}, objected 2026-03-08, result_notified 2026-03-10", "e5", "before_notification", "concluded"),
    (
        f"{RESULT}, takedown_ordered 2026-03-08, result_notified 2026-03-10",
        "e5",
        "before_notification",
        "concluded",
    ),
    (
        f"{FINAL}, rectification_ordered 2026-03-11, recheck_organised 2026-03-20, rectified 2026-04-01",
        "e8",
        "before_rectification",
        "notified",
    ),
    (f"{FINAL}, objected 2026-04-01", "e7", "after_final", "final"),
    (f"{FINAL}, finalised 2026-04-10", "e7", "second_final", "final"),
    (
        f"{AGAIN}, reinspection_issued 2026-03-20 lab_id=L2, reinspection_requested 2026-03-21",
        "e9",
        "second_reinspection",
        "reinspected",
    ),
    (
        f"{AGAIN}, reinspection_issued 2026-03-20 lab_id=L2, reinspection_issued 2026-03-24 lab_id=L3",
        "e9",
        "second_reinspection",
        "reinspected",
    ),
    (f"{AGAIN}, reinspection_issued 2026-03-20 lab_id=L1", "e8", "same_lab", "reinspection_requested"),
    (f"{NOTICE}, objected 2026-03-26", "e6", "too_late", "notified"),
    (f"{FAILED_AGAIN}, second_recheck_organised 2026-06-08", "e12", "too_early", "final"),
    (f"{NOTICE}, published 2026-03-20", "e6", "too_early", "notified"),
    (f"{RESULT}, exited 2026-03-08", "e5", "too_late", "concluded"),
    ("ordered 2026-03-01, exited 2026-03-02, tested 2026-03-05", "e3", "after_exit", "exited"),
    ("ordered 2026-03-01, cancelled 2026-03-02, received 2026-03-05", "e3", "after_exit", "cancelled"),
]


@pytest.mark.parametrize(("history", "event", "reason", "state"), ILLEGAL)
def test_an_illegal_event_alone_is_refused_with_its_reason_and_the_last_allowed_state(
    history, event, reason, state
):
    assert refusals(history) == [(event, reason, state)]


def test_every_reason_of_the_contract_is_given_by_some_history():
    assert {reason for _, _, reason, _ in ILLEGAL} == set(REASONS)


@pytest.mark.parametrize(
    "history",
    [
        RESULT,
        NOTICE,
        FINAL,
        f"{FINAL}, published 2026-03-28",
        f"{AGAIN}, reinspection_issued 2026-03-20 lab_id=L2, published 2026-03-21",
        f"{NOTICE}, objected 2026-03-25",  # on the last day
        # the window runs from the last notice
        f"{NOTICE}, notified_by_announcement 2026-03-20, objected 2026-04-03",
        f"{FAILED_AGAIN}, second_recheck_organised 2026-06-09",  # on the sixtieth day
        # no one reported within 60 days
        f"{NOTICE}, rectification_ordered 2026-03-11, recheck_organised 2026-05-12",
        f"{NOTICE}, result_notified 2026-03-12, taken_down 2026-03-12, taken_down 2026-03-13",  # twice
        "tested 2026-03-05, result_issued 2026-03-06",  # a sample without an order on file
    ],
)
def test_a_legal_history_is_not_refused(history):
    assert refusals(history) == []


def test_a_refused_event_leaves_state_outcome_and_later_events_as_they_were():
    refused = life(f"{FINAL}, objected 2026-04-01, published 2026-04-02")
    without = life(f"{FINAL}, published 2026-04-02")
    assert refused.pop("n_refused") == 1 and without.pop("n_refused") == 0
    pd.testing.assert_series_equal(pd.Series(refused), pd.Series(without))
    assert refused["published_on"] == date(2026, 4, 2)


def test_a_last_day_on_a_rest_day_rolls_forward_before_an_objection_is_too_late():
    """Fifteen days from 2026-09-18 end on Saturday 3 October, in the holiday to the 7th: the 8th is the last
    day."""
    history = "ordered 2026-09-01, received 2026-09-03, result_issued 2026-09-10, result_notified 2026-09-18"
    assert refusals(f"{history}, objected 2026-10-08") == []
    assert refusals(f"{history}, objected 2026-10-09") == [("e5", "too_late", "notified")]


def test_half_past_eleven_at_night_in_utc_is_the_next_day_in_shanghai():
    """The last day is 25 March: 15:59 UTC is still that day, 23:30 UTC is the 26th."""
    assert refusals(f"{NOTICE}, objected 2026-03-25T15:59+00:00") == []
    assert refusals(f"{NOTICE}, objected 2026-03-25T23:30+00:00") == [("e6", "too_late", "notified")]
    assert life("ordered 2026-03-01T23:30+00:00")["ordered_on"] == date(2026, 3, 2)


def test_a_result_of_an_ordered_sample_whose_receipt_nobody_tells_is_refused():
    assert refusals("ordered 2026-03-01, result_issued 2026-03-05", **PLANNED_PURCHASE) == [
        ("e2", "before_receipt", "ordered")
    ]


def test_what_is_told_of_an_order_counts_for_each_sample_that_was_bought_with_it():
    """Two batches of one parcel; a third sample is another order's. Each stays where its own records say."""
    result = {"stage": "first", "outcome": "conforming", "issued_on": date(2026, 3, 6)}
    bought = {"a": "o", "b": "o", "c": "q"}
    rows = {
        "sample": [{"sample_id": s, "plan_id": "p", "sampling_order_id": o} for s, o in bought.items()],
        "sampling_order": [
            {"sampling_order_id": o, "plan_id": "p", "status": "received", "ordered_on": date(2026, 3, 1)}
            for o in ("o", "q")
        ],
        "conclusion": [{"sample_id": s} | result for s in bought],
    }
    received = reported("received 2026-03-03", sample=None) + reported("received 2026-03-04", sample=None)
    for number, (row, order) in enumerate(zip(received, ("o", "q"), strict=True)):
        row |= {"event_id": f"e{number}", "sampling_order_id": order}
    given = tables(**rows, sampling_event=received)
    events = happened(given, date(2026, 4, 1))
    of = events.groupby("event")["unit"].agg(sorted).to_dict()
    assert of == {name: ["a", "b", "c"] for name in ("ordered", "received", "result_issued")}
    refused = sampling_refusal.build(**given, period=Period(date(2026, 4, 1)))
    assert refused.empty, "the second batch of the parcel was not received"
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in given.items()}
    again = happened(turned, date(2026, 4, 1))
    key = ["unit", "event", "day"]
    pd.testing.assert_frame_equal(
        *(t[key].sort_values(key, ignore_index=True) for t in (events, again)), check_dtype=False
    )


def test_an_event_of_an_order_that_its_samples_refuse_is_listed_once():
    """Both batches left before the test as void, so that the parcel cannot arrive a day later."""
    exit = {"plan_id": "p", "sampling_order_id": "o", "exit_kind": "void", "exited_on": date(2026, 3, 2)}
    (event,) = reported("received 2026-03-03", sample=None)
    given = tables(
        sample=[{"sample_id": s} | exit for s in ("b", "a")],
        sampling_order=[{"sampling_order_id": "o", "plan_id": "p", "ordered_on": date(2026, 3, 1)}],
        conclusion=[],
        sampling_event=[event | {"sampling_order_id": "o"}],
    )
    found = sampling_refusal.build(**given, period=Period(date(2026, 4, 1)))
    assert found[["event_id", "sample_id", "reason"]].to_numpy().tolist() == [["e1", "a", "after_exit"]]


def test_an_event_of_a_purchase_that_nobody_planned_is_refused():
    found = sampling_refusal.build(
        **tables("received 2026-03-02", sample=[], conclusion=[]), period=Period(date(2026, 4, 1))
    )
    assert found[["event_id", "sample_id", "reason"]].to_numpy().tolist() == [["e1", "s", "not_planned"]]


def test_the_same_laboratory_is_allowed_where_no_other_is_qualified_that_day():
    history = f"{AGAIN}, reinspection_issued 2026-03-20 lab_id=L1"
    able = {"name_zh": "x", "capabilities": ["HA"], "accredited_from": date(2020, 1, 1)}
    goods = [
        {"category_code": "HA", "name_zh": "x", "level": 1},
        {"category_code": "HA01", "name_zh": "x", "level": 2, "parent_code": "HA"},
    ]
    gone = able | {"lab_id": "L2", "accredited_to": date(2026, 3, 19)}
    assert refusals(history, lab=[able | {"lab_id": "L1"}, gone], product_category=goods) == []
    both = [able | {"lab_id": "L1"}, able | {"lab_id": "L2"}]
    assert refusals(history, lab=both, product_category=goods) == [
        ("e8", "same_lab", "reinspection_requested")
    ]


def test_a_violation_found_before_the_test_is_notified_and_prosecuted_but_not_tested():
    history = (
        "ordered 2026-03-01, exited 2026-03-05, result_notified 2026-03-06, takedown_ordered "
        "2026-03-06, enforcement_opened 2026-03-07"
    )
    violation = [{"sample_id": "s", "plan_id": "p", "exit_kind": "violation", "exit_reason": "no_maker"}]
    void = [{"sample_id": "s", "plan_id": "p", "exit_kind": "void", "exit_reason": "lost"}]
    assert refusals(f"{history}, tested 2026-03-08", sample=violation, conclusion=[]) == [
        ("e6", "after_exit", "exited")
    ]
    assert [reason for _, reason, _ in refusals(history, sample=void, conclusion=[])] == ["after_exit"] * 3


def test_dates_of_other_records_imply_events_only_where_no_allowed_event_was_told():
    first = [{"sample_id": "s", "stage": "first", "outcome": "conforming", "issued_on": date(2026, 3, 9)}]
    found = life("ordered 2026-03-01, received 2026-03-03, result_issued 2026-03-08", conclusion=first)
    refused = life("ordered 2026-03-01, result_issued 2026-03-02, received 2026-03-03", conclusion=first)
    assert (found["result_issued_on"], found["known_by_date"]) == (date(2026, 3, 8), [])
    assert (refused["result_issued_on"], refused["known_by_date"]) == (date(2026, 3, 9), ["result_issued"])
    assert (refused["n_refused"], refused["state"]) == (1, "concluded")


def test_records_that_are_silent_on_what_went_before_are_not_refused_but_contradictions_are():
    result = [{"sample_id": "s", "stage": "first", "outcome": "conforming", "issued_on": date(2026, 3, 2)}]
    order = {"sampling_order_id": "o", "plan_id": "p", "status": "received", "ordered_on": date(2026, 3, 1)}
    silent = PLANNED_PURCHASE | {"conclusion": result, "sampling_order": [order]}
    late = silent | {"sampling_order": [order | {"received_on": date(2026, 3, 3)}]}
    assert refusals(**silent) == []
    assert refusals(**late) == [("conclusion:s:result_issued", "before_receipt", "ordered")]


def test_on_one_day_the_order_of_the_procedure_decides_where_an_hour_is_not_known():
    order = PLANNED_PURCHASE["sampling_order"][0] | {
        "ordered_on": date(2026, 3, 1),
        "received_on": date(2026, 3, 2),
    }
    assert (
        refusals("result_issued 2026-03-02T08:00+08:00", **PLANNED_PURCHASE | {"sampling_order": [order]})
        == []
    )
    assert refusals("result_issued 2026-03-02T08:00+08:00, received 2026-03-02T09:00+08:00") == [
        ("e1", "before_receipt", "planned")
    ]


def test_what_is_dated_after_the_night_has_not_happened():
    found = life(NOTICE, as_of=date(2026, 3, 9))
    assert (found["state"], found["result_notified_on"]) == ("concluded", None)
