"""Split names of operators into parts that can be compared: the whole name, and its core without region,
legal form and branch."""

from __future__ import annotations

import re

import pandas as pd

from jobs.conform.linkage.regions import Regions
from jobs.conform.linkage.script import CLOSED, OPEN, folded, without_remark
from jobs.deployment import deployment

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
_BRACKETS = re.compile(rf"[{OPEN}]([^{CLOSED}]*)[{CLOSED}]?")
_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_BRANCH = re.compile(r"(公司|集团|合作社|厂|商行|经营部|工作室)[^公厂]{1,10}(?:分公司|店|处|部)$")
_NUMBERED = re.compile(r"第?[0-9一二三四五六七八九十]+(?:号店|分店|店|分公司)$")
_SHORTEST = 2


def name_parts(names: pd.Series, regions: Regions) -> pd.DataFrame:
    """Split names of operators into parts. ``names``: texts, null where there is none; ``regions``: names of
    regions, to be found in them. Returns one row per name, with its index.

    Columns: `name`, folded (`script.folded`), letters and digits only; `core`, the name without remarks at
    its end, a region at its beginning or in brackets, legal form and branch. A part is removed only where at
    least two characters are left. Each is null where there is no name."""
    number, unique = pd.factorize(folded(names))
    endings = _endings(deployment().names.legal_forms)
    parts = pd.DataFrame([_parts(text, regions, endings) for text in unique], columns=["name", "core"])
    return parts.astype("object").where(parts != "", None).iloc[number].set_axis(names.index)


def _endings(legal_forms: tuple[str, ...]) -> tuple[str, ...]:
    """What comes off the end of a name, longest first: legal forms (the deployment's) and ADDED."""
    return tuple(sorted((*legal_forms, *ADDED), key=lambda e: (-len(e), e)))


def _parts(text: str, regions: Regions, endings: tuple[str, ...]) -> tuple[str, str]:
    whole = _NOT_WORD.sub("", text)
    head = without_remark(text)
    core = _NOT_WORD.sub("", _BRACKETS.sub(lambda m: _bracketed(m.group(1), regions, endings), head))
    core = core if len(core) >= _SHORTEST else whole
    return whole, regions.without(_without_endings(_BRANCH.sub(r"\1", core), endings))


def _bracketed(inside: str, regions: Regions, endings: tuple[str, ...]) -> str:
    """What brackets hold stays unless it is a region, a legal form or a branch."""
    word = _NOT_WORD.sub("", inside)
    ending = word in endings or word.endswith(ADDED)
    said = ending or regions.is_region(word) or bool(_NUMBERED.search(word))
    return "" if said or word.endswith("店") else word


def _without_endings(text: str, endings: tuple[str, ...]) -> str:
    while True:
        shorter = _NUMBERED.sub("", text)
        if text.endswith(endings) and len(shorter) == len(text):
            shorter = text[: -len(next(e for e in endings if text.endswith(e)))]
        if len(shorter) < _SHORTEST or shorter == text:
            return text
        text = shorter
