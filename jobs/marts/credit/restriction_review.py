"""gold.restriction_review: cases that an official has to decide, or has decided, before a restriction may
reach a shop."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.conform.linkage.uscc import checked
from jobs.marts.credit.restrictions import IN_EFFECT, PROBABLE, restrictions
from jobs.period import Period

KEY = ["basis", "basis_id", "shop_id"]
LINK = "probabilistic_link"
OPEN, YES, NO = "open", "confirmed", "denied"
COLUMNS = [
    *KEY,
    *(
        "reason state platform_code operator_id operator_name item measure probability evidence "
        "office_region_code since decision_id decided_on"
    ).split(),
]
READS = {
    "shop_operator": ["shop_id", "enterprise_id", "kind", "probability", "evidence"],
    "shop": ["shop_id", "platform_code", "region_code"],
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
    link_decision: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per restriction and shop that an official has to decide or has decided about, and one (without
    a shop) per entry or penalty that restricts nothing because it states no legal basis or identifies no one;
    sorted by KEY. Arguments are the silver tables of these names.

    A shop that a restricted operator only probably runs is not restricted (definitions.md#restriction): the
    office of the shop's region, else that of the authority, examines the evidence and decides by
    silver.link_decision. Open reviews are those of restrictions that are in effect."""
    rules = restrictions(dishonesty_entry, penalty, enforcement_case, restriction_measure, period.as_of)
    sound = rules[rules["missing"].isna()]
    decided = link_decision.assign(operator_id=checked(link_decision["uscc"])["uscc"])
    decided = decided.sort_values(["decided_on", "decision_id"]).drop_duplicates(
        ["shop_id", "operator_id"], keep="last"
    )
    by_person = sound.merge(
        decided[["shop_id", "operator_id", "same", "decision_id", "decided_on"]], on="operator_id"
    )
    by_person["state"] = np.where(by_person["same"].eq(True), YES, NO)
    likely = shop_operator[shop_operator["kind"].eq(PROBABLE)].rename(
        columns={"enterprise_id": "operator_id"}
    )
    likely = likely[["shop_id", "operator_id", "probability", "evidence"]]
    waiting = sound[sound["state"].eq(IN_EFFECT)].drop(columns="state").merge(likely, on="operator_id")
    lacking = rules[rules["missing"].notna() & rules["state"].eq(IN_EFFECT)]
    parts = [
        waiting.assign(reason=LINK, state=OPEN),
        by_person.assign(reason=LINK),
        lacking.assign(reason=lacking["missing"], state=OPEN, shop_id=""),
    ]
    rows = pd.concat([part for part in parts if len(part)] or [pd.DataFrame(columns=COLUMNS)])
    rows = rows.reindex(columns=[*COLUMNS, "starts_on", "authority_region_code"])
    rows = rows.sort_values([*KEY, "decided_on"]).drop_duplicates(KEY, keep="first").reset_index(drop=True)
    at = shop.set_index("shop_id")
    rows["platform_code"] = rows["shop_id"].map(at["platform_code"])
    region = rows["shop_id"].map(at["region_code"])
    rows["office_region_code"] = region.where(region.notna(), rows["authority_region_code"])
    since = pd.to_datetime(rows["starts_on"])
    rows["since"] = np.where(since.notna(), since.dt.date, None)
    for name in ("decision_id", "decided_on"):  # pandas makes NaN of what no one has decided
        rows[name] = rows[name].astype(object).where(rows[name].notna(), None)
    rows["probability"] = rows["probability"].astype(float)
    return rows[COLUMNS].sort_values(KEY, ignore_index=True)
