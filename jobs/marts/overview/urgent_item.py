"""gold.urgent_item: what a recipient has to learn within the hour, such as the failure of an item that
concerns safety (definitions.md#urgent).

A role is the reason why an item concerns a recipient: it is the platform of the goods, the region of their
operator or producer, the laboratory, or the nation's authority. A recipient is a folder of the outbox, such
as `platform_P07`.

COLUMNS: the table's columns, which schemas/gold/urgent_item.odcs.yaml explains."""

from __future__ import annotations

import pandas as pd

from jobs.marts.credit.restrictions import restrictions
from jobs.marts.dimensions import NATION, province_tree
from jobs.marts.overview import urgent_kinds, urgent_restrictions
from jobs.marts.overview.urgent_kinds import ABOUT, WINDOW
from jobs.marts.sampling.outcomes import Verdict
from jobs.period import Period

COLUMNS = [
    *"item_id recipient kind roles status withheld_reason occurred_on".split(),
    *ABOUT,
    *"reason_zh reason_en evidence".split(),
]
# What each role needs to act, and no more: a laboratory does not learn whose goods it tested, a platform or
# region not which laboratory it was, and no one is given counts of orders.
GOODS = (
    *("sample_id", "listing_id", "shop_id", "category_code", "product_name", "brand", "batch_no"),
    "taken_down_on",
)
ITEM = ("item_code", "item_name")
SEES = {
    "platform": {*GOODS, *ITEM, "platform_code", "hazard_code", "enterprise_id"},
    "operator_region": {*GOODS, *ITEM, "platform_code", "region_code", "enterprise_id"},
    "producer_region": {*GOODS, *ITEM, "platform_code", "region_code"},
    "nation": {*ABOUT},
    "lab": {"sample_id", "lab_id", *ITEM},
}
# Role → words added to the reason where its platform or province is unknown.
UNKNOWN = {
    "platform": (
        "；平台不明，由国家级主管部门指定",
        "; the platform is unknown: the nation's authority assigns it",
    ),
    "operator_region": (
        "；经营者所在省份不明，由国家级主管部门指定",
        "; the operator's province is unknown: the nation's authority assigns it",
    ),
    "producer_region": (
        "；生产者所在省份不明，由国家级主管部门指定",
        "; the producer's province is unknown: the nation's authority assigns it",
    ),
}
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "test_result": ["sample_id", "item_code", "item_name", "item_class", "lab_verdict", "tested_on"],
    "sample": [
        *"sample_id platform_code shop_id listing_id category_code product_name brand batch_no".split(),
        *"seller_region_code producer_region_code lab_id".split(),
    ],
    "sampling_lifecycle": [
        *"sample_id result_issued_on result_notified_on notified_by_announcement_on".split(),
        *"reinspection_issued_on taken_down_on".split(),
    ],
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "lab_id", "revoked_by"],
    "reinspection": ["reinspection_id", "sample_id", "outcome", "issued_on"],
    "sampling_event": ["event_id", "sample_id", "event", "happened_at"],
    "risk_signal": [
        *"key_type key_code opened_on platform_code category_code hazard_code brand state serious".split(),
        *"news_on closed_on".split(),
    ],
    "dishonesty_entry": [
        *"entry_id listed_on operator_uscc list region_code legal_basis".split(),
        *"expires_on repaired_on removed_on".split(),
        *"authority operator_name operator_type person_ref".split(),
    ],
    "penalty": [
        *"penalty_id case_id kind operator_uscc operator_name operator_type region_code".split(),
        *"legal_basis final_on revoked_on".split(),
    ],
    "enforcement_case": ["case_id", "office"],
    "joint_restriction": [
        *"basis basis_id shop_id notice_id platform_code operator_id item legal_basis".split(),
        *"state link_basis chain starts_on ended_on linked_on unlinked_on".split(),
    ],
    "shop": ["shop_id", "opened_on", "former_operators"],
    "shop_operator": ["shop_id", "platform_code"],
    "platform": ["platform_code"],
    "region": ["region_code", "parent_code", "level"],
    "lab": ["lab_id"],
}
# Input of build → the condition that its rows meet which build reads.
ROWS = {
    "test_result": f"item_class = 'A' AND lab_verdict = '{Verdict.NONCONFORMING}'",
    "sampling_event": f"event IN {urgent_kinds.NOTIFIED}",
}


