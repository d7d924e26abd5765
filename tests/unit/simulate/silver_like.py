"""Tables of a dossier as silver would hold them, for what is built of silver."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd


def silver_like(table: pd.DataFrame, *key: str) -> pd.DataFrame:
    """The last row of each key, without what is for the simulation only; days as dates, empty cells as
    None."""
    rows = table.drop_duplicates(list(key), keep="last")[[c for c in table.columns if not c.startswith("_")]]
    return rows.apply(
        lambda column: pd.Series([_cell(value) for value in column.astype(object)], rows.index, dtype=object)
    ).reset_index(drop=True)


def _cell(value: object) -> object:
    if isinstance(value, list):
        return value
    if value is None or pd.isna(value) or value == "":
        return None
    return pd.Timestamp(value).date() if isinstance(value, pd.Timestamp | np.datetime64 | date) else value
