"""gold.detection_rate sees rows of every jurisdiction; what sources of another say changes no row of the
nation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from sampling_frames import country, frames

from jobs.marts.sampling import detection_rate
from jobs.period import Period

YEARS = {"starts_on": date(2023, 11, 1), "ends_on": date(2026, 12, 31)}
PLANS = [
    {"plan_id": "prob", "type": "probability", **YEARS},
    {"plan_id": "again", "type": "probability", **YEARS},  # could have drawn what is sold on P2
    {"plan_id": "target", "type": "targeted"},
    {"plan_id": "letters", "type": "complaint_led"},
]
STRATA = [{"plan_id": "prob", "stratum": "s1"}, {"plan_id": "again", "stratum": "s1", "platform_code": "P2"}]
US = {"_jurisdiction": "US"}
SAMPLES = {**country(3, size=700), "sampling_plan": PLANS, "sampling_stratum": STRATA}
for _place, _sample in enumerate(SAMPLES["sample"]):
    if _sample["plan_id"] in ("prob", "again"):
        _sample |= {"inclusion_probability": 0.1, "stratum": f"s{_place % 2}", "units_sold": 10 + _place}
FAILING = {"item_code": "lead", "item_class": "A", "lab_verdict": "nonconforming"}
# Rows of a US source that name our samples and plans.
THEIRS: dict[str, list[dict[str, Any]]] = {
    "sampling_plan": [{"plan_id": p, "type": "probability", **US} for p in ("prob", "target", "letters")],
    "sampling_stratum": [{"plan_id": "again", "stratum": "s2", **US}],  # on every platform
    "test_result": [{"sample_id": s["sample_id"], **FAILING, **US} for s in SAMPLES["sample"]],
    "sampling_order": [
        {"sampling_order_id": f"US{n}", "plan_id": "prob", "stratum": "s1", "status": "lost", **US}
        for n in range(40)
    ],
}


def built(rows: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    return detection_rate.build(**frames(rows), period=Period(date(2026, 6, 30)))


@pytest.fixture(scope="module")
def ours() -> pd.DataFrame:
    return built(SAMPLES)


@pytest.mark.parametrize("table", THEIRS)
def test_what_another_jurisdiction_says_of_our_samples_and_plans_changes_no_row(ours, table: str):
    assert ours["exposure_rate"].notna().any()
    more = [*SAMPLES.get(table, []), *THEIRS[table]]
    pd.testing.assert_frame_equal(built({**SAMPLES, table: more}), ours)


def test_our_rows_change_nothing_of_another_nation():
    theirs = {"sample_id": "us1", "plan_id": "prob", "purchased_on": date(2025, 5, 1), **US}
    conclusion = {
        "sample_id": "us1",
        "stage": "first",
        "outcome": "conforming",
        "issued_on": date(2025, 5, 9),
    }
    alone = {"sample": [theirs], "conclusion": [{**conclusion, **US}]}
    failing = {"sample_id": "us1", **FAILING}
    with_ours = {
        **SAMPLES,
        "sample": [*SAMPLES["sample"], theirs],
        "conclusion": [
            {**conclusion, **US},
            {**conclusion, "outcome": "nonconforming", "stage": "reinspection"},
        ],
        "test_result": [*SAMPLES["test_result"], failing],
    }
    found = [
        rows[rows["dimension_code"] == "US"].reset_index(drop=True) for rows in map(built, (alone, with_ours))
    ]
    assert len(found[0]) and set(found[0]["n_conforming"]) == {1}
    pd.testing.assert_frame_equal(*found, check_dtype=False)
