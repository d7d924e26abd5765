"""Finds the batches that are traced to their source: samples that failed, samples with a violation found
before the test, and goods reported and verified as counterfeit. Pure."""

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
    """One row per batch that is traced, with the columns COLUMNS, sorted by subject_type (SAMPLE or REPORT)
    and subject_id.

    ``sample`` and ``counterfeit_report``: the silver tables, with `_source`, `_load_key` and `_record` (the
    row's place in the raw files); ``standing_conclusion``: the gold table. ``finding``: `nonconforming`,
    `violation` (definitions.md#counts; a sample that is both counts as `nonconforming`) or `counterfeit`.
    ``happened_on``: the day of the purchase or of the report; ``found_on``: the day of the first test's
    conclusion (without one, of the re-inspection's), of the exit or of the verification, else happened_on. A
    confirmed counterfeit has no category, and no producer: its label names the firm that was counterfeited.
    """
    return (
        _joined([_of_samples(sample, standing_conclusion), _of_reports(counterfeit_report)])
        .sort_values(SUBJECT, ignore_index=True)
        .reindex(columns=COLUMNS)
    )


def confirmed(counterfeit_report: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of silver.counterfeit_report whose goods were verified to be counterfeit."""
    return counterfeit_report[counterfeit_report["finding"].eq("counterfeit")]


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` of a silver table with `_source`, `_load_key` and `_record`, the place of each row in the raw
    files, renamed to source, load_key and record."""
    return rows.rename(columns={f"_{name}": name for name in PLACE})


def _of_samples(sample: pd.DataFrame, standing_conclusion: pd.DataFrame) -> pd.DataFrame:
    rows = placed(sample.reset_index(drop=True))
    outcome = outcomes(sample, standing_conclusion)
    failing = outcome["n_nonconforming"].gt(0).to_numpy()
    violating = outcome["n_exited_violation"].gt(0).to_numpy()
    first = _issued(rows, standing_conclusion, Stage.FIRST)
    concluded = first.where(first.notna(), _issued(rows, standing_conclusion, Stage.REINSPECTION))
    found = concluded.where(failing, rows["exited_on"])
    rows = rows.assign(
        subject_type=SAMPLE,
        subject_id=rows["sample_id"],
        finding=np.where(failing, "nonconforming", "violation"),
        found_on=found.where(found.notna(), rows["purchased_on"]),
        happened_on=rows["purchased_on"],
    )
    return rows[failing | violating]


def _issued(rows: pd.DataFrame, conclusion: pd.DataFrame, stage: Stage) -> pd.Series:
    of_stage = conclusion[conclusion["stage"] == stage]
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
