"""gold.joint_restriction: the shops, on every platform, of each operator who is restricted (for example
barred from selling), with the records that lead from the ground of the restriction to the shop
(definitions.md#restriction).

KEY identifies a row: basis, basis_id, shop_id. COLUMNS: the table's columns, which
schemas/gold/joint_restriction.odcs.yaml explains."""

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
        "authority_region_code shop_region_code measure stops_sales measure_citation measure_rule_status "
        "state link_basis chain"
    ).split(),
    *DAYS,
]
HOPS = ["basis", "basis_id", "operator_id", "decision_id", "shop_id", "link_basis"]  # what a chain names
# Ground → prefix of notice_id (联惩, 失信 or 处罚): an authority may give an entry and a penalty one number.
NOTICE = {ENTRY: "LC-SX-", PENALTY: "LC-CF-"}
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
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
    """Return the restricted shops: one row per restriction (basis, basis_id) and shop that it reaches or once
    reached, sorted by KEY, with COLUMNS. Arguments are the silver tables of these names.

    A restriction is one row of `restrictions.restrictions`, with a legal basis and a known operator; it
    reaches the shops that `restrictions.certain_links` links to the operator. It ends for a shop (ended_on, a
    date) when it ends itself or when the link does, whichever is first; in the latter case its state is
    `withdrawn`. A link that ended before the restriction began, or on that day, gives no row. ``chain`` lists
    the records from the ground to the shop, each as table:identifier.

    Every run computes all rows anew from events, as of ``period.as_of``: what is repaired, removed, revoked
    or corrected changes the state of a row in the next run, and the row is kept as evidence."""
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
    rows["chain"] = [_chain(*each) for each in zip(*(rows[c] for c in HOPS), strict=True)]
    for name in DAYS:
        days = pd.to_datetime(rows[name])
        rows[name] = np.where(days.notna(), days.dt.date, None)
    return rows[COLUMNS].sort_values(KEY, ignore_index=True)


def in_effect(rows: pd.DataFrame) -> pd.DataFrame:
    """Return those ``rows`` of gold.joint_restriction whose restriction is in effect on the day for which the
    table was made. The index is kept."""
    return rows[rows["state"].eq(IN_EFFECT)]


def _chain(
    basis: str, basis_id: str, operator_id: str, decision_id: Any, shop_id: str, link_basis: str
) -> list[str]:
    """The hops from the ground to the shop, each as table:identifier, in the order in which they follow.
    ``decision_id`` may be missing."""
    return [
        f"silver.{basis}:{basis_id}",
        f"silver.enterprise:{operator_id}",
        *([f"silver.link_decision:{decision_id}"] if isinstance(decision_id, str) else []),
        f"silver.shop_operator:{shop_id}:{link_basis}",
        f"silver.shop:{shop_id}",
    ]
