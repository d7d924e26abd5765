"""English names of laws that feeds name in Chinese as the basis of a penalty or an entry. Pure."""

from __future__ import annotations

import re
from functools import cache

_ENGLISH = {
    "商标法": "Trademark Law",
    "产品质量法": "Product Quality Law",
    "电子商务法": "E-commerce Law",
    "消费者权益保护法": "Law on the Protection of Consumer Rights and Interests",
    "反不正当竞争法": "Anti-Unfair Competition Law",
    "食品安全法": "Food Safety Law",
    "民事诉讼法": "Civil Procedure Law",
    "市场监督管理严重违法失信名单管理办法": (
        "Measures for the list of seriously unlawful and dishonest parties"
    ),
    "企业信息公示暂行条例": "Interim Regulation on the disclosure of enterprise information",
    "市场监督管理行政处罚信息公示规定": "Provisions on the publication of administrative penalties",
    "关于公布失信被执行人名单信息的若干规定": "Provisions on publishing the list of judgement defaulters",
}
_NAMED = re.compile(r"^《?(?P<law>.+?)》?(?:第(?P<article>[〇一二三四五六七八九十百]+)条)?$")
_DIGITS = "〇一二三四五六七八九"


def in_both(words: str) -> tuple[str, str]:
    """Return a legal basis that a feed states in Chinese, in Chinese and English: 商标法第五十七条 →
    《商标法》第五十七条, "Trademark Law, Article 57". A law that is not known here is returned unchanged in
    both."""
    found = _NAMED.match(words)
    english = _ENGLISH.get(found["law"]) if found is not None else None
    if found is None or english is None:
        return words, words
    article = _articles().get(found["article"])
    chinese = f"《{found['law']}》" + (f"第{found['article']}条" if found["article"] else "")
    return chinese, english if article is None else f"{english}, Article {article}"


@cache
def _articles() -> dict[str, int]:
    """Each number of an article as it is cited: 四十六 → 46."""
    return {number(value): value for value in range(1, 1000)}


def number(value: int) -> str:
    """Return a whole number from 1 to 999 in Chinese numerals, as articles are cited: 46 → 四十六, 266 →
    二百六十六. IndexError from 1,000 on."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    if not hundreds:
        ten = "" if not tens else "十" if tens == 1 else _DIGITS[tens] + "十"
    else:  # 110 is 一百一十 and 105 一百〇五
        ten = _DIGITS[tens] + "十" if tens else "〇" if ones else ""
    return (_DIGITS[hundreds] + "百" if hundreds else "") + ten + (_DIGITS[ones] if ones else "")
