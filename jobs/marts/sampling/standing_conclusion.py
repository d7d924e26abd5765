"""gold.standing_conclusion: the conclusions of first tests and re-inspections that the procedure accepts."""

from __future__ import annotations

import pandas as pd

from jobs.marts.sampling.standing import (
    GRANTED,
    OBJECTED,
    REINSPECTED,
    standing_conclusions,
)
from jobs.marts.sampling.standing import READS as OF_REINSPECTION
from jobs.period import Period

OWN = ["sample_id", "stage", "outcome", "issued_on", "serious", "lab_id"]
COLUMNS = [*OWN, "revoked_by"]
READS = {
    "conclusion": OWN,
    "reinspection": [*OF_REINSPECTION, "accepted"],
    "objection": OBJECTED,
    "sampling_lifecycle": ["sample_id", *(f"{e}_on" for e in (REINSPECTED, *GRANTED.values()))],
    "sampling_refusal": ["sample_id", "event", "happened_on"],
}


def build(
    *,
    conclusion: pd.DataFrame,
    reinspection: pd.DataFrame,
    objection: pd.DataFrame,
    sampling_lifecycle: pd.DataFrame,
    sampling_refusal: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.standing_conclusion: one row per sample and stage (`first`, `reinspection`)
    that `standing.standing_conclusions` keeps, sorted by both. Columns: COLUMNS, each explained in
    schemas/gold/standing_conclusion.odcs.yaml.

    Re-inspections that the procedure refuses are left out, or have outcome, day and laboratory of the one
    that it accepts, with ``serious`` null. A conclusion that an objection sets aside is kept: its outcome is
    not_judged, ``serious`` null, and revoked_by names the objection. sampling_lifecycle and sampling_refusal
    are gold tables, the others silver. ``period`` is not used."""
    course = sampling_lifecycle.set_index("sample_id")
    accepted = {event: course[f"{event}_on"] for event in (REINSPECTED, *GRANTED.values())}
    refused = sampling_refusal.loc[sampling_refusal["event"] == REINSPECTED, ["sample_id", "happened_on"]]
    refused = refused.dropna(subset="sample_id").rename(columns={"happened_on": "day"})
    kept = standing_conclusions(conclusion[OWN], reinspection, objection, accepted, refused)
    return kept.sort_values(["sample_id", "stage"], ignore_index=True)
