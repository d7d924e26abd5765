"""How alike two titles of goods are. Pure."""

from __future__ import annotations

import re

import pandas as pd

from jobs.conform.linkage.script import folded, without_remark

ADVERTISED = [
    *"官方同款 官方正品 厂家直销 工厂直销 正品 包邮 现货 新款 热卖 爆款".split(),
    *"特价 促销 同款 清仓 秒杀 限时 型号 货号 款号".split(),
]
_ADVERTISED = re.compile("|".join(sorted(ADVERTISED, key=len, reverse=True)))
_BRACKETS = re.compile(r"[(\[{<〈《「『【〔][^)\]}>〉》」』】〕]*[)\]}>〉》」』】〕]")
_ELSE = re.compile(r"[^0-9a-z一-龥]+")
_CODES = re.compile(r"[0-9a-z]*[0-9][0-9a-z]*")
SHORTEST = 3  # characters of a run of letters and digits that names a model or a size


def plain(titles: pd.Series) -> pd.Series:
    """Titles in one script and width, small letters, without brackets, words of advertising, blanks and
    marks; '' where missing."""
    return folded(titles).map(_stripped)


def _stripped(title: str) -> str:
    return _ELSE.sub("", _ADVERTISED.sub(" ", _BRACKETS.sub(" ", without_remark(title))))


def codes(title: str) -> frozenset[str]:
    """Runs of letters and digits of a plain title that may be a model: with a digit, three characters at
    least."""
    return frozenset(run for run in _CODES.findall(title) if len(run) >= SHORTEST)


def similarity(first: str, second: str) -> float:
    """0 to 1 for two plain titles: Dice's coefficient of their pairs of neighbouring characters (L. R. Dice,
    Ecology 26, 1945, 297-302). 0 where both name models and none is the same, as the titles of one brand's
    goods differ in little else; 0 for titles of fewer than two characters."""
    one, two = codes(first), codes(second)
    if one and two and not one & two:
        return 0.0
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (first, second)]
    total = len(pairs[0]) + len(pairs[1])
    return 2 * len(pairs[0] & pairs[1]) / total if total else 0.0
