"""Finds the open tasks on enforcement leads (findings that a region has to follow up with a seller or
producer): to verify a lead, to reassign one that a region returned, and to assign one whose region is not
known. Pure. The frames of tasks are described in `queue_tasks`."""

from __future__ import annotations

import pandas as pd

from jobs.marts.calendars import house_due
from jobs.marts.overview.queue_tasks import CALENDAR_UNKNOWN, dated, joined, nation_or, task

# Names of tasks, of `queue_tasks.TASKS`.
VERIFY, OPEN_CASE, REASSIGN, ASSIGN = "verify_lead", "open_enforcement", "reassign_lead", "assign_lead"
# Reasons for which a lead has no region and none can be named, since no one who answers for the goods can be
# found. The lead on their seller stays.
NO_ONE = ("no_maker", "counterfeit_label", "producer_denied", "abroad")


def for_a_case(enforcement_lead: pd.DataFrame) -> pd.Series:
    """Return which leads of gold.enforcement_lead wait for a case alone, a series of bool: those about the
    seller of a batch with a violation found before the test. The time to verify a lead is not theirs, and no
    rule on file says when the case has to be opened (definitions.md#tracing)."""
    return enforcement_lead["finding"].eq("violation") & enforcement_lead["role"].eq("operator")


def awaited(enforcement_lead: pd.DataFrame) -> pd.Series:
    """Return the task that each lead of gold.enforcement_lead waits for: a series of names with the index of
    ``enforcement_lead``, None for no task.

    - `verify_lead`: the responsible region has not acted on the lead; to acknowledge it is no act.
    - `open_enforcement`: the lead is about the seller of a batch with a violation found before the test; a
      case has to be opened no matter what else the region did.
    - `reassign_lead`: the region returned the lead, and the nation's authority names another.
    - `assign_lead`: no region is known, and the nation's authority names one, unless no one who answers for
      the goods can be found (NO_ONE)."""
    acted = enforcement_lead["acted_on"].notna()
    waits = enforcement_lead["state"].isin(["assigned", "accepted"])
    exits = for_a_case(enforcement_lead)
    found = pd.Series([None] * len(enforcement_lead), enforcement_lead.index, dtype=object)
    found[waits & ~exits & ~acted], found[waits & exits] = VERIFY, OPEN_CASE
    found[enforcement_lead["state"].eq("returned")] = REASSIGN
    found[
        enforcement_lead["state"].eq("unassigned") & ~enforcement_lead["unassigned_reason"].isin(NO_ONE)
    ] = ASSIGN
    return found


def of_leads(enforcement_lead: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return the open tasks on leads: one row per lead for which `awaited` is `verify_lead`, `reassign_lead`
    or `assign_lead`, with COLUMNS of `queue_tasks`. `open_enforcement` is left out, since `queue_samples`
    makes that task for the sample.

    ``enforcement_lead``: gold, one row per lead; ``calendar``: silver. `verify_lead` has the deadline of its
    lead; `reassign_lead` and `assign_lead` are due within the working days that the deployment states as
    `assignment`, counted from ``state_since``."""
    rows = enforcement_lead.assign(id=enforcement_lead["lead_id"])
    waits = awaited(rows)
    waiting = rows[waits.eq(VERIFY)]
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
            *(_to_assign(name, rows[waits.eq(name)], calendar) for name in (REASSIGN, ASSIGN)),
        ]
    )


def _to_assign(name: str, rows: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """What the nation's authority assigns, within the days that the deployment states."""
    due = house_due("assignment", rows["state_since"], calendar)
    return task(
        name,
        rows,
        office=nation_or(pd.Series(None, rows.index, dtype=object)),
        subject="lead",
        since=dated(rows, "state_since"),
        due=due,
        undated=pd.Series(CALENDAR_UNKNOWN, rows.index, dtype=object),
        rule_status=pd.Series("house_rule", rows.index, dtype=object).where(due.notna(), None),
    )
