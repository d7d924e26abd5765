"""Finds the urgent items about samples and signals (definitions.md#urgent). Pure.

Functions that return COLUMNS return one row per item and party: the party (code of a platform, region or
laboratory) and its role, the status, the day, what the item is about (ABOUT), the reason in Chinese and
English, and evidence: references to records as table/identifier, separated by `; `.

ABOUT: platform_code, shop_id, listing_id, sample_id, item_code, item_name, category_code, hazard_code,
product_name, brand, batch_no, taken_down_on (day of the first takedown on record), lab_id, enterprise_id,
region_code. COLUMNS: item_id, kind, role, party, status, withheld_reason, occurred_on, the columns of ABOUT,
reason_zh, reason_en, evidence."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION
from jobs.marts.overview.queue_signals import signal_ids
from jobs.marts.overview.queue_tasks import dated
from jobs.marts.sampling.outcomes import Stage, Verdict

# Columns that say what an item is about; each may be null.
ABOUT = [
    *"platform_code shop_id listing_id sample_id item_code item_name category_code hazard_code".split(),
    *"product_name brand batch_no taken_down_on lab_id enterprise_id region_code".split(),
]
COLUMNS = [
    *"item_id kind role party status withheld_reason occurred_on".split(),
    *ABOUT,
    *"reason_zh reason_en evidence".split(),
]
DUE, WITHHELD = "due", "withheld"  # values of status
NOTIFIED = ("result_notified", "notified_by_announcement")  # events by which a seller is notified
WINDOW = timedelta(days=90)  # an item that happened earlier is left to the nightly lists
# Role → column of silver.sample with the code of its party.
PARTIES = (
    ("platform", "platform_code"),
    ("operator_region", "seller_region_code"),
    ("producer_region", "producer_region_code"),
)


def goods(
    sample: pd.DataFrame, sampling_lifecycle: pd.DataFrame, sampling_event: pd.DataFrame
) -> pd.DataFrame:
    """Return the samples with the days that matter here: one row per sample of either silver.sample or
    gold.sampling_lifecycle, with the columns of silver.sample, ``issued`` (day of the result) and
    ``notified`` (first day on which the seller was notified) as timestamps, reinspection_issued_on,
    taken_down_on, and ``notice``, the reference of the record of the first notification.

    ``sampling_event``: silver."""
    life = sampling_lifecycle.assign(
        issued=pd.to_datetime(sampling_lifecycle["result_issued_on"]),
        notified=dated(sampling_lifecycle, "result_notified_on", "notified_by_announcement_on"),
    )
    notices = sampling_event[sampling_event["event"].isin(NOTIFIED)].sort_values(["happened_at", "event_id"])
    first = notices.drop_duplicates("sample_id").set_index("sample_id")["event_id"]
    rows = sample.merge(
        life[["sample_id", "issued", "notified", "reinspection_issued_on", "taken_down_on"]],
        on="sample_id",
        how="outer",
    )
    return rows.assign(notice="silver.sampling_event/" + rows["sample_id"].map(first).astype(object))


def overturned(
    standing_conclusion: pd.DataFrame, reinspection: pd.DataFrame, goods: pd.DataFrame
) -> pd.DataFrame:
    """Return the samples whose failing first test a re-inspection overturned: one row per sample with
    sample_id, decided (day of the re-inspection), lab (laboratory that the first conclusion names, may be
    missing) and evidence (reference of the record).

    ``standing_conclusion``: gold; ``reinspection``: silver, of which a row counts only where its issued_on is
    the reinspection_issued_on of ``goods``; ``goods``: as returned by `goods`."""
    first = standing_conclusion[
        standing_conclusion["stage"].eq(Stage.FIRST)
        & standing_conclusion["outcome"].eq(Verdict.NONCONFORMING)
    ][["sample_id", "lab_id"]].rename(columns={"lab_id": "lab"})
    again = standing_conclusion[
        standing_conclusion["stage"].eq(Stage.REINSPECTION)
        & standing_conclusion["outcome"].eq(Verdict.CONFORMING)
    ]
    concluded = pd.DataFrame(
        {
            "sample_id": again["sample_id"],
            "decided": pd.to_datetime(again["issued_on"]),
            "evidence": "silver.conclusion/" + again["sample_id"] + f"/{Stage.REINSPECTION}",
        }
    )
    allowed = reinspection[reinspection["outcome"].eq(Verdict.CONFORMING)].merge(
        goods[["sample_id", "reinspection_issued_on"]], on="sample_id"
    )
    same = pd.to_datetime(allowed["issued_on"]) == pd.to_datetime(allowed["reinspection_issued_on"])
    allowed = allowed[same].sort_values("reinspection_id")
    filed = pd.DataFrame(
        {
            "sample_id": allowed["sample_id"],
            "decided": pd.to_datetime(allowed["issued_on"]),
            "evidence": "silver.reinspection/" + allowed["reinspection_id"],
        }
    )
    both = pd.concat([concluded, filed], ignore_index=True).drop_duplicates("sample_id")
    return both.merge(first, on="sample_id")


def class_a_failures(
    test_result: pd.DataFrame,
    goods: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    reinspection: pd.DataFrame,
) -> pd.DataFrame:
    """Return the items of class A (safety) that failed, as urgent items with COLUMNS: one row per item and
    party. The regions learn of them at once, the platform once the seller is notified; where a re-inspection
    overturned the result, or an objection took its force, the rows of all parties are withheld.

    ``test_result``, ``reinspection``: silver; ``goods``: as returned by `goods`; ``standing_conclusion``:
    gold."""
    failed = test_result[
        test_result["item_class"].eq("A") & test_result["lab_verdict"].eq(Verdict.NONCONFORMING)
    ].merge(goods, on="sample_id", how="left")
    failed = failed.assign(
        item_id="A/" + failed["sample_id"] + "/" + failed["item_code"],
        kind="class_a_failure",
        occurred=failed["issued"].fillna(pd.to_datetime(failed["tested_on"])),
        own="silver.test_result/" + failed["sample_id"] + "/" + failed["item_code"],
        reason_zh="A类项目不合格（严重不合格）",
        reason_en="a class A item failed (serious non-conformity)",
    )
    taken_back = set(overturned(standing_conclusion, reinspection, goods)["sample_id"])
    revoked = set(standing_conclusion.loc[standing_conclusion["revoked_by"].notna(), "sample_id"])
    return _of_samples(failed, taken_back=taken_back | revoked)


def overturned_results(
    goods: pd.DataFrame, standing_conclusion: pd.DataFrame, reinspection: pd.DataFrame
) -> pd.DataFrame:
    """Return the results that a re-inspection overturned, as urgent items with COLUMNS: for each sample one
    row for the laboratory of the first test, and one for each party that had to act on the failure (platform,
    regions of operator and producer).

    ``goods``: as returned by `goods`; ``standing_conclusion``: gold; ``reinspection``: silver."""
    rows = overturned(standing_conclusion, reinspection, goods).merge(goods, on="sample_id")
    rows = rows.assign(
        item_id="O/" + rows["sample_id"],
        kind="result_overturned",
        lab_id=rows["lab"].where(rows["lab"].notna(), rows["lab_id"]),
        occurred=rows["decided"],
        own=rows["evidence"],
        reason_zh="复检改判了初检的不合格结论",
        reason_en="the re-inspection overturned the failing result of the first test",
        item_code=None,
        item_name=None,
    )
    acting = _of_samples(rows)
    laboratory = item_rows(
        rows, role="lab", party=rows["lab_id"], evidence=rows["own"], occurred=rows["occurred"]
    )
    return stacked([acting, laboratory])


def serious_signals(risk_signal: pd.DataFrame) -> pd.DataFrame:
    """Return the serious risk signals that are open or confirmed, as urgent items with COLUMNS: one row each,
    for the nation's authority, from the day on which they became news. Only signals of a category and hazard
    can be serious, so they belong to no platform or region (definitions.md#signal). ``risk_signal``: gold."""
    rows = risk_signal[risk_signal["serious"].eq(True) & risk_signal["state"].isin(["open", "confirmed"])]
    key = signal_ids(rows)
    rows = rows.assign(
        item_id="S/" + key,
        kind="serious_signal",
        reason_zh="严重风险信号：" + rows["key_code"],
        reason_en="serious risk signal: " + rows["key_code"],
    )
    since = pd.to_datetime(rows["news_on"])
    return item_rows(rows, role="nation", party=NATION, evidence="gold.risk_signal/" + key, occurred=since)


def _of_samples(rows: pd.DataFrame, taken_back: set[str] | None = None) -> pd.DataFrame:
    """For platform and regions. ``rows``: of goods, with ``item_id kind own occurred`` and reasons."""
    parts = []
    gone = rows["sample_id"].isin(taken_back or set())
    for role, column in PARTIES:
        held, why = gone.copy(), pd.Series("overturned", index=rows.index)
        occurred, evidence = rows["occurred"], rows["own"]
        if role == "platform":
            silent = rows["notified"].isna()
            why = why.mask(silent & ~gone, "not_notified")
            held |= silent
            occurred = occurred.where(silent | rows["notified"].lt(occurred), rows["notified"])
            evidence = evidence + ("; " + rows["notice"]).where(~silent & rows["notice"].notna(), "")
        parts.append(
            item_rows(
                rows, role=role, party=rows[column], evidence=evidence, occurred=occurred, held=held, why=why
            )
        )
    return stacked(parts)


def item_rows(
    rows: pd.DataFrame,
    *,
    role: str,
    party: pd.Series | str,
    evidence: pd.Series,
    occurred: pd.Series,
    held: pd.Series | None = None,
    why: pd.Series | str | None = None,
) -> pd.DataFrame:
    """Return urgent items with COLUMNS: one row per row of ``rows``, all for one ``role``.

    ``rows``: any of the columns COLUMNS; the others are null; ``party``: code of the platform, region or
    laboratory; ``evidence``: references; ``occurred``: timestamps from which the party is concerned;
    ``held``: one bool per row, whether the party must not have it yet (None: none): its status is then
    WITHHELD, else DUE; ``why``: withheld_reason of these rows, one code or a series with one per row."""
    days = occurred.dt.date.astype(object).where(occurred.notna(), None)
    held = pd.Series(False, index=rows.index) if held is None else held
    found = rows.assign(
        role=role, party=party, evidence=evidence, occurred_on=days, status=DUE, withheld_reason=None
    )
    found.loc[held, "status"] = WITHHELD
    found.loc[held, "withheld_reason"] = why[held] if isinstance(why, pd.Series) else why
    return found.reindex(columns=COLUMNS).astype(object)


def stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return urgent items (COLUMNS, all of dtype object), those of each part below those of the one before,
    with a new index. Raises ValueError where ``parts`` is empty. `pd.concat` would be slow here: it looks at
    each value of a column whose values are all missing."""
    columns = {name: np.concatenate([part[name].to_numpy(object) for part in parts]) for name in COLUMNS}
    return pd.DataFrame(columns, dtype=object)
