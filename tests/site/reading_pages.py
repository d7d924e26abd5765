"""Words of a page as a reader sees them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr", "col", "wbr"}
INLINE = {"a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup", "time", "tspan"}
SPOKEN = ("aria-label", "title", "placeholder", "alt")  # attributes that are read out or shown
TIP = {"zh": "data-en", "en": "data-zh"}  # language that is not shown → what a drawing shows when pointed at


def text_of(html: str) -> str:
    """Words of a page without its markup, style and script."""
    bare = re.sub(r"<(style|script)>.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare))


_RANGES = re.compile(
    r'<span class="zh" lang="zh-CN">[^<\u4e00-\u9fff]*～[^<\u4e00-\u9fff]*</span>'
    r'<span class="en" lang="en">([^<]*)</span>'
)


def english_ranges(html: str) -> str:
    """A part of a page (HTML) with the English form alone of ranges that stand for both languages."""
    return _RANGES.sub(r"\1", html)


class _Lines(HTMLParser):
    """``hidden``: the class of the language that is not shown."""

    def __init__(self, page: str, hidden: str):
        super().__init__()
        self._not_shown = hidden
        self.text: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        spoken = (*SPOKEN, TIP[self._not_shown])
        self.text += [f"\n{has[name]}\n" for name in spoken if has.get(name)]
        self.text += ["\n"] * (tag not in INLINE)
        classes = (has.get("class") or "").split()
        hidden = tag in ("style", "script", "code", "pre") or self._not_shown in classes
        if tag not in VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        self.text += ["\n"] * (tag not in INLINE)
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(hidden for _, hidden in self._open):
            self.text.append(data)


def english_lines(html: str) -> list[str]:
    """What an English reader sees or hears of a page, a line for each block, cell and spoken attribute."""
    return _lines(html, "zh")


def chinese_lines(html: str) -> list[str]:
    """What a Chinese reader sees or hears of a page, a line for each block, cell and spoken attribute."""
    return _lines(html, "en")


def _lines(html: str, hidden: str) -> list[str]:
    lines = "".join(_Lines(html, hidden).text).split("\n")
    return [stripped for line in lines if (stripped := re.sub(r"\s+", " ", line).strip())]
