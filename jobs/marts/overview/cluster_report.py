"""gold.cluster_report: the figures of each industrial cluster's page, with a sentence about each. A cluster
counts what its producers make, wherever it is sold."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview import unit_items
from jobs.marts.overview.unit_report import report
from jobs.marts.overview.unit_words import Peers
from jobs.period import Period

CLUSTERS = Peers("产业集群", "clusters")


def build(
    *,
    detection_rate: pd.DataFrame,
    quality_index: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per period, cluster and item (figure), with the columns of `unit_report.report`. A cluster is
    ranked among all clusters."""
    figures = [unit_items.of_rates(detection_rate, "cluster"), unit_items.of_index(quality_index, "cluster")]
    return report(figures, CLUSTERS, dict.fromkeys(industrial_cluster["cluster_code"], "cluster"))
