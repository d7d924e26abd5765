"""Marks between phrases of a page: full-width where Chinese is read, half-width where English is
(GB/T 15834-2011, 4 and 5.1).

A template sets marks between phrases that stand in both languages. They go into the phrases, each in its
language's form, which adds no element.
"""

from __future__ import annotations

import re

_PAIR = r'<span class="zh" lang="zh-CN">[^<]*</span><span class="en" lang="en">[^<]*</span>'
_PARTS = re.compile(r'<span class="zh" lang="zh-CN">([^<]*)</span><span class="en" lang="en">([^<]*)</span>')
# In brackets: phrases, and text without an element between them.
_BRACKETS = re.compile(rf"\s*\(((?:[^<>()]|{_PAIR})*)\)")
# Behind a phrase, also where it is stressed, small or a link.
_BEHIND = re.compile(rf'(<span class="small">)?({_PAIR})(</span>|(?:</(?:a|strong|b)>)+)?([:;,.](?: |(?=<)))')
_SPACED = re.compile("[:;,] ")
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_ENDS_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff”）》]$")
_WIDE = {":": "：", ";": "；", ",": "，", ".": "。"}


def marked(html: str) -> str:
    """The page with its marks in the form of each language."""
    return _BEHIND.sub(_behind, _BRACKETS.sub(_brackets, html))


def _pair(zh: str, en: str) -> str:
    return f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>'


def _brackets(found: re.Match[str]) -> str:
    inside = _BEHIND.sub(_behind, found[1])
    if not _CHINESE.search(inside) or "<" not in inside:
        return found[0]
    zh, en = _PARTS.sub(r"\1", inside), _PARTS.sub(r"\2", inside)
    zh = _SPACED.sub(lambda mark: _WIDE[mark[0][0]], zh)
    before = "" if found[0].startswith("(") else " "
    return _pair(f"（{zh}）", f"{before}({en})")


def _behind(found: re.Match[str]) -> str:
    small, phrase, end, mark = (part or "" for part in found.groups())
    zh, en = _PARTS.fullmatch(phrase).groups()  # type: ignore[union-attr]  # it is a pair
    if not _ENDS_CHINESE.search(zh) or (end == "</span>" and not small):
        return found[0]
    wide = _WIDE[mark[0]]
    if "</a>" in end:  # the mark is no part of the link
        return small + phrase + end + _pair(wide, mark)
    return small + _pair(zh + wide, en + mark) + end
