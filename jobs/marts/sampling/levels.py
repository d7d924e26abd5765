"""The level of a unit within its dimension (province or prefecture, category of level 1 or 2): only units of
one level are compared and shrunk together. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

_TOP = {"region": "province", "category": "1"}


def levels(units: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame) -> np.ndarray:
    """Return the level of each row of ``units`` (columns UNIT_KEY): `province` or `prefecture` for regions,
    the level as text (`1`, `2`) for categories, '' for other dimensions.

    ``unknown`` and codes that the reference does not hold get the highest level, so that the units of that
    level hold every sample exactly once. ``region``, ``product_category``: silver."""
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
