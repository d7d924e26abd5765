"""What counts in credit and in the coverage of restrictions: pure functions on tiny frames, at the ends of
what counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from test_restrictions import ACE, DAY, frame

from jobs.conform.linkage.deterministic import person_id
from jobs.marts.credit import restriction_coverage
from jobs.marts.credit.credit_score import scores
from jobs.marts.credit.operator_state import dated_entries, intersected
from jobs.period import Period

MAY = 12 * (2026 - 1970) + 4


@pytest.mark.parametrize(("n", "score"), [(1, 82.0), (2, 84.0), (3, 84.0)])
def test_facts_of_an_item_count_up_to_its_most_and_no_further(n: int, score: float) -> None:
    card = pd.DataFrame(
        [
            {"item": "base", "kind": "base", "points": 80.0},
            {"item": "conforming_sample", "kind": "fact", "points": 2.0, "window_months": 24, "most": 2},
            {"item": "D", "kind": "grade", "points": -1000.0},
        ]
    ).reindex(columns=["item", "kind", "points", "half_life_months", "window_months", "most"])
    card = card.assign(version="1", valid_from=date(2015, 1, 1), valid_to=None)
    facts = pd.DataFrame(
        {
            "enterprise_id": ACE,
            "item": "conforming_sample",
            "record": [f"S{i}" for i in range(n)],
            "day": pd.Timestamp("2026-05-02"),
            "until": pd.NaT,
            "amount": 1.0,
        }
    )
    (row,) = scores(facts, card, range(MAY, MAY + 1)).to_dict("records")
    assert (row["score"], row["n_facts"], row["n_observations"]) == (score, min(n, 2), n)


def test_an_entry_counts_for_its_operator_or_beside_an_invalid_code_for_the_person() -> None:
    rows = [
        {"listed_on": date(2026, 2, 1), "operator_uscc": ACE},
        {"listed_on": date(2026, 2, 1), "operator_uscc": "0", "person_ref": "ref1"},
        {"listed_on": date(2026, 2, 1), "operator_uscc": "0"},
    ]
    columns = ["operator_uscc", "person_ref", "listed_on", "expires_on", "repaired_on", "removed_on"]
    found = dated_entries(pd.DataFrame(rows, columns=columns))
    assert found["enterprise_id"].tolist() == [ACE, person_id("ref1")]


def test_an_operator_with_overlapping_entries_is_on_the_list_once_at_a_time() -> None:
    """The second entry ends within the first, the third begins within the first and outlasts it."""
    operators = pd.DataFrame(
        {
            "enterprise_id": [ACE], "platform_code": ["P1"], "province_code": ["330000"],
            "begin": [pd.Timestamp("2020-01-01")], "end": [pd.Timestamp("2200-01-01")], "certain": [True],
        }
    )  # fmt: skip
    spans = [("2024-01-01", "2024-12-01"), ("2024-02-01", "2024-03-01"), ("2024-05-01", "2025-02-01")]
    entries = pd.DataFrame(
        [(ACE, pd.Timestamp(a), pd.Timestamp(b)) for a, b in spans],
        columns=["enterprise_id", "since", "until"],
    )
    rows = intersected(operators, entries)[["begin", "end"]]
    assert list(rows.itertuples(index=False, name=None)) == [
        (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-01")),
        (pd.Timestamp("2024-12-01"), pd.Timestamp("2025-02-01")),
    ]


def covered(**response: Any) -> dict[str, Any]:
    """The nation's row where one shop, restricted since 1 May, responded so."""
    key = {"basis": "penalty", "basis_id": "F1", "shop_id": "S1", "platform_code": "P1"}
    begun = {"state": "in_effect", "starts_on": date(2026, 5, 1), "n_listings": 3}
    table = restriction_coverage.build(
        joint_restriction=frame("gold.joint_restriction", [key | {"operator_id": ACE}]),
        restriction_response=frame("gold.restriction_response", [key | begun | response]),
        restriction_review=frame("gold.restriction_review", []),
        period=Period(DAY),
    )
    return table[table["dimension_type"].eq("nation")].iloc[0].to_dict()


@pytest.mark.parametrize(("ago", "selling"), [(29, 1), (30, 0)])
def test_a_shop_that_must_stop_sells_while_an_order_lies_within_thirty_days(ago: int, selling: int) -> None:
    row = covered(stops_sales=True, last_ordered_on=DAY - timedelta(days=ago))
    assert (row["n_must_stop"], row["n_on_offer"], row["n_still_selling"]) == (1, 1, selling)


def test_a_shop_that_may_go_on_selling_is_none_that_must_stop() -> None:
    row = covered(stops_sales=False, last_ordered_on=DAY)
    assert (row["n_shops"], row["n_must_stop"], row["n_on_offer"], row["n_still_selling"]) == (1, 0, 0, 0)
