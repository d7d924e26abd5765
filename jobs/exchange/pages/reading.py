"""Reads from the lake what pages of the outbox need besides the packages' rows: dates of the night and names
of codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from jobs.arrays import dicts
from jobs.code_identity import code_hash
from jobs.contracts.catalog import Catalog
from jobs.exchange.pages.cells import AUTHORITY, BRAND_NAME
from jobs.exchange.pages.desk import desks_of
from jobs.exchange.pages.published import Published
from jobs.exchange.pages.writing import Night
from jobs.ingest.source import Sources
from jobs.lake.night import Snapshot
from jobs.reports.authorities import authority_of
from jobs.reports.data_date import data_date
from jobs.reports.gathered import placed
from jobs.reports.index_parts import tenth
from jobs.reports.nation import of_nation
from jobs.reports.numbers import missing
from jobs.reports.rendering import HERE as REPORTS
from jobs.reports.wording import Text

REGION = "silver.region"
# Dimension → table and column of its codes; each has name_zh and name_en.
NAMED = {
    "platform": ("silver.platform", "platform_code"),
    "region": (REGION, "region_code"),
    "category": ("silver.product_category", "category_code"),
    "lab": ("silver.lab", "lab_id"),
    "brand": ("silver.brand", "brand_id"),
    "cluster": ("silver.industrial_cluster", "cluster_code"),
}
ENTERPRISES, ENTERPRISE = ("silver.enterprise", "uscc"), "enterprise_"
REGISTERED = "name"  # of an enterprise
LANDED, BASE = "ops.ingest_file", "gold.quality_index_base"
# Files that pages are made by, beside code and contracts.
FILES = (REPORTS / "static", REPORTS / "templates")
LIBRARIES = ("jinja2", "markupsafe")


def read_night(
    snapshot: Snapshot,
    catalog: Catalog,
    day: date,
    recipients: Collection[str],
    published: Path | None,
    contact: str,
    sources: Sources | None = None,
) -> Night:
    """Return what all pages of a night have in common: its dates, names of codes, published figures, whom to
    ask.

    ``snapshot``: the tables of the night; ``catalog``: their contracts; ``day``: the day of the packages;
    ``recipients``: names of those that may get one; ``published``: the folder of the bundles, None or absent
    where there are none; ``contact``: '' where the installation names no one; ``sources``: of which one
    takes acknowledgements.
    """
    assert snapshot.run_id is not None and snapshot.date is not None, "a package is of a night"
    return Night(
        day,
        snapshot.run_id,
        data_date(snapshot, snapshot.date),
        _synthetic(snapshot),
        _all_names(snapshot, recipients),
        Published(published),
        catalog,
        contact,
        _base(snapshot),
        {} if sources is None else desks_of(sources),
    )


def said_beside(snapshot: Snapshot, published: Path | None, contact: str) -> list[Any]:
    """Return as a list all that pages show besides the rows of tables: date of the newest event, whether data
    are synthetic, bundles, contact, the nation's index of the base year. Where two such lists and the rows
    are equal, so are the pages, and they need not be made again. Arguments as for `read_night`."""
    return [
        str(data_date(snapshot, snapshot.date or date.max)),
        _synthetic(snapshot),
        Published(published).identity,
        contact,
        _base(snapshot),
    ]


def _base(snapshot: Snapshot) -> Text | None:
    """The nation's index of the base year in words; None where there is none yet."""
    rows = snapshot.frame(BASE) if snapshot.version(BASE) is not None else None
    if rows is None or rows.empty:
        return None
    year, score = rows["base_start"].iloc[0].year, tenth(rows["base_score"].iloc[0])
    return Text(f"基期{year}年全国={score}", f"the nation's in {year}: {score}")


def pages_code() -> str:
    """Return a hash of the code, templates and scripts that pages are made by, so that changed code makes new
    pages."""
    return code_hash([__name__], FILES, libraries=LIBRARIES)


def _synthetic(snapshot: Snapshot) -> bool:
    """Return whether any source declares that its data are synthetic."""
    if not snapshot.lake.exists(LANDED):
        return False
    return bool(snapshot.lake.frame(LANDED, columns=["synthetic"])["synthetic"].eq(True).any())


def _all_names(snapshot: Snapshot, recipients: Collection[str]) -> dict[str, dict[str, Text]]:
    """Return dimension → code → name. As there are millions of enterprises, only those among ``recipients``
    are read: only headings need their names, as rows have them."""
    found = {dimension: _names(snapshot, *place) for dimension, place in NAMED.items()}
    codes = [name.removeprefix(ENTERPRISE) for name in recipients if name.startswith(ENTERPRISE)]
    found[AUTHORITY], found[BRAND_NAME] = _authorities(snapshot, found["region"]), _by_name(found["brand"])
    found["enterprise"] = _names(snapshot, *ENTERPRISES, codes) if codes else {}
    return found


def _authorities(snapshot: Snapshot, known: Mapping[str, Text]) -> dict[str, Text]:
    """Return code of a region → name of its market regulation authority. ``known``: names of regions."""
    if snapshot.version(REGION) is None:
        return {}
    columns = ["region_code", "parent_code", "name_zh", "level"]
    rows = snapshot.frame(REGION, columns=columns, where=of_nation(snapshot, REGION))
    regions = {row["region_code"]: row for row in dicts(rows)}
    return {
        code: authority_of(regions, code, placed(regions, code, lambda c: known[c].en)) for code in regions
    }


def _by_name(brands: Mapping[str, Text]) -> dict[str, Text]:
    """Return Chinese name → name in both languages, of brands that have an English name; a name that two
    brands share with different English ones is left out. ``brands``: names by identifier."""
    found: dict[str, set[str]] = {}
    for name in brands.values():
        found.setdefault(name.zh, set()).add(name.en)
    return {zh: Text(zh, *en) for zh, en in found.items() if len(en) == 1}


def _names(snapshot: Snapshot, table: str, key: str, codes: Sequence[str] | None = None) -> dict[str, Text]:
    """Return code → name from a register: the code itself where there is no Chinese name, and the Chinese
    name where there is no English one. ``codes``: only these; None for all."""
    if snapshot.version(table) is None:
        return {}
    there = set(snapshot.lake.dataset(table, snapshot.version(table)).schema.names)
    columns = [key, *(name for name in ("name_zh", "name_en", REGISTERED) if name in there)]
    parts = [of_nation(snapshot, table), None if codes is None else pc.field(key).isin(sorted(codes))]
    where = reduce(and_, [part for part in parts if part is not None], pc.scalar(True))
    rows = snapshot.frame(table, columns=columns, where=where)
    rows = rows[rows[key].notna()].rename(columns={REGISTERED: "name_zh"} if REGISTERED in there else {})
    rows = rows.reindex(columns=[key, "name_zh", "name_en"]).astype(object)
    return {
        code: Text(code if missing(zh) else zh, (code if missing(zh) else zh) if missing(en) else en)
        for code, zh, en in rows.itertuples(index=False)
    }
