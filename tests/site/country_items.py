"""The country's test results, and what the marts make of them: failing items, failers, trends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from jobs.marts.sampling import failer_follow_up, failing_item, rate_trend
from jobs.period import Period

# Code, name, class, standard, and of the batches that fail the share that fails it.
TESTED = (
    ("E01", "接地电阻", "A", "GB 4706.1-2005", 0.5),
    ("T01", "甲醛含量", "A", "GB 18401-2010", 0.3),
    ("E06", '=HYPERLINK("http://evil.example","标志")', "C", None, 0.4),
)


def results(conclusion: pd.DataFrame, seed: int = 3) -> pd.DataFrame:
    """Every item of every concluded batch; one that fails has an item that fails."""
    draw = np.random.default_rng(seed)
    failed = (conclusion["outcome"] == "nonconforming").to_numpy()
    parts = []
    for number, (code, name, group, standard, share) in enumerate(TESTED):
        fails = failed & ((draw.random(len(failed)) < share) | (number == 0))
        parts.append(
            pd.DataFrame(
                {
                    "sample_id": conclusion["sample_id"],
                    "item_code": code,
                    "item_name": name,
                    "item_class": group,
                    "standard_no": standard,
                    "lab_verdict": np.where(fails, "nonconforming", "conforming"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def items(
    given: dict[str, pd.DataFrame],
    rates: pd.DataFrame,
    reference: Callable[[str], pd.DataFrame],
    filled: Callable[[str, pd.DataFrame], pd.DataFrame],
    without: Callable[[str, set[str]], dict[str, pd.DataFrame]],
    period: Period,
) -> dict[str, pd.DataFrame]:
    """gold.failing_item, gold.failer_follow_up, gold.rate_trend and silver.hazard; ``given``: silver tables.
    Every third batch has one of 400 producers."""
    hazard, rules = reference("hazard"), reference("item_hazard")
    rules["match"] = rules["match"].str.split(";")
    sample = given["sample"].copy()
    sample["producer_uscc"] = [f"M{i % 400}" if i % 3 else None for i in range(len(sample))]
    tested = filled("silver.test_result", results(given["standing_conclusion"]))
    own = given | {"sample": sample, "test_result": tested, "item_hazard": rules, "hazard": hazard}

    def made(module, table: str) -> pd.DataFrame:
        names = set(own) & {*without(table, set())}
        return module.build(**{name: own[name] for name in names}, **without(table, names), period=period)

    trend = rate_trend.build(
        detection_rate=rates,
        region=given["region"],
        product_category=given["product_category"],
        period=period,
    )
    return {
        "gold.failing_item": made(failing_item, "gold.failing_item"),
        "gold.failer_follow_up": made(failer_follow_up, "gold.failer_follow_up"),
        "gold.rate_trend": trend,
        "silver.hazard": hazard,
    }
