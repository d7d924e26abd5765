"""The country's quality index: a few rows of each table, every odd one with a reason."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.reports.asked import COLUMNS, WEAK_POINT

QUARTER = date(2026, 4, 1)
PILLARS = ("conformity", "consumer_experience", "authenticity", "governance", "standards_risk")


def _key(dimension: str, code: str, start: date = QUARTER) -> dict:
    return {
        "period_type": "quarter",
        "period_start": start,
        "dimension_type": dimension,
        "dimension_code": code,
    }


def _index(dimension: str, code: str, score: float | None, start: date = QUARTER, **more: object) -> dict:
    known = score is not None
    return (
        _key(dimension, code, start)
        | {
            "score": score,
            "low": score - 6 if known else None,
            "high": score + 4 if known else None,
            "band": "across" if known else None,
            "tier": 1.0 if known and dimension != "nation" else None,
            "rank": 1.0 if known else None,
            "rank_low": 1.0 if known else None,
            "rank_high": 2.0 if known else None,
            "coverage": 0.955,
            "n_judged": 120,
            "published": known,
            "reason": None if known else "coverage",
            "method_version": "quality_index/1",
        }
        | more
    )


WEAK = [
    "takedown_on_time",
    "governance",
    1,
    True,
    0.7,
    0.55,
    0.82,
    False,
    0.95,
    1.0,
    12,
    2.34,
    0.5,
    4.1,
    3.05,
    "platform",
    "当日下架",
    "take down on the day",
]


def _references() -> dict[str, pd.DataFrame]:
    """Goalposts and weights of the index."""
    goals = [
        ("exposure_rate", "不合格加权不合格率", "Exposure rate", "share"),
        ("data_filed", "数据报送率", "Data filed", "share"),
        ("serious_signals", "万商品信号", "Signals", "per 10000 listings"),
        ("takedown_on_time", "按时下架率", "Takedowns on time", "share"),
    ]
    return {
        "silver.goalpost": pd.DataFrame(
            [
                {
                    "version": "1",
                    "indicator": i,
                    "name_zh": zh,
                    "name_en": en,
                    "unit": u,
                    "low": 0.0,
                    "high": 1.0,
                    "direction": "lower_better",
                    "transform": "none",
                    "reason_zh": "理由",
                    "reason_en": "why",
                    "valid_from": date(2026, 1, 1),
                    "valid_to": None,
                }
                for i, zh, en, u in goals
            ]
        ),
        "silver.index_weight": pd.DataFrame(
            [
                {
                    "item": p,
                    "kind": "pillar",
                    "pillar": p,
                    "name_zh": p,
                    "name_en": p,
                    "weight": 0.2,
                    "reason_zh": "理由",
                    "reason_en": "why",
                }
                for p in PILLARS
            ]
        ),
    }


def _indicators() -> list[dict[str, object]]:
    """Indicators of P01: one used, one that was not filed, one that does not apply."""
    return [
        _key("platform", "P01") | dict(zip(COLUMNS["gold.quality_index_indicator"][4:], values, strict=True))
        for values in (
            (
                "exposure_rate",
                "conformity",
                0.0849,
                0.0849,
                0.04,
                0.16,
                9.0,
                120.0,
                0.0,
                0.25,
                66.4,
                False,
                "used",
                0.7,
            ),
            (
                "data_filed",
                "governance",
                None,
                None,
                None,
                None,
                0.0,
                9.0,
                0.5,
                1.0,
                1.0,
                False,
                "not_filed",
                0.15,
            ),
            (
                "serious_signals",
                "standards_risk",
                None,
                None,
                None,
                None,
                None,
                None,
                0.0,
                10.0,
                None,
                False,
                "not_applicable",
                0.3,
            ),
        )
    ]


def index() -> dict[str, pd.DataFrame]:
    """The nation over two quarters; P01 with a weak point, a duty that was not filed and new weights; P02
    below 60 % coverage; P03 with most points of two batches, so without a tier."""
    rows = [
        _index("nation", "CN", 41.25),
        _index("nation", "CN", 40.0, date(2026, 1, 1)),
        _index("platform", "P01", 52.04, n_judged=12),
        _index("platform", "P03", 60.0, n_judged=2, tier=None, rank=None, rank_low=None, rank_high=None),
        _index("platform", "P02", None, coverage=0.5),
    ]
    change = {"conformity": 3.2, "weights": -1.1, "method": 0.0}
    return {
        "gold.quality_index": pd.DataFrame(rows),
        "gold.quality_index_pillar": pd.DataFrame(
            [
                _key(d, c)
                | {"pillar": p, "score": 60.0 - n, "weight": 0.2, "contribution": -4.0 - n, "coverage": 1.0}
                for d, c in (("nation", "CN"), ("platform", "P01"))
                for n, p in enumerate(PILLARS)
            ]
        ),
        "gold.quality_index_indicator": pd.DataFrame(_indicators()),
        "gold.quality_index_diagnostics": pd.DataFrame(
            [
                _key(dimension, "")
                | {"statistic": "clipping_alarm", "item": item, "item2": "", "value": value}
                for dimension, item, value in (
                    ("nation", "takedown_on_time", 1.0),
                    ("platform", "exposure_rate", 0.5),
                )
            ]
        ).drop(columns="dimension_code"),
        "gold.quality_index_robustness": pd.DataFrame(
            [
                {**_key("platform", ""), "level": "", "statistic": s, "item": i, "item2": "", "value": v}
                for s, i, v in (
                    ("n_ranked", "", 4.0),
                    ("rank_shift", "", 1.25),
                    ("sobol_first", "weights", 0.3),
                    ("sobol_total", "weights", 0.44),
                    ("cronbach_alpha", "", -0.12),
                    ("rank_geometric", "P01", 1.0),
                    ("rank_arithmetic", "P01", 3.0),
                    ("best_case", "P01", 0.9),
                )
            ]
        ).drop(columns="dimension_code"),
        "gold.quality_index_change": pd.DataFrame(
            [
                _key("platform", "P01")
                | {"part": p, "previous_start": date(2026, 1, 1), "points": v, "change": 2.1}
                for p, v in change.items()
            ]
        ),
        "gold.weak_point": pd.DataFrame(
            [_key("platform", "P01") | dict(zip(WEAK_POINT[4:], WEAK, strict=True))]
        ),
        **_references(),
    }
