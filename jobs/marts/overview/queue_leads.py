"""Open work on leads: those that a region has not verified yet, and those that it returned. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview.queue_tasks import dated, joined, nation_or, task


def of_leads(enforcement_lead: pd.DataFrame) -> pd.DataFrame:
    """Tasks (COLUMNS) of gold.enforcement_lead: the responsible region verifies, and the nation's authority
    says which other region takes what it returned.

    A lead on which the region has acted waits for nothing; that of the seller of a batch that left before
    the test is the task to open a case (`queue_samples`).
    """
    rows = enforcement_lead.assign(id=enforcement_lead["lead_id"])
    acted = rows["accepted_by"].isin(["disposal", "request", "case"])
    exits = rows["finding"].eq("violation") & rows["role"].eq("operator")
    waiting = rows[rows["state"].isin(["assigned", "accepted"]) & ~acted & ~exits]
    back = rows[rows["state"].eq("returned")]
    return joined(
        [
            task(
                "verify_lead",
                waiting,
                office=waiting["region_code"],
                subject="lead",
                since=dated(waiting, "found_on"),
                **{name: waiting[name] for name in ("due", "undated", "rule", "rule_status", "citation")},
            ),
            task(
                "reassign_lead",
                back,
                office=nation_or(pd.Series(None, back.index, dtype=object)),
                subject="lead",
                since=dated(back, "state_since"),
            ),
        ]
    )
