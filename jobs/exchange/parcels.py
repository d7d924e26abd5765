"""Who gets what of a night: each recipient's own rows, and of each row only what the recipient needs.
Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION
from jobs.marts.sampling.outcomes import ExitKind, Verdict

BUYERS, NATION_OFFICE = "buyers", f"region_{NATION}"
# Orders of a plan go out so long before its quarter: time to open accounts, late enough for a fresh frame.
LEAD = timedelta(days=15)


@dataclass(frozen=True)
class Kind:
    """A file that recipients get. ``columns``: name → the table whose contract says what it means;
    ``version``: a column that goes or changes its meaning needs a new major one. ``whole``: each file holds
    all that is open, so an empty one is news; otherwise a
    ``subject`` (a plan) is sent once."""

    name: str
    version: str
    source: str
    columns: dict[str, str]
    whole: bool


@dataclass(frozen=True)
class Parcel:
    """Rows of one kind for one recipient, sorted; ``subject``: the plan, where a kind is sent once a plan."""

    recipient: str
    kind: Kind
    rows: pd.DataFrame
    subject: str = ""


def _of(table: str, *columns: str) -> dict[str, str]:
    return dict.fromkeys(columns, table)


ORDERS = Kind(
    "purchase_orders",
    "1.0.0",
    "gold.sampling_purchase",
    {
        **_of("gold.sampling_purchase", "purchase_id", "plan_id"),
        **_of("gold.sampling_proposal", "period_start", "period_end"),
        **_of(
            "gold.sampling_purchase",
            "platform_code",
            "shop_id",
            "listing_id",
            "title",
            "category_code",
            "price",
        ),
    },
    whole=False,
)
# The plan's own authority needs the units sold of each listing: its samples carry them back as weights. A
# listing's units over its inclusion probability are its stratum's, which is a platform's trade: the authority
# has a right to these figures, and no other recipient gets the file (definitions.md#confidential).
DESIGN = Kind(
    "plan_design",
    "1.0.0",
    "gold.sampling_purchase",
    _of(
        "gold.sampling_purchase",
        "plan_id",
        "purchase_id",
        "status",
        "design",
        "stratum",
        "platform_code",
        "shop_id",
        "listing_id",
        "category_code",
        "units_sold",
        "inclusion_probability",
        "random_number",
        "n_findings",
        "earlier_plan_id",
        "earlier_checked_on",
        "reason_zh",
        "reason_en",
    ),
    whole=False,
)
STRATA = Kind(
    "plan_strata",
    "2.0.0",
    "gold.sampling_proposal",
    _of(
        "gold.sampling_proposal",
        "plan_id",
        "dimension_code",
        "platform_code",
        "category_code",
        "period_start",
        "period_end",
        "frame_month",
        "population",
        "prior_rate",
        "n_probability",
        "n_targeted",
        "expected_judged",
        "expected_se",
        "seed",
        "setting_version",
    ),
    whole=False,
)
NOTICES = Kind(
    "takedown_notices",
    "1.0.0",
    "gold.sampling_lifecycle",
    {
        "notice_id": "",
        **_of("gold.sampling_lifecycle", "sample_id", "plan_id"),
        **_of("silver.sample", "shop_id", "listing_id", "product_name", "brand", "category_code", "batch_no"),
        **_of(
            "gold.sampling_lifecycle",
            "outcome",
            "exit_reason",
            "result_issued_on",
            "exited_on",
            "takedown_ordered_on",
        ),
    },
    whole=True,
)
OVERDUE = Kind(
    "overdue_work",
    "1.0.0",
    "gold.work_queue",
    _of(
        "gold.work_queue",
        "office_code",
        "task",
        "subject_type",
        "subject_id",
        "platform_code",
        "region_code",
        "category_code",
        "since",
        "due",
        "days_left",
        "rule",
        "rule_status",
        "citation",
        "text_zh",
        "text_en",
    ),
    whole=True,
)
# What has to reach its recipient within the hour: jobs.exchange.urgent sends it, each item once.
ITEMS = Kind(
    "urgent_items",
    "1.0.0",
    "gold.urgent_item",
    _of(
        "gold.urgent_item",
        *"item_id kind roles occurred_on reason_zh reason_en platform_code shop_id listing_id".split(),
        *"sample_id item_code item_name category_code hazard_code product_name brand batch_no".split(),
        *"lab_id enterprise_id region_code evidence".split(),
    ),
    whole=False,
)
LEADS = Kind(
    "leads",
    "1.0.0",
    "gold.enforcement_lead",
    _of(
        "gold.enforcement_lead",
        *("lead_id subject_type subject_id role finding found_on is_final platform_code shop_id").split(),
        *("listing_id category_code party_id link_kind link_probability region_code region_basis").split(),
        *("state due days_left rule rule_status citation request_id request_from request_due").split(),
    ),
    whole=True,
)
TRACES = Kind(
    "traces",
    "1.0.0",
    "gold.source_trace",
    {
        **_of("gold.enforcement_lead", "lead_id"),
        **_of(
            "gold.source_trace",
            *("subject_type subject_id hop node_id position from_hop link_kind method").split(),
            *("probability path_probability break_reason region_code evidence_table evidence_id").split(),
            *("evidence_on source record").split(),
        ),
    },
    whole=True,
)
KINDS = {kind.name: kind for kind in (ORDERS, DESIGN, STRATA, NOTICES, OVERDUE, LEADS, TRACES)}
# Meaning of columns that are no table's.
OWN = {
    "notice_id": (
        "通知编号：XJ-样本编号；回执时填写 | identifier of the notice: XJ- and the sample's; named in an "
        "acknowledgement"
    ),
}


def recipient_of_platform(code: str) -> str:
    return f"platform_{code}"


def recipient_of_region(code: str) -> str:
    """A province, or `region_CN`, the nation's authority."""
    return f"region_{code}"


