"""The country's plans, samples and first conclusions, seeded."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

MARKUP = "<script>alert(1)</script>"
PLATFORMS = {"P01": "云集市", "P02": "快拍直播", "P03": MARKUP}
PROVINCES = (
    "110000 310000 330000 330700 350000 350500 370000 410000 440000 440300 510000 320000 420000 540000"
).split()
CATEGORIES = ["HA01", "HA02", "EL01", "EL03", "LT01", "CL01", "TX01", "=1+1"]


def plans() -> pd.DataFrame:
    rows = [
        ("PROB", "2025–2026 年度概率抽样", "probability"),
        ("TARG", "儿童用品风险抽查", "targeted"),
        ("COMP", "投诉线索抽查", "complaint_led"),
        ("NONE", f"复查计划 {MARKUP}", "follow_up"),
        ("NEXT", "下季度计划", "probability"),
    ]
    return pd.DataFrame(
        {
            "plan_id": [r[0] for r in rows],
            "name_zh": [r[1] for r in rows],
            "type": [r[2] for r in rows],
            "issuer_region_code": ["110000", "330000", None, "440000", None],
            "issuer_level": "national",
            "starts_on": [date(2025, 1, 1), date(2025, 6, 1), None, date(2026, 5, 1), date(2026, 7, 1)],
            "ends_on": [date(2026, 6, 30), None, None, date(2026, 5, 31), None],
        }
    )


def samples(n: int = 8000, seed: int = 7) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Samples and first conclusions over two years, so that twelve months have twelve before them; Tibet
    (540000) has five, plan NONE 40 and none of them fails."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["PROB", "TARG", "COMP"], n, p=[0.6, 0.3, 0.1])
    plan[:40] = "NONE"
    region = rng.choice(PROVINCES[:-1], n).astype(object)
    region[40:45], plan[40:45] = "540000", "PROB"
    bought = [date(2024 + m // 12, m % 12 + 1, 10) for m in 6 + rng.integers(0, 24, n)]
    bought[40:45] = [date(2026, 3, 10)] * 5
    exit_kind = rng.choice([None, "violation", "void"], n, p=[0.92, 0.05, 0.03])
    sample = pd.DataFrame(
        {
            "sample_id": [f"S{i}" for i in range(n)],
            "plan_id": plan,
            "purchased_on": bought,
            "platform_code": rng.choice(list(PLATFORMS), n),
            "category_code": rng.choice(CATEGORIES, n),
            "seller_region_code": region,
            "producer_region_code": rng.choice(PROVINCES[:-1], n),
            "consumer_region_code": None,
            "channel": "online",
            "brand": np.where(np.arange(n) // 6 == 10, "晴里", None),  # six of 8,000
            "stratum": np.where(plan == "PROB", "all", None),
            "inclusion_probability": np.where(plan == "PROB", 0.05, np.nan),
            "units_sold": rng.integers(1, 9, n),
            "exit_kind": exit_kind,
            "exit_reason": [{"violation": "no_maker", "void": "lost"}.get(k) for k in exit_kind],
            "exited_on": [d if k else None for d, k in zip(bought, exit_kind, strict=True)],
        }
    )
    made_in_cixi = (sample["category_code"] == "HA01") & (sample.index % 2 == 0)  # cluster K03
    sample["producer_region_code"] = sample["producer_region_code"].where(~made_in_cixi, "330282")
    tested = sample[sample["exit_kind"].isna()]
    chance = tested["seller_region_code"].map(
        {r: 0.06 + 0.02 * i for i, r in enumerate(PROVINCES)}
    ) * np.where(tested["plan_id"] == "PROB", 1, 1.6)
    fails = (rng.random(len(tested)) < chance) & (tested["plan_id"] != "NONE")
    outcome = np.where(
        fails, "nonconforming", np.where(rng.random(len(tested)) < 0.02, "not_judged", "conforming")
    )
    conclusion = pd.DataFrame(
        {
            "sample_id": tested["sample_id"],
            "stage": "first",
            "outcome": outcome,
            "issued_on": [d.replace(day=25) for d in tested["purchased_on"]],
            "serious": rng.random(len(tested)) < 0.02,
            "lab_id": "L1",
        }
    )
    return sample, conclusion
