"""On which level of its dimension a unit stands: units of one level are compared and shrunk together.
Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

_TOP = {"region": "province", "category": "1"}


def levels(units: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame) -> np.ndarray:
    """The level of each of ``units`` (UNIT_KEY): province or prefecture, 1 or 2, '' elsewhere.

    ``unknown`` and codes that the reference lacks stand on the highest level, which with them holds every
    sample once.
    """
    known = {
        "region": dict(zip(region["region_code"], region["level"], strict=True)),
        "category": {
            code: str(int(level))
            for code, level in zip(product_category["category_code"], product_category["level"], strict=True)
            if not pd.isna(level)
        },
    }
    found = [
        known[kind].get(code) or _TOP[kind] if kind in known else ""
        for kind, code in zip(units["dimension_type"], units["dimension_code"], strict=True)
    ]
    return np.array(found, dtype=object)
