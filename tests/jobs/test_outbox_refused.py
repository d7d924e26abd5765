"""A sampling plan is sent once, and again to a recipient that refused it: the list that was first sent."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from desks import Desk, order, task

FIRST = date(2026, 6, 20)  # the plan's quarter begins on 1 July
SECOND, THIRD, BEGUN = FIRST + timedelta(days=1), FIRST + timedelta(days=2), date(2026, 7, 1)
CHANGED = {"gold__sampling_purchase": [order("L9")]}  # late data drew another listing


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The plan has been sent."""
    desk = Desk(tmp_path_factory.mktemp("sent") / "desk").night()
    desk.send(day=FIRST)
    return desk


@pytest.fixture
def desk(sent: Desk, tmp_path: Path) -> Desk:
    return sent.copied(tmp_path / "desk")


def refusal(desk: Desk, recipient: str, day: date = FIRST, **more: Any) -> dict[str, Any]:
    said = desk.manifest(recipient, day)["acknowledge"]
    answer = {"acknowledgement_id": f"{recipient}{day}", "acknowledged_on": day, "status": "refused"}
    return answer | said | more


def listings(desk: Desk, day: date, recipient: str = "buyers", kind: str = "purchase_orders") -> list[str]:
    return [row["listing_id"] for row in desk.rows(recipient, kind, day)]


def test_buyers_who_refused_their_orders_get_the_same_list_the_next_day_and_then_no_more(desk):
    desk.night(**CHANGED, silver__acknowledgement=[refusal(desk, "buyers")])
    assert desk.send(day=SECOND) == ["buyers"] and desk.send(day=SECOND) == []
    assert listings(desk, SECOND) == listings(desk, FIRST) == ["L1", "L3"]
    assert desk.gone("buyers", "purchase_orders", SECOND) == []
    assert desk.send(day=THIRD) == []


def test_buyers_alone_are_sent_their_refused_orders_where_only_they_are_asked_for(desk):
    desk.night(**CHANGED, silver__acknowledgement=[refusal(desk, "buyers")])
    assert desk.send(day=SECOND, recipient="buyers") == ["buyers"]
    assert listings(desk, SECOND) == ["L1", "L3"]


@pytest.mark.slow
def test_orders_that_are_refused_again_are_sent_again_until_the_quarter_begins(desk):
    answers = [refusal(desk, "buyers")]
    desk.night(**CHANGED, silver__acknowledgement=answers).send(day=SECOND)
    answers.append(refusal(desk, "buyers", SECOND))
    desk.night(**CHANGED, silver__acknowledgement=answers)
    assert desk.send(day=THIRD) == ["buyers"] and listings(desk, THIRD) == ["L1", "L3"]
    answers.append(refusal(desk, "buyers", THIRD))
    desk.night(**CHANGED, silver__acknowledgement=answers)
    assert desk.send(day=BEGUN) == []


def test_orders_that_were_refused_and_taken_since_are_not_sent_again(desk):
    first = refusal(desk, "buyers")
    taken = first | {"acknowledgement_id": "z", "status": "received"}
    desk.night(silver__acknowledgement=[first, taken])
    assert desk.send(day=SECOND) == []


@pytest.mark.slow
def test_an_answer_that_changes_on_the_day_of_the_second_sending_takes_nothing_back(desk):
    first = refusal(desk, "buyers")
    desk.night(silver__acknowledgement=[first]).send(day=SECOND)
    desk.night(silver__acknowledgement=[first, first | {"acknowledgement_id": "z", "status": "received"}])
    assert desk.send(day=SECOND) == [] and listings(desk, SECOND) == ["L1", "L3"]


def test_an_authority_that_refused_gets_the_design_that_fits_what_the_buyers_have(desk):
    desk.night(**CHANGED, silver__acknowledgement=[refusal(desk, "region_CN")])
    assert desk.send(day=SECOND) == ["region_CN"]
    assert listings(desk, SECOND, "region_CN", "plan_design") == ["L1", "L2", "L3"]
    assert len(desk.rows("region_CN", "plan_strata", SECOND)) == 1
    assert [r["subject_id"] for r in desk.rows("region_CN", "overdue_work", SECOND)] == ["t3"]


@pytest.mark.slow
def test_a_refusal_that_comes_after_the_next_package_brings_the_plan_again(desk):
    """That package has all open work and no plan, so it cannot stand for the refused one."""
    other = {"gold__work_queue": [task("CN", "t9")]}
    assert desk.night(**other).send(day=SECOND) == ["region_330000", "region_440000", "region_CN"]
    assert listings(desk, SECOND, "region_CN", "plan_design") == []
    desk.night(**other, silver__acknowledgement=[refusal(desk, "region_CN")])
    assert desk.send(day=THIRD) == ["region_CN"]
    assert listings(desk, THIRD, "region_CN", "plan_design") == ["L1", "L2", "L3"]


def test_a_refused_plan_whose_night_is_gone_is_named_and_the_others_get_theirs(desk):
    files = list(desk.lake.path("gold.sampling_purchase").glob("*.parquet"))
    desk.night(**CHANGED, silver__acknowledgement=[refusal(desk, "buyers"), refusal(desk, "platform_P1")])
    for file in files:
        file.unlink()
    lines: list[str] = []
    assert desk.send(day=SECOND, say=lines.append) == ["platform_P1"]
    lost = "the refused plan PROP-CN-2026Q3 is not sent again: the night of 2026-06-20 is no longer kept"
    assert [line for line in lines if lost in line]
