"""The index, bulletins, tasks and guidance on pages: what may not be published is not published, what is no
quality is not called so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import country
import pandas as pd
from country_index import _index
from country_sampling import FORMULA
from reading_pages import english_ranges, text_of

from jobs.reports.gathered import INDEX, Gathered, gather
from jobs.reports.indexes import part_of, ranking
from jobs.reports.numbers import DASH
from jobs.reports.pages.units import page_makers
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.wording import same

ESCAPED = FORMULA.replace('"', "&#34;")


def section(page: str, anchor: str) -> str:
    """What stands below one heading, up to the next of its level."""
    return page.split(f'<h2 id="{anchor}">')[1].split("<h2")[0]


def test_an_index_stands_with_its_interval_its_rank_interval_and_its_period(html: dict[str, str]) -> None:
    page = english_ranges(html["platforms/P01.html"])
    card = re.findall(r'<section class="card index">.*?</section>', page, flags=re.S)[0]
    for said in ("52.0", "46.0–56.0", "2026年第二季度", "95.5%"):
        assert said in card, said
    assert "41.3" in text_of(html["index.html"]) and "35.3–45.3" in text_of(
        html["index.html"]
    )  # 41.25, half up


def with_rows(known: Gathered, *rows: dict[str, Any]) -> Gathered:
    """The country with further rows of the index, the later of a unit in place of the earlier."""
    index = pd.concat([known.night.frame(INDEX), pd.DataFrame(rows)], ignore_index=True)
    key = ["period_type", "period_start", "dimension_type", "dimension_code"]
    tables = {**known.night.tables, INDEX: index.drop_duplicates(key, keep="last", ignore_index=True)}
    return gather(replace(known.night, tables=tables))


def test_a_unit_has_a_rank_only_where_another_of_its_group_has_a_tier(
    known: Gathered, html: dict[str, str]
) -> None:
    """First of one says nothing. Categories are ranked among those of their level."""
    alone = part_of(known, "platform", "P01", same("P01"))
    assert alone is not None and (alone.rank, alone.ranked) == (DASH, 1) and alone.history[0]["rank"] == DASH
    assert "位次" not in section(html["platforms.html"], "index").split("<tbody>")[0]
    two = with_rows(known, _index("platform", "P03", 60.0))
    both = part_of(two, "platform", "P01", same("P01"))
    assert both is not None and (both.rank, both.ranked) == ("1 (1–2)", 2)
    main, finer = (codes for _, codes in known.levels)
    one = with_rows(known, *(_index("category", code, 50.0) for code in (main[0], main[1], finer[0])))
    listed = ranking(one, "category")
    assert listed is not None
    ranks = {line["code"]: (line["level"].zh, line["rank"]) for line in listed["lines"]}
    assert ranks == {
        main[0]: ("一级品类", "1 (1–2)"),
        main[1]: ("一级品类", "1 (1–2)"),
        finer[0]: ("二级品类", DASH),
    }
    said = part_of(one, "category", main[0], same(main[0]))
    assert said is not None and said.ranked == 2 and said.tiers == ("分档的2个单位都在此档", said.tiers.en)
    page = next(page for maker in page_makers(one) for page in maker() if page.path == "categories.html")
    table = section(render(page, shared_context(one)).decode(), "index")
    assert "级别" in table and 'data-level="Finer categories"' in table and "在同级品类之间排列" in table
    assert "级别" not in section(html["platforms.html"], "index")


def test_few_batches_make_nobody_first_they_leave_no_tier_and_a_place_after_those_with_enough(
    html: dict[str, str],
) -> None:
    card = re.findall(r'<section class="card index">.*?</section>', html["platforms/P03.html"], flags=re.S)[0]
    assert "60.0" in card and "判定批次过少，不分档" in card and "位次区间" not in card
    listed = section(html["platforms.html"], "index")
    assert listed.index("P01.html") < listed.index("P03.html") < listed.index("P02.html")
    assert "2个对象中，1个在此期间判定批次过少" in listed
    rows = re.findall(r"<tr data-tier.*?</tr>", listed, flags=re.S)
    few = [row for row in rows if "不分档</span>" in row]
    assert len(few) == 1 and "P03.html" in few[0] and 'class="opens"' in few[0]  # a line parts it from tiers


def test_an_index_that_is_not_published_says_why_and_shows_no_score(html: dict[str, str]) -> None:
    card = re.findall(r'<section class="card index">.*?</section>', html["platforms/P02.html"], flags=re.S)[0]
    assert "可用指标不足60%" in card and not re.search(r"\d\d\.\d</p>", card)
    listed = section(html["platforms.html"], "index")
    assert (
        "P01.html" in listed.split("<details>")[0]
        and "P02.html" not in listed.split("<details>")[0]
        and "P02.html" in listed
    )
    assert 'class="n few">2<' in listed


def test_a_change_of_weights_is_not_called_a_change_of_quality_and_what_did_not_change_is_not_listed(
    html: dict[str, str],
) -> None:
    part = section(html["platforms/P01.html"], "index")
    row = next(r for r in re.findall(r"<tr>.*?</tr>", part, flags=re.S) if "权重改变" in r)
    assert "非质量变化" in row and "−1.1" in row and "方法改变" not in part
    assert "非质量变化" not in next(r for r in re.findall(r"<tr>.*?</tr>", part, flags=re.S) if "+3.2" in r)


def test_a_duty_that_was_not_filed_is_shown_at_the_floor_and_what_does_not_apply_has_no_score(
    html: dict[str, str],
) -> None:
    rows = re.findall(r"<tr[^>]*>.*?</tr>", section(html["platforms/P01.html"], "index"), flags=re.S)
    filed = next(r for r in rows if "数据报送率" in r)
    assert filed.startswith('<tr class="bad">') and "应报未报" in filed and '<td class="n">1.0</td>' in filed
    absent = next(r for r in rows if "万商品信号" in r)
    assert "不适用" in absent and '<td class="n">–</td>' in absent


def test_a_weak_point_says_its_cost_with_limits_what_the_best_reach_and_who_can_act(
    html: dict[str, str],
) -> None:
    before, after = html["platforms/P01.html"].split('<h3 id="weak">')
    gained = text_of(
        before.split("最能提高指数的")[1]
    )  # the answer stands before the table that it comes from
    text = text_of(english_ranges(after.split("<details>")[0]))
    assert "按时下架率 +3.1 （平台） (platform)" in gained.replace(" Takedowns on time", "")
    for said in ("按时下架率", "70.0%", "95.0%", "100.0%", "2.3 (0.5–4.1)", "+3.1", "当日下架"):
        assert said in text, said
    assert 'id="weak"' not in html["platforms/P02.html"]


def test_a_bulletin_tells_failing_items_against_their_limits_and_the_partys_word_beside_them(
    html: dict[str, str],
) -> None:
    part = section(html["plans/TARG.html"], "bulletin")
    text = text_of(part)
    for said in (
        "泄漏电流",
        "0.9 mA",
        "≤0.75 mA",
        "GB 4706.1",
        "严重不合格",
        "异议被驳回",
        "2026-05-09",
        "已全部召回",
        "无厂名、厂址等“三无”",
        "自然人经营者",
    ):
        assert said in text, said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in part and country.MARKUP not in part and ESCAPED in part


def test_what_may_not_be_published_yet_is_counted_and_never_named(html: dict[str, str], site) -> None:
    assert "尚不能公布的商品" not in html["plans/TARG.html"]
    assert "1 批次尚不能公布" in text_of(section(html["plans/TARG.html"], "bulletin")).replace("  ", " ")
    assert "尚不能公布的商品" not in (site / "lookup_index.js").read_text(encoding="utf-8")


def test_nothing_found_is_never_called_conforming(html: dict[str, str]) -> None:
    row = next(
        r
        for r in re.findall(r"<tr[^>]*>.*?</tr>", section(html["plans/TARG.html"], "bulletin"), flags=re.S)
        if "电磁炉" in r
    )
    assert "所检项目未发现不合格" in row and "合格</td>" not in row.replace("未发现不合格", "")


def test_tasks_stand_on_the_queue_and_on_the_page_of_their_office_overdue_ones_first(
    html: dict[str, str],
) -> None:
    assert (
        "组织复查（已逾期60天）" in section(html["regions/330000.html"], "work")
        and "下架" not in section(html["regions/330000.html"], "work").split("<tbody>")[1]
    )
    assert "S2" in section(html["platforms/P01.html"], "work") and "S1" not in section(
        html["platforms/P01.html"], "work"
    )
    queue = section(html["work.html"], "tasks")
    assert queue.index("S1") < queue.index("S2") and "(SAMR Order No. 18), Article 47" in queue


def test_guidance_stands_on_its_own_page_and_at_its_category_and_marks_what_is_targeted(
    html: dict[str, str],
) -> None:
    for page in (html["guidance.html"], section(html["categories/HA01.html"], "guidance")):
        assert (
            "认准CCC标志" in page
            and '<li class="small"><span class="zh" lang="zh-CN">靶向抽样检验16批次' in page
        )


def test_parts_whose_tables_are_not_there_say_so(html: dict[str, str]) -> None:
    assert (
        "尚无覆盖情况" in html["coverage.html"]
        and "尚无建议" in html["sampling.html"]
        and "尚无复核" in html["sampling.html"]
    )


def test_goalposts_that_tell_too_few_apart_are_an_alarm_on_the_page(html: dict[str, str]) -> None:
    page = text_of(html["quality.html"])
    assert "the nation stands at an end of the goalposts" in page
    assert "50.0% of platforms lie beyond the goalposts" in page


def test_the_page_says_what_moves_ranks_and_what_other_rules_make_of_them(html: dict[str, str]) -> None:
    part = section(html["quality.html"], "robustness")
    assert "<strong>1.3</strong>" in part and "30.0%" in part and "44.0%" in part and "−0.12" in part
    row = next(r for r in re.findall(r"<tr[^>]*>.*?</tr>", part, flags=re.S) if "P01.html" in r)
    assert re.findall(r'<td class="n">(.*?)</td>', row) == ["1", "3", "–", "–", "90.0%"]


def test_a_column_of_ranks_holds_a_rank(html: dict[str, str]) -> None:
    seen = 0
    for path, page in html.items():
        for table in re.findall(r"<table.*?</table>", page, flags=re.S):
            heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table, flags=re.S)
            at = next((n for n, head in enumerate(heads) if ">位次" in head), None)
            if at is None:
                continue
            body = table.split("<tbody>")[1]
            rows = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", r, flags=re.S) for r in body.split("<tr")[1:]]
            assert any(re.search(r"\d", row[at]) for row in rows), (path, heads[at])
            seen += 1
    assert seen > 5
