"""Orders of every cell of a lake as they are, and the sums that anyone can do with them: written out here
from gold.commerce_state and the references, apart from the marts that decide what is withheld."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pandas as pd
from attacker import Cell

from jobs.lake.night import Snapshot

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _paths(rows: pd.DataFrame, key: str) -> dict[str, list[str]]:
    """Each code with itself and those above it."""
    above = dict(zip(rows[key], rows["parent_code"].where(rows["parent_code"].notna(), None), strict=True))
    found = {}
    for code in above:
        path, at = [], code
        while at in above and at not in path:
            path.append(at)
            at = above[at]
        found[code] = path
    return found


def truth(
    snapshot: Snapshot, measure: str = "n_orders"
) -> tuple[dict[Cell, float], list[tuple[Cell, list[Cell]]]]:
    """Orders (or another measure of gold.commerce_state) by cell, and (sum, parts): units over months,
    quarters and years; the nation over platforms, provinces and main categories; provinces and categories
    over those below; the table over its rows and columns, which are units."""
    state = snapshot.frame("gold.commerce_state")
    region, category = snapshot.frame("silver.region"), snapshot.frame("silver.product_category")
    level = dict(zip(region["region_code"], region["level"], strict=True))
    places, goods = _paths(region, "region_code"), _paths(category, "category_code")
    orders: dict[Cell, float] = {}
    parts: dict[Cell, dict[str, set[Cell]]] = {}

    def add(cell: Cell, n: float) -> None:
        orders[cell] = orders.get(cell, 0.0) + n

    for row in state[state["n_orders"] > 0].to_dict("records"):
        seat = [c for c in places.get(row["region_code"], []) if level[c] in ("province", "prefecture")]
        seat = seat or [row["region_code"]]
        kinds = goods.get(row["category_code"], [row["category_code"]])
        for kind, size in MONTHS.items():
            month = row["month"]
            start = date(month.year, (month.month - 1) // size * size + 1, 1)
            units = [("nation", "CN"), ("platform", row["platform_code"])]
            units += [("region", code) for code in seat] + [("category", code) for code in kinds]
            for unit in units:
                add((kind, start, *unit, "all"), float(row[measure]))
            _chain(parts, kind, start, [("nation", "CN"), ("platform", row["platform_code"])], "platform")
            _chain(parts, kind, start, [("nation", "CN"), *(("region", c) for c in seat[::-1])], "region")
            _chain(parts, kind, start, [("nation", "CN"), *(("category", c) for c in kinds[::-1])], "goods")
            if kind == "month":
                _table(parts, add, start, seat[-1], kinds[-1], float(row[measure]))
            else:
                inner = {"quarter": "month", "year": "quarter"}[kind]
                first = date(month.year, (month.month - 1) // MONTHS[inner] * MONTHS[inner] + 1, 1)
                for unit in units:
                    total = parts.setdefault((kind, start, *unit, "all"), {})
                    total.setdefault("time", set()).add((inner, first, *unit, "all"))
    sums = [(total, sorted(some)) for total, ways in parts.items() for some in ways.values()]
    return orders, sums


def _chain(parts: dict, kind: str, start: date, units: list[tuple[str, str]], way: str) -> None:
    for upper, lower in pairwise(units):
        total = parts.setdefault((kind, start, *upper, "all"), {})
        total.setdefault(way, set()).add((kind, start, *lower, "all"))


def _table(
    parts: dict, add: Callable[[Cell, float], None], month: date, province: str, main: str, n: float
) -> None:
    inner = ("month", month, "table", province, main)
    for region, category in ((province, main), (province, "all"), ("CN", main), ("CN", "all")):
        add(("month", month, "table", region, category), n)
    across, down = ("month", month, "table", province, "all"), ("month", month, "table", "CN", main)
    parts.setdefault(across, {}).setdefault("row", set()).add(inner)
    parts.setdefault(down, {}).setdefault("column", set()).add(inner)
    parts[across]["unit"] = {("month", month, "region", province, "all")}
    parts[down]["unit"] = {("month", month, "category", main, "all")}
    whole = parts.setdefault(("month", month, "table", "CN", "all"), {})
    whole["unit"] = {("month", month, "nation", "CN", "all")}
