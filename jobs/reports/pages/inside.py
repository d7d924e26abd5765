"""What a unit is made of: its categories, its prefectures, its roles; of a category its finer ones, platforms, provinces,
clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jobs.reports.figures import DESIGNS, Line, line
from jobs.reports.gathered import Gathered
from jobs.reports.names import KINDS, Kind
from jobs.reports.pages.comparison import Comparison, compare, comparison
from jobs.reports.pages.standing import suspect
from jobs.reports.wording import ROLE, Text


def inside(known: Gathered, kind: Kind, code: str) -> list[tuple[str, Text, list[Comparison]]]:
    """What the unit is made of: its categories; of a category its finer ones, its platforms, provinces and clusters."""
    found = []
    if kind.dimension == "category":
        finer = known.finer(code)
        if finer:
            found.append(("finer", Text("其下品类", "Finer categories"), compare(known, "category", codes=finer)))
        for other in ("platform", "region", "cluster"):
            pairs = [comparison(known, other, design, known.rates.across(other, code, design)) for design in DESIGNS]
            found.append((other, KINDS[other].many, pairs))
    else:
        for name, main in (("categories", True), ("finer", False)):
            pairs = []
            for design in DESIGNS:
                rows = [
                    r for r in known.rates.within(kind.dimension, code, design) if known.is_main(r["dimension2_code"]) == main
                ]
                pairs.append(comparison(known, "category", design, rows, code="dimension2_code"))
            title = Text("其中各品类", "By category") if main else Text("其中二级品类", "By finer category")
            found.append((name, title, pairs))
        below = prefectures(known, kind, code)
        if below:
            found.append(("prefectures", Text("各地市", "Prefectures"), compare(known, "region", codes=below, role="seller")))
    whole = known.rates.newest(kind.dimension, code, "probability", role=kind.role)
    return [
        (name, title, [replace(c, suspect=suspect(c.lines, whole)) if c.design == "probability" else c for c in pairs])
        for name, title, pairs in found
        if any(c.lines for c in pairs)
    ]


def roles(known: Gathered, code: str, name: Text) -> list[tuple[str, list[tuple[Text, Line | None]]]]:
    """Per design the province as seat of the seller, of the producer and of the consumer, in the newest twelve months."""
    found: list[tuple[str, list[tuple[Text, Line | None]]]] = []
    for design in DESIGNS:
        rows: list[tuple[Text, Any]] = [
            (words, known.rates.newest("region", code, design, role=role)) for role, words in ROLE.items()
        ]
        if any(row is not None for _, row in rows):
            found.append((design, [(words, None if row is None else line(row, name)) for words, row in rows]))
    return found


def prefectures(known: Gathered, kind: Kind, code: str) -> list[str]:
    regions = known.night.frame("silver.region")
    return [] if kind.dimension != "region" else sorted(regions.loc[regions["parent_code"] == code, "region_code"])
