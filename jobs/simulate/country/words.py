"""Words and settings of the country: names, prices, shares and weights. Everything with a name says that it is
made up: 合成 (synthetic)."""

from __future__ import annotations

from jobs import made_up

# Characters that names are made of, with how they are read; no name is meant to be anybody's.
FIRST = list(
    "澄禾岚棉云拓亿橡鹿青百知星南泊松初简海金晴山恒宏瑞嘉锐华永天力博佳同创盛源德安泰祥茂广信昌隆丰润佰卓铭"
)
SECOND = list(
    "光远里锦朗树屿川暖野栀舟果米木棠穗匠行泰工达丰邦禾新源固诚美成业贝宁康辰和义悦洋程腾威顺飞龙凯鑫峰"
)
READ = dict(
    zip(
        FIRST + SECOND,
        (
            "cheng he lan mian yun tuo yi xiang lu qing bai zhi xing nan bo song chu jian hai jin "
            "qing shan heng hong rui jia rui hua yong tian li bo jia tong chuang sheng yuan de an "
            "tai xiang mao guang xin chang long feng run bai zhuo ming guang yuan li jin lang shu "
            "yu chuan nuan ye zhi zhou guo mi mu tang sui jiang hang tai gong da feng bang he xin "
            "yuan gu cheng mei cheng ye bei ning kang chen he yi yue yang cheng teng wei shun fei "
            "long kai xin feng"
        ).split(),
        strict=True,
    )
)
SURNAMES = list(
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦"
)
GIVEN = list(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红娥玲芬燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉"
)
STREETS = "人民 解放 建设 中山 工业 科技 商贸 兴业 文化 环城 创业 滨江 迎宾 富民 东风 朝阳 光明 和平 新华 长江".split()
BUILDINGS = ["", "", "", "1幢", "2幢301室", "A座1208室", "B栋", "五层", "三楼东侧", "工业园内"]
COMPANY_ENDS = ["有限公司", "有限责任公司", "股份有限公司"]
BUSINESS_ENDS = ["商行", "经营部", "店", "工作室", "加工厂"]
ENDS = tuple(sorted(COMPANY_ENDS + BUSINESS_ENDS, key=len, reverse=True))
SYNTHETIC = made_up.ZH

# What a company of a level-1 category calls its trade.
TRADES = {
    "HA": "电器", "EL": "电子科技", "LT": "照明", "TX": "纺织", "CL": "服饰", "FW": "鞋业", "BG": "箱包", "TY": "玩具", "IC": "婴童用品",
    "FN": "家具", "HM": "家居用品", "PC": "日化", "BD": "建材", "VH": "车业", "SP": "体育用品", "PP": "安防", "JW": "饰品", "FC": "包装",
    "FD": "食品", "CM": "化妆品",
}  # fmt: skip
SHOP_WORDS = "优选 旗舰店 臻品馆 家居店 生活馆 百货店 良品铺 源头工厂店 惠民店 精选店 专营店 万家店".split()
BRANCH_WORDS = ["一分公司", "二分公司", "电商分公司", "直营店", "网络销售部"]

# Share of units that are defective, by level-1 category, before all other effects: some 10 % of what is sold, from
# 2 % of food to 25 % of lamps. SAMR's announcements on national supervision spot checks: 12.3 % of 28,265 batches of
# 143 products in 2023 failed, 9.4 % of 19,440 in 2022, of which pupils' and children's goods 13.5 %, household
# appliances 17.7 %. What is sold most is better than what is checked: aimed checks find more.
DEFECTIVE_SHARE = {
    "HA": 0.07, "EL": 0.10, "LT": 0.165, "TX": 0.055, "CL": 0.08, "FW": 0.07, "BG": 0.065, "TY": 0.115, "IC": 0.08, "FN": 0.095,
    "HM": 0.05, "PC": 0.03, "BD": 0.09, "VH": 0.14, "SP": 0.08, "PP": 0.11, "JW": 0.065, "FC": 0.032, "FD": 0.016, "CM": 0.04,
}  # fmt: skip
# Middle price in yuan, by level-1 category.
MIDDLE_PRICE = {
    "HA": 180, "EL": 90, "LT": 80, "TX": 70, "CL": 120, "FW": 160, "BG": 150, "TY": 60, "IC": 110, "FN": 500, "HM": 80, "PC": 30,
    "BD": 90, "VH": 400, "SP": 130, "PP": 50, "JW": 200, "FC": 25, "FD": 45, "CM": 90,
}  # fmt: skip
# That of level-2 categories whose goods cost far more or less than others of their level 1.
MIDDLE_PRICE_OF_PRODUCTS = {
    "HA01": 90, "HA04": 1300, "HA06": 700, "HA07": 110, "HA08": 900, "EL02": 60, "EL03": 45, "EL05": 260, "LT02": 160, "LT04": 25,
    "TX01": 150, "TX02": 30, "TX03": 25, "TX04": 480, "CL02": 380, "CL03": 50, "CL05": 360, "BG01": 240, "BG03": 700, "TY04": 35,
    "IC01": 420, "IC02": 750, "IC04": 60, "FN01": 900, "FN02": 1500, "FN04": 1100, "HM03": 650, "HM04": 1500, "HM05": 180,
    "BD01": 180, "BD04": 800, "BD05": 150, "VH01": 2600, "VH02": 90, "VH03": 120, "VH04": 1600, "SP01": 1400, "SP02": 280,
    "PP01": 25, "PP03": 110, "JW02": 40, "FD02": 90, "FD03": 110,
}  # fmt: skip


