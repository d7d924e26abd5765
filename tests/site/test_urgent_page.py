"""Urgent items on the work page and the first page."""

from __future__ import annotations

import re
from datetime import timedelta

import country
import pandas as pd
from country_files import DAY

from jobs.lake.night import newest_snapshot
from jobs.reports.urgent import sent_and_waiting, summary


def test_the_last_seven_days_are_counted_by_kind_with_the_share_within_the_hour(tmp_path) -> None:
    country.write(country.lake_at(tmp_path))
    rows = sent_and_waiting(newest_snapshot(country.lake_at(tmp_path)))
    counted = {
        u.kind.en: (u.sent, u.acknowledged, u.in_hour, u.timed, u.late, u.waiting) for u in summary(rows, DAY)
    }
    assert counted == {
        "Class A item failed": (2, 1, 1, 2, 1, 1),
        "Serious risk signal": (
            1,
            0,
            0,
            0,
            0,
            0,
        ),  # when its files landed is not known: it is not in the share
        "All": (3, 1, 1, 2, 1, 1),
    }
    later = {u.kind.en: u.sent for u in summary(rows, DAY + timedelta(days=60))}
    assert later == {"Class A item failed": 0, "All": 0}  # what waits stays
    assert summary(rows.iloc[:0], DAY) == []


def test_an_answer_counts_once_and_the_newest_holds(tmp_path) -> None:
    country.write(country.lake_at(tmp_path))
    rows = sent_and_waiting(newest_snapshot(country.lake_at(tmp_path))).set_index("item_id")
    assert rows.loc["a", "status"] == "done" and len(rows) == 5
    assert pd.isna(rows.loc["b", "sent_on"]) and "c" not in rows.index


def test_the_work_page_and_the_first_page_say_what_was_sent_acknowledged_late_and_waits(
    html: dict[str, str],
) -> None:
    text = html["work.html"]
    part = text[text.index('<h2 id="urgent"') : text.index('<h2 id="tasks"')]
    assert re.findall(r"<strong>([^<]+)</strong>", part) == ["1 / 2", "1 / 3", "1"]
    assert "A类项目不合格" in part and "Serious risk signal" in part
    tile = re.search(r'href="work.html#urgent"><b>(\d+)</b>', html["index.html"])
    assert tile is not None and tile[1] == "3"
