"""The bulletin: its batches are those of the rate, and nothing is named before it may be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from procedures import INPUTS, procedure_of, reference, tables
from sampling_frames import CONTRACTS, RATE_INPUTS, country, frames

from jobs.marts.sampling import bulletin, detection_rate
from jobs.marts.sampling.bulletin_lists import objections, reply_timer
from jobs.marts.sampling.disclosure import PUBLIC, Disclosure
from jobs.period import Period

OTHERS = tuple(t.split(".")[1] for t in CONTRACTS["gold.bulletin"].inputs if t.startswith("silver."))
AS_OF = date(2026, 6, 30)
RESULT = "ordered 2026-03-01, received 2026-03-03, result_issued 2026-03-06 lab_id=L1"
NOTICE = f"{RESULT}, result_notified 2026-03-10"
SAMPLE = {
    "sample_id": "s",
    "plan_id": "p",
    "product_name": "电热水壶",
    "producer_name": "某某厂",
    "shop_id": "shop",
}


def built(given: dict[str, pd.DataFrame], as_of: date = AS_OF) -> pd.DataFrame:
    others = {name: given[name] for name in OTHERS}
    return bulletin.build(**procedure_of(given, as_of), **others, period=Period(as_of))


def row(history: str, as_of: date = AS_OF, **more: list[dict[str, Any]]) -> dict[str, Any]:
    given = tables(
        history, **{"sample": [SAMPLE]} | {name: rows for name, rows in more.items() if name in INPUTS}
    )
    others = frames(
        {name: rows for name, rows in more.items() if name not in INPUTS}, tuple(set(OTHERS) - set(INPUTS))
    )
    return built(given | others, as_of).iloc[0].to_dict()


def test_the_batches_of_each_plan_are_those_of_its_rate():
    rows = country(seed=11, size=60) | {
        "sampling_event_type": reference("sampling_event_type"),
        "statutory_timer": reference("statutory_timer"),
    }
    rows["conclusion"] = rows.pop("standing_conclusion")
    given = frames(rows, tuple({*INPUTS, *OTHERS}))
    stands = procedure_of(given, AS_OF)["standing_conclusion"]
    found = built(given)
    of_rate = frames(rows, RATE_INPUTS) | {"standing_conclusion": stands}
    table = detection_rate.build(**of_rate, period=Period(AS_OF))
    wanted = table.query(
        "dimension_type == 'plan' and design == 'all' and period_type == 'all' and n_sampled > 0"
    ).set_index("dimension_code")
    final, first = found["final_outcome"], found["first_outcome"]
    counts = (
        pd.DataFrame(
            {
                "n_sampled": True,
                "n_exited_violation": found["exit_kind"] == "violation",
                "n_exited_void": found["exit_kind"] == "void",
                "n_tested": final.notna(),
                "n_conforming": final == "conforming",
                "n_nonconforming": final == "nonconforming",
                "n_not_judged": final == "not_judged",
                "n_first_nonconforming": first == "nonconforming",
                "n_overturned": (first == "nonconforming") & (final == "conforming"),
                "n_serious": found["serious"].fillna(False),
            }
        )
        .astype("int64")
        .groupby(found["plan_id"])
        .sum()
    )
    assert set(found["disclosure"]) == set(Disclosure) - {Disclosure.PUBLISHED}
    pd.testing.assert_frame_equal(counts, wanted[counts.columns], check_names=False)


@pytest.mark.parametrize(
    ("history", "outcome", "disclosure", "since"),
    [
        (RESULT, "nonconforming", "pending", None),
        (NOTICE, "nonconforming", "due", date(2026, 3, 26)),  # the window has lapsed
        (f"{NOTICE}, objected 2026-03-11", "nonconforming", "pending", None),  # not decided
        (
            f"{NOTICE}, published 2026-03-20",
            "nonconforming",
            "due",
            date(2026, 3, 26),
        ),  # refused as too early
        (f"{NOTICE}, published 2026-04-01", "nonconforming", "published", date(2026, 3, 26)),
        (
            f"{NOTICE}, finalised 2026-03-12, published 2026-03-13",
            "nonconforming",
            "published",
            date(2026, 3, 12),
        ),
        (RESULT, "conforming", "due", date(2026, 3, 6)),
        (f"{RESULT}, published 2026-03-08", "conforming", "published", date(2026, 3, 6)),
    ],
)
def test_a_failure_may_be_told_from_final_and_what_did_not_fail_from_its_result(
    history, outcome, disclosure, since
):
    found = row(history, conclusion=[{"sample_id": "s", "stage": "first", "outcome": outcome}])
    assert (found["disclosure"], found["public_from"]) == (disclosure, since)
    assert found["product_name"] == ("电热水壶" if disclosure in PUBLIC else None)


def test_on_the_last_day_to_object_nothing_is_named_and_on_the_next_it_is():
    assert row(NOTICE, date(2026, 3, 25))["product_name"] is None
    assert row(NOTICE, date(2026, 3, 26))["product_name"] == "电热水壶"


def test_a_violation_before_the_test_is_named_only_once_the_authority_published_it():
    left = {"exit_kind": "violation", "exit_reason": "suspected_counterfeit", "exited_on": date(2026, 3, 5)}
    history = (
        "ordered 2026-03-01, exited 2026-03-05, result_notified 2026-03-08, enforcement_opened "
        "2026-03-09, enforcement_closed 2026-04-09"
    )
    pending = row(history, sample=[SAMPLE | left], conclusion=[])
    shown = row(f"{history}, published 2026-05-01", sample=[SAMPLE | left], conclusion=[])
    assert (pending["disclosure"], pending["producer_name"], pending["exit_reason"]) == (
        "pending",
        None,
        "suspected_counterfeit",
    )
    assert (shown["disclosure"], shown["producer_name"], shown["public_from"]) == (
        "published",
        "某某厂",
        date(2026, 5, 1),
    )


def test_of_a_batch_that_may_not_be_told_only_what_the_counts_need_stands_there():
    found = row(
        RESULT,
        test_result=[{"sample_id": "s", "item_code": "E01", "lab_verdict": "nonconforming"}],
        objection=[
            {
                "objection_id": "o",
                "sample_id": "s",
                "filed_on": date(2026, 3, 9),
                "kind": "result",
                "party": "seller",
            }
        ],
        party_comment=[
            {
                "comment_id": "c",
                "sample_id": "s",
                "received_on": date(2026, 3, 9),
                "party": "seller",
                "text": "x",
            }
        ],
    )
    said = {name for name, value in found.items() if not (value is None or value is pd.NA)}
    assert said == {*bulletin.KEY, "disclosure", "first_outcome", "final_outcome", "serious"}


def test_a_reinspection_in_the_same_laboratory_stands_with_the_reason_for_which_it_is_refused():
    history = (
        f"{NOTICE}, objected 2026-03-11, reinspection_requested 2026-03-12, reinspection_issued "
        f"2026-03-20 lab_id="
    )
    conclusions = [
        {"sample_id": "s", "stage": stage, "outcome": outcome}
        for stage, outcome in (("first", "nonconforming"), ("reinspection", "conforming"))
    ]
    for lab, reason, outcome in (("L1", "same_lab", "nonconforming"), ("L2", None, "conforming")):
        found = row(f"{history}{lab}, finalised 2026-03-22", conclusion=conclusions)
        assert (found["final_outcome"], found["reinspection_refusal"]) == (outcome, reason)


def test_of_several_objections_the_pending_one_is_shown_else_the_one_decided_last():
    def shown(*filed: tuple) -> tuple:
        rows = [
            {
                "objection_id": f"o{i}",
                "sample_id": "s",
                "filed_on": date(2026, 3, day),
                "kind": "result",
                "party": party,
                "decided_on": decided,
                "decision": word,
            }
            for i, (day, party, decided, word) in enumerate(filed)
        ]
        found = objections(frames({"objection": rows}, ("objection",))["objection"], date(2026, 4, 30)).iloc[
            0
        ]
        return found["n_objections"], found["objection_party"], found["objection_state"]

    early, late = (11, "seller", date(2026, 4, 2), "rejected"), (10, "producer", date(2026, 4, 9), "upheld")
    assert shown(early, late) == shown(late, early) == (2, "producer", "upheld")
    assert shown(early, (9, "platform", None, None), late) == (3, "platform", "pending")
    assert shown(early, (12, "platform", date(2026, 5, 1), "overturned")) == (
        2,
        "platform",
        "pending",
    )  # decided after the night


def test_without_samples_there_are_no_rows_but_the_same_columns():
    found = built(frames({}, tuple({*INPUTS, *OTHERS})))
    assert found.empty and list(found.columns) == bulletin.COLUMNS


def test_the_columns_are_those_of_the_contract_and_each_is_counted_or_told_by_name():
    assert tuple(bulletin.COLUMNS) == CONTRACTS["gold.bulletin"].column_names


@pytest.mark.parametrize(
    ("received", "published", "placed", "as_of", "timer"),
    [
        ((3, 2), None, (3, 9), (6, 1), "met"),
        ((3, 2), None, (3, 10), (6, 1), "late"),  # the fifth working day after Monday 2 March is the 9th
        ((3, 2), (3, 2), None, (6, 1), "met"),
        ((3, 2), (3, 1), None, (6, 1), "unrecorded"),
        ((3, 2), (3, 1), None, (3, 9), "met"),
        ((3, 2), (3, 1), None, (3, 10), "unrecorded"),
        ((3, 2), None, None, (6, 1), "met"),
    ],
)
def test_a_comment_stands_beside_the_result_within_five_working_days(
    received, published, placed, as_of, timer
):
    days = [None if d is None else date(2026, *d) for d in (received, published, placed, as_of)]
    assert reply_timer(days[0], date(2026, 3, 9), days[1], days[2], days[3]) == timer
    comment = {
        "comment_id": "c",
        "sample_id": "s",
        "received_on": days[0],
        "placed_on": days[2],
        "party": "producer",
        "party_name": "某某厂",
        "text": "已整改",
    }
    found = row(f"{NOTICE}, finalised 2026-03-12", date(2026, 6, 1), party_comment=[comment])
    assert (found["comment_due_days"], found["comment_texts"], found["comment_names"]) == (
        ["2026-03-09"],
        ["已整改"],
        ["某某厂"],
    )


def test_the_order_of_input_rows_does_not_matter():
    comments = [
        {"comment_id": c, "sample_id": "s", "received_on": date(2026, 4, d), "party": "seller", "text": c}
        for c, d in (("a", 2), ("b", 1), ("c", 2))
    ]
    one, other = (row(NOTICE, party_comment=given) for given in (comments, comments[::-1]))
    assert one["comment_texts"] == other["comment_texts"] == ["b", "a", "c"]
