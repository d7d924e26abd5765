"""Removes figures of order lines from what the ledger, the quarantine and the gate show: how many lines a
source has is how many orders a platform has, which is confidential (definitions.md#confidential). They are
removed where tables are read, so that no page, drawing or download has them. Pure.

The figures stay in the lake (`quality query` over ops.reconciliation and silver.quarantine), and a platform
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
    "gold.targeting_prediction",
)
FREE_METRICS = ("quarantined_share", "superseded_share", "unlinked_share", "null_share_change")


def of_ledger(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ops.reconciliation (one row per file and feed) with the column ``faults`` (`with_faults`). In
    rows of files of order lines COUNTS are set to missing, and the reasons of held ones to ''."""
    return _without(_without_reasons(with_faults(rows)), _of_order_lines(rows), COUNTS)


def with_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ops.reconciliation with the column ``faults``: whether a file has records that were unreadable,
    rejected or quarantined. All counts stay."""
    return rows.assign(faults=rows[FAULTS].fillna(0).gt(0).any(axis=1))


def _without_reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Empty the reasons of held files of order lines, which state how many records these have."""
    held = _of_order_lines(rows) & rows["status"].eq("held")
    return rows.assign(**{name: rows[name].mask(held, "") for name in ("reason_zh", "reason_en")})


def of_landing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ops.ingest_file (one row per landing of a file) without what shows how many order lines there
    are. In rows of files of order lines these are set to missing: COUNTS, size, keys (how many different keys
    the rows have), unreadable_list, warnings and scrubbed (what was removed from texts); the reasons of held
    ones are set to ''. Other rows and columns are unchanged."""
    hidden = _of_order_lines(rows)
    found = _without(_without_reasons(rows), hidden, [*COUNTS, "size", "keys"])
    texts = [c for c in ("unreadable_list", "scrubbed", "warnings") if c in found]
    return found.assign(**{c: found[c].where(~hidden, None) for c in texts})


def of_quarantine(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables of jobs.reports.counting (name, such as quarantine.rules → frame) without figures of
    order lines. Rows about order lines still say that some were quarantined, but how many, and the columns
    record and element, are set to missing; in quarantine.lines they are left out."""
    found = {
        name: _without(tables[name], _of_order_lines(tables[name]), columns)
        for name, columns in (
            ("quarantine.rules", ["rows"]),
            ("quarantine.examples", ["record", "element"]),
            ("flags", ["rows"]),
            ("unknown_values", ["rows", "distinct_values"]),
        )
    }
    lines = tables["quarantine.lines"]
    return {**tables, **found, "quarantine.lines": lines[~_of_order_lines(lines)].reset_index(drop=True)}


def of_gate(metrics: pd.DataFrame, verdicts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (ops.table_metric, ops.gate_verdict) without figures of the tables TRADE: of the metrics only
    the shares FREE_METRICS stay; of the verdicts counts and observed values are set to missing, and whether a
    check passed stays."""
    free = ~metrics["table"].isin(TRADE) | metrics["metric"].str.split(".").str[0].isin(FREE_METRICS)
    trade = verdicts["table"].isin(TRADE)
    texts = {c: verdicts[c].where(~trade, None) for c in ("observed",) if c in verdicts}
    shown = _without(verdicts.assign(**texts), trade, ["unexpected_count", "element_count"])
    return metrics[free].reset_index(drop=True), shown


def _of_order_lines(rows: pd.DataFrame) -> pd.Series:
    return rows["target"].eq(TARGET)


def _without(rows: pd.DataFrame, hidden: pd.Series, columns: list[str]) -> pd.DataFrame:
    """``rows`` with those of ``columns`` that it has as integers, missing in the rows ``hidden``."""
    there = {c: rows[c].astype("Int64").mask(hidden) for c in columns if c in rows}
    return rows.assign(**there)
