"""Rows past the retention of their contract leave through a run like any other: booked, audited, named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.contracts.catalog import Catalog
from jobs.ingest.ledger import STEP
from jobs.lake.tables import Lake


def few_for(retention: str) -> Catalog:
    """A few tables; samples are kept as long as ``retention`` says."""
    contracts = few_tables().contracts
    return Catalog({**contracts, "silver.sample": replace(contracts["silver.sample"], retention=retention)})


@pytest.mark.slow  # quick: test_retention_terms
def test_rows_past_their_contracts_retention_leave_with_the_next_run_file_by_file(tmp_path):
    home = Home(tmp_path / "home", tables=few_tables())
    home.put(
        "samples_old.csv",
        HEADER + "1,甲,2020-01-05,,,2020-01-05 10:00\n2,甲,2020-01-06,,,2020-01-06 10:00\n",
        mtime=1_000,
    )
    home.put(
        "samples_mixed.csv",
        HEADER + "3,甲,2020-01-05,,,2020-01-05 10:00\n4,甲,2026-01-05,,,2026-01-05 10:00\n",
        mtime=1_000,
    )
    home.put("samples_shared.csv", HEADER + "4,旧,2020-01-05,,,2020-01-05 10:00\n", mtime=1_000)
    home.night(DAY)
    day = DAY + timedelta(days=1)
    assert [
        row["subject"] for row in home.maintain(day, tables=few_for("10y")) if row["step"] == "expire"
    ] == []
    steps = home.maintain(day, tables=few_for("2y"))
    assert [row["files"] for row in steps if row["step"] == "expire"] == [
        1
    ]  # samples_old.csv: the others hold, or share a key with, a younger row
    ledger = Lake(home.env.lake).frame("ops.ingest_file").set_index("status")["recorded_at"]
    assert ledger.loc["expired"] - ledger.drop("expired").max() > STEP  # no part of the last landing
    assert home.ask("SELECT count(*) AS n FROM silver.sample") == [{"n": 4}]  # what is current has not moved
    _, result = home.night(day)
    assert result.exit_code == 0 and result.unbalanced == []
    assert home.ask("SELECT sample_id, plan_id FROM silver.sample ORDER BY 1") == [
        {"sample_id": "3", "plan_id": "甲"},
        {"sample_id": "4", "plan_id": "甲"},
    ]
    [book] = home.ask("SELECT * FROM ops.reconciliation WHERE file = 'samples_old.csv'")
    assert (book["status"], book["loaded"], book["accepted"], book["balanced"]) == ("expired", 0, 0, True)
    assert "2 rows no longer kept" in book["reason_en"]
    assert home.maintain(day, tables=few_for("2y")) == []
    landed, result = home.night(day)  # the file still lies in the inbox
    assert (landed.recorded, result.run_id) == (0, None)
