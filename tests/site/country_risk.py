"""Signals of the site's country: a serious new one of a hazard, one of a platform whose name is markup, one
that was refuted; two notices, of which one meets only what is no longer on offer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
from country_books import DAY

Reference = Callable[[str], pd.DataFrame]


def risk(
    markup: str, reference: Reference, filled: Callable[[str, pd.DataFrame], pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    signals = pd.DataFrame(
        {
            "key_type": ["category_hazard", "platform_category", "brand"],
            "key_code": ["TY/choking", "P03/TY", markup.upper()],
            "opened_on": [date(2026, 6, 29), date(2026, 5, 4), date(2026, 1, 5)],
            "platform_code": [None, "P03", None],
            "category_code": ["TY", "TY", None],
            "hazard_code": ["choking", None, None],
            "brand": [None, None, markup.upper()],
            "state": ["open", "open", "refuted"],
            "closed_on": [None, None, date(2026, 2, 2)],
            "closed_by": [None, None, "random_not_above"],
            "last_alarm_on": [date(2026, 6, 29), date(2026, 5, 4), date(2026, 1, 5)],
            "n_alarms": [1, 1, 2],
            "reasons": [["gps_alert"], ["ears_c1_complaint"], ["ears_c2_return"]],
            "n_reports": [12, 9, 8],
            "expected": [3.0, 2.0, 2.5],
            "p_adjusted": [None, 0.01, 0.02],
            "eb05": [2.4, None, None],
            "severity": pd.array([4, None, None], "Int64"),
            "serious": [True, False, False],
            "n_targeted_judged": [0, 3, 0],
            "n_failing_targeted": [0, 0, 0],
            "n_recalls": 0,
            "n_penalties": 0,
            "n_random_judged": [4, 0, 30],
            "n_random_failing": [1, 0, 1],
            "peer_rate": [0.1, None, 0.1],
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
        "gold.risk_signal": signals,
        "gold.alert_match": matches,
        "silver.overseas_alert": filled("silver.overseas_alert", alerts),
        "silver.risk_reason": reference("risk_reason"),
    }
