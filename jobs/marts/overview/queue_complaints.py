"""Finds the open tasks on complaints and reports, with their statutory deadlines (SAMR orders 20 and 121).
Pure. The frames of tasks are described in `queue_tasks`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.overview.queue_tasks import dated, joined, statutory, task
from jobs.marts.sampling.deadlines import Deadlines

# Task → events of silver.statutory_timer between which its time runs; None: no time is fixed.
RULES = {
    "decide_complaint": ("complaint_received", "complaint_decided"),
    "end_mediation": ("complaint_accepted", "mediation_ended"),
    "tell_parties": ("mediation_ended", "parties_told"),
    "verify_report": ("report_received", "report_verified"),
    "decide_case": None,
    "tell_reporter": ("case_decided", "reporter_told"),
}
# Tasks whose time the law lets be extended: by article 18 of the provisions on the procedure of penalties.
# Mediation ends when its time has passed.
_MAY_BE_EXTENDED = ("verify_report",)


def of_complaints(complaint: pd.DataFrame, shop: pd.DataFrame, deadlines: Deadlines) -> pd.DataFrame:
    """Return the next step of each complaint or report that is not finished: one row each, with COLUMNS of
    `queue_tasks`. A case without a kind is a complaint, as in gold.complaint_service. Enquiries have no
    tasks.

    ``complaint``, ``shop``: silver; ``deadlines``: statutory deadlines. The office is the region that the
    case states, else its shop's. A complaint on which something was decided waits for mediation unless it was
    refused. Where the time to verify a report was extended, `due` is missing and `undated` says `extended`,
    as the record of the extension does not say for how long; on a mediation `extended` has no effect."""
    of_shop = shop.set_index("shop_id").reindex(complaint["shop_id"])
    stated = {
        name: np.where(complaint[name].notna(), complaint[name], of_shop[name])
        for name in ("region_code", "platform_code")
    }
    rows = complaint.assign(id=complaint["complaint_id"], **stated)
    return joined(
        [_task(name, rows[which], since, deadlines) for name, (which, since) in _steps(rows).items()]
    )


def _steps(rows: pd.DataFrame) -> dict[str, tuple[pd.Series, str]]:
    """Task → (mask of the rows whose next step it is, the column of the day from which its time runs)."""
    on = {
        c: rows[c].notna()
        for c in (
            "decided_on",
            "mediation_ended_on",
            "parties_told_on",
            "verified_on",
            "case_decided_on",
            "reporter_told_on",
            "accepted",
        )
    }
    kind = rows["kind"].fillna("complaint")
    complaints, reports = kind.eq("complaint"), kind.eq("report")
    refused = rows["accepted"].eq(False)
    decided = on["decided_on"] | on["accepted"] | on["mediation_ended_on"]
    return {
        "decide_complaint": (complaints & ~decided, "received_on"),
        "end_mediation": (complaints & decided & ~refused & ~on["mediation_ended_on"], "decided_on"),
        "tell_parties": (
            complaints & ~refused & on["mediation_ended_on"] & ~on["parties_told_on"],
            "mediation_ended_on",
        ),
        "verify_report": (reports & ~on["verified_on"] & ~on["case_decided_on"], "received_on"),
        "decide_case": (reports & on["verified_on"] & ~on["case_decided_on"], "verified_on"),
        "tell_reporter": (
            reports & rows["named"].eq(True) & on["case_decided_on"] & ~on["reporter_told_on"],
            "case_decided_on",
        ),
    }


def _task(name: str, rows: pd.DataFrame, since: str, deadlines: Deadlines) -> pd.DataFrame:
    """The tasks ``name`` for the complaints in ``rows``. ``since``: their column with the day from which the
    time of RULES runs; it may have been extended for tasks of _MAY_BE_EXTENDED."""
    events = RULES[name]
    extended = rows["extended"].eq(True) & (name in _MAY_BE_EXTENDED)
    stated = statutory(events, rows[since], deadlines, extended=extended) if events else {}
    return task(
        name, rows, office=rows["region_code"], subject="complaint", since=dated(rows, since), **stated
    )
