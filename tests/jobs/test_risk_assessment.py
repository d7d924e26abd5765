"""gold.risk_assessment: the matrix and how units in use raise a level."""

from __future__ import annotations

import pandas as pd
import pytest

from jobs.environment import SCHEMAS
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
