"""Which rows of a table belong to the deployment's nation. Sources may file rows of other jurisdictions;
site, workbooks and outboxes show only the nation's."""

from __future__ import annotations

import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds

from jobs.deployment import deployment
from jobs.lake.night import Snapshot
from jobs.marts.tracing.places import Places

REGIONS = "silver.region"
_DIVISION = ["region_code", "parent_code", "level", "valid_to", "succeeded_by"]  # what Places reads


def of_nation(snapshot: Snapshot, table: str) -> ds.Expression | None:
    """Return the condition by which only the rows of the deployment's jurisdiction are read from ``table``;
    None where the table has no column _jurisdiction, as all of gold, which is made of the nation's rows.
    ``table``: its id, such as silver.region; ``snapshot``: the night, which has to name a version of it.
    Raises KeyError where the lake lacks the table."""
    names = snapshot.lake.dataset(table, snapshot.version(table)).schema.names
    return pc.field("_jurisdiction") == deployment().code if "_jurisdiction" in names else None


def places_of(snapshot: Snapshot) -> Places:
    """Return the nation's administrative divisions in the night; an empty `Places` where the night has no
    silver.region."""
    if snapshot.version(REGIONS) is None:
        return Places(pd.DataFrame(columns=_DIVISION))
    return Places(snapshot.frame(REGIONS, columns=_DIVISION, where=of_nation(snapshot, REGIONS)))
