"""Words of the authorities. Every name says that it is made up: 合成 (synthetic)."""

from __future__ import annotations

PROBABILITY_PROVINCES = "330000 440000 320000 370000 350000 310000 510000 420000 130000 410000".split()
THEMES = (  # of targeted plans: name in Chinese and English, level-1 categories
    ("儿童用品", "children's goods", ("TY", "IC")), ("小家电产品", "small appliances", ("HA",)),
    ("电动车及电子产品", "electric vehicles and electronics", ("VH", "EL")), ("服装鞋类产品", "clothing and footwear", ("CL", "FW")),
    ("照明电器产品", "lighting", ("LT",)), ("家具建材家居用品", "furniture, building and household goods", ("FN", "BD", "HM")),
    ("防护及运动用品", "protective and sports goods", ("PP", "SP")), ("箱包饰品", "bags and jewellery", ("BG", "JW")),
    ("日化及食品相关产品", "cleaning, cosmetic and food-contact goods", ("PC", "FC", "CM")),
)  # fmt: skip
# Titles of plans as the announcements of market regulators write them, without the year, quarter and place before it.
TITLES = {
    ("probability", "national"): ("网络交易商品质量国家监督抽查", "national spot check of goods sold online"),
    ("probability", "provincial"): ("网络交易商品质量省级监督抽查", "provincial spot check of goods sold online"),
    ("targeted", "national"): ("{}质量国家监督专项抽查", "national spot check aimed at {}"),
    ("targeted", "provincial"): ("{}质量省级监督专项抽查", "provincial spot check aimed at {}"),
    ("complaint_led", "provincial"): (
        "投诉举报集中网售商品质量监督抽查", "spot check of goods sold online that were complained of",
    ),
    ("follow_up", "provincial"): ("不合格网售商品后处理跟踪抽查", "follow-up spot check of goods that failed before"),
}  # fmt: skip
QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")
# Reason for which a sample is void → how likely that is.
VOID_EXITS = {
    "lost": 0.007,
    "cancelled_by_seller": 0.005,
    "wrong_item": 0.006,
    "invalid_evidence": 0.006,
    "broken_seal": 0.006,
}

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
