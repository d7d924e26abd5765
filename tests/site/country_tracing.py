"""Traces of the site's country: a batch that leads through a probable operator, whose name is markup, to two
clusters and waits too long for its region; one whose maker cannot be known, returned by its region."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from jobs.contracts.catalog import load_catalog

FOUND = date(2026, 6, 1)
MAKER, SELLER = "91330784MA00000000", "91330106MA00000000"


def _hop(subject: str, hop: str, position: int, node: str, **more: Any) -> dict[str, Any]:
    reached = {} if "break_reason" in more else {
        "link_kind": "deterministic", "method": "filed", "probability": 1.0, "path_probability": 1.0,
        "evidence_table": "silver.sample", "evidence_id": subject, "evidence_on": FOUND,
        "source": "lab_1", "load_key": "k", "record": 7,
    }  # fmt: skip
    return {
        "subject_type": "sample",
        "subject_id": subject,
        "hop": hop,
        "position": position,
        "node_id": node,
        "finding": "nonconforming",
        "found_on": FOUND,
    } | reached | more  # fmt: skip


def _lead(subject: str, role: str, **more: Any) -> dict[str, Any]:
    return {
        "lead_id": f"XS-{'J' if role == 'operator' else 'S'}-{subject}",
        "subject_type": "sample",
        "subject_id": subject,
        "role": role,
        "finding": "nonconforming",
        "found_on": FOUND,
        "is_final": True,
        "platform_code": "P01",
        "category_code": "TY",
        "state": "assigned",
        "state_since": FOUND,
        "n_disposals": 0,
        "n_requests": 0,
        "region_code": "330106",
        "province_code": "330000",
        "due": date(2026, 6, 23),
        "days_left": -7,
    } | more


def _rows(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=list(load_catalog().contracts[table].column_names))


def traced(markup: str) -> dict[str, pd.DataFrame]:
    probable = {
        "link_kind": "probabilistic",
        "method": "splink",
        "probability": 0.97,
        "path_probability": 0.97,
    }
    hops = [
        _hop("t1", "batch", 1, "t1", method="purchased"),
        _hop("t1", "listing", 2, "L-t1", from_hop="batch"),
        _hop("t1", "shop", 3, "S-t1", from_hop="listing"),
        _hop("t1", "operator", 4, SELLER, from_hop="shop", region_code="330106", **probable),
        _hop("t1", "producer", 5, MAKER, from_hop="batch", method="code", region_code="330784"),
        _hop("t1", "cluster", 6, "K01", from_hop="producer", method="region_category", region_code="330784"),
        _hop("t1", "cluster", 6, "K09", from_hop="producer", method="region_category", region_code="330782"),
        _hop("t2", "batch", 1, "t2", method="purchased"),
        _hop("t2", "listing", 2, "", break_reason="listing_not_filed"),
        _hop("t2", "shop", 3, "S-t2", from_hop="batch"),
        _hop("t2", "operator", 4, "N-1", from_hop="shop", method="operator_ref", region_code="440106"),
        _hop("t2", "producer", 5, "", break_reason="no_maker"),
        _hop("t2", "cluster", 6, "", break_reason="no_maker"),
        _hop("t3", "batch", 1, "t3", method="purchased"),
    ]
    unassigned = {"state": "unassigned", "region_code": None, "province_code": None, "days_left": None}
    leads = [
        _lead("t1", "operator", party_id=SELLER, link_kind="probabilistic", link_probability=0.97),
        _lead(
            "t1", "producer", party_id=MAKER, region_code="330784", state="closed", days_left=None,
            outcome="transferred", case_id="C1", link_kind="deterministic", link_probability=1.0,
        ),
        _lead(
            "t2", "operator", party_id="N-1", region_code="440106", province_code="440000", state="returned",
            days_left=None, link_kind="deterministic", link_probability=1.0,
        ),
        _lead("t2", "producer", unassigned_reason="no_maker", **unassigned),
        _lead(
            "t3", "operator", finding="violation", region_code="440106", province_code="440000",
            due=None, days_left=None,
        ),
        _lead("t3", "producer", finding="violation", state="closed", days_left=None),
    ]  # fmt: skip
    spot = {
        "period_type": "all", "period_start": date(1900, 1, 1), "unit_type": "producer", "unit_code": MAKER,
        "region_code": "330784", "n_judged": 9, "n_failing": 6, "n_platforms": 2, "n_shops": 3,
        "n_producers": 1, "expected": 1.5, "ratio": 4.0, "ratio_low": 1.47, "ratio_high": 8.71,
        "p_value": 0.0004, "p_adjusted": 0.02, "n_tested": 50, "named": True, "method_version": "m",
    }  # fmt: skip
    others = spot | {
        "unit_type": "cluster",
        "unit_code": "K01",
        "ratio": 1.2,
        "p_adjusted": 0.6,
        "named": False,
    }
    people = [
        {"enterprise_id": SELLER, "name": markup, "region_code": "330106"},
        {"enterprise_id": MAKER, "name": "合成铁锅厂", "region_code": "330784"},
        {"enterprise_id": "N-1", "name": None, "region_code": "440106"},
    ]
    return {
        "gold.source_trace": _rows("gold.source_trace", hops),
        "gold.enforcement_lead": _rows("gold.enforcement_lead", leads).astype({"days_left": "Int64"}),
        "gold.source_hotspot": _rows("gold.source_hotspot", [spot, others]),
        "silver.enterprise": _rows("silver.enterprise", people),
    }
