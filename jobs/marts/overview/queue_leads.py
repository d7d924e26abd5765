"""Open work on leads: those that a region has not verified yet, and those that it returned. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview.queue_tasks import dated, joined, nation_or, task

VERIFY, OPEN_CASE, REASSIGN = "verify_lead", "open_enforcement", "reassign_lead"


def awaited(enforcement_lead: pd.DataFrame) -> pd.Series:
    """The task that each lead of gold.enforcement_lead waits for, None where it waits for nothing: the
    responsible region verifies it or, of the seller of a batch that left before the test, opens a case,
    no matter what else it did about the batch; the nation's authority says which other region takes what was
    returned, a case to open too."""
    acted = enforcement_lead["accepted_by"].isin(["disposal", "request", "case"])
    waits = enforcement_lead["state"].isin(["assigned", "accepted"])
    exits = enforcement_lead["finding"].eq("violation") & enforcement_lead["role"].eq("operator")
    found = pd.Series(None, enforcement_lead.index, dtype=object)
    found[waits & ~exits & ~acted], found[waits & exits] = VERIFY, OPEN_CASE
    found[enforcement_lead["state"].eq("returned")] = REASSIGN
    return found


def of_leads(enforcement_lead: pd.DataFrame) -> pd.DataFrame:
    """Tasks (COLUMNS) of gold.enforcement_lead, as `awaited` has them, but for OPEN_CASE, which is a task
    about the sample (`queue_samples`)."""
    rows = enforcement_lead.assign(id=enforcement_lead["lead_id"])
    waits = awaited(rows)
    waiting, back = rows[waits.eq(VERIFY)], rows[waits.eq(REASSIGN)]
    return joined(
        [
            task(
                VERIFY,
                waiting,
                office=waiting["region_code"],
                subject="lead",
                since=dated(waiting, "found_on"),
                **{name: waiting[name] for name in ("due", "undated", "rule", "rule_status", "citation")},
            ),
            task(
                REASSIGN,
                back,
                office=nation_or(pd.Series(None, back.index, dtype=object)),
                subject="lead",
                since=dated(back, "state_since"),
            ),
        ]
    )
