"""gold.joint_restriction: every shop of a restricted operator on every platform, with the records that lead
from the restriction to the shop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.credit.restrictions import (
    ENTRY,
    IN_EFFECT,
    PENALTY,
    WITHDRAWN,
    certain_links,
    restrictions,
)
from jobs.period import Period

KEY = ["basis", "basis_id", "shop_id"]
DAYS = ["starts_on", "ends_on", "repaired_on", "ended_on", "linked_on", "unlinked_on"]
COLUMNS = [
    *KEY,
    *(
        "notice_id platform_code operator_id operator_name item legal_basis authority "
        "authority_region_code shop_region_code measure stops_sales state link_basis chain"
    ).split(),
    *DAYS,
]
NOTICE = {ENTRY: "LC-SX-", PENALTY: "LC-CF-"}  # 联惩, 失信 or 处罚: an authority may give both one number
READS = {
    "shop_operator": ["shop_id", "enterprise_id", "kind", "basis"],
    "shop": [
        *"shop_id platform_code operator_uscc operator_type operator_ref licence_verified".split(),
        *("region_code", "former_operators"),
    ],
    "enterprise": ["enterprise_id", "resolution"],
    "enforcement_case": ["case_id", "office"],
}


def build(
    *,
    dishonesty_entry: pd.DataFrame,
    penalty: pd.DataFrame,
    enforcement_case: pd.DataFrame,
    restriction_measure: pd.DataFrame,
    shop_operator: pd.DataFrame,
    shop: pd.DataFrame,
    enterprise: pd.DataFrame,
    link_decision: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per restriction and shop that it reaches or reached, sorted by KEY; arguments are the silver
    tables of these names.

    The table is computed from events in every run (definitions.md#restriction): a listing, repair, removal or
    revocation, a link that an official corrects, and a shop that its platform files under another operator
    change the state of a row in the next run, and the row is kept. A restriction ends for a shop when it ends
    itself or when the link does, whichever is first; a link that ended before the restriction began gives no
    row."""
    rules = restrictions(dishonesty_entry, penalty, enforcement_case, restriction_measure, period.as_of)
    links = certain_links(shop_operator, shop, enterprise, link_decision)
    rows = rules[rules["missing"].isna()].merge(links, on="operator_id")
    rows = rows[~(rows["unlinked_on"] <= rows["starts_on"])].reset_index(drop=True)
    cut = (rows["unlinked_on"] < rows["ended_on"]) | (rows["unlinked_on"].notna() & rows["ended_on"].isna())
    rows["ended_on"] = rows["ended_on"].mask(cut, rows["unlinked_on"])
    rows["state"] = rows["state"].mask(cut, WITHDRAWN)
    at = shop.set_index("shop_id")
    rows["platform_code"] = rows["shop_id"].map(at["platform_code"])
    rows["shop_region_code"] = rows["shop_id"].map(at["region_code"])
    rows["notice_id"] = rows["basis"].map(NOTICE) + rows["basis_id"] + "-" + rows["shop_id"]
    rows["stops_sales"] = rows["stops_sales"].eq(True).to_numpy(bool)
    rows["chain"] = [_chain(row) for row in rows.to_dict("records")]
    for name in DAYS:
        days = pd.to_datetime(rows[name])
        rows[name] = np.where(days.notna(), days.dt.date, None)
    return rows[COLUMNS].sort_values(KEY, ignore_index=True)


def in_effect(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of gold.joint_restriction whose restriction is in effect, on the day for which the
    table was made."""
    return rows[rows["state"].eq(IN_EFFECT)]


def _chain(row: dict[str, Any]) -> list[str]:
    """The hops from the ground to the shop, each as table:identifier, in the order in which they follow."""
    by = row["decision_id"]
    return [
        f"silver.{row['basis']}:{row['basis_id']}",
        f"silver.enterprise:{row['operator_id']}",
        *([f"silver.link_decision:{by}"] if isinstance(by, str) else []),
        f"silver.shop_operator:{row['shop_id']}:{row['link_basis']}",
        f"silver.shop:{row['shop_id']}",
    ]
