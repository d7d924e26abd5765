"""Articles of laws in both languages, and whether the one that stands out does so beyond chance."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from jobs.marts.law_names import in_both, number
from jobs.marts.sampling.outcomes import all_judged
from jobs.reports.authorities import filed_office
from jobs.reports.citations import basis, cited, law
from jobs.reports.figures import line
from jobs.reports.pages.standing import suspect
from jobs.reports.wording import Text, same

TIMERS = Path(__file__).parents[2] / "schemas" / "reference" / "statutory_timer.csv"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7, "七"),
        (10, "十"),
        (14, "十四"),
        (30, "三十"),
        (46, "四十六"),
        (105, "一百零五"),
        (110, "一百一十"),
        (266, "二百六十六"),
    ],
)
def test_articles_are_counted_in_chinese_numerals(value: int, said: str) -> None:
    assert number(value) == said


def test_a_basis_without_marks_is_a_law_with_its_article_also_above_a_hundred() -> None:
    assert in_both("民事诉讼法第二百六十六条") == (
        "《民事诉讼法》第二百六十六条",
        "Civil Procedure Law, Article 266",
    )
    assert law("民事诉讼法第二百六十六条") == in_both("民事诉讼法第二百六十六条")


@pytest.mark.parametrize("filed", ["一百零五", "一百〇五", "一零五", "一〇五"])
def test_a_zero_of_an_article_is_read_in_both_forms_and_written_as_laws_write_it(filed: str) -> None:
    wanted = ("《民事诉讼法》第一百零五条", "Civil Procedure Law, Article 105")
    assert law(f"民事诉讼法第{filed}条") == wanted


def test_what_is_no_number_of_an_article_stays_as_filed() -> None:
    assert law("商标法第百十条") == ("《商标法》第百十条", "Trademark Law")


def test_a_court_of_the_region_is_named_in_english_as_its_market_regulator_is() -> None:
    office = Text(
        "宝应县市场监督管理局", "Administration for Market Regulation of Baoying County, Yangzhou, Jiangsu"
    )
    court = filed_office("宝应县人民法院（合成）", office)
    assert court == (
        "宝应县人民法院（合成）",
        "People's Court of Baoying County, Yangzhou, Jiangsu (synthetic)",
    )
    jiangsu = Text("江苏省市场监督管理局", "Jiangsu Administration for Market Regulation")
    assert filed_office("江苏省高级人民法院", jiangsu).en == "Jiangsu High People's Court"
    assert filed_office("扬州市中级人民法院", jiangsu).en == "扬州市中级人民法院"  # of another region


def test_a_citation_reads_in_the_language_of_its_page() -> None:
    # No abbreviation is left for an English reader.
    assert cited("SAMR order 18 art 47") == (
        "《产品质量监督抽查管理暂行办法》（市场监管总局令第18号）第四十七条",
        "Interim Measures for product-quality spot checks (SAMR Order No. 18), Article 47",
    )
    law = "Provisions on the procedure of administrative penalties of market supervision"
    left_out = "tests, inspections, quarantine, appraisals and identification by right holders"
    assert cited(f"{law} art 18 (15 working days more in special cases, not counting {left_out})") == (
        "《市场监督管理行政处罚程序规定》第十八条（特殊情况经负责人批准可延长15个工作日；"
        "检测、检验、检疫、鉴定以及权利人辨认或者鉴别等时间不计入）",
        f"{law}, Article 18 (may be extended by 15 working days in special cases, on approval, "
        f"not counting the time of {left_out})",
    )
    left_out = "the time of suspensions, hearings, announcements, tests and appraisals"
    assert cited(f"{law} art 64 (30 days more on approval, without {left_out})") == (
        "《市场监督管理行政处罚程序规定》第六十四条（经批准可延长30日，仍不能作出的，可经负责人集体讨论继续延期；"
        "中止、听证、公告和检测、检验、检疫、鉴定、"
        "权利人辨认或者鉴别等时间不计入）",
        f"{law}, Article 64 (may be extended by 30 days on approval and, where that is not enough, further "
        f"by a decision that the officials in charge take together, not counting {left_out})",
    )
    assert cited("order 121 art 23") == (
        "《市场监督管理投诉举报处理办法》（市场监管总局令第121号）第二十三条",
        "Measures for complaints and reports (SAMR Order No. 121), Article 23",
    )
    assert cited(None) is None and cited("") is None


def test_an_article_that_this_project_borrows_is_not_cited_as_if_it_applied() -> None:
    assert basis("order 18 art 47", "house_rule") == (
        "比照《产品质量监督抽查管理暂行办法》（市场监管总局令第18号）第四十七条",
        "by analogy with Interim Measures for product-quality spot checks (SAMR Order No. 18), Article 47",
    )
    assert basis("order 18 art 47", "mirror") == cited("order 18 art 47")
    assert basis(None, "house_rule") is None


def test_an_order_of_the_state_council_stays_its_own() -> None:
    law = "Regulation on production licences for industrial products (State Council order 440)"
    assert cited(f"{law} art 5") == (
        "《工业产品生产许可证管理条例》（国务院令第440号）第五条",
        "Regulation on production licences for industrial products (State Council Order No. 440), Article 5",
    )
    said = cited("Interim Measures for product-quality spot checks (SAMR order 18) art 46")
    assert said is not None and said.en.endswith("spot checks (SAMR Order No. 18), Article 46")


def test_a_law_without_a_chinese_name_here_stands_as_it_is_cited() -> None:
    assert cited("Some Act art 3") == same("Some Act art 3")
    assert cited("Product Quality Law art 15; Some Act art 3") == same(
        "Product Quality Law art 15; Some Act art 3"
    )


def test_an_order_whose_name_is_not_known_here_is_cited_by_its_number() -> None:
    assert cited("SAMR order 51 art 3") == (
        "市场监管总局令第51号第三条",
        "SAMR Order No. 51, Article 3",
    )
    assert cited("order 51; order 45 art 9") == (
        "市场监管总局令第51号；《市场监督管理行政处罚信息公示规定》（市场监管总局令第45号）第九条",
        "SAMR Order No. 51; Provisions on the publication of administrative penalties (SAMR Order No. 45), "
        "Article 9",
    )


def test_every_article_behind_a_timer_that_pages_show_has_its_chinese() -> None:
    with TIMERS.open(encoding="utf-8") as rows:
        shown = [
            r["citation"]
            for r in csv.DictReader(rows)
            if any(law in r["citation"] for law in ("order 18", "order 20", "order 121", "Provisions"))
        ]
    assert shown and not [c for c in shown if cited(c).zh == c]


def test_complaints_are_held_against_the_measures_of_2026_from_the_day_they_apply() -> None:
    with TIMERS.open(encoding="utf-8") as rows:
        timers = list(csv.DictReader(rows))

    def valid(day: str, event: str) -> list[tuple[str, str, str]]:
        return [
            (r["amount"], r["unit"], r["citation"])
            for r in timers
            if r["to_event"] == event and r["valid_from"] <= day <= (r["valid_to"] or "9999-12-31")
        ]

    assert valid("2026-04-14", "mediation_ended") == [("45", "working_day", "order 20 art 21")]
    assert valid("2026-04-15", "mediation_ended") == [("60", "calendar_day", "order 121 art 23")]
    for event in ("complaint_decided", "mediation_ended", "parties_told"):
        for day in ("2026-04-14", "2026-04-15"):
            assert len(valid(day, event)) == 1, (event, day)
    assert not valid("2026-04-15", "reporter_told")  # the measures of 2026 name no number of days


def part(code: str, tried: int, failed: int):
    row = dict.fromkeys(
        (
            "rate",
            "ci_low",
            "ci_high",
            "violation_rate",
            "exposure_violation_rate",
            "exposure_rate",
            "exposure_low",
            "exposure_high",
            "shrunk_rate",
        ),
        None,
    )
    row |= all_judged(tried, failed) | {
        "dimension_code": code,
        "design": "probability",
    }
    return line(row | {"reliability": "insufficient", "violation_rate": None}, same(code))


WHOLE = all_judged(100, 12)


def test_of_many_parts_the_one_with_most_failures_is_not_called_the_worst_while_chance_can_explain_it() -> (
    None
):
    said = suspect([part("A", 22, 4), *(part(f"B{n}", 6, 1) for n in range(8))], WHOLE)
    assert said is not None
    assert (
        "A：22批次中4批次不合格，其余78批次中8批次" in said.zh
        and "可能属随机波动" in said.zh
        and "may be chance" in said.en
    )


def test_a_part_of_a_few_batches_is_not_named_while_chance_can_explain_its_failures() -> None:
    said = suspect([part("A", 1, 1), part("B", 99, 11)], WHOLE)
    assert said is not None and said.zh.startswith("按批次看，各对象的不合格批次均未显著多于其余对象")
    assert "A：" not in said.zh and "A:" not in said.en and said.en.endswith("p = 0.24).")


def test_a_part_beyond_chance_is_named_with_its_counts_and_corrected_for_those_looked_at() -> None:
    said = suspect([part("A", 10, 8), part("B", 90, 4)], WHOLE)
    assert (
        said is not None
        and "8 of 10 failed, against 4 of the other 90" in said.en
        and "more than chance" in said.en
    )
    assert "p < 0.001" in said.en


def test_without_a_failure_or_a_second_part_nothing_stands_out() -> None:
    assert suspect([part("A", 10, 0), part("B", 20, 0)], {**WHOLE, "n_nonconforming": 0}) is None
    assert suspect([part("A", 10, 3)], WHOLE) is None
    assert suspect([part("A", 10, 3), part("unknown", 10, 3)], WHOLE) is None
    assert suspect([part("A", 10, 3), part("B", 20, 1)], None) is None
