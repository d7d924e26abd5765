"""Tables that list a part of their rows say so beside any search in them, and where the others are; a
filter of the address is named on a phone, where its fields are folded."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from test_browser import DESKTOP, PHONE, watched
from test_filter_links import crowded
from test_kept_state import PRINTED

from jobs.reports.gathered import Gathered
from jobs.reports.pages import work
from jobs.reports.rendering import render
from jobs.reports.site import shared_context

NAMED = ".working:has(table[data-key=tasks]) .set:visible"
FOUND = "Number(document.querySelector('table[data-key=tasks]').dataset.found)"


@pytest.fixture(scope="module")
def folder(known: Gathered, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Work pages of a night with more tasks than a page lists."""
    made, night = tmp_path_factory.mktemp("crowded"), crowded(known)
    (made / "assets").symlink_to(site / "assets")
    context = shared_context(night)
    for page in work.build(night):
        (made / page.path).parent.mkdir(exist_ok=True)
        (made / page.path).write_bytes(render(page, context))
    return made


def opened(
    browser: Browser, folder: Path, path: str, size: dict[str, int] = DESKTOP
) -> tuple[Page, list[str]]:
    page, said, _ = watched(browser, size)
    name, _, query = path.partition("?")
    page.goto(f"{(folder / name).as_uri()}?{query}#tasks")
    page.wait_for_selector("table.dataTable[data-key=tasks]")
    return page, said


def test_a_search_in_a_part_of_the_tasks_says_that_it_is_one_and_where_all_are(
    browser: Browser, folder: Path
) -> None:
    """It said that no row matched, of offices with tasks that the table did not list."""
    page, said = opened(browser, folder, "work.html?lang=zh&tasks.find=岱山")
    table = page.locator("table[data-key=tasks]")
    empty = table.locator("td.dt-empty")
    listed, every = page.locator("p.more").evaluate("p => [p.dataset.shown, p.dataset.all]")
    assert empty.inner_text().startswith(f"没有符合条件的行；本表只列{every}项中的{listed}项；")
    assert empty.locator("a").get_attribute("href") == "#offices" and page.locator("#offices").count() == 1
    page.evaluate("new DataTable.Api('table[data-key=tasks]').search('').draw()")
    info = page.locator(".working:has(table[data-key=tasks]) .dt-info")
    assert "本表只列" in info.inner_text() and "各地区全部事项见" in info.inner_text()
    page.evaluate("new DataTable.Api('table[data-key=tasks]').search('岱山').draw()")
    page.evaluate(PRINTED)
    note = page.locator("table[data-key=tasks] ~ p.on-paper").text_content() or ""
    assert (
        f"本表只列{every}项中的{listed}项，各地区全部事项见 其清单；数据文件（CSV）为data/work_queue.csv"
        in note
    )
    assert said == []
    page.close()


def test_paper_names_the_file_that_has_all_rows_of_a_list_that_has_a_part(
    browser: Browser, folder: Path
) -> None:
    """ "All are in the download" named no file, as links are not printed."""
    page, _ = opened(browser, folder, "work.html?lang=en")
    page.evaluate("new DataTable.Api('table[data-key=tasks]').page.len(-1).draw()")
    page.evaluate(PRINTED)
    page.evaluate(PRINTED)
    words = page.locator("p.more").text_content() or ""
    assert words.endswith("(data/work_queue.csv)") and words.count("(") == 1
    page.close()


def test_a_task_is_found_by_the_province_of_its_office(browser: Browser, folder: Path) -> None:
    """The office of a county does not name its province."""
    page, _ = opened(browser, folder, "work.html?lang=zh&tasks.find=浙江 西湖")
    both = page.evaluate(FOUND)
    names = page.locator("table[data-key=tasks] tbody th:visible").all_inner_texts()
    assert both and any("浙江" not in name for name in names)
    page.evaluate("new DataTable.Api('table[data-key=tasks]').search('zhejiang').draw()")
    assert page.evaluate(FOUND) >= both
    page.close()


def test_a_whole_list_of_tasks_says_nothing_of_a_part(browser: Browser, site: Path) -> None:
    page, _ = opened(browser, site, "work.html?lang=zh&tasks.find=岱山")
    assert page.locator("table[data-key=tasks] td.dt-empty").inner_text() == "没有符合条件的行"
    page.close()


def test_a_filter_of_the_address_is_named_on_a_phone_and_removed_there(
    browser: Browser, folder: Path
) -> None:
    """Its fields filled the screen, below the numbers of all offices of the province."""
    path = "work/region_330000.html?lang=zh&tasks.1=浙江省市场监督管理局"
    page, said = opened(browser, folder, path, PHONE)
    assert page.locator(".filters:visible").count() == 0
    assert "承办单位：浙江省市场监督管理局" in page.locator(NAMED).inner_text()
    assert "各承办单位合计：" in page.locator("#tasks ~ p", has_text="逾期").first.inner_text()
    filtered = page.evaluate(FOUND)
    page.get_by_role("button", name="取消筛选").click()
    assert page.locator(NAMED).count() == 0 and "tasks.1" not in page.url
    assert page.evaluate(FOUND) > filtered
    assert said == []
    page.close()
    page, _ = opened(browser, folder, path)
    assert page.locator(".filters:visible").count() == 1 and page.locator(NAMED).count() == 0
    page.close()
