"""gold.risk_assessment: the matrix and how units in use raise a level."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from risk_frames import PERIOD, counts, week_of

from jobs.environment import SCHEMAS
from jobs.marts.risk import risk_assessment
from jobs.marts.risk.risk_assessment import LEVELS, matrix_level, raised

MATRIX = pd.read_csv(SCHEMAS / "reference" / "risk_matrix.csv")
RULES = pd.read_csv(SCHEMAS / "reference" / "risk_units_in_use.csv")


@pytest.mark.parametrize(
    ("probability", "severity", "level"),
    [
        (0.6, 1, "high"),
        (0.5, 1, "medium"),
        (0.001, 1, "low"),
        (0.0011, 1, "low"),
        (2e-6, 4, "medium"),
        (0, 4, "low"),
    ],
)
def test_a_probability_must_lie_above_the_bound(probability: float, severity: int, level: str):
    assert matrix_level(probability, severity, MATRIX) == level


@pytest.mark.parametrize(
    ("level", "units", "to"),
    [
        ("low", 100_000, "low"),
        ("low", 100_001, "medium"),
        ("high", 100_001, "high"),
        ("high", 500_001, "serious"),
        ("low", 1_000_001, "high"),
        ("medium", 1_000_001, "serious"),
        ("serious", 1_000_001, "serious"),
    ],
)
def test_units_in_use_raise_a_level_as_the_guideline_says(level: str, units: int, to: str):
    assert raised(level, units, RULES) == to


def test_a_rule_of_units_in_use_never_lowers_a_level():
    rules = pd.DataFrame({"units_in_use_above": [10], "raises": ["all others to medium"]})
    assert [raised(level, 11, rules) for level in LEVELS] == ["medium", "medium", "high", "serious"]


def test_a_pair_is_assessed_by_the_last_52_weeks_and_the_orders_of_24_months():
    """Of random batches 40 were judged in the oldest of the 52 weeks and 70 in the week before it; of orders
    30 lie in the oldest of the 24 months and 500 in the month before."""
    weeks = pd.DataFrame({"week": [week_of(9), week_of(8), week_of(60)], "n_random_judged": [40, 70, 0]})
    hazard = weeks.assign(category_code="TY01", hazard_code="choking", stream="test", n_random=0, n=0)
    hazard = hazard.assign(n_home=0, n_judged=hazard["n_random_judged"])
    months = pd.DataFrame({"month": [date(2026, 9, 1), date(2024, 10, 1), date(2024, 9, 1)]})
    steady = np.full(61, 100)  # of which the newest whole week is week 60
    table = risk_assessment.build(
        risk_count=counts({"A": (steady, steady)}),
        hazard_count=hazard,
        risk_signal=pd.DataFrame(columns=["key_type", "state", "category_code", "hazard_code"]),
        commerce_state=months.assign(category_code="TY01", quantity=[7, 30, 500]),
        risk_scenario=pd.read_csv(SCHEMAS / "reference" / "risk_scenario.csv"),
        risk_matrix=MATRIX,
        risk_units_in_use=RULES,
        product_category=pd.read_csv(SCHEMAS / "reference" / "product_category.csv"),
        period=PERIOD,
    )
    assert table[["n_judged", "units_in_use"]].to_numpy().tolist() == [[40, 37]]


def test_more_never_makes_a_lower_level():
    for severity in (1, 2, 3, 4):
        found = [
            LEVELS.index(matrix_level(p, severity, MATRIX))
            for p in (0, 2e-6, 2e-5, 2e-4, 0.002, 0.02, 0.2, 0.6)
        ]
        assert found == sorted(found)
    for level in LEVELS:
        found = [LEVELS.index(raised(level, u, RULES)) for u in (0, 200_000, 600_000, 2_000_000)]
        assert found == sorted(found)
