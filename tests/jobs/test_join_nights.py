"""Joined files through whole nights: bronze, silver and the ledger follow the newest edition, and balance."""

from __future__ import annotations

import pytest
from homes import Home, few_tables

SOURCE = """
source: town
family: platform
publisher: {name_zh: 镇, name_en: Town}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  shops:
    target: shop
    files: "shops*.csv"
    format: csv
    encoding: gb18030
    key: [shop_id]
    join:
      - {file: "register*.csv", by: {编号: 号}, take: [店名], missing: reject}
    columns:
      shop_id: {from: 编号}
      name: {from: 店名}
"""
SHOPS = "编号\nS1\nS2\nS3\n"
REGISTER = "号,店名\nS1,一店\nS2,二店\nS4,四店\n"


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home", SOURCE, tables=few_tables("silver.shop", "silver.quarantine"))


def _night(home: Home) -> dict:
    """One night of shops; its ledger row of shops.csv."""
    home.night(select="+silver.shop")
    rows = home.ask("SELECT * FROM ops.reconciliation WHERE source = 'town'", latest=True)
    assert all(row["balanced"] for row in rows)
    return next(row for row in rows if row["file"] == "shops.csv")


def _names(home: Home, table: str = "silver.shop") -> dict[str, str]:
    return {r["shop_id"]: r["name"] for r in home.ask(f"SELECT shop_id, name FROM {table}", latest=True)}


@pytest.mark.slow  # quick: test_joined_deliveries, without the night
def test_awaited_joined_corrected_and_idle_nights_balance_and_end_in_the_newest_edition(home: Home):
    home.put("shops.csv", SHOPS)
    assert (_night(home)["status"], _names(home)) == ("refused", {})
    home.put("register.csv", REGISTER, mtime=1000)
    row = _night(home)
    assert _names(home) == {"S1": "一店", "S2": "二店"}
    assert (row["records"], row["rejected"], row["loaded"], row["accepted"], row["unused"]) == (3, 1, 2, 2, 1)
    home.put("register.csv", REGISTER.replace("一店", "新店").replace("S2,二店\n", ""), mtime=2000)
    row = _night(home)
    assert (row["rejected"], row["loaded"], row["accepted"], row["superseded"], row["unused"]) == (
        2,
        1,
        1,
        0,
        1,
    )
    assert (
        _names(home) == _names(home, "bronze.shop") == {"S1": "新店"}
    )  # the rows of the earlier join have left bronze
    landed, result = home.night(select="+silver.shop")
    assert (landed.recorded, result.run_id) == (0, None)
    home.put("register.csv", REGISTER, mtime=3000)  # an earlier content is put back
    assert _night(home)["accepted"] == 2 and _names(home) == {"S1": "一店", "S2": "二店"}
