"""The page on the anti-counterfeit net."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import country
import country_counterfeit
import pandas as pd
import pytest
from country_credit import PERSON
from reading_pages import english_ranges

from jobs.reports.counterfeits import _shown, operator
from jobs.reports.gathered import Gathered, gather


def section(html: dict[str, str], anchor: str) -> str:
    text = html["counterfeit.html"]
    begin = text.index(f'<h2 id="{anchor}"')
    end = text.find("<h2 id=", begin + 5)
    return text[begin : end if end > 0 else None]


def rows(text: str) -> list[str]:
    return re.findall(r"<tr(?: id=\"[^\"]+\")?><th scope=\"row\"[^>]*>.*?</tr>", text, flags=re.S)


def test_it_opens_with_what_is_to_be_done_today_and_by_whom(html: dict[str, str]) -> None:
    lead = html["counterfeit.html"][html["counterfeit.html"].index('<p class="lead">') :]
    assert re.findall(r"<strong>(\d+)</strong>", lead)[:4] == ["3", "1", "1", "2"]
    offices = rows(section(html, "today"))
    assert "platforms/P03.html" in offices[0] and "brand owner: Hailong" in "".join(offices)


def test_overdue_takedowns_of_repeat_offenders_come_first(html: dict[str, str]) -> None:
    tasks = rows(section(html, "tasks"))
    assert len(tasks) == 3
    assert "overdue" in tasks[0] and "repeat offender" in tasks[0] and "2026-06-08" in tasks[0]
    assert "check the goods that are listed again" in tasks[1] and "verify the reported goods" in tasks[2]


def test_times_stand_with_their_limits_and_no_days_without_enough_cases(html: dict[str, str]) -> None:
    times = rows(english_ranges(section(html, "times")))
    assert "6 (5–8)" in times[1] and "21 (18–∞)" in times[1] and "37.2–67.5%" in times[1]
    assert "platforms/P03.html" in times[2] and ">–<" in times[2] and "37.5%" in times[2]


def test_offenders_that_only_a_model_names_stand_last_and_say_so(html: dict[str, str]) -> None:
    found = rows(section(html, "offenders"))
    assert "杭州某某贸易有限公司" in found[0] and "certain" in found[0] and "JD-5" in found[0]
    assert "R-9" in found[2] and "probable, to be verified" in found[2] and "3 / 1" in found[2]


def test_a_natural_person_is_never_named_and_words_stand_where_the_name_would(html: dict[str, str]) -> None:
    assert country_counterfeit.PERSON not in html["counterfeit.html"]
    company, person, unknown = rows(section(html, "offenders"))
    for row in (company.split("Operators linked by relisting")[1], person.split("</th>")[0]):
        assert "an individual, not named" in row and "N-" not in row
    assert unknown.count("R-9") == 1


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("扬州源邦纺织商行", "individual_business", "扬州源邦纺织商行"),  # as on the pages of platforms
        ("张三", "individual_business", "an individual business, not named"),
        ("张三服装店", "natural_person", "an individual, not named"),
        ("某某合作社商行", "other", "某某合作社商行"),
        ("王小丽", "other", "an operator, not named"),
        (None, "company", "91330106000000000X"),
    ],
)
def test_an_operator_is_named_by_the_rule_that_holds_on_other_pages(
    known: Gathered, name: str | None, kind: str, shown: str
) -> None:
    """Individual businesses had no name here and their trade name on the pages of platforms and of credit."""
    code = "91330106000000000X"
    enterprise = known.night.frame("silver.enterprise")
    mine = enterprise["enterprise_id"] == code
    changed = enterprise.assign(
        name=enterprise["name"].astype(object).mask(mine, name),
        enterprise_type=enterprise["enterprise_type"].astype(object).mask(mine, kind),
    )
    tables = dict(known.night.tables) | {"silver.enterprise": changed}
    assert operator(gather(dataclasses.replace(known.night, tables=tables)), code).en == shown


def contents(site: Path) -> Iterator[tuple[str, str]]:
    """The path and the text of each file of the site; of an archive those of its members."""
    for path in sorted(p for p in site.rglob("*") if p.is_file()):
        name = path.relative_to(site).as_posix()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for member in packed.namelist():
                    yield f"{name}/{member}", packed.read(member).decode(errors="ignore")
        elif path.suffix not in {".png", ".ico", ".woff2", ".gz"}:
            yield name, path.read_text(encoding="utf-8", errors="ignore")


def test_no_file_of_the_site_has_an_identifier_of_a_natural_person(site: Path) -> None:
    persons = re.compile(rf"(?<![0-9A-Za-z_-])(?:N-[17]|{PERSON}|N-[0-9a-f]{{24}})(?![0-9A-Za-z_-])")
    assert persons.search('"N-7"') and persons.search(f"'{PERSON}") and not persons.search("EN-71")
    files = dict(contents(site))
    assert {"html", "csv", "js", "json"} <= {name.rpartition(".")[2] for name in files}
    assert [name for name, text in files.items() if persons.search(text)] == []


def test_downloads_keep_the_rows_of_natural_persons_without_their_identifiers(site: Path) -> None:
    offenders, relisted = (
        pd.read_csv(site / "data" / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("repeat_offender", "relisting")
    )
    company = "91330106000000000X"
    assert offenders["enterprise_id"].tolist() == [company, "", "R-9"]
    assert offenders["linked_operators"].tolist() == ["[]", "[]", "[]"]
    assert sorted(relisted["enterprise_id"]) == ["", "", "", company]
    assert set(relisted["first_enterprise_id"]) == {company, ""}


def test_relisted_goods_show_match_likeness_and_operator_live_ones_first(html: dict[str, str]) -> None:
    found = rows(section(html, "relisted"))
    assert "L9" in found[0] and "on sale" in found[0] and "barcode" in found[0] and "0.50" in found[0]
    assert "L8" in found[1] and "no longer on sale" in found[1] and "another operator" in found[1]
    assert country.MARKUP not in html["counterfeit.html"]


def test_relisted_goods_of_an_unknown_or_earlier_day_stand_last_and_say_so(html: dict[str, str]) -> None:
    for page in ("counterfeit.html", "brands/B1.html"):
        found = [row for row in rows(html[page]) if re.search('row">L[6-9]<', row)]
        assert [re.findall(r"L\d", row)[0] for row in found] == ["L9", "L8", "L6", "L7"]
        assert "2026-04-20" in found[2] and "11 before it" in found[2] and "-11" not in found[2]
        assert '<td class="day">–</td>' in found[3] and '<td class="n">–</td>' in found[3]


def test_a_platforms_page_has_its_own_tasks_and_times(html: dict[str, str]) -> None:
    mine, other = html["platforms/P03.html"], html["platforms/P02.html"]
    assert "JD-1" in mine and "L9" not in mine[mine.index('<h2 id="counterfeit"') :]
    assert "JD-1" not in other[other.index('<h2 id="counterfeit"') :].split("<h2 id=")[1]
    assert 'id="counterfeit"' not in html["regions/330000.html"]


def test_a_listing_that_comes_back_after_each_takedown_is_named_with_how_often_and_since_when(
    html: dict[str, str],
) -> None:
    found = rows(section(html, "repeated"))
    assert [re.findall(r"L2\d", row)[0] for row in found] == ["L21", "L22", "L20"]
    cells = re.findall(r'<td class="(?:n|day)">(.*?)</td>', found[0])
    assert cells[0].startswith("6<br>") and "records of 7 days" in cells[0]
    assert cells[1:3] == ["6", "2025-09-07<br>2026-04-25"]
    assert ["not sent to the platform" in row for row in found] == [True, False, False]
    assert "Each notice to take down is settled apart" in section(html, "repeated")
    assert cells[3].startswith("2026-05-08<br>") and "bought as a sample" in cells[3]
    assert "on sale again" in found[0] and "no longer on sale" in found[2]
    assert 'href="data/repeated_relisting.csv"' in section(html, "repeated")


def test_a_platforms_verdict_counts_its_listings_that_came_back_and_its_page_lists_them(
    html: dict[str, str],
) -> None:
    mine, other = html["platforms/P01.html"], html["platforms/P03.html"]
    verdict = mine[mine.index('id="verdict"') :].split("</section>")[0]
    assert "核查反复上架、仍在售的商品链接1个（须凭抽样购买认定，未列入发给平台的清单）" in verdict
    assert "listings on sale again after each takedown: 1 (" in verdict
    assert "check goods that are listed again: 1<" in verdict.lower()
    # P03's task is a takedown, which the work queue has.
    assert "check goods that are listed again" not in other[: other.index('<h2 id="figures"')].lower()
    listed = mine[mine.index('<h3 id="repeated"') :].split("</table>")[0]
    assert "L21" in listed and "L20" in listed and "L22" not in listed
    assert 'id="repeated"' not in other and "反复上架、仍在售" not in other
    assert "1个（均有订单为证，已列入发给平台的清单）" in html["platforms/P02.html"]


def test_beside_an_operator_that_is_not_named_stands_no_code(known: Gathered) -> None:
    enterprise = known.night.frame("silver.enterprise")
    code = str(enterprise["enterprise_id"].iloc[0])
    for kind, name, shown in (("company", "金华德程精选有限公司", code), ("individual_business", "王五", "")):
        changed = enterprise.assign(
            name=enterprise["name"].astype(object).mask(enterprise["enterprise_id"] == code, name),
            enterprise_type=kind,
        )
        tables = dict(known.night.tables) | {"silver.enterprise": changed}
        assert _shown(gather(dataclasses.replace(known.night, tables=tables)), code)[1] == shown
