"""Under its verdict a unit's page leads to its workbook, the page of its source, its bulletins and its newest
failing batches."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta

import country
import pandas as pd
import pytest
from country_reports import reports
from notebook_country import put
from reading_pages import chinese_lines, english_lines, text_of
from test_party_pages import part

from jobs.exchange.public_batches import public_batches
from jobs.reports import workbooks
from jobs.reports.counting import SELLS
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages.unit_links import MOST_BATCHES, links
from jobs.reports.pages.units import page_makers
from jobs.reports.reading import newest, read_night
from jobs.reports.rendering import render
from jobs.reports.shelved import Shelved
from jobs.reports.site import shared_context


def with_tables(known: Gathered, **tables: pd.DataFrame) -> Gathered:
    names = {"bulletin": "gold.bulletin", "sells": SELLS}
    return gather(
        replace(
            known.night, tables={**known.night.tables, **{names[name]: rows for name, rows in tables.items()}}
        )
    )


@pytest.mark.parametrize(
    "path",
    ["platforms/P01", "regions/330000", "categories/HA", "categories/HA01", "clusters/K03"],
)
def test_a_failing_batch_stands_on_the_pages_of_all_units_that_it_counts_in(
    html: dict[str, str], site, path: str
) -> None:
    """B1 is of P01, a county of 330000, HA01 below HA, made in Cixi (K03); B4, pending, is on no page."""
    page = html[f"{path}.html"]
    failed = part(page, "failed")
    assert "plans/TARG.html#bulletin" in failed and "泄漏电流" in failed and "2026-05-09" in failed
    # The head has the hashes of scripts, of any letters.
    assert failed.count('<tr><th scope="row">') == 1 and "B4" not in page.partition("</head>")[2]
    line = page.split('<p id="links">')[1].split("</p>")[0]
    assert 'href="../plans/TARG.html"' in line and 'href="#failed"' in line
    assert page.index('id="verdict"') < page.index('id="links"') < page.index('id="figures"')
    folder, code = path.split("/")
    kind = {"categories": "category"}.get(folder, folder[:-1])
    content = (site / "data" / f"failing_batches_{kind}_{code}.csv").read_text(encoding="utf-8-sig")
    assert [r["sample_id"] for r in csv.DictReader(io.StringIO(content, newline=""))] == ["B1"]


def test_the_failing_batches_of_a_platform_do_not_name_it_in_each_row(html: dict[str, str]) -> None:
    """Nor do they take an element for it: pages of large platforms are near their bound."""
    heads = {
        path: re.findall(
            r'<th scope="col"[^>]*><span class="zh"[^>]*>(.*?)</span>', part(html[path], "failed")
        )
        for path in ("platforms/P01.html", "regions/330000.html")
    }
    assert "平台" in heads["regions/330000.html"] and "平台" not in heads["platforms/P01.html"]


def test_restrictions_and_leads_are_reached_from_the_top_of_a_page(html: dict[str, str]) -> None:
    platform, province = (
        html[path].split('<p id="further">')[1].split("</p>")[0]
        for path in ("platforms/P01.html", "regions/330000.html")
    )
    assert 'href="#restricted"' in platform and 'href="#leads"' in province
    for path, page in html.items():
        for anchor in re.findall(r'<p id="further">.*?</p>', page):
            assert all(f'id="{name}"' in page for name in re.findall(r'href="#(\w+)"', anchor)), path


def test_units_without_a_public_batch_have_no_bulletins_and_no_failing_batches(html: dict[str, str]) -> None:
    for path in ("platforms/P02.html", "regions/440000.html", "categories/TX.html"):
        assert 'id="failed"' not in html[path] and 'id="links"' not in html[path]


def test_the_newest_failing_batches_come_first_and_the_page_says_of_how_many(known: Gathered) -> None:
    bulletin = known.night.frame("gold.bulletin")
    one = bulletin[bulletin["sample_id"] == "B1"]
    n = MOST_BATCHES + 7
    days = [date(2026, 1, 1) + timedelta(days=(5 * at) % n) for at in range(n)]
    many = pd.concat([one.assign(sample_id=f"N{at}", published_on=days[at]) for at in range(n)])
    found = links(with_tables(known, bulletin=many), "platform", "P01")
    shown = [b["published_on"] for b in found.failed]
    assert shown == [str(day) for day in sorted(days, reverse=True)[:MOST_BATCHES]]
    assert found.n_failed == n


def test_a_batch_that_may_be_published_and_is_not_says_so_where_others_have_their_day(
    known: Gathered,
) -> None:
    bulletin = known.night.frame("gold.bulletin")
    one = bulletin[bulletin["sample_id"] == "B1"]
    due = one.assign(sample_id="D1", disclosure="due", published_on=None, public_from=date(2026, 6, 3))
    later = with_tables(known, bulletin=pd.concat([one, due]))
    page = next(page for part in page_makers(later) for page in part() if page.path == "platforms/P01.html")
    html = render(page, shared_context(later)).decode()
    cells = re.findall(r'<td(?: class="day")? data-day="(.*?)">(.*?)</td>', part(html, "failed"))
    assert [day for day, _ in cells] == ["2026-06-03", "2026-05-09"] and cells[1][1] == "2026-05-09"
    zh, en = ("\n".join(lines(part(html, "failed"))) for lines in (chinese_lines, english_lines))
    listed, open_ = (
        "监管部门尚未公布、本项目已发布的通报列入的（批次）",
        "可以公布、尚未列入已发布通报的（批次）",
    )
    assert f"监管部门已公布（批次）：1；{listed}：0；{open_}：1。" in zh
    assert "Published by the authority: 1; not yet published by the authority, in published" in en
    assert "may be published, in no published bulletin yet: 1." in en
    assert 'href="../sampling.html#reconciliation"' in part(html, "failed")
    said = text_of(cells[0][1])
    assert (
        "可以公布，尚未公布" in said
        and "may be published, not yet public" in said
        and "may be published from 2026-06-03" in said
    )


@pytest.mark.parametrize("path", ["platforms/P01.html", "regions/330000.html"])
def test_a_batch_in_a_published_bulletin_of_this_project_is_not_called_unpublished(
    known: Gathered, path: str
) -> None:
    bulletin = known.night.frame("gold.bulletin")
    one = bulletin[bulletin["sample_id"] == "B1"]
    due = one.assign(sample_id="D1", disclosure="due", published_on=None, public_from=date(2026, 6, 3))
    held = with_tables(known, bulletin=pd.concat([one, due])).night
    day, batches = date(2026, 7, 16), frozenset({("TARG", "D1"), ("TARG", "B1")})
    listed = Shelved("2026-06", 0, day, day, batches)
    later = gather(replace(held, bundles=(listed,)))
    page = next(page for part in page_makers(later) for page in part() if page.path == path)
    failed = part(render(page, shared_context(later)).decode(), "failed")
    zh = "\n".join(chinese_lines(failed))
    assert "本项目已发布的通报列入的（批次）：1；可以公布、尚未列入已发布通报的（批次）：0。" in zh
    assert "本项目通报已列入，监管部门尚未公布" in zh and "可以公布，尚未公布" not in zh
    assert "2026年6月通报，2026-07-16发布" in zh
    if path.startswith("platforms"):
        (sent,) = public_batches(later.night.frame("gold.bulletin"), {"P01"}, (listed,))
        rows = sent.rows[sent.rows["final_outcome"] == "nonconforming"]
        said = dict(rows[["sample_id", "public_status"]].to_numpy())
        assert said == {b["sample"]: b["public"] for b in links(later, "platform", "P01").failed}
        assert said == {"D1": "in_bulletin", "B1": "published"}


def test_a_platform_leads_to_the_sources_whose_order_lines_are_its_own(known: Gathered) -> None:
    """lab_1 has a page; a source that no file came from has none. Others have neither."""
    sells = pd.DataFrame({"source": ["lab_1", "gone"], "platform_code": ["P01", "P01"]})
    later = with_tables(known, sells=sells)
    found = links(later, "platform", "P01")
    assert [(path, code) for path, code, _ in found.sources] == [("sources/lab_1.html", "lab_1")]
    assert links(later, "platform", "P02").sources == links(later, "region", "330000").sources == []


@pytest.mark.slow  # quick: test_pages, of links that lead nowhere
def test_pages_lead_to_exactly_the_workbooks_that_are_written(tmp_path) -> None:
    lake, env = country.lake_at(tmp_path), country.environment(tmp_path)
    country.write(lake)
    put(lake, reports())
    workbooks.write_workbooks(env)
    known = gather(read_night(newest(lake), env.source_roots, data_docs=False))
    linked = {
        links(known, dimension, code).workbook
        for dimension in ("platform", "region", "category", "cluster")
        for code in known.names.paged[dimension]
    }
    written = {
        p.relative_to(env.site).as_posix()
        for p in (env.site / "workbooks").rglob("*.xlsx")
        if p.parent.name != "nation"
    }
    assert len(written) > 10 and linked - {None} == written
