"""Removes the numbers of order lines from what the ledger, the quarantine and the gate show. By source they
are those of a platform's orders, which are confidential (definitions.md#confidential). They are removed where
tables are read, so that no page, drawing or download has them. Pure.

The numbers stay in the lake (`quality query` over ops.reconciliation and silver.quarantine), and a platform
gets those of its files through its outbox (jobs.exchange.own_files). Platforms whose orders may be shown are
no exception, as the total less theirs would give the others.
"""

from __future__ import annotations

import pandas as pd

TARGET = "transaction"  # of feeds whose records are order lines
COUNTS = (
    "records unreadable exploded produced rejected loaded accepted quarantined superseded repeated "
    "unlinked unjoined unused"
).split()
FAULTS = ["unreadable", "rejected", "quarantined"]
# Tables whose number of rows, sums or shares by platform are figures of orders.
TRADE = (
    "silver.transaction",
    "gold.commerce_concentration",
    "gold.commerce_confidential",
    "gold.commerce_state",
    "gold.commerce_table",
    "gold.complaint_rate",
    "gold.consumer_report",
    "gold.quality_index_indicator",
    "gold.restricted_trade",
    "gold.sampling_frame",
    "gold.sampling_proposal",
    "gold.sampling_purchase",
    "gold.shop_trade",
    "gold.targeting_feature",
)
FREE_METRICS = ("quarantined_share", "superseded_share", "unlinked_share", "null_share_change")


def of_ledger(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ops.reconciliation (one row per file and feed) with the numbers of files of order lines set to
    missing, and with the column ``faults``: whether a file has records that were unreadable, rejected or
    quarantined."""
    faults = rows[FAULTS].fillna(0).gt(0).any(axis=1)
    return _without(_unsaid(rows.assign(faults=faults)), _lines(rows), COUNTS)


def _unsaid(rows: pd.DataFrame) -> pd.DataFrame:
    """Remove the reasons of held files of order lines, which state how many records they have."""
    held = _lines(rows) & rows["status"].eq("held")
    return rows.assign(**{name: rows[name].mask(held, "") for name in ("reason_zh", "reason_en")})


def of_landing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ops.ingest_file (one row per landing of a file) without what shows numbers of order lines: in
    rows of such files counts, file size, lists of unreadable records, warnings, what was removed from texts,
    and reasons of held files are set to missing or ''."""
    mine = _lines(rows)
    found = _without(_unsaid(rows), mine, [*COUNTS, "size", "keys"])
    texts = {c: found[c].where(~mine, None) for c in ("unreadable_list", "scrubbed") if c in found}
    lists = {"warnings": found["warnings"].where(~mine, None)} if "warnings" in found else {}
    return found.assign(**texts, **lists)


def of_quarantine(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables of jobs.reports.counting (name, such as quarantine.rules → frame) without numbers of
    order lines. Rows about order lines still say that some were quarantined, but their number, records and
    elements are set to missing; in quarantine.lines they are left out."""
    found = {
        name: _without(tables[name], _lines(tables[name]), columns)
        for name, columns in (
            ("quarantine.rules", ["rows"]),
            ("quarantine.examples", ["record", "element"]),
            ("flags", ["rows"]),
            ("unknown_values", ["rows", "distinct_values"]),
        )
    }
    lines = tables["quarantine.lines"]
    return {**tables, **found, "quarantine.lines": lines[~_lines(lines)].reset_index(drop=True)}


def of_gate(metrics: pd.DataFrame, verdicts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (ops.table_metric, ops.gate_verdict) without figures of the tables TRADE: of the metrics only
    the shares FREE_METRICS stay; of the verdicts counts and observed values are set to missing, and whether a
    check passed stays."""
    free = ~metrics["table"].isin(TRADE) | metrics["metric"].str.split(".").str[0].isin(FREE_METRICS)
    trade = verdicts["table"].isin(TRADE)
    texts = {c: verdicts[c].where(~trade, None) for c in ("observed",) if c in verdicts}
    shown = _without(verdicts.assign(**texts), trade, ["unexpected_count", "element_count"])
    return metrics[free].reset_index(drop=True), shown


def _lines(rows: pd.DataFrame) -> pd.Series:
    return rows["target"].eq(TARGET)


def _without(rows: pd.DataFrame, hidden: pd.Series, columns: list[str]) -> pd.DataFrame:
    there = {c: rows[c].astype("Int64").mask(hidden) for c in columns if c in rows}
    return rows.assign(**there)
