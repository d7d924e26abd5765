"""Today's work: every open branch of a finding has its next step, each office sees what is overdue first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from procedures import reference, reported, tables
from sampling_frames import REGION, frames

from jobs.marts.complaints.complaint_service import DUTIES
from jobs.marts.overview import work_queue
from jobs.marts.overview.queue_complaints import RULES
from jobs.marts.overview.queue_tasks import TASKS
from jobs.marts.sampling import sampling_lifecycle
from jobs.period import Period

OTHERS = (
    "sampling_plan",
    "complaint",
    "enforcement_case",
    "penalty",
    "assistance_request",
    "enforcement_lead",
    "counterfeit_report",
    "lab_commission",
    "conclusion",
    "acknowledgement",
    "risk_signal",
    "platform",
    "brand",
    "shop",
    "region",
    "statutory_timer",
    "calendar",
)
NOTIFIED = (
    "ordered 2026-03-01, received 2026-03-02, result_issued 2026-03-04 lab_id=L1, result_notified 2026-03-05"
)
DOWN = "takedown_ordered 2026-03-06, taken_down 2026-03-08"
PASSED = (
    "rectification_ordered 2026-03-06, rectified 2026-03-20, recheck_organised 2026-03-25, "
    "recheck_passed 2026-03-28"
)
FAILED = (
    "rectification_ordered 2026-03-06, rectified 2026-03-20, recheck_organised 2026-03-25, "
    "recheck_failed 2026-03-28"
)
OUT = "published 2026-04-01"
DECIDED = date(2026, 3, 4)


def queue(
    history: str = "",
    as_of: date = date(2026, 4, 2),
    platform: str | None = "P1",
    channel: str = "online",
    **more: list[dict[str, Any]],
) -> pd.DataFrame:
    """The queue of one non-conforming sample of a national plan, on ``platform``, sold from the county
    330106, and of ``more`` tables."""
    sample = [
        {
            "sample_id": "s",
            "plan_id": "p",
            "platform_code": platform,
            "seller_region_code": "330106",
            "channel": channel,
        }
    ]
    events = reported(history) if history else []
    given = tables(
        sample=sample if history else [],
        sampling_event=events,
        conclusion=tables()["conclusion"].to_dict("records"),
    )
    life = sampling_lifecycle.build(**given, period=Period(as_of))
    rows = {
        "sampling_plan": [{"plan_id": "p", "type": "probability"}],
        "region": REGION,
        "statutory_timer": reference("statutory_timer"),
        **more,
    }
    return work_queue.build(sampling_lifecycle=life, **frames(rows, OTHERS), period=Period(as_of))


def tasks(found: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(found["task"], found["office_code"], strict=True))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("ordered 2026-03-01, received 2026-03-02, result_issued 2026-03-04 lab_id=L1", {("notify", "CN")}),
        (NOTIFIED, {("order_takedown", "CN"), ("order_rectification", "330106"), ("publish", "CN")}),
        (
            f"{NOTIFIED}, takedown_ordered 2026-03-06",
            {("take_down", "P1"), ("order_rectification", "330106"), ("publish", "CN")},
        ),
        (
            f"{NOTIFIED}, {DOWN}, rectification_ordered 2026-03-06",
            {("follow_rectification", "330106"), ("publish", "CN")},
        ),
        (
            f"{NOTIFIED}, {DOWN}, rectification_ordered 2026-03-06, rectified 2026-03-20",
            {("recheck", "330106"), ("publish", "CN")},
        ),
        (f"{NOTIFIED}, {DOWN}, {PASSED}", {("publish", "CN")}),
        (f"{NOTIFIED}, {DOWN}, {PASSED.rsplit(',', 1)[0]}, {OUT}", {("conclude_recheck", "330106")}),
        (f"{NOTIFIED}, {DOWN}, {FAILED}, {OUT}", {("announce_recheck_failure", "330106")}),
        (
            f"{NOTIFIED}, {DOWN}, {FAILED}, recheck_failure_announced 2026-03-30, {OUT}",
            {("second_recheck", "330106")},
        ),
        (f"{NOTIFIED}, objected 2026-03-10, {DOWN}, {PASSED}", {("decide_objection", "CN")}),
        (f"{NOTIFIED}, reinspection_requested 2026-03-10, {DOWN}, {PASSED}", {("reinspect", "CN")}),
        (
            f"{NOTIFIED}, {DOWN}, {PASSED}, enforcement_opened 2026-03-15, {OUT}",
            {("decide_enforcement", "330106")},
        ),
        (f"{NOTIFIED}, {DOWN}, {PASSED}, {OUT}", set()),
    ],
)
def test_each_branch_that_has_not_ended_has_its_next_step_and_a_closed_loop_none(history, expected):
    assert tasks(queue(history)) == expected


@pytest.mark.parametrize("channel", ["shop", "production"])
def test_a_takedown_of_a_batch_that_no_platform_sells_is_nobodys_task(channel: str) -> None:
    left = {("order_rectification", "330106"), ("publish", "CN")}
    assert tasks(queue(NOTIFIED, platform=None, channel=channel)) == left
    assert tasks(queue(NOTIFIED, channel=channel)) == {("order_takedown", "CN"), *left}
    assert tasks(queue(f"{NOTIFIED}, {PASSED}, {OUT}", platform=None, channel=channel)) == set()


def test_a_second_recheck_is_open_since_the_day_on_which_it_was_organised():
    history = (
        f"{NOTIFIED}, {DOWN}, {FAILED}, recheck_failure_announced 2026-03-30, "
        f"second_recheck_organised 2026-06-10, {OUT}"
    )
    found = queue(history, date(2026, 6, 20)).set_index("task").loc["conclude_recheck"]
    assert (found["since"], found["days_open"]) == (date(2026, 6, 10), 10)


SECOND = (
    f"{NOTIFIED}, {DOWN}, {FAILED}, recheck_failure_announced 2026-03-30, "
    f"second_recheck_organised 2026-06-10, recheck_failed 2026-06-18, {OUT}"
)


def test_a_second_recheck_that_failed_leads_to_a_case_and_needs_no_conclusion_any_more():
    found = queue(SECOND, date(2026, 6, 20))
    assert tasks(found) == {("order_suspension", "330106")}
    assert (found["since"][0], found["days_open"][0]) == (date(2026, 6, 18), 2)
    assert tasks(queue(SECOND, date(2026, 6, 17))) == {("conclude_recheck", "330106")}
    assert tasks(queue(f"{SECOND}, recheck_passed 2026-08-01", date(2026, 8, 2))) == set()


def test_the_case_that_follows_a_second_failed_recheck_is_the_task_until_it_is_closed():
    case = {"case_id": "a", "sample_id": "s", "region_code": "330106"}

    def with_case(**more: Any) -> set[tuple[str, str]]:
        return tasks(queue(SECOND, date(2026, 6, 20), enforcement_case=[case | more]))

    assert with_case(opened_on=date(2026, 6, 19)) == {("decide_enforcement", "330106")}
    assert with_case(opened_on=date(2026, 6, 18), closed_on=date(2026, 6, 20)) == set()
    earlier = {"opened_on": date(2026, 3, 15), "closed_on": date(2026, 4, 15)}  # on the first failure
    assert with_case(**earlier) == {("order_suspension", "330106")}
    opened = f"{SECOND}, enforcement_opened 2026-06-19"
    assert tasks(queue(opened, date(2026, 6, 20))) == {("decide_enforcement", "330106")}


def test_a_failure_that_is_reported_twice_before_the_second_recheck_is_that_of_the_first():
    twice = SECOND.replace("recheck_failed 2026-06-18", "recheck_failed 2026-04-02")
    assert tasks(queue(twice, date(2026, 6, 20))) == {("conclude_recheck", "330106")}


def test_a_failure_that_may_still_be_objected_to_is_not_to_be_published():
    assert ("publish", "CN") not in tasks(queue(NOTIFIED, as_of=date(2026, 3, 20)))
    assert ("publish", "CN") in tasks(queue(NOTIFIED, as_of=date(2026, 3, 21)))  # 15 days are over


def test_a_firm_that_lets_its_time_run_out_is_rechecked_without_its_word():
    history = f"{NOTIFIED}, {DOWN}, rectification_ordered 2026-03-06, {OUT}"
    assert tasks(queue(history, as_of=date(2026, 5, 6))) == {("follow_rectification", "330106")}
    late = queue(history, as_of=date(2026, 5, 8)).set_index("task")
    assert late["status"].to_dict() == {"follow_rectification": "overdue", "recheck": "running"}
    assert late["position"].to_dict() == {"follow_rectification": 1, "recheck": 2}
    assert (
        late["text_en"]["follow_rectification"]
        == "see that rectification is completed (was due on 2026-05-06, overdue by 2 days)"
    )


def test_a_case_that_was_filed_stands_once_however_it_became_known():
    case = {"case_id": "a", "opened_on": date(2026, 3, 15), "region_code": "330106", "sample_id": "s"}
    found = queue(
        f"{NOTIFIED}, {DOWN}, {PASSED}, enforcement_opened 2026-03-15, {OUT}", enforcement_case=[case]
    )
    assert list(found["subject_id"]) == ["a"]


def test_a_case_is_to_be_decided_ninety_days_after_it_was_opened_and_a_penalty_is_its_decision() -> None:
    """The provisions on the procedure of administrative penalties say how long a decision may take, not by
    when a case is closed whose decision was made."""
    case = {"region_code": "330106", "opened_on": date(2026, 1, 5)}
    cases = [case | {"case_id": name} for name in ("waits", "fined", "fined_later")]
    decided = {"fined": date(2026, 4, 1), "fined_later": date(2026, 4, 3)}
    found = queue(
        as_of=date(2026, 4, 2),
        enforcement_case=[*cases, case | {"case_id": "old", "opened_on": date(2021, 7, 14)}],
        penalty=[{"penalty_id": name, "case_id": name, "decided_on": on} for name, on in decided.items()],
    ).set_index("subject_id")
    late = found.loc["waits"]
    assert (late["due"], late["rule"], late["rule_status"]) == (
        date(2026, 4, 7),  # 90 days, put off by the holidays from the 4th to the 6th
        "case_decision",
        "unverified",
    )
    assert found.loc["fined_later", "due"] == late["due"]  # not yet decided on that day
    assert set(found.loc[["fined", "old"], "undated"]) == {"no_rule"}
    assert found["task"].eq("close_enforcement").pipe(lambda is_: set(is_[is_].index)) == {"fined"}
    assert set(found.drop("fined")["task"]) == {"decide_enforcement"}


def test_a_case_without_a_kind_is_the_task_of_its_office_as_a_complaint() -> None:
    """Its missed deadline counts in gold.complaint_service: an office must see it."""
    letter = {"complaint_id": "k", "received_on": date(2026, 3, 2), "region_code": "330106", "kind": None}
    found = queue(complaint=[letter])
    assert found[["office_code", "subject_id", "task", "status"]].to_numpy().tolist() == [
        ["330106", "k", "decide_complaint", "overdue"]
    ]


def test_the_queue_lets_the_same_times_be_extended_as_the_count_of_missed_deadlines() -> None:
    """A mediation marked as extended was late in gold.complaint_service and had no last day in the queue."""
    case = {"region_code": "330106", "received_on": date(2026, 3, 2), "extended": True}
    found = queue(
        complaint=[
            {**case, "complaint_id": "r", "kind": "report"},
            {**case, "complaint_id": "m", "kind": "complaint", "accepted": True, "decided_on": DECIDED},
        ]
    ).set_index("task")
    assert found["undated"].dropna().to_dict() == {"verify_report": "extended"}
    assert found.loc["end_mediation", "due"] == date(2026, 5, 11)  # the 45th working day
    may = {duty.events: duty.extends for duty in DUTIES.values()}
    assert may[RULES["verify_report"]] and not may[RULES["end_mediation"]]


def test_no_deadline_on_file_is_not_said_to_be_none_in_law() -> None:
    said = queue(NOTIFIED).set_index("task")
    ordered, publish = said.loc["order_rectification"], said.loc["publish"]
    assert ordered["citation"] is None and ordered["undated"] == "no_rule"
    assert "本系统未收录期限" in ordered["text_zh"] and "no deadline on file here" in ordered["text_en"]
    assert publish["undated"] == "no_legal_days" and publish["rule_status"] == "unverified"
    assert publish["citation"] == "Product Quality Law art 24; SAMR order 18 art 44"
    assert (publish["text_zh"], publish["text_en"]) == (
        "公布结果（法律未规定天数，已等待12天）",
        "publish the result (the law names no number of days, open for 12 days)",
    )


def test_what_has_no_deadline_stands_by_its_age_before_what_is_due_later():
    def letter(name: str, received_on: date | None, due_on: date | None) -> dict[str, Any]:
        return {
            "request_id": name, "to_region_code": "330000", "requested_on": received_on, "due_on": due_on,
        }  # fmt: skip

    rows = [
        letter("later", date(2026, 3, 31), date(2026, 5, 1)),
        letter("young", date(2026, 3, 1), None),
        letter("old", date(2024, 10, 1), None),
        letter("unknown", None, None),
        letter("today", date(2026, 3, 1), date(2026, 4, 2)),
        letter("week", date(2026, 3, 1), date(2026, 4, 9)),
        letter("late", date(2026, 3, 1), date(2026, 4, 1)),
        letter("latest", date(2026, 3, 1), date(2026, 2, 1)),
    ]
    found = queue(assistance_request=rows).sort_values("position")
    assert found["subject_id"].tolist() == [
        "latest", "late", "today", "week", "old", "young", "unknown", "later",
    ]  # fmt: skip
    words = found.set_index("subject_id")["text_en"]
    assert words["old"].endswith("(no deadline on file here, open for 548 days)")
    assert words["unknown"].endswith("(no deadline on file here)")


def test_a_laboratory_has_what_it_received_and_did_not_report_until_the_day_agreed_upon():
    commission = {"lab_id": "L1", "kind": "first", "due_on": date(2026, 3, 20), "sample_id": "s"}
    rows = [
        {"commission_id": "a", **commission, "sample_id": "t", "received_on": date(2026, 3, 3)},
        {"commission_id": "b", **commission, "received_on": date(2026, 3, 3)},  # its conclusion is there
        {"commission_id": "c", **commission, "sample_id": "t"},  # not received yet
        {
            "commission_id": "d",
            **commission,
            "kind": "recheck",
            "received_on": date(2026, 3, 3),
        },  # followed in the sample's rectification
    ]
    done = [{"sample_id": "s", "stage": "first", "outcome": "conforming"}]
    found = queue(lab_commission=rows, conclusion=done)
    assert found[["office_type", "office_code", "subject_id", "status", "days_left"]].to_numpy().tolist() == [
        ["lab", "L1", "a", "overdue", -13]
    ]


def test_what_nobody_is_known_to_be_responsible_for_is_shown_as_such():
    report = {
        "report_id": "r",
        "reported_on": date(2026, 3, 1),
        "verified_on": date(2026, 3, 5),
        "finding": "counterfeit",
    }
    found = queue(
        counterfeit_report=[report, {**report, "report_id": "gone", "taken_down_on": date(2026, 3, 9)}]
    )
    assert found[["office_code", "subject_id", "status"]].to_numpy().tolist() == [["unknown", "r", "undated"]]


def test_work_that_begins_later_is_not_todays():
    case = {"case_id": "a", "opened_on": date(2026, 5, 1), "region_code": "330106"}
    assert queue(enforcement_case=[case]).empty


def test_every_task_is_told_in_both_languages_as_one_thing_to_do():
    assert all(t.zh and t.en and "。" not in t.zh and not t.en.endswith(".") for t in TASKS.values())


def lead(name: str, **more: Any) -> dict[str, Any]:
    return {
        "lead_id": name,
        "role": "operator",
        "finding": "nonconforming",
        "found_on": date(2026, 3, 1),
        "platform_code": "P1",
        "region_code": "330106",
        "state": "assigned",
        "due": date(2026, 3, 20),
        "rule": "report_verification",
        "rule_status": "house_rule",
    } | more


def test_a_lead_waits_for_its_region_until_that_has_acted_and_others_for_the_nation() -> None:
    since = {"state_since": date(2026, 3, 3)}
    rows = [
        lead("new"),
        lead("taken", state="accepted"),
        lead("acted", state="accepted", acted_on=date(2026, 3, 9)),
        lead("case", state="case_opened"),
        lead("done", state="closed"),
        lead("nowhere", state="unassigned", region_code=None, unassigned_reason="region_not_filed", **since),
        lead("no_one", state="unassigned", region_code=None, unassigned_reason="no_maker", **since),
        lead("exit", finding="violation"),  # open_enforcement is its task
        lead("maker", finding="violation", role="producer"),
        lead("back", state="returned", state_since=date(2026, 3, 27)),
    ]
    found = queue(enforcement_lead=rows)
    assert set(
        zip(found["task"], found["subject_id"], found["office_code"], found["status"], strict=True)
    ) == {
        ("verify_lead", "new", "330106", "overdue"),
        ("verify_lead", "taken", "330106", "overdue"),
        ("verify_lead", "maker", "330106", "overdue"),
        ("reassign_lead", "back", "CN", "due_soon"),  # 7 working days, of which one is a holiday
        ("assign_lead", "nowhere", "CN", "overdue"),
    }
    due = found.set_index("subject_id")["due"]
    assert (due["back"], due["nowhere"]) == (date(2026, 4, 8), date(2026, 3, 12))


@pytest.mark.parametrize(
    ("left", "zh", "en"),
    [
        (0, "（2026-04-02，今天到期）", " (due today, 2026-04-02)"),
        (1, "（2026-04-02到期，还有1天）", " (due on 2026-04-02, 1 day left)"),
        (-2, "（应于2026-04-02完成，已逾期2天）", " (was due on 2026-04-02, overdue by 2 days)"),
    ],
)
def test_a_task_says_by_when_it_is_due(left: int, zh: str, en: str) -> None:
    status = "overdue" if left < 0 else "due_soon"
    due = pd.Timestamp("2026-04-02")
    task = {"task": "verify_lead", "status": status, "due": due, "days_left": left}
    task |= {"undated": None, "days_open": 9}
    said = work_queue.words(pd.DataFrame([task]))
    assert said == ([TASKS["verify_lead"].zh + zh], [TASKS["verify_lead"].en + en])
