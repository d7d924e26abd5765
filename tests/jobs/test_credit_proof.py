"""Proof of gold.credit_score and gold.credit_model_report on seeded countries of 2 million records, through
the builds: classes predict failures in the six months after, out of time.

The points of the scorecard come from the countries of seeds 101 to 104, none of which is among these.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from credit_country import country, frame, scored

from jobs.environment import SCHEMAS
from jobs.marts.credit import credit_model_report
from jobs.period import Period

pytestmark = pytest.mark.proof
UNTIL, DAY = date(2026, 11, 26), date(2026, 11, 27)
SEEDS = (7, 11, 23)
RECORDS = 2_000_000
GRADES = ("A", "B", "C", "D")
SHOWN = ["cutoff", "n_enterprises", "n_failed", "auc", "auc_low", "auc_high", "ks", "psi"]


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lakes")


@cache
def report(seed: int, lakes: Path) -> pd.DataFrame:
    """gold.credit_model_report of a country."""
    given, period = country(seed, RECORDS, UNTIL, lakes / str(seed)), Period(DAY)
    scores = scored(given, period)
    assert scores["month"].max() == date(2026, 10, 1)
    tested = ("sample", "standing_conclusion", "sampling_plan", "objection", "shop_operator")
    regions = pd.read_csv(SCHEMAS / "reference" / "region.csv", dtype=str)
    return credit_model_report.build(
        credit_score=scores,
        **{name: given[name] for name in tested},
        region=regions,
        product_category=frame("silver.product_category"),
        period=period,
    )


def newest(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    rows = table[table["dimension_type"].eq(kind)]
    return rows[rows["cutoff"] == rows["cutoff"].max()]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_worse_the_class_the_more_fail_later(seed: int, lakes: Path) -> None:
    rows = newest(report(seed, lakes), "grade").set_index("dimension_code")
    shares, batches = (rows.loc[list(GRADES), name].to_numpy(float) for name in ("observed", "batch_rate"))
    print(f"seed {seed}: failed later by class {dict(zip(GRADES, shares.round(3), strict=True))}")
    print(f"seed {seed}: of their batches {dict(zip(GRADES, batches.round(3), strict=True))}")
    assert (np.diff(shares) > 0).all()
    assert rows.loc["D", "low"] > rows.loc["A", "high"]  # by more than chance
    assert rows.loc["D", "batch_low"] > rows.loc["A", "batch_high"]  # not only by how often they are sampled


@pytest.mark.parametrize("seed", SEEDS)
def test_classes_separate_who_fails_out_of_time_with_an_auc_of_0_70(seed: int, lakes: Path) -> None:
    """At one of the two newest cut-offs; the first ones hold few classes. An AUC of some 1,250 enterprises
    has limits of 0.04: of the two cut-offs of seeds 7, 11, 23, 201 and 202 nine reach 0.70, the tenth 0.69.
    One who knew each enterprise's true rate of defects would reach 0.65 to 0.74, who knew the rate of each
    batch 0.80."""
    nation = report(seed, lakes).query("dimension_type == 'nation'").tail(2)
    print(nation[SHOWN].to_string())
    assert (nation["auc_low"] > 0.6).all()
    assert nation["auc"].max() >= 0.70


def test_the_auc_is_0_70_on_average_of_the_newest_cut_offs(lakes: Path) -> None:
    assert np.mean([newest(report(seed, lakes), "nation")["auc"].item() for seed in SEEDS]) >= 0.70
