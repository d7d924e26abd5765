"""Words and settings of the demonstration inbox. Every name says that it is made up: 演示 (demonstration), 合成 (synthetic)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

FIRST_DAY, LAST_DAY = date(2024, 7, 1), date(2026, 6, 30)


class PlatformSetting(NamedTuple):
    """One platform: its code, names, kind, and how much likelier than elsewhere its goods fail (log odds)."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    log_odds: float
    listings: int


PLATFORMS = (
    PlatformSetting("DEMO_A", "演示甲商城（合成数据）", "Demo Mall A (synthetic data)", "marketplace", -0.25, 800),
    PlatformSetting("DEMO_B", "演示乙拼购（合成数据）", "Demo Group Buying B (synthetic data)", "group_buying", 0.35, 700),
    PlatformSetting("DEMO_C", "演示丙直播（合成数据）", "Demo Live C (synthetic data)", "livestream", 0.15, 500),
)

BRANDS = (
    "演示澄光 演示禾远 演示北岚 演示木棉里 演示云锦 演示拓山 演示亿朗 演示小橡树 演示启鹿 演示青屿 演示百川 演示知暖 演示星野 演示南栀 演示泊舟 "
    "演示松果 演示一米 演示初禾 演示简木 演示海棠 演示金穗 演示未来匠 演示晴朗 演示山行"
).split()
SHOP_WORDS = "优选 旗舰 臻品 家居 生活 百货 良品 源头 惠民 精选 专营 万家".split()
MAKER_WORDS = "恒泰 精工 宏达 瑞丰 德邦 嘉禾 新锐 华源 永固 天诚 力新 博远 佳美 同创 盛业".split()

# Where makers are, by province (two digits of the code) and weight; other provinces share the rest.
MAKER_PROVINCES = {"44": 26, "33": 24, "32": 12, "35": 10, "37": 7, "13": 5, "41": 4, "42": 3, "34": 3, "31": 3, "51": 2, "36": 2}
SELLER_PROVINCES = {"44": 18, "33": 16, "32": 9, "35": 8, "37": 6, "31": 6, "11": 6, "13": 4, "41": 4, "42": 4, "51": 4, "34": 3}

# Share of samples that fail, by level-1 category, before the effects of platform, province and plan.
FAILING_SHARE = {
    "HA": 0.11, "EL": 0.17, "LT": 0.21, "TX": 0.09, "CL": 0.14, "FW": 0.12, "BG": 0.10, "TY": 0.18, "IC": 0.13, "FN": 0.16,
    "HM": 0.08, "PC": 0.05, "BD": 0.14, "VH": 0.22, "SP": 0.13, "PP": 0.19, "JW": 0.10, "FC": 0.05, "FD": 0.03, "CM": 0.06,
}  # fmt: skip

# Middle price in yuan, by level-1 category.
MIDDLE_PRICE = {
    "HA": 180, "EL": 90, "LT": 80, "TX": 70, "CL": 120, "FW": 160, "BG": 150, "TY": 60, "IC": 110, "FN": 500, "HM": 80, "PC": 30,
    "BD": 90, "VH": 400, "SP": 130, "PP": 50, "JW": 200, "FC": 25, "FD": 45, "CM": 90,
}  # fmt: skip


class Item(NamedTuple):
    """A tested item: code, name, class (A = safety), unit, limits as written, how a value is drawn (low to high), standard."""

    code: str
    name: str
    item_class: str
    unit: str
    limit_low: str
    limit_high: str
    passing: tuple[float, float]
    failing: tuple[float, float]
    standard_no: str


