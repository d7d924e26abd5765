"""Removes identifiers of natural persons from leads and traces, for readers outside the authority
(definitions.md#personal-data). Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.public_names import of_persons


def public_leads(lead: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of gold.enforcement_lead (``lead``), with `party_id` None where it is the identifier of
    a natural person; all other columns and rows are unchanged."""
    return lead.assign(party_id=lead["party_id"].mask(of_persons(lead["party_id"]), None))


def public_parties(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of gold.repeat_failure (``rows``), with `party_id` '' where it is the identifier of a
    natural person; all other columns and rows are unchanged."""
    return rows.assign(party_id=rows["party_id"].mask(of_persons(rows["party_id"]), ""))


def public_traces(trace: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of gold.source_trace (``trace``), each a link of a batch to a party, without
    identifiers of natural persons in `node_id`; all other columns and rows are unchanged. Such an identifier
    is replaced by the shop's (`evidence_id`) where the link was read from a shop (evidence_table
    `silver.shop`), so that it still leads to the shop, else by '': the column is required."""
    shop = trace["evidence_id"].where(trace["evidence_table"].eq("silver.shop"), "")
    return trace.assign(node_id=trace["node_id"].mask(of_persons(trace["node_id"]), shop))
