"""Words of the authorities, and the items that laboratories test. Every name says that it is made up: 合成
(synthetic)."""

from __future__ import annotations

from typing import NamedTuple

PROBABILITY_PROVINCES = "330000 440000 320000 370000 350000 310000 510000 420000 130000 410000".split()
THEMES = (  # of targeted plans: name in Chinese and English, level-1 categories
    ("儿童用品", "children's goods", ("TY", "IC")), ("小家电", "small appliances", ("HA",)),
    ("电动车及电子产品", "electric vehicles and electronics", ("VH", "EL")), ("服装鞋类", "clothing and footwear", ("CL", "FW")),
    ("照明电器", "lighting", ("LT",)), ("家具建材家居用品", "furniture, building and household goods", ("FN", "BD", "HM")),
    ("防护及运动用品", "protective and sports goods", ("PP", "SP")), ("箱包饰品", "bags and jewellery", ("BG", "JW")),
    ("日化及食品相关产品", "cleaning, cosmetic and food-contact goods", ("PC", "FC", "CM")),
)  # fmt: skip
# Titles of plans as the announcements of market regulators write them: year, quarter and place stand before.
TITLES = {
    ("probability", "national"): ("网络交易商品质量国家监督抽查", "national spot check of goods sold online"),
    ("probability", "provincial"): ("网络交易商品质量省级监督抽查", "provincial spot check of goods sold online"),
    ("targeted", "national"): ("{}产品质量国家监督专项抽查", "national spot check aimed at {}"),
    ("targeted", "provincial"): ("{}产品质量省级监督专项抽查", "provincial spot check aimed at {}"),
    ("complaint_led", "provincial"): (
        "投诉举报集中网售商品质量监督抽查", "spot check of goods sold online that were complained of",
    ),
    ("follow_up", "provincial"): ("不合格网售商品后处理跟踪抽查", "follow-up spot check of goods that failed before"),
}  # fmt: skip
QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")
VOID_EXITS = {
    "lost": 0.007,
    "cancelled_by_seller": 0.005,
    "wrong_item": 0.006,
    "invalid_evidence": 0.006,
    "broken_seal": 0.006,
}


class Item(NamedTuple):
    """A tested item. Limits as written ('' for none); a value that passes or fails lies between the two
    numbers; ``detection``: the limit of detection (0 for none); no numbers at all: the result is in words."""

    code: str
    name: str
    item_class: str
    unit: str
    low: str
    high: str
    passing: tuple[float, float]
    failing: tuple[float, float]
    detection: float = 0.0


