"""What the ledger, the quarantine and the gate say of order lines: how many there are is a figure of orders,
by source one of a platform's (definitions.md#confidential). Taken away where tables are read, so that no
page, drawing or download has it. Pure.

The counts stay in the lake (`quality query` over ops.reconciliation and silver.quarantine), and a platform
gets those of the files that it sent through its outbox (jobs.exchange.own_files). It is so for platforms
whose orders are shown, too: the total less theirs would be the rest."""

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
    """ops.reconciliation without counts of order lines, and with ``faults``: whether records of the file were
    not accepted as they came."""
    faults = rows[FAULTS].fillna(0).gt(0).any(axis=1)
    return _without(_unsaid(rows.assign(faults=faults)), _lines(rows), COUNTS)


def _unsaid(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the reasons of held files, which say how many records they have."""
    held = _lines(rows) & rows["status"].eq("held")
    return rows.assign(**{name: rows[name].mask(held, "") for name in ("reason_zh", "reason_en")})


def of_landing(rows: pd.DataFrame) -> pd.DataFrame:
    """ops.ingest_file without what gives numbers of order lines away: counts, the size of a file, which
    records could not be read, what was scrubbed or remarked."""
    mine = _lines(rows)
    found = _without(_unsaid(rows), mine, [*COUNTS, "size", "keys"])
    texts = {c: found[c].where(~mine, None) for c in ("unreadable_list", "scrubbed") if c in found}
    lists = {"warnings": found["warnings"].where(~mine, None)} if "warnings" in found else {}
    return found.assign(**texts, **lists)


def of_quarantine(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The figures of jobs.reports.counting without numbers of order lines: that there are some is said, how
    many and which records is not."""
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
    """ops.table_metric and ops.gate_verdict: of TRADE tables whether a check passed and which shares of rows
    were put aside, but not how many rows there are, nor means or shares by value."""
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
