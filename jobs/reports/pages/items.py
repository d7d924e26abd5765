"""The page items.html: the tested items, hazards and standards that fail most, in the nation and in each main
category; what became of parties whose goods failed; and in which provinces failing goods were produced."""

from __future__ import annotations

from typing import Any

from jobs.reports.downloads import csv_bytes
from jobs.reports.failing import FEW, FOLLOWED, ITEMS, failing, followed
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.pages.comparison import compare
from jobs.reports.rendering import Page
from jobs.reports.trends import TREND
from jobs.reports.wording import Text

PATH = "items.html"
TEN = 10  # codes of a table of the nation; the download has all


def build(known: Gathered) -> Page:
    """Return the page items.html. ``known``: the tables of one night.

    The template gets, as lists of dicts: the items, hazards and standards that fail most in the nation (at
    most TEN for each design of samples) and in each main category (at most FEW), how parties that failed did
    later, one line per year and kind of party, and the provinces of producers with the rates of probability
    samples. Downloads are the whole tables ITEMS, FOLLOWED and TREND as CSV, to which pages of units link
    too.
    """
    categories = [
        (code, known.names.of("category", code), _of_random_samples(found))
        for code in sorted(known.main)
        if (found := failing(known, "category", code, most=FEW)) is not None
    ]
    context = {
        "nation": failing(known, "nation", NATION_CODE, most=TEN),
        "categories": categories,
        "followed": followed(known, "nation", NATION_CODE),
        "made": [
            c
            for c in compare(known, "region", role="producer", codes=known.names.paged["region"])
            if c.lines and c.design == "probability"
        ],
    }
    downloads = {
        f"data/{table.split('.')[1]}.csv": csv_bytes(known.night.frame(table))
        for table in (ITEMS, FOLLOWED, TREND)
    }
    return Page(PATH, "items.html", Text("主要不合格项目", "What fails most"), PATH, context, downloads)


def _of_random_samples(found: dict[str, Any]) -> dict[str, Any]:
    """Return ``found`` (as `failing` returns it) with the tables of probability samples only, or unchanged
    where it has none of these. Tables of targeted samples are on the category's page."""
    drawn = [cut for cut in found["cuts"] if cut["design"] == "probability"]
    return {**found, "cuts": drawn or found["cuts"]}