def build(
    *,
    test_result: pd.DataFrame,
    sample: pd.DataFrame,
    sampling_lifecycle: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    reinspection: pd.DataFrame,
    sampling_event: pd.DataFrame,
    risk_signal: pd.DataFrame,
    dishonesty_entry: pd.DataFrame,
    penalty: pd.DataFrame,
    enforcement_case: pd.DataFrame,
    restriction_measure: pd.DataFrame,
    joint_restriction: pd.DataFrame,
    shop: pd.DataFrame,
    shop_operator: pd.DataFrame,
    platform: pd.DataFrame,
    region: pd.DataFrame,
    lab: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the urgent items: one row per item and recipient, sorted by item_id and recipient, with COLUMNS.
    Arguments are the silver and gold tables of these names.

    Items are those of the 90 days up to ``period.as_of``, by ``occurred_on``, the day from which the
    recipient is concerned; for a platform (the one that the sample states, else its shop's) at the earliest
    the day on which the seller was notified. ``status``: `due`, or `withheld` where the recipient must not
    have it (withheld_reason, such as `not_notified`). A recipient in two roles has one row with both
    (``roles``). Columns that a role does not need (SEES) are null. Where the platform or province of a role
    is not known, the item goes to the nation's authority."""
    of_shop = dict(zip(shop_operator["shop_id"], shop_operator["platform_code"], strict=True))
    stated = sample["platform_code"].astype(object)
    sample = sample.assign(platform_code=stated.where(stated.notna(), sample["shop_id"].map(of_shop)))
    goods = urgent_kinds.goods(sample, sampling_lifecycle, sampling_event)
    grounds = restrictions(dishonesty_entry, penalty, enforcement_case, restriction_measure, period.as_of)
    measures = urgent_restrictions.measures(grounds)
    parts = [
        urgent_kinds.class_a_failures(test_result, goods, standing_conclusion, reinspection),
        urgent_kinds.overturned_results(goods, standing_conclusion, reinspection),
        urgent_kinds.serious_signals(risk_signal),
        urgent_restrictions.of_shops(joint_restriction, shop, platform, measures, period.as_of),
        urgent_restrictions.of_entries(dishonesty_entry, measures, period.as_of),
        urgent_restrictions.of_penalties(grounds, measures),
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    rows = _addressed(urgent_kinds.stacked(parts), platform, region, lab)
    day = pd.to_datetime(rows["occurred_on"])
    today = pd.Timestamp(period.as_of)
    rows = rows[day.le(today) & day.ge(today - WINDOW)]
    return _one_row_a_recipient(rows)[COLUMNS].sort_values(["item_id", "recipient"], ignore_index=True)


def _addressed(
    rows: pd.DataFrame, platform: pd.DataFrame, region: pd.DataFrame, lab: pd.DataFrame
) -> pd.DataFrame:
    """With ``recipient``, a folder of the outbox, and without what the role does not see. ``rows``: ``role``
    and ``party``, the code of a platform, region or laboratory."""
    tree = province_tree(region)
    known = {
        "platform": {c: f"platform_{c}" for c in platform["platform_code"]},
        "lab": {c: f"lab_{c}" for c in lab["lab_id"]},
        "nation": {NATION: f"region_{NATION}"},
    }
    at = rows["role"].str.endswith("_region")
    home = {
        c: next((f"region_{u}" for u in tree.units(c) if u in tree.shown), None)
        for c in rows.loc[at, "party"].dropna().unique()
    }
    recipient = pd.Series(None, index=rows.index, dtype=object)
    for role in rows["role"].unique():
        of = rows["role"] == role
        recipient[of] = rows.loc[of, "party"].map(home if role.endswith("_region") else known[role])
    # Goods from a shelf have no platform; those of a listing have one, known or not.
    online = rows["role"].eq("platform") & rows["listing_id"].notna()
    concerned = rows["party"].notna() | at | online
    rows, recipient, at = rows[concerned], recipient[concerned], at[concerned]
    lost = recipient.isna()
    rows = rows.assign(
        recipient=recipient.where(~lost, f"region_{NATION}"),
        region_code=rows["party"].where(at, rows["region_code"]),
    )
    for role, (zh, en) in UNKNOWN.items():
        of = lost & rows["role"].eq(role)
        rows.loc[of, "reason_zh"] += zh
        rows.loc[of, "reason_en"] += en
    for role, seen in SEES.items():
        if role != "nation":
            rows.loc[rows["role"].eq(role) & ~lost, [c for c in ABOUT if c not in seen]] = None
    rows.loc[lost, "role"] = "nation"
    # What a platform must not know yet, the nation's authority may.
    waiting = lost & rows["withheld_reason"].eq("not_notified")
    rows.loc[waiting, "status"], rows.loc[waiting, "withheld_reason"] = "due", None
    return rows


def _one_row_a_recipient(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of one item and recipient as one: roles side by side, what is due before what is withheld."""
    order = rows.sort_values(["item_id", "recipient", "status", "role"], kind="stable")
    key = ["item_id", "recipient"]
    first = order.drop_duplicates(key)
    # Most items have one role for their recipient: only the others are put together.
    roles = order[order.duplicated(key, keep=False)].drop_duplicates([*key, "role"])
    several = roles.sort_values("role").groupby(key, sort=False)["role"].agg(" ".join)
    first = first.merge(several.rename("roles").reset_index(), on=key, how="left")
    return first.assign(roles=first["roles"].where(first["roles"].notna(), first["role"]))
