"""One script for comparing: width and case folded, traditional to simplified characters."""

from __future__ import annotations

import re
from functools import lru_cache

import pandas as pd
from opencc import OpenCC

OPEN, CLOSED = r"(\[{<〈《「『【〔", r")\]}>〉》」』】〕"
_REMARK = re.compile(rf"(?:[{OPEN}][^{CLOSED}]*[{CLOSED}]?\s*)+$")


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def folded(texts: pd.Series) -> pd.Series:
    """NFKC, lower case, simplified characters; line breaks become blanks; null and blank become ''."""
    plain = texts.astype("object").where(texts.notna(), "").astype(str).str.normalize("NFKC").str.lower()
    plain = plain.str.replace(r"\s+", " ", regex=True).str.strip()
    if plain.empty:
        return plain
    return pd.Series(_simplifier().convert("\n".join(plain)).split("\n"), index=texts.index, dtype="object")


def without_remark(text: str) -> str:
    """A folded text without the brackets at its end: 集群注册, 自主申报, 旗舰店."""
    return _REMARK.sub("", text)
