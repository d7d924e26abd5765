"""A night whose packages have pages: a platform with a finding and names that are markup, one with a long
list, a brand, two laboratories, an enterprise, a cluster; and a result of which no party was notified."""

from __future__ import annotations

from datetime import date
from typing import Any

from desks import finding

MARKUP = '<script>alert("1")</script>'
FIRM = "91330782Y37037162X"
HARM = {"outcome": "nonconforming", "result_notified_on": date(2026, 6, 2)}
ITEM = {
    "lab_verdict": "nonconforming",
    "value_text": "0.3",
    "unit": "%",
    "limit_high": "0.1",
    "item_class": "A",
}
TABLES: dict[str, list[dict[str, Any]]] = {
    "silver.brand": [{"brand_id": "B1", "name_zh": "甲牌", "name_en": "Jia", "category_codes": ["HA01"]}],
    "silver.enterprise": [{"enterprise_id": FIRM}],
    "gold.bulletin": [{"sample_id": "DU-1", "disclosure": "pending"}],
    "silver.lab": [{"lab_id": "L1", "name_zh": "甲院", "name_en": "Jia"}, {"lab_id": "L2"}],
    "silver.industrial_cluster": [{"cluster_code": "K1", "name_zh": "某集群", "name_en": "Some"}],
    "silver.product_category": [{"category_code": "HA01", "name_zh": "玩具", "name_en": "Toys"}],
    "silver.shop": [{"shop_id": "S-a", "platform_code": "P1"}, {"shop_id": "S-b", "platform_code": "P2"}],
    "gold.sampling_lifecycle": [
        finding("DA-1", "P1", **HARM, objection_due=date(2026, 7, 4), rectification_due=date(2026, 8, 1),
                rectification_ordered_on=date(2026, 6, 2)),
        finding("DB-1", "P2", **HARM),
        finding("DU-1", "P1", takedown_ordered_on=None),  # failed, and no one has been notified
    ],
    "silver.sample": [
        {"sample_id": "DA-1", "listing_id": "L-a", "shop_id": "S-a", "product_name": MARKUP, "brand": "甲牌",
         "category_code": "HA01", "batch_no": "=1+1", "lab_id": "L1"},
        {"sample_id": "DB-1", "listing_id": "L-b", "shop_id": "S-b", "product_name": "goods", "lab_id": "L2"},
        {"sample_id": "DU-1", "listing_id": "L-u", "shop_id": "S-a", "lab_id": "L1"},
    ],
    "silver.test_result": [
        {"sample_id": "DA-1", "item_code": "C02", "item_name": "铅", **ITEM},
        {"sample_id": "DB-1", "item_code": "C-b", **ITEM},
        {"sample_id": "DU-1", "item_code": "C-u", **ITEM},
    ],
    "gold.source_trace": [
        {"subject_type": "sample", "subject_id": "DA-1", "hop": hop, "node_id": node, "position": place,
         "link_kind": "deterministic"}
        for hop, node, place in (("operator", FIRM, 2), ("producer", FIRM, 3), ("cluster", "K1", 4))
    ],
    "gold.counterfeit_case": [
        {"report_id": "JB-1", "reported_on": date(2026, 6, 9), "brand_id": "B1", "platform_code": "P1",
         "state": "awaiting_verification", "listing_id": "L-x"},
        {"report_id": "JB-2", "brand_id": "B2", "platform_code": "P1", "state": "confirmed"},
    ],
    "gold.lab_performance": [
        {"period_type": "year", "period_start": date(2026, 1, 1), "design": "all", "lab_id": lab,
         "on_time_share": share, "on_time_low": 0.6, "on_time_high": 0.9, "n_due": 40, "n_open": n,
         "n_commissions": 50, "state": "high", "median_days": 11.5, "ratio": 2.0,
         "n_outside": 1, "months_covered": 6.0, "capacity_per_month": 60.0, "load_share": 0.5, "n_tests": 48,
         "p90_days": 20.0, "n_on_time": 33, "n_judged": 45, "n_failing": 9, "n_compared": 40, "expected": 4.5}
        for lab, share, n in (("L1", 0.8125, 3), ("L2", 0.9, 0))
    ],
    "gold.work_queue": [
        {"office_type": "lab", "office_code": "L1", "position": n, "task": "report_test",
         "subject_type": "lab_commission", "subject_id": f"WT-{n}", "since": date(2026, 6, 1),
         "due": date(2026, 6, 28 + n), "status": "due_soon", "text_zh": "出具检验报告",
         "text_en": "issue the test report"}
        for n in (1, 2)
    ],
    "gold.joint_restriction": [
        {"notice_id": f"XZ-{n}", "platform_code": "P2", "shop_id": f"S-{n}", "state": "in_effect",
         "measure": "stop_service", "stops_sales": True, "operator_id": FIRM, "operator_name": f"某公司{n}",
         "starts_on": date(2026, 1, 1)}
        for n in range(70)
    ],
}  # fmt: skip

NIGHT = {name.replace(".", "__"): rows for name, rows in TABLES.items()}
