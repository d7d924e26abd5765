"""What is sent of a proposed sampling plan: the purchases to mystery buyers, and how they were drawn to the
plan's authority. A purchase is a listing that was drawn to be bought and tested. Pure. Parcels and kinds of
files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only, recipient_of_region
from jobs.marts.dimensions import NATION

PURCHASE, PROPOSAL = "gold.sampling_purchase", "gold.sampling_proposal"
BUYERS, NATION_OFFICE = "buyers", recipient_of_region(NATION)
# Orders of a plan are sent so long before its quarter: buyers have time to open accounts, and the listings
# that the plan was drawn from (its frame) are still recent.
LEAD = timedelta(days=15)
ORDERS = Kind(
    "purchase_orders",
    "1.0.1",
    PURCHASE,
    {
        **of(PURCHASE, "purchase_id plan_id"),
        **of(PROPOSAL, "period_start period_end"),
        **of(PURCHASE, "platform_code shop_id listing_id title category_code price"),
    },
    whole=False,
    key=("purchase_id",),
    about="建议计划要购买的链接 | listings that the proposed plan would buy",
)
# The plan's own authority needs the units sold of each listing: its samples carry them back as weights. A
# listing's units over its inclusion probability are its stratum's, which is a platform's trade: the authority
# has a right to these figures, and no other recipient gets the file (definitions.md#confidential).
DESIGN = Kind(
    "plan_design",
    "1.0.1",
    PURCHASE,
    of(
        PURCHASE,
        "plan_id purchase_id status design stratum platform_code shop_id listing_id category_code units_sold "
        "inclusion_probability random_number n_findings earlier_plan_id earlier_checked_on reason_zh "
        "reason_en",
    ),
    whole=False,
    key=("purchase_id",),
    about="同一计划的抽样设计，含略过的链接 | how the plan was drawn, with what was passed over",
)
STRATA = Kind(
    "plan_strata",
    "2.0.1",
    PROPOSAL,
    of(
        PROPOSAL,
        "plan_id dimension_code platform_code category_code period_start period_end frame_month population "
        "prior_rate n_probability n_targeted expected_judged expected_se seed setting_version",
    ),
    whole=False,
    key=("dimension_code",),
    about="同一计划各层的买样数和预期精度 | purchases and expected precision of each stratum of the plan",
)
KINDS = {kind.name: kind for kind in (ORDERS, DESIGN, STRATA)}


def proposed_plans(purchase: pd.DataFrame, proposal: pd.DataFrame, day: date) -> Iterator[Parcel]:
    """Yield three parcels per proposed plan of the nation, from LEAD (15 days) before its quarter until the
    day before that begins: ORDERS for mystery buyers, what to buy; DESIGN and STRATA for the nation's
    authority, how it was drawn. ``subject`` of each is the plan_id. The buyers do not learn why a listing was
    drawn; the authority gets stratum, probability and units sold, which the samples must state when they are
    filed.

    ``purchase``: gold.sampling_purchase, one row per drawn listing; ``proposal``: gold.sampling_proposal, one
    row per plan and unit (nation, stratum); ``day``: the day of the packages. A plan is left out where its
    frame (the listings that it was drawn from) is older than the last month that had ended by ``day``: its
    listings may no longer be on offer, and its weights would be out of date.
    """
    plans = proposal[proposal["dimension_type"] == "nation"]
    plans = plans[["plan_id", "period_start", "period_end", "frame_month"]]
    fresh = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    due = [
        start - LEAD <= day < start and not pd.isna(frame) and frame >= fresh
        for start, frame in zip(plans["period_start"], plans["frame_month"], strict=True)
    ]
    rows = purchase[purchase["status"] == "proposed"].merge(
        plans.loc[np.array(due, dtype=bool), ["plan_id", "period_start", "period_end"]], on="plan_id"
    )
    for plan, orders in rows.sort_values("purchase_id").groupby("plan_id"):
        yield Parcel(BUYERS, ORDERS, only(orders, ORDERS), subject=str(plan))
        drawn = purchase[purchase["plan_id"] == plan].sort_values("purchase_id")
        yield Parcel(NATION_OFFICE, DESIGN, only(drawn, DESIGN), subject=str(plan))
        strata = proposal[
            (proposal["plan_id"] == plan) & (proposal["dimension_type"] == "stratum")
        ].sort_values("dimension_code")
        yield Parcel(NATION_OFFICE, STRATA, only(strata, STRATA), subject=str(plan))
