"""Compares titles of goods, to find goods that are offered again under a similar title. Pure."""

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
    """Return titles in the form that `similarity` and `codes` compare: simplified characters, half width and
    lower case, without brackets and their contents, without words of advertising (ADVERTISED), and with
    Chinese characters, a to z and digits only. Text, index as in ``titles``; '' where the title is missing or
    nothing is left of it."""
    return folded(titles).map(_stripped)


def _stripped(title: str) -> str:
    return _ELSE.sub("", _ADVERTISED.sub(" ", _BRACKETS.sub(" ", without_remark(title))))


def codes(title: str) -> frozenset[str]:
    """Return the runs of letters and digits in a title (after `plain`) that may name a model: those with at
    least one digit and at least SHORTEST (3) characters."""
    return frozenset(run for run in _CODES.findall(title) if len(run) >= SHORTEST)


def similarity(first: str, second: str) -> float:
    """Return how similar two titles (after `plain`) are, from 0 to 1: Dice's coefficient of their sets of
    pairs of neighbouring characters (L. R. Dice, Ecology 26, 1945, 297-302).

    It is 0 where both contain codes that may name a model (`codes`) and have none in common, since titles of
    one brand's goods differ in little else; and 0 where both have fewer than two characters."""
    one, two = codes(first), codes(second)
    if one and two and not one & two:
        return 0.0
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (first, second)]
    total = len(pairs[0]) + len(pairs[1])
    return 2 * len(pairs[0] & pairs[1]) / total if total else 0.0
