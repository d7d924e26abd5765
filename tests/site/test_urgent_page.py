"""Urgent items on the work page and the first page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import country
import pandas as pd
import pyarrow as pa
import pytest
from country_files import DAY

from jobs.lake import ops
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.reports.pages.home import _urgent
from jobs.reports.urgent import Urgent, refusals, sent_and_waiting, summary
from jobs.reports.wording import Text


def test_the_last_seven_days_are_counted_by_kind_with_the_share_within_the_hour(tmp_path) -> None:
    country.write(country.lake_at(tmp_path))
    rows = sent_and_waiting(newest_snapshot(country.lake_at(tmp_path)))
    counted = {
        u.kind.en: (u.sent, u.acknowledged, u.refused, u.in_hour, u.timed, u.late, u.waiting)
        for u in summary(rows, DAY)
    }
    assert counted == {
        "Class A item failed": (3, 1, 1, 2, 3, 1, 1),  # what was sent again counts once, by its first sending
        "Serious risk signal": (
            1,
            0,
            1,
            0,
            0,
            0,
            0,
        ),  # when its files landed is not known: it is not in the share
        "All": (4, 1, 2, 2, 3, 1, 1),
    }
    bad = {u.kind.en: (u.over, u.bad) for u in summary(rows, DAY)}
    assert bad == {
        "Class A item failed": (0, True),
        "Serious risk signal": (1, False),  # it was refused and is no longer due
        "All": (1, True),
    }
    later = {u.kind.en: u.sent for u in summary(rows, DAY + timedelta(days=60))}
    assert later == {"Class A item failed": 0, "All": 0}  # what waits stays
    assert summary(rows.iloc[:0], DAY) == []


def test_an_answer_counts_once_and_the_newest_holds(tmp_path) -> None:
    country.write(country.lake_at(tmp_path))
    rows = sent_and_waiting(newest_snapshot(country.lake_at(tmp_path))).set_index("item_id")
    assert rows.loc["a", "status"] == "done" and len(rows) == 7
    assert pd.isna(rows.loc["b", "sent_on"]) and "c" not in rows.index


def test_the_work_page_and_the_first_page_say_what_was_sent_acknowledged_late_and_waits(
    html: dict[str, str],
) -> None:
    text = html["work.html"]
    part = text[text.index('<h2 id="urgent"') : text.index('<h2 id="tasks"')]
    assert re.findall(r"<strong>([^<]+)</strong>", part) == list("54321211")
    assert "项，其中文件到达时刻已知的" in part and " / 全部" not in part
    assert "A类项目不合格" in part and "Serious risk signal" in part
    tile = re.search(r'href="work.html#urgent"><b>(\d+)</b>', html["index.html"])
    assert tile is not None and tile[1] == "5"  # four were sent, one waits


def test_the_work_page_lists_refused_packages_with_the_reason_and_what_follows(html: dict[str, str]) -> None:
    part = html["work.html"].split('<h3 id="refused"')[1].split("</table>")[0]
    assert "platform_P03" in part and "MF-g2" in part and "无法解析 &lt;b&gt;" in part
    assert "sent again by the next urgent run" in part and "MF-a" not in part
    (over,) = (row for row in part.split("<tr")[1:] if "MF-e" in row)
    assert "no longer due, not sent again" in over and 'class="bad"' not in over


@pytest.mark.parametrize(
    ("times", "due", "step"),
    [
        (1, True, "resent"),
        (3, True, "resent"),
        (1, False, "over"),
        (4, True, "settled"),
        (4, False, "settled"),  # the task stands
    ],
)
def test_a_package_refused_after_three_more_sendings_is_the_operators_to_settle(
    times: int, due: bool, step: str
) -> None:
    sent = pd.Timestamp("2026-06-01", tz="UTC")
    rows = pd.DataFrame(
        [
            {
                "item_id": "a",
                "recipient": "platform_P01",
                "kind": "class_a_failure",
                "sent_on": DAY,
                "sent_at": sent + timedelta(hours=hour),
                "manifest_id": f"MF-{hour}",
                "status": "refused",
                "note": f"reason {hour}",
                "due": due,
            }
            for hour in range(times)
        ]
    )
    (found,) = refusals(rows)
    assert (found["times"], found["next"]) == (times, step)
    assert found["manifest_id"] == f"MF-{times - 1}" and found["reason"] == f"reason {times - 1}"


NAMED = ["table", "version", "state", "verdict"]


def waits_since(tmp_path: Path, nights: dict[date, set[str]]) -> dict[str, date | None]:
    """Of a lake with these nights, each with the items that are due at it, since when each item waits at the
    last."""
    lake = Lake(tmp_path)
    for n, (day, items) in enumerate(nights.items()):
        rows = pd.DataFrame({"item_id": sorted(items)}).assign(
            recipient="platform_P01", kind="class_a_failure", roles="platform", status="due", occurred_on=day
        )
        version = lake.overwrite("gold.urgent_item", pa.Table.from_pandas(rows, preserve_index=False))
        named = dict(zip(NAMED, ("gold.urgent_item", version, "fresh", "passed"), strict=True))
        at = datetime(2026, 6, 1, n, tzinfo=UTC)
        named |= {"run_id": str(n), "kind": "nightly", "date": day, "committed_at": at}
        lake.append("ops.night", ops.rows("ops.night", [named]))
    rows = sent_and_waiting(newest_snapshot(lake)).set_index("item_id")
    return {item: None if pd.isna(since) else since for item, since in rows["due_since"].items()}


def test_what_was_due_at_an_earlier_night_and_is_not_sent_says_since_when(tmp_path: Path) -> None:
    week, before = DAY - timedelta(days=7), DAY - timedelta(days=1)
    nights = {week: {"old", "gone"}, before: {"old", "last"}, DAY: {"old", "last", "new"}}
    found = waits_since(tmp_path, nights)
    assert found == {"old": week, "last": before, "new": None}
    rows = sent_and_waiting(newest_snapshot(Lake(tmp_path)))
    every = summary(rows, DAY)[-1]
    assert (every.waiting, every.unsent, every.older, every.due, every.bad) == (3, 2, 1, 2, True)


def test_at_the_first_night_nothing_was_due_before(tmp_path: Path) -> None:
    assert waits_since(tmp_path, {DAY: {"new"}}) == {"new": None}


@pytest.mark.parametrize(
    ("unsent", "older", "number", "words", "bad"),
    [
        (
            0,
            0,
            "40",
            "items of the last 7 days: 0 sent before this page was made, 40 still to be sent",
            False,
        ),
        (40, 0, "40", "0 sent before this page was made, 40 due at an earlier run and not sent", True),
        (40, 40, "0", "0 sent before this page was made; 40 more due before these 7 days and not sent", True),
        (3, 1, "39", "37 still to be sent, 2 due at an earlier run and not sent; 1 more due before", True),
    ],
)
def test_the_first_page_is_red_where_sending_has_stalled_and_says_what_was_not_sent(
    unsent: int, older: int, number: str, words: str, bad: bool
) -> None:
    _, shown, text, red = _urgent(Urgent(Text("合计", "All"), 0, 0, 0, 0, 0, 40, unsent, older))
    assert (shown, red) == (number, bad) and words in text.en


@pytest.mark.parametrize(
    ("sent", "refused", "waiting", "number", "words"),
    [
        (
            0,
            0,
            121,
            "121",
            "items of the last 7 days: 0 sent before this page was made, 121 still to be sent",
        ),
        (
            0,
            0,
            1,
            "1",
            "urgent item of the last 7 days: 0 sent before this page was made, 1 still to be sent",
        ),
        (
            4,
            0,
            1,
            "5",
            "4 sent before this page was made (2 acknowledged, 0 late, 0 refused), 1 still to be sent",
        ),
        (4, 1, 0, "4", "4 sent before this page was made (2 acknowledged, 0 late, 1 refused)"),
    ],
)
def test_the_first_page_counts_what_is_due_whether_it_was_sent_yet_or_not(
    sent, refused, waiting, number, words
) -> None:
    """The same number before the night's outbox and after it."""
    every = Urgent(Text("合计", "All"), sent, 2 if sent else 0, refused, 0, 0, waiting)
    link, shown, text, bad = _urgent(every)
    assert (link, shown, bad) == ("work.html#urgent", number, refused > 0) and words in text.en
    after = Urgent(Text("合计", "All"), sent + waiting, 0, refused, 0, 0, 0)
    assert _urgent(after)[1] == number


def test_the_first_page_is_not_red_for_a_refusal_of_what_is_no_longer_due() -> None:
    _, _, text, bad = _urgent(Urgent(Text("合计", "All"), 4, 2, 1, 0, 0, 0, over=1))
    assert "0 late, 1 refused, of them 1 no longer due)" in text.en and not bad
