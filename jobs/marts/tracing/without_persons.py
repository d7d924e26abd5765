"""Leads and traces without identifiers of natural persons, for readers outside the authority
(definitions.md#personal-data). Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.public_names import of_persons


def public_leads(lead: pd.DataFrame) -> pd.DataFrame:
    """Return rows of gold.enforcement_lead, with `party_id` null where it is that of a natural person."""
    return lead.assign(party_id=lead["party_id"].mask(of_persons(lead["party_id"]), None))


def public_traces(trace: pd.DataFrame) -> pd.DataFrame:
    """Return rows of gold.source_trace. Where `node_id` is that of a natural person, it is replaced by the id
    of the shop that is the evidence of the link, or by an empty text where another record is."""
    shop = trace["evidence_id"].where(trace["evidence_table"].eq("silver.shop"), "")
    return trace.assign(node_id=trace["node_id"].mask(of_persons(trace["node_id"]), shop))
