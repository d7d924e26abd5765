"""Decides which conclusions count, given what the procedure accepts (definitions.md#final). Used by the
lifecycle and by every rate, so that both agree. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from jobs.marts.sampling.outcomes import Stage, Verdict

REINSPECTED = "reinspection_issued"  # the event of the procedure
READS = ["sample_id", "outcome", "issued_on", "lab_id"]  # of silver.reinspection
# Decisions on an objection that are for the party that objects → the event of each in the procedure.
GRANTED = {"upheld": "objection_upheld", "overturned": "objection_overturned"}
OBJECTED = ["objection_id", "sample_id", "kind", "decision", "decided_on"]  # of silver.objection


def granted_objections(objection: pd.DataFrame, accepted: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the objections that were granted (GRANTED) by a decision that the procedure accepts: the rows of
    ``objection`` (OBJECTED of silver.objection), in the order of their decisions. ``accepted``: as in
    `standing_conclusions`."""
    decided = objection[objection["decided_on"].notna()]
    stands = pd.Series(False, decided.index)
    for decision, event in GRANTED.items():
        known = decided["sample_id"].map(accepted[event]).notna()
        stands |= decided["decision"].eq(decision).fillna(False).astype(bool) & known
    return decided.loc[stands, OBJECTED].sort_values(["decided_on", "objection_id"])


def authenticity_granted(objection: pd.DataFrame) -> pd.Series:
    """Return whether each objection is one to the authenticity that was granted, by whichever decision of
    GRANTED: a bool series with the index of ``objection`` (kind and decision of silver.objection)."""
    of_kind = objection["kind"].eq("authenticity").fillna(False).astype(bool)
    return of_kind & objection["decision"].isin(GRANTED).astype(bool)


def set_aside_by(
    kept: pd.DataFrame, reinspection: pd.DataFrame, refused: pd.DataFrame, granted: pd.DataFrame
) -> pd.Series:
    """Return for each row of ``kept`` the objection that sets it aside (objection_id), None where
    there is none: an object series with its index.

    Such are an objection to the sampling procedure, of which nothing that was tested is evidence any more,
    and one to the result where no re-inspection is on file whose conclusion would say what holds instead. One
    to the authenticity moves the responsibility and leaves the result as it is. Of several the first that was
    decided counts.

    ``kept``: conclusions that are not refused, as `standing_conclusions` keeps them. ``reinspection``:
    sample_id and accepted of silver.reinspection; one that was turned down is none. ``refused``: sample_id of
    re-inspections that the procedure refuses. ``granted``: as `granted_objections` returns it."""
    asked = reinspection.loc[~reinspection["accepted"].eq(False).fillna(False).astype(bool), "sample_id"]
    again = kept.loc[kept["stage"].eq(Stage.REINSPECTION), "sample_id"]
    by_another_test = granted["sample_id"].isin({*asked, *again, *refused["sample_id"]})
    revoking = granted["kind"].eq("procedure") | (granted["kind"].eq("result") & ~by_another_test)
    first = granted[revoking.fillna(False).astype(bool)].drop_duplicates("sample_id")
    found = kept["sample_id"].map(first.set_index("sample_id")["objection_id"]).astype(object)
    return found.where(found.notna(), None)


def standing_conclusions(
    conclusion: pd.DataFrame,
    reinspection: pd.DataFrame,
    objection: pd.DataFrame,
    accepted: Mapping[str, pd.Series],
    refused: pd.DataFrame,
) -> pd.DataFrame:
    """Return the rows of ``conclusion`` that count, in their order, with their columns and index and with
    revoked_by, the objection that sets a row aside (`set_aside_by`), None without one; the outcome
    of such a row is not_judged and ``serious`` null. A re-inspection that the procedure refuses does not
    change the result. All tables that count batches by their conclusion take it from here, so that a batch
    is taken out of all of them, or put back, by this function alone.

    ``conclusion``: silver.conclusion, one row per sample_id and stage. ``reinspection``: READS and accepted
    of silver.reinspection. ``objection``: OBJECTED of silver.objection. ``accepted``: event (REINSPECTED,
    those of GRANTED) → index sample_id, the day of the first such event that the procedure accepts, missing
    without one (`reinspection_issued_on`, `objection_upheld_on`, … of the lifecycle). ``refused``: sample_id
    and ``day`` of the re-inspections that it refuses.

    First tests always count. So does the re-inspection of a sample that is not in ``accepted``, and one
    without a day of a sample that is not in ``refused``. Where its day differs from the accepted one and
    silver.reinspection has an outcome on the accepted day, the row is that of a second re-inspection: it gets
    outcome, day and laboratory of the accepted one, and ``serious`` is then null. Where silver.reinspection
    has no such outcome, the row is dropped if a refused re-inspection is of its day, since the outcome of the
    accepted one is not known yet.

    Source: Interim Measures for Product Quality Supervision and Spot Checks (SAMR Order No. 18, 2019)."""
    kept = _accepted(conclusion, reinspection, accepted[REINSPECTED], refused)
    by = set_aside_by(kept, reinspection, refused, granted_objections(objection, accepted))
    return _not_judged(kept, by.notna()).assign(revoked_by=by)


def _accepted(
    conclusion: pd.DataFrame, reinspection: pd.DataFrame, accepted: pd.Series, refused: pd.DataFrame
) -> pd.DataFrame:
    """The conclusions without re-inspections that the procedure refuses."""
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


def _not_judged(kept: pd.DataFrame, gone: pd.Series) -> pd.DataFrame:
    """``kept`` without the verdicts of the rows marked in ``gone`` (bool, its index): their outcome is
    not_judged, ``serious`` null."""
    if not gone.any():
        return kept
    columns = {"outcome": kept["outcome"].astype(object).mask(gone, Verdict.NOT_JUDGED.value)}
    if "serious" in kept:
        columns["serious"] = kept["serious"].astype(object).mask(gone, None)
    return kept.assign(**columns)
