"""Finds the level of a unit within its dimension: province or prefecture, category of level 1 or 2. Only
units of one level are compared, and shrunk towards each other. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

_TOP = {"region": "province", "category": "1"}


def levels(units: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame) -> np.ndarray:
    """Return the level of each unit, in the order of ``units``, as an object array: `province`, `prefecture`
    or another level of silver.region for regions; the level as text (`1`, `2`) for categories; '' for other
    dimensions.

    ``units``: columns dimension_type and dimension_code. ``region``, ``product_category``: silver tables. The
    unit `unknown` and codes that the reference does not hold get the highest level, so that the units of that
    level together hold every sample exactly once."""
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
