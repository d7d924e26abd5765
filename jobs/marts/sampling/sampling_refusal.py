"""gold.sampling_refusal: events that the procedure does not allow, with the reason and the state in which the sample stays."""

from __future__ import annotations

import pandas as pd

from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.happenings import courses
from jobs.period import Period

COLUMNS = ["event_id", "sample_id", "event", "happened_on", "reason", "last_state", "implied"]


def build(
    *, sampling_event: pd.DataFrame, sampling_event_type: pd.DataFrame, sampling_order: pd.DataFrame, sample: pd.DataFrame,
    test_result: pd.DataFrame, conclusion: pd.DataFrame, objection: pd.DataFrame, reinspection: pd.DataFrame, disposal: pd.DataFrame,
    platform_control: pd.DataFrame, lab: pd.DataFrame, product_category: pd.DataFrame, statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame, period: Period,
) -> pd.DataFrame:  # fmt: skip
    """One row per refused event, sorted by it. Arguments are the silver tables so named."""
    tables = {
        "sampling_event": sampling_event, "sampling_event_type": sampling_event_type, "sampling_order": sampling_order, "sample": sample,
        "test_result": test_result, "conclusion": conclusion, "objection": objection, "reinspection": reinspection,
        "disposal": disposal, "platform_control": platform_control, "lab": lab, "product_category": product_category,
    }  # fmt: skip
    found = courses(tables, period.as_of, Deadlines(statutory_timer, calendar))
    named = dict(zip(sampling_event["event_id"], sampling_event["sample_id"].astype(object), strict=True))
    samples = set(sample["sample_id"])
    rows = []
    for unit, course in found.items():
        for event, reason, state in course.refused:
            said = named.get(event.id)
            about = unit if unit in samples or event.implied else None if pd.isna(said) else said
            rows.append((f"{event.id}:{event.event}" if event.implied else event.id, about, event.event, event.day, reason, state, event.implied))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("event_id", ignore_index=True)
