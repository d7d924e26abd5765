"""Signals of the site's country: a serious new one of a hazard, one of a platform whose name is markup, one
that was refuted, a usual pair; two notices, of which one meets only what is no longer on offer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
from country_files import DAY

Reference = Callable[[str], pd.DataFrame]


def risk(
    markup: str, reference: Reference, filled: Callable[[str, pd.DataFrame], pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    signals = pd.DataFrame(
        {
            "key_type": ["category_hazard", "platform_category", "brand", "category_hazard"],
            "key_code": ["TY/choking", "P03/TY", markup.upper(), "TY/fire"],
            "opened_on": [date(2026, 6, 29), date(2026, 5, 4), date(2026, 1, 5), date(2026, 6, 29)],
            "platform_code": [None, "P03", None, None],
            "category_code": ["TY", "TY", None, "TY"],
            "hazard_code": ["choking", None, None, "fire"],
            "brand": [None, None, markup.upper(), None],
            "state": ["open", "open", "refuted", "open"],
            "closed_on": [None, None, date(2026, 2, 2), None],
            "closed_by": [None, None, "random_not_above", None],
            "last_alarm_on": [date(2026, 6, 29), date(2026, 5, 4), date(2026, 1, 5), date(2026, 6, 29)],
            "news": ["first", "risen", "risen", "usual"],
            "news_on": [date(2026, 6, 29), date(2026, 5, 4), date(2026, 1, 5), None],
            "n_alarms": [1, 1, 2, 1],
            "reasons": [["gps_alert"], ["ears_c1_complaint"], ["ears_c2_return"], ["gps_text"]],
            "n_reports": [12, 9, 8, 40],
            "expected": [3.0, 2.0, 2.5, 8.0],
            "p_adjusted": [None, 0.01, 0.02, None],
            "eb05": [2.4, None, None, 3.1],
            "severity": pd.array([4, None, None, 4], "Int64"),
            "serious": [True, False, False, False],
            "n_targeted_judged": [0, 3, 0, 0],
            "n_failing_targeted": 0,
            "n_recalls": 0,
            "n_penalties": 0,
            "n_random_judged": [4, 0, 30, 7],
            "n_random_failing": [1, 0, 1, 1],
            "peer_rate": [0.1, None, 0.1, 0.1],
            "unmapped_reason": None,
        }
    )
    matches = pd.DataFrame(
        {
            "notice_type": ["recall", "alert"],
            "system": ["SYN", "SG"],
            "notice_id": ["R1", "A1"],
            "listing_id": ["L1", "L2"],
            "published_on": [date(2026, 6, 1), date(2026, 6, 2)],
            "method": ["barcode", "category_text"],
            "confidence": [0.99, 0.4],
            "platform_code": ["P01", "P02"],
            "on_offer": [True, False],
        }
    )
    alerts = pd.DataFrame(
        {
            "system": ["SG"],
            "alert_id": ["A1"],
            "published_on": [DAY],
            "product_text": [markup],
            "hazard_category": ["fire"],
        }
    )
    return {
        **targeting(),
        "gold.risk_signal": signals,
        "gold.alert_match": matches,
        "silver.overseas_alert": filled("silver.overseas_alert", alerts),
        "silver.risk_reason": reference("risk_reason"),
    }


def targeting() -> dict[str, pd.DataFrame]:
    """Two scored listings, the tenths of a test and the shares of two platforms and a province."""
    scores = pd.DataFrame(
        {
            "listing_id": ["L1", "L2"],
            "platform_code": ["P01", "P03"],
            "category_code": ["TY", None],
            "shop_id": ["S1", "S2"],
            "scored_on": date(2026, 6, 1),
            "score": [0.31, 0.62],
            "decile": [10, 10],
            "place": [2, 1],
            "n_considered": 20,
            "reasons": [[], ["targeting_reviews", "targeting_category"]],
            "n_learnt": 900,
            "method_version": "1",
        }
    )
    rows = [
        {"part": "summary", "code": "all", "state": "scored", "reason_zh": "可评分", "reason_en": "enough"}
    ]
    rows[0] |= {"n_learnt": 900, "n_learnt_failing": 90, "n": 400, "n_failing": 40, "rate": 0.1}
    rows[0] |= {"auc": 0.7, "auc_low": 0.65, "auc_high": 0.75, "n_considered": 20}
    for i in range(1, 11):
        lift = {"lift": 0.2 * i, "lift_low": 0.1 * i, "lift_high": None if i == 10 else 0.3 * i}
        part = {"part": "decile", "code": f"{i:02}", "n": 40, "n_failing": i, "rate": i / 40} | lift
        rows.append(part | {"rate_low": i / 80, "rate_high": i / 30, "predicted": i / 50, "n_considered": 2})
    for part, code, highest in (
        ("platform", "P03", 0.8),
        ("platform", "P01", 0.2),
        ("province", "330000", 1.0),
    ):
        share = {"share_random": 0.5, "share_random_low": 0.4, "share_random_high": 0.6}
        rows.append(
            {
                "part": part,
                "code": code,
                "n": 200,
                "n_failing": 20,
                "n_considered": 10,
                "share_highest": highest,
            }
            | share
        )
    return {"gold.targeting_score": scores, "gold.targeting_report": pd.DataFrame(rows)}
