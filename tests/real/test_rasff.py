"""A real feed that nobody here wrote: RASFF notifications 2020 to October 2024 → silver.overseas_alert, by one YAML."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from homes import Home

RASFF = """
source: rasff
family: overseas
publisher: {name_zh: 欧盟食品和饲料快速预警系统, name_en: "Rapid Alert System for Food and Feed (European Commission)"}
timezone: UTC
cadence: irregular
feeds:
  alerts:
    target: overseas_alert
    files: "rasff*.csv"
    format: csv
    key: [system, alert_id]
    columns:
      system:            {const: RASFF}
      alert_id:          {from: Reference}
      published_on:      {from: Date of Case, date: ["MMM d, yyyy"]}
      origin_countries:  {from: Country Origin, split: ";"}
      notifying_country: {from: Notification From}
      product_text:      {from: Product}
      category_text:     {from: Product Category}
      hazard_text:       {from: Hazard Substance}
      hazard_category:   {from: Hazard Category}
"""


@pytest.fixture(scope="module")
def home(spark, shared: Path, tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("rasff") / "home", RASFF, "rasff")
    shutil.copy(shared / "data" / "rasff_2020_2024" / "rasff_2020TO30OCT2024.csv", home.root / "inbox" / "rasff" / "rasff.csv")
    home.night(select="+silver.overseas_alert")
    _, result = home.night()
    assert result.exit_code == 0
    return home


def _count(home: Home, where: str = "true") -> int:
    return home.ask(f"SELECT count(*) AS n FROM silver.overseas_alert WHERE {where}")[0]["n"]


def test_every_notification_is_accepted_and_its_reference_stays_text(home):
    assert _count(home) == 21_871
    assert _count(home, "alert_id = '2024.8040'") == 1  # read as a number it would be 2024.804
    assert home.ask("SELECT bool_and(balanced) AS whole FROM ops.reconciliation") == [{"whole": True}]


def test_china_is_named_by_1379_of_which_1318_alone(home):
    assert _count(home, "list_contains(origin_countries, 'China')") == 1_379
    assert _count(home, "origin_countries = ['China']") == 1_318


def test_hong_kong_and_taiwan_are_entries_of_their_own_and_blank_or_unknown_origins_are_kept(home):
    assert (_count(home, "list_contains(origin_countries, 'Hong Kong')"), _count(home, "list_contains(origin_countries, 'Taiwan')")) == (52, 53)
    assert _count(home, "origin_countries IS NULL") == 505
    assert _count(home, "list_contains(origin_countries, 'unknown origin')") == 175
