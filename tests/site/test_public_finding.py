"""What a buyer finds on the public site: shops, brands by their English name, how far an item failed, hazards
in both languages, and which goods fail most."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_public_bounds import write_bundle

from jobs.contracts.glossary import hazard_names, search_words
from jobs.marts.public_names import WITHHELD
from jobs.publish.public_definitions import definitions
from jobs.publish.public_goods import goods_by_rate
from jobs.publish.public_guidance import guidance
from jobs.publish.public_listings import bulletins, recalls
from jobs.publish.public_lookup import lookup_rows
from jobs.publish.public_pages import Known, PublicPage
from jobs.publish.public_remarks import with_remarks
from jobs.publish.public_search import NATION, PLACES, search
from jobs.publish.public_words import failed_items, hazard, said
from jobs.publish.shelf import shelf
from jobs.publish.site import pages
from jobs.reports.lookup_files import INDEX
from jobs.reports.pages.search_words import HELP
from jobs.reports.wording import INDIVIDUAL, Text, same

BATCH = {"sample_id": "YP-1", "batch_no": "70C182", "released_on": date(2025, 6, 1), "platform_code": "P01"}
GROUPS = [{"category_code": code, "name_zh": code, "name_en": code} for code in ("EL", "CL", "TX", "TY")]
LEVEL_2 = {"category_code": "EL01", "name_zh": "EL01", "name_en": "EL01", "parent_code": "EL"}


def known(root: Path, name: str, content: dict[str, list[dict[str, Any]]]) -> Known:
    write_bundle(root, name, content)
    return Known(shelf(root))


def of_batch(root: Path, **columns: object) -> Known:
    return known(root, "2025", {"bulletins": [BATCH | columns]})


def test_a_shop_is_found_and_shown_and_a_withheld_name_is_no_entry_of_the_search(tmp_path: Path) -> None:
    site = of_batch(tmp_path / "a", shop_name="佳川优选", seller_name="佳川玩具有限公司")
    assert '"佳川优选"' in lookup_rows(site, {})[INDEX].decode()
    cells = [cell.text for cell in bulletins(site)[0].sections[0].rows[0]]
    assert same("佳川优选 · 佳川玩具有限公司 · P01") in cells and same("YP-1 · 70C182") in cells
    found = "".join(content.decode() for content in search(site, [], {}).values())
    assert '["佳川优选",0,' in found
    hidden = of_batch(tmp_path / "b", shop_name=WITHHELD, seller_name=WITHHELD)
    cells = [cell.text for cell in bulletins(hidden)[0].sections[0].rows[0]]
    assert Text(f"{WITHHELD} · P01", "an individual, not named · P01") in cells  # once
    assert not [content for content in search(hidden, [], {}).values() if WITHHELD in content.decode()]


def test_a_tested_item_is_found_in_both_languages_and_leads_to_the_batches_that_failed_it(
    tmp_path: Path,
) -> None:
    failed = {"final_outcome": "nonconforming", "item_names": json.dumps(["甲醛", "甲醛"])}
    site = of_batch(tmp_path / "a", **failed)
    found = search(site, [], {})["search/items.js"].decode()
    assert found.count("甲醛 · 该项不合格的批次") == found.count("Formaldehyde · batches that failed it") == 1
    assert '"lookup.html?q=甲醛"' in found and '"甲醛"' in lookup_rows(site, {})[INDEX].decode()
    passed = of_batch(tmp_path / "b", final_outcome="conforming", item_names="[]")
    assert "甲醛" not in search(passed, [], {})["search/items.js"].decode()


def test_a_batch_is_found_by_the_number_that_goods_bear_as_well_as_by_that_of_its_sample(
    tmp_path: Path,
) -> None:
    """The search says "nothing found" of what it lacks, which a buyer takes for "did not fail"."""
    files = search(of_batch(tmp_path, final_outcome="nonconforming"), [], {})
    rows = files["search/82.js"].decode()
    assert '["lookup.html?q=YP-1","70C182 · ' in rows and '"70c182"' in rows
    assert '"yp1"' in files["search/p1.js"].decode()
    unnumbered = search(of_batch(tmp_path / "none", batch_no=None), [], {})
    assert not {"search/none.js", "search/82.js"} & unnumbered.keys()


@pytest.mark.parametrize("words", ["children garment", "garment"])
def test_clothes_are_found_by_the_word_garment(words: str) -> None:
    assert all(word in f"{search_words()['CL01']} children's clothing" for word in words.split())


def test_a_brand_is_found_and_shown_by_its_english_name_where_the_bundle_has_one(tmp_path: Path) -> None:
    site = of_batch(tmp_path, product_name="移动电源", brand="华诚", brand_en="Huacheng")
    assert Text("华诚", "Huacheng") in [cell.text for cell in bulletins(site)[0].sections[0].rows[0]]
    assert '"en":"Huacheng"' in lookup_rows(site, {})[INDEX].decode()
    assert any(b"Huacheng" in content for path, content in search(site, [], {}).items() if "products" in path)
    assert said(site.name, {"brand": "华诚"}, "brand") == same("华诚")  # a bundle of before


DENIED = Text(
    "标称生产者否认生产，异议成立：责任由销售者承担，不合格结论不变",
    "the marked producer's denial was upheld: the seller answers for the goods, the failing result stands",
)


def test_that_a_marked_producer_was_right_to_deny_a_batch_stands_beside_it(tmp_path: Path) -> None:
    """Else the bulletin names a maker of goods that are not its own."""
    said_ = {"remark": DENIED.zh, "remark_en": DENIED.en, "comment_texts": '["已下架"]'}
    site = of_batch(tmp_path / "a", **said_)
    beside = Text(f"{DENIED.zh} · 已下架", f"{DENIED.en} · 已下架")
    assert beside in [cell.text for cell in bulletins(site)[0].sections[0].rows[0]]
    index = lookup_rows(site, {})[INDEX].decode()
    assert DENIED.zh in index and DENIED.en in index
    assert said(site.name, {}, "remark") == same("–")  # a bundle of before


def test_a_batch_that_its_authority_published_before_the_day_on_which_it_may_be_listed_says_why(
    tmp_path: Path,
) -> None:
    """The two days side by side read like an error."""
    early = of_batch(tmp_path / "a", published_on=date(2025, 5, 25), comment_texts=None)
    assert bulletins(early)[0].sections[0].rows[0][-1].text == Text(
        "主管部门已先行公布，抽查计划买样结束后列入",
        "published first by the authority, listed here once the purchases of its plan had ended",
    )
    assert "listed here once the purchases of its plan had ended" in lookup_rows(early, {})[INDEX].decode()
    for day in (None, date(2025, 6, 1)):
        later = of_batch(tmp_path / str(day), published_on=day, comment_texts=None)
        assert bulletins(later)[0].sections[0].rows[0][-1].text == same("–")


@pytest.mark.parametrize(
    ("party", "outcome", "remark"),
    [
        ("producer", "nonconforming", DENIED),
        (
            "producer",
            "conforming",
            Text("标称生产者否认生产，异议成立", "the marked producer's denial was upheld"),
        ),
        (
            "seller",
            "nonconforming",
            Text(
                "真伪异议成立，不合格结论不变",
                "objection to the authenticity upheld; the failing result stands",
            ),
        ),
        (None, "nonconforming", None),
    ],
)
def test_a_bundle_remarks_on_an_objection_to_the_authenticity_that_was_upheld(
    party: str | None, outcome: str, remark: Text | None
) -> None:
    rows = pd.DataFrame({"authenticity_upheld_for": [party], "final_outcome": [outcome]}, dtype=object)
    (found,) = with_remarks(rows)[["remark", "remark_en"]].itertuples(index=False, name=None)
    assert found == ((remark.zh, remark.en) if remark else (None, None))


def test_the_mark_of_a_standard_that_is_made_up_is_english_in_the_english_lookup(tmp_path: Path) -> None:
    failed = {"item_names": '["甲醛"]', "item_standards": '["GB 18401-2026（合成）"]'}
    index = lookup_rows(of_batch(tmp_path, **failed), {})[INDEX].decode()
    content = json.loads(index.removeprefix("window.QUALITY_LOOKUP=").removesuffix(";\n"))
    number = {"zh": "GB 18401-2026（合成）", "en": "GB 18401-2026 (synthetic)"}
    place = content["phrases"].index(number)
    assert content["parts"][-1]["rows"][0][0] == place  # in the list of standards, and of the batch
    assert place in content["parts"][0]["rows"][0]
    assert "GB 18401-2026（合成）" not in index.replace(json.dumps(number["zh"], ensure_ascii=False), "")


def test_guidance_begins_with_the_rates_and_then_what_to_look_at_when_buying(tmp_path: Path) -> None:
    point = {"category_code": "EL01", "item": "all", "position": 1, "design": ""}
    rows = [
        point | {"part": part, "name_zh": part, "text_zh": part}
        for part in ("fails_most", "overall", "look_at")
    ]
    page = guidance(known(tmp_path, "2025", {"guidance": rows, "categories": [*GROUPS, LEVEL_2]}))[1]
    assert [row[2].text for row in page.sections[0].rows] == [
        same(part) for part in ("overall", "look_at", "fails_most")
    ]
    assert page.sections[0].ids == ["EL01", "EL01.1", "EL01.2"]


def test_the_lookup_says_which_periods_it_holds(tmp_path: Path) -> None:
    index = lookup_rows(of_batch(tmp_path), {})[INDEX].decode()
    content = json.loads(index.removeprefix("window.QUALITY_LOOKUP=").removesuffix(";\n"))
    assert content["held"]["en"] == "Published periods: January 2025 to December 2025."


def test_a_serious_failure_is_called_so_in_the_bulletin_and_in_the_lookup(tmp_path: Path) -> None:
    """The conclusion of the test is published whole: which failure is dangerous is part of it."""
    known_ = of_batch(tmp_path, final_outcome="nonconforming", serious=True)
    (page,) = bulletins(known_)
    place = [head.text.en for head in page.sections[0].heads].index("Result")
    assert page.sections[0].rows[0][place].text == Text("严重不合格", "seriously non-conforming")
    assert any("（A类）" in text.zh and "class A" in text.en for text in page.lead)
    assert '"zh":"严重不合格"' in lookup_rows(known_, {})[INDEX].decode()
    for outcome, serious in (("nonconforming", False), ("nonconforming", None), ("conforming", None)):
        row = {"final_outcome": outcome, "serious": serious}
        assert "严重" not in said(lambda kind, code: same(code), row, "final_outcome").zh


def test_recalls_stand_before_batches_in_the_lookup(tmp_path: Path) -> None:
    recall = {"recall_id": "1", "recalled_on": date(2025, 6, 1)}
    index = lookup_rows(known(tmp_path, "2025", {"bulletins": [BATCH], "recalls": [recall]}), {})[
        INDEX
    ].decode()
    content = json.loads(index.removeprefix("window.QUALITY_LOOKUP=").removesuffix(";\n"))
    assert [part["title"][1] for part in content["parts"]][:2] == ["Recalls", "Batches checked"]


def test_a_recall_says_how_many_units_it_is_of(tmp_path: Path) -> None:
    recall = {"recall_id": "1", "recalled_on": date(2025, 6, 1), "units": 27028}
    site = known(tmp_path, "2025", {"recalls": [recall, recall | {"recall_id": "2", "units": None}]})
    (page,) = recalls(site)
    place = [head.text.en for head in page.sections[0].heads].index("Units recalled")
    assert page.sections[0].heads[place].number
    assert [row[place].text for row in page.sections[0].rows] == [same("27,028"), same("–")]
    index = lookup_rows(site, {})[INDEX].decode()
    assert '"Units recalled"' in index and '"27,028"' in index


def test_batches_that_failed_stand_first_in_the_lookup_the_latest_first(tmp_path: Path) -> None:
    """A buyer who asks what failed among two hundred batches reads the first of them."""
    days = {"YP-1": (3, "conforming"), "YP-2": (1, "nonconforming"), "YP-3": (2, "nonconforming")}
    batches = [
        BATCH | {"sample_id": number, "released_on": date(2025, 6, day), "final_outcome": outcome}
        for number, (day, outcome) in days.items()
    ]
    index = lookup_rows(known(tmp_path, "2025", {"bulletins": batches}), {})[INDEX].decode()
    content = json.loads(index.removeprefix("window.QUALITY_LOOKUP=").removesuffix(";\n"))
    (part,) = (part for part in content["parts"] if part["title"][1] == "Batches checked")
    place = [head[1] for head in part["columns"]].index("Sample number")
    assert [row[place] for row in part["rows"]] == ["YP-3", "YP-2", "YP-1"]


def items(**lists: list[str | None]) -> dict[str, Any]:
    names = "names values units limits_low limits_high claims_low claims_high standards classes".split()
    return {f"item_{name}": json.dumps(lists[name]) if name in lists else None for name in names}


def test_a_failed_item_is_shown_with_its_value_limit_and_standard_and_a_claim_is_called_so() -> None:
    lead = items(names=["铅"], values=["120"], units=["mg/kg"], limits_high=["90"], standards=["GB 6675.1"])
    assert failed_items(lead).zh == "铅 120 mg/kg（≤90 mg/kg，GB 6675.1）"
    claimed = items(names=["甲"], values=["3"], units=[None], claims_low=["5"], limits_high=[None])
    assert failed_items(claimed) == Text("甲 3（明示 ≥5）", "甲 3 (claimed ≥5)")
    assert failed_items(items()) == same("–")


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("May catch fire.", "起火（May catch fire.）", "May catch fire."),
        ("可能起火", "可能起火", "Fire (可能起火)"),
    ],
)
def test_a_hazard_has_its_name_in_the_language_in_which_it_is_not_worded(text: str, zh: str, en: str) -> None:
    assert hazard_names()["fire"][1] == "Fire" and hazard_names()["electric shock"]
    row = {"hazard_text": text, "hazards": '["fire", "not a code"]'}
    assert hazard(row) == Text(zh.replace("起火（", f"{hazard_names()['fire'][0]}（"), en)
    assert hazard(row | {"hazards": None}) == same(text)


def rate(code: str, judged: int, value: float | None, kind: str = "rolling12") -> dict[str, Any]:
    limits = {} if value is None else {"exposure_low": value / 2, "exposure_high": value * 2}
    unit = {"dimension_type": "category", "dimension_code": code, "dimension2_type": ""}
    counts = {"n_tested": judged, "n_not_judged": 0, "n_nonconforming": 3}
    return unit | counts | limits | {"period_type": kind, "design": "probability", "exposure_rate": value}


def test_goods_are_listed_by_their_rate_and_those_without_one_say_why(tmp_path: Path) -> None:
    rates = [rate("CL", 64, 0.05), rate("TX", 54, None), rate("TY", 17, None), rate("EL", 70, 0.2)]
    rates += [rate("EL01", 40, 0.9), rate("TX", 60, 0.7, "month")]
    content = {"categories": [*GROUPS, LEVEL_2], "detection_rates": rates}
    (section,) = goods_by_rate(known(tmp_path, "2025-10", content))
    shown = [[cell.text.en if isinstance(cell.text, Text) else cell.text for cell in r] for r in section.rows]
    assert shown == [
        ["EL", "70", "3", "20.0%", "10.0–40.0%"],
        ["CL", "64", "3", "5.0%", "2.5–10.0%"],
        ["TX", "54", "3", "too few samples: effective sample size below 30", "–"],
        ["TY", "17", "3", "too few samples: fewer than 30 judged", "–"],
    ]
    assert "twelve months to October 2025" in section.title.en


def test_the_definitions_say_what_may_be_ranked_what_is_withheld_and_how_to_cite(tmp_path: Path) -> None:
    page = definitions(of_batch(tmp_path))
    parts = {section.anchor: section for section in page.sections}
    assert {"ranking", "change", "withheld", "citing"} <= {*parts}
    cells = [cell for row in parts["citing"].rows for cell in row]
    said = {cell.text.en: cell.href for cell in cells if isinstance(cell.text, Text)}
    assert said["CC BY 4.0"] == "licence.txt" and said["Downloads"] == "downloads.html"
    assert any(words.endswith("2025, first publication") for words in said)
    withheld = parts["withheld"].text
    assert withheld is not None and WITHHELD in withheld.zh and INDIVIDUAL.en in withheld.en
    assert "品牌为样本标称，商品可能系假冒" in withheld.zh and "which may be a counterfeit" in withheld.en


def test_the_search_leads_to_which_goods_fail_most_and_says_what_is_synthetic_where_there_is_such(
    tmp_path: Path,
) -> None:
    site = known(tmp_path, "2025-10", {"categories": GROUPS, "detection_rates": [rate("EL", 70, 0.2)]})
    page = PublicPage("rates.html", same("rates"), [], goods_by_rate(site))
    found = search(site, [page], {})["search_index.js"].decode()
    assert "rates.html#goods" in found and "哪类商品不合格率最高" in found and "what fails most" in found
    assert "index.html#about-data" not in found
    site.there[0].manifest["synthetic"] = True
    found = search(site, [replace(page, sections=[])], {})["search_index.js"].decode()
    assert "index.html#about-data" in found and "真实" in found and "rates.html#goods" not in found


def test_the_rate_of_the_nation_is_found_as_its_failing_rate() -> None:
    assert "failing" in NATION[3].split() and "rate" in NATION[1].en


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("definitions.html", "methodology weights 权重 怎么算 隐私 privacy"),
        ("calendar.html", "多久更新一次 更新时间 how often updated"),
        ("downloads.html", "API 接口 下载数据 csv"),
        ("guidance.html", "便宜 低价 三无 cheap price"),
        ("rates.html", "趋势 trend"),
    ],
)
def test_a_page_is_found_by_what_readers_ask_of_it_and_no_title_says(
    tmp_path: Path, path: str, words: str
) -> None:
    found = search(of_batch(tmp_path), [PublicPage(path, same("title"), [], [])], {})
    (row,) = (r for r in found["search_index.js"].decode().split("],[") if path in r)
    assert [word for word in words.split() if word not in row] == []


def test_the_home_page_lists_of_the_bundles_of_one_day_the_period_that_ends_last_first(
    tmp_path: Path,
) -> None:
    for name in ("2025", "2026Q1", "2026Q2"):
        write_bundle(tmp_path, name, {"bulletins": [BATCH]})
    (home,) = (page for page in pages(Known(shelf(tmp_path))) if page.path == "index.html")
    (latest,) = (s for s in home.sections if s.title.en == "Latest releases")
    named = [row[0].text for row in latest.rows]
    assert [name.en for name in named if isinstance(name, Text)] == ["Q2 2026", "Q1 2026", "2025"]


def test_without_a_rate_of_twelve_months_goods_are_listed_by_that_of_the_newest_year(tmp_path: Path) -> None:
    write_bundle(tmp_path, "2025-12", {"categories": GROUPS, "detection_rates": [rate("EL", 40, None)]})
    yearly = {"categories": GROUPS, "detection_rates": [rate("EL", 90, 0.2, "year")]}
    (section,) = goods_by_rate(known(tmp_path, "2025", yearly))
    assert section.title.en == "Which goods fail most: 2025" and len(section.rows) == 1
    assert goods_by_rate(Known([])) == []


def test_recalls_of_goods_are_found_by_what_buyers_call_the_goods_and_none_on_record_is_said(
    tmp_path: Path,
) -> None:
    """ "power bank recall" found "nothing has all of these words", and no recall among the first hits."""
    recall = {"authority": "A", "product_text": "某牌移动电源", "category_code": "EL01"}
    recalls = [recall | {"recall_id": str(day), "recalled_on": date(2025, 6, day)} for day in (1, 3)] + [
        recall | {"recall_id": "9", "recalled_on": date(2025, 6, 2), "category_code": "EL02"}
    ]
    levels = [
        {"category_code": code, "name_zh": zh, "name_en": en, "parent_code": "EL"}
        for code, zh, en in (
            ("EL01", "移动电源", "Power banks"),
            ("EL02", "插头插座", "Plugs and sockets"),
            ("EL03", "充电器", "Chargers"),
        )
    ]
    tops = [group | {"parent_code": ""} for group in GROUPS]
    site = known(tmp_path, "2025", {"recalls": recalls, "categories": [*tops, *levels]})
    stands = {"A.9": "recalls.html"}
    rows = json.loads(search(site, [], stands)["search/recalls.js"].decode().partition("=")[2].rstrip(";\n"))
    by_name = {row[2]: row for row in rows}
    assert len(rows) == 3, "main groups without a recall have no entry"
    several = by_name["Power banks · 2 recalls, the latest 2025-06-03"]
    for asked in ("power bank recall", "recalled power banks", "充电宝 召回"):
        text = " ".join(map(str, several)).lower()
        assert all(word in text for word in asked.split()), asked
    assert several[0] == "lookup.html?q=移动电源" and several[1] == "移动电源 · 召回2起，最近2025-06-03"
    assert by_name["Plugs and sockets · 1 recall, the latest 2025-06-02"][0] == "recalls.html#A.9"
    assert by_name["Chargers · no recall in the published periods"][0] == "recalls.html"


def test_the_method_page_is_found_by_design_effect_on_both_sites() -> None:
    for places in (HELP, PLACES):
        assert any({"设计效应", "design", "effect", "deff"} <= {*more.split()} for _, _, more in places)
