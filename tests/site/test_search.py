"""The search finds terms, products, standards, offices, statuses and numbers of cases, whole, by their
beginning or by their end, from small files."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest
from country_credit import CODE, PERSON
from country_files import DAY
from looked_up import parsed

from jobs.marts.takedown_duty import NOTICE
from jobs.publish.public_search import PLACES
from jobs.reports import fresh
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import searching
from jobs.reports.pages.reconciliation import ITEMS
from jobs.reports.pages.search_words import HELP
from jobs.reports.pages.tracing import MOST_PAGES
from jobs.reports.search_files import GOODS, goods, hit, looked_up, of_goods, plain, shard, written
from jobs.reports.tracing import LEADS
from jobs.reports.wording import Text

PARTS = ("terms", "standards", "offices", "dictionary")
# A unified social credit code, or the code of an operator without one.
ENTERPRISE = re.compile(r"(?<![\w.])(?:9[1-3][0-9]{6}[0-9A-Z]{10}|R-[0-9a-f]+)\b")
LIGHT = 600_000  # octets of a file that a search loads


def script(path: Path) -> Any:
    return parsed(path.read_bytes())


@pytest.fixture(scope="module")
def index(site: Path) -> Any:
    return script(site / "search_index.js")


def numbers(site: Path, table: str, column: str) -> list[str]:
    with (site / "data" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("table", "column"),
    [("sampling_lifecycle", "sample_id"), ("enforcement_lead", "lead_id")],
)
def test_the_number_of_each_case_is_found_in_the_file_of_its_end_and_leads_to_a_page(
    site: Path, index: Any, table: str, column: str
) -> None:
    wanted = numbers(site, table, column)
    assert wanted
    for number in wanted:
        assert shard(number) in index["shards"]
        rows = [r for r in script(site / "search" / f"{shard(number)}.js") if number in r[1].split(" · ")]
        assert rows, number
        assert all((site / row[0].split("#")[0]).is_file() for row in rows)


def test_the_number_of_a_notice_to_take_goods_down_is_found_and_leads_to_its_batch(
    known: Gathered,
) -> None:
    life = known.night.frame("gold.sampling_lifecycle")
    ordered, other = life["sample_id"].iloc[:2]
    life = life.assign(takedown_ordered_on=None)
    life.loc[life["sample_id"] == ordered, "takedown_ordered_on"] = DAY
    tables = dict(known.night.tables) | {"gold.sampling_lifecycle": life}
    found = searching._cases(gather(replace(known.night, tables=tables)))
    places = {str(row[1]).split(" · ")[0]: row[0] for row in found}
    assert places[f"{NOTICE}{ordered}"] == places[ordered]
    assert other in places and f"{NOTICE}{other}" not in places


def test_a_request_for_assistance_is_found_by_its_number_and_leads_to_its_row_among_the_tasks(
    known: Gathered,
) -> None:
    queue = known.night.frame("gold.work_queue")
    one = queue[queue["office_type"] == "authority"].head(1)
    asked = {"task": "answer_assistance", "subject_type": "assistance_request", "subject_id": "XC-1"}
    tables = dict(known.night.tables) | {
        "gold.work_queue": pd.concat([queue, one.assign(**asked)], ignore_index=True)
    }
    found = searching._cases(gather(replace(known.night, tables=tables)))
    places = {str(row[1]): str(row[0]) for row in found}
    assert places["XC-1"].startswith("work/region_") and places["XC-1"].endswith("#XC-1")


def test_tasks_that_are_overdue_for_a_year_are_found_and_lead_to_the_list_that_marks_them(
    known: Gathered,
) -> None:
    queue = known.night.frame("gold.work_queue")
    assert list(searching._old_tasks(known)) == []
    late = queue.head(1).assign(status="overdue", days_left=-fresh.YEAR - 1)
    tables = dict(known.night.tables) | {"gold.work_queue": pd.concat([queue, late], ignore_index=True)}
    (row,) = searching._old_tasks(gather(replace(known.night, tables=tables)))
    assert unquote(str(row[0])) == f"work.html?tasks.find={fresh.MARK[fresh.OLD].zh}#tasks"
    words = f"{row[1]} {row[2]} {row[4]}".lower()
    assert "逾期一年" in words and all(word in words.split() for word in ("overdue", "a", "year"))


@pytest.mark.parametrize(
    ("asked", "anchor"),
    [
        ("卡普兰–迈耶", "kaplan-meier"), ("卡普兰", "kaplan-meier"), ("Kaplan-Meier", "kaplan-meier"),
        ("双重差分", "effect"), ("difference in differences", "effect"),
        ("多重比较", "multiple-comparisons"), ("Holm", "multiple-comparisons"),
    ],
)  # fmt: skip
def test_a_method_that_pages_name_is_found_whole_and_leads_to_what_says_how_it_works(
    html: dict[str, str], index: Any, asked: str, anchor: str
) -> None:
    """卡普兰 led to the office of 普兰店, as no row had the word whole."""
    found = [row[0] for row in index["pages"] if asked.lower() in " ".join(map(str, row)).lower()]
    assert found[0] == f"about.html#{anchor}"
    explained = html["about.html"].split(f'<dt id="{anchor}">')[1].split("</dd>")[0]
    assert asked.lower().replace("-", "–") in explained.lower()


@pytest.mark.parametrize("name", ["Korn–Graubard", "Korn-Graubard", "Clopper–Pearson", "Clopper-Pearson"])
def test_a_method_is_found_by_its_whole_name_with_either_dash_in_both_sites(name: str) -> None:
    for places in (HELP, PLACES):
        assert any(name in more.split() for _, _, more in places), name


@pytest.mark.parametrize("word", ["wilson", "graubard", "clopper", "garwood"])
def test_the_method_of_an_interval_is_found_by_the_names_of_its_authors(
    html: dict[str, str], index: Any, word: str
) -> None:
    paths = [row[0] for row in index["pages"] if word in str(row[4]).lower()]
    assert paths and all(path.startswith("about.html#") for path in paths)
    for path in paths:
        at = html["about.html"].index(f'id="{path.split("#")[1]}"')
        assert word in html["about.html"][at : at + 4000].lower(), path


def test_a_standard_is_found_by_its_number_as_the_register_writes_it_without_a_space(site: Path) -> None:
    rows = script(site / "search" / "standards.js")
    assert any(" " in number for number in numbers(site, "standard_edition", "standard_no"))
    for number in numbers(site, "standard_edition", "standard_no"):
        assert any(number.replace(" ", "") in str(row[4]).split() for row in rows), number


def test_an_enterprise_is_found_by_its_code_if_a_page_shows_it_and_leads_there(
    site: Path, index: Any
) -> None:
    kind = index["kinds"].index(["经营主体", "enterprise"])
    rows = [r for name in index["shards"] for r in script(site / "search" / f"{name}.js") if r[3] == kind]
    places = ("traces/*", "platforms/*", "regions/*", "counterfeit", "credit", "tracing")
    pages = [page for place in places for page in site.glob(f"{place}.html")]
    shown = {code for page in pages for code in ENTERPRISE.findall(page.read_text(encoding="utf-8"))}
    assert {row[1].split(" · ")[0] for row in rows} == shown and len(shown) > 3
    for path, name, *_ in rows:
        assert name.split(" · ")[0] in (site / path.split("#")[0]).read_text(encoding="utf-8")


def test_a_shop_is_found_by_its_number_if_a_page_shows_it_and_leads_there(site: Path, index: Any) -> None:
    kind = index["kinds"].index(["网店", "shop"])
    rows = [r for name in index["shards"] for r in script(site / "search" / f"{name}.js") if r[3] == kind]
    paths = {row[0].split("#")[0].split("/")[0] for row in rows}
    assert paths >= {"traces", "credit.html", "sampling.html"}
    assert len({row[1] for row in rows}) == len(rows)  # each at one page
    for path, name, *_ in rows:
        assert name.split(" · ")[0] in (site / path.split("#")[0]).read_text(encoding="utf-8")


def test_a_listing_is_found_by_its_number_if_a_platforms_page_shows_it_and_leads_there(
    site: Path, index: Any
) -> None:
    kind = index["kinds"].index(["商品链接", "listing"])
    rows = [r for name in index["shards"] for r in script(site / "search" / f"{name}.js") if r[3] == kind]
    found = {row[1].split(" · ")[0]: row[0] for row in rows}
    assert found["L21"] == "platforms/P01.html#repeated-L21"
    for page in (site / "platforms").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        shown = set(re.findall(r'id="repeated-([^"]+)"', text))
        shown |= set(re.findall(r"<td>(L\d+)</td>", text.partition('id="counterfeit"')[2]))
        assert shown <= found.keys(), page.name
    assert len(found) == len(rows), "each stands once"
    for code, path in found.items():
        page, _, place = path.partition("#")
        html = (site / page).read_text(encoding="utf-8")
        assert code in html and f'id="{place}"' in html


def test_parties_of_leads_without_a_trace_page_and_of_restrictions_are_found_where_they_are_listed(
    known: Gathered,
) -> None:
    leads = known.night.frame(LEADS)
    one = leads[leads["state"].eq("assigned")].iloc[0].to_dict()
    codes = [f"913301{n:012d}" for n in range(MOST_PAGES + 2)]
    many = pd.DataFrame(
        [one | {"lead_id": f"XS-{n}", "subject_id": f"s{n}", "party_id": code, "days_left": -n,
                "found_on": one["found_on"] - timedelta(days=n)} for n, code in enumerate(codes)]
    )  # fmt: skip
    later = gather(replace(known.night, tables={**known.night.tables, LEADS: many}))
    found = {row[1].split(" · ")[0]: row[0] for row in searching._parties(later)}
    assert found[codes[0]].startswith("traces/")  # the newest
    assert found[codes[-1]] == "tracing.html"  # the longest overdue, without a page of its trace
    spots = known.night.frame("gold.source_hotspot").query("unit_type == 'producer'")
    assert all(code in found for code in spots["unit_code"]) and len(spots)
    assert found["S1"] == found[CODE] == "credit.html#selling"
    assert "S3" in found and PERSON not in found  # of a natural person the shop alone


def test_the_credit_code_of_a_platforms_operator_leads_to_the_page_of_the_platform(index: Any) -> None:
    found = [row[0] for row in index["pages"] if "91330100MA27XL8D2N" in str(row[4])]
    assert found == ["platforms/P01.html"]


def test_a_penalty_or_entry_is_found_by_its_number_where_a_list_of_restrictions_shows_it(
    site: Path, index: Any
) -> None:
    rows = [r for name in index["shards"] for r in script(site / "search" / f"{name}.js")]
    found = {
        str(r[1]).split(" · ")[0]: r for r in rows if index["kinds"][r[3]][1] in ("penalty", "list entry")
    }
    assert {"SX-1", "SX-2"} <= set(found)
    for number, (path, *_) in found.items():
        page, _, place = str(path).partition("?")
        shown = (site / page.split("#")[0]).read_text(encoding="utf-8")
        assert number in shown
        if page == "credit.html":
            name = place.split(".find=")[0]
            assert place == f"{name}.find={number}#{name}"
            rows = shown.split(f'id="{name}"')[1].split("</table>")[0].split("<tr")[2:]
            assert any(number in re.sub("(?s)<details>.*?</details>", "", row) for row in rows), number


def test_what_a_missed_duty_leads_to_is_found_with_the_code_of_the_platform(site: Path) -> None:
    (found,) = [r for r in script(site / "search" / "terms.js") if r[0] == "platforms/P01.html#consequences"]
    for word in ("P01", "逾期后果", "consequence"):
        assert word in " ".join(map(str, found)), word


def test_a_number_is_searched_by_its_letters_and_digits_of_ascii_and_a_name_looked_up_by_all_it_has() -> None:
    assert (plain("GB/T 18401—２0é-K_1"), plain("甲"), plain("")) == ("gbt184010k1", "", "")
    assert looked_up("铅 <5&é") == "lookup.html?q=铅%20%3C5%26é"


def test_a_natural_person_is_not_found_by_the_identifier_that_stands_for_it(site: Path, index: Any) -> None:
    assert "an individual, not named" in (site / "counterfeit.html").read_text(encoding="utf-8")
    rows = [row for name in index["shards"] for row in script(site / "search" / f"{name}.js")]
    assert rows and not [row for row in rows if row[1].startswith("N-")]


def test_a_status_is_found_in_either_language(site: Path, index: Any) -> None:
    terms = script(site / "search" / "terms.js")
    late = {row[0]: (row[1], row[2]) for row in terms if row[1].startswith("逾期 · ")}
    assert late["work.html#tasks"] == ("逾期 · 待办事项", "overdue · tasks")
    assert late["sampling.html#timers"] == ("逾期 · 法定期限", "overdue · statutory deadlines")


def test_every_part_is_named_and_light_and_its_pages_are_there(site: Path, index: Any) -> None:
    assert index["parts"] == sorted(PARTS)
    files = [
        site / "search_index.js",
        *(site / "search" / f"{name}.js" for name in [*PARTS, *index["shards"]]),
        *(site / "search" / f"from_{place}.js" for place in range(len(index["spans"]))),
    ]
    assert all(path.stat().st_size < LIGHT for path in files)
    for name in PARTS:
        for row in script(site / "search" / f"{name}.js"):
            assert (site / re.split("[?#]", row[0])[0]).is_file(), row


def test_goods_are_found_by_name_with_their_category_and_lead_to_what_the_lookup_has_of_them(
    site: Path, index: Any
) -> None:
    assert index["products"] == 1
    rows = {str(row[0]): row for row in script(site / "search" / "products_0.js")}
    _, behind, kind, _ = rows["电磁炉"]
    assert index["kinds"][kind] == ["产品", "product"]
    zh, en = index["beside"][behind]
    assert zh.startswith(" · ") and en.startswith(" · ") and zh != en  # the category in the language
    for brand in ("晴里", "Qingli"):  # finds its goods
        assert any(brand in str(row[3]).split() for row in rows.values())
    assert not any("尚不能公布的商品" in name for name in rows)  # of a batch that may not be public


def test_goods_of_one_name_stand_once_with_all_that_finds_them_and_signs_of_addresses_are_escaped() -> None:
    bags = Text("箱包", "Bags")
    rows = goods(
        [
            ("皮包", bags, "甲"),
            ("皮包", bags, "乙"),
            ("皮包", bags, ""),
            ("A&B #1 包", None, ""),
            (" ", None, "x"),
        ]
    )
    assert [row[1:3] + row[4:] for row in rows] == [
        ["A&B #1 包", "A&B #1 包", ""],
        ["皮包 · 箱包", "皮包 · Bags", "乙 甲"],
    ]
    assert rows[0][0] == "lookup.html?q=A%26B%20%231%20包"


def many_goods() -> list[list[str | int]]:
    """More names than one file holds, alike but for two characters; one of letters that fold to others."""
    bags = Text("箱包", "Bags")
    names = [f"{chr(0x5000 + at // 50)}{chr(0x6000 + at % 50)}式皮包" for at in range(GOODS + 500)]
    return goods([(name, bags, "") for name in (*names, "Ｘ９ 充电宝")])


def test_a_file_of_goods_holds_a_name_once_and_whole_rows_where_the_address_is_another() -> None:
    (bag,) = goods([("皮包", Text("箱包", "Bags"), "甲")])
    other = hit("recalls.html#R1", Text("皮包 · 召回", "皮包 · recall"), "recall")
    found = written([], {}, of_goods([bag, other]))
    assert parsed(found["search/products_0.js"]) == [["皮包", 0, bag[3], "甲"], other]
    assert parsed(found["search_index.js"])["beside"] == [[" · 箱包", " · Bags"]]


def test_many_goods_lie_in_files_of_a_size_that_a_search_may_load() -> None:
    found = written([], {}, of_goods(many_goods()))
    files = [name for name in found if name.startswith("search/products_")]
    assert len(files) == parsed(found["search_index.js"])["products"] > 1
    assert max(len(found[name]) for name in files) < LIGHT


def test_among_many_goods_each_lies_in_the_file_that_a_search_for_its_brand_loads() -> None:
    bags = Text("箱包", "Bags")
    names = [f"{chr(0x5000 + at // 50)}{chr(0x6000 + at % 50)}式皮包" for at in range(GOODS + 500)]
    found = written([], {}, of_goods(goods([*((name, bags, "") for name in names), ("水壶", bags, "Midea")])))
    n = parsed(found["search_index.js"])["products"]
    assert n > 1
    at = (31 * ord("m") + ord("i")) % n  # the first pair of the word
    assert b"Midea" in found[f"search/products_{at}.js"]


def test_offices_are_found_by_the_names_that_they_bear(site: Path) -> None:
    offices = script(site / "search" / "offices.js")
    assert any(
        row[1:3] == ["浙江省市场监督管理局", "Zhejiang Administration for Market Regulation"]
        for row in offices
    )


def test_an_office_with_tasks_leads_to_the_list_of_them_alone(site: Path) -> None:
    """It led to all tasks of the province."""
    rows = script(site / "search" / "offices.js")
    led = [row for row in rows if "?tasks.1=" in row[0]]
    assert led and all((site / row[0].split("?")[0]).exists() for row in led)
    assert all(unquote(row[0]).endswith(f"?tasks.1={row[1]}#tasks") for row in led)


def test_no_two_populations_have_one_name() -> None:
    for language in ("zh", "en"):
        names = [getattr(words, language) for words in ITEMS.values()]
        assert len(names) == len(set(names)), language


def test_a_refused_file_is_found_by_its_name(index: Any) -> None:
    found = [row for row in index["pages"] if "broken.csv.gz" in row[1]]
    assert [row[0] for row in found] == ["sources/lab_1.html#refused"]


def test_a_source_is_found_by_the_code_of_who_files_it(index: Any) -> None:
    (found,) = [row for row in index["pages"] if row[0] == "sources/lab_1.html"]
    assert {"lab_1", "LA"} <= set(found[4].split())


@pytest.mark.parametrize("word", ["网店", "销售者", "shops", "sellers"])
def test_the_look_up_of_batches_by_shop_or_seller_is_found_by_these_words(index: Any, word: str) -> None:
    (found,) = [row for row in index["pages"] if row[0] == "lookup.html"]
    assert word in found[4].split()


@pytest.mark.parametrize("word", ["报送格式", "文件格式", "示例", "契约", "format", "example", "contract"])
def test_the_format_of_a_sources_files_is_found_by_its_words(index: Any, word: str) -> None:
    (found,) = [row for row in index["pages"] if row[0] == "sources/lab_1.html#format"]
    assert word in " ".join(map(str, found)) and "lab_1" in found[1]


def test_of_a_name_with_many_brands_each_file_has_the_brands_that_lead_to_it() -> None:
    bags = Text("箱包", "Bags")
    brands = [f"{chr(0x5000 + at)}{chr(0x6000 + at)}" for at in range(300)]
    many = goods(
        [("水壶", bags, brand) for brand in brands] + [(f"皮包{at:04d}", bags, "") for at in range(GOODS)]
    )
    found = written([], {}, of_goods(many))
    n = parsed(found["search_index.js"])["products"]
    files = [parsed(found[f"search/products_{at}.js"]) for at in range(n)]
    kettles = {at: row[3].split() for at, rows in enumerate(files) for row in rows if row[0] == "水壶"}
    for brand in brands:
        assert brand in kettles[(31 * ord(brand[0]) + ord(brand[1])) % n]
    by_name = (31 * ord("水") + ord("壶")) % n
    assert by_name in kettles and sum(map(len, kettles.values())) == len(brands)
