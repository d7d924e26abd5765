"""Sums of counts over the units and periods of the quality index, against a count row by row."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.marts.quality_index.units import CLUSTER, Units, added_up, compact, month_number, whole

REGION = pd.DataFrame(
    {
        "region_code": ["330000", "330100", "330106", "440000", "440100"],
        "level": ["province", "prefecture", "county", "province", "prefecture"],
        "parent_code": [None, "330000", "330100", None, "440000"],
    }
)
CATEGORY = pd.DataFrame(
    {"category_code": ["AA", "AA01", "AA0101", "BB"], "parent_code": [None, "AA", "AA01", None]}
)
CLUSTERS = pd.DataFrame(
    {
        "cluster_code": ["shoes", "all"],
        "region_code": ["330100", "330000"],
        "category_codes": [["AA01"], ["AA", "BB"]],
    }
)
PLATFORMS = ["one", "two"]
MONTHS = [date(2025, month, 1) for month in range(1, 13)]
UNITS = Units.of(
    platform=pd.DataFrame({"platform_code": PLATFORMS}),
    region=REGION,
    product_category=CATEGORY,
    industrial_cluster=CLUSTERS,
    months=pd.Series(MONTHS),
    due=pd.Series(MONTHS),
)
ABOVE = {
    "330106": {"330000"}, "330100": {"330000"}, "330000": {"330000"}, "440100": {"440000"},
    "440000": {"440000"}, "AA0101": {"AA0101", "AA01", "AA"}, "AA01": {"AA01", "AA"}, "AA": {"AA"},
    "BB": {"BB"},
}  # fmt: skip


def rows(seed: int, place: str = "producer_region_code") -> pd.DataFrame:
    """Sixty rows; codes may be missing or of no reference, and so may a count."""
    draw = random.Random(seed)
    return pd.DataFrame(
        {
            "month": [draw.choice(MONTHS) for _ in range(60)],
            "platform_code": [draw.choice([*PLATFORMS, "ghost", None]) for _ in range(60)],
            "region_code": [draw.choice([*REGION["region_code"], "999999", None]) for _ in range(60)],
            place: [draw.choice([*REGION["region_code"], None]) for _ in range(60)],
            "category_code": [draw.choice([*CATEGORY["category_code"], "ZZ", None]) for _ in range(60)],
            "n": [draw.randrange(5) for _ in range(60)],
            "m": [draw.choice([None, 1.0, 2.0]) for _ in range(60)],
        }
    )


def clusters_of(goods: str | None, place: str | None) -> set[str]:
    found = set()
    if place in ("330100", "330106") and goods in ("AA01", "AA0101"):
        found.add("shoes")
    if place in ("330000", "330100", "330106") and goods in ABOVE:
        found.add("all")
    return found


def recounted(table: pd.DataFrame, place: str = "producer_region_code") -> dict[tuple, tuple[int, int]]:
    n: Counter[tuple] = Counter()
    m: Counter[tuple] = Counter()
    for row in table.to_dict("records"):
        units = {("nation", "CN")} | {("platform", row["platform_code"])} & {
            ("platform", p) for p in PLATFORMS
        }
        units |= {("region", code) for code in ABOVE.get(row["region_code"], ())}
        units |= {("category", code) for code in ABOVE.get(row["category_code"], ())}
        units |= {(CLUSTER, code) for code in clusters_of(row["category_code"], row[place])}
        for unit in units:
            n[*unit, row["month"]] += row["n"]
            m[*unit, row["month"]] += 0 if pd.isna(row["m"]) else int(row["m"])
    return {key: (n[key], m[key]) for key in n}


def by_key(sums: pd.DataFrame) -> dict[tuple, tuple[int, int]]:
    months = {int(number): day for number, day in zip(month_number(pd.Series(MONTHS)), MONTHS, strict=True)}
    assert not sums.duplicated(["dimension_type", "dimension_code", "month"]).any()
    return {
        (r.dimension_type, r.dimension_code, months[r.month]): (r.n, r.m)
        for r in sums.itertuples(index=False)
    }


@pytest.mark.parametrize("seed", range(5))
def test_each_row_counts_in_every_unit_that_it_belongs_to_and_in_no_other(seed: int):
    table = rows(seed)
    assert by_key(UNITS.sums(table, ["n", "m"])) == recounted(table)
    assert by_key(UNITS.sums(*compact(table), ["n", "m"])) == recounted(table)


def test_where_no_producer_is_known_a_cluster_has_what_is_sold_from_its_region():
    table = rows(7, "region_code")
    assert by_key(UNITS.sums(table, ["n", "m"])) == recounted(table, "region_code")


def test_the_sums_of_quarters_and_years_are_those_of_their_months_in_any_order_of_rows():
    table = rows(3)
    whole = UNITS.by_period(UNITS.sums(table, ["n"]), ["n"])
    mixed = UNITS.by_period(UNITS.sums(table.sample(frac=1, random_state=1), ["n"]), ["n"])
    pd.testing.assert_frame_equal(whole, mixed)
    months = whole[whole["period_type"] == "month"]
    for kind, size in (("quarter", 3), ("year", 12)):
        longer = whole[whole["period_type"] == kind]
        for row in longer.itertuples(index=False):
            own = months[
                (months["dimension_type"] == row.dimension_type)
                & (months["dimension_code"] == row.dimension_code)
            ]
            first = [
                (day.month - 1) // size * size + 1 == row.period_start.month for day in own["period_start"]
            ]
            assert row.n == own.loc[first, "n"].sum()
        assert longer["n"].sum() == months["n"].sum()


def test_without_any_row_there_is_no_sum():
    assert UNITS.by_period(UNITS.sums(rows(1).head(0), ["n"]), ["n"]).empty


def test_a_count_that_is_not_whole_is_an_error_and_loses_no_fraction() -> None:
    with pytest.raises(ValueError, match="n: holds a count that is not whole"):
        UNITS.sums(rows(1).assign(n=0.5), ["n"])
    with pytest.raises(ValueError, match="n: holds a count that is not whole"):
        whole(pd.Series([1.0, 0.5], name="n"))


@pytest.mark.parametrize("far", [3, 10**9])  # few or many combinations of the keys that do not occur
def test_groups_are_sorted_and_a_missing_count_is_none(far: int) -> None:
    counts = {"n": whole(pd.Series([1.0, np.nan, 4.0, 2.0]))}
    keys, sums = added_up([np.array([far, -1, far, 0]), np.array([7, 7, 7, 7])], counts)
    assert [key.tolist() for key in keys] == [[-1, 0, far], [7, 7, 7]]
    assert sums["n"].tolist() == [0, 2, 5] and sums["n"].dtype == np.int64
