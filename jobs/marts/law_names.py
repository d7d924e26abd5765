"""English names of laws that feeds name in Chinese as the basis of a penalty or an entry, and how it is said
that the text of a rule was not read itself. Pure."""

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
    "市场监督管理严重违法失信名单管理办法": (
        "Measures for the list of seriously unlawful and dishonest parties"
    ),
    "企业信息公示暂行条例": "Interim Regulation on the disclosure of enterprise information",
    "市场监督管理行政处罚信息公示规定": "Provisions on the publication of administrative penalties",
    "最高人民法院关于公布失信被执行人名单信息的若干规定": (
        "Provisions of the Supreme People's Court on publishing the list of judgement defaulters"
    ),
    "民事诉讼法": "Civil Procedure Law",
}
_NAMED = re.compile(r"^《?(?P<law>.+?)》?(?:第(?P<article>[〇零一二三四五六七八九十百]+)条)?$")
_DIGITS = "〇一二三四五六七八九"
# Status of a rule (citation_status.csv) whose text was not read itself → what stands beside the rule, in
# Chinese and English.
NOT_READ = {
    "mirror": ("条文据转载文本核对", "checked against a reprint of the text"),
    "unverified": ("未核对条文", "text of the law not checked"),
}


def in_both(words: str) -> tuple[str, str]:
    """Return a legal basis that a feed states in Chinese, in Chinese and English: 商标法第五十七条 →
    《商标法》第五十七条, "Trademark Law, Article 57". A law that is not known here is returned unchanged in
    both. An article that is filed as 一百〇五 or 一〇五 is returned as laws write it: 一百零五."""
    found = _NAMED.match(words)
    english = _ENGLISH.get(found["law"]) if found is not None else None
    if found is None or english is None:
        return words, words
    if not found["article"]:
        return f"《{found['law']}》", english
    article = _articles().get(found["article"].replace("〇", "零"))
    if article is None:
        return f"《{found['law']}》第{found['article']}条", english
    return f"《{found['law']}》第{number(article)}条", f"{english}, Article {article}"


@cache
def _articles() -> dict[str, int]:
    """Each number of an article as it is cited, 四十六 → 46, and by its digits alone: 四六."""
    digits = str.maketrans("0123456789", _DIGITS.replace("〇", "零"))
    by_digits = {str(value).translate(digits): value for value in range(10, 1000)}
    return by_digits | {number(value): value for value in range(1, 1000)}


def number(value: int) -> str:
    """Return a whole number from 1 to 999 in Chinese numerals, as articles are cited: 46 → 四十六, 105 →
    一百零五. IndexError from 1000 on."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    if hundreds:
        between = "" if tens > 1 or not rest else "一" if tens else "零"
        return f"{_DIGITS[hundreds]}百{between}" + (number(rest) if rest else "")
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
