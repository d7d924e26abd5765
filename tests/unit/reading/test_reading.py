"""Rules by which a word of a hazard counts or does not."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from vocabulary import reference, vocabulary

from jobs.ingest.draft.mapping import category_names
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
        "如果不退款我就曝光，早上充电时漏电了", "客服没有解决插座漏电", "商家不处理漏电问题",
        "要是不处理我就投诉，那天插座漏电了", "如果非要说缺点，就是插座漏电",
    ],
)  # fmt: skip
def test_script_width_spaces_and_false_negations_change_nothing(text: str):
    assert met_in(text) == {"electric_shock": "sure"}


@pytest.mark.parametrize(
    ("text", "hazards"),
    [
        ("请问插座漏电怎么赔偿", {"electric_shock": "unsure"}),
        ("插座漏电能不能退货", {"electric_shock": "unsure"}),
        ("消费者反映电水壶漏电有没有赔偿", {"electric_shock": "unsure"}),
        ("奶粉有异味能退吗", {"chemical": "unsure"}),
        ("咨询一下，床垫有异味，可以退吗", {"chemical": "sure"}),  # a clause that states it plainly
        ("能不能解决插座漏电的问题", {"electric_shock": "unsure"}),
        ("来电咨询购买的面膜使用后过敏", {"health_other": "unsure"}),
        ("市民来电询问购买的插座冒烟一事归哪里管", {"fire": "unsure"}),
        ("请问儿童餐椅断裂孩子摔伤找哪个部门", {"injuries": "unsure"}),
        ("插座漏电你们不管吗", {"electric_shock": "unsure"}),
        ("插座漏电如果不赔我就投诉", {"electric_shock": "sure"}),
        ("如果不处理插座漏电我就投诉", {"electric_shock": "unsure"}),
    ],
)
def test_a_report_that_asks_for_a_remedy_is_read(text: str, hazards: dict[str, str]):
    assert met_in(text) == hazards


@pytest.mark.parametrize(
    "text",
    [
        "请问插座漏电吗，可以退吗", "如果漏电可以退吗", "漏电的话可以退货吗", "插座会漏电吗能退吗",
        "请问有没有异味，不行可以退吗", "是否存在漏电风险", "咨询甲醛的检测标准",
        "咨询购买的床垫有没有异味", "请问购买的插座会漏电吗", "请问床垫有异味吗，找谁问", "咨询了解漏电",
    ],
)  # fmt: skip
def test_a_question_whether_there_is_a_hazard_is_none_though_a_remedy_is_asked_for_as_well(text: str):
    assert met_in(text) == {}


@pytest.mark.parametrize(
    ("text", "hazards"),
    [
        ("插座冒烟吓得我很害怕", {"fire": "sure"}),
        ("充电宝鼓包担心会爆炸", {"fire": "sure"}),
        ("为防止再次起火已经停用", {"fire": "unsure"}),  # it has burnt once
        ("担心充电时起火", {}),
        ("怕孩子误吞", {}),
        ("担心起火结果真的起火了", {"fire": "sure"}),
        ("消费者担心的漏电问题真的发生了", {"electric_shock": "sure"}),
        ("担心的漏电问题没有发生", {}),
    ],
)
def test_a_fear_or_prevention_denies_only_what_follows_it(text: str, hazards: dict[str, str]):
    assert met_in(text) == hazards


@pytest.mark.parametrize(
    ("text", "hazards"),
    [
        ("不粘锅涂层脱落", {"chemical"}), ("不倒翁扎手", {"cuts"}), ("没注意被划伤了", {"cuts"}),
        ("不赔偿烫伤", {"burns"}), ("没有3C认证的充电宝爆炸", {"fire", "injuries"}),
        ("没有生产日期还发霉", {"microbiological"}), ("不是正品充电时爆炸", {"injuries"}),
        ("没有发票插座漏电", {"electric_shock"}), ("没有说明书而且有异味", {"chemical"}),
        ("没有收到货插座漏电", {"electric_shock"}), ("没有起作用手指割伤", {"cuts"}),
        ("没有显示功率插座漏电", {"electric_shock"}), ("没有防护罩导致手指割伤", {"cuts"}),
        ("没有过热保护导致起火", {"fire"}), ("没有任何征兆突然自燃", {"fire"}),
    ],
)  # fmt: skip
def test_a_negation_ends_with_what_it_denies(text: str, hazards: set[str]):
    assert set(met_in(text)) == hazards


@pytest.mark.parametrize(
    "text",
    [
        "没有出现插座过热冒烟现象", "没有刺鼻的异味", "没有想象中的异味", "未发现玩具有毛刺", "没有起火冒烟",
        "没有掉漆也没有生锈的锅", "没有发热或者起火", "未造成人员受伤", "没有人受伤", "没有检测出甲醛",
        "幸好没有酿成火灾", "没有检测到甲醛超标", "宝宝没有起红疹", "从没漏电", "不至于起火",
        "没有接到充电宝起火的投诉", "没有用户反映起火", "没有证据显示充电宝起火", "没有对皮肤造成过敏",
    ],
)  # fmt: skip
def test_a_negation_reaches_through_light_verbs_and_what_it_lists(text: str):
    assert met_in(text) == {}


@pytest.mark.parametrize(
    ("text", "hazard"),
    [
        ("差点起火", "fire"), ("差点没起火", "fire"), ("孩子差点受伤", "injuries"),
        ("孩子险些受伤", "injuries"), ("要不是及时断电就起火了", "fire"),
        ("要不是及时断电，就起火了", "fire"),
        ("如果不是我发现及时，早就漏电了", "electric_shock"),
    ],
)  # fmt: skip
def test_what_nearly_happened_is_unsure(text: str, hazard: str):
    assert met_in(text) == {hazard: "unsure"}


@pytest.mark.parametrize("text", ["不是没有异味", "谁说没有异味", "谁说这床垫没有异味"])
def test_a_double_negation_affirms(text: str):
    assert met_in(text) == {"chemical": "sure"}


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


@pytest.mark.parametrize(
    "text",
    [
        "好像漏电", "听说这款会漏电", "轻微漏电", "居然漏电？", "居然漏电 ？", "居然漏电～？", "居然漏电！？",
        "居然漏电……？", "居然漏电。 ?",
    ],
)  # fmt: skip
def test_a_guess_hearsay_a_slight_degree_and_an_open_question_are_unsure(text: str):
    assert met_in(text) == {"electric_shock": "unsure"}


@pytest.mark.parametrize("text", ["没有用……冒烟了", "没有用...冒烟了"])
def test_a_clause_ends_at_an_ellipsis(text: str):
    assert met_in(text) == {"fire": "sure"}


def test_a_question_mark_belongs_to_the_words_before_it():
    assert met_in("居然漏电 你们管吗？") == {"electric_shock": "sure"}


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


@pytest.mark.parametrize(
    ("word", "category"),
    [("包装食品", "FD01"), ("预包装食品", "FD01"), ("农产品", "FD04"), ("食用农产品", "FD04")],
)
def test_a_former_name_of_a_category_is_known_where_texts_and_drafts_are_read(word: str, category: str):
    assert KNOWN.products.codes[word] == category == category_names()[word]


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
