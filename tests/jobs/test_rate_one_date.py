"""One date out of line changes no rate: a year under way stays compared with the same months of the year
before (definitions.md#disposition)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake

CONCLUSIONS = "样品编号,结论,日期\n"
TEN = range(10)
# Failing of ten batches a month: 10 % and then 30 % in 2025, 20 % in the first half of 2026.
FAILING = {(2025, m): 1 if m <= 6 else 3 for m in range(1, 13)} | {(2026, m): 2 for m in range(1, 7)}


def rates(home: Home) -> pd.DataFrame:
    return newest_snapshot(Lake(home.env.lake)).frame("gold.detection_rate")


@pytest.mark.slow
def test_one_conclusion_dated_after_its_receipt_changes_no_rate(tmp_path: Path):
    home = Home(tmp_path / "home", tables=few_tables("gold.detection_rate", "silver.quarantine"))
    days = {f"{y}-{m}-{i}": date(y, m, 9) for y, m in FAILING for i in TEN}
    home.put("samples.csv", HEADER + "".join(f"{name},p,{day},,,\n" for name, day in days.items()))
    verdicts = [
        f"{y}-{m}-{i},{'不合格' if i < failing else '合格'},{days[f'{y}-{m}-{i}']}\n"
        for (y, m), failing in FAILING.items()
        for i in TEN
    ]
    home.put("conclusions.csv", CONCLUSIONS + "".join(verdicts))
    home.night()
    before = rates(home)
    year = before.query(
        "dimension_type == 'nation' and dimension2_type == '' and design == 'targeted'"
        " and period_type == 'year'"
    ).set_index("period_start")
    year = year.loc[date(2026, 1, 1)]
    assert (year["months_covered"], float(year["yoy_pp"])) == (6, pytest.approx(10.0))

    home.put("samples_more.csv", HEADER + "late,p,,,,\n")
    home.put("conclusions_more.csv", CONCLUSIONS + "late,合格,2026-12-06\n")
    home.night(DAY)
    [aside] = home.ask("SELECT target, rule_ids, row FROM silver.quarantine")
    assert (aside["target"], list(aside["rule_ids"])) == (
        "conclusion",
        ["conclusion.issued_on.not_after_receipt"],
    )
    assert json.loads(aside["row"])["issued_on"] == "2026-12-06"
    columns = [c for c in before.columns if c not in ("n_open", "_month")]
    after = rates(home)
    # The sample without an outcome is open, in the period `all` alone.
    pd.testing.assert_frame_equal(after[columns], before[columns])