ELECTRIC = (
    Item("E01", "接地电阻", "A", "Ω", "", "0.1", (0.02, 0.09), (0.12, 0.6), "GB/T 4706.1-2024"),
    Item("E02", "泄漏电流", "A", "mA", "", "0.75", (0.05, 0.6), (0.8, 3.5), "GB/T 4706.1-2024"),
    Item("E03", "输入功率偏差", "B", "%", "-10", "5", (-8, 4), (6, 18), "GB/T 4706.1-2024"),
    Item("E04", "标志和说明", "C", "", "", "", (0, 0), (0, 0), "GB/T 4706.1-2024"),
)
CLOTH = (
    Item("T01", "甲醛含量", "A", "mg/kg", "", "75", (0, 60), (80, 260), "GB 18401-2010"),
    Item("T02", "pH值", "B", "", "4.0", "8.5", (4.8, 8.2), (8.7, 10.2), "GB 18401-2010"),
    Item("T03", "纤维含量偏差", "B", "%", "", "5", (0, 4.6), (6, 40), "FZ/T 01053-2007"),
    Item("T04", "耐摩擦色牢度", "C", "级", "3", "", (3, 5), (1, 2.5), "GB/T 3920-2008"),
)
CHILD = (
    Item("C01", "小零件", "A", "", "", "", (0, 0), (0, 0), "GB 6675.2-2014"),
    Item("C02", "邻苯二甲酸酯总量", "A", "%", "", "0.1", (0, 0.08), (0.15, 18), "GB 6675.1-2014"),
    Item("C03", "可迁移铅", "A", "mg/kg", "", "90", (0, 70), (95, 420), "GB 6675.4-2014"),
    Item("C04", "警示标识", "C", "", "", "", (0, 0), (0, 0), "GB 6675.1-2014"),
)
GENERAL = (
    Item("G01", "主要性能", "B", "", "", "", (0, 0), (0, 0), "产品明示标准"),
    Item("G02", "有害物质限量", "A", "mg/kg", "", "100", (0, 80), (110, 500), "产品明示标准"),
    Item("G03", "尺寸偏差", "C", "mm", "-5", "5", (-4, 4), (6, 15), "产品明示标准"),
    Item("G04", "标签标识", "C", "", "", "", (0, 0), (0, 0), "产品明示标准"),
)
ITEMS = {
    **dict.fromkeys(("HA", "EL", "LT", "VH", "PP"), ELECTRIC),
    **dict.fromkeys(("TX", "CL", "FW", "BG"), CLOTH),
    **dict.fromkeys(("TY", "IC"), CHILD),
}

LABS = ("DEMO-LAB-1", "DEMO-LAB-2", "DEMO-LAB-3", "DEMO-LAB-4")
VIOLATION_EXITS = {"无厂名厂址": "no_maker", "涉嫌假冒": "suspected_counterfeit", "无生产许可": "no_licence", "无强制认证": "no_certificate"}
VOID_EXITS = {
    "物流丢失": "lost", "发错货": "wrong_item", "卖家取消": "cancelled_by_seller", "证据无效": "invalid_evidence", "封样破损": "broken_seal",
}  # fmt: skip

# Overseas notices: origins with weights (more than one = split by the feed), notifying countries, products, hazards, severities.
ORIGINS = {
    "China": 50, "Turkey": 9, "Germany": 6, "India": 6, "Viet Nam": 5, "Italy": 4, "United States": 4, "Hong Kong": 3,
    "unknown": 5, "": 3, "China;Hong Kong": 3, "Poland;Germany": 2,
}  # fmt: skip
NOTIFIERS = "Germany France Netherlands Italy Spain Poland Sweden Czechia Hungary Finland".split()
ALERT_PRODUCTS = (
    ("Toys", "plastic doll"), ("Toys", "magnetic balls"), ("Electrical appliances", "USB charger"),
    ("Electrical appliances", "hair dryer"), ("Lighting", "string lights"), ("Clothing", "children's hoodie"),
    ("Childcare articles", "feeding bottle"), ("Vehicles", "e-scooter"), ("Jewellery", "earrings"),
    ("Food contact", "bamboo tableware"),
)  # fmt: skip
HAZARDS = ("electric shock", "choking", "chemical", "strangulation", "burns", "fire", "injuries")
SEVERITIES = {"serious": 6, "high": 2, "medium": 1, "low": 1}

REVIEWS_GOOD = ("演示评价：包装完好，做工不错。", "演示评价：和描述一致，物流很快。", "演示评价：一般，能用。", "演示评价：回购第二次了，满意。")
REVIEWS_BAD = ("演示评价：用了两天就坏了。", "演示评价：有刺鼻气味，不敢用。", "演示评价：与页面描述不符，联系 demo@example.com 无人理。")
# The only numbers and addresses in texts are ones that belong to nobody: the operator's own top-up number, example.com.
COMPLAINTS_QUALITY = (
    "演示诉求：购买的{product}使用中漏电，要求退货并赔偿。", "演示诉求：{product}有刺鼻气味，请检测，回电13800138000。",
    "演示诉求：{product}第三天断裂，商家拒绝退换。邮箱demo@example.com。", "演示诉求：{product}无中文标识、无厂名厂址。",
)
COMPLAINTS_OTHER = ("演示诉求：{product}迟迟不发货。", "演示诉求：{product}降价不退差价，电话138-0013-8000。", "演示诉求：{product}发票未开。")
