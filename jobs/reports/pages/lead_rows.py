"""What pages show of leads: the open ones of a unit, and each with its task, party and deadline."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.overview.queue_leads import awaited
from jobs.marts.public_names import of_person
from jobs.reports.cases import trace_paths
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import DASH, count, linked, missing
from jobs.reports.pages.bulletin import anchor
from jobs.reports.tracing import FINDING, LEADS, ROLE, STATE, TRACE, waits
from jobs.reports.wording import Text, same

PERSON = Text("自然人", "natural person")
FEW = 25  # leads on the page of a unit


def unit_leads(known: Gathered, dimension: str, code: str) -> dict[str, Any] | None:
    """Return the open leads about a platform's goods, in a province, or about batches traced to a cluster:
    ``rows`` (`lead`), the first FEW (``most``), those with least time left (longest overdue) first; ``all``
    and ``overdue``, numbers. None for other dimensions, and without any."""
    open_ = open_leads(known)
    column = {"platform": "platform_code", "region": "province_code"}.get(dimension)
    if column is not None:
        mine = open_[open_[column] == code]
    elif dimension == "cluster":
        trace = known.night.frame(TRACE)
        here = trace[(trace["hop"] == "cluster") & (trace["node_id"] == code)]
        mine = open_[open_["subject_id"].isin(here["subject_id"])]
    else:
        return None
    if mine.empty:
        return None
    return {
        "rows": [lead(known, row, trace_paths(known)) for row in dicts(mine.head(FEW))],
        "all": len(mine),
        "overdue": int((mine["days_left"] < 0).sum()),
        "most": FEW,
    }


def open_leads(known: Gathered) -> pd.DataFrame:
    """Return the rows of gold.enforcement_lead that are neither closed nor unassigned, with the column task,
    for which each waits: those with least time left (longest overdue) first, those without a deadline last.
    Computed once for all pages: callers must not change it."""
    if "_open_leads" not in known.__dict__:
        leads = with_tasks(known.night.frame(LEADS))
        open_ = leads[~leads["state"].isin(["closed", "unassigned"])]
        known.__dict__["_open_leads"] = open_.sort_values(["days_left", "lead_id"], na_position="last")
    found: pd.DataFrame = known.__dict__["_open_leads"]
    return found


def with_tasks(leads: pd.DataFrame) -> pd.DataFrame:
    """Return the leads with the task that each waits for in the column task."""
    return leads.assign(task=awaited(leads))


def lead(known: Gathered, row: dict[str, Any], paths: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return what pages show of a lead. ``row``: of gold.enforcement_lead, with its task; ``paths``: (subject
    type, id) → path of the batch's page. `days` is the number of days left, negative where the lead is
    overdue, None without a deadline or once its region acted (`acted`, that day); `days_text` the same
    without a sign, `chance` the probability of the link, as texts; '' where there is none; `waits`: for
    what."""
    days = None if missing(row["days_left"]) else int(row["days_left"])
    return {
        "id": row["lead_id"],
        "anchor": anchor(row["lead_id"]),
        "task": row["task"],
        "role": ROLE[row["role"]],
        "finding": FINDING[row["finding"]],
        "found": row["found_on"],
        "state": STATE[row["state"]],
        "province": row["province_code"],
        "place": known.place(row["region_code"]) or same(DASH),
        "party": party_name(known, row["party_id"]),
        "due": DASH if missing(row["due"]) else str(row["due"]),
        "acted": None if missing(row["acted_on"]) else str(row["acted_on"]),
        "days": days,
        "overdue": days is not None and days < 0,
        "waits": waits(row),
        "days_text": "" if days is None else count(abs(days)),
        "unsure": row["link_kind"] == "probabilistic",
        "chance": linked(row["link_probability"]),
        "href": paths.get((row["subject_type"], row["subject_id"])),
    }


def party_name(known: Gathered, code: Any) -> Text:
    """Return an enterprise's name with its code, the code alone where silver.enterprise has no name of it; of
    natural persons a phrase without their name; a dash where ``code`` is missing."""
    if missing(code):
        return same(DASH)
    if of_person(str(code)):
        return PERSON
    name = known.about("silver.enterprise", "enterprise_id").get(code, {}).get("name")
    return same(str(code)) if missing(name) else Text(f"{name}（{code}）", f"{name} ({code})")
