"""A city's restaurant inspections in the shape in which Chicago publishes its own, brought by one YAML: how
well gold.targeting_report says that past inspections order later ones, out of time.

The rows are made here. Licences have each their own chance of failing, facility types hardly differ, and no
list of shops, listings or orders comes with them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from homes import Home, few_tables

pytestmark = pytest.mark.slow
LICENCES, SIZE, FIRST, DAY = 900, 9_000, date(2023, 1, 2), date(2026, 1, 5)
CITY = """
source: city
family: regulator
publisher: {name_zh: 某市, name_en: City}
timezone: Asia/Shanghai
cadence: weekly
feeds:
  plans:
    target: sampling_plan
    files: "inspections*.csv"
    format: csv
    key: [plan_id]
    columns:
      plan_id: {from: Inspection Type}
      type: {from: Inspection Type, map: {Canvass: probability, Complaint: complaint_led}}
    ignore: [Inspection ID, DBA Name, "License #", Facility Type, Inspection Date, Results]
  inspections:
    target: sample
    files: "inspections*.csv"
    format: csv
    key: [sample_id]
    columns:
      sample_id: {from: Inspection ID}
      plan_id: {from: Inspection Type}
      purchased_on: {from: Inspection Date, date: [MM/dd/yyyy]}
      shop_id: {from: "License #"}
      seller_name: {from: DBA Name}
      category_code: {from: Facility Type, on_unmapped: keep}
      channel: {const: shop}
    ignore: [Results]
  results:
    target: conclusion
    files: "inspections*.csv"
    format: csv
    key: [sample_id, stage]
    columns:
      sample_id: {from: Inspection ID}
      stage: {const: first}
      outcome: {from: Results, map: {Pass: conforming, Pass w/ Conditions: conforming, Fail: nonconforming}}
      issued_on: {from: Inspection Date, date: [MM/dd/yyyy]}
    ignore: [DBA Name, "License #", Facility Type, Inspection Type]
"""


def inspections() -> pd.DataFrame:
    """Identifiers run by licence, as they do where an office enters its district: their order says whose
    inspection it is. Complaints fail more often and are no random samples."""
    rng = np.random.default_rng(9_000)
    logit = rng.normal(-1.6, 0.9, LICENCES)
    licence = np.sort(rng.integers(0, LICENCES, SIZE))
    kind = np.where(rng.random(SIZE) < 0.8, "Canvass", "Complaint")
    chance = 1 / (1 + np.exp(-(logit[licence] + 0.8 * (kind == "Complaint"))))
    luck = rng.random(SIZE)
    days = pd.to_datetime(FIRST) + pd.to_timedelta(rng.integers(0, (DAY - FIRST).days, SIZE), unit="D")
    return pd.DataFrame(
        {
            "Inspection ID": np.arange(SIZE) + 2_000_000,
            "DBA Name": [f"GRILL NO {n}" for n in licence],
            "License #": licence + 10_000,
            "Facility Type": np.where(licence % 3 == 0, "Grocery Store", "Restaurant"),
            "Inspection Date": days.strftime("%m/%d/%Y"),
            "Inspection Type": kind,
            "Results": np.select(
                [luck < chance, luck < chance + 0.1], ["Fail", "Pass w/ Conditions"], "Pass"
            ),
        }
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    home = Home(
        tmp_path_factory.mktemp("city") / "home", CITY, "city", tables=few_tables("gold.targeting_report")
    )
    home.put("inspections.csv", inspections().to_csv(index=False), encoding="utf-8")
    landed, result = home.night(DAY)
    assert (landed.bad_sources, landed.refused, result.exit_code) == ([], [], 0), result.stale
    rows = pd.DataFrame(home.ask("SELECT * FROM gold.targeting_report", latest=True))
    return rows.set_index(["part", "code"])


def test_only_random_inspections_are_learnt_from_and_tested(table: pd.DataFrame) -> None:
    random = inspections().query("`Inspection Type` == 'Canvass'")
    days = pd.to_datetime(random["Inspection Date"])
    whole = table.loc[("summary", "all")]
    assert whole["n_learnt"] == len(random)
    newest = random[days >= pd.Timestamp(2025, 4 if days.max() >= pd.Timestamp(2026, 1, 1) else 1, 1)]
    assert (whole["n"], whole["n_failing"]) == (len(newest), (newest["Results"] == "Fail").sum())


def test_the_highest_tenth_of_later_inspections_fails_more_than_1_2_times_as_often_as_all(
    table: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, top = table.loc[("summary", "all")], table.loc[("decile", "10")]
    with capsys.disabled():
        print(
            f"\nAUC {whole['auc']:.3f} ({whole['auc_low']:.3f} to {whole['auc_high']:.3f}), highest tenth "
            f"{top['rate']:.3f}, predicted {top['predicted']:.3f}, lift {top['lift']:.2f} "
            f"({top['lift_low']:.2f} to {top['lift_high']:.2f})"
        )
    assert whole["auc_low"] > 0.5
    assert top["lift"] > 1.2 and top["lift_low"] > 1
    assert abs(whole["predicted"] - whole["rate"]) < 0.03


def test_without_listings_on_sale_nothing_is_scored_and_the_report_says_so(table: pd.DataFrame) -> None:
    whole = table.loc[("summary", "all")]
    assert (whole["state"], whole["n_considered"]) == ("no_listing", 0)
    assert "listing" in whole["reason_en"] and "链接" in whole["reason_zh"]
