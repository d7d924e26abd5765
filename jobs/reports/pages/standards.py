"""The page standards.html: which citations of standards on listings sellers have to correct, what else has
to be cleared up today and by whom, which standards fail most, how many listings cite valid editions, and
who takes part in making standards."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.reports import standards as found
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

PATH = "standards.html"
COUNTED = ["status", "nature", "since", "platform_code", "category_code"]
TABLES = (found.EDITIONS, found.CITED, found.LIMITS, found.FAILURES, found.RATES, found.PARTICIPATION)


def build(known: Gathered) -> Page:
    """Return the page standards.html. ``known``: the tables of one night. Downloads are the whole tables
    TABLES, and the numbers of listings to be corrected (`counted`); platforms get the listings through their
    outbox."""
    rows = known.night.frame(found.CITATIONS)
    clear, lacking, soon = found.to_clear_up(known), found.not_judged(known), found.ending(known)
    context = {
        "n_listings": rows["listing_id"].nunique(),
        "n_mandatory": rows.loc[rows["nature"] == "mandatory", "listing_id"].nunique(),
        "platforms": found.corrections(known, "platform_code"),
        "cited": found.cited_wrongly(known),
        "clear": clear,
        "n_clear": len({r["standard"] for part in clear.values() for r in part}),
        "soon": soon,
        "lacking": lacking,
        "without_year": found.without_year(known),
        "changes": found.changes(known),
        "change_words": list(found.CHANGE.values()),
        "failures": found.failures(known),
        "nation": found.share_of(known, "nation", NATION_CODE),
        "coverage": [(kind, found.coverage(known, kind)) for kind in ("category", "platform")],
        "participation": found.participation(known),
        "kinds": list(found.KIND.values()),
        "most": found.MOST,
    }
    downloads = {f"data/{table.split('.')[1]}.csv": csv_bytes(known.night.frame(table)) for table in TABLES}
    downloads["data/standard_citation.csv"] = csv_bytes(counted(rows))
    return Page(PATH, "standards.html", Text("标准共享", "Standards"), PATH, context, downloads)


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the number of listings to be corrected: one row per standard_no and values of COUNTED (status,
    nature, since, platform_code, category_code), column n_listings. ``rows``: of gold.standard_citation."""
    by = ["standard_no", *COUNTED]
    sums = rows.groupby(by, dropna=False)["listing_id"].nunique()
    return sums.rename("n_listings").reset_index().sort_values(by, ignore_index=True)


def of_unit(known: Gathered, dimension: str, code: str) -> dict[str, Any] | None:
    """Return what the page of a platform or category shows of standards: ``share``, its line of
    `standards.coverage`; ``cited``, the first FEW editions cited although not valid, of ``all``; ``n``,
    number of listings to be corrected. None for other dimensions, and where there is nothing of these."""
    if dimension not in ("platform", "category"):
        return None
    share = found.share_of(known, dimension, code)
    wrong = found.cited_wrongly(known, f"{dimension}_code", code)
    if share is None and not wrong:
        return None
    return {
        "share": share,
        "cited": wrong[: found.FEW],
        "all": len(wrong),
        "n": _listings(known, dimension, code),
    }


def _listings(known: Gathered, dimension: str, code: str) -> int:
    return len(set(known.rows_by(found.CITATIONS, (f"{dimension}_code",), (code,))["listing_id"]))
