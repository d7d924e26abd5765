"""Words and numbers of cells as HTML in both languages. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape as escape_html
from typing import Any

from jobs.methods.ranges import in_chinese
from jobs.methods.rounding import half_up
from jobs.reports.names import tested_item
from jobs.reports.numbers import minus
from jobs.reports.rendering import both
from jobs.reports.wording import Text

_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


def escape(value: Any) -> str:
    """Return the value as text with &, <, > and quotes escaped, for HTML text and quoted attributes."""
    return escape_html(str(value), quote=True)


@lru_cache(maxsize=4096)
def phrase(text: Text) -> str:
    """Return a phrase as HTML with both languages (`both`), of which the page shows one. Cached, as most
    stand in many cells."""
    return str(both(Text(in_chinese(text.zh), text.en)))


def filed(text: str) -> str:
    """Return a text as a party filed it, escaped, in a span that marks it as Chinese where it holds Chinese
    characters."""
    return f'<span lang="zh">{escape(text)}</span>' if _CHINESE.search(text) else escape(text)


def item_phrase(name: str) -> str:
    """Return a tested item in both languages; one that has no English name is as it was filed."""
    return in_both(tested_item(name))


def decimal(value: float) -> str:
    """Return a number as text with at most four decimals, from ten up (plus or minus) with at most one,
    thousands separated by commas, without zeros at the end, and with a true minus sign (`minus`)."""
    shown = half_up(value, places=1 if abs(value) >= 10 else 4)
    return minus(f"{shown:,f}".rstrip("0").rstrip("."))


def in_both(text: Text) -> str:
    """Return a text in both languages, or as it was filed where they are the same."""
    return filed(text.zh) if text.zh == text.en else phrase(text)
