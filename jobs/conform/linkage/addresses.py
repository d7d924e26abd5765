"""Split addresses into parts that can be compared: the address without regions, the street, the numbers."""

from __future__ import annotations

import re

import pandas as pd

from jobs.conform.linkage.regions import Regions
from jobs.conform.linkage.script import folded, without_remark

_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_NUMBER = re.compile(r"[〇零一二三四五六七八九十百]+(?=号|栋|幢|座|楼|层|单元|室|弄|组|期)")
_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_TOWNSHIP = re.compile(r"^[^0-9a-z]{1,6}?(?:街道|镇|乡)(?=.{3})")
_STREET = re.compile(
    r"^(.*?[^0-9a-z](?:大道|大街|路|街|巷|弄|胡同|道|园区|开发区|工业区|市场|广场|大厦|镇|乡|村|里))"
)
_NUMBERS = re.compile(r"[0-9]+")


def address_parts(addresses: pd.Series, regions: Regions) -> pd.DataFrame:
    """Split addresses into parts. ``addresses``: texts, null where there is none; ``regions``: names of
    regions, to be found in them. Returns one row per address, with its index.

    Columns: `address`, folded (`script.folded`), letters and digits only, with Chinese numerals before words
    such as 号 as digits, without regions and township at its beginning; `street`, the part of `address` up to
    and with the first word for a street or place (路, 街, 村 …); `numbers`, the numbers after that, joined by
    `-`. Each is null where there is none."""
    number, unique = pd.factorize(folded(addresses))
    parts = pd.DataFrame([_parts(text, regions) for text in unique], columns=["address", "street", "numbers"])
    return parts.astype("object").where(parts != "", None).iloc[number].set_axis(addresses.index)


def _parts(text: str, regions: Regions) -> tuple[str, str, str]:
    kept = re.sub(r"(?<=[0-9a-z])[-—–~/.]+(?=[0-9a-z])", "号", without_remark(text) or text)
    word = _CHINESE_NUMBER.sub(lambda m: _number(m.group()), _NOT_WORD.sub("", kept))
    rest = _TOWNSHIP.sub("", regions.without(word, keep=1))
    found = _STREET.match(rest)
    street = found.group(1) if found else ""
    return rest, street, "-".join(_NUMBERS.findall(rest[len(street) :]))


def _number(text: str) -> str:
    """三十五 → 35, 一二〇 → 120, 十 → 10."""
    if not set(text) & {"十", "百"}:
        return text.translate(_DIGITS)
    total, digit = 0, 0
    for c in text.translate(_DIGITS):
        if c == "百":
            total, digit = total + max(digit, 1) * 100, 0
        elif c == "十":
            total, digit = total + max(digit, 1) * 10, 0
        else:
            digit = int(c)
    return str(total + digit)
