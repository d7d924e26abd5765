"""Names and texts that parties filed in Chinese alone: marked as Chinese, so that a page read in English says
so and a screen reader pronounces them."""

from __future__ import annotations

import re

# A cell that begins with Chinese, or an element of Chinese alone. Phrases in both languages name theirs.
_HAN = "[^<]*[\u3400-\u4dbf\u4e00-\u9fff][^<]*"
_ALONE = re.compile(
    f"<(td|th)((?: [^<>]*)?)>({_HAN})|<(a|b|h1|li|p|span|strong)((?: [^<>]*)?)>({_HAN})(?=</|<br>)"
)
_BOTH = re.compile("[\u3400-\u9fff].* / .*[A-Za-z]")  # a text that stands in both languages


def in_chinese(html: str) -> str:
    """The page with lang="zh" on each element whose own words are Chinese and have no English beside."""
    return _ALONE.sub(_marked, html)


def _marked(found: re.Match[str]) -> str:
    name, attributes, text = found.groups()[:3] if found[1] else found.groups()[3:]
    if " lang=" in attributes or _BOTH.search(text):
        return found[0]
    return f'<{name}{attributes} lang="zh">{text}'
