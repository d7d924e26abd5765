"""The figures of gold.credit_model_report that need more enterprises than a golden case has rows."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.marts.credit import credit_model_report
from jobs.period import Period

CATALOG = load_catalog()
CUTOFF, AFTER, DAY = date(2025, 12, 1), date(2026, 3, 10), date(2026, 7, 5)
N = 10  # of each: the fewest with which a unit has an AUC


def frame(table: str, rows: list[dict]) -> pd.DataFrame:
    empty = arrow_schema(CATALOG.contracts[table]).empty_table().to_pandas(date_as_object=True)
    return pd.DataFrame(rows).reindex(columns=empty.columns) if rows else empty


def report(scores: list[float], failed: list[bool]) -> pd.Series:
    """The nation's row of the cut-off of enterprises with these scores, each with one batch after it."""
    names = [f"E{i:02d}" for i in range(len(scores))]
    tables = {
        "credit_score": [
            {"month": CUTOFF, "enterprise_id": name, "grade": "B", "score": score}
            for name, score in zip(names, scores, strict=True)
        ],
        "sample": [{"sample_id": name, "plan_id": "N1", "shop_id": name} for name in names],
        "standing_conclusion": [
            {
                "sample_id": name,
                "stage": "first",
                "outcome": "nonconforming" if bad else "conforming",
                "issued_on": AFTER,
            }
            for name, bad in zip(names, failed, strict=True)
        ],
        "sampling_plan": [{"plan_id": "N1", "type": "probability"}],
        "shop_operator": [
            {"shop_id": name, "enterprise_id": name, "kind": "deterministic"} for name in names
        ],
    }
    inputs = {
        table.split(".")[1]: frame(table, tables.get(table.split(".")[1], []))
        for table in CATALOG.contracts["gold.credit_model_report"].inputs
    }
    table = credit_model_report.build(**inputs, period=Period(DAY))
    return table[table["dimension_type"].eq("nation") & table["cutoff"].eq(CUTOFF)].iloc[0]


def test_the_auc_is_the_share_of_pairs_in_which_who_fails_later_has_the_lower_score() -> None:
    """Of 100 pairs of who failed and who did not, in 90 the former has the lower score: one that failed had
    the highest of all."""
    row = report([*range(9), 99, *range(50, 60)], [True] * N + [False] * N)
    assert (row["n_failed"], row["n_enterprises"]) == (N, 2 * N)
    assert row["auc"] == pytest.approx(0.9) and row["auc_all"] == pytest.approx(0.9)
    assert row["auc_low"] < 0.9 < row["auc_high"] <= 1
    assert row["ks"] == pytest.approx(0.9)


def test_with_fewer_than_ten_that_failed_there_is_no_auc() -> None:
    row = report([*range(9), *range(50, 60)], [True] * (N - 1) + [False] * N)
    assert row["n_failed"] == N - 1 and pd.isna(row["auc"]) and pd.isna(row["ks"])
