"""Words of a page as a reader sees them."""

from __future__ import annotations

import re


def text_of(html: str) -> str:
    """Words of a page without its markup, style and script."""
    bare = re.sub(r"<(style|script)>.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare))
