"""The public site: both languages, from bundles alone, and nothing in it that is not in a bundle."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, quote_plus

import country
import pyarrow.parquet as pq
import pytest
from axe_playwright_python.sync_playwright import Axe
from country_samples import MARKUP
from notebook_country import put
from reading_pages import chinese_lines, english_lines
from test_accessible import RULES, WIDER
from test_browser import DESKTOP, PHONE, watched

from jobs.contracts.glossary import product_words
from jobs.publish.freezing import freeze, withdraw
from jobs.publish.periods import span
from jobs.publish.site import NAVIGATION, write_public


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("public")
    lake = country.lake_at(home)
    country.write(lake)
    recalls = lake.frame("silver.recall")
    put(lake, {"silver.recall": recalls.assign(recalled_on=span("2026-05").start, category_code="HA01")})
    rates = lake.frame("gold.detection_rate")
    some = rates["dimension_type"].eq("nation") & rates["n_tested"].gt(30)
    put(lake, {"gold.detection_rate": rates.assign(n_not_judged=rates["n_not_judged"].mask(some, 7))})
    for name in ("2026-04", "2026-05", "2026Q1", "2025"):
        freeze(lake.root, home / "published", span(name), day=None, say=lambda line: None)
    withdraw(lake.root, home / "published", span("2025"), reason="单位有误 <b>units</b>", day=None, say=print)
    write_public(home / "published")
    return home / "published"


@pytest.fixture(scope="module")
def html(public: Path) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8") for p in (public / "site").glob("*.html")}


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def test_every_page_of_the_navigation_is_there_and_every_link_leads_to_a_file(public, html):
    stems = [path.removesuffix(".html") for path, _ in NAVIGATION]
    assert {path for path, _ in NAVIGATION} <= set(html)
    assert all(name.startswith(tuple(stems)) for name in html)
    for name, text in html.items():
        links = Links()
        links.feed(text)
        assert len(links.found) > 10
        for link in links.found:
            target = public / "site" / link.split("#")[0]
            assert link.startswith("#") or target.resolve().is_file(), (name, link)
            assert "://" not in link


def test_the_first_page_opens_with_where_quality_stands_in_both_languages(html):
    zh, en = (
        re.findall(rf'<p class="lead">.*?<span class="{w}"[^>]*>(.*?)</span>', html["index.html"])
        for w in ("zh", "en")
    )
    assert re.search(r"加权不合格率（按销量）为\d+\.\d%（95%区间\d+\.\d%～\d+\.\d%），概率抽样判定", zh[0])
    assert re.search(r"判定[\d,]+批次，其中不合格[\d,]+批次（靶向抽样不计入：判定[\d,]+批次，", zh[0])
    assert re.search(r"\d+\.\d% of units sold online did not conform \(95% interval", en[0])
    assert re.search(r", estimated from [\d,]+ batches judged of random samples, [\d,]+ of which", en[0])


def test_every_phrase_is_there_in_both_languages(html):
    for name, text in html.items():
        assert text.count('lang="zh-CN"') > 10 and text.count('<span class="zh"') == text.count(
            '<span class="en"'
        ), name


def test_a_withdrawn_period_says_so_on_every_page_and_shows_no_figures(html):
    for text in html.values():
        assert "2025 已撤回" in text and "2025 is withdrawn" in text
        assert "&lt;b&gt;units" in text and "<b>units" not in text
    assert not re.search(r"<h2[^>]*><span[^>]*>2025 ·", html["rates.html"])


def test_figures_say_source_period_revision_download_and_how_to_cite(html):
    said = html["index.html"]  # its figures stand in sentences
    assert said.count('<p class="source">') == said.count("Cite as") == said.count(">CSV</a>") >= 1
    for name in (
        "rates.html",
        "quality_index.html",
        "bulletins.html",
        "recalls.html",
        "guidance.html",
        "coverage.html",
    ):
        text = html[name]
        tables = len(re.findall('<table(?: class="lined|>)', text)) - text.count('class="behind"')  # drawings
        assert tables and text.count(">CSV</a>") == tables and text.count("Cite as") == tables, name


def test_the_downloads_lead_to_every_file_of_a_bundle(public: Path, html: dict[str, str]) -> None:
    folder = public / "2026-05" / "0"
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert "LICENSE.txt" in files
    led = {path for text in html.values() for path in re.findall(r'href="\.\./2026-05/0/([^"]+)"', text)}
    assert led == files


def test_every_page_and_every_figure_says_up_to_which_day_its_data_go_beside_the_day_of_publication(
    public, html
):
    newest, shown = "2026-06-20", "2026-06-30"  # the newest event of any feed, and the night
    for name, text in html.items():
        zh, en = "\n".join(chinese_lines(text)), "\n".join(english_lines(text))
        said = f"数据截至{newest}·最近发布{shown}"
        assert zh.replace(" ", "").count(said) == 2, name  # at the top and at the end
        assert en.count(f"Data up to {newest} · last published {shown}") == 2, name
    en = "\n".join(english_lines(html["rates.html"]))
    assert en.count("Cite as") == en.count(f"data up to {newest} · published {shown} · CSV") > 1
    assert (
        json.loads((public / "api" / "v1" / "units.json").read_text("utf-8"))["meta"]["data_date"] == newest
    )
    said = (public / "2026-05" / "0" / "README.md").read_text("utf-8")
    assert f"数据截至 {newest}，{shown} 发布" in said and f"data up to {newest}, published on {shown}" in said


def test_a_first_publication_is_called_so_and_no_revision_is_numbered_zero(public, html):
    for name in ("index.html", "calendar.html"):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", html[name], re.S)
        assert any("首次发布</span>" in cell and "First publication</span>" in cell for cell in cells), name
        assert "0" not in cells, name
    assert "第1次修订" in html["calendar.html"] and "Revision 1<" in html["calendar.html"]
    said = (public / "2026-05" / "0" / "README.md").read_text("utf-8")
    assert "首次发布，数据截至" in said and "修订 0" not in said and "First publication," in said


def test_figures_are_cited_in_one_language_at_a_time(html):
    page = html["recalls.html"]
    (zh,) = {line.split("引用：")[1] for line in chinese_lines(page) if "引用：" in line}
    (en,) = {line.split("Cite as: ")[1] for line in english_lines(page) if "Cite as: " in line}
    assert re.fullmatch(r"质量观象台（\d{4}）：《网售商品质量》，2026年5月，首次发布", zh)
    wanted = r"Quality Observatory \(\d{4}\): Quality of goods sold online, May 2026, first publication"
    assert re.fullmatch(wanted, en)


def test_a_rate_stands_with_its_limits_or_says_that_samples_are_too_few(html):
    assert "too few samples" in html["rates.html"] and re.search(r"\d+\.\d–\d+\.\d%", html["rates.html"])
    assert not any(re.search(r"\d%–\d", page) for page in html.values())  # one per cent sign


def test_no_cell_shows_a_list_or_a_code_as_the_file_has_it(html):
    for name in ("bulletins.html", "recalls.html", "coverage.html", "guidance.html"):
        cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", html[name])
        assert not [c for c in cells if c.startswith("[") or re.fullmatch(r"[a-z]+(_[a-z]+)*", c)], name
    assert re.search(r'<span class="en" lang="en">Leakage current[ (<]', html["bulletins.html"])


def test_nothing_of_a_provider_is_markup_and_nothing_inner_is_shown(html):
    for text in html.values():
        assert MARKUP not in text and "尚不能公布的商品" not in text
    joined = "".join(html.values())
    assert "listing_id" not in joined and "buyer" not in joined.replace(
        "a buyer of samples", ""
    ).lower().replace("buyers", "")


def test_robots_and_licence_lie_beside_the_pages(public):
    assert "User-agent: *" in (public / "site" / "robots.txt").read_text()
    assert "CC BY 4.0" in (public / "site" / "licence.txt").read_text(encoding="utf-8")


def test_the_site_needs_no_lake(public, tmp_path):
    """The same files from a copy of the bundles alone, where no lake is near."""
    import shutil

    for period in ("2026-04", "2026-05", "2026Q1", "2025"):
        shutil.copytree(public / period, tmp_path / "alone" / period)
    write_public(tmp_path / "alone")
    for path in (public / "site").glob("*.html"):
        assert path.read_bytes() == (tmp_path / "alone" / "site" / path.name).read_bytes()


def test_an_empty_shelf_has_a_site_that_says_so(tmp_path):
    write_public(tmp_path / "published")
    text = (tmp_path / "published" / "site" / "index.html").read_text(encoding="utf-8")
    assert "No published period has enough samples" in text


def test_n_of_a_rate_is_its_denominator_and_scores_have_one_too(public, html):
    rows = pq.read_table(public / "2026-05" / "0" / "data" / "detection_rates.parquet").to_pylist()
    nation = {
        r["n_tested"]
        for r in rows
        if r["dimension_type"] == "nation"
        and r["period_type"] == "month"
        and r["n_not_judged"] == 7
        and r["design"] in ("probability", "targeted")
        and r["dimension2_type"] == ""
    }
    text = html["rates.html"]
    assert nation and "已判定" in text and "完成检验" not in text
    for tested in nation:
        assert re.search(rf">{tested - 7:,}<", text) and not re.search(rf">{tested:,}<", text)
    scores = [t for n, t in html.items() if n.startswith("quality_index")]
    assert any("Batches judged" in text for text in scores)


def test_charts_of_rates_over_time_have_their_table_behind_and_come_from_several_bundles(public, html):
    text = html["rates.html"]
    assert text.count('<svg class="chart trend') == 2  # of probability and of targeted samples
    first = text[text.index("<svg") :]
    table = first[first.index("<table>") : first.index("</table>")]
    assert "2026-05" in table and "2026-04" in table and "Cite as" in first[: first.index("<h2")]
    index = html["quality_index.html"]  # of one quarter
    assert '<svg class="chart trend' not in index and "no trend to draw yet" in index


def test_a_chart_gives_its_picture_its_rows_and_its_citation(public, browser):
    page, said, asked = watched(browser, DESKTOP)
    page.goto((public / "site" / "rates.html").as_uri() + "?lang=en")
    page.wait_for_selector("figure .tools button")
    assert page.locator("figure").first.locator(".tools button").all_inner_texts() == [
        "Picture (PNG)",
        "Its rows (CSV)",
        "Cite",
    ]
    with page.expect_download() as taken:
        page.locator("figure").first.get_by_text("Its rows (CSV)").click()
    assert "2026-05" in taken.value.path().read_text(encoding="utf-8-sig")
    assert said == [] and all(url.startswith(("file:", "data:")) for url in asked)
    page.close()


def test_the_search_finds_units_goods_standards_terms_and_batches_of_bundles_and_leads_to_pages(
    public, browser
):
    page, said, asked = watched(browser, DESKTOP)
    page.goto((public / "site" / "index.html").as_uri() + "?lang=en")
    batch = pq.read_table(public / "2026-05" / "0" / "data" / "bulletins.parquet").to_pylist()
    goods = next(b["product_name"] for b in batch if b["product_name"])
    standard = next(s for b in batch for s in json.loads(b["item_standards"] or "[]") if s)
    wanted = {
        "Cloud Market": "rates.html", "电水壶": "guidance",  # what buyers call kettles
        goods: "lookup.html?q=", "".join(standard.split()): f"q={quote_plus(standard)}&lang",
        # Several recalls: the lookup of the category alone, as words of a recall are no brand.
        "is a kettle recalled?": f"q={quote('电热水壶')}&lang", "电水壶召回": f"q={quote('电热水壶')}&lang",
        "Exposure rate": "definitions.html", batch[0]["sample_id"]: "", "Release calendar": "calendar.html",
    }  # fmt: skip
    for word, place in wanted.items():
        page.locator("form.find input").fill(word)
        page.wait_for_function("w => document.querySelector('form.find').dataset.offered === w", arg=word)
        links = page.locator("form.find li a")
        assert links.count() > 0, word
        hrefs = [links.nth(at).get_attribute("href") for at in range(links.count())]
        assert any(place in href for href in hrefs), (word, hrefs)
        assert all((public / "site" / href.split("?")[0].split("#")[0]).is_file() for href in hrefs)
    assert said == [] and all(url.startswith("file:") for url in asked)
    page.close()


def test_the_search_files_hold_names_of_bundles_alone(public):
    held = "".join(
        p.read_text(encoding="utf-8-sig") for p in public.glob("*/*/data/*.csv") if "site" not in p.parts
    ) + "".join(p.read_text(encoding="utf-8-sig") for p in public.glob("*/*/dictionary.csv"))
    files = [*(public / "site" / "search").glob("*.js")]
    assert files
    for path in files:
        for row in json.loads(path.read_text(encoding="utf-8").split("=", 1)[1].rstrip().rstrip(";")):
            name = str(row[1]).split(" · ")[0]
            assert name in held or name.replace('"', '""') in held or f"'{name}" in held, (path.name, name)


def test_the_lookup_finds_products_recalls_and_standards_of_the_bundles_and_nothing_else(public, browser):
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.goto((public / "site" / "lookup.html").as_uri())
    page.click('button[data-lang="en"]')
    batch = pq.read_table(public / "2026-05" / "0" / "data" / "bulletins.parquet").to_pylist()
    standards = {b["sample_id"]: json.loads(b["item_standards"] or "[]") for b in batch}
    failed = next(b for b in batch if any(standards[b["sample_id"]]) and b["batch_no"])
    standard = next(s for s in standards[failed["sample_id"]] if s)
    for word in (failed["batch_no"], standard):
        page.fill("#wanted", word)
        page.wait_for_selector("#found table")
        assert word in page.inner_text("#found")
    number = failed["sample_id"]
    for part in (number[:4], number[-4:]):  # of the number of a sample, its beginning or its end
        page.fill("#wanted", part)
        page.wait_for_function(
            "n => [...document.querySelectorAll('#found td')].some(c => c.innerText === n)", arg=number
        )
    page.fill("#wanted", standard)
    page.wait_for_selector("#found table >> text=Standards that batches failed")
    of_standards = page.locator("#found table", has_text="Standards that batches failed")
    assert of_standards.locator("tbody td").first.inner_text() == standard
    for code, words in product_words().items():  # goods by the words of buyers, with their guidance first
        if code == failed["category_code"]:
            page.fill("#wanted", words.split()[-1])
            page.wait_for_selector(f"#found a[href*='#{code}']")
    glued = failed["product_name"] + failed["producer_name"]  # Chinese is typed without spaces
    for word in (standard.replace(" ", "").replace("-", ""), glued):
        page.fill("#wanted", word)
        page.wait_for_function(
            "n => [...document.querySelectorAll('#found td')].some(c => c.innerText === n)", arg=number
        )
        assert "（按“" in page.inner_text("#counted") or "(for “" in page.inner_text("#counted")
    page.set_viewport_size({"width": 390, "height": 510})  # a phone whose keyboard is shown
    page.reload()
    page.type("#wanted", number)
    page.wait_for_selector("#counted a")
    page.wait_for_function("() => document.getElementById('counted').getBoundingClientRect().bottom < 200")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.fill("#wanted", "尚不能公布的商品")
    page.wait_for_function("document.getElementById('counted').textContent.startsWith('Nothing')")
    page.fill("#wanted", failed["batch_no"])
    hits = page.locator("#found table", has_text="Batches checked")
    assert hits.locator("td", has_text=failed["producer_name"]).first.get_attribute("lang") == "zh"
    hits.locator("a").first.click()
    row = page.locator(f'tr[id="{failed["plan_id"]}.{number}"]')
    row.wait_for()
    assert "bulletins.html" in page.url and row.is_visible()
    page.close()
    assert problems == []


def test_the_pages_open_in_a_browser_and_switch_language(public, browser):
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.goto((public / "site" / "index.html").as_uri())
    page.click('button[data-lang="en"]')
    assert page.locator("h1 .en").is_visible() and not page.locator("h1 .zh").is_visible()
    page.set_viewport_size({"width": 380, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto((public / "site" / "lookup.html").as_uri())
    page.fill("#wanted", "2026")
    page.wait_for_selector("#found table")  # what is found is shown as cards as well
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("#found table").first.evaluate("t => getComputedStyle(t).display") == "block"
    page.close()
    assert problems == []


@pytest.mark.parametrize("pages", ["[irg]*.html", pytest.param("*.html", marks=pytest.mark.slow)])
def test_the_public_pages_are_clean_by_axe_fit_a_phone_and_ask_for_nothing_elsewhere(public, browser, pages):
    page, said, asked = watched(browser, PHONE)
    found = {}
    for file in sorted((public / "site").glob(pages)):
        page.goto(file.as_uri())
        wrong = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
        found[file.name] = [v["id"] for v in wrong["violations"]] + page.evaluate(WIDER)
    page.close()
    assert {name: what for name, what in found.items() if what} == {}
    assert len(found) > (8 if pages == "*.html" else 2)
    assert said == [] and all(url.startswith("file:") for url in asked)


@pytest.mark.slow  # quick: test_answering holds it of the inner site
def test_the_tables_of_the_public_site_sort_by_the_address(public, browser):
    page, _, _ = watched(browser, DESKTOP)
    place = (public / "site" / "definitions.html").as_uri()
    page.goto(f"{place}#tables")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.wait_for_selector("table.dataTable")
    key = page.locator("table.dataTable").first.get_attribute("data-key")
    for order in ("asc", "desc"):
        page.goto(f"{place}?{key}.order=0.{order}")
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.wait_for_selector("table.dataTable")
        names = page.locator("table.dataTable").first.locator("tbody th").all_inner_texts()
        assert names == sorted(names, reverse=order == "desc") and len(names) > 10
    page.close()
