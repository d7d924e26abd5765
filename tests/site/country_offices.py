"""The country's bulletins, the tasks of its offices and its guidance for buyers: a few rows each, every odd
one with a reason."""

from __future__ import annotations

from datetime import date

import pandas as pd
from country_sampling import FORMULA

from jobs.reports.asked import COLUMNS


def bulletins(markup: str) -> pd.DataFrame:
    """Plan TARG: one failed (product is markup, shop a formula) with a comment, one sound, one that may not
    be shown, a violation exit."""
    shown = {
        "plan_id": "TARG",
        "disclosure": "published",
        "public_from": date(2026, 5, 1),
        "published_on": date(2026, 5, 9),
        "platform_code": "P01",
        "seller_region_code": "330106",
        "producer_region_code": "330282",
        "category_code": "HA01",
        "lab_name": "检验一所",
    }
    hidden = {"plan_id": "TARG", "disclosure": "pending", "public_from": None}
    return pd.DataFrame(
        [
            shown
            | {
                "sample_id": "B1",
                "first_outcome": "nonconforming",
                "final_outcome": "nonconforming",
                "serious": True,
                "product_name": f"电水壶{markup}",
                "brand": "晴里",
                "batch_no": "K7781",
                "shop_name": FORMULA,
                "seller_name": "自然人经营者",
                "producer_name": "慈溪电器有限公司",
                "item_names": ["泄漏电流"],
                "item_values": ["0.9"],
                "item_units": ["mA"],
                "item_limits_low": [""],
                "item_limits_high": ["0.75"],
                "item_claims_low": [""],
                "item_claims_high": [""],
                "item_standards": ["GB 4706.1"],
                "item_classes": ["A"],
                "objection_on": date(2026, 4, 2),
                "objection_state": "rejected",
                "comment_days": ["2026-05-02"],
                "comment_names": ["慈溪电器有限公司"],
                "comment_texts": ["已全部召回"],
            },
            shown
            | {
                "sample_id": "B2",
                "first_outcome": "conforming",
                "final_outcome": "conforming",
                "product_name": "电磁炉",
                "disclosure": "due",
                "published_on": None,
            },
            shown
            | {
                "sample_id": "B3",
                "exit_kind": "violation",
                "exit_reason": "no_maker",
                "product_name": "三无充电器",
            },
            hidden
            | {
                "sample_id": "B4",
                "product_name": "尚不能公布的商品",
                "brand": "晴里",
                "final_outcome": "nonconforming",
            },
        ]
    ).reindex(columns=COLUMNS["gold.bulletin"])


def queue() -> pd.DataFrame:
    """An authority long overdue, a platform with a task without a deadline; complaints with two authorities,
    one of them late; a signal that a province looks into."""
    row = {
        "subject_type": "sample",
        "region_code": "330106",
        "category_code": "HA01",
        "days_open": 90,
        "rule_status": "verified",
    }
    return pd.DataFrame(
        [
            row
            | {
                "office_type": "authority",
                "office_code": "330106",
                "task": "recheck",
                "subject_id": "S1",
                "position": 1,
                "province_code": "330000",
                "platform_code": "P01",
                "since": date(2026, 3, 1),
                "status": "overdue",
                "due": date(2026, 5, 1),
                "days_left": -60,
                "citation": "SAMR order 18 art 47",
                "text_zh": "组织复查（已逾期60天）",
                "text_en": "organise the recheck (overdue by 60 days)",
            },
            row
            | {
                "office_type": "platform",
                "office_code": "P01",
                "task": "take_down",
                "subject_id": "S2",
                "position": 1,
                "province_code": "330000",
                "platform_code": "P01",
                "since": date(2026, 4, 1),
                "status": "undated",
                "text_zh": "下架",
                "text_en": "take down",
            },
            *_desk_tasks(row | {"office_type": "authority", "position": 2, "since": date(2026, 6, 1)}),
        ]
    ).reindex(columns=COLUMNS["gold.work_queue"])


def _desk_tasks(row: dict) -> list[dict]:
    hangzhou = row | {"office_code": "330106", "province_code": "330000", "subject_type": "complaint"}
    guangdong = hangzhou | {"office_code": "440000", "province_code": "440000", "region_code": "440000"}
    soon = {"status": "due_soon", "due": date(2026, 7, 3), "days_left": 3}
    late = {"status": "overdue", "due": date(2026, 6, 9), "days_left": -21}
    decide = {"task": "decide_complaint", "text_zh": "决定是否受理", "text_en": "decide on acceptance"}
    mediate = {"task": "end_mediation", "text_zh": "结束调解", "text_en": "end the mediation"}
    signal = {"task": "look_into_signal", "text_zh": "核查风险信号", "text_en": "look into the signal"}
    return [
        guangdong | soon | mediate | {"subject_id": "O7"},
        hangzhou | late | decide | {"subject_id": "O61"},
        hangzhou | soon | decide | {"subject_id": "O0"},
        hangzhou
        | {"office_code": "330000", "status": "running", "due": date(2026, 7, 20), "days_left": 20}
        | signal
        | {"subject_type": "signal", "subject_id": "platform_category/P03/TY/2026-05-04"},
    ]


def guidance() -> pd.DataFrame:
    row = {
        "category_code": "HA01",
        "window_start": date(2025, 7, 1),
        "window_end": date(2026, 6, 30),
        "reliable": True,
        "class_a": True,
    }
    return pd.DataFrame(
        [
            row
            | {
                "part": "look_at",
                "design": "",
                "item": "leakage",
                "position": 1,
                "text_zh": "认准CCC标志",
                "text_en": "look for the CCC mark",
            },
            row
            | {
                "part": "fails_most",
                "design": "targeted",
                "item": "泄漏电流",
                "position": 1,
                "text_zh": "靶向抽样检验16批次，不合格1批次",
                "text_en": "1 of 16 batches of targeted samples failed",
            },
        ]
    ).reindex(columns=COLUMNS["gold.shopping_guidance"])
