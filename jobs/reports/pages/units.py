"""Platforms, provinces, categories and industrial clusters: a page that sets them beside each other, and one page for each unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from jobs.reports.downloads import csv_bytes
from jobs.reports.figures import DESIGNS, Line, line
from jobs.reports.gathered import Gathered
from jobs.reports.names import KINDS, UNKNOWN, Kind, page_name
from jobs.reports.numbers import missing
from jobs.reports.pages.comparison import Comparison, beyond, compare, comparison, funnel_plot, province_map
from jobs.reports.pages.loop import by_unit, closed_loop, lags
from jobs.reports.pages.unit import blocks
from jobs.reports.rendering import Page
from jobs.reports.wording import PLATFORM_KIND, ROLE, Text, label

REFERENCE = {
    "platform": ("silver.platform", "platform_code"), "region": ("silver.region", "region_code"),
    "category": ("silver.product_category", "category_code"), "cluster": ("silver.industrial_cluster", "cluster_code"),
}


def build(known: Gathered) -> Iterator[Page]:
    """<dimension>s.html and <dimension>s/<code>.html for every unit that a reference or a sample names."""
    for kind in KINDS.values():
        codes = sorted(known.names.paged[kind.dimension])
        yield _list_page(known, kind, codes)
        for code in codes:
            yield _unit_page(known, kind, code)


def _list_page(known: Gathered, kind: Kind, codes: list[str]) -> Page:
    """All units of a dimension beside each other; of regions the provinces, of categories the main ones first."""
    rate = known.rates.plain
    levels = [(None, codes)] if kind.dimension != "category" else known.levels
    table, key = REFERENCE[kind.dimension]
    rows = rate[(rate["dimension_type"] == kind.dimension)]
    download = f"data/detection_rate_{kind.dimension}.csv"
    context = {
        "kind": kind,
        "levels": [(title, compare(known, kind.dimension, codes=[*part, "unknown"], role=kind.role)) for title, part in levels],
        "map": province_map(known, "") if kind.dimension == "region" else None,
        "funnel": funnel_plot(known, kind.dimension, role=kind.role, codes=levels[0][1]),
        "loops": by_unit(known, kind.dimension),
        "units": [(code, known.names.of(kind.dimension, code), _about(known, kind, code)) for code in codes],
        "beyond": beyond(known, kind.dimension, set(known.night.frame(table)[key]) | {"unknown"}),
        "download": download,
    }
    return Page(kind.listed, "units.html", kind.many, kind.listed, context, {download: csv_bytes(rows)})


def _unit_page(known: Gathered, kind: Kind, code: str) -> Page:
    name = known.names.of(kind.dimension, code)
    download = f"data/{kind.dimension}_{page_name(code)[:-5]}.csv"
    year, complaint = known.complaint(kind.dimension, code)
    context = {
        "kind": kind,
        "code": code,
        "name": name,
        "about": _about(known, kind, code),
        "blocks": blocks(known, kind.dimension, code, name, role=kind.role),
        "year": year,
        "complaint": complaint,
        "inside": _inside(known, kind, code),
        "roles": _roles(known, code, name) if kind.dimension == "region" else [],
        "loop": closed_loop(known, kind.dimension, code),
        "lags": lags(known, kind.dimension, code),
        "looped": kind.dimension in ("platform", "region"),
        "download": download,
    }
    return Page(f"{kind.folder}/{page_name(code)}", "unit.html", name, kind.listed, context, {download: csv_bytes(_rows(known, kind, code))}, code)


def _rows(known: Gathered, kind: Kind, code: str) -> pd.DataFrame:
    """The rows behind a unit's page: its own, its prefectures' and its pairs of the newest twelve months."""
    return known.rates.behind(code) if kind.dimension == "category" else known.rates.of(kind.dimension, code, *_prefectures(known, kind, code))


def _prefectures(known: Gathered, kind: Kind, code: str) -> list[str]:
    regions = known.night.frame("silver.region")
    return [] if kind.dimension != "region" else sorted(regions.loc[regions["parent_code"] == code, "region_code"])


def _about(known: Gathered, kind: Kind, code: str) -> Text | None:
    """What kind of unit it is: a platform's business, a category's parent, a cluster's place."""
    reference, key = REFERENCE[kind.dimension]
    rows = known.about(reference, key)
    row = rows.get(code)
    if kind.dimension == "platform":
        return UNKNOWN if row is None or missing(row["kind"]) else label(PLATFORM_KIND, row["kind"])
    if row is None:
        return Text("参照表之外的代码", "a code that no reference knows") if kind.dimension != "region" else None
    if kind.dimension == "category" and not missing(row["parent_code"]):
        return known.names.of("category", row["parent_code"])
    return known.place(row["region_code"]) if kind.dimension == "cluster" else None


def _inside(known: Gathered, kind: Kind, code: str) -> list[tuple[str, Text, list[Comparison]]]:
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
                rows = [r for r in known.rates.within(kind.dimension, code, design) if known.is_main(r["dimension2_code"]) == main]
                pairs.append(comparison(known, "category", design, rows, code="dimension2_code"))
            title = Text("其中各品类", "By category") if main else Text("其中二级品类", "By finer category")
            found.append((name, title, pairs))
        prefectures = _prefectures(known, kind, code)
        if prefectures:
            found.append(("prefectures", Text("各地市", "Prefectures"), compare(known, "region", codes=prefectures, role="seller")))
    return [(name, title, pairs) for name, title, pairs in found if any(c.lines for c in pairs)]


def _roles(known: Gathered, code: str, name: Text) -> list[tuple[str, list[tuple[Text, Line | None]]]]:
    """Per design the province as seat of the seller, of the producer and of the consumer, in the newest twelve months."""
    found: list[tuple[str, list[tuple[Text, Line | None]]]] = []
    for design in DESIGNS:
        rows: list[tuple[Text, Any]] = [(words, known.rates.newest("region", code, design, role=role)) for role, words in ROLE.items()]
        if any(row is not None for _, row in rows):
            found.append((design, [(words, None if row is None else line(row, name)) for words, row in rows]))
    return found
