"""Decides which conclusions count, given what the procedure accepts (definitions.md#final). Used by the
lifecycle and by every rate, so that both agree. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.sampling.outcomes import Stage

REINSPECTED = "reinspection_issued"  # the event of the procedure
READS = ["sample_id", "outcome", "issued_on", "lab_id"]  # of silver.reinspection


def standing_conclusions(
    conclusion: pd.DataFrame, reinspection: pd.DataFrame, accepted: pd.Series, refused: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows of ``conclusion`` that count, in their order and with their columns and index. A
    re-inspection that the procedure refuses does not change the result.

    ``conclusion``: silver.conclusion, one row per sample_id and stage. ``reinspection``: READS of
    silver.reinspection. ``accepted``: index sample_id; the day of the first re-inspection that the procedure
    accepts, missing where it accepts none (`reinspection_issued_on` of the lifecycle). ``refused``: sample_id
    and ``day`` of the re-inspections that it refuses.

    First tests always count. So does the re-inspection of a sample that is not in ``accepted``, and one
    without a day of a sample that is not in ``refused``. Where its day differs from the accepted one and
    silver.reinspection has an outcome on the accepted day, the row is that of a second re-inspection: it gets
    outcome, day and laboratory of the accepted one, and ``serious`` is then null. Where silver.reinspection
    has no such outcome, the row is dropped if a refused re-inspection is of its day, since the outcome of the
    accepted one is not known yet.

    Source: Interim Measures for Product Quality Supervision and Spot Checks (SAMR Order No. 18, 2019)."""
    again = conclusion["stage"].eq(Stage.REINSPECTION) & conclusion["sample_id"].isin(accepted.index)
    day, dated = conclusion["sample_id"].map(accepted), conclusion["issued_on"].notna()
    falls = again & day.isna() & (dated | conclusion["sample_id"].isin(refused["sample_id"]))
    other = again & dated & day.notna() & (pd.to_datetime(day) != pd.to_datetime(conclusion["issued_on"]))
    if not other.any():
        return conclusion[~falls]
    known = reinspection.dropna(subset=["outcome", "issued_on"]).sort_values(READS)
    known = known.drop_duplicates(["sample_id", "issued_on"])
    first = known[pd.to_datetime(known["issued_on"]) == pd.to_datetime(known["sample_id"].map(accepted))]
    first = first.set_index("sample_id")
    turned_down = pd.MultiIndex.from_arrays([refused["sample_id"], pd.to_datetime(refused["day"])])
    own_day = pd.MultiIndex.from_arrays([conclusion["sample_id"], pd.to_datetime(conclusion["issued_on"])])
    falls |= other & own_day.isin(turned_down) & ~conclusion["sample_id"].isin(first.index)
    kept = conclusion[~falls]
    replaced = kept.index.isin(conclusion.index[other]) & kept["sample_id"].isin(first.index)
    of = kept["sample_id"]
    columns: dict[str, pd.Series] = {
        name: kept[name].astype(object).mask(replaced, of.map(first[name]))
        for name in ("outcome", "issued_on", "lab_id")
        if name in kept
    }
    if "serious" in kept:
        columns["serious"] = kept["serious"].astype(object).mask(replaced, None)
    return kept.assign(**columns)
