"""Finds urgent packages that their recipient keeps refusing: a task for the nation's authority, which has to
settle each with the recipient. Pure (definitions.md#urgent).

A package is a folder that was sent to a recipient's outbox; its manifest's identifier states recipient, day,
number and how often its items were refused before."""

from __future__ import annotations

import re

import pandas as pd

from jobs.marts.answered_by import PACKAGES, STATES, begin_with, by_their_recipients
from jobs.marts.dimensions import NATION
from jobs.marts.overview.queue_tasks import dated, joined, task
from jobs.marts.overview.urgent_kinds import WINDOW
from jobs.period import Period

AGAIN = 3  # times that a refused item is sent again; then it has to be settled with the recipient
READS = ["acknowledgement_id", "acknowledged_on", "item_id", "status", *STATES]  # of silver.acknowledgement
_MANIFEST = re.compile(r"^MF-(?P<recipient>.+)-\d{8}-U\d{4}R(?P<refusals>\d+)-[0-9a-f]+$")
_PLATFORM, _REGION = "platform_", "region_"


def urgent_number(urgent: int, refusals: int) -> str:
    """Return the part of a manifest's identifier that numbers an urgent package, such as `U0007R2`.
    ``urgent``: number of the package among the recipient's urgent ones, from 1; ``refusals``: how often the
    recipient has refused its items before (the largest number among them; left out where 0)."""
    return f"U{urgent:04d}" + (f"R{refusals}" if refusals else "")


def of_refusals(acknowledgement: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the urgent packages to settle: one row per package, with COLUMNS of `queue_tasks`. A package is
    one if its newest answer by its recipient refuses it and was given within the 90 days up to
    ``period.as_of``, and its items had been sent again `AGAIN` (3) times or more.

    ``acknowledgement``: silver, one row per answer; item_id is the manifest's identifier."""
    packages = acknowledgement[begin_with(acknowledgement["item_id"], PACKAGES)]
    rows = by_their_recipients(packages.reindex(columns=READS))
    rows = rows.sort_values(["acknowledged_on", "acknowledgement_id"])
    rows = rows.drop_duplicates("item_id", keep="last").dropna(subset=["item_id"])
    recent = pd.to_datetime(rows["acknowledged_on"]).ge(pd.Timestamp(period.as_of - WINDOW))
    rows = rows[rows["status"].eq("refused") & recent]
    said = rows["item_id"].astype(str).str.extract(_MANIFEST)
    often = pd.to_numeric(said["refusals"]).ge(AGAIN)
    rows, to = rows[often], said.loc[often, "recipient"].astype(object)
    about = rows.assign(
        id=rows["item_id"],
        platform_code=to.str.removeprefix(_PLATFORM).where(to.str.startswith(_PLATFORM), None),
        region_code=to.str.removeprefix(_REGION).where(to.str.startswith(_REGION), None),
        category_code=None,
    )
    office = pd.Series(NATION, about.index, dtype=object)
    since = dated(about, "acknowledged_on")
    return joined([task("settle_refusal", about, office=office, subject="package", since=since)])
