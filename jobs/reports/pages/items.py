"""What fails most: items, hazards and standards of the nation and of each main category, and where failing
goods were made."""

from __future__ import annotations

from typing import Any

from jobs.reports.downloads import csv_bytes
from jobs.reports.failing import FEW, FOLLOWED, ITEMS, TREND, failing, followed
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.pages.comparison import compare
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

PATH = "items.html"
TEN = 10  # codes of a table of the nation; the download has all


def build(known: Gathered) -> Page:
    """items.html: the items, hazards and standards that fail most, in the nation, by main category and by the
    place of the producer, and what became of the parties of findings, by year. Its downloads are the whole
    tables of the nation's lists, here and on pages of units."""
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
    """Tables of probability samples where there are any; the category's page has those of targeted ones."""
    drawn = [cut for cut in found["cuts"] if cut["design"] == "probability"]
    return {**found, "cuts": drawn or found["cuts"]}
