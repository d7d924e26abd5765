"""Which names of sellers, producers and other parties may be shown: those of organisations; a natural
person's never. Pure.

Shared by all rooms whose rows reach the site, an outbox or a published bundle (Personal Information
Protection Law of 2021). A name that might be a person's is withheld: to have said too little can be put right
later.
"""

from __future__ import annotations

import re

import pandas as pd

WITHHELD = "自然人经营者"
COMPANY, BUSINESS, PERSON = "company", "individual_business", "natural_person"
# Words that only an organisation's or a shop's name holds, wherever they stand.
_WORDS = (
    "公司",
    "集团",
    "厂",
    "店",
    "商行",
    "经营部",
    "门市部",
    "工作室",
    "合作社",
    "企业",
    "商场",
    "商城",
    "超市",
    "百货",
    "商贸",
    "贸易",
    "批发",
    "中心",
    "研究院",
    "研究所",
    "事务所",
    "协会",
    "学校",
    "医院",
    "作坊",
    "专柜",
    "有限合伙",
)
_LATIN = re.compile(
    r"\b(?:co|ltd|limited|inc|llc|corp|corporation|company|gmbh|group|factory|store|shop|trading|industr(?:y|ies)|manufactur\w+)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(r"[(（\[【〔].*?[)）\]】〕]")
_HAN = re.compile(r"[㐀-鿿]+")
# A person of Han has two to four characters; other peoples part given name and father's name by a dot; in
# Latin script two to four words.
_LONGEST_PERSON = 4
_DOTTED = re.compile(r"[㐀-鿿]+[·•・‧∙][㐀-鿿·•・‧∙]+")
_LATIN_PERSON = re.compile(r"[A-Z][A-Za-z'’.-]*(?:[ ,]+[A-Z][A-Za-z'’.-]*){1,3}")
# GB 32100: registered with market regulation (9) as an enterprise (1), an individual business (2) or a
# farmers' cooperative (3).
_OF_CODE = {"91": COMPANY, "92": BUSINESS, "93": COMPANY}


def public_names(names: pd.Series, kinds: pd.Series) -> pd.Series:
    """``names`` as they may be shown, WITHHELD where they may not, missing where there is none; index as in
    ``names``.

    ``kinds``: what each party is (`company`, `individual_business`, `natural_person`; missing where that is
    not known). A name with a word of an organisation in it is shown, whoever bears it; one without only of a
    company, or of an individual business (its 字号) where it does not look like a person's.
    """
    shown = [may_be_shown(name, kind) for name, kind in zip(names, kinds, strict=True)]
    return (
        names.astype(object)
        .where(names.notna(), None)
        .mask(names.notna() & ~pd.Series(shown, names.index, dtype=bool), WITHHELD)
    )


def may_be_shown(name: str | None, kind: str | None) -> bool:
    """Whether one name may be shown; a missing one may not."""
    if name is None or pd.isna(name):
        return False
    if any(word in name for word in _WORDS) or _LATIN.search(name):
        return True
    return kind == COMPANY or (kind == BUSINESS and not _like_a_person(_REMARK.sub("", name).strip()))


def kind_of_code(uscc: pd.Series) -> pd.Series:
    """What a unified social credit code says of its holder (GB 32100-2015): COMPANY, BUSINESS, or None; other
    registers are None."""
    return uscc.astype(object).where(uscc.notna(), "").str[:2].map(_OF_CODE)


def _like_a_person(name: str) -> bool:
    bare = re.sub(r"\s+", "", name)
    if _DOTTED.fullmatch(bare) or _LATIN_PERSON.fullmatch(name):
        return True
    return len(bare) <= _LONGEST_PERSON and _HAN.fullmatch(bare) is not None


def without_names(text: str | None, withheld: set[str]) -> str | None:
    """``text`` with each name of ``withheld`` (names that were not shown beside it) replaced by WITHHELD, the
    longest first."""
    if text is None or pd.isna(text):
        return None
    for name in sorted(withheld, key=len, reverse=True):
        text = text.replace(name, WITHHELD)
    return text
