"""What the country's index, bulletins, offices and buyers' guidance say: a few rows each, every odd one with a reason."""

from __future__ import annotations

from datetime import date

import pandas as pd
from country_sampling import FORMULA

from jobs.reports.asked import COLUMNS

QUARTER = date(2026, 4, 1)
PILLARS = ("conformity", "consumer_experience", "authenticity", "governance", "standards_risk")


def _key(dimension: str, code: str, start: date = QUARTER) -> dict:
    return {"period_type": "quarter", "period_start": start, "dimension_type": dimension, "dimension_code": code}


def _index(dimension: str, code: str, score: float | None, start: date = QUARTER, **more: object) -> dict:
    known = score is not None
    return _key(dimension, code, start) | {
        "score": score, "low": score - 6 if known else None, "high": score + 4 if known else None, "band": "across" if known else None,
        "rank": 1.0 if known else None, "rank_low": 1.0 if known else None, "rank_high": 2.0 if known else None, "coverage": 0.955, "n_judged": 120,
        "published": known, "reason": None if known else "coverage", "method_version": "quality_index/1",
    } | more


def index() -> dict[str, pd.DataFrame]:
    """The nation over two quarters; P01 with a weak point; P02 below 60 % coverage; P01's duty that was not filed; no quality in a new weight."""
    rows = [
        _index("nation", "CN", 41.25), _index("nation", "CN", 40.0, date(2026, 1, 1)), _index("platform", "P01", 52.04, n_judged=12),
        _index("platform", "P02", None, coverage=0.5),
    ]
    indicator = [
        _key("platform", "P01") | dict(zip(COLUMNS["gold.quality_index_indicator"][4:], values, strict=True)) for values in (
            ("exposure_rate", "conformity", 0.0849, 0.04, 0.16, 9.0, 120.0, 0.0, 0.25, 66.4, False, "used", 0.7),
            ("data_filed", "governance", None, None, None, 0.0, 9.0, 0.5, 1.0, 1.0, False, "not_filed", 0.15),
            ("serious_signals", "standards_risk", None, None, None, None, None, 0.0, 10.0, None, False, "not_applicable", 0.3),
        )
    ]
    weak = [
        "takedown_on_time", "governance", 1, True, 0.7, 0.55, 0.82, False, 0.95, 1.0, 12, 2.34, 0.5, 4.1, 3.05, "platform", "当日下架", "take down on the day",
    ]
    change = {"conformity": 3.2, "weights": -1.1, "method": 0.0}
    goals = [
        ("exposure_rate", "不合格曝险率", "Exposure rate", "share"), ("data_filed", "数据报送率", "Data filed", "share"),
        ("serious_signals", "万商品信号", "Signals", "per 10000 listings"), ("takedown_on_time", "按时下架率", "Takedowns on time", "share"),
    ]
    return {
        "gold.quality_index": pd.DataFrame(rows),
        "gold.quality_index_pillar": pd.DataFrame([
            _key(d, c) | {"pillar": p, "score": 60.0 - n, "weight": 0.2, "contribution": -4.0 - n, "coverage": 1.0}
            for d, c in (("nation", "CN"), ("platform", "P01")) for n, p in enumerate(PILLARS)
        ]),
        "gold.quality_index_indicator": pd.DataFrame(indicator),
        "gold.quality_index_change": pd.DataFrame([
            _key("platform", "P01") | {"part": p, "previous_start": date(2026, 1, 1), "points": v, "change": 2.1} for p, v in change.items()
        ]),
        "gold.weak_point": pd.DataFrame([_key("platform", "P01") | dict(zip(COLUMNS["gold.weak_point"][4:], weak, strict=True))]),
        "silver.goalpost": pd.DataFrame([
            {"indicator": i, "name_zh": zh, "name_en": en, "unit": u, "low": 0.0, "high": 1.0, "direction": "lower_better", "transform": "none",
             "reason_zh": "理由", "reason_en": "why"} for i, zh, en, u in goals
        ]),
        "silver.index_weight": pd.DataFrame([
            {"item": p, "kind": "pillar", "pillar": p, "name_zh": p, "name_en": p, "weight": 0.2, "reason_zh": "理由", "reason_en": "why"} for p in PILLARS
        ]),
    }


