"""Which rates may be shown: enough judged batches, and limits that are not too far apart (definitions.md 2).
Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.sampling.counts import DESIGNS, NUMBERS, Design
from jobs.methods import intervals

FEWEST_JUDGED = 30  # below it no rate is shown
WIDEST_INTERVAL = 0.2  # nor where the 95 % limits lie further apart than 20 points
SHOWN = "rate ci_low ci_high violation_rate listing_rate exposure_rate exposure_low exposure_high".split()


def rates(rows: pd.DataFrame) -> pd.DataFrame:
    """judged, rate, ci_low, ci_high (Wilson), violation_rate and ``unreliable`` of rows of counts, nothing
    hidden yet.

    ``rows``: COUNTS, exposure_low, exposure_high. Unreliable: fewer than 30 judged, or an interval, of the
    rate or of the exposure rate, wider than 20 points.
    """
    failed = rows["n_nonconforming"].to_numpy(float)
    judged = (rows["n_tested"] - rows["n_not_judged"]).to_numpy(float)
    violations = rows["n_exited_violation"].to_numpy(float)
    low, high = intervals.binomial(failed, judged)
    wide = (high - low > WIDEST_INTERVAL) | (
        rows["exposure_high"] - rows["exposure_low"] > WIDEST_INTERVAL
    ).to_numpy()
    return pd.DataFrame(
        {
            "judged": judged,
            "rate": _share(failed, judged),
            "ci_low": low,
            "ci_high": high,
            "violation_rate": _share(failed + violations, judged + violations),
            "unreliable": (judged < FEWEST_JUDGED) | wide,
        },
        index=rows.index,
    )


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """What `year_on_year` asks for of rows with their :func:`rates`."""
    exposed = rows[["exposure_rate", "exposure_low", "exposure_high"]]
    exposed = exposed.where(exposed.notna().all(axis=1)).set_axis(
        ["exposure", "exposure_low", "exposure_high"], axis=1
    )
    own = rows[[*NUMBERS, "n_nonconforming"]].rename(columns={"n_nonconforming": "x"})
    return own.assign(n=rows["judged"], reliable=~rows["unreliable"], **exposed)


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """SHOWN of rows with their :func:`rates`, NaN where they must not be read.

    No failure: rate 0, the low limit null, the high one kept. Unreliable: rates and limits null but
    violation_rate, which is read beside its counts. Design ``all`` is bookkeeping for bulletins: its rate
    stands. An exposure rate without limits is not shown.
    """
    hidden = (rows["unreliable"] & (rows["design"] != DESIGNS.index(Design.ALL))).to_numpy()
    clean = (rows["n_nonconforming"] == 0).to_numpy()
    table = {
        name: np.where(hidden, np.nan, rows[name].to_numpy(float))
        for name in SHOWN
        if name != "violation_rate"
    }
    table["violation_rate"] = rows["violation_rate"].to_numpy(float)
    table["ci_low"] = np.where(clean, np.nan, table["ci_low"])
    unlimited = rows["exposure_high"].isna().to_numpy()
    table["exposure_rate"] = np.where(unlimited, np.nan, table["exposure_rate"])
    table["exposure_low"] = np.where(table["exposure_rate"] == 0, np.nan, table["exposure_low"])
    return pd.DataFrame(table, index=rows.index)[SHOWN]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
