"""gold.sampling_refusal: the events that the sampling procedure refuses, with the reason and the state in
which the sample stays."""

from __future__ import annotations

import pandas as pd

from jobs.marts.sampling import happenings
from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.happenings import dates, happened, histories
from jobs.period import Period

COLUMNS = [
    "event_id",
    "sample_id",
    "sampling_order_id",
    "event",
    "happened_on",
    "reason",
    "last_state",
    "implied",
]
READS = happenings.READS


def build(
    *, sampling_event: pd.DataFrame, sampling_event_type: pd.DataFrame, sampling_order: pd.DataFrame,
    sample: pd.DataFrame, test_result: pd.DataFrame, conclusion: pd.DataFrame, objection: pd.DataFrame,
    reinspection: pd.DataFrame, disposal: pd.DataFrame, platform_control: pd.DataFrame, lab: pd.DataFrame,
    product_category: pd.DataFrame, statutory_timer: pd.DataFrame, calendar: pd.DataFrame, period: Period,
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of gold.sampling_refusal: one row per refused event, sorted by event_id. Columns:
    COLUMNS, each explained in schemas/gold/sampling_refusal.odcs.yaml. Arguments are silver tables; events
    after ``period.as_of`` are left out. An event of an order that is refused for several of its samples has
    one row, which names the first by its id. The event_id of an implied event is ``<table>:<key of the
    row>:<event>``."""
    tables = {
        "sampling_event": sampling_event, "sampling_event_type": sampling_event_type,
        "sampling_order": sampling_order, "sample": sample, "test_result": test_result,
        "conclusion": conclusion, "objection": objection, "reinspection": reinspection, "disposal": disposal,
        "platform_control": platform_control, "lab": lab, "product_category": product_category,
    }  # fmt: skip
    events = happened(tables, period.as_of)
    _, _, refused = histories(tables, events, Deadlines(statutory_timer, calendar))
    found = events.iloc[refused["row"]].reset_index(drop=True)
    named = sampling_event.set_index("event_id").reindex(found["id"]).set_axis(found.index)
    implied, known = found["implied"].astype(bool), found["unit"].isin(sample["sample_id"])
    of_order = implied & ~known & found["unit"].isin(sampling_order["sampling_order_id"])
    rows = found.assign(
        event_id=found["id"].mask(implied, found["id"] + ":" + found["event"]),
        sample_id=found["unit"].where(known | implied, named["sample_id"]).mask(of_order, None),
        sampling_order_id=named["sampling_order_id"].astype(object).mask(of_order, found["unit"]),
        happened_on=dates(found["day"]),
        reason=refused["reason"].to_numpy(), last_state=refused["state"].to_numpy(),
    )  # fmt: skip
    rows = rows[COLUMNS].sort_values(["event_id", "sample_id"])
    return rows.drop_duplicates("event_id").reset_index(drop=True)
