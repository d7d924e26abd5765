"""Decides which counts of orders and units sold are withheld as confidential, over all published tables
together, so that none can be computed from the others (definitions.md#confidential). Shared by
gold.commerce_confidential and gold.commerce_table. Pure.

A cell is a month with a unit (the nation, a platform, region, category or cluster) or with a field of the
table of provinces by level-1 categories: CELL, one row of gold.commerce_concentration. The nation's code in
dimension_code and `all` in category_code stand for sums.

CELL: month, dimension_type, dimension_code, category_code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, Hierarchy
from jobs.methods import suppression

# Values in gold.commerce_concentration: dimension_type of the table of provinces by categories, and
# category_code of sums over categories.
TABLE, EVERY_CATEGORY = "table", "all"
CLUSTER = "cluster"
CELL = ["month", "dimension_type", "dimension_code", "category_code"]
MEASURES = ("n_orders", "units_sold")
LARGEST = ("largest_orders", "largest_units")
# Enterprises without which, and share of one enterprise above which, a count is confidential.
FEWEST_ENTERPRISES, LARGEST_SHARE = 5, 0.85
WIDTH = 0.15  # a withheld value stays uncertain by at least this share of its size, either way
# What it costs to withhold a cell of the nation, or one that readers know already (which protects nothing);
# other cells cost 1, and the cheapest set is withheld.
NATION_WORTH = 100.0
KNOWN_WORTH = 1000.0
PARTITIONS = ("platform", "region", "category")  # whose highest units add up to the nation


def alone(rows: pd.DataFrame) -> np.ndarray:
    """Return which rows are confidential by themselves, without regard to sums: one bool per row. A row is
    confidential if it has any orders or units sold, and fewer than five enterprises or one enterprise with
    more than 85% of its orders or of its units.

    ``rows``: rows of gold.commerce_concentration."""
    dominated = [
        rows[largest] > LARGEST_SHARE * rows[measure]
        for measure, largest in zip(MEASURES, LARGEST, strict=True)
    ]
    some = rows[[*MEASURES]].sum(axis=1) > 0
    return (some & ((rows["n_enterprises"] < FEWEST_ENTERPRISES) | np.logical_or.reduce(dominated))).to_numpy(
        bool
    )


def withheld(
    concentration: pd.DataFrame,
    trees: Mapping[str, Hierarchy],
    industrial_cluster: pd.DataFrame,
    *,
    besides: np.ndarray | None = None,
    known: np.ndarray | None = None,
) -> np.ndarray:
    """Return which rows of gold.commerce_concentration (``concentration``) are withheld: one bool per row.
    One decision serves the table of provinces by categories and the figures of platforms, regions and
    categories of every level.

    Withheld are the rows of `alone`, and further ones so that no sum that a reader can compute gives one of
    them within 15%. A unit that is withheld in one month is withheld in all months of that year, so that sums
    over time reveal nothing; fields of the table have months only, each decided separately. A cluster is part
    of no sum, but lies in a region and categories and would give a lower bound for them: it is withheld in a
    year in which any of these is.

    ``trees``: as returned by `dimensions.hierarchies`; ``industrial_cluster``: silver. ``besides``: one bool
    per row, rows to protect as if confidential by themselves, because an earlier publication withheld them.
    ``known``: one bool per row, rows that readers have from an earlier publication. These are not protected,
    and other rows are withheld before them; where one is withheld nevertheless, what depends on it is not
    safe."""
    rows = concentration.reset_index(drop=True)
    none = np.zeros(len(rows), dtype=bool)
    besides, known = (none if given is None else given for given in (besides, known))
    cells = _cells(rows, trees)
    tied = np.where(known, -1 - np.arange(len(rows)), _ties(rows))
    parts = rows["dimension_type"].ne(CLUSTER).to_numpy()
    of_cell = cells[parts]
    places = np.unique(of_cell)  # of each cell its first row
    number = np.full(len(rows), -1)
    number[places] = np.arange(len(places))
    values = rows.loc[places, [*MEASURES]].to_numpy(float).T
    primary = np.zeros(len(places), dtype=bool)
    np.logical_or.at(primary, number[of_cell], ((alone(rows) | besides) & ~known)[parts])
    sums = [
        (int(number[total]), number[np.array(members)]) for total, members in relations(rows, cells, trees)
    ]
    seen = np.zeros(len(places), dtype=bool)
    np.logical_or.at(seen, number[of_cell], known[parts])
    worth = np.where(seen, KNOWN_WORTH, 1.0)
    worth = np.where(rows.loc[places, "dimension_type"].eq("nation"), NATION_WORTH, worth)
    found = suppression.complementary(values, primary, sums, tied=tied[places], worth=worth, width=WIDTH)
    hidden = np.zeros(len(rows), dtype=bool)
    hidden[parts] = found[number[of_cell]]
    hidden[~parts] = _clusters(rows, hidden, trees, industrial_cluster)
    return hidden | (besides & ~known)


def _keys(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(zip(*(rows[name] for name in CELL), strict=True))


def _cells(rows: pd.DataFrame, trees: Mapping[str, Hierarchy]) -> np.ndarray:
    """For each row the place of the row that stands for its cell: the sums of the table are units, too."""
    at = {key: place for place, key in enumerate(_keys(rows))}
    orders = rows["n_orders"].to_numpy()
    cells = np.arange(len(rows))
    for (month, dimension, code, category), place in at.items():
        if dimension != TABLE:
            continue
        if category == EVERY_CATEGORY:
            unit = ("nation" if code == NATION else "region", code)
        elif code == NATION:
            unit = ("category", category)
        else:
            continue
        same = at.get((month, *unit, EVERY_CATEGORY))
        if same is not None and orders[same] == orders[place] and not _above(unit, trees):
            cells[place] = same
    return cells


def _above(unit: tuple[str, str], trees: Mapping[str, Hierarchy]) -> tuple[str, ...]:
    """The units above one of its dimension."""
    dimension, code = unit
    return trees[dimension].units(code)[1:] if dimension in trees else ()


def _ties(rows: pd.DataFrame) -> np.ndarray:
    """A number per row: units by year, cells within the table by themselves."""
    inner = (
        rows["dimension_type"].eq(TABLE)
        & rows["dimension_code"].ne(NATION)
        & rows["category_code"].ne(EVERY_CATEGORY)
    )
    year = rows["month"].to_numpy("datetime64[Y]").astype(np.int64)
    by_year = (
        rows.assign(_year=year)
        .groupby(["_year", "dimension_type", "dimension_code", "category_code"], sort=False)
        .ngroup()
        .to_numpy()
    )
    return np.where(inner, by_year.max(initial=-1) + 1 + np.arange(len(rows)), by_year)


def relations(
    rows: pd.DataFrame, cells: np.ndarray, trees: Mapping[str, Hierarchy]
) -> list[tuple[int, list[int]]]:
    """Return every sum within one month that a reader can compute, as pairs: the position in ``rows`` of the
    sum, and the positions of the rows that add up to it. Of rows that represent the same cell, such as the
    nation's sum in the table and the nation as a unit, one position stands for all (``cells``).

    ``rows``: gold.commerce_concentration; ``cells``: for each row the position of the row that stands for its
    cell; ``trees``: as returned by `dimensions.hierarchies`."""
    at = {key: int(cells[place]) for place, key in enumerate(_keys(rows))}
    parts: dict[tuple[int, str], set[int]] = {}
    for (month, dimension, code, category), cell in at.items():
        ways: list[tuple[str, tuple[Any, ...]]] = []
        if dimension in PARTITIONS:
            above = _above((dimension, code), trees)[:1]
            upper = (dimension, above[0]) if above else ("nation", NATION)
            ways = [(dimension, (month, *upper, EVERY_CATEGORY))]
        elif dimension == TABLE:
            ways = [
                (name, (month, TABLE, *sum_of))
                for name, sum_of, own in (
                    ("provinces", (NATION, category), code == NATION),
                    ("categories", (code, EVERY_CATEGORY), category == EVERY_CATEGORY),
                )
                if not own
            ]
        for name, total in ways:
            if total in at:
                parts.setdefault((at[total], name), set()).add(cell)
    distinct = {(total, tuple(sorted(members))) for (total, _), members in parts.items()}
    return [(total, list(members)) for total, members in sorted(distinct)]


def _clusters(
    rows: pd.DataFrame, hidden: np.ndarray, trees: Mapping[str, Hierarchy], industrial_cluster: pd.DataFrame
) -> np.ndarray:
    """For the rows of clusters, in their order."""
    year = rows["month"].to_numpy("datetime64[Y]").astype(np.int64)
    keys = zip(
        year.tolist(), rows["dimension_type"], rows["dimension_code"], rows["category_code"], strict=True
    )
    secret = {key for key, is_hidden in zip(keys, hidden, strict=True) if is_hidden}
    own = alone(rows)
    mine = np.flatnonzero(rows["dimension_type"].eq(CLUSTER))
    codes = rows["dimension_code"].to_numpy(object)[mine]
    small = {(int(year[at]), code) for at, code in zip(mine, codes, strict=True) if own[at]}
    around = {
        row.cluster_code: _around(row.region_code, list(row.category_codes), trees)
        for row in industrial_cluster.itertuples()
    }
    found = [
        (int(year[at]), code) in small
        or code not in around
        or any((int(year[at]), *cell) in secret for cell in around[code])
        for at, code in zip(mine, codes, strict=True)
    ]
    return np.array(found, dtype=bool)


def _around(region: str, categories: list[str], trees: Mapping[str, Hierarchy]) -> list[tuple[str, str, str]]:
    """The cells in which all or some of a cluster lies."""
    places = trees["region"].units(region)
    goods = [trees["category"].units(category) for category in categories]
    units = [("region", place, EVERY_CATEGORY) for place in places]
    units += [("category", code, EVERY_CATEGORY) for path in goods for code in path]
    return units + [(TABLE, places[-1], path[-1]) for path in goods]
