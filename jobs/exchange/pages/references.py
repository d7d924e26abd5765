"""Names and actions by code from the project's reference files (`schemas/reference/*.csv`)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from jobs.environment import SCHEMAS
from jobs.reports.wording import Text


@cache
def reference(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of `schemas/reference/<name>.csv` that are valid without end (valid_to is empty or no
    column), each as column → text, in the order of the file."""
    with (SCHEMAS / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(row for row in csv.DictReader(lines) if not row.get("valid_to"))


@cache
def names_by_code(name: str, column: str) -> Mapping[str, Text]:
    """Return code → name in both languages from the reference file ``name``; of several rows with one code
    the first counts. ``column``: the column with the code; `pillar` means the column `item` (of
    index_weight)."""
    column = "item" if column == "pillar" else column
    found: dict[str, Text] = {}
    for row in reference(name):
        found.setdefault(row[column], Text(row["name_zh"], row["name_en"]))
    return MappingProxyType(found)


@cache
def unit_of(indicator: str) -> str:
    """Return the unit of an indicator's value, such as `share`, as in the reference file goalpost; '' where
    that lacks the indicator."""
    return next((row["unit"] for row in reference("goalpost") if row["indicator"] == indicator), "")


@cache
def action(indicator: str) -> Text:
    """Return what a party can do to raise an indicator of the quality index, in both languages, from the
    reference file indicator_actor (its first row); empty texts where that lacks the indicator."""
    rows = [row for row in reference("indicator_actor") if row["indicator"] == indicator]
    return Text(rows[0]["action_zh"], rows[0]["action_en"]) if rows else Text("", "")
