"""Rules by which a word of a hazard counts or does not."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from vocabulary import reference, vocabulary

from jobs.marts.complaints.reading import COLUMNS, Vocabulary, hazard_rows, read

KNOWN = vocabulary()
WORDS = {word for words in reference("hazard_term")["match"] for word in words}


def met_in(text: str) -> dict[str, str]:
    found = read([text], KNOWN)
    return dict(zip(found["hazard_code"], found["confidence"], strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "没有异味", "無異味", "并没有漏电", "不漏电也不冒烟", "未发现甲醛超标", "没有毛刺、异味", "异味没有",
        "会不会漏电？", "有没有刺鼻气味", "万一起火怎么办", "担心漏电", "防漏电设计", "除甲醛效果好",
        "快递慢", "客服态度差", "退款一直不到账", "一起火锅", "烫金封面", "空气炸锅很好用",
        "插座过热的情况没有出现", "如果散热不好，早就爆炸了", "机器响个不停，像要爆炸了一样！",
        "风扇发出很尖锐的高频声音，手一按就停", "电脑音箱的声音刺耳",
    ],
)  # fmt: skip
def test_what_is_denied_asked_feared_or_no_hazard_is_not_read(text: str):
    assert met_in(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "插座漏电", "插座漏電", "插座　漏电！", "插座 漏 电 ！", "没用几天插座就漏电了",
        "没想到漏电", "不到三天就漏电", "主要是插座漏电", "如果客服不解决，我就曝光，插座漏电",
        "如果不是我发现及时，早就漏电了", "如果不退款我就曝光，早上充电时漏电了",
        "要是不处理我就投诉，那天插座漏电了", "如果非要说缺点，就是插座漏电",
    ],
)  # fmt: skip
def test_script_width_spaces_and_false_negations_change_nothing(text: str):
    assert met_in(text) == {"electric_shock": "sure"}


def test_a_double_negation_affirms():
    assert met_in("不是没有异味") == {"chemical": "sure"}


def test_a_denial_ends_with_its_clause():
    assert met_in("没有异味，但是插座漏电") == {"electric_shock": "sure"}


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("房间有霉味，还有蟑螂", "unsure"),  # a hotel's
        ("这本书里受伤的士兵让人难忘", "unsure"),
        ("床单发霉，早餐也差", "unsure"),  # bedding, where one had breakfast
        ("用了三天就漏电", "unsure"),  # of what?
        ("床单发霉", "sure"),
    ],
)
def test_a_text_of_which_no_goods_are_stated_is_sure_only_where_it_names_some_and_no_room_or_book(
    text: str, confidence: str
):
    assert set(read([text], KNOWN, np.array([False]))["confidence"]) == {confidence}
    assert set(read([text], KNOWN, np.array([True]))["confidence"]) == {"sure"}


def test_of_equal_texts_the_one_with_stated_goods_is_sure():
    found = read(["有霉味"] * 2, KNOWN, np.array([False, True]))
    assert found["confidence"].tolist() == ["unsure", "sure"]


@pytest.mark.parametrize(("column", "confidence"), [("listing_id", "sure"), ("platform_code", "unsure")])
def test_a_listing_states_the_goods_and_a_platform_does_not(column: str, confidence: str):
    rows = pd.DataFrame({"review_id": ["R1"], "listing_id": None, "platform_code": None, "text": "有霉味"})
    rows[column] = "X1"
    found = hazard_rows(rows, "review_id", ["review_id", "platform_code", "listing_id"], KNOWN)
    assert found["confidence"].tolist() == [confidence]


@pytest.mark.parametrize("text", ["好像漏电", "听说这款会漏电", "居然漏电？"])
def test_a_guess_hearsay_and_an_open_question_are_unsure(text: str):
    assert met_in(text) == {"electric_shock": "unsure"}


def test_one_plain_report_outweighs_a_guess_elsewhere_in_the_text():
    assert met_in("好像漏电。第二天确实漏电了") == {"electric_shock": "sure"}


def test_several_hazards_of_a_text_are_each_read():
    assert set(met_in("插座冒烟，手还被烫伤，外壳漏电")) == {"fire", "burns", "electric_shock"}


def test_words_of_another_alphabet_are_met_whole_in_any_case_and_with_their_blanks():
    """What a provider's own list of problems may hold, brought as rows of silver.hazard_term by its YAML."""
    names = ("product_term", "text_cue", "product_category")
    term = reference("hazard_term").iloc[:1].assign(hazard_code="x")
    term = term.assign(match=[np.array(["Skin Rash", "Fire"])], near=[np.array([], object)])  # as the lake
    own = Vocabulary(term, *map(reference, names))
    found = read(["Skin rash", "severe skin  RASH!", "skin. rash", "misfire", "fire", "on fire, again"], own)
    assert found["place"].tolist() == [0, 1, 4, 5]
    assert found["evidence"].tolist() == [["skin rash"], ["skin rash"], ["fire"], ["fire"]]


def test_evidence_is_of_the_vocabulary_and_never_of_the_text():
    found = read(["王小明13800000000说插座漏电冒烟，住人民路8号"], KNOWN)
    assert {word for words in found["evidence"] for word in words} == {"漏电", "冒烟"}
    assert {word for words in found["evidence"] for word in words} <= WORDS


def test_equal_texts_in_any_order_are_read_alike():
    texts = ["插座漏电", None, "床垫刺鼻", "插座漏电", "", "很好"] * 3
    before = read(texts, KNOWN)
    order = random.Random(7).sample(range(len(texts)), len(texts))
    after = read([texts[i] for i in order], KNOWN)
    after["place"] = [order[place] for place in after["place"]]
    after = after.sort_values(COLUMNS[:2], ignore_index=True)
    assert len(before) == 9
    pd.testing.assert_frame_equal(before.astype({"place": int}), after.astype({"place": int}))


def test_without_texts_or_words_nothing_is_read():
    assert list(read([], KNOWN).columns) == COLUMNS
    tables = [
        reference(name).iloc[:0] for name in ("hazard_term", "product_term", "text_cue", "product_category")
    ]
    assert read(["插座漏电"], Vocabulary(*tables)).empty
