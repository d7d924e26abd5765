"""gold.risk_signal: what closes a signal, and what does not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from risk_frames import FIRST, burst, counts, hazards, nothing, signals, steady, texts, week_of

from jobs.marts.risk.evidence import COUNTS, KEY
from jobs.marts.risk.life import lives


@pytest.mark.parametrize(("weeks", "state"), [(33, "open"), (34, "expired")])
def test_a_signal_that_nothing_decides_expires_after_ninety_days(weeks: int, state: str):
    found = signals(counts({"A": (burst(20, 20, weeks), steady(weeks=weeks))})).iloc[0]
    assert found["state"] == state
    if state == "expired":
        assert (found["closed_on"], found["closed_by"]) == (week_of(21) + timedelta(days=90), "lapsed")


def test_a_key_has_one_open_signal_and_another_one_after_it_closed():
    twice = burst(12, 20, 45)
    twice[15], twice[40] = 25, 25
    found = signals(counts({"A": (twice, steady(weeks=45))}))
    assert found["opened_on"].tolist() == [week_of(13), week_of(41)]
    assert found["state"].tolist() == ["expired", "open"]


def samples(brand: list[str], outcome: list[str], plan: str, week: int) -> dict[str, pd.DataFrame]:
    names = [f"{plan}{i}" for i in range(len(brand))]
    sample = nothing("sample").reindex(range(len(brand)))
    sample = sample.assign(sample_id=names, plan_id=plan, brand=brand, category_code="CL", platform_code="P1")
    standing = pd.DataFrame(
        {
            "sample_id": names,
            "stage": "first",
            "outcome": outcome,
            "issued_on": week_of(week),
            "serious": None,
        }
    )
    plans = pd.DataFrame({"plan_id": ["PR", "TA"], "type": ["probability", "targeted"]})
    return {"sample": sample, "standing_conclusion": standing, "sampling_plan": plans}


@pytest.mark.parametrize(
    ("brand", "failing", "plan", "week", "state"),
    [
        (["A"] * 4 + ["B"] * 30, 4, "TA", 22, "confirmed"),  # 4 of 4, none of the peers
        (["A"] * 4 + ["B"] * 30, 4, "TA", 19, "open"),  # before the opening
        (["B"] * 4 + ["A"] * 30, 4, "TA", 22, "open"),  # another brand
        (["A"] * 4 + ["B"] * 30, 19, "TA", 22, "open"),  # every second one of the peers fails too
        (["A"] + ["B"] * 30, 1, "TA", 22, "open"),  # one may be chance
        (["A"] * 9, 9, "TA", 22, "open"),  # nothing to compare with
        (["A"], 1, "PR", 22, "open"),  # some random samples fail everywhere
        (["A"] * 30 + ["B"] * 30, 15, "PR", 22, "confirmed"),  # 15 of 30, none of the peers
        (["B"] * 30 + ["A"] * 30, 15, "PR", 22, "refuted"),  # none of 30, 15 of the peers
        (["A", "B"] * 30, 10, "PR", 22, "refuted"),  # 5 of 30 of either: not above the peers
        (["B"] * 30 + ["A"] * 29, 15, "PR", 22, "open"),  # too few
        (["A", "A", "B"] + ["A"] * 28 + ["B"] * 29, 3, "PR", 22, "open"),  # 2 of 30 against 1: may be chance
    ],
)
def test_samples_decide(brand: list[str], failing: int, plan: str, week: int, state: str):
    outcome = ["nonconforming"] * failing + ["conforming"] * (len(brand) - failing)
    given = samples(brand, outcome, plan, week)
    assert signals(counts({"A": (burst(20, 20), steady())}), **given)["state"].tolist() == [state]


def test_targeted_samples_that_left_for_a_violation_confirm_without_a_test():
    given = samples(["A"] * 4 + ["B"] * 30, ["conforming"] * 34, "TA", 22)
    left = given["sample"]["brand"] == "A"
    given["sample"].loc[left, ["exit_kind", "exited_on"]] = ["violation", week_of(22)]
    given["standing_conclusion"] = given["standing_conclusion"][~left]
    found = signals(counts({"A": (burst(20, 20), steady())}), **given).iloc[0]
    assert (found["state"], found["closed_by"]) == ("confirmed", "failing_sample")


@pytest.mark.parametrize(("then", "state"), [(15, "open"), (3, "confirmed")])
def test_targeted_failures_are_held_against_the_keys_own_year_before(then: int, state: str):
    """Four of four fail after the opening; of 30 in the year before half or a tenth did."""
    old = samples(["A"] * 30 + ["B"] * 99, ["nonconforming"] * then + ["conforming"] * (129 - then), "TA", 5)
    new = samples(["A"] * 4, ["nonconforming"] * 4, "TA", 22)
    for table in ("sample", "standing_conclusion"):
        new[table] = new[table].assign(sample_id=[f"new{i}" for i in range(4)])
        new[table] = pd.concat([old[table], new[table]], ignore_index=True)
    found = signals(counts({"A": (burst(20, 20), steady())}), **new).iloc[0]
    assert found["state"] == state


def recalled(brands: list[tuple[int, str]]) -> pd.DataFrame:
    return pd.DataFrame({"brand": [b for _, b in brands], "recalled_on": [week_of(n) for n, _ in brands]})


@pytest.mark.parametrize(
    ("brands", "closed"),
    [
        ([(3, "B"), (21, " a "), (21, "a")], week_of(22)),  # none in 17 weeks before, two in one after
        ([(3, "B"), (21, "a")], None),  # one may be chance
        ([(19, "B"), (21, "a"), (21, "a")], None),  # one week before says little
        ([(21, "a")] * 9, None),  # no source of recalls was there before: what is usual is not known
        ([(3, "a"), (21, "a"), (22, "a")], None),  # one in 17 weeks before, two in two after
        ([(3, "a"), (21, "a"), (21, "a")], week_of(22)),
    ],
)
def test_recalls_of_the_brand_above_those_of_the_year_before_confirm(brands, closed):
    found = signals(counts({"A": (burst(20, 20), steady())}), recall=recalled(brands)).iloc[0]
    state, by = ("confirmed", "recall") if closed else ("open", None)
    assert (found["state"], found["closed_by"], found["closed_on"]) == (state, by, closed)


@pytest.mark.parametrize("after", [2, 16])
def test_a_signal_that_recalls_raised_is_not_confirmed_by_recalls(after: int):
    """Two a week, 16 in one: what follows, usual or not, comes from the same stream."""
    n = [2] * 30 + [16, after, after, 2]
    rows = hazards([(week, "HA01", "fire", "recall", each) for week, each in enumerate(n)])
    found = signals(nothing("risk_count"), hazard_count=rows)
    assert found["state"].tolist() == ["open"] and found["n_recalls"].tolist() == [2 * after]


@pytest.mark.parametrize(("after", "state"), [(2, "open"), (9, "confirmed")])
def test_recalls_confirm_what_texts_have_raised_once_they_are_more_than_usual(after: int, state: str):
    heard = texts([6] * 30 + [30, 6, 6], [500] * 33)
    rows = [(week, "TY", "fire", "recall", 2 if week < 31 else after) for week in range(34)]
    found = signals(nothing("risk_count"), hazard_count=pd.concat([heard, hazards(rows)]))
    mine = found[found["opened_on"] == week_of(31)]
    assert mine["state"].tolist() == [state]


@pytest.mark.parametrize(
    ("before", "revoked", "state"),
    [("B", None, "confirmed"), ("B", week_of(30), "open"), ("A", None, "open")],  # A: two is usual
)
def test_penalties_above_those_of_the_year_before_confirm_unless_they_are_revoked(before, revoked, state):
    given = samples([before, before, "A", "A"], ["conforming"] * 4, "TA", 2)
    given["penalty"] = pd.DataFrame(
        {
            "case_id": list("JKLM"),
            "decided_on": [week_of(n) for n in (3, 3, 21, 21)],
            "revoked_on": [None, None, None, revoked],
        }
    )
    given["enforcement_case"] = pd.DataFrame(
        {"case_id": list("JKLM"), "sample_id": ["TA0", "TA1", "TA2", "TA3"]}
    )
    found = signals(counts({"A": (burst(20, 20), steady())}), **given).iloc[0]
    assert found["state"] == state
    if state == "confirmed":
        assert (found["closed_by"], found["closed_on"]) == ("penalty", week_of(22))


def test_a_signal_has_the_highest_score_of_its_alarms():
    alarm = {"key_type": "category_hazard", "key_code": "X/fire", "stream": "alert", "method": "gps"}
    rows = [
        alarm
        | {"week": FIRST + at, "n": 9, "expected": 1.0, "p_adjusted": 0.01, "eb05": eb05, "news": "usual"}
        for at, eb05 in enumerate((2.5, 4.0, 3.0))
    ]
    nothing_learnt = pd.DataFrame(columns=[*KEY, "peers", "week", *COUNTS])
    assert lives(pd.DataFrame(rows), nothing_learnt, FIRST + 3)["eb05"].tolist() == [4.0]


def confirmed_by_chance(weekly: float, keys: int) -> float:
    """Share of signals that recalls at their usual rate confirm: 60 weeks before the opening and 90 days."""
    rng, names = np.random.default_rng(2), [f"{n:04}" for n in range(keys)]
    weeks = pd.MultiIndex.from_product([names, range(FIRST, FIRST + 80)], names=["key_code", "week"])
    learnt = weeks.to_frame(index=False).assign(key_type="brand", **dict.fromkeys(COUNTS, 0))
    learnt["peers"] = learnt["key_code"]
    learnt["n_recalls"] = rng.poisson(weekly, len(learnt))
    alarm = {"key_type": "brand", "stream": "review", "method": "ears_c1", "week": FIRST + 60}
    alarm |= {"n": 9, "expected": 1.0, "p_adjusted": 0.01, "eb05": np.nan, "news": "risen"}
    found = lives(pd.DataFrame({"key_code": names, **alarm}), learnt, FIRST + 79)
    return float((found["state"] == "confirmed").mean())


@pytest.mark.parametrize("weekly", [2, pytest.param(0.5, marks=pytest.mark.slow)])
def test_recalls_at_their_usual_rate_confirm_few_signals_in_ninety_days(weekly: float):
    """Each of 13 weeks is looked at, so more than one in a hundred, but no more than one in twelve."""
    assert 0.01 < confirmed_by_chance(weekly, 300) < 1 / 12


@pytest.mark.slow  # quick: the test before, of frequent ones
@pytest.mark.parametrize("yearly", [1, 2, 4])
def test_rare_recalls_at_their_usual_rate_confirm_hardly_any_signal(yearly: int):
    assert confirmed_by_chance(yearly / 52, 1000) < 0.03
