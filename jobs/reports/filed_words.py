"""Marks names and texts that parties filed only in Chinese as Chinese (lang="zh"), so that a page read in
English says so ("(zh)" behind them, by the style) and a screen reader pronounces them correctly."""

from __future__ import annotations

import re

_SIGNS = "\u3400-\u4dbf\u4e00-\u9fff"
_SIGN = f"[{_SIGNS}]"
# A cell that begins with Chinese, or an element of Chinese alone. Phrases in both languages, which most
# elements are, name theirs. Nothing is matched twice (*+): these patterns look at all characters of the site.
_HAN = f"[^<{_SIGNS}]*+{_SIGN}[^<]*+"
_MORE = "((?: [^<>]*+)?+)"
_ALONE = re.compile(
    f"<(td|th){_MORE}>({_HAN})"
    f'|<(a|b|code|h1|li|p|span(?! class="(?:zh|en)")|strong){_MORE}>({_HAN})(?=</|<br>)'
)
_BOTH = re.compile("[\u3400-\u9fff].* / .*[A-Za-z]")  # a text that stands in both languages
# What is between two phrases: drawings and marked elements are left as they are; other Chinese is a run.
_PHRASE, _CONTENT = '<span class="zh" lang="zh-CN">', "<body"
_GUIDE = '<div class="en guide"'  # its Chinese part stands before it
_BETWEEN = re.compile(
    rf'<svg.*?</svg>|<[a-z0-9]+(?: [^<>]*)? lang="zh[^<>]*>[^<]*|>([^<>{_SIGNS}]*+{_SIGN}[^<>]*+)(?=<|\Z)',
    re.DOTALL,
)
_ANY = re.compile(_SIGN)
_RUN = re.compile(f"[“《（【]?{_SIGN}(?:[^<>]*[\u3400-\u4dbf\u4e00-\u9fff”》）】。])?[0-9A-Za-z]*")


def in_chinese(html: str) -> str:
    """Return a page (HTML) with lang="zh" on each element whose text is Chinese without an English version
    next to it, and on Chinese words within other text."""
    return _runs(_ALONE.sub(_marked, html))


def _marked(found: re.Match[str]) -> str:
    name, attributes, text = found.groups()[:3] if found[1] else found.groups()[3:]
    if " lang=" in attributes or _BOTH.search(text):
        return found[0]
    return f'<{name}{attributes} lang="zh">{text}'


def _runs(html: str) -> str:
    """Mark the parts of a page outside of phrases in both languages. Most of a page's Chinese is in such
    phrases, so the page is split at them first, which is fast."""
    begin = max(html.find(_GUIDE), html.find(_CONTENT), 0)
    first, *parts = html[begin:].split(_PHRASE)
    made = [html[:begin], _outside(first)]
    for part in parts:
        end = part.find("</span>")
        made += [_PHRASE, part[:end], _outside(part[end:])]
    return "".join(made)


def _outside(part: str) -> str:
    return _BETWEEN.sub(_wrapped, part) if _ANY.search(part) else part


def _wrapped(found: re.Match[str]) -> str:
    text = found[1]
    if text is None or _BOTH.search(text):
        return found[0]
    return ">" + _RUN.sub(lambda run: f'<span lang="zh">{run[0]}</span>', text)
