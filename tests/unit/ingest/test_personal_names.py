"""Names of persons that free text loses at landing, and words that look like names and stay
(definitions.md#personal-data)."""

from __future__ import annotations

import csv

import pyarrow as pa
import pytest

from jobs.environment import SCHEMAS
from jobs.ingest.scrubbing import scrub, scrubbed

NAMES = [  # what is said before, the name, what is said behind
    ("联系人", "张三", ""),
    ("联系人：", "张三", "，请回复"),
    ("收货人 ", "李四", "不在家"),
    ("姓名:", "欧阳修远", " 已退款"),
    ("我叫", "王小明", "，买了一台"),
    ("投诉人：", "赵六", ""),
    ("请联系", "张", "女士"),
    ("对方", "李", "先生说"),
    ("请联系", "张伟", "先生。"),
    ("", "司马", "小姐打来"),
    ("找", "王", "师傅安装"),
    ("订单号 ", "李", "先生 投诉"),
    ("消费者", "张伟", "先生投诉"),
    ("顾客", "李娟", "女士家里着火"),  # who says it is known, no matter what goes on
    ("", "张伟", "先生表示"),
    ("投诉人", "赵六", "反映漏电"),
    ("昨天", "王", "女士投诉"),
    ("消费者向", "王", "女士反映"),  # 向 is no surname here
    ("关于", "李", "女士的投诉"),
    ("客服", "李", "女士说"),
    ("联系了一位", "欧阳", "先生，未回复"),
]
BEHIND_A_COLON = [  # words of forms, and what is said behind; each name is as a word begins, or spaced
    ("联系人：", "周一鸣", ""),
    ("联系人：", "方向东", "，请回复"),
    ("姓名：", "李先念", ""),
    ("姓 名：", "任我行", ""),
    ("联系人：", "陈有为", "电话打不通"),
    ("联系人:", "张 三", ""),
    ("联系人：  ", "张三", "  电话"),
    ("法定代表人：", "于向东", ""),
    ("收货人:", "包为民", "，拒收"),
]
NO_NAMES = (
    """
白色女士手表|黄金女士戒指|康师傅方便面，老师傅推荐|工厂先生产后检验|消费者高兴地说，客户方便就行
联系人方式不全，联系人任何时候都不在|本人于周一付款|女士小姐姐先生|张三|联系人:王 电话
收货人于昨日签收|联系人向平台反映|经办人向我表示拒绝|收件人付了运费|签收人单独签收|联系人申请退款
卖家：包退换|买家：曾多次漏电|消费者：焦糊味很大|客户：毛刺划手|客户：戴上痛|顾客：颜色差|消费者金融投诉
时尚女士手表|双肩包女士新款|当季女士连衣裙|18K金女士项链|纯羊毛女士大衣|一包太太乐鸡精|包太太乐鸡精|张女士牌辣酱
消费者：苏丹红|客户：黄曲霉|买家：石棉|顾客：陶瓷碎，割手|收货人罗丹明超标|消费者：白毛|投诉人：金黄色
白领女士的首选|高端女士的首选|黄色女士打底裤|客户白领女士最爱
""".replace("\n", "|")
    .strip("|")
    .split("|")
)  # 张三: a name that nothing announces looks like any word
BESIDE_A_PHONE = [
    "{}13812345678",
    "{} 138 1234 5678",
    "{}的电话是13812345678",
    "13812345678 {}",
    "13812345678{}收",
]


@pytest.mark.parametrize(("before", "name", "behind"), [*NAMES, *BEHIND_A_COLON])
def test_a_name_becomes_a_marker_where_a_word_beside_it_says_that_it_is_one(
    before: str, name: str, behind: str
):
    wanted = (f"{before}〔姓名〕{behind}", {"name": 1})
    assert scrubbed(f"{before}{name}{behind}") == wanted == scrubbed_cell(f"{before}{name}{behind}")
    assert scrubbed(wanted[0]) == (wanted[0], {})


@pytest.mark.parametrize("text", BESIDE_A_PHONE)
def test_a_name_beside_a_mobile_number_becomes_a_marker(text: str):
    found, counts = scrubbed_cell(text.format("王小明"))
    assert "王" not in found and "明" not in found and counts == {"phone": 1, "name": 1}
    for word in ("白色", "方便", "客服", "周一", "付款"):
        assert word in scrubbed(text.format(word))[0]


@pytest.mark.parametrize(
    "text", ["李渡：400-820-8820", "王朝 010-12345678", "4008208820 李渡", "方正010-12345678"]
)
def test_the_name_of_a_firm_beside_a_hotline_or_a_landline_stays(text: str):
    assert scrubbed_cell(text)[1] == {"phone": 1}


@pytest.mark.parametrize("text", NO_NAMES)
def test_words_that_begin_as_names_do_stay(text: str):
    assert scrubbed(text) == (text, {})


@pytest.mark.parametrize("announced", ["消费者：", "买家:", "客户", "联系人", "收货人 ", "我叫"])
def test_no_term_of_a_hazard_is_taken_for_the_name_of_who_reports_it(announced: str):
    with (SCHEMAS / "reference" / "hazard_term.csv").open(encoding="utf-8") as lines:
        rules = list(csv.DictReader(lines))
    terms = {term for rule in rules for term in f"{rule['match']};{rule['near']}".split(";") if term}
    assert "毛刺" in terms
    texts = [
        f"{announced}{term}{behind}" for term in sorted(terms) for behind in ("", "很大", "，退货", "反映")
    ]
    assert [text for text in texts if scrubbed(text) != (text, {})] == []


def scrubbed_cell(text: str) -> tuple[str, dict[str, int]]:
    """As a column of one cell."""
    cells, counts = scrub(pa.array([text]))
    return cells[0].as_py(), counts
