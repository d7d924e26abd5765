"""Rows of gold.quality_index_indicator for tests of the index: units with the values one names, everything
else as the reference has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from jobs.environment import SCHEMAS
from jobs.marts.quality_index import quality_index_base
from jobs.marts.quality_index.counted import with_laws
from jobs.methods import composite

KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
SAMPLED = ("exposure_rate", "serious_rate", "violation_exits")
PRECISION = 120.0


def reference(name: str) -> pd.DataFrame:
    """A reference file as silver holds it; a test may change it."""
    return _reference(name).copy()


@cache
def _reference(name: str) -> pd.DataFrame:
    table = pd.read_csv(SCHEMAS / "reference" / f"{name}.csv", dtype={"version": str, "category_code": str})
    return (
        table.assign(valid_from=pd.to_datetime(table["valid_from"]).dt.date, valid_to=None)
        if "valid_from" in table
        else table
    )


def with_base(build: Callable[..., pd.DataFrame], **given: Any) -> pd.DataFrame:
    """What the build() of the index or its diagnostics makes of its inputs, with the base year made of the
    same indicators."""
    return build(quality_index_base=quality_index_base.build(**given), **given)


def references() -> dict[str, pd.DataFrame]:
    """The tables that the index takes beside its indicators; a test may change its copies."""
    return {
        name: reference(name) for name in ("goalpost", "index_weight", "index_method", "product_category")
    }


def unit(
    code: str,
    *,
    start: date = date(2026, 1, 1),
    period_type: str = "month",
    dimension_type: str = "platform",
    silent: tuple[str, ...] = (),
    absent: tuple[str, ...] = ("serious_signals",),
    precision: float = PRECISION,
    version: str | None = None,
    **values: float,
) -> list[dict[str, Any]]:
    """Rows of one unit and period: an indicator has the value that is named, else one half-way between its
    goalposts.

    ``silent``: due and not filed; ``absent``: not applicable; ``version``: of goalposts and weights, by
    default those of the reference.
    """
    weights = _reference("index_weight").set_index("item")
    rows = []
    for post in _reference("goalpost").to_dict("records"):
        name = post["indicator"]
        status = "not_applicable" if name in absent else "not_filed" if name in silent else "used"
        value = values.get(
            name, post["high"] / 4 if post["transform"] == "sqrt" else (post["low"] + post["high"]) / 2
        )
        drawn = name in SAMPLED and status == "used"
        score = float(np.clip(score_of(value, post), 1, 100))
        low, high = (
            stats.beta.ppf([0.05, 0.95], value * precision, (1 - value) * precision)
            if drawn
            else (np.nan, np.nan)
        )
        rows.append(
            {
                "period_type": period_type,
                "period_start": start,
                "dimension_type": dimension_type,
                "dimension_code": code,
                "indicator": name,
                "pillar": weights.loc[name, "pillar"],
                "value": value if status == "used" else np.nan,
                "estimate": value if status == "used" else np.nan,
                "value_low": low,
                "value_high": high,
                "numerator": np.nan,
                "denominator": precision if drawn else np.nan,
                "goal_low": post["low"],
                "goal_high": post["high"],
                "score": {"used": score, "not_filed": 1.0}.get(status, np.nan),
                "clipped": False,
                "status": status,
                "weight": weights.loc[name, "weight"],
                "estimate_law": "beta" if drawn else None,
                "estimate_mean": value if drawn else np.nan,
                "estimate_precision": precision if drawn else np.nan,
                "goalpost_version": version or post["version"],
                "weight_version": version or weights.loc[name, "version"],
            }
        )
    return rows


def score_of(value: float, post: dict[str, Any]) -> float:
    """A value on 1-100 by its goalposts, not clipped."""
    turned = np.sqrt if post["transform"] == "sqrt" else float
    direction = 1 if post["direction"] == "higher_better" else -1
    return composite.scale(
        turned(value), low=turned(post["low"]), high=turned(post["high"]), direction=direction
    )


def indicators(*units: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([row for rows in units for row in rows])


def expected_index(rows: list[dict[str, Any]]) -> float:
    """The index of one unit's rows, written out anew: weights renormalised, arithmetic within, geometric
    across."""
    weights = reference("index_weight")
    pillar_weight = weights[weights["kind"] == "pillar"].set_index("item")["weight"]
    known = pd.DataFrame(rows).dropna(subset="score")
    pillars = {
        name: (own["score"] * own["weight"]).sum() / own["weight"].sum()
        for name, own in known.groupby("pillar")
    }
    share = pillar_weight[list(pillars)] / pillar_weight[list(pillars)].sum()
    return float(np.prod([score ** share[name] for name, score in pillars.items()]))


def with_counts(rows: list[dict[str, Any]], **counts: tuple[float, float]) -> list[dict[str, Any]]:
    """A unit's rows with numerator and denominator of the indicators named, and the laws that these give."""
    table = pd.DataFrame([
        row | dict(zip(("numerator", "denominator"), counts[row["indicator"]], strict=True))
        if row["indicator"] in counts else row for row in rows
    ])  # fmt: skip
    posts = reference("goalpost")[["indicator", "direction", "transform", "unit"]]
    found = with_laws(table.merge(posts, on="indicator", how="left"), (0.05, 0.95))
    return found.astype(object).where(found.notna(), None).to_dict("records")
