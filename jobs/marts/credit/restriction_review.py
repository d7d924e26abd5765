"""gold.restriction_review: cases that an official has to decide, or has decided, before a restriction may
reach a shop (definitions.md#restriction).

KEY identifies a row: basis, basis_id, shop_id. COLUMNS: the table's columns, which
schemas/gold/restriction_review.odcs.yaml explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.credit.restrictions import IN_EFFECT, PROBABLE, restrictions
from jobs.period import Period

KEY = ["basis", "basis_id", "shop_id"]
LINK = "probabilistic_link"  # value of reason: it is only probable that the restricted operator runs the shop
OPEN, YES, NO = "open", "confirmed", "denied"  # values of state
COLUMNS = [
    *KEY,
    *(
        "reason state platform_code operator_id operator_name item measure probability evidence "
        "office_region_code since decision_id decided_on"
    ).split(),
]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
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
    """Return the reviews: one row per restriction (basis, basis_id) and shop about which an official has to
    decide or has decided, and one with the shop_id '' per entry or penalty in effect that restricts no one
    because it states no legal basis or identifies no one (``reason``); sorted by KEY, with COLUMNS. Arguments
    are the silver tables of these names.

    A shop that a restricted operator only probably runs is not restricted. The office of the shop's region,
    else of the authority's (office_region_code), examines the evidence and enters its decision in
    silver.link_decision. ``state``: `open`, `confirmed` or `denied`, by the newest decision on shop and
    operator; reviews are open only while their restriction is in effect. ``probability``: that of the link,
    0-1; ``since``: first day of the restriction."""
    rules = restrictions(dishonesty_entry, penalty, enforcement_case, restriction_measure, period.as_of)
    sound = rules[rules["missing"].isna()]
    decided = link_decision.rename(columns={"uscc": "operator_id"})
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
