"""Finds the batches that are traced to their source: samples that failed, samples with a violation found
before the test, and goods that were reported and verified as counterfeit. Pure.

A batch is named by SUBJECT: subject_type, SAMPLE or REPORT, and subject_id, the sample_id or the report_id.
Where a row lies in the raw files is named by PLACE: `source` (which delivered it), `load_key` (content of the
file) and `record` (number of the record in the file); in silver tables these columns are `_source`,
`_load_key` and `_record`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from jobs.marts.sampling.outcomes import Stage, outcomes

SAMPLE, REPORT = "sample", "counterfeit_report"
SUBJECT = ["subject_type", "subject_id"]
PLACE = ["source", "load_key", "record"]
COLUMNS = [
    *SUBJECT,
    "finding",
    "found_on",
    "happened_on",
    "platform_code",
    "shop_id",
    "listing_id",
    "category_code",
    "exit_reason",
    "producer_name",
    "producer_uscc",
    "producer_region_code",
    *PLACE,
]


def findings(
    sample: pd.DataFrame, standing_conclusion: pd.DataFrame, counterfeit_report: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per batch that is traced, with the columns COLUMNS, sorted by subject_type and
    subject_id.

    ``sample``: silver.sample. ``standing_conclusion``: gold.standing_conclusion. ``counterfeit_report``:
    silver.counterfeit_report; only its confirmed rows count. Samples and reports have the columns `_source`,
    `_load_key` and `_record`.

    - ``finding``: `nonconforming` (the final conclusion is non-conforming), `violation` (the sample left the
      procedure before its test for a violation; definitions.md#counts) or `counterfeit`. A sample that is
      both counts as `nonconforming`.
    - ``found_on``: day of the first test's conclusion, without one of the re-inspection's, for a failed
      sample; day of the exit for a violation; day of the verification for a counterfeit. Where it is missing,
      happened_on.
    - ``happened_on``: day of the purchase, or of the report.
    - ``exit_reason``, the producer's columns and the category are those of the sample. They are missing for a
      counterfeit: its label names the firm that was counterfeited, not its maker."""
    return (
        _joined([_of_samples(sample, standing_conclusion), _of_reports(counterfeit_report)])
        .sort_values(SUBJECT, ignore_index=True)
        .reindex(columns=COLUMNS)
    )


def confirmed(counterfeit_report: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of silver.counterfeit_report whose goods were verified to be counterfeit (`finding` is
    `counterfeit`)."""
    return counterfeit_report[counterfeit_report["finding"].eq("counterfeit")]


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` of a silver table with the columns `_source`, `_load_key` and `_record` renamed to
    those of PLACE: source, load_key and record."""
    return rows.rename(columns={f"_{name}": name for name in PLACE})


def _of_samples(sample: pd.DataFrame, standing_conclusion: pd.DataFrame) -> pd.DataFrame:
    outcome = outcomes(sample, standing_conclusion)
    failing = outcome["n_nonconforming"].gt(0).to_numpy()
    traced = failing | outcome["n_exited_violation"].gt(0).to_numpy()
    rows, failing = placed(sample.reset_index(drop=True)[traced]), failing[traced]
    first = _issued(rows, standing_conclusion, Stage.FIRST)
    concluded = first.where(first.notna(), _issued(rows, standing_conclusion, Stage.REINSPECTION))
    found = concluded.where(failing, rows["exited_on"])
    return rows.assign(
        subject_type=SAMPLE,
        subject_id=rows["sample_id"],
        finding=np.where(failing, "nonconforming", "violation"),
        found_on=found.where(found.notna(), rows["purchased_on"]),
        happened_on=rows["purchased_on"],
    )


def _issued(rows: pd.DataFrame, conclusion: pd.DataFrame, stage: Stage) -> pd.Series:
    of_stage = conclusion[(conclusion["stage"] == stage) & conclusion["sample_id"].isin(rows["sample_id"])]
    days = dict(zip(of_stage["sample_id"], of_stage["issued_on"], strict=True))
    return rows["sample_id"].map(days).astype(object)


def _of_reports(counterfeit_report: pd.DataFrame) -> pd.DataFrame:
    rows = placed(confirmed(counterfeit_report))
    return rows.assign(
        subject_type=REPORT,
        subject_id=rows["report_id"],
        finding="counterfeit",
        found_on=rows["verified_on"].where(rows["verified_on"].notna(), rows["reported_on"]),
        happened_on=rows["reported_on"],
    )


def _joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    filled = [part.reindex(columns=COLUMNS).astype(object) for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)
