"""Words by which a buyer says that goods are bad: broken, dangerous, not as described, not what they claim to be. Not how they were sent,
what they cost or whether they please. Kept by what they complain of, so that each can be argued about."""

from __future__ import annotations

import re

WORDS = {
    # Law on the protection of consumers' rights art 18, Product Quality Law art 26: no danger to persons and property.
    "danger": ("漏电", "触电", "起火", "着火", "冒烟", "爆炸", "自燃", "过热", "烫伤", "割伤", "划伤", "危险", "窒息", "中毒"),
    "health": ("刺鼻", "异味", "臭味", "甲醛", "过敏", "红疹", "红肿", "瘙痒", "掉色", "褪色", "发霉", "变质", "过期", "生虫"),
    # Art 26: it has the properties that it should have.
    "defect": (
        "坏了", "坏的", "坏掉", "故障", "失灵", "不能用", "用不了", "没法用", "断了", "断裂", "开裂", "裂了", "裂开", "裂缝", "开胶", "脱胶",
        "脱线", "开线", "破洞", "漏水", "漏油", "漏气", "生锈", "掉漆", "变形", "起球", "瑕疵", "残次", "次品", "质量差", "质量不好", "质量问题",
        "质量太差", "劣质", "做工差", "做工粗糙", "粗制滥造", "不耐用",
    ),
    # Art 26: it is as its label and page say.
    "description": ("与描述不符", "描述不符", "与页面描述不符", "货不对板", "虚假宣传", "材质不符", "成分不符", "参数不符", "缺斤少两", "虚标"),
    # Art 27 and 30: its marks, and no false ones.
    "authenticity": ("假货", "假冒", "冒牌", "仿冒", "山寨", "三无", "没有中文标识", "没有合格证", "无合格证", "没有生产日期", "没有厂名", "翻新", "二手"),
    "portuguese": (
        "defeito", "defeituos", "quebrad", "estragad", "falsificad", "não funciona", "nao funciona", "péssima qualidade", "má qualidade",
    ),
    "english": ("defective", "broken", "faulty", "counterfeit", "stopped working", "poor quality", "bad quality", "not as described", "unsafe"),
}
PATTERN = "(?i)" + "|".join(re.escape(word) for words in WORDS.values() for word in words)
