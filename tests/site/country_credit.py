"""Credit of the site's country: a restricted shop that still sells, one without an answer, one of a natural
person that ends soon, a lifted one whose ban goes on; two reviews; classes and their report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
from country_files import DAY

from jobs.marts.public_names import WITHHELD

Reference = Callable[[str], pd.DataFrame]
CODE, PERSON = "91440115Y37037162X", "N-c13f8338afac1d6528ae83f8"
GROUND = {"basis": "dishonesty_entry", "basis_id": "SX-1"}


def _shop(shop: str, platform: str, **more: object) -> dict[str, object]:
    return {
        **GROUND,
        "shop_id": shop,
        "notice_id": f"LC-SX-1-{shop}",
        "platform_code": platform,
        "operator_id": CODE,
        "operator_name": "永鑫有限公司",
        "item": "serious_violation",
        "legal_basis": "第九条",
        "authority": "甲局",
        "measure": "stop_service",
        "stops_sales": True,
        "measure_citation": "市场监督管理严重违法失信名单管理办法",
        "measure_rule_status": "unverified",
        "state": "in_effect",
        "link_basis": "uscc",
        "chain": ["silver.dishonesty_entry:SX-1", f"silver.enterprise:{CODE}", f"silver.shop:{shop}"],
        "starts_on": DAY - timedelta(days=40),
        "ends_on": DAY + timedelta(days=900),
        "repaired_on": None,
        "ended_on": None,
    } | more


def credit(
    markup: str, reference: Reference, filled: Callable[[str, pd.DataFrame], pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    mild = {
        "measure": "remind",
        "stops_sales": False,
        "measure_citation": None,
        "measure_rule_status": "house_rule",
    }
    rows = [
        _shop("S1", "P01", operator_name=markup),
        _shop("S2", "P02", starts_on=DAY - timedelta(days=2)),
        _shop(
            "S3", "P03", operator_id=PERSON, operator_name=None, ends_on=DAY + timedelta(days=9),
            chain=[f"silver.enterprise:{PERSON}", "silver.shop:S3"], **mild,
        ),
        _shop("S4", "P01", state="repaired", repaired_on=DAY, ended_on=DAY),
    ]  # fmt: skip
    said = {
        "S1": (DAY - timedelta(days=30), 7, DAY),
        "S2": (None, 0, None),
        "S3": (None, 3, DAY),
        "S4": (DAY, 0, None),
    }
    response = [
        {
            **GROUND,
            **{c: row[c] for c in ("shop_id", "notice_id", "platform_code", "state", "measure")},
            "learned_on": said[row["shop_id"]][0],
            "acknowledged_on": said[row["shop_id"]][0],
            "acted_on": said[row["shop_id"]][0],
            "ban_open": row["shop_id"] == "S4",
            "n_order_lines": said[row["shop_id"]][1],
            "last_ordered_on": said[row["shop_id"]][2],
            "n_listings": 1,
        }
        for row in rows
    ]
    return {
        "gold.joint_restriction": pd.DataFrame(rows),
        "gold.restriction_response": pd.DataFrame(response),
        **_spread(),
        **_classes(filled),
        "silver.restriction_measure": reference("restriction_measure"),
    }


def _spread() -> dict[str, pd.DataFrame]:
    """Three shops that only probably belong to an operator, an entry that identifies no one, and how far the
    restrictions reached."""
    likely = GROUND | {"reason": "probabilistic_link", "since": DAY}
    review = [
        likely
        | {
            "shop_id": "S9",
            "state": "open",
            "platform_code": "P02",
            "operator_id": CODE,
            "operator_name": "永鑫有限公司",
            "item": "serious_violation",
            "probability": 0.9712,
            "office_region_code": "330784",
        },
        likely | {"shop_id": "S8", "state": "denied", "item": "fine"},
        GROUND
        | {
            "basis_id": "SX-2",
            "reason": "no_identity",
            "since": DAY,
            "shop_id": "",
            "state": "open",
            "item": "fine",
        },
        likely
        | {"shop_id": "S10", "state": "open", "operator_name": WITHHELD, "item": "fine", "probability": 0.5},
    ]
    share = {"acknowledged_share": 0.5, "acknowledged_low": 0.1, "acknowledged_high": 0.9}
    counts = {"n_shops": 3, "n_learned": 1, "n_acknowledged": 1, "n_acted": 1, "n_must_stop": 2}
    rest = {"n_still_selling": 1, "n_ended": 1, "n_ban_left": 1, "n_reviews": 1, "median_days": 10.0}
    coverage = [
        {"dimension_type": kind, "dimension_code": code, **counts, **rest, **share}
        for kind, code in (("nation", "CN"), ("platform", "P01"))
    ]
    return {
        "gold.restriction_review": pd.DataFrame(review),
        "gold.restriction_coverage": pd.DataFrame(coverage),
    }


def _classes(filled: Callable[[str, pd.DataFrame], pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Credit classes of a month, of natural persons, and how they held against what failed later."""
    month = date(DAY.year, DAY.month, 1)
    beside = {"n_comments": [0, 1, 0, 0], "n_appeals": [0, 2, 1, 0]}
    who = [f"N-{number:024x}" for number in range(4)]
    score = pd.DataFrame(
        {"month": month, "enterprise_id": who, "grade": ["A", "A", "D", "unrated"], **beside}
    )
    facts = ("fact_items", "fact_records", "fact_days", "fact_points")
    score = filled("gold.credit_score", score.assign(**{name: [[] for _ in who] for name in facts}))
    line = {
        "cutoff": date(2025, 12, 1), "n_enterprises": 40, "n_failed": 12, "n_batches": 90,
        "n_batches_failed": 14, "observed": 0.3, "low": 0.18, "high": 0.45, "expected": 0.1,
    }  # fmt: skip
    report = [
        line | {"dimension_type": kind, "dimension_code": code, **more}
        for kind, code, more in (
            (
                "nation",
                "CN",
                {
                    "auc": 0.71,
                    "auc_low": 0.6,
                    "auc_high": 0.82,
                    "auc_all": 0.72,
                    "auc_all_low": 0.64,
                    "auc_all_high": 0.8,
                },
            ),
            ("grade", "D", {"batch_rate": 0.16, "batch_low": 0.1, "batch_high": 0.2}),
            ("platform", "P02", {"p_value": 0.001, "outside": True}),
            ("platform", "P01", {"p_value": 0.4, "outside": False}),
        )
    ]
    return {"gold.credit_score": score, "gold.credit_model_report": pd.DataFrame(report)}
