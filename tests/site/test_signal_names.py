"""A signal is named in words wherever a task or an urgent item about it stands: its number is an internal
key."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from test_morning import compared

from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import work
from jobs.reports.pages.changed_things import item
from jobs.reports.pages.extras import task
from jobs.reports.rendering import render
from jobs.reports.signal_names import signal_name
from jobs.reports.site import shared_context

HAZARD, PLATFORM = "category_hazard/TY/choking/2026-06-29", "platform_category/P03/TY/2026-05-04"
KEY = re.compile(r">[^<]*(category_hazard|platform_category)/")


def test_a_signal_is_named_by_what_it_is_about_and_its_day(known: Gathered) -> None:
    toys, platform = known.names.of("category", "TY"), known.names.of("platform", "P03")
    assert signal_name(known, PLATFORM).zh == f"{platform.zh} · {toys.zh}（2026-05-04起）"
    assert signal_name(known, PLATFORM).en == f"{platform.en} · {toys.en} (since 2026-05-04)"
    # One that is in the table no more, as of a task that ended, has the same name.
    gone = PLATFORM.replace("2026-05-04", "2024-01-01")
    assert signal_name(known, gone).zh == f"{platform.zh} · {toys.zh}（2024-01-01起）"
    assert signal_name(known, "brand/A/B/2024-01-01").zh == "A/B（2024-01-01起）"
    assert signal_name(known, "W1").zh == "W1"


def test_tasks_and_urgent_items_name_the_signal(known: Gathered) -> None:
    queue = known.night.frame("gold.work_queue")
    row = queue[queue["subject_type"] == "sample"].to_dict("records")[0]
    made = task(known, row | {"subject_type": "signal", "subject_id": HAZARD})
    assert made["named"] == signal_name(known, HAZARD) and "/" not in made["named"].en
    assert task(known, row)["named"] is None
    empty = dict.fromkeys(("item_name", "sample_id", "shop_id", "category_code"))
    urgent = empty | {"kind": "serious_signal", "item_id": f"S/{HAZARD}"}
    assert item(known, urgent).words.en.endswith(f", {signal_name(known, HAZARD).en}")
    failed = empty | {"kind": "class_a_failure", "item_id": "A/YP-1/JI5", "sample_id": "YP-1"}
    assert item(known, failed).words.en == "Class A item failed, YP-1"


def test_no_page_shows_the_key_of_a_signal(known: Gathered, html: dict[str, str]) -> None:
    name = escape(signal_name(known, PLATFORM).zh)
    assert name in html["work/region_330000.html"]
    assert [path for path, text in html.items() if KEY.search(text)] == []
    queue = known.night.frame("gold.work_queue")
    without = queue[queue["subject_type"] != "signal"]
    assert len(without) < len(queue)
    later = gather(replace(known.night, tables=dict(known.night.tables) | {"gold.work_queue": without}))
    night = compared(later, work_queue=queue)
    page = next(iter(work.build(night)))
    text = render(page, shared_context(night)).decode()
    ended = text[text.index('<h2 id="ended"') :]
    assert name in ended and not KEY.search(text)
