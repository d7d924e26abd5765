"""The page on credit and joint restriction."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import country
import pandas as pd
from country_credit import PERSON
from reading_pages import chinese_lines, english_ranges, text_of

from jobs.contracts.english import heading
from jobs.marts.calendars import house_due
from jobs.marts.public_names import WITHHELD, not_to_be_shown
from jobs.reports.gathered import Gathered, gather
from jobs.reports.names import KINDS
from jobs.reports.pages import credit, searching, units
from jobs.reports.pages.credit import _comments
from jobs.reports.pages.extras import own_limit
from jobs.reports.pages.restricted import OF_PLATFORM
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.standards import CITATIONS
from jobs.reports.wording import INDIVIDUAL

PATH = "credit.html"
CODE = "92350423Y81481607T"  # of a business whose name may be a person's


def section(html: dict[str, str], anchor: str) -> str:
    text = html[PATH]
    begin = text.index(f'<h2 id="{anchor}"')
    return text[begin : text.find("<h2 id=", begin + 5) if "<h2 id=" in text[begin + 5 :] else None]


def test_it_opens_with_what_is_to_be_done_today_and_by_whom(html: dict[str, str]) -> None:
    lead = html[PATH][html[PATH].index('<p class="lead">') :]
    assert re.findall(r"<strong>(\d+)</strong>", lead)[:4] == ["3", "2", "1", "3"]
    today = section(html, "today")
    assert today.count("<li>") == 5
    assert "stop service to restricted shops" in today and 'href="platforms/P01.html"' in today
    assert "lift bans whose restriction has ended" in today and "decide on probable links" in today


def test_only_a_shop_that_must_stop_is_said_to_sell_still(html: dict[str, str]) -> None:
    selling = section(html, "selling").split("<details id=")[0]  # below: notices without an answer
    assert ">S1<" in selling and ">S3<" not in selling and "失信名单或经营异常名录记录 SX-1" in selling
    assert country.MARKUP not in html[PATH]


def test_a_natural_person_goes_by_no_name_and_no_identifier(html: dict[str, str], site: Path) -> None:
    assert "natural person" in section(html, "ending")
    held = [p for p in site.rglob("*") if p.is_file() and PERSON in p.read_text(errors="ignore")]
    assert held == []


def test_a_review_says_how_sure_the_link_is_and_who_decides(html: dict[str, str]) -> None:
    reviews = section(html, "reviews")
    assert "0.97<" in reviews and "S8" not in reviews
    assert "浙江省金华市永康市" in reviews and "Yongkang, Jinhua, Zhejiang" in reviews


def test_the_numbers_of_reviews_and_decisions_say_what_other_counts_leave_out(html: dict[str, str]) -> None:
    reviews, whole = text_of(section(html, "reviews")), text_of(html["credit.html"])
    assert "With a known shop: 2" in reviews and "without one: 1, for the deciding authority" in reviews
    assert "those about natural persons (1) are not in the lists sent" in whole


def test_a_review_of_an_entry_that_identifies_no_one_does_not_call_it_a_person(html: dict[str, str]) -> None:
    rows = re.findall(r'<tr><th scope="row">SX-.*?</tr>', section(html, "reviews"))
    [unknown] = [row for row in rows if "SX-2" in row]
    assert "not stated, or a natural person" in unknown and ">自然人<" not in unknown
    [individual] = [row for row in rows if ">S10<" in row]
    assert "an individual, not named" in individual


def test_units_that_differ_by_more_than_chance_are_named_and_a_class_restricts_nothing(
    html: dict[str, str],
) -> None:
    model = english_ranges(section(html, "model"))
    assert "0.71 (0.60–0.82)" in model and "Quick Live" in model
    assert "Class D by itself restricts nothing" in section(html, "classes")


def test_the_page_counts_the_scores_with_an_objection_to_a_fact_beside_comments(html: dict[str, str]) -> None:
    text = re.sub(r"<[^>]+>", "", html[PATH])
    for words, n in (
        ("with an objection to a fact of their score:", "2"),
        ("objections to such facts:", "3"),
    ):
        found = re.search(r"\d+", text.split(words)[1])
        assert found is not None and found[0] == n, words


def test_a_comment_without_a_day_of_placing_counts_as_listed_where_a_bulletin_has_it(
    html: dict[str, str],
) -> None:
    frames = {
        "silver.party_comment": pd.DataFrame(
            {"comment_id": ["A", "B", "C"], "placed_on": ["2026-06-01", None, None]}
        ),
        "gold.bulletin": pd.DataFrame({"comment_days": [["2026-05-30", "2026-05-31"], None]}),
        "gold.credit_score": pd.DataFrame({"month": [], "n_comments": [], "n_appeals": []}),
    }
    known = SimpleNamespace(night=SimpleNamespace(frame=frames.__getitem__))
    made = _comments(cast(Gathered, known))
    assert [made[c] for c in ("n", "listed", "placed")] == ["3", "2", "1"]
    reply = section(html, "reply")
    assert "监管部门载明一并公布日期的" in reply and "未载明" not in reply


def test_a_platforms_page_says_how_far_restrictions_reached_it(html: dict[str, str]) -> None:
    page = html["platforms/P01.html"]
    assert 'id="restricted"' in page and "50.0%" in page[page.index('id="restricted"') :][:1500]
    assert 'id="restricted"' not in html["platforms/P02.html"]


def test_a_platforms_page_lists_its_restricted_shops_with_what_it_must_do(html: dict[str, str]) -> None:
    page = html["platforms/P01.html"]
    part = page[page.index('id="restricted"') :]
    rows = re.findall(
        r'<tr id="[^"]+"(?: class="bad")?><th scope="row">(S\d)(?:<br>.*?)?</th>.*?</tr>',
        part[: part.index("</table>")],
    )
    assert (
        rows[0] == "S1" and "stop its sales" in part and country.MARKUP not in part[: part.index("</table>")]
    )


def with_restrictions(known: Gathered, n: int) -> Gathered:
    """The night with ``n`` further restrictions of P01, two a shop."""
    tables = dict(known.night.tables)
    for table in ("gold.joint_restriction", "gold.restriction_response"):
        one = tables[table][tables[table]["shop_id"].eq("S1")]
        more = pd.concat([one] * n).assign(
            shop_id=[f"P01-M{at // 2}" for at in range(n)], basis_id=[f"SX-M{at}" for at in range(n)]
        )
        if "notice_id" in tables[table]:
            more["notice_id"] = [f"LC-M{at}" for at in range(n)]
        tables[table] = pd.concat([tables[table], more], ignore_index=True)
    return gather(replace(known.night, tables=tables))


def test_a_platforms_page_names_each_of_its_restrictions_in_effect_and_past_a_limit_a_file_of_its_own(
    known: Gathered,
) -> None:
    for n in (OF_PLATFORM + 10, 600):
        night = with_restrictions(known, n)
        page = units._unit_page(night, KINDS["platform"], "P01")
        text = render(page, shared_context(night)).decode()
        part = text[text.index('<h2 id="restricted"') :].partition("<h2")[2].partition("<h2")[0]
        shown = {f"LC-M{at}" for at in range(n) if f'id="LC-M{at}"' in part}
        assert len(re.findall(r"<[a-z]", part)) < 2_500
        assert (len(shown) == n) == (n < 100)
        file = pd.read_csv(io.BytesIO(page.downloads["data/restricted_shops_P01.csv"]))
        assert {f"LC-M{at}" for at in range(n)} <= set(file["notice_id"])
        assert set(file["platform_code"]) == {"P01"}
        assert 'href="../data/restricted_shops_P01.csv" download>restricted_shops_P01.csv</a>' in part
        assert ("Shown here" in part) == (n > 100)
        if n > 100:
            stated = re.search(r"Shown here: (?:</span> ?)?(\d+) / ([\d,]+)", part)
            assert stated is not None and int(stated[1]) == part.count('id="LC-')
            assert stated[2] == str(n + 1)


def test_a_platforms_to_do_states_each_kind_that_its_heading_does_not_count(known: Gathered) -> None:
    tables = dict(known.night.tables)
    tables["gold.restriction_response"] = tables["gold.restriction_response"].assign(
        acknowledged_on=None, ban_open=False
    )
    cited = tables[CITATIONS].head(1).assign(platform_code="P01")
    # Four citations on three listings: what is to be corrected is counted in listings.
    tables[CITATIONS] = pd.concat([cited.assign(listing_id=n) for n in "ABCC"], ignore_index=True)
    page = units._unit_page(gather(replace(known.night, tables=tables)), KINDS["platform"], "P01")
    verdict = page.context["verdict"]
    beside = "; ".join(words.en for words, _ in verdict.beside)
    began = tables["gold.joint_restriction"].set_index("shop_id").loc["S1", "starts_on"]
    for words in (
        "stop the sales of restricted shops: 1;",
        f"acknowledge notices of restriction: 1, the oldest since {began}",
        "the standards that goods cite: 3 listings (this project's own rule, without a deadline",
    ):
        assert words in beside, words
    for n_tasks, kept in ((verdict.n_tasks, verdict.tasks), (0, [])):
        shown = replace(
            page, context={**page.context, "verdict": replace(verdict, n_tasks=n_tasks, tasks=kept)}
        )
        lines = text_of(render(shown, shared_context(known)).decode())
        part = lines[lines.index("To be done") : lines.index("Changes since")]
        assert f"work queue: {n_tasks}; " in part
        assert f"beside it: {len(verdict.beside)} kinds of duties" in part
        assert "No task is on record" not in part and "Stop the sales of restricted shops: 1" in part


def test_a_takedown_without_a_deadline_by_law_names_the_day_that_the_platforms_package_has(
    known: Gathered,
) -> None:
    order = {"task": "take_down", "status": "undated", "since": date(2025, 5, 31)}
    sent = house_due("takedown", pd.Series([order["since"]]), known.night.frame("silver.calendar"))
    assert own_limit(known, order) == str(sent.iloc[0].date()) == "2025-06-09"
    assert own_limit(known, order | {"task": "take_down_counterfeit"}) == "2025-06-09"
    assert own_limit(known, order | {"task": "answer_assistance"}) == ""


def test_a_provinces_page_says_what_is_restricted_there_and_what_its_offices_have_to_review(
    html: dict[str, str],
) -> None:
    text = text_of(html["regions/330000.html"])
    part = text[text.index("Restrictions in effect of shops registered in this province") :]
    zh = " ".join(chinese_lines(html["regions/330000.html"]))
    assert "登记在本省的网店，生效中的网店限制：0项 · " in zh
    assert "Reviews open at market regulators of the province: 1" in part
    assert "S9" in part and 'id="restricted"' not in html["regions/540000.html"]


def test_a_search_for_a_notice_leads_to_where_it_stands(known: Gathered) -> None:
    night = with_restrictions(known, 600)
    page = units._unit_page(night, KINDS["platform"], "P01")
    text = render(page, shared_context(night)).decode()
    found = {str(row[1]).split(" · ")[0]: row for row in searching._cases(night)}
    for notice, place in (("LC-SX-1-S1", "LC-SX-1-S1"), ("LC-SX-1-S4", "restricted"), ("LC-M0", "LC-M0")):
        assert found[notice][0] == f"platforms/P01.html#{place}" and f'id="{place}"' in text
    assert found["LC-M599"][0] == "platforms/P01.html#restricted"
    assert "repaired" in str(found["LC-SX-1-S4"][2])


def test_decisions_and_restrictions_of_shops_and_what_is_not_stopped_have_a_name_each(
    html: dict[str, str], site: Path
) -> None:
    names = {
        "n_restrictions": "Restricting decisions",
        "n_shops": "Restrictions of shops",
        "n_still_selling": "Still selling",
        "n_on_offer": "Still on offer",
    }
    assert {c: heading("gold.restriction_coverage", c) for c in names} == names
    coverage = pd.read_csv(site / "data" / "restriction_coverage.csv").set_index("dimension_type")
    held = coverage.loc["nation", ["n_restrictions", "n_shops", "n_still_selling"]]
    lead = text_of(html[PATH])
    for words in (
        f"Restrictions of shops in effect: {held['n_shops']}",
        "still selling (an order in the last 30 days) though sales must stop: 1",
    ):
        assert words in lead, words
    assert "not stopped as required" not in lead and "Restrictions in effect" not in lead
    assert re.search(r"\( ?\d+ .*?decisions?; one that reaches several shops counts once for each", lead)
    own = text_of(html["platforms/P01.html"])
    assert "still selling (an order in the last 30 days; 95% interval)" in own
    assert (
        "sales not stopped yet (not banned, listings still on offer, or an order in the last 30 days)" in own
    )


def test_beside_a_name_that_is_withheld_stands_no_credit_code(known: Gathered) -> None:
    rows = credit.restrictions(known)
    row = rows[rows["operator_name"].notna()].to_dict("records")[0]
    assert credit.shop(known, row)["code"] == row["operator_id"] != ""
    withheld = credit.shop(known, row | {"operator_name": WITHHELD})
    assert withheld["code"] == "" and withheld["operator"] == INDIVIDUAL


def test_downloads_have_no_credit_code_beside_a_name_that_is_withheld(known: Gathered) -> None:
    """The register of codes would lead to the name, in the files as on the page."""
    tables = dict(known.night.tables)
    chain = ["silver.penalty:F1", f"silver.enterprise:{CODE}", "silver.shop:S1"]
    held, review = tables["gold.joint_restriction"], tables["gold.restriction_review"]
    withheld = {"operator_id": CODE, "operator_name": WITHHELD}
    tables["gold.joint_restriction"] = held.assign(chain=[chain] * len(held), **withheld)
    tables["gold.restriction_review"] = review.assign(**withheld)
    downloads = credit.build(gather(replace(known.night, tables=tables))).downloads
    for path in ("data/joint_restriction.csv", "data/restriction_review.csv"):
        assert WITHHELD.encode() in downloads[path] and CODE.encode() not in downloads[path], path
    assert CODE not in str(credit.build(gather(replace(known.night, tables=tables))).context)
    ids, names = pd.Series([CODE, CODE, None, PERSON]), pd.Series([WITHHELD, "A Co.", WITHHELD, None])
    assert not_to_be_shown(ids, names).tolist() == [True, False, True, True]
