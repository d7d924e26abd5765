"""The books of what came in: every file, what became of its records, what could not be read, what was quarantined and why."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from jobs.ingest.units import current
from jobs.reports.downloads import csv_bytes
from jobs.reports.material import Night
from jobs.reports.numbers import missing, whole
from jobs.reports.rendering import Page
from jobs.reports.wording import FILE_STATUS, LEDGER, Text, label, same

# What a page shows of a long list; the download holds all of it and the page says so.
SHOWN = 300
EXAMPLES = 3
# Shown even where they are nought in every file; the others only where some file has them.
ALWAYS = ("records", "unreadable", "rejected", "loaded", "accepted", "quarantined", "superseded", "repeated")
FILE_KEY = ["source", "feed", "file", "sha256"]


def build(night: Night) -> Page:
    """ledger.html with the whole ledger, the unreadable records and the quarantine by rule as CSV."""
    books = night.frame("ops.reconciliation")
    landed = current(night.frame("ops.ingest_file"))
    unreadable = unreadable_records(landed)
    quarantine = night.frame("silver.quarantine")
    broken = by_rule(quarantine)
    files = _files(books, landed)
    context = {
        "shown_numbers": [n for n in LEDGER if n in ALWAYS or any(whole(v) for v in books[n])],
        "totals": {name: sum(map(whole, books[name])) for name in LEDGER},
        "number_of_files": len(files),
        "files": files[:SHOWN],
        "unbalanced": [f for f in files if not f["balanced"]],
        "outcomes": _outcomes(files),
        "shown": SHOWN,
        "unreadable": unreadable[:SHOWN],
        "number_unreadable": len(unreadable),
        "rules": broken,
        "quarantined": len(quarantine),
    }
    downloads = {
        "data/reconciliation.csv": csv_bytes(books),
        "data/unreadable_records.csv": csv_bytes(
            pd.DataFrame(unreadable, columns=["source", "feed", "file", "record", "zh", "en"])
        ),
        "data/quarantine_by_rule.csv": csv_bytes(_rules_frame(broken)),
    }
    return Page("ledger.html", "ledger.html", Text("数据台账", "Ledger of data received"), "ledger.html", context, downloads)


def _files(books: pd.DataFrame, landed: pd.DataFrame) -> list[dict[str, Any]]:
    """One entry per (feed, file, content): refused and unbalanced first, then the newest received."""
    notes = {tuple(getattr(r, k) for k in FILE_KEY): r for r in landed.itertuples()}
    files = []
    for row in books.to_dict("records"):
        note = notes.get(tuple(row[k] for k in FILE_KEY))
        files.append(
            {
                **{k: row[k] for k in ("source", "feed", "target", "file", "received_on")},
                "status": label(FILE_STATUS, row["status"]),
                "refused": row["status"] == "refused",
                "reason": _reason(row["reason_zh"], row["reason_en"]),
                "numbers": {n: row[n] for n in LEDGER},
                "balanced": row["balanced"] is True or row["balanced"] == 1,
                "notes": [] if note is None else _notes(note),
                "publisher": same("") if note is None else _reason(note.publisher_zh, note.publisher_en),
            }
        )
    files.sort(key=lambda f: (f["source"], f["feed"], f["file"]))
    files.sort(key=lambda f: str(f["received_on"]), reverse=True)
    files.sort(key=lambda f: (f["balanced"], not f["refused"]))
    return files


def _notes(file: Any) -> list[Text]:
    """What landing remarked on one file: columns nobody mapped, columns that were absent, warnings."""
    drift, absent = _items(file.drift), _items(file.missing)
    notes = []
    if drift:
        notes.append(Text(f"未映射的列：{'、'.join(drift)}", f"columns not mapped: {', '.join(drift)}"))
    if absent:
        notes.append(Text(f"缺少的可选列：{'、'.join(absent)}", f"optional columns absent: {', '.join(absent)}"))
    return notes + [same(w) for w in _items(file.warnings)]


def _items(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, (list, tuple, np.ndarray)) else []


def _reason(zh: object, en: object) -> Text:
    first = "" if missing(zh) else str(zh)
    return Text(first, first if missing(en) or not en else str(en))


def _outcomes(files: list[dict[str, Any]]) -> list[tuple[Text, int]]:
    """Files by status, the most frequent first."""
    counts: dict[Text, int] = {}
    for file in files:
        counts[file["status"]] = counts.get(file["status"], 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def unreadable_records(landed: pd.DataFrame) -> list[dict[str, Any]]:
    """Every record that landing could not read: source, feed, file, record number, reason in both languages."""
    found = []
    for file in landed.itertuples():
        if missing(file.unreadable_list) or not file.unreadable_list:
            continue
        for record in json.loads(file.unreadable_list):
            found.append(
                {
                    "source": file.source,
                    "feed": file.feed,
                    "file": file.file,
                    "record": record["record"],
                    "zh": record["reason_zh"],
                    "en": record["reason_en"],
                }
            )
    return found


def by_rule(quarantine: pd.DataFrame) -> list[dict[str, Any]]:
    """Quarantined rows per rule, the most frequent first, with a few examples: where the row stands and the value at fault.

    An example shows no more of the row than its failing column: the page is public, the row may name a firm.
    """
    rules: dict[tuple[str, str], dict[str, Any]] = {}
    for row in quarantine.to_dict("records"):
        for rule, zh, en in zip(_items(row["rule_ids"]), _items(row["reasons_zh"]), _items(row["reasons_en"]), strict=True):
            entry = rules.setdefault(
                (row["target"], rule), {"target": row["target"], "rule": rule, "reason": Text(zh, en), "rows": 0, "examples": []}
            )
            entry["rows"] += 1
            if len(entry["examples"]) < EXAMPLES:
                entry["examples"].append(
                    {k: row[k] for k in ("source", "feed", "file", "record")} | {"value": _value(rule, row["row"])}
                )
    return sorted(rules.values(), key=lambda e: (-e["rows"], e["rule"]))


def _value(rule: str, row: object) -> str | None:
    """The cell that a rule `<table>.<column>.<kind>` speaks of; None where it is empty or withheld as personal."""
    parts = rule.split(".")
    content = json.loads(row) if isinstance(row, str) else {}
    value = content.get(parts[1]) if len(parts) >= 3 else None
    return None if value is None else str(value)


def _rules_frame(rules: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [(r["target"], r["rule"], r["reason"].zh, r["reason"].en, r["rows"]) for r in rules]
    return pd.DataFrame(rows, columns=["target", "rule_id", "reason_zh", "reason_en", "rows"])
