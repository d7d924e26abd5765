"""What the country is built on: current regions, product categories and industrial clusters, read from
schemas/reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from jobs.errors import UsageError
from jobs.place_names import names_its_city
from jobs.simulate.country.words import MIDDLE_PRICE

MUNICIPALITIES = ("11", "12", "31", "50")
GENERIC = "市辖区|直辖|^重庆市县$"  # a prefecture that only groups counties of its province


@dataclass(frozen=True)
class References:
    """The reference frames.

    - ``regions``, one row per smallest current unit of the 31 mainland provinces: region_code, name_zh, city
      (short name), place (full name, for addresses), province (its code, six digits)
    - ``categories``, one row per level-2 category: category_code, parent_code (level 1), name_zh, name_en
    - ``clusters``, one row per industrial cluster: cluster_code, name_zh, region_code, categories (tuple of
      level-2 codes), regions (tuple of rows of ``regions``)
    - ``names``: code of each current region → its Chinese and English name; a district's has its city before
      it, unless it contains the city's name
    """

    regions: pd.DataFrame
    categories: pd.DataFrame
    clusters: pd.DataFrame
    names: Mapping[str, tuple[str, str]]


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise UsageError(f"{path}: 缺少参照文件 | the reference file is absent")
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def read_references(folder: Path) -> References:
    """Return the references from the files `region.csv`, `product_category.csv` and `industrial_cluster.csv`
    of a folder. Raises UsageError where one of them is absent."""
    every = _read(folder / "region.csv")
    regions = _regions(every)
    categories = _read(folder / "product_category.csv")
    categories = categories[(categories.level == "2") & categories.parent_code.isin(list(MIDDLE_PRICE))]
    categories = categories[["category_code", "parent_code", "name_zh", "name_en"]].reset_index(drop=True)
    clusters = _read(folder / "industrial_cluster.csv")
    parents = categories.groupby("parent_code").category_code.agg(tuple)
    clusters["categories"] = [
        tuple(c for p in codes.split(";") for c in parents[p]) for codes in clusters.category_codes
    ]
    # A cluster's code may be a prefecture: its enterprises sit in all of its counties.
    inside = [re.sub(r"(00)+$", "", code) for code in clusters.region_code]
    clusters["regions"] = [tuple(np.flatnonzero(regions.region_code.str.startswith(p))) for p in inside]
    return References(regions, categories, clusters.drop(columns="category_codes"), _names(every))


def _names(every: pd.DataFrame) -> dict[str, tuple[str, str]]:
    current = {row.region_code: row for row in every[every.valid_to == ""].itertuples(index=False)}
    found = {}
    for code, row in current.items():
        above = current[row.parent_code] if row.level == "county" and row.name_zh.endswith("区") else None
        if above is not None and re.search(GENERIC, above.name_zh):
            above = current[above.parent_code]
        zh, en = row.name_zh, row.name_en or row.name_zh
        if above is None or names_its_city(zh, above.name_zh):
            found[code] = (zh, en)
        else:
            found[code] = (above.name_zh + zh, f"{en}, {above.name_en}")
    return found


def _regions(every: pd.DataFrame) -> pd.DataFrame:
    current = every[(every.valid_to == "") & (every.region_code < "700000")]
    names = current.set_index("region_code").name_zh
    short = current.set_index("region_code").short_name_zh
    parents = set(current.parent_code)
    leaves = current[~current.region_code.isin(parents) & (current.level != "province")].copy()
    leaves["province"] = leaves.region_code.str[:2] + "0000"
    above = np.where(leaves.level == "prefecture", leaves.region_code, leaves.parent_code)
    city = names.reindex(above).fillna("").to_numpy()
    single = leaves.province.str[:2].isin(MUNICIPALITIES).to_numpy()
    own = single | pd.Series(city).str.contains("省直辖|自治区直辖|市辖县").to_numpy() | (city == "")
    shown = [re.sub(r"(?:市|地区|盟|.{1,3}族.*自治州|自治州)$", "", c) for c in city]
    province = short.reindex(leaves.province).to_numpy()
    leaves["city"] = [
        p if o or len(s) > 4 or not s else s for p, s, o in zip(province, shown, own, strict=True)
    ]
    county = np.where(leaves.level == "prefecture", "", leaves.name_zh)
    said = [o or names_its_city(part, c) for o, part, c in zip(own, county, city, strict=True)]
    leaves["place"] = names.reindex(leaves.province).to_numpy() + np.where(said, "", city) + county
    return leaves[["region_code", "name_zh", "city", "place", "province"]].reset_index(drop=True)
