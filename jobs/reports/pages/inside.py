"""The parts of a unit, compared with each other: its categories, and the prefectures of a province; for a
category its finer categories, the platforms and the sellers' provinces where it is sold, and the clusters
where it is made."""

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
    """Return the comparisons of a unit's parts as (name in the address, title, one comparison per design).
    For a category these are its finer categories (`finer`), platforms, provinces and clusters (by their
    dimension); for other units their main and finer categories (`categories`, `finer`) and, for a province,
    its `prefectures`. Kinds of parts without rates are left out.

    Finer categories of a category are compared in `Gathered.window`, all others in `Rates.year`. ``kind``,
    ``code``: the unit.
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
            title = Text("分品类情况", "By category") if main else Text("分二级品类情况", "By finer category")
            found.append((name, title, _categories(known, kind, code, main), year))
        below = prefectures(known, kind, code)
        if below:
            parts = compare(known, "region", codes=below, role="seller", window=year)
            found.append(("prefectures", Text("各设区的市", "Prefectures"), parts, year))
    return [
        (name, title, [_suspected(known, kind, code, c, window) for c in parts])
        for name, title, parts, window in found
        if any(c.lines for c in parts)
    ]


def _categories(known: Gathered, kind: Kind, code: str, main: bool) -> list[Comparison]:
    """Return the comparisons of a unit's main categories, or of its finer ones where ``main`` is false."""
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
    """Return the comparison with the part that stands out (`suspect`); unchanged for targeted samples."""
    if parts.design != "probability":
        return parts
    whole = known.rates.newest(kind.dimension, code, "probability", role=kind.role, window=window)
    return replace(parts, suspect=suspect(parts.lines, whole))


def roles(known: Gathered, code: str, name: Text) -> list[tuple[str, list[tuple[Text, Line | None]]]]:
    """Return a province's rates in `Gathered.window` as region of the seller, of the producer and of the
    consumer: (design, list of (role in words, line or None)). Designs without any are left out. ``code``,
    ``name``: of the province."""
    found: list[tuple[str, list[tuple[Text, Line | None]]]] = []
    for design in DESIGNS:
        rows: list[tuple[Text, Any]] = [
            (words, known.rates.newest("region", code, design, role=role)) for role, words in ROLE.items()
        ]
        if any(row is not None for _, row in rows):
            found.append((design, [(words, None if row is None else line(row, name)) for words, row in rows]))
    return found


def prefectures(known: Gathered, kind: Kind, code: str) -> list[str]:
    """Return the codes of the regions directly below a region in silver.region, those that no longer exist
    too, sorted; an empty list for units of other dimensions. ``kind``, ``code``: the unit."""
    regions = known.night.frame("silver.region")
    return (
        []
        if kind.dimension != "region"
        else sorted(regions.loc[regions["parent_code"] == code, "region_code"])
    )
