"""The glossary: one entry for each measure, count, status or concept, in both languages."""

from __future__ import annotations

import pandas as pd

from jobs.contracts.glossary import KINDS, glossary
from jobs.reports.downloads import csv_bytes
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

KIND = {
    "measure": Text("指标", "Measures"),
    "count": Text("计数", "Counts"),
    "status": Text("状态", "Statuses"),
    "concept": Text("概念", "Concepts"),
}


def build() -> Page:
    """Return glossary.html, with the terms by kind in the order of schemas/glossary.csv. The search finds the
    page by each term's name. The download has one row per term."""
    terms = list(glossary().values())
    groups = [(KIND[kind], [t for t in terms if t.kind == kind]) for kind in KINDS]
    rows = pd.DataFrame(terms).assign(columns=[";".join(t.columns) for t in terms])
    return Page(
        "glossary.html",
        "glossary.html",
        Text("术语表", "Glossary"),
        "glossary.html",
        {"groups": groups},
        {"data/glossary.csv": csv_bytes(rows)},
        " ".join(f"{t.zh} {t.en}" for t in terms),
    )