def proposed_plans(purchase: pd.DataFrame, proposal: pd.DataFrame, day: date) -> Iterator[Parcel]:
    """Of each plan, from 15 days before its quarter on, what mystery buyers buy (not why it was drawn, nor
    who else buys), and for the authority whose plan it is how it was drawn: what its samples must carry
    when they come back (stratum, probability, units sold)."""
    plans = proposal[proposal["dimension_type"] == "nation"][["plan_id", "period_start", "period_end"]]
    due = plans[np.array([start - LEAD <= day for start in plans["period_start"]], dtype=bool)]
    rows = purchase[purchase["status"] == "proposed"].merge(due, on="plan_id")
    for plan, orders in rows.sort_values("purchase_id").groupby("plan_id"):
        yield Parcel(BUYERS, ORDERS, _only(orders, ORDERS), subject=str(plan))
        drawn = purchase[purchase["plan_id"] == plan].sort_values("purchase_id")
        yield Parcel(NATION_OFFICE, DESIGN, _only(drawn, DESIGN), subject=str(plan))
        strata = proposal[
            (proposal["plan_id"] == plan) & (proposal["dimension_type"] == "stratum")
        ].sort_values("dimension_code")
        yield Parcel(NATION_OFFICE, STRATA, _only(strata, STRATA), subject=str(plan))


def takedown_notices(lifecycle: pd.DataFrame, sample: pd.DataFrame, platforms: set[str]) -> Iterator[Parcel]:
    """Of each platform the listings in which something was found, which it was ordered to take down and has
    not."""
    found = lifecycle[
        (lifecycle["outcome"] == Verdict.NONCONFORMING) | (lifecycle["exit_kind"] == ExitKind.VIOLATION)
    ]
    notified = found[
        found["takedown_ordered_on"].notna()
        & found["taken_down_on"].isna()
        & found["platform_code"].isin(platforms)
    ]
    goods = sample[["sample_id", "shop_id", "listing_id", "product_name", "brand", "batch_no"]]
    rows = notified.merge(goods, on="sample_id", how="left").assign(
        notice_id=lambda t: "XJ-" + t["sample_id"]
    )
    for code, notices in rows.sort_values("notice_id").groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), NOTICES, _only(notices, NOTICES))


def overdue_work(queue: pd.DataFrame, provinces: set[str]) -> Iterator[Parcel]:
    """Of each province (CN: the nation's authority) what its authorities should have done by now, the longest
    overdue first."""
    late = queue[
        (queue["office_type"] == "authority")
        & (queue["status"] == "overdue")
        & queue["province_code"].isin(provinces | {NATION})
    ]
    for code, tasks in late.sort_values(["days_left", "office_code", "task", "subject_id"]).groupby(
        "province_code"
    ):
        yield Parcel(recipient_of_region(str(code)), OVERDUE, _only(tasks, OVERDUE))


def leads_and_traces(lead: pd.DataFrame, trace: pd.DataFrame, provinces: set[str]) -> Iterator[Parcel]:
    """Of each province the leads of its regions that are not closed, the most overdue first, and the traces
    of their batches: of an operator's lead the way to the operator, of a producer's the whole."""
    open_ = lead[~lead["state"].isin(["closed", "unassigned"]) & lead["province_code"].isin(provinces)]
    for code, leads in open_.groupby("province_code"):
        recipient = recipient_of_region(str(code))
        rows = leads.assign(days_left=leads["days_left"].astype("Int64")).sort_values(
            ["days_left", "lead_id"]
        )
        yield Parcel(recipient, LEADS, _only(rows, LEADS))
        named = leads[["lead_id", "role", "subject_type", "subject_id"]]
        hops = named.merge(trace, on=["subject_type", "subject_id"]).astype({"record": "Int64"})
        hops = hops[hops["role"].eq("producer") | ~hops["hop"].isin(["producer", "cluster"])]
        yield Parcel(recipient, TRACES, _only(hops.sort_values(["lead_id", "position", "node_id"]), TRACES))


def _only(rows: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    return rows[list(kind.columns)].reset_index(drop=True)
