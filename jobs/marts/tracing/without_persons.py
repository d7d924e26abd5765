"""Leads and traces as others may read them: a natural person goes by the shop alone
(definitions.md#personal-data). Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.public_names import of_persons


def public_leads(lead: pd.DataFrame) -> pd.DataFrame:
    """Rows of gold.enforcement_lead, `party_id` null of a person."""
    return lead.assign(party_id=lead["party_id"].mask(of_persons(lead["party_id"]), None))


def public_traces(trace: pd.DataFrame) -> pd.DataFrame:
    """Rows of gold.source_trace, of a person the shop as `node_id` that the link was read from, an empty text
    where it was another record."""
    shop = trace["evidence_id"].where(trace["evidence_table"].eq("silver.shop"), "")
    return trace.assign(node_id=trace["node_id"].mask(of_persons(trace["node_id"]), shop))