def middle_price(category: str) -> float:
    """Return the middle price (yuan) of goods of a level-2 category."""
    return MIDDLE_PRICE_OF_PRODUCTS.get(category) or MIDDLE_PRICE[category[:2]]


# Share of listings, by level-1 category.
CATEGORY_WEIGHTS = {
    "HA": 8, "EL": 10, "LT": 5, "TX": 7, "CL": 16, "FW": 8, "BG": 5, "TY": 5, "IC": 6, "FN": 4, "HM": 7, "PC": 6, "BD": 4, "VH": 3,
    "SP": 3, "PP": 1, "JW": 3, "FC": 2, "FD": 5, "CM": 4,
}  # fmt: skip
# The standard that goods of a level-1 category claim, that of level-2 categories whose goods have a separate
# one, and the share of listings that name it. No count over whole platforms is published: the country follows
# the design.
CITES_STANDARD = 0.95
STANDARDS = {
    "HA": "GB 4706.1-2005", "EL": "GB 4943.1-2022", "LT": "GB 7000.1-2015", "TX": "GB 18401-2010", "CL": "GB 18401-2010",
    "FW": "GB 20400-2006", "BG": "QB/T 1333-2018", "TY": "GB 6675.1-2014", "IC": "GB 14748-2006", "FN": "GB 18584-2001",
    "HM": "GB 4806.9-2016", "PC": "GB/T 20810-2018", "BD": "GB 18580-2017", "VH": "GB 17761-2018", "SP": "GB 17498.1-2008",
    "PP": "GB 2626-2019", "JW": "GB 28480-2012", "FC": "GB 4806.7-2016", "FD": "GB 7100-2015", "CM": "GB/T 29665-2013",
}  # fmt: skip
STANDARDS_OF_PRODUCTS = {
    "EL01": "GB 31241-2022", "EL03": "GB/T 2099.1-2021", "LT04": "GB 24906-2010", "CL01": "GB 31701-2015",
    "FW02": "GB/T 15107-2013", "FW03": "GB 30585-2014", "FW04": "GB/T 15107-2013",
    "BG01": "QB/T 2155-2018", "BG03": "QB/T 1615-2018", "TY03": "GB 19865-2005", "IC02": "GB 27887-2011",
    "IC03": "GB 15979-2002", "IC04": "GB 4806.7-2016", "IC05": "GB 21027-2020", "FN02": "QB/T 1952.1-2012",
    "FN03": "GB 28007-2011", "FN04": "QB/T 1952.2-2011", "HM03": "GB 16410-2020",
    "HM04": "GB 6932-2015", "HM05": "GB 15066-2004", "HM06": "GB 4806.4-2016", "PC02": "GB 15979-2002", "PC03": "GB/T 26396-2011",
    "PC04": "GB 39669-2020", "BD01": "GB 18582-2020", "BD03": "GB 18145-2014", "BD04": "GB 21556-2008",
    "BD05": "GB/T 5023.3-2008", "VH02": "GB 811-2022", "VH03": "GB 5763-2018", "VH04": "GB/T 42825-2023",
    "SP02": "GB 18401-2010", "SP03": "GB 20096-2006", "PP02": "GB 4351.1-2005", "PP03": "GB 15322.2-2019",
    "FD02": "GB/T 14456.1-2017", "FD03": "GB 16740-2014", "FD04": "GB/T 1354-2018", "CM02": "QB/T 1977-2004",
}  # fmt: skip
# Tested item → the standard that holds it where its goods claim another one, and the subject of that standard.
STANDARDS_OF_ITEMS = {
    "N02": ("GB 2762-2022", "食品中污染物限量"),
    "N03": ("GB 2760-2024", "食品添加剂使用"),
    "N06": ("GB 7718-2011", "预包装食品标签"),
    "PK2": ("GB 4806.9-2016", "食品接触用金属材料及制品"),
    "PK3": ("GB 4806.9-2016", "食品接触用金属材料及制品"),
    "J06": ("GB/T 31912-2015", "饰品标识"),
    "JI6": ("GB/T 31912-2015", "饰品标识"),
}


def standard_of(category: str) -> str:
    """Return the number of the standard that goods of a level-2 category claim."""
    return STANDARDS_OF_PRODUCTS.get(category) or STANDARDS[category[:2]]


