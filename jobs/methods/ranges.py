"""Ranges of numbers as pages print them, one function for each language: Chinese with ～ and the per cent
sign at both ends (GB/T 15834-2011, GB/T 15835-2011), English with an en dash. Pure."""

from __future__ import annotations

import re

_SIGNS = ("−", "-", "+", "±")
_NUMBER = r"[−+±]?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?%?"
# The upper limit of a ratio may be without end. No part of a code, a date or the like is a range.
_RANGE = re.compile(rf"(?<![0-9A-Za-z.,/_–～-])({_NUMBER})(–| to )({_NUMBER}|∞)(?![0-9A-Za-z–_/]|[.,-][0-9])")
_YEAR = re.compile("(?:19|20)[0-9]{2}")  # GB 1234–2020 is the number of a standard


def chinese(low: str, high: str) -> str:
    """Return two limits (texts, such as "−5" or "16.3%") as a range: "−5～20", "7.8%～16.3%". A lower limit
    without % takes that of the upper one, as the sign stands at both ends in Chinese: ("7.8", "16.3%") gives
    "7.8%～16.3%"."""
    sign = "%" if high.endswith("%") and not low.endswith("%") else ""
    return f"{low}{sign}～{high}"


def english(low: str, high: str) -> str:
    """Return two limits (texts, such as "−5" or "16.3%") as a range: "7.8–16.3%", and "−5 to 20" where one of
    them has a sign, beside which a dash would read as another minus. With a dash the lower limit loses a %
    that the upper has."""
    if low.startswith(_SIGNS) or high.startswith(_SIGNS):
        return f"{low} to {high}"
    return f"{low.removesuffix('%') if high.endswith('%') else low}–{high}"


def in_chinese(text: str) -> str:
    """Return a text with each range that is written as in English (`english`) written as in Chinese
    (`chinese`). What may be no range stays as it is: one that ends with a year (GB 1234–2020), "a to b"
    without a sign, and parts of a code or a date."""
    if "–" not in text and " to " not in text:
        return text
    return _RANGE.sub(_chinese, text)


def _chinese(found: re.Match[str]) -> str:
    low, dash, high = found.groups()
    signed = low.startswith(_SIGNS) or high.startswith(_SIGNS)
    if _YEAR.fullmatch(high) or (dash == " to " and not signed):
        return found[0]
    return chinese(low, high)


def with_ranges(text: str, pair: str) -> str:
    """Return a text that stands for both languages with each range that `in_chinese` would rewrite as
    ``pair`` writes it: a format of the Chinese and the English form, {0} and {1}."""

    def both(found: re.Match[str]) -> str:
        zh = _chinese(found)
        return found[0] if zh == found[0] else pair.format(zh, found[0])

    return _RANGE.sub(both, text)