def bulletins(markup: str) -> pd.DataFrame:
    """Plan TARG: one failed (product is markup, shop a formula) with a comment, one sound, one that may not be told, a violation exit."""
    told = {
        "plan_id": "TARG", "disclosure": "published", "public_from": date(2026, 5, 1), "published_on": date(2026, 5, 9), "platform_code": "P01",
        "seller_region_code": "330106", "producer_region_code": "330282", "category_code": "HA01", "lab_name": "检验一所",
    }
    hidden = {"plan_id": "TARG", "disclosure": "pending", "public_from": None}
    return pd.DataFrame([
        told | {
            "sample_id": "B1", "first_outcome": "nonconforming", "final_outcome": "nonconforming", "serious": True, "product_name": f"电水壶{markup}",
            "brand": "晴里", "batch_no": "K7781", "shop_name": FORMULA, "seller_name": "自然人经营者", "producer_name": "慈溪电器有限公司",
            "item_names": ["泄漏电流"], "item_values": ["0.9"], "item_units": ["mA"], "item_limits_low": [""], "item_limits_high": ["0.75"],
            "item_claims_low": [""], "item_claims_high": [""], "item_standards": ["GB 4706.1"], "item_classes": ["A"], "objection_on": date(2026, 4, 2),
            "objection_state": "rejected", "comment_days": ["2026-05-02"], "comment_names": ["慈溪电器有限公司"], "comment_texts": ["已全部召回"],
        },
        told | {"sample_id": "B2", "first_outcome": "conforming", "final_outcome": "conforming", "product_name": "电磁炉", "disclosure": "due", "published_on": None},
        told | {"sample_id": "B3", "exit_kind": "violation", "exit_reason": "no_maker", "product_name": "三无充电器"},
        hidden | {"sample_id": "B4", "product_name": "尚不能公布的商品", "final_outcome": "nonconforming"},
    ]).reindex(columns=COLUMNS["gold.bulletin"])


def queue() -> pd.DataFrame:
    """An authority long overdue, a platform with a task without a time."""
    row = {"subject_type": "sample", "region_code": "330106", "category_code": "HA01", "days_open": 90, "rule_status": "verified"}
    return pd.DataFrame([
        row | {
            "office_type": "authority", "office_code": "330106", "task": "recheck", "subject_id": "S1", "position": 1, "province_code": "330000",
            "platform_code": "P01", "since": date(2026, 3, 1), "status": "overdue", "due": date(2026, 5, 1), "days_left": -60,
            "citation": "SAMR order 18 art 47", "text_zh": "组织复查（已逾期60天）", "text_en": "organise the recheck (overdue by 60 days)",
        },
        row | {
            "office_type": "platform", "office_code": "P01", "task": "take_down", "subject_id": "S2", "position": 1, "province_code": "330000",
            "platform_code": "P01", "since": date(2026, 4, 1), "status": "undated", "text_zh": "下架", "text_en": "take down",
        },
    ]).reindex(columns=COLUMNS["gold.work_queue"])


def guidance() -> pd.DataFrame:
    row = {"category_code": "HA01", "window_start": date(2025, 7, 1), "window_end": date(2026, 6, 30), "reliable": True, "class_a": True}
    return pd.DataFrame([
        row | {"part": "look_at", "design": "", "item": "leakage", "position": 1, "text_zh": "认准CCC标志", "text_en": "look for the CCC mark"},
        row | {"part": "fails_most", "design": "targeted", "item": "泄漏电流", "position": 1, "text_zh": "靶向抽样检验16批，不合格1批",
               "text_en": "1 of 16 batches of targeted samples failed"},
    ]).reindex(columns=COLUMNS["gold.shopping_guidance"])
