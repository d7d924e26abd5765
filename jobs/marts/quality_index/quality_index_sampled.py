"""gold.quality_index_sampled: the indicators of the quality index that come from probability samples, with
their limits and the law from which they are redrawn. In a table apart, as those of one period follow from the
samples of that period alone: a night computes them only for periods whose samples changed."""

from __future__ import annotations

import pandas as pd

from jobs.marts.quality_index.sampled import sampled
from jobs.marts.quality_index.units import KEY, Units
from jobs.marts.sampling.outcomes import COUNTS
from jobs.period import Period

READS = {
    "detection_rate": [
        *KEY,
        *("dimension2_type region_role design").split(),
        *COUNTS,
        *(f"{rate}_{part}" for rate in ("shrunk", "exposure") for part in ("rate", "low", "high")),
    ],
}


def build(
    *,
    detection_rate: pd.DataFrame,
    platform: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the three indicators of `sampled`: one row per period, unit and indicator, sorted by KEY and
    indicator, with `sampled.COLUMNS`. Arguments are the gold and silver tables of these names;
    ``period`` is not used. Of all months, quarters and years with samples: which of them have an index,
    gold.quality_index_indicator decides."""
    units = Units.of(
        platform=platform,
        region=region,
        product_category=product_category,
        industrial_cluster=industrial_cluster,
    )
    return sampled(detection_rate, units).sort_values([*KEY, "indicator"], ignore_index=True)
