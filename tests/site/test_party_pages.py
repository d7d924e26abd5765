"""Pages of laboratories and brands: the verdict first, their own rows and nothing of others', inside only."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from reading_pages import english_ranges, text_of

from jobs.reports.figures import line
from jobs.reports.gathered import Gathered
from jobs.reports.pages import brands
from jobs.reports.rendering import template
from jobs.reports.wording import same


def part(page: str, anchor: str) -> str:
    return page.split(f'<h2 id="{anchor}"')[1].split("<h2 id=")[0]


def rows(site: Path, name: str) -> list[dict[str, str]]:
    with (site / "data" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_laboratory_opens_with_its_share_on_time_against_the_others_and_what_concerns_it(
    html: dict[str, str],
) -> None:
    page = html["labs/LA.html"]
    verdict = page.split('id="verdict"')[1].split("</section>")[0]
    assert '<p class="big">90.0%</p>' in verdict
    assert "85.0%～93.5%；171 / 190" in verdict and "与其余机构（90.0%）无显著差异" in verdict
    assert "40 where 20.0 are expected" in verdict and "it received 60" not in verdict
    assert "it received 60 this quarter; its declared capacity is 30" in html["labs/LB.html"]


def test_a_laboratory_page_and_its_downloads_hold_its_own_rows(site: Path, html: dict[str, str]) -> None:
    page = html["labs/LA.html"]
    found, figures = (english_ranges(part(page, each)) for each in ("found", "figures"))
    assert "2.00 (1.40–2.80)" in found and "14 (13–15)" in figures
    assert {r["lab_id"] for r in rows(site, "lab_LA.csv")} == {"LA"}
    assert {r["lab_id"] for r in rows(site, "lab_agreement_LA.csv")} <= {"LA"}
    assert "《甲检验院》，数据截至" in page.split('id="cite"')[1]


def test_each_laboratory_and_brand_is_linked_where_it_is_named(html: dict[str, str]) -> None:
    assert 'href="labs/LA.html"' in html["labs.html"]
    assert (
        'href="brands/B1.html"' in html["brands.html"] and 'href="brands/B1.html"' in html["counterfeit.html"]
    )


def test_a_brand_opens_with_its_reports_and_tasks_the_overdue_one_first(html: dict[str, str]) -> None:
    verdict = text_of(html["brands/B1.html"].split('id="verdict"')[1].split("</section>")[0])
    assert "假冒举报2件，经权利人鉴别为假冒1件" in verdict
    assert verdict.index("JD-1") < verdict.index("L9") < verdict.index("JD-2")
    reports = part(html["brands/B1.html"], "reports")
    assert reports.index("JD-2") < reports.index("JD-1") and "待下架" in reports


def test_a_brand_of_which_no_batch_failed_opens_with_the_upper_limit(known: Gathered) -> None:
    name, nation = known.names.of("brand", "B2"), known.rates.newest("nation", "CN", "probability")
    assert nation is not None
    row = nation | {"n_nonconforming": 0, "exposure_rate": 0.0, "exposure_low": 0.0, "exposure_high": 0.031}
    verdict = brands._verdict(known, name, [("probability", [line(row, name)])], [], None, [], [], [])
    assert verdict.value is not None and verdict.value.en == "below 3.1%"
    assert verdict.about.en.endswith("exposure rate (95% upper limit)")
    assert verdict.about.zh.endswith("加权不合格率（95%区间上限）")


def test_a_brand_lists_the_batches_that_may_be_public_and_counts_by_design(
    site: Path, html: dict[str, str]
) -> None:
    page = html["brands/B2.html"]
    failed = part(page, "failed")
    assert (
        "plans/TARG.html#bulletin" in failed
        and "泄漏电流" in failed
        and "0.9 mA" in failed
        and "（标准要求 ≤0.75 mA）" in failed
    )
    assert failed.count('<tr><th scope="row">') == 1  # those pending are not listed
    found = rows(site, "brand_B2.csv")
    assert {r["dimension_code"] for r in found} == {"晴里"} and sum(int(r["n_sampled"]) for r in found) > 0
    assert rows(site, "brand_cases_B2.csv") == []
    assert "加权不合格率" in part(page, "figures")


def test_a_brand_of_which_nothing_is_known_is_listed_and_found_and_has_no_page(
    site: Path, html: dict[str, str]
) -> None:
    assert "brands/B3.html" not in html and not list((site / "data").glob("brand*_B3.csv"))
    assert "静川" in html["brands.html"] and "brands/B3.html" not in html["brands.html"]
    assert "B3" in {r["brand_id"] for r in rows(site, "brands.csv")}
    text = (site / "search_index.js").read_text(encoding="utf-8")
    entries = json.loads(text.split("=", 1)[1].rstrip().rstrip(";"))["pages"]
    (entry,) = [row for row in entries if "静川" in row]
    assert entry[0] == "brands.html" and {"B3", "HC11"} <= set(entry[4].split())


def test_the_search_finds_laboratories_and_brands_by_name_owner_and_code(site: Path) -> None:
    text = (site / "search_index.js").read_text(encoding="utf-8")
    pages = json.loads(text.split("=", 1)[1].rstrip().rstrip(";"))["pages"]
    found = {row[0]: " ".join(str(cell) for cell in row) for row in pages}
    assert "Lab A" in found["labs/LA.html"] and "LA" in found["labs/LA.html"].split()
    assert "慈溪电器有限公司" in found["brands/B2.html"] and "Qingli" in found["brands/B2.html"]


def test_a_limit_and_a_claim_stand_in_one_pair_of_brackets() -> None:
    """GB/T 15834: two pairs of brackets do not follow each other."""
    limit, claim = same("≤90"), same("≤10")
    bounds = vars(template("parts.html").module)["bounds"]
    for item, shown in (
        ({"limit": limit, "claim": claim}, "(标准要求 ≤90; 明示 ≤10)"),
        ({"limit": limit, "claim": None}, "(标准要求 ≤90)"),
        ({"limit": None, "claim": claim}, "(明示 ≤10)"),
        ({"limit": None, "claim": None}, ""),
    ):
        chinese = re.sub(r'<span class="en".*?</span>|<[^>]+>', "", bounds(item))
        assert chinese.strip() == shown
