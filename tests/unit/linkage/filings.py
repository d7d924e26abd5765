"""Tiny frames of silver, one row at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from jobs.conform.linkage.resolve import resolve

FIRM, OTHER, UNKNOWN = (
    "91110000600037341L",
    "53640000MJX173680A",
    "53640000MJX173672F",
)  # valid codes; the register has the first two
INVALID = "91110000600037341N"
DAY = date(2024, 1, 1)
REGION = pd.DataFrame(
    [
        ("330000", "浙江省", "province"),
        ("330100", "杭州市", "prefecture"),
        ("330102", "上城区", "county"),
        ("330203", "海曙区", "county"),
    ],
    columns=["region_code", "name_zh", "level"],
)
HERE = {
    "region_code": "330102",
    "address_text": "浙江省杭州市上城区中山路12号3幢",
    "phone_ref": "t1",
    "representative_ref": "r1",
}
THERE = {
    "region_code": "330203",
    "address_text": "海曙区人民路8号",
    "phone_ref": "t2",
    "representative_ref": "r2",
}
REGISTER = [
    {"uscc": FIRM, "name": "杭州甲木电器有限公司", "former_names": ["杭州旧木电器有限公司"], **HERE},
    {"uscc": OTHER, "name": "宁波乙水服饰有限公司", "former_names": None, **THERE},
]
NAMED = {
    "operator_name": "杭州甲木电器有限公司",
    "operator_type": "company",
    **HERE,
}  # what FIRM's shops file
_SHOP = (
    "shop_id",
    "platform_code",
    "name",
    "operator_name",
    "operator_uscc",
    "operator_type",
    "operator_ref",
    "region_code",
    "address_text",
    "phone_ref",
    "representative_ref",
    "licence_verified",
    "opened_on",
    "closed_on",
)
_DECISION = ("decision_id", "shop_id", "uscc", "same", "decided_on", "office")


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [{c: row.get(c) for c in columns} for row in rows], columns=list(columns), dtype="object"
    )


def shops(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows named S1, S2, … on platform P01 since DAY, unless they say otherwise."""
    return frame(
        [
            {"shop_id": f"S{i}", "platform_code": "P01", "opened_on": DAY, **row}
            for i, row in enumerate(rows, start=1)
        ],
        _SHOP,
    )


def decision(shop_id: str, uscc: str, same: bool, day: date = DAY, decision_id: str = "D1") -> dict[str, Any]:
    return {"decision_id": decision_id, "shop_id": shop_id, "uscc": uscc, "same": same, "decided_on": day}


def links(
    *rows: dict[str, Any],
    decisions: list[dict[str, Any]] | None = None,
    register: list[dict[str, Any]] | None = None,
) -> pd.DataFrame:
    """resolve() of these shops against FIRM and OTHER, by shop_id."""
    columns = (
        "uscc",
        "name",
        "former_names",
        "region_code",
        "address_text",
        "phone_ref",
        "representative_ref",
    )
    found = resolve(
        registration=frame(REGISTER if register is None else register, columns),
        shop=shops(list(rows)),
        link_decision=frame(decisions or [], _DECISION),
        region=REGION,
    )
    return found.set_index("shop_id")


def said(found: pd.DataFrame, shop_id: str = "S1") -> tuple[Any, Any]:
    """Enterprise and basis of one shop."""
    row = found.loc[shop_id]
    return row["enterprise_id"], row["basis"]
