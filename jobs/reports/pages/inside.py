"""What a unit is made of: its categories, its prefectures, its roles; of a category its finer ones,
platforms, provinces, clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jobs.reports.figures import DESIGNS, Line, line
from jobs.reports.gathered import Gathered
from jobs.reports.names import KINDS, Kind
from jobs.reports.pages.comparison import Comparison, compare, comparison
from jobs.reports.pages.standing import suspect
from jobs.reports.rates import Window
from jobs.reports.wording import ROLE, Text


def inside(known: Gathered, kind: Kind, code: str) -> list[tuple[str, Text, list[Comparison]]]:
    """What the unit is made of: its categories; of a category its finer ones, its platforms, provinces and
    clusters.

    Pairs and prefectures are those of a calendar year, finer categories those of the newest twelve months.
    """
    year = known.rates.year
    found: list[tuple[str, Text, list[Comparison], Window | None]] = []
    if kind.dimension == "category":
        finer = known.finer(code)
        if finer:
            found.append(
                (
                    "finer",
                    Text("其下品类", "Finer categories"),
                    compare(known, "category", codes=finer),
                    known.window,
                )
            )
        for other in ("platform", "region", "cluster"):
            pairs = [
                comparison(known, other, design, known.rates.across(other, code, design), window=year)
                for design in DESIGNS
            ]
            found.append((other, KINDS[other].many, pairs, year))
    else:
        for name, main in (("categories", True), ("finer", False)):
            title = Text("其中各品类", "By category") if main else Text("其中二级品类", "By finer category")
            found.append((name, title, _categories(known, kind, code, main), year))
        below = prefectures(known, kind, code)
        if below:
            parts = compare(known, "region", codes=below, role="seller", window=year)
            found.append(("prefectures", Text("各地市", "Prefectures"), parts, year))
    return [
        (name, title, [_suspected(known, kind, code, c, window) for c in parts])
        for name, title, parts, window in found
        if any(c.lines for c in parts)
    ]


def _categories(known: Gathered, kind: Kind, code: str, main: bool) -> list[Comparison]:
    """A unit by its main or by its finer categories."""
    pairs = []
    for design in DESIGNS:
        rows = known.rates.within(kind.dimension, code, design)
        rows = [r for r in rows if known.is_main(r["dimension2_code"]) == main]
        pairs.append(
            comparison(known, "category", design, rows, code="dimension2_code", window=known.rates.year)
        )
    return pairs


def _suspected(
    known: Gathered, kind: Kind, code: str, parts: Comparison, window: Window | None
) -> Comparison:
    """With which of the parts stands out, of probability samples."""
    if parts.design != "probability":
        return parts
    whole = known.rates.newest(kind.dimension, code, "probability", role=kind.role, window=window)
    return replace(parts, suspect=suspect(parts.lines, whole))


def roles(known: Gathered, code: str, name: Text) -> list[tuple[str, list[tuple[Text, Line | None]]]]:
    """Per design the province as seat of the seller, of the producer and of the consumer, in the newest
    twelve months."""
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
    return (
        []
        if kind.dimension != "region"
        else sorted(regions.loc[regions["parent_code"] == code, "region_code"])
    )
