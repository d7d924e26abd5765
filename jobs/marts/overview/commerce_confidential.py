"""gold.commerce_confidential: of which units and periods the orders may not be shown, nor what gives them
back (definitions.md 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, Hierarchy, hierarchies
from jobs.marts.overview.commerce_table import FEWEST_ENTERPRISES, LARGEST_SHARE, TABLE, WIDTH
from jobs.methods import suppression
from jobs.period import Period

KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PARTITIONS = ("platform", "region", "category")  # whose highest units add up to the nation


def build(
    *,
    commerce_concentration: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per month, quarter and year and unit with trade, sorted by KEY; the first argument is gold, the
    others silver.

    Confidential by itself: fewer than five enterprises, or one above 85 % of the orders. Of a quarter or a
    year it is known by its months: five enterprises in one of them are five in all, and nobody has more than
    the months' largest ones together;
    where that does not prove enough, the period is taken for confidential, so no list of sellers is kept over
    months. Further cells are withheld so that no sum of months, or of units, gives one back
    (`suppression.linked`).
    """
    rows = by_period(commerce_concentration[commerce_concentration["dimension_type"] != TABLE])
    alone = (rows["n_enterprises"] < FEWEST_ENTERPRISES) | (
        rows["largest_orders"] > LARGEST_SHARE * rows["n_orders"]
    )
    values = rows["n_orders"].to_numpy(float)
    sums = relations(rows, hierarchies(region=region, product_category=product_category))
    hidden = suppression.linked(values, alone.to_numpy(bool), sums, width=WIDTH)
    starts = rows["first"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    table = rows.assign(period_start=starts, confidential=hidden)
    return table[[*KEY, "n_orders", "confidential"]].sort_values(KEY, ignore_index=True)


def by_period(units: pd.DataFrame) -> pd.DataFrame:
    """Months, quarters and years of each unit; ``first`` as months since 1970. n_enterprises is the most that
    a month has, largest_orders the sum of the months' largest."""
    month = units["month"].to_numpy("datetime64[M]").astype(np.int64)
    by = ["period_type", "first", "dimension_type", "dimension_code"]
    parts = [units.assign(period_type=kind, first=month // size * size) for kind, size in MONTHS.items()]
    return (
        pd.concat(parts, ignore_index=True)
        .groupby(by, as_index=False)
        .agg(
            n_enterprises=("n_enterprises", "max"),
            n_orders=("n_orders", "sum"),
            largest_orders=("largest_orders", "sum"),
        )
    )


def relations(rows: pd.DataFrame, trees: dict[str, Hierarchy]) -> list[tuple[int, np.ndarray]]:
    """Every sum that a reader can do: of each, the place of the sum in ``rows`` and those of its parts."""
    columns = [rows[name] for name in ("period_type", "first", "dimension_type", "dimension_code")]
    at = {key: place for place, key in enumerate(zip(*columns, strict=True))}
    parts: dict[int, dict[str, list[int]]] = {}
    for (kind, first, dimension, code), place in at.items():
        longer = {"month": "quarter", "quarter": "year"}.get(kind)
        if longer is not None:
            total = at[longer, first // MONTHS[longer] * MONTHS[longer], dimension, code]
            parts.setdefault(total, {}).setdefault("time", []).append(place)
        if dimension in PARTITIONS:
            above = trees[dimension].units(code)[1:2] if dimension in trees else ()
            upper = (kind, first, dimension, above[0]) if above else (kind, first, "nation", NATION)
            if upper in at:
                parts.setdefault(at[upper], {}).setdefault(dimension, []).append(place)
    return [(total, np.array(places)) for total, ways in parts.items() for places in ways.values()]
