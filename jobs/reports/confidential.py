"""What of trade may not be shown: taken from tables where they are read, so that no page, drawing, download
or workbook has it. Pure.

Of a unit and period that gold.commerce_confidential names the orders are withheld, and with them rate, limits
and score: the complaints are published (they are no commercial figure, and the total less the others gives
them anyway), and complaints over a rate are the orders. A class of rates would bound them too closely at its
ends. What is not known to be free is withheld.
"""

from __future__ import annotations

import pandas as pd

FLAGS = "gold.commerce_confidential"
KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
PER_ORDER = (
    "quality_complaints",
    "negative_reviews",
    "quality_returns",
)  # indicators of which orders are the denominator


def shown(table: str, rows: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """``rows`` of a gold table as whoever reads them may see them. ``flags``: KEY and confidential of
    FLAGS."""
    if table == "gold.complaint_rate":
        told = rows["confidential"] if "confidential" in rows else pd.Series(None, rows.index, dtype=object)
        hidden = ~told.eq(False) & ~rows["n_orders"].eq(0)
        return _without(
            rows.assign(confidential=hidden), hidden, ["n_orders", "rate_per_10000", "low", "high"]
        )
    if table == "gold.quality_index_indicator":
        hidden = rows["indicator"].isin(PER_ORDER) & rows["denominator"].gt(0) & _confidential(rows, flags)
        measured = (
            "value value_low value_high numerator denominator score estimate_mean estimate_precision"
        ).split()
        return _without(rows.assign(confidential=hidden), hidden, measured)
    if table == "gold.weak_point":  # what it costs and gains is the score in other words
        hidden = rows["indicator"].isin(PER_ORDER) & _confidential(rows, flags)
        return rows[~hidden].reset_index(drop=True)
    if table == "gold.sampling_proposal":
        month = rows.assign(period_type="month", period_start=rows["frame_month"])
        hidden = _confidential(month, flags) & ~rows["dimension_type"].eq("nation")
        return _without(rows, hidden, ["units_share", "units_sold"])
    return rows


def _confidential(rows: pd.DataFrame, flags: pd.DataFrame) -> pd.Series:
    free = flags.loc[flags["confidential"].eq(False), KEY]
    known = set(free.itertuples(index=False, name=None))
    return pd.Series(
        [key not in known for key in rows[KEY].itertuples(index=False, name=None)], rows.index, dtype=bool
    )


def _without(rows: pd.DataFrame, hidden: pd.Series, columns: list[str]) -> pd.DataFrame:
    """Null in ``columns`` where hidden; whole numbers stay whole."""
    kept = {
        c: rows[c].astype("Int64") if pd.api.types.is_integer_dtype(rows[c]) else rows[c]
        for c in columns
        if c in rows
    }
    return rows.assign(**{c: values.mask(hidden) for c, values in kept.items()}) if hidden.any() else rows
