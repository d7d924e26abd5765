"""Names of operators as parts that can be compared: the whole name, and its core without region, legal form
and branch."""

from __future__ import annotations

import re

import pandas as pd

from jobs.conform.linkage.regions import Regions
from jobs.conform.linkage.script import CLOSED, OPEN, folded, without_remark

# Legal forms and their abbreviations at the end of a name; longest first, taken off one after another.
FORMS = (
    "股份有限责任公司",
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "股份公司",
    "有限公司",
    "责任公司",
    "集团公司",
    "总公司",
    "公司",
    "有限责任",
    "股份有限",
    "有限合伙",
    "普通合伙",
    "合伙企业",
    "个人独资企业",
    "个人独资",
    "个体工商户",
    "个体户",
    "个体",
    "专业合作社",
    "合作社",
    "企业",
    "集团",
    "有限",
    "股份",
    "商行",
    "经营部",
    "门市部",
    "工作室",
    "加工厂",
    "商店",
    "厂",
    "店",
    "coltd",
    "ltd",
    "inc",
    "llc",
    "corp",
    "company",
)
# What a shop or a branch adds to the name of its operator.
ADDED = (
    "官方旗舰店",
    "旗舰店",
    "专卖店",
    "专营店",
    "直营店",
    "官方店",
    "企业店",
    "网店",
    "总店",
    "分店",
    "分公司",
    "办事处",
    "经销处",
    "销售部",
    "官方",
)
_ENDINGS = tuple(sorted((*FORMS, *ADDED), key=lambda e: (-len(e), e)))
_BRACKETS = re.compile(rf"[{OPEN}]([^{CLOSED}]*)[{CLOSED}]?")
_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_BRANCH = re.compile(r"(公司|集团|合作社|厂|商行|经营部|工作室)[^公厂]{1,10}(?:分公司|店|处|部)$")
_NUMBERED = re.compile(r"第?[0-9一二三四五六七八九十]+(?:号店|分店|店|分公司)$")
_SHORTEST = 2


def name_parts(names: pd.Series, regions: Regions) -> pd.DataFrame:
    """Columns `name` (folded, letters and digits only) and `core` (without remarks, region at its head or in
    brackets, legal form, branch);
    null where there is nothing. A core has at least two characters: what would leave less stays on."""
    plain = folded(names)
    unique = plain.drop_duplicates()
    parts = pd.DataFrame(
        [_parts(text, regions) for text in unique], columns=["name", "core"], index=unique.to_numpy()
    )
    found = parts.reindex(plain.to_numpy())
    found.index = names.index
    return found.astype("object").where(found.notna() & (found != ""), None)


def _parts(text: str, regions: Regions) -> tuple[str, str]:
    whole = _NOT_WORD.sub("", text)
    head = without_remark(text)
    core = _NOT_WORD.sub("", _BRACKETS.sub(lambda m: _bracketed(m.group(1), regions), head))
    core = core if len(core) >= _SHORTEST else whole
    return whole, regions.without(_without_endings(_BRANCH.sub(r"\1", core)))


def _bracketed(inside: str, regions: Regions) -> str:
    """What brackets hold stays unless it is a region, a legal form or a branch."""
    word = _NOT_WORD.sub("", inside)
    said = word in _ENDINGS or word.endswith(ADDED) or regions.is_region(word) or bool(_NUMBERED.search(word))
    return "" if said or word.endswith("店") else word


def _without_endings(text: str) -> str:
    while True:
        shorter = _NUMBERED.sub("", text)
        if text.endswith(_ENDINGS) and len(shorter) == len(text):
            shorter = text[: -len(next(e for e in _ENDINGS if text.endswith(e)))]
        if len(shorter) < _SHORTEST or shorter == text:
            return text
        text = shorter
