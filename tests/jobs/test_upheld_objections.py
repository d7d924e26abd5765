"""What an objection that was upheld does to a result (definitions.md#final): one to the procedure takes its
force everywhere, one to the authenticity moves the responsibility alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from procedures import LATER, life, procedure_of, tables
from sampling_frames import RATE_INPUTS, frames
from test_restrictions import ACE, OTHER
from test_sampling_bulletin import row
from test_urgent_item import items

from jobs.marts.credit.credit_facts import answerable
from jobs.marts.credit.restrictions import CERTAIN
from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.bulletin_lists import objections
from jobs.marts.tracing.source_trace import unmade
from jobs.period import Period
from jobs.reports.pages.bulletin import upheld_before
from jobs.reports.procedure import objection_said

NOTICE = (
    "ordered 2026-03-01, received 2026-03-03, tested 2026-03-05, result_issued 2026-03-06 lab_id=L1, "
    "result_notified 2026-03-10"
)
FIRST = {"sample_id": "s", "stage": "first", "outcome": "nonconforming", "issued_on": date(2026, 3, 6)}


def objection(
    kind: str, decision: str | None = "upheld", decided: date = date(2026, 3, 20)
) -> dict[str, Any]:
    return {
        "objection_id": "o", "sample_id": "s", "filed_on": date(2026, 3, 12), "kind": kind,
        "party": "producer", "decision": decision, "decided_on": decided,
    }  # fmt: skip


def counted(filed: dict[str, Any], history: str = NOTICE) -> tuple[str, int, int]:
    """The outcome of the lifecycle, and how many of the nation's batches fail and are not judged."""
    given = tables(history, conclusion=[FIRST], objection=[filed])
    of_procedure = procedure_of(given, LATER)
    sample = [{"sample_id": "s", "plan_id": "p", "platform_code": "P1"}]
    of_rate = frames({"conclusion": [FIRST], "sample": sample}, RATE_INPUTS)
    of_rate["standing_conclusion"] = of_procedure["standing_conclusion"]
    table = detection_rate.build(**of_rate, period=Period(LATER))
    nation = table.query("dimension_type == 'nation' and period_type == 'all' and design == 'targeted'")
    counts = (int(nation[name].item()) for name in ("n_nonconforming", "n_not_judged"))
    return of_procedure["sampling_lifecycle"]["outcome"].item(), *counts


@pytest.mark.parametrize(
    ("filed", "found"),
    [
        (objection("procedure"), ("not_judged", 0, 1)),
        (objection("result"), ("not_judged", 0, 1)),  # no re-inspection says what holds instead
        (objection("result", "overturned"), ("not_judged", 0, 1)),
        (objection("authenticity"), ("nonconforming", 1, 0)),
        (objection("procedure", "rejected"), ("nonconforming", 1, 0)),
    ],
)
def test_an_upheld_objection_leaves_no_failure_unless_it_only_moves_the_responsibility(filed, found):
    assert counted(filed) == found


@pytest.mark.parametrize(
    ("decision", "granted"), [("upheld", True), ("overturned", True), ("rejected", False), (None, False)]
)
def test_one_rule_says_in_score_trace_and_bulletin_whose_denial_was_granted(decision, granted):
    """An overturned one freed the producer in its trace, not in its credit score nor in the bulletin."""
    filed = frames({"objection": [objection("authenticity", decision)]}, ["objection"])["objection"]
    sold = {"sample_id": ["s"], "shop_id": ["S"], "producer_uscc": [ACE]}
    operator = pd.DataFrame({"shop_id": ["S"], "enterprise_id": [OTHER], "kind": [CERTAIN]})
    who = answerable(pd.DataFrame(sold), filed, operator)["enterprise_id"]
    assert set(who) == ({OTHER} if granted else {OTHER, ACE})
    batch = pd.DataFrame({"sample_id": ["s"], "exit_reason": [None], "listing_id": ["L"]})
    report = frames({"counterfeit_report": []}, ["counterfeit_report"])["counterfeit_report"]
    assert unmade(batch, report, filed, "sample_id")[1].tolist() == [granted]
    listed = objections(filed, date(2026, 4, 30))["authenticity_upheld_for"]
    assert listed.dropna().tolist() == ["producer"] * granted


def test_a_decision_after_the_result_was_final_changes_nothing():
    filed = objection("procedure", decided=date(2026, 6, 1))
    assert counted(filed, f"{NOTICE}, finalised 2026-04-20") == ("nonconforming", 1, 0)


def test_no_takedown_recheck_or_publication_is_owed_for_a_result_that_was_set_aside():
    assert life(NOTICE, objection=[objection("procedure")])["closed"]
    assert not life(NOTICE, objection=[objection("authenticity")])["closed"]


def test_a_result_that_was_set_aside_is_never_published_by_name():
    conclusion = [FIRST]
    for history in (NOTICE, f"{NOTICE}, finalised 2026-03-22, published 2026-03-30"):
        found = row(history, conclusion=conclusion, objection=[objection("procedure")])
        assert (found["disclosure"], found["product_name"]) == ("never", None)
    found = row(NOTICE, conclusion=conclusion, objection=[objection("authenticity")])
    assert (found["disclosure"], found["objection_state"]) == ("due", "upheld")


def test_parties_are_not_to_act_on_a_class_a_failure_that_was_set_aside():
    stands = {"sample_id": "s", "stage": "first", "outcome": "not_judged"}
    for by, status in ((None, "due"), ("o", "withheld")):
        found = items(standing=[stands | {"revoked_by": by}], listing_id="L1", shop_id="S1")
        assert set(found["status"]) == {status}
    assert set(found["withheld_reason"]) == {"overturned"}


@pytest.mark.parametrize(
    ("state", "kind", "said"),
    [
        ("upheld", "authenticity", "the failing result stands"),
        ("overturned", "authenticity", "the failing result stands"),
        ("upheld", "procedure", "is not taken here: listed as non-conforming"),
        ("overturned", "result", "is not taken here: listed as non-conforming"),
        ("rejected", "result", "objection rejected"),
    ],
)
def test_a_batch_that_fails_says_why_although_an_objection_was_granted(state, kind, said):
    assert said in objection_said(state, kind, "producer", fails=True).en
    assert objection_said("overturned", "result", "seller", fails=False).zh == "经异议改变结论"
    assert objection_said("overturned", "authenticity", "seller", fails=False).zh == "异议成立"


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (("result", "rejected", "seller"), "the marked producer's denial was upheld: the seller answers"),
        (("procedure", "pending", "seller"), "the marked producer's denial was upheld: the seller answers"),
        (("authenticity", "upheld", "seller"), "the marked producer's denial was upheld: the seller answers"),
        (("authenticity", "upheld", "producer"), None),  # the last objection says it
        (("authenticity", "overturned", "producer"), None),
    ],
)
def test_a_later_objection_does_not_hide_that_the_producers_denial_was_upheld(last, said):
    kind, state, party = last
    row = {"objection_kind": kind, "objection_state": state, "objection_party": party}
    found = upheld_before(row | {"authenticity_upheld_for": "producer"}, fails=True)
    assert found is None if said is None else said in found.en
    assert upheld_before(row | {"authenticity_upheld_for": None}, fails=True) is None
