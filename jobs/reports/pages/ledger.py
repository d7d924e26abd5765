"""The page ledger.html on received files: every file, what became of its records, what could not be read, and
what was quarantined and why."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.reports.downloads import csv_bytes
from jobs.reports.file_ledger import FileLedger, broken_rules, unreadable_frame
from jobs.reports.material import Night
from jobs.reports.names import page_name
from jobs.reports.pages.sources import bad_sources
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

# What a page shows of a long list; the download holds all of it and the page says so.
SHOWN = 100
FEW = 20  # unreadable records that stand open; more are folded


def build(night: Night, file_ledger: FileLedger) -> Page:
    """Return the page ledger.html. ``file_ledger``: all files of the night. Downloads: all files, all
    unreadable records, and the number of quarantined rows by table and rule."""
    broken = broken_rules(
        night.frame("quarantine.rules"), night.frame("quarantine.examples"), night.free_text
    )
    context = {
        "file_ledger": file_ledger,
        "shown": SHOWN,
        "few": FEW,
        "rules": broken,
        "quarantined": int(night.frame("quarantine.rows")["rows"].sum()),
        "bad_sources": bad_sources(night),
        "page_name": page_name,
    }
    downloads = {
        "data/reconciliation.csv": csv_bytes(night.frame("ops.reconciliation")),
        "data/unreadable_records.csv": csv_bytes(unreadable_frame(file_ledger)),
        "data/quarantine_by_rule.csv": csv_bytes(_rules_frame(broken)),
    }
    return Page(
        "ledger.html",
        "ledger.html",
        Text("数据台账", "Ledger"),
        "ledger.html",
        context,
        downloads,
    )


def _rules_frame(rules: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [
        (r["target"], r["rule"], r["reason"].zh, r["reason"].en, None if r["withheld"] else r["rows"])
        for r in rules
    ]
    columns = ["target", "rule_id", "reason_zh", "reason_en", "rows"]
    return pd.DataFrame(rows, columns=columns).astype({"rows": "Int64"})
