"""Reads the parameters of the index's method from silver.index_method, by the day from which each version is
valid. Pure.

PARAMETERS: across, least_coverage, least_judged, level, draws, seed, weight_spread, goalpost_spread,
rank_share, decimals."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Names of the parameters, each an item of silver.index_method.
PARAMETERS = (
    "across least_coverage least_judged level draws seed weight_spread goalpost_spread rank_share decimals"
).split()


def methods(index_method: pd.DataFrame, starts: pd.Series) -> pd.DataFrame:
    """Return the method valid on each day of ``starts``: one row per element, in its order and with a new
    index, with version, PARAMETERS and since (first day of the version).

    ``index_method``: silver, one row per version and item. A version is valid from the earliest valid_from of
    its rows until the next version begins. Raises ValueError where no version is valid on a day, and where a
    version that is used lacks one of PARAMETERS."""
    days = pd.to_datetime(starts)
    wide = index_method.pivot(index="version", columns="item", values="value").reset_index()
    wide = wide.reindex(columns=wide.columns.union(PARAMETERS, sort=False))
    first = pd.to_datetime(index_method.groupby("version")["valid_from"].min())
    wide = wide.assign(since=wide["version"].map(first)).sort_values("since")
    found = (
        np.searchsorted(
            wide["since"].to_numpy("datetime64[ns]"), days.to_numpy("datetime64[ns]"), side="right"
        )
        - 1
    )
    if (found < 0).any():
        raise ValueError(f"no method is valid on {days[found < 0].iloc[0]:%Y-%m-%d}")
    absent = wide.iloc[np.unique(found)].set_index("version")[PARAMETERS].isna().stack()
    if absent.any():
        raise ValueError("version {!r} of index_method has no {}".format(*absent[absent].index[0]))
    return wide.iloc[found].reset_index(drop=True)