WORDS = (0.0, 0.0)
ELECTRIC = (
    Item("E01", "接地电阻", "A", "Ω", "", "0.1", (0.02, 0.09), (0.12, 0.6), 0.03),
    Item("E02", "泄漏电流", "A", "mA", "", "0.75", (0.05, 0.6), (0.8, 3.5), 0.1),
    Item("E03", "电气强度", "A", "", "", "", WORDS, WORDS), Item("E04", "输入功率偏差", "B", "%", "-10", "5", (-8, 4), (6, 18)),
    Item("E05", "骚扰电压裕量", "B", "dB", "0", "", (1, 12), (-14, -1)), Item("E06", "标志和说明", "C", "", "", "", WORDS, WORDS),
)  # fmt: skip
CLOTH = (
    Item("T01", "甲醛含量", "A", "mg/kg", "", "75", (2, 60), (80, 260), 20),
    Item("T02", "pH值", "B", "", "4.0", "8.5", (4.8, 8.2), (8.7, 10.2)),
    Item("T03", "可分解芳香胺染料", "A", "mg/kg", "", "20", (0.5, 15), (24, 120), 5),
    Item("T04", "纤维含量偏差", "B", "%", "", "5", (0.2, 4.6), (6, 40)),
    Item("T05", "耐摩擦色牢度", "C", "级", "3", "", (3, 5), (1, 2.5)), Item("T06", "使用说明", "C", "", "", "", WORDS, WORDS),
)  # fmt: skip
CHILD = (
    Item("C01", "小零件", "A", "", "", "", WORDS, WORDS), Item("C02", "邻苯二甲酸酯总量", "A", "%", "", "0.1", (0.002, 0.08), (0.15, 18), 0.01),
    Item("C03", "可迁移铅", "A", "mg/kg", "", "90", (2, 70), (95, 420), 5),
    Item("C04", "动态强度", "B", "次", "72000", "", (73000, 90000), (20000, 70000)),
    Item("C05", "绳索长度", "B", "mm", "", "220", (60, 210), (230, 500)), Item("C06", "警示标识", "C", "", "", "", WORDS, WORDS),
)  # fmt: skip
CONTACT = (
    Item("F01", "总迁移量", "A", "mg/dm²", "", "10", (0.4, 8), (11, 45), 1),
    Item("F02", "高锰酸钾消耗量", "A", "mg/kg", "", "10", (0.5, 8), (11, 60), 1),
    Item("F03", "重金属（以铅计）", "A", "mg/kg", "", "1", (0.05, 0.8), (1.2, 9), 0.1),
    Item("F04", "容量偏差", "B", "%", "-5", "5", (-4, 4), (6, 16)),
    Item("F05", "保温效能", "B", "℃", "58", "", (59, 75), (35, 57)), Item("F06", "标签", "C", "", "", "", WORDS, WORDS),
)  # fmt: skip
BUILD = (
    Item("B01", "甲醛释放量", "A", "mg/m³", "", "0.124", (0.01, 0.11), (0.14, 1.5), 0.02),
    Item("B02", "可溶性铅", "A", "mg/kg", "", "90", (2, 70), (95, 600), 5),
    Item("B03", "稳定性", "A", "", "", "", WORDS, WORDS), Item("B04", "含水率", "B", "%", "8", "14", (8.5, 13.5), (15, 22)),
    Item("B05", "静曲强度", "B", "MPa", "15", "", (16, 40), (6, 14)), Item("B06", "使用说明", "C", "", "", "", WORDS, WORDS),
)  # fmt: skip
SAFETY = (
    Item("P01", "制动距离", "A", "m", "", "7", (3, 6.5), (7.5, 14)), Item("P02", "防护效率", "A", "%", "95", "", (95.5, 99.9), (60, 94)),
    Item("P03", "冲击强度", "A", "", "", "", WORDS, WORDS), Item("P04", "质量偏差", "B", "%", "-5", "5", (-4, 4), (6, 20)),
    Item("P05", "最高速度", "B", "km/h", "", "25", (12, 24.5), (26, 48)), Item("P06", "标识", "C", "", "", "", WORDS, WORDS),
)  # fmt: skip
ITEMS = {
    **dict.fromkeys(("HA", "EL", "LT"), ELECTRIC), **dict.fromkeys(("TX", "CL", "FW", "BG"), CLOTH),
    **dict.fromkeys(("TY", "IC", "JW"), CHILD),
    **dict.fromkeys(("HM", "PC", "FC", "FD", "CM"), CONTACT), **dict.fromkeys(("FN", "BD"), BUILD),
    **dict.fromkeys(("VH", "SP", "PP"), SAFETY),
}  # fmt: skip

OTHER_COMPLAINTS = (
    "【合成】{}迟迟不发货。",
    "【合成】{}降价后不退差价。",
    "【合成】{}的发票没有开。",
    "【合成】{}的赠品没有收到。",
)
ENQUIRIES = ("【合成】咨询{}如何退货。", "【合成】咨询{}适用哪个标准。")
CONTACTS = {"phone": "请回电{}。", "id": "本人身份证号{}。", "email": "邮箱{}。"}
OBJECTIONS = {
    "result": "【合成】对检验结果有异议，申请复检备样。",
    "authenticity": "【合成】该批产品不是本企业生产，系冒用厂名。",
    "procedure": "【合成】未收到封样告知，程序不合规定。",
}
COMMENTS = (
    "【合成】已联系消费者退货，并停止销售。",
    "【合成】该批次已全部召回，后续批次已改进。",
    "【合成】我司尊重检验结论，正在整改。",
)
HAZARD_WORDS = {
    "electric_shock": "electric shock", "fire": "fire", "chemical": "chemical", "choking": "choking", "injury": "injuries",
}  # fmt: skip
