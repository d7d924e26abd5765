"""Laboratories of the site's country: LA finds too much and reads too high, LB (its name is markup) has more
than it declared, four others are as they should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

from jobs.contracts.catalog import load_catalog

LABS = [f"L{letter}" for letter in "ABCDEF"]


def labs(markup: str, filled: Callable[[str, pd.DataFrame], pd.DataFrame]) -> dict[str, pd.DataFrame]:
    register = pd.DataFrame(
        {
            "lab_id": LABS,
            "name_zh": ["甲检验院", markup, "丙", "丁", "戊", "己"],
            "name_en": ["Lab A", None, "Lab C", "Lab D", "Lab E", "Lab F"],
            "accredited_to": [None, None, date(2026, 8, 1), None, None, date(2027, 8, 1)],
        }
    )
    return {
        "silver.lab": filled("silver.lab", register),
        "gold.lab_performance": _performance(),
        "gold.lab_agreement": _agreement(),
        "gold.expert_load": _experts(),
    }


def _performance() -> pd.DataFrame:
    failing = [40, 21, 19, 20, 18, 22]
    row = {
        "design": "all",
        "lab_id": LABS,
        "n_commissions": 240,
        "n_outside": 0,
        "months_covered": 12.0,
        "capacity_per_month": [30, 10, 30, 30, 30, 30],
        "load_share": [0.67, 2.0, 0.67, 0.67, 0.67, 0.67],
        "n_tests": 200,
        "n_open": 3,
        "median_days": 14.0,
        "median_low": 13.0,
        "median_high": 15.0,
        "p90_days": 30.0,
        "p90_low": 28.0,
        "p90_high": None,
        "n_due": 190,
        "n_on_time": 171,
        "on_time_share": 0.9,
        "on_time_low": 0.85,
        "on_time_high": 0.935,
        "n_judged": 200,
        "n_failing": failing,
        "n_compared": 200,
        "n_compared_failing": failing,
        "expected": 20.0,
        "ratio": [f / 20 for f in failing],
        "ratio_low": [f / 20 * 0.7 for f in failing],
        "ratio_high": [f / 20 * 1.4 for f in failing],
        "score": [(f - 20) / 4.3 for f in failing],
        "p": [0.000003, 0.8, 0.8, 1.0, 0.6, 0.6],
        "p_adjusted": [0.00002, 0.9, 0.9, 1.0, 0.9, 0.9],
        "tau": 0.02,
        "low95": 0.58,
        "high95": 1.42,
        "low998": 0.34,
        "high998": 1.66,
        "state": ["high", "within", "within", "within", "within", "within"],
        "n_reinspected": 4,
        "n_overturned": 1,
        "overturned_share": 0.25,
        "overturned_low": 0.05,
        "overturned_high": 0.7,
    }
    whole = pd.DataFrame(row | {"period_type": "rolling12", "period_start": date(2025, 6, 1)})
    quarter = whole.assign(period_type="quarter", period_start=date(2026, 4, 1), n_commissions=60)
    quarter = quarter.assign(months_covered=3.0)
    rows = pd.concat([whole, quarter], ignore_index=True)
    contract = load_catalog().contracts["gold.lab_performance"]
    return rows.reindex(columns=list(contract.column_names))  # shares of one kind of plan have no rows here


def _agreement() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "split",
            "period_type": "all",
            "period_start": date(1900, 1, 1),
            "lab_id": LABS[:2],
            "other_lab_id": "all",
            "n_pairs": 40,
            "n_both_failing": 6,
            "n_only_lab": [3, 1],
            "n_only_other": 1,
            "n_neither": [30, 32],
            "agreement": [0.9, 0.95],
            "agreement_low": [0.77, 0.83],
            "agreement_high": [0.96, 0.99],
            "kappa": [0.69, 0.83],
            "kappa_low": [0.4, 0.6],
            "kappa_high": [0.95, 1.0],
            "n_values": 100,
            "n_value_samples": 40,
            "bias": [0.06, 0.001],
            "bias_low": [0.05, -0.0002],
            "bias_high": [0.07, 0.012],
        }
    )


def _experts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "field": ["all", "all", "化学"],
            "category_code": ["TY", "all", "all"],
            "n_experts": [0, 4, 4],
            "n_provinces": [0, 2, 2],
            "n_ending": [0, 1, 1],
            "n_objections": pd.array([3, 9, None], "Int64"),
            "n_open": pd.array([1, 2, None], "Int64"),
            "n_failing": pd.array([5, 30, None], "Int64"),
            "load": [None, 1.5, 1.5],
            "uncovered": [True, False, False],
        }
    )
