"""What a platform still has to do about the restriction of a shop."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.exchange.pages.todo import tasks
from jobs.reports.restriction_duties import duty, must_stop, state_said, until

DAY = date(2026, 6, 30)
DONE = {"stops_sales": True, "ban_open": True, "n_listings": 0, "last_ordered_on": None}


def test_a_restriction_that_ended_states_that_day_and_why_not_the_day_to_which_it_would_have_run() -> None:
    ends, ended = date(2028, 5, 2), date(2025, 9, 16)
    assert until("in_effect", ends, None, "penalty") == ("2028-05-02", None)
    day, why = until("repaired", ends, ended, "penalty")
    assert day == "2025-09-16" and why is not None and why.zh == "信用已修复"
    assert until("in_effect", None, None, "penalty")[0] == "–"


def test_only_an_entry_that_ended_before_its_last_day_was_removed_from_a_list() -> None:
    ends, early = date(2026, 5, 2), date(2026, 4, 1)
    after = ends + timedelta(days=1)
    said = {
        (basis, ended): state_said("ended", ends, ended, basis).zh
        for basis in ("penalty", "dishonesty_entry")
        for ended in (early, after)
    }
    assert said.pop(("dishonesty_entry", early)) == "移出名单" and set(said.values()) == {"期满"}
    assert state_said("repaired", ends, early, "penalty").zh == "信用已修复"


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({}, False),
        ({"ban_open": False}, True),
        ({"ban_open": None, "n_listings": None}, True),
        ({"n_listings": 6}, True),
        ({"last_ordered_on": DAY - timedelta(days=3)}, True),
        ({"last_ordered_on": DAY - timedelta(days=60)}, False),
        ({"stops_sales": False, "ban_open": False, "n_listings": 6}, False),
    ],
)
def test_sales_are_stopped_only_by_a_ban_without_listings_on_offer_or_new_orders(more, due) -> None:
    assert must_stop(**DONE | more, day=DAY) == due


def test_a_restriction_that_must_stop_and_is_not_acknowledged_says_both() -> None:
    assert duty(True, None).en == "stop its sales and acknowledge"
    assert duty(True, DAY).en == "stop its sales"
    assert duty(False, None).en == "acknowledge"
    assert duty(False, DAY).en == "keep it restricted"


def restricted(**more: Any) -> SimpleNamespace:
    return SimpleNamespace(**DONE | {"shop_id": "S1", "acknowledged_on": DAY} | more)


def test_the_task_about_restrictions_counts_those_that_are_left_to_do() -> None:
    done = [restricted() for _ in range(5)]
    left = [restricted(n_listings=6), restricted(acknowledged_on=None, stops_sales=False)]
    (task,) = tasks("platform", {"restricted_operators": [*done, *left]}, DAY)
    assert task.what.en == (
        "carry out 7 restrictions of 1 shop: 1 with sales not stopped yet and 1 to be acknowledged"
    )
    assert tasks("platform", {"restricted_operators": done}, DAY) == []
