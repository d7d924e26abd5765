"""Bring texts into one form before they are compared: width, case, simplified characters."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

import numpy as np
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
    number, distinct = pd.factorize(texts.astype("object").where(texts.notna(), "").astype(str))
    plain = [" ".join(normalize("NFKC", text).lower().split()) for text in distinct]
    simple = _simplifier().convert("\n".join(plain)).split("\n") if plain else []
    return pd.Series(np.array(simple, dtype=object)[number], index=texts.index)


def without_remark(text: str) -> str:
    """A folded text without the brackets at its end and what they hold: remarks such as 集群注册 (registered
    address of a cluster) or 旗舰店 (flagship shop)."""
    return _REMARK.sub("", text)
