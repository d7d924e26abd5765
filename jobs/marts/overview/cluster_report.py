"""gold.cluster_report: the figures of each industrial cluster's page, with a sentence about each. The goods
of a cluster are those that its producers make, no matter where they are sold."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview import unit_items
from jobs.marts.overview.unit_report import report
from jobs.marts.overview.unit_words import Peers
from jobs.period import Period

CLUSTERS = Peers("产业集群", "clusters")  # what the units are called in sentences
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {"detection_rate": unit_items.READ_OF_RATES}
ROWS = {"detection_rate": unit_items.rows_of_rates("cluster")}  # those of them that build reads


def build(
    *,
    detection_rate: pd.DataFrame,
    quality_index: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the report of all clusters: one row per period, cluster (dimension_code) and item (figure),
    sorted by these, with the columns of `unit_report.report`. A cluster is ranked among all clusters.

    ``detection_rate``, ``quality_index``: gold; ``industrial_cluster``: silver, only its clusters have rows;
    ``period`` is not used."""
    figures = [unit_items.of_rates(detection_rate, "cluster"), unit_items.of_index(quality_index, "cluster")]
    return report(figures, CLUSTERS, dict.fromkeys(industrial_cluster["cluster_code"], "cluster"))
