"""Hazards read month by month: texts of one month that a night brings leave what a whole build gives."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from homes import DAY, Home

SOURCE = """
source: desk
publisher: {name_zh: 窗口, name_en: Desk}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  cases:
    target: complaint
    files: "cases*.csv"
    format: csv
    key: [complaint_id]
    columns:
      complaint_id: {from: 编号}
      received_on:  {from: 日期, date: [yyyy-MM-dd]}
      text:         {from: 内容}
"""
FIRST = "编号,日期,内容\nA,2026-05-03,插座漏电\nB,2026-06-03,电水壶冒烟\nC,2026-06-04,床垫没有异味\n"
SECOND = "编号,日期,内容\nB,2026-06-03,电水壶没有冒烟\nD,2026-06-09,床垫刺鼻\n"
ASKED = "SELECT complaint_id, hazard_code, read_category_code FROM gold.complaint_hazard ORDER BY ALL"


def night(home: Home, later: int) -> list[tuple]:
    _, result = home.night(DAY + timedelta(later), select="+gold.complaint_hazard")
    assert result.exit_code == 0, result.stale
    return [tuple(row.values()) for row in home.ask(ASKED, latest=True)]


@pytest.mark.slow  # quick: test_months holds it of samples
def test_texts_of_a_later_night_change_their_month_and_no_other(tmp_path: Path) -> None:
    home, whole = Home(tmp_path / "a", SOURCE, "desk"), Home(tmp_path / "b", SOURCE, "desk")
    home.put("cases1.csv", FIRST, encoding="utf-8", mtime=1)
    assert night(home, 0) == [("A", "electric_shock", "EL03"), ("B", "fire", "HA01")]
    for one in (home, whole):
        one.put("cases2.csv", SECOND, encoding="utf-8", mtime=2)
    whole.put("cases1.csv", FIRST, encoding="utf-8", mtime=1)
    found = night(home, 1)
    assert found == [("A", "electric_shock", "EL03"), ("D", "chemical", "FN04")]
    assert night(whole, 1) == found