# Level-2 categories whose goods need CCC (certificate_type), and the kinds that goods of others state.
CERTIFICATE_DUE = (
    "HA01 HA02 HA03 HA04 HA05 HA07 HA08 EL01 EL02 EL03 LT01 LT02 LT03 TY01 TY03 IC01 IC02 HM03 HM04 BD05 "
    "VH01 VH02 PP02 PP03"
).split()
OTHER_KINDS = {"EL04": "radio_type_approval", "EL05": "radio_type_approval", "PP01": "medical_device"}
# Share of a category's goods for which its certificate is, where it is for some alone (certificate_scope): a
# helmet of a cyclist, a cable beyond the catalogue, a mask that is not medical needs none.
SCOPED = {"BD05": 0.9, "VH02": 0.75, "PP01": 0.4, "EL04": 0.92, "EL05": 0.96}
# Level-1 categories of whose other goods some have a voluntary certificate, and how many.
CERTIFIED_AT_WILL, AT_WILL = ("HA", "EL", "LT", "TY", "IC", "VH", "PP"), 0.25


def certified_share(category: str) -> float:
    """Return the share (0-1) of the goods of a level-2 category that ought to state a certificate, or that
    chose to have one where none is asked."""
    if category in CERTIFICATE_DUE or category in OTHER_KINDS:
        return SCOPED.get(category, 1.0)
    return AT_WILL if category[:2] in CERTIFIED_AT_WILL else 0.0


# Where makers, sellers and buyers are: province (two digits) → weight; other provinces have 1.
MAKER_PROVINCES = {
    "44": 26,
    "33": 24,
    "32": 12,
    "35": 10,
    "37": 7,
    "13": 5,
    "41": 4,
    "42": 3,
    "34": 3,
    "31": 3,
    "51": 2,
    "36": 2,
}
SELLER_PROVINCES = {
    "44": 18,
    "33": 16,
    "32": 9,
    "35": 8,
    "37": 6,
    "31": 6,
    "11": 6,
    "13": 4,
    "41": 4,
    "42": 4,
    "51": 4,
    "34": 3,
}
BUYER_PROVINCES = {
    "44": 12, "37": 10, "41": 10, "32": 9, "51": 8, "13": 7, "43": 7, "34": 6, "33": 7, "42": 6, "45": 5, "53": 5, "36": 5, "21": 4,
    "35": 4, "61": 4, "23": 3, "14": 3, "52": 4, "50": 3, "22": 2, "62": 2, "15": 2, "65": 3, "31": 3, "11": 3, "12": 1,
}  # fmt: skip

GIANTS = (0.24, 0.16, 0.11, 0.08, 0.06)  # shares of all sales
KINDS_OF_GIANTS = ["marketplace", "group_buying", "marketplace", "livestream", "marketplace"]
KINDS = ["marketplace", "group_buying", "livestream", "brand_store", "cross_border", "other"]
# The dialect of each platform, P01 first; the last eight are small enough for workbooks.
FAMILIES = (
    ["pipe_fen", "json_lines", "gb18030_csv", "parquet_typed", "json_nested"]
    + (
        "zipped_csv gb18030_csv joined_csv json_lines mixed_tsv pipe_fen parquet_typed "
        "json_nested zipped_csv joined_csv mixed_tsv"
    ).split()
    * 4
)[:49] + ["workbook"] * 8

# Weight of a day's sales by month, and of days around the two shopping festivals.
MONTHS = {
    1: 0.95,
    2: 0.62,
    3: 0.92,
    4: 0.93,
    5: 1.0,
    6: 1.22,
    7: 0.93,
    8: 0.95,
    9: 1.02,
    10: 1.06,
    11: 1.85,
    12: 1.15,
}
FESTIVALS = {(11, 11): 3.5, (11, 10): 1.6, (11, 12): 1.5, (6, 18): 2.6, (6, 17): 1.4, (12, 12): 1.6}

# Stars from five to one: most are five, and more are one than two (N. Hu, P. A. Pavlou, J. Zhang, Overcoming
# the J-shaped distribution of product reviews, Communications of the ACM 52(10), 2009).
STARS, STARS_DEFECTIVE = (0.88, 0.07, 0.03, 0.008, 0.012), (0.4, 0.12, 0.13, 0.12, 0.23)
# Of goods that hurt in an outbreak nearly all buyers write, and none praises them.
WRITE_HURT, STARS_HURT = 0.9, (0.0, 0.05, 0.1, 0.2, 0.65)
ALL_BUT = 0.95  # no goods fail more often

# Texts of reviews, by kind: praise, so-so. Not one is anybody's; those of a defect are in hazard_words.
REVIEWS = (
    (
        "合成评价：包装完好，做工不错。",
        "合成评价：和描述一致，物流很快。",
        "合成评价：回购第二次了，满意。",
        "合成评价：质量好，推荐。",
        "合成评价：性价比高。",
        "合成评价：家人很喜欢。",
    ),
    (
        "合成评价：一般，能用。",
        "合成评价：颜色与图片有差别。",
        "合成评价：物流慢了几天。",
        "合成评价：客服回复慢。",
        "合成评价：尺寸偏小。",
        "合成评价：包装有些破。",
    ),
)
