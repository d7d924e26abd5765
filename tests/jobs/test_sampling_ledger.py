"""Planned purchases in the ledger: every one has one end, and a row that does not balance is stopped."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from sampling_frames import CONTRACTS, LEDGER_INPUTS, country, frames

from jobs.marts.sampling import sampling_ledger
from jobs.marts.sampling.purchases import PURCHASES, Status
from jobs.marts.sampling.sampling_ledger import IDENTITIES, balanced
from jobs.period import Period

PERIOD = Period(date(2026, 6, 30))
ORDERED = date(2026, 3, 31)


def ledger(rows: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    return sampling_ledger.build(**frames(rows, LEDGER_INPUTS), period=PERIOD)


def order(number: int, status: str, **more: Any) -> dict[str, Any]:
    return {
        "sampling_order_id": f"o{number}",
        "plan_id": "prob",
        "status": status,
        "ordered_on": ORDERED,
    } | more


def of_plan(found: pd.DataFrame, period: str = "all") -> dict[str, Any]:
    row = found[(found["dimension_type"] == "plan") & (found["period_type"] == period)]
    assert len(row) == 1
    return row.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("planned", {"n_to_order"}),
        ("cancelled", {"n_cancelled"}),
        ("ordered", {"n_ordered", "n_under_way"}),
        ("received", {"n_ordered", "n_received", "n_unrecorded"}),
        ("lost", {"n_ordered", "n_lost"}),
    ],
)
def test_a_purchase_of_each_status_is_planned_and_has_one_end(status: str, counts: set[str]):
    row = of_plan(ledger({"sampling_order": [order(1, status)]}))
    assert {name for name in PURCHASES if row[name] == 1} == {"n_planned", *counts} and row["balanced"]


def test_every_status_of_the_contract_is_known_and_an_unknown_one_unbalances_the_ledger():
    allowed = next(r for r in CONTRACTS["silver.sampling_order"].column("status").rules if r.kind == "values")
    assert set(allowed.arguments["list"]) == set(Status)
    assert not ledger({"sampling_order": [order(1, "mislaid")]})["balanced"].any()


@pytest.mark.parametrize(
    "counted",
    [{"n_planned"}, {"n_planned", "n_ordered"}, {"n_sampled"}, {"n_sampled", "n_tested"}],
)
def test_a_batch_that_is_in_no_part_of_its_whole_unbalances_the_row(counted: set[str]):
    names = {name for whole, parts in IDENTITIES.items() for name in (whole, *parts)}
    row = {name: int(name in counted) for name in sorted(names)}
    whole = pd.DataFrame([dict.fromkeys(row, 0), row])
    assert balanced(whole).tolist() == [True, False]


def test_the_gate_stops_the_table_where_a_row_does_not_balance():
    rules = CONTRACTS["gold.sampling_ledger"].column("balanced").rules
    assert [(r.kind, r.arguments, r.severity) for r in rules] == [("values", {"list": [True]}, "critical")]


def test_a_purchase_counts_in_the_month_of_its_order_and_its_sample_in_that_of_the_result():
    found = ledger(
        {
            "sampling_order": [order(1, "received")],
            "sample": [
                {"sample_id": "s", "plan_id": "prob", "sampling_order_id": "o1", "purchased_on": ORDERED}
            ],
            "standing_conclusion": [
                {"sample_id": "s", "stage": "first", "outcome": "conforming", "issued_on": date(2026, 4, 20)}
            ],
        }
    )
    months = found[(found["dimension_type"] == "plan") & (found["period_type"] == "month")]
    assert months[["period_start", "n_received", "n_sampled"]].to_numpy().tolist() == [
        [date(2026, 3, 1), 1, 0],
        [date(2026, 4, 1), 0, 1],
    ]


def test_one_cancelled_before_it_was_ordered_counts_over_all_time_only():
    found = ledger({"sampling_order": [order(1, "cancelled", ordered_on=None)]})
    assert set(found["period_type"]) == {"all"} and of_plan(found)["n_cancelled"] == 1


def test_an_order_that_two_samples_name_is_one_purchase():
    named = {"plan_id": "prob", "sampling_order_id": "o1", "platform_code": "P1"}
    found = ledger(
        {
            "sampling_order": [order(1, "received")],
            "sample": [{"sample_id": "a"} | named, {"sample_id": "b"} | named],
        }
    )
    row = of_plan(found)
    assert (row["n_received"], row["n_unrecorded"], row["n_open"]) == (1, 0, 2)


def test_each_dimension_holds_every_purchase_once_at_its_top():
    rows = country(seed=8)
    rows["sampling_order"] = [
        order(i, status, plan_id=s["plan_id"], platform_code="P1")
        for i, (s, status) in enumerate(zip(rows["sample"], 30 * list(Status), strict=True))
    ]
    for i, sample in enumerate(rows["sample"][:100]):
        sample["sampling_order_id"] = f"o{i}"
    found = ledger(rows).query("period_type == 'all'")
    assert found["balanced"].all()
    for dimension in ("plan", "platform"):
        assert found.query(f"dimension_type == '{dimension}'")["n_planned"].sum() == len(
            rows["sampling_order"]
        )
    tops = found[
        found["dimension_code"].isin(["330000", "999901", "000000", "unknown"])
        & (found["dimension_type"] == "region")
    ]
    assert tops["n_planned"].sum() == len(rows["sampling_order"])
