"""Seeded populations of laboratories, and the build of gold.lab_performance on them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.labs import lab_performance
from jobs.period import Period

AS_OF = date(2026, 4, 1)
LABS, PARENTS, LEAVES = 12, 5, 4
PLANS = pd.DataFrame({"plan_id": ["P", "T", "C"], "type": ["probability", "targeted", "complaint_led"]})
FACTOR = {"P": 1.0, "T": 1.8, "C": 2.2}  # how much worse the goods of a plan are
CATEGORIES = pd.DataFrame(
    {
        "category_code": [f"C{p}" for p in range(PARENTS)]
        + [f"C{p}{n}" for p in range(PARENTS) for n in range(LEAVES)],
        "parent_code": [None] * PARENTS + [f"C{p}" for p in range(PARENTS) for _ in range(LEAVES)],
    }
)


def drawn(
    seed: int, batches: int, *, bias: dict[int, float] | None = None, honest: float = 0.0, mixed: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """silver.sample and standing conclusions of a first quarter. ``bias``: laboratory → what it adds to
    the chance that goods fail; ``honest``: standard deviation of the ratios of the others; ``mixed``:
    laboratories get goods of unlike kinds, from 2 to 25 % failing."""
    rng = np.random.default_rng([seed, 81])
    leaves = CATEGORIES["category_code"].to_numpy(object)[PARENTS:]
    rate = rng.uniform(0.02, 0.25, len(leaves))
    mix = rng.dirichlet(np.full(len(leaves), 0.3 if mixed else 1e3), LABS)
    lab = rng.integers(0, LABS, batches)
    leaf = np.array([rng.choice(len(leaves), p=mix[one]) for one in lab])
    plan = rng.choice(list(FACTOR), batches, p=[0.5, 0.35, 0.15])
    own = np.exp(rng.normal(0, honest, LABS)) if honest else np.ones(LABS)
    added = np.zeros(LABS)
    for one, extra in (bias or {}).items():
        added[one], own[one] = extra, 1.0
    chance = np.clip(rate[leaf] * np.vectorize(FACTOR.get)(plan) * own[lab] + added[lab], 0, 1)
    names = [f"S{i:05}" for i in range(batches)]
    code = np.array([f"LAB{n + 1:02}" for n in range(LABS)], object)[lab]
    sample = pd.DataFrame(
        {
            "sample_id": names,
            "plan_id": plan,
            "category_code": leaves[leaf],
            "lab_id": code,
            "exited_on": None,
        }
    )
    issued = (np.datetime64("2026-01-01") + rng.integers(0, 90, batches)).astype(object)
    outcome = np.where(rng.random(batches) < chance, "nonconforming", "conforming")
    return sample, conclusions(names, outcome, issued, code)


def conclusions(names, outcome, issued, lab, stage: str = "first") -> pd.DataFrame:
    return pd.DataFrame(
        {"sample_id": names, "stage": stage, "outcome": outcome, "issued_on": issued, "lab_id": lab}
    )


def performance(sample: pd.DataFrame, standing: pd.DataFrame, **given: pd.DataFrame) -> pd.DataFrame:
    """gold.lab_performance; tables that are not given have no row."""
    empty = {n: pd.DataFrame(columns=c, dtype=object) for n, c in lab_performance.READS.items()}
    tables = {
        "sample": sample,
        "standing_conclusion": standing,
        "conclusion": standing,
        "sampling_plan": PLANS,
        "product_category": CATEGORIES,
    }
    as_of = given.pop("as_of", AS_OF)
    return lab_performance.build(**empty | tables | given, period=Period(as_of=as_of, months=None))


def of_year(table: pd.DataFrame, design: str = "all") -> pd.DataFrame:
    chosen = table[(table["period_type"] == "year") & (table["design"] == design)]
    return chosen.set_index("lab_id")
