"""What free text loses at landing, and what looks alike and stays (definitions.md#personal-data)."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from ingest_world import SOURCE, World

from jobs.ingest.scrubbing import MARKERS, scrub, scrubbed

PHONES = [
    "13812345678",
    "138 1234 5678",
    "138-1234-5678",
    "138.1234.5678",
    "138·1234·5678",
    "138 — 1234 — 5678",
    "138(1234)5678",
    "138_1234_5678",
    "1381234-5678",
    "1 3 8 1 2 3 4 5 6 7 8",
    "+8613812345678",
    "+86 138-1234-5678",
    "(+86)138 1234 5678",
    "0086 138 1234 5678",
    "8613812345678",
    "１３８１２３４５６７８",
    "１３８－１２３４－５６７８",
    "١٣٨١٢٣٤٥٦٧٨",
    "138\u200b1234\u200b5678",
    "013812345678",
    "010-12345678",
    "(0571)87654321",
    "（0571）87654321",
    "0571 8765 4321",
    "01012345678",
    "057187654321",
    "+86 10 82345678",
    "+86-571-87654321",
    "0755-2345678 转 801",
    "021-62345678-801",
    "010-12345678 ext. 12",
    "400-123-4567",
    "400 1234 567",
    "4001234567",
    "800-820-8820",
    "+852 9123 4567",
    "138/1234/5678",
    "138／1234／5678",
    "一三八零零一三八零零零",
    "幺三八一二三四五六七八",
    "壹叁捌零零壹叁捌零零零",
    "138一二三四5678",
    "一三八 一二三四 五六七八",
    "0571-87654321 分机号:801",
    "0571-87654321转分机801",
    "0571-87654321*801",
    "0571-87654321/87654322",
]
DOCUMENTS = [
    "11010519491231002X",
    "11010519491231002x",
    "110105194912310021",
    "110105 19491231 002X",
    "110105-1949-1231-0021",
    "1101 0519 4912 3100 2X",
    "１１０１０５１９４９１２３１００２Ｘ",
    "110105491231002",
    "110101199003071234",  # the last one's check digit is wrong
]
HOMES = [  # the first two begin with a province
    "浙江省杭州市西湖区文三路100号3幢2单元501室",
    "北京市朝阳区望京西园三区301号楼1203室",
    "朝阳区望京西园三区301号楼5单元1203",
    "幸福小区3号楼2单元501",
    "湖滨花园12-3-501",
    "建国路88号1203室",
]
ACCOUNTS = [  # what is said before, the account
    ("微信号：", "zhang_san88"),
    ("微信:", "wxid_abc123def"),
    ("vx: ", "abc12345"),
    ("VX：", "lihua-99"),
    ("加微信", "zhangsan2020"),
    ("V：", "liming1988"),
    ("QQ：", "12345678"),
    ("QQ号 ", "123456789"),
    ("扣扣", "1234567890"),
]
ADDRESSES = ["zhang.san@example.com", "ZHANG@MAIL.EXAMPLE.CN", "zhang＠163.com", "zhang_san+shop @ qq.com"]
STAY = [
    *(
        "订单号202406301234567890 订单1234567890123 SF1381234567890 第12345678901234567890号 "
        "订单号110101900307123 流水号01012345678 条码6901234567892 6901234567892 条码036000291452 "
        "036000291452 条码071234567890"
    ).split(),
    "IMEI 860123456789012",
    "ISBN 978-7-111-12345-6",
    "价格1380.00元",
    "实付 1399.00 运费 12.00",
    "满400减50，满800减100",
    "12,345,678.90",
    "13.5-14.5元",
    "100000000",
    "2024-06-30 13:45:59",
    "20240630134559",
    "2024年06月30日13时",
    "2019-2020-2021",
    "1719705600",
    "1719705600000",
    "批号20240630",
    "GB 18401-2010",
    "GB/T 2260-2007",
    "3.1415926535",
    "统一社会信用代码91110108MA01234567",
    "统一社会信用代码913100001322028321",
    "1920x1080 2560x1440",
    "尺码 160/84A 165/88A 170/92A",
    "138元 1234件",
    "1381234567",
    "138123456789",
    "@所有人 好",
    "买了10 20 30个",
    "GB/T 12345—2020，SC10111010800001",
    "QQ糖 500g",
    "奇瑞QQ 2026款",
    "微信支付失败，微信公众号也不回",
    "微信 Android 版打不开",
    "Weixin County",
    "VX-2000 型",
    "二〇二六年六月三十日",
    "二零二四年一月一日至二零二五年",
    "一二三四五六七八九十",
    "二三八零零一三八零零零",
    "中山路100号某某超市",
    "3号楼下的超市，20户人家",
    "某小区5室内温度",
    "三室一厅",
    "单元测试，单元楼",
    "2024/06/30/1234",
    "规格 138/70 R13",
    "6210000000000001",  # sixteen digits that do not end in 0
]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("phone", p) for p in PHONES),
        *(("id", d) for d in DOCUMENTS),
        *(("email", a) for a in ADDRESSES),
        *(("address", h) for h in HOMES[:2]),
    ],
)
@pytest.mark.parametrize("around", ["{}", "请回复{}，谢谢", "tel:{}。", "前 {} 后"])
def test_a_number_or_address_becomes_a_marker_and_the_rest_stays(kind: str, text: str, around: str):
    assert scrubbed(around.format(text)) == (around.format(MARKERS[kind]), {kind: 1})


@pytest.mark.parametrize("home", HOMES)
def test_an_address_of_a_home_goes_with_at_most_four_characters_before_it(home: str):
    text, counts = scrubbed(f"充电宝起火冒烟，我现在住在{home}，请上门")
    assert counts == {"address": 1} and home[-4:] not in text
    assert text.startswith("充电宝起火冒烟，") and text.endswith("〔地址〕，请上门")


@pytest.mark.parametrize(("announced", "account"), ACCOUNTS)
def test_an_account_becomes_a_marker_behind_the_word_that_announces_it(announced: str, account: str):
    for before, behind in (("", ""), ("假货，", "，谢谢"), ("（", "）")):
        text = f"{before}{announced}{account}{behind}"
        assert scrubbed(text) == (f"{before}{announced}〔账号〕{behind}", {"account": 1})
    assert scrub(pa.array([announced + account]))[1] == {"account": 1}


@pytest.mark.parametrize("text", STAY)
def test_what_only_looks_alike_stays(text: str):
    assert scrubbed(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("护照号E12345678", "护照号〔证件号〕"),
        ("Passport No. G12345678", "Passport No. 〔证件号〕"),
        ("型号E12345678", "型号E12345678"),
        ("订单号13812345678", "订单号〔电话〕"),
        ("打13812345678或(021)62345678，邮a@b.cn", "打〔电话〕或〔电话〕，邮〔邮箱〕"),
    ],
)
def test_words_around_decide_only_where_the_digits_do_not(text: str, left: str):
    assert scrubbed(text)[0] == left


def test_scrubbing_again_changes_nothing():
    once, _ = scrubbed("打13812345678，证110105194912310021，邮a@b.cn")
    assert scrubbed(once) == (once, {})


def test_a_column_is_scrubbed_cell_by_cell_and_counted():
    cells = pa.array(["好", None, "电话13812345678", "电话13812345678", "a@b.cn 13912345678"])
    assert scrub(cells)[0].to_pylist() == ["好", None, "电话〔电话〕", "电话〔电话〕", "〔邮箱〕 〔电话〕"]
    assert scrub(cells)[1] == {"phone": 3, "email": 1}
    assert scrub(pa.array(["好", None], pa.string()))[1] == {}


def test_a_column_with_personal_data_in_one_cell_is_scrubbed_there():
    for text in (*PHONES, "a.b@example.com", "联系人：张三", "微信：abc_1234", "幸福路3号院2号楼1单元502室"):
        alone, found = scrubbed(text)
        assert found, text
        cells, counts = scrub(pa.array(["很好", text, None, "不错"]))
        assert (cells.to_pylist(), counts) == (["很好", alone, None, "不错"], found)


def test_landing_scrubs_free_text_counts_it_and_keeps_no_original(world: World):
    world.source(SOURCE + "      story: {from: text, map: {13812345678: 打13912345678}, on_unmapped: keep}\n")
    world.drop(
        "things.csv",
        "id,made,name,text\n1,2026-01-01,a,请打13812345678或010-12345678\n2,2026-01-01,b,13812345678\n3,2026-01-01,c,好\n",
    )
    world.land()
    assert world.column("story") == ["请打〔电话〕或〔电话〕", "打〔电话〕", "好"]
    assert json.loads(world.one()["scrubbed"]) == {"story": {"phone": 3}}
    assert "_original_story" not in world.rows()[0]


def test_counts_are_of_the_whole_file_also_where_it_is_read_twice(world: World):
    """The careful reader starts again after the fast one gave up: nothing is counted twice."""
    world.source(SOURCE + "      story: {from: text}\n")
    world.drop(
        "things.csv",
        b"id,made,name,text\n1,2026-01-01,a,13812345678\n"
        + "2,2026-01-01,\xff,13812345678\n".encode("latin-1"),
    )
    world.land()
    assert (world.one()["unreadable"], json.loads(world.one()["scrubbed"])) == (1, {"story": {"phone": 1}})


def test_in_free_text_a_card_of_sixteen_digits_whose_last_a_spreadsheet_rounded_is_masked():
    assert scrubbed("卡号 6222021234567890") == (f"卡号 {MARKERS['card']}", {"card": 1})


def test_the_name_of_a_video_in_an_address_is_no_account():
    text = "见 https://example.com/p?v=version20"
    assert scrubbed(text) == (text, {})
