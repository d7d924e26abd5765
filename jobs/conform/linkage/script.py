"""Bring texts into one form before they are compared: width, case, simplified characters."""

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
    """Each text in Unicode form NFKC, lower case and simplified characters, with runs of white space as one
    blank; '' for null and blank ones. Same index as ``texts``."""
    plain = texts.astype("object").where(texts.notna(), "").astype(str).str.normalize("NFKC").str.lower()
    plain = plain.str.replace(r"\s+", " ", regex=True).str.strip()
    if plain.empty:
        return plain
    return pd.Series(_simplifier().convert("\n".join(plain)).split("\n"), index=texts.index, dtype="object")


def without_remark(text: str) -> str:
    """A folded text without the brackets at its end and what they hold: remarks such as 集群注册 (registered
    address of a cluster) or 旗舰店 (flagship shop)."""
    return _REMARK.sub("", text)
