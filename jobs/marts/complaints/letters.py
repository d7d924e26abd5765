"""Divides letters (texts of complaints) about several matters into parts, and finds the platform, product and
hazards that each part names. Pure.

Texts are folded (`jobs.conform.linkage.script.folded`: lower case, simplified characters, single blanks)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from jobs.marts.complaints.cues import any_of
from jobs.marts.complaints.reading import SURE, Products, Vocabulary, hazards_of

CHINESE = "一二三四五六七八九"
_NUMBER = f"[{CHINESE}1-9]"
_START = r"(?:^|(?<=[\s。;:,!?、]))"
# How the matters of a folded text are numbered; one style a letter.
_STYLES = (
    re.compile(rf"{_START}({_NUMBER})(?:、|[.](?!\d))"),
    re.compile(rf"第({_NUMBER})(?:[,、:]|[点个件]|是)"),
    re.compile(rf"\(({_NUMBER})\)"),
    re.compile(rf"{_START}([1-9])\)"),
    re.compile(rf"(?<![唯之第统万])([{CHINESE}])是"),
    re.compile(rf"其([{CHINESE}])[,、:是]"),
)
# 另外 begins another matter, unless it goes on with what the goods did or what is asked for.
_BESIDES = re.compile(
    r"(?:另外|此外|另(?=在|购|买|反映|投诉))(?!,?(?:还|也)?(?:把|将|导致|造成|要求|请求|烧|损|砸|弄|赔))"
)
# What follows 另外 is another matter where its clause says so, or reports a fault that is not damage to
# other property.
_NEWS = re.compile("购|买|反映|投诉")
_AT = re.compile("(?<![放摆搁])在")
_DAMAGED = re.compile("[被也].{0,4}[烧损坏砸]")
_PRAISE = re.compile("没有?(?:问题|毛病|事)|不错")
# What an order does not say of its goods: a fault, or a request.
_FAULT = re.compile(
    "[坏裂漏破损缺错假旧臭断退换赔没未无慢差骗霉]|不(?![锈粘倒])|异味|怪味|有味|发烫|发热|过热|频闪|生锈|松动|脱落"
    "|卡住|噪|问题|故障|投诉|反映|举报|要求|请求|维修|查处"
)
_FIRST = re.compile(r"[\s,:]*[^\s。;:,!?]*")  # the first clause, in which what 另外 begins names its goods
# Circled figures are figures alone once texts are folded; (1) stays a mark.
_CIRCLED = {first + n: f"({n + 1})" for first in (0x2460, 0x2776, 0x2780) for n in range(9)}


@dataclass(frozen=True)
class Part:
    """What one part of a letter names. ``platform``, ``category``: codes, None where it names none;
    ``hazards``, ``unsure``: sorted codes of the hazards that its text reports for sure, and of those that it
    may report; both None where no text was read."""

    platform: str | None
    category: str | None
    hazards: list[str] | None
    unsure: list[str] | None


class Platforms:
    """Finds platforms by their Chinese names. ``platform``: silver.platform, platform_code and name_zh; of
    two with one name the smaller code counts."""

    def __init__(self, platform: pd.DataFrame) -> None:
        named = platform[platform["name_zh"].notna() & platform["name_zh"].ne("")]
        named = named.sort_values("platform_code", ascending=False)
        self._codes = dict(zip(named["name_zh"].str.lower(), named["platform_code"], strict=True))
        self._name = any_of(self._codes)

    def of(self, text: str) -> str | None:
        """Return the code of the platform that a folded text names first; None where it names none."""
        met = self._name.search(text)
        return self._codes[met.group()] if met else None


def with_marks(texts: pd.Series) -> pd.Series:
    """Return ``texts`` with circled figures (①) written as figures in brackets, (1). It is applied before
    `folded`, which would turn ① into a bare 1 that no longer shows where a matter begins. Index as in
    ``texts``; missing ones stay missing."""
    return texts.str.translate(_CIRCLED)


def parts_of(text: str, vocabulary: Vocabulary, platforms: Platforms) -> list[Part]:
    """Return what each matter of a letter names, in the order of the text; [] where the letter is about one
    matter.

    ``text``: folded, after `with_marks`; ``vocabulary``, ``platforms``: find hazards, products and platforms.
    A text is about several matters where it numbers them, or adds one with 另外 or 此外 (besides), and where
    all name different products or all name different platforms. Goods that are only said to have been
    ordered, damaged or praised are no matter. A platform named before the first number counts for each part
    that names none."""
    before, texts = divided(text, vocabulary, platforms)
    shared = platforms.of(before)
    found = []
    for part in texts:
        hazards = {code: confidence for code, (confidence, _) in hazards_of(part, vocabulary).items()}
        sure = sorted(code for code, confidence in hazards.items() if confidence == SURE)
        unsure = sorted(set(hazards) - set(sure))
        found.append(Part(platforms.of(part) or shared, vocabulary.products.of(part), sure, unsure))
    return found


def divided(text: str, vocabulary: Vocabulary, platforms: Platforms) -> tuple[str, list[str]]:
    """Divide a folded text (after `with_marks`) into its matters. Returns (before, texts): the text before
    the first number, '' where the matters are not numbered; and the text of each matter in order, without its
    number or 另外.

    A text that is about one matter, as `parts_of` defines it, is returned whole as ``before``, with an empty
    list."""
    products = vocabulary.products
    for style in _STYLES:
        marks = list(style.finditer(text))
        if len(marks) > 1 and [_number(m.group(1)) for m in marks] == list(range(1, len(marks) + 1)):
            texts = _between(text, [(m.start(), m.end()) for m in marks])
            if _several(texts, products, platforms) and all(_complains(part, vocabulary) for part in texts):
                return text[: marks[0].start()], texts
    marks = list(_BESIDES.finditer(text))
    if 0 < len(marks) < len(CHINESE):
        texts = _between(text, [(0, 0), *((m.start(), m.end()) for m in marks)])
        opening = [texts[0], *(_FIRST.findall(part)[0] for part in texts[1:])]
        own = all(platforms.of(part) or _own_matter(part, vocabulary) for part in opening[1:])
        if own and _several(opening, products, platforms):
            return "", texts
    return text, []


def _complains(part: str, vocabulary: Vocabulary) -> bool:
    """Whether a part reports a fault or asks for something, and is more than goods that were ordered."""
    return bool(_FAULT.search(_PRAISE.sub("", part)) or hazards_of(part, vocabulary))


def _own_matter(opening: str, vocabulary: Vocabulary) -> bool:
    """Whether what begins with 另外 is neither praise nor other property that was damaged."""
    if _DAMAGED.search(opening) and not _NEWS.search(opening):
        return False
    said = _NEWS.search(opening) or _AT.search(opening)
    return bool(said) or _complains(opening, vocabulary)


def _between(text: str, marks: list[tuple[int, int]]) -> list[str]:
    ends = [*(start for start, _ in marks[1:]), len(text)]
    return [text[mark[1] : end] for mark, end in zip(marks, ends, strict=True)]


def _several(texts: list[str], products: Products, platforms: Platforms) -> bool:
    return _differ(map(products.of, texts)) or _differ(map(platforms.of, texts))


def _differ(values: Iterable[str | None]) -> bool:
    """Whether all are known and no two are the same."""
    known = list(values)
    return None not in known and len(set(known)) == len(known)


def _number(mark: str) -> int:
    return CHINESE.index(mark) + 1 if mark in CHINESE else int(mark)
