"""Installations over real feeds: the project's own source YAMLs, and files that no one here wrote."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from homes import Home

# source → the folder of shared data and the files of it that a provider would send
FEEDS = {
    "us_recalls_2013": ("us_recalls_2013", "*.json"),
    "olist_sample": ("olist_sample", "olist_*.csv"),
    "mfds_standards": ("mfds_standards", "*_spec_master.parquet"),
    "gb2260_history": ("gb2260_history", "*.tsv"),
    "gbt4754": ("gbt4754", "*.csv"),
    "holiday_cn": ("holiday_cn", "*.json"),
    "rasff": ("rasff_2020_2024", "rasff*.csv"),
}
# The tables that they fill.
FILLED = (
    "silver.recall",
    "silver.shop",
    "silver.listing",
    "silver.transaction",
    "silver.review",
    "silver.standard_requirement",
    "silver.region",
    "silver.industry",
    "silver.calendar",
    "silver.overseas_alert",
)
UNCLAIMED = "olist_order_payments_dataset.csv"  # no feed takes it


def files_of(shared: Path, source: str) -> list[Path]:
    folder, pattern = FEEDS[source]
    return sorted(p for p in (shared / "data" / folder).glob(pattern) if p.name != UNCLAIMED)


def deliver(home: Home, shared: Path, *, turn: int = 0, turns: int = 1) -> None:
    """Put every source's files into the inbox; of several turns each brings every n-th file by name."""
    for source in FEEDS:
        folder = home.root / "inbox" / source
        folder.mkdir(parents=True, exist_ok=True)
        for file in files_of(shared, source)[turn::turns]:
            shutil.copy(file, folder / file.name)


def whole_night(home: Home, day: date) -> None:
    """A night that refuses no file, stops no table and balances."""
    landed, result = home.night(day)
    assert landed.refused == [], landed.refused
    assert result.exit_code == 0, (result.stale, result.unbalanced)


def count(home: Home, table: str, where: str = "true") -> int:
    return home.ask(f"SELECT count(*) AS n FROM {table} WHERE {where}")[0]["n"]


def balanced(home: Home, source: str) -> bool:
    """Every file of the source stands in the ledger, and each balances."""
    rows = home.ask(
        f"SELECT balanced, unreadable, rejected, quarantined FROM ops.reconciliation WHERE source = "
        f"'{source}'"
    )
    return bool(rows) and all(row["balanced"] for row in rows)
