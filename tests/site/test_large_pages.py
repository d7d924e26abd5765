"""Pages of a country with thousands of brands, plans, offices, feeds and batches have at most 10,000
elements each, and say how many rows they leave to the download."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import country
import pandas as pd
import pytest
from test_accessible import MOST, elements

from jobs.environment import SCHEMAS
from jobs.lake.tables import Lake
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import brands, gate, plans, sampling, tracing, work
from jobs.reports.reading import newest, read_night
from jobs.reports.rendering import Page, render
from jobs.reports.site import shared_context

ROWS = 3_000
# table → the columns that name a row of it: their values are numbered in the copies
NAMED = {
    "silver.brand": ("brand_id",),
    "gold.source_hotspot": ("unit_code",),
    "gold.sampling_lifecycle": ("sample_id", "plan_id"),
    "gold.work_queue": ("subject_id", "office_code"),
    "ops.freshness": ("feed",),
}


def many(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Copies of the rows, at least ROWS of them."""
    copies = [
        frame.assign(**{c: frame[c].astype(object) + (f"_{n}" if n else "") for c in columns})
        for n in range(-(-ROWS // len(frame)))
    ]
    return pd.concat(copies, ignore_index=True)


@pytest.fixture(scope="module")
def known(site: Path) -> Gathered:
    env = country.environment(site.parent)
    night = read_night(newest(Lake(env.lake)), (SCHEMAS,), data_docs=False)
    tables = {**night.tables, **{t: many(night.tables[t], columns) for t, columns in NAMED.items()}}
    queue = tables["gold.work_queue"]
    asked = queue.iloc[:ROWS].assign(task="answer_assistance", status="overdue", days_left=-1)
    tables["gold.work_queue"] = pd.concat([queue, asked], ignore_index=True)
    bulletin = night.tables["gold.bulletin"]
    one = bulletin[bulletin["disclosure"].eq("published")]
    tables["gold.bulletin"] = many(one[one["plan_id"] == one["plan_id"].iloc[0]], ("sample_id",))
    return gather(replace(night, tables=tables))


def first(pages: Iterable[Page], path: str) -> Page:
    return next(page for page in pages if page.path == path)


def counted(html: str) -> dict[str, set[str]]:
    """The counts that the lead and the headings of a page give, by what they count."""
    found: dict[str, set[str]] = defaultdict(set)
    lead = re.search(r'<p class="lead">.*?</p>', html, flags=re.S)
    stated = re.findall(
        r'zh-CN">([^<，]+?)：?</span><span class="en"[^>]*>[^<]*</span> ?<strong>([\d,]+)<',
        lead[0] if lead else "",
    )
    headed = re.findall(
        r'<h[23][^>]*><span class="zh" lang="zh-CN">([^<]+)</span><span class="en"[^>]*>[^<]*</span> '
        r'<span class="small">\(([\d,]+)\)',
        html,
    )
    for what, number in stated + headed:
        found[re.sub("^[，。；]", "", what)].add(number)
    return found


@pytest.mark.parametrize("path", ["brands", "tracing", "sampling", "work", "freshness", "plan"])
def test_a_page_of_thousands_of_rows_has_at_most_ten_thousand_elements(known: Gathered, path: str) -> None:
    plan = known.night.frame("gold.bulletin")["plan_id"].iloc[0]
    page = {
        "brands": lambda: first(
            chain.from_iterable(part() for part in brands.page_makers(known)), "brands.html"
        ),
        "tracing": lambda: first(tracing.build(known), "tracing.html"),
        "sampling": lambda: sampling.build(known),
        "work": lambda: first(work.build(known), "work.html"),
        "freshness": lambda: first(gate.build(known.night), "freshness.html"),
        "plan": lambda: first(
            chain.from_iterable(part() for part in plans.page_makers(known)), f"plans/{plan}.html"
        ),
    }[path]()
    html = render(page, shared_context(known)).decode("utf-8")
    assert 500 < elements(html) <= MOST
    assert "此处列出" in html and "Shown here" in html
    counts = counted(html)
    assert {what: numbers for what, numbers in counts.items() if len(numbers) > 1} == {}
    if path == "tracing":  # its lead and its headings count the same
        assert counts["逾期未复的执法协查"] == {f"{ROWS:,}"}
