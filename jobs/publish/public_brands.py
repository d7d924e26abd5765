"""The English names of brands in bundles: of a brand that a published row names, as the register of brands
has it. The register's other columns stay inside."""

from __future__ import annotations

import pandas as pd

from jobs.contracts.model import Column
from jobs.lake.night import Snapshot
from jobs.reports.names import english_of_brands
from jobs.reports.nation import of_nation

REGISTER = "silver.brand"
BRAND_EN = Column(
    "brand_en",
    "string",
    False,
    False,
    "品牌英文名",
    "品牌登记的英文或拉丁字母名称；未登记的，或同名品牌登记的英文名不一致的，为空",
    "the brand's name in English or Latin letters, as registered; null where none is, or where brands "
    "of that name have different ones",
)


def with_english(snapshot: Snapshot, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, which have a column brand (a Chinese name or None), with the column brand_en: the
    English name that the nation's register in the night of ``snapshot`` has for it; None where it has none,
    or several."""
    names: dict[str, str] = {}
    if snapshot.version(REGISTER) is not None:
        own = of_nation(snapshot, REGISTER)
        names = english_of_brands(snapshot.frame(REGISTER, columns=["name_zh", "name_en"], where=own))
    return rows.assign(brand_en=pd.Series([names.get(b) for b in rows["brand"]], rows.index, dtype=object))
